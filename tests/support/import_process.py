"""`smoothschedule import …` with the secrets of a desk under test: `python -m tests.support.import_process HOME …`."""

import sys
from pathlib import Path

from desktop import cli, import_command
from desktop.config import Home
from desktop.sync.secret_store import SecretStore
from tests.support.file_secrets import FileSecrets


def _file_secrets(home: Home) -> SecretStore:
    return FileSecrets(home.folder / "test-secrets.json")


if __name__ == "__main__":
    import_command.secrets_of = _file_secrets
    folder = Path(sys.argv[1])
    cli.app(args=["--home", str(folder), "import", *sys.argv[2:]], prog_name="smoothschedule")

"""A secret store in a plain file, for desks under test alone: no setting of the product can choose it."""

import json
from pathlib import Path


class FileSecrets:
    """Keeps secrets over restarts of a desk under test, as the keyring of a PC does."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> str | None:
        """The secret of this name."""
        return self._all().get(name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self._write(self._all() | {name: secret})

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self._write({kept: secret for kept, secret in self._all().items() if kept != name})

    def _all(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        found: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        return found

    def _write(self, secrets: dict[str, str]) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(secrets), encoding="utf-8")
        fresh.replace(self._path)

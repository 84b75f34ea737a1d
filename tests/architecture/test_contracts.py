"""The import contracts see what they forbid: one copy of the product with a violation of each planted in it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PRODUCT, ROOT

# Contract, planted module, and what it imports.
PLANTED = [
    ("1.", "shared/rules/planted.py", "desktop.queries"),
    ("1.", "desktop/queries/planted.py", "syncserver.services"),
    ("1.", "syncserver/services/planted.py", "desktop.queries"),
    ("2.", "shared/mutations/planted.py", "sqlite3"),
    ("2.", "shared/protocol/planted.py", "httpx2"),
    ("2b.", "shared/model/planted.py", "pydantic"),
    ("3.", "shared/model/planted_floor.py", "shared.mutations"),
    ("3.", "shared/planted_room.py", ""),
    ("4.", "desktop/models/planted.py", "desktop.presenters"),
    ("4.", "desktop/queries/planted_sibling.py", "desktop.operations"),
    ("4.", "desktop/planted_room.py", ""),
    ("5.", "desktop/views/planted.py", "desktop.store"),
    ("5.", "desktop/widgets/planted.py", "httpx2"),
    ("5b.", "desktop/presenters/planted.py", "sqlite3"),
    ("6.", "desktop/sync/planted.py", "PySide6.QtCore"),
    ("7.", "syncserver/services/planted_floor.py", "syncserver.routes"),
    ("7.", "syncserver/planted_room.py", ""),
    ("7b.", "syncserver/services/planted_web.py", "fastapi"),
    ("7c.", "syncserver/routes/planted.py", "sqlalchemy"),
    ("7d.", "syncserver/services/planted_table.py", "syncserver.store.tables"),
    ("8.", "shared/rules/planted_one.py", "shared.rules.planted_two"),
    ("8.", "shared/rules/planted_two.py", "shared.rules.planted_one"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said about each broken contract of a copy with everything planted, by the contract's number."""
    copy = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PRODUCT:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for _, path, imported in PLANTED:
        (copy / path).write_text(f'"""Planted."""\n\nimport {imported}\n' if imported else '"""Planted."""\n')
    return {said.split(" ")[0]: said for said in broken_contracts(copy)}


def broken_contracts(checkout: Path) -> list[str]:
    """Return the section of import-linter's report on each broken contract, its name first."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    told = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stdout + told.stderr
    _, _, details = told.stdout.partition("Broken contracts")
    return re.split(r"\n(?=\d+[a-z]?\. [^\n]*\n-+\n)", details)[1:]


@pytest.mark.parametrize(("contract", "path", "imported"), PLANTED)
def test_a_planted_violation_is_seen(report: dict[str, str], contract: str, path: str, imported: str) -> None:
    module = path.removesuffix(".py").replace("/", ".")
    said = report[contract]
    assert module in said or module.rpartition(".")[2] in said
    assert imported.partition(".")[0] in said


def test_every_contract_has_a_planted_violation(report: dict[str, str]) -> None:
    names = re.findall(r'^name = "(\S+) ', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert sorted(report) == sorted(names)

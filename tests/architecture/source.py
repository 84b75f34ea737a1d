"""The checkout as the rules read it: its files, its modules as trees, and the names and strings in them."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("desktop", "shared", "syncserver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a rule looks for: what was said, and where."""

    path: str
    line: int
    said: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module: its path from the root of the checkout, and its tree."""

    path: str
    tree: ast.Module

    def finding(self, node: ast.expr | ast.stmt, said: str) -> Finding:
        return Finding(path=self.path, line=node.lineno, said=said)


def parse(code: str, path: str = "example.py") -> Module:
    """Return a module of the given code, as rules get it."""
    return Module(path=path, tree=ast.parse(code))


def modules(*roots: str) -> Iterator[Module]:
    """Yield every module under the given folders of the checkout."""
    for root in roots:
        for file in sorted((ROOT / root).rglob("*.py")):
            yield parse(file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix())


def kept_files() -> Iterator[Path]:
    """Yield the files of the checkout that git does not ignore, without asking git: it may not be installed."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split() if line]
    folders = [ROOT]
    while folders:
        for entry in sorted(folders.pop().iterdir()):
            if entry.name == ".git" or any(fnmatch(entry.name, pattern) for pattern in ignored):
                continue
            if entry.is_dir():
                folders.append(entry)
            else:
                yield entry


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for a chain of attributes; what is no name at its beginning is `?`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


# Rules look at one module after the other, most of them at the same of it: walking it is what takes the time.
@lru_cache(maxsize=1)
def nodes(module: Module) -> Sequence[ast.AST]:
    """Return every node of a module's tree."""
    return tuple(ast.walk(module.tree))


@lru_cache(maxsize=1)
def names(module: Module) -> Sequence[tuple[str, ast.expr | ast.stmt]]:
    """Return every name used or imported, in full: after `from time import time` it is `time.time`.

    What no import made known begins with a dot: a variable that is called `secrets` is not the module.
    """
    return tuple(_names(module))


def _names(module: Module) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    known: dict[str, str] = {}
    for node in nodes(module):
        if isinstance(node, ast.Import):
            roots = (alias.name.partition(".")[0] for alias in node.names if not alias.asname)
            known.update({name: name for name in roots})
            known.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom):
            known.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)
        elif isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = dotted(node).partition(".")
            yield known.get(first, f".{first}") + dot + rest, node


@lru_cache(maxsize=1)
def strings(module: Module) -> Sequence[tuple[str, ast.expr]]:
    """Return every string that the code uses, pieces of f-strings too; docstrings are not used."""
    prose = {
        id(node.body[0].value)
        for node in nodes(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return tuple(
        (node.value, node)
        for node in nodes(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    )


def keywords(module: Module) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield each call's keyword arguments: the called name's last part, the keyword, and its value."""
    for node in nodes(module):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
            yield from ((called, keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)

"""`shared/PROTOCOL.md` as data: its tables and its exchanges."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

PATH = Path(__file__).parents[2] / "shared" / "PROTOCOL.md"
_BLOCK = re.compile(r"```http\n(.*?)```", re.DOTALL)
_TABLES = re.compile(r"<!-- argument shapes -->\n\n(.*?)\n\n<!-- end -->", re.DOTALL)

CHANGING = frozenset(
    {
        "access_token", "refresh_token", "lease", "epoch", "cursor", "session", "author", "view", "resume", "challenge",
        "secret", "uri", "codes", "opening", "digits",
    }
)  # fmt: skip
"""Members whose values are made anew each time; in a request they are what an earlier answer gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer; a body is what JSON it holds, a list of them for lines or events."""

    method: str
    target: str
    signed_in: bool
    request: Any
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    answer: Any = None


def argument_tables() -> str:
    """The section on what mutations take."""
    found = _TABLES.search(PATH.read_text())
    assert found is not None
    return found.group(1)


def exchanges() -> list[Exchange]:
    """Every exchange in the order in which the document shows it."""
    blocks = _BLOCK.findall(PATH.read_text())
    assert len(blocks) % 2 == 0
    return [_exchange(*pair) for pair in zip(blocks[::2], blocks[1::2], strict=True)]


def _exchange(asked: str, answered: str) -> Exchange:
    first, headers, body = _parts(asked)
    method, target = first.split()
    status, answer_headers, answer = _parts(answered)
    return Exchange(
        method=method,
        target=target,
        signed_in="authorization" in headers,
        request=orjson.loads(body) if body else None,
        status=int(status.split()[1]),
        headers=answer_headers,
        answer=_body(answer, answer_headers.get("content-type", "")),
    )


def _parts(block: str) -> tuple[str, dict[str, str], str]:
    head, _, body = block.partition("\n\n")
    first, *rest = head.strip().splitlines()
    headers = {name.strip().lower(): said.strip() for name, _, said in (line.partition(":") for line in rest)}
    return first, headers, body.strip()


def _body(text: str, media_type: str) -> Any:
    if media_type == "application/x-ndjson":
        return [orjson.loads(line) for line in text.splitlines()]
    if media_type.startswith("text/event-stream"):
        return list(events(text.splitlines()))
    return orjson.loads(text) if text else None


def events(lines: list[str]) -> Iterator[Any]:
    """The data of server-sent events."""
    return (orjson.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def masked(said: Any) -> Any:
    """JSON with what changes from time to time taken out."""
    if isinstance(said, dict):
        return {name: "…" if name in CHANGING and one is not None else masked(one) for name, one in said.items()}
    return [masked(one) for one in said] if isinstance(said, list) else said


def filled(said: Any, known: dict[str, str]) -> Any:
    """JSON with what changes put in as earlier answers gave it."""
    if isinstance(said, dict):
        return {name: known[name] if name in known else filled(one, known) for name, one in said.items()}
    return [filled(one, known) for one in said] if isinstance(said, list) else said


def learned(said: Any, known: dict[str, str]) -> None:
    """Remember what an answer gave; a session is what edits name as their author."""
    if isinstance(said, dict):
        for name, one in said.items():
            if name in CHANGING and isinstance(one, str):
                known[name] = one
                if name == "session":
                    known["author"] = one
            elif name == "codes":
                known[name] = one[0]
            learned(one, known)
    elif isinstance(said, list):
        for one in said:
            learned(one, known)

"""Lines of JSON: ended by a line feed alone, however the stream was cut into pieces."""

import random

import httpx2
import orjson
import pytest

from desktop.sync.json_lines import json_lines
from desktop.sync.transport import Transport

ENDS_ELSEWHERE = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e\r"
LINES = [{"kind": "rows", "text": f"a{one}b"} for one in ENDS_ELSEWHERE] + [{"kind": "tail", "text": "ü🙂"}]
BODY = b"".join(orjson.dumps(line) + b"\n" for line in LINES)


@pytest.mark.parametrize("seed", range(20))
def test_are_the_same_however_the_stream_is_cut(seed: int) -> None:
    dice = random.Random(seed)
    places = sorted(dice.choices(range(len(BODY) + 1), k=dice.randrange(30)))
    pieces = [BODY[start:end] for start, end in zip([0, *places], [*places, len(BODY)], strict=True)]
    assert [orjson.loads(line) for line in json_lines(pieces)] == LINES, f"seed {seed}"


def test_a_line_without_its_end_is_given_too() -> None:
    assert list(json_lines([b'{"a":1}\n{"b"', b":2"])) == [b'{"a":1}', b'{"b":2']


def test_a_pull_reads_texts_with_ends_of_lines_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note that was pasted from a document holds U+2028: it must not end syncing for ever."""
    made = httpx2.Client
    answer = httpx2.MockTransport(lambda request: httpx2.Response(200, content=BODY))
    monkeypatch.setattr(httpx2, "Client", lambda **more: made(**more, transport=answer))
    transport = Transport("http://127.0.0.1:1")
    with transport.pull("token", "replica") as lines:
        assert list(lines) == LINES
    transport.close()

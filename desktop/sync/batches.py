"""Cuts what waits into pushes that the server takes, and keeps what was downloaded until it is whole."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from shared.errors import Unreachable
from shared.protocol.messages import MAX_BODY

Line = Mapping[str, Any]
_ROOM: Final = MAX_BODY - 4096
"""Bytes of a push that its edits may fill."""


def fitting(edits: Sequence[Line]) -> list[Line]:
    """As many of the first edits as fit into one push; at least one, where there is one."""
    batch: list[Line] = []
    size = 0
    for one in edits:
        size += len(orjson.dumps(one)) + 1
        if batch and size > _ROOM:
            break
        batch.append(one)
    return batch


def whole(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines, once all of them have come: the store is not held up by the network.

    They wait compressed. Raises Unreachable where the stream ends before its tail.
    """
    kept = [zlib.compress(orjson.dumps(line), 1) for line in lines]
    if not kept or orjson.loads(zlib.decompress(kept[-1])).get("kind") != "tail":
        raise Unreachable("The server's answer broke off before its end.")
    return (orjson.loads(zlib.decompress(one)) for one in kept)

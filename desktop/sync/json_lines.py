"""Lines of JSON out of the pieces of a stream."""

from collections.abc import Iterable, Iterator


def json_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Each line without its end, and what stands behind the last end.

    Only a line feed ends a line (github.com/ndjson/ndjson-spec): the other ends that Unicode knows, such as U+2028, may
    stand in the texts of JSON as they are (RFC 8259, section 7).
    """
    begun: list[bytes] = []
    for piece in pieces:
        first, *more = piece.split(b"\n")
        begun.append(first)
        for one in more:
            yield b"".join(begun)
            begun = [one]
    if any(begun):
        yield b"".join(begun)

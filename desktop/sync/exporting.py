"""An export on its way into a file: all that the server keeps of the business, or about one customer."""

import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from desktop.durable import whole_file
from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from shared.errors import Unreachable


class Export:
    """One of them. It has a connection of its own, so that stopping it stops nothing else."""

    def __init__(self, server: str, tokens: Tokens, customer: str | None) -> None:
        """`customer` is an id, None for the whole business."""
        self._transport, self._tokens, self._customer = Transport(server), tokens, customer

    def save(self, file: Path, told: Callable[[int], None]) -> None:
        """Write it; `told` is called with how many bytes have come. Before the end, or if it fails, there is no file.

        Raises Unreachable where it does not come whole, what the server has against it, and OSError.
        """
        with closing(self._transport) as transport, whole_file(file) as written:
            with transport.export(self._tokens.token(), self._customer) as pieces:
                for piece in pieces:
                    written.write(piece)
                    told(written.tell())
            # Its list of contents is its end. A network's login page is none either.
            if not zipfile.is_zipfile(written):
                raise Unreachable("What came is no export.")

    def cancel(self) -> None:
        """Let it come to nothing; from any thread."""
        self._transport.interrupt()

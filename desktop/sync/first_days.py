"""The days around today, of which the server tells whose first book is still on its way."""

from collections.abc import Sequence
from datetime import date

from desktop.store.rows import Line
from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from shared.errors import ProtocolMismatch
from shared.model.base import value


@value
class ToldDays:
    """Yesterday, today and tomorrow at a location: the rows by table, as in the lines of a pull."""

    location: str
    today: date
    tables: Sequence[Line]


def ask_days(transport: Transport, tokens: Tokens, location: str) -> ToldDays:
    """What the server has of them; of the first location by name, where none is named.

    Raises what `Tokens.token` raises, Unreachable, and what the server has against it.
    """
    asked = {"location": location} if location else {}
    told = transport.told(tokens.token(), "/v1/sync/days", **asked)
    try:
        return ToldDays(
            location=told["location"], today=date.fromisoformat(told["today"]), tables=tuple(told["tables"])
        )
    except (LookupError, TypeError, ValueError) as odd:
        raise ProtocolMismatch("The server's answer is not what this version understands.") from odd

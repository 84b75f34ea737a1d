"""Whether what takes an edit back puts back what really stood there before it: its desk may not have seen that."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from shared.model.base import replace
from shared.model.registry import canonical, said
from shared.mutations.consent import Say
from shared.mutations.inverse.table import Done, way_back
from shared.mutations.registry import MUTATIONS, Context
from shared.mutations.waitlist import PutBack, lapsed

MADE_OVER: Final = frozenset(
    {
        "block.put", "block.remove", "business.update", "customer.consent", "customer.update", "hours.clear",
        "hours.except", "location.update", "resource.update", "service.update", "waitlist.change", "waitlist.withdraw",
    }
)  # fmt: skip
"""Edits that are made over whatever stands there, and taken back by saying what they had found."""
_SEEN: Final = frozenset({"was", "was_offer", "instead_of", "needs_were", "terms_were"})
"""What an edit is made against; the rules look at that themselves."""
_GO_AS_ONE: Final = {"block.put": (("resource_id", "start", "end"), ("reason",))}
"""Of edits that leave alone what they leave as it was seen: what they say, and what of that goes as one."""


def ways_back(name: str, done: Done[Any]) -> tuple[str, ...]:
    """What takes an edit back that was just made over what stood there, each in short.

    None of what was about another record by now: of that the desk knows nothing, and takes back what it has meant.
    """
    subject = MUTATIONS[name].subject(done.args)
    edits = way_back(name, done)
    if any(MUTATIONS[one.name].subject(one.args) != subject for one in edits):
        return ()
    return tuple(way_of(one.name, args) for one in edits for args in (one.args, *_undated(one.args)))


def is_way_back(ctx: Context, name: str, args: Any) -> bool:
    """Whether an edit is one of the ways back of what it takes back, where that is known.

    What time alone has made of a row since is nobody's doing, nor is it that the server counts another time.
    """
    if not ctx.takes_back or ctx.ways_back is None:
        return True
    alike = (args, *_as_time_goes(args, ctx.decided_at or ctx.at), *_dated_anew(ctx, args))
    return any(way_of(name, one) in ctx.ways_back for one in alike)


def _as_time_goes(args: Any, at: datetime) -> Iterator[Any]:
    if isinstance(args, PutBack):
        yield from lapsed(args, at)


def _dated_anew(ctx: Context, args: Any) -> Iterator[Any]:
    """A word as it stands whenever it was said, where the one that it is put in the place of has another time here.

    A book that takes another name has what waits in it dated anew, and the edits that take that back say their desk's
    times. Otherwise a word of another time is another word.
    """
    if isinstance(args, Say) and args.instead_of not in (ctx.taken_back_at or ()):
        yield from _undated(args)


def _undated(args: Any) -> Iterator[Any]:
    if isinstance(args, Say) and args.said_at is not None:
        yield replace(args, said_at=None)


def way_of(name: str, args: Any) -> str:
    """What an edit puts there, in sixteen hexadecimal digits: the same wherever it is made, and by each version."""
    return sha256(canonical([name, _put(name, said(args))]).encode()).hexdigest()[:16]


def _put(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    was = told.get("was")
    put = {field: one for field, one in told.items() if field not in _SEEN}
    if "edits" in put:
        put["edits"] = sorted([edit["field"], canonical(edit["value"])] for edit in put["edits"])
    if not isinstance(was, Mapping):
        return put
    # What others have changed beside it is put nowhere.
    if "wish" in put:
        put["wish"] = _changed(was, put["wish"], [(field,) for field in {*was, *put["wish"]}])
    if (parts := _GO_AS_ONE.get(name)) is not None:
        left = {field: one for field, one in put.items() if not any(field in part for part in parts)}
        put = left | _changed(was, put, parts)
    return put


def _changed(was: Mapping[str, Any], put: Mapping[str, Any], parts: Iterable[Collection[str]]) -> dict[str, Any]:
    """The parts that are put otherwise than they were seen, whole; null for a field that is as where it is left out."""
    changed = [part for part in parts if any(was.get(field) != put.get(field) for field in part)]
    return {field: put.get(field) for part in changed for field in part}

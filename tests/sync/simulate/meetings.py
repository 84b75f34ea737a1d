"""What several people change of one visit, beside a naive model: nobody's change is passed over in silence."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from shared.clock import instant_text
from shared.model.appointment import Appointment
from tests.support.memory import MemoryTx
from tests.sync.simulate.broken import Broken

Parts = dict[Any, Any]
_TAKEN: Final = frozenset({"applied", "adjusted"})


def meeting(entry: Any, tx: MemoryTx) -> Callable[[], None]:
    """A look at a change of a visit that was taken: what it makes of the book, and what it leaves."""
    args = orjson.loads(entry.args)
    found = tx.find(Appointment, args.get("appointment_id", ""))
    if entry.name != "appointment.reschedule" or entry.outcome not in _TAKEN or found is None:
        return lambda: None
    if entry.undoes and "already" in orjson.loads(entry.details):
        # What it takes back was another's doing as well, and is left to them.
        return lambda: None
    before = _of_visit(found)

    def after() -> None:
        now = tx.find(Appointment, found.id)
        assert now is not None
        _require_met(entry.id, _seen(args["was"], before), _wished(args, before), before, _of_visit(now))

    return after


def _require_met(edit: str, seen: Parts, wished: Parts, before: Parts, after: Parts) -> None:
    for part in {*seen, *wished, *before, *after}:
        was, wish, there, now = (parts.get(part) for parts in (seen, wished, before, after))
        is_changed = wish != was
        if (is_changed and there not in (was, wish)) or now != (wish if is_changed else there):
            told = f"has seen {was}, wants {wish}; there was {there}, and is {now}"
            raise Broken(f"in silence: of {part} {edit} {told}")


def _seen(was: Mapping[str, Any], before: Parts) -> Parts:
    """A visit as its editor saw it; what they said nothing of as it was there."""
    lines = was.get("segments")
    rest = before if lines is None else {"party": before["party"], **_of_lines(map(_line, lines))}
    return rest | {"start": was["start"]} | ({} if was.get("party") is None else {"party": was["party"]})


def _wished(args: Mapping[str, Any], before: Parts) -> Parts:
    seen, lines = _seen(args["was"], before), args.get("segments")
    if lines is not None:
        seen = {name: seen[name] for name in ("start", "party")} | _of_lines(map(_line, lines))
    return seen | {name: args[name] for name in ("start", "party") if args.get(name) is not None}


def _line(told: Mapping[str, Any]) -> tuple[Any, ...]:
    return told["service_id"], told["resources"], told["minutes"]


def _of_visit(one: Appointment) -> Parts:
    lines = ((each.service_id, each.resources, each.minutes) for each in one.segments)
    return {"start": instant_text(one.starts_at), "party": one.party, **_of_lines(lines)}


def _of_lines(lines: Iterable[Sequence[Any]]) -> Parts:
    """Which services there are in which order, with whom each is, and how long it takes."""
    before: Counter[Any] = Counter()
    order: list[Any] = []
    parts: Parts = {}
    for service, resources, minutes in lines:
        key = (service, before[service])
        before[service] += 1
        order.append(key)
        parts |= {("who", key): set(resources), ("length", key): minutes}
    return {"services": order, **parts}

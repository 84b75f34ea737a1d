"""Everything that a person entered with an edit, line by line, whatever the edit is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, Final, get_args, get_type_hints

from desktop.models.rows import Fact
from desktop.presenters.field_words import NOTHING, Args, Telling, field_of, label_of, minute, say
from shared.clock import parse_instant
from shared.model.appointment import Appointment
from shared.model.base import Span
from shared.model.registry import Entity
from shared.mutations.registry import MUTATIONS

Together = Callable[[str, type[Any] | None, Args, Telling], Iterator[Fact]]

UNSAID: Final = frozenset(
    {
        "as_before", "block.before", "business_id", "by_week", "closes", "currency", "decided", "end", "exchangeable",
        "fill", "needs_were", "new_id", "origin", "original_start", "other_resources", "over", "seen", "series.before",
        "terms_were", "was", "was_archived", "was_offer",
    }
)  # fmt: skip
"""Arguments, some of one kind of thing alone, that are no line of their own: they are said with another, or nobody
entered them.
"""
_ALWAYS: Final = frozenset({"by", "given", "openings", "opens", "features"})
"""What says something even where it is empty or what it is by itself."""
_SEEN: Final = {"attention": "settled", "hours": "openings", "location": "zone", "waitlist": "state"}
"""By the kind of thing what an editor saw, where `was` is a value alone; elsewhere it is a rule of repetition."""
_WHOLE: Final = frozenset({"block.put", "waitlist.change"})
"""Edits that set all that their editor saw: what they leave out is taken away."""
_FIRST: Final = ("Status", "When")


def entered(edit: str, args: Args, told: Telling, *, but: Collection[str] = ()) -> tuple[Fact, ...]:
    """What was entered, a line for each field, with what its editor saw there; `but` is said elsewhere."""
    shape, told = MUTATIONS[edit].arguments if edit in MUTATIONS else None, _as_seen(args, told)
    facts = tuple(_facts(edit, shape, args, told, but))
    before = {fact.label: fact.text for fact in _seen(edit, shape, args, told)}
    changed = tuple(_against(fact, before.pop(fact.label, "")) for fact in facts)
    if edit in _WHOLE:
        return (*changed, *(Fact(label=label, text=NOTHING, was=text) for label, text in before.items()))
    seen = ", ".join(text if label in _FIRST else f"{label}: {text}" for label, text in before.items())
    return (*changed, Fact(label="Seen as", text=seen)) if seen else changed


def _as_seen(args: Args, told: Telling) -> Telling:
    """The same, with the visits that an edit is about where its editor saw them."""
    seen: dict[str, Entity] = {}
    for named, was in (("appointment_id", "was"), ("other_id", "other_was")):
        visit, saw = told.rows.get(str(args.get(named))), args.get(was)
        if isinstance(visit, Appointment) and isinstance(saw, Mapping) and isinstance(saw.get("start"), str):
            # What is of another shape says nothing of it here: it is told as it is below.
            with suppress(ValueError):
                seen[visit.id] = replace(visit, starts_at=parse_instant(saw["start"]))
    return replace(told, rows={**told.rows, **seen}) if seen else told


def standing_there(edit: str, args: Args, there: Args, told: Telling) -> tuple[Fact, ...]:
    """What stands in the book where an edit would set something, under the labels of what was entered.

    `there` is in the form of arguments that would set just that.
    """
    now = {fact.label: fact for fact in entered(edit, there, told)}
    if there and edit in _WHOLE:
        # What nobody has said there stands beside what was entered, too.
        set_there = {name: one for name, one in args.items() if name in there or name == "was"}
        now = {one.label: Fact(label=one.label, text=NOTHING) for one in entered(edit, set_there, told)} | now
    return tuple(now.values())


def _against(fact: Fact, before: str) -> Fact:
    return replace(fact, was=before) if before and before != fact.text else fact


def _seen(edit: str, shape: type[Any] | None, args: Args, told: Telling) -> Iterator[Fact]:
    """What the editor saw, as lines of the same labels."""
    was = args.get("was")
    if isinstance(was, Mapping):
        of_block = edit.startswith("block.")
        seen = {name: one for name, one in was.items() if not (of_block and name == "archived")}
        yield from _facts(edit, _shape_within(shape, "was"), seen, told, ())
    elif was is not None:
        name = _SEEN.get(edit.partition(".")[0], "rrule")
        yield from _facts(edit, None, {name: was}, told, ())


def _facts(edit: str, shape: type[Any] | None, args: Args, told: Telling, but: Collection[str]) -> Iterator[Fact]:
    known = {one.name: one for one in fields(shape)} if shape else {}
    # What is stored may be in any order: it is told in that of the form.
    order = [*(name for name in known if name in args), *(name for name in args if name not in known)]
    for name in order:
        if name in but or is_unsaid(edit, name) or (name == "location_id" and told.one_place):
            continue
        if _is_left_out(name, args[name], known[name].default if name in known else MISSING):
            continue
        if name in _TOGETHER:
            yield from _TOGETHER[name](edit, _shape_within(shape, name), args, told)
        elif not name.endswith("_id") or _says_something(args, name, told):
            label, words = field_of(edit, name)
            yield Fact(label=label, text=say(words, args[name], told))


def is_unsaid(edit: str, name: str) -> bool:
    """Whether an argument is no line of its own."""
    return bool(UNSAID & {name, f"{edit.partition('.')[0]}.{name}"})


def _says_something(args: Args, name: str, told: Telling) -> bool:
    """Whether an id names a row that is known here, and is not that of what these arguments would make."""
    return bool(told.name(args[name])) and told.new.get(str(args[name])) is not args


def _is_left_out(name: str, value: Any, otherwise: Any) -> bool:
    """Whether a value is what it is for whoever enters nothing there."""
    if name in _ALWAYS:
        return False
    return value is None or value in ("", [], ()) or (type(value) is type(otherwise) and value == otherwise)


def _shape_within(shape: type[Any] | None, name: str) -> type[Any] | None:
    """The value object that an argument is; None for anything else."""
    hint = get_type_hints(shape).get(name) if shape else None
    return next((one for one in (hint, *get_args(hint)) if is_dataclass(one) and isinstance(one, type)), None)


# What is more than a line, and what several arguments say together


def _edits(edit: str, shape: type[Any] | None, args: Args, told: Telling) -> Iterator[Fact]:
    for one in args["edits"]:
        label, words = field_of(edit, str(one.get("field")))
        before = say(words, one["was"], told) if "was" in one else ""
        yield _against(Fact(label=label, text=say(words, one.get("value"), told)), before)


def _within(name: str) -> Together:
    """The lines of an argument that is a value object."""
    return lambda edit, shape, args, told: _facts(edit, shape, args[name], told, ())


def _start(edit: str, shape: type[Any] | None, args: Args, told: Telling) -> Iterator[Fact]:
    label, words = field_of(edit, "start")
    yield Fact(label=label, text=say(_span, args, told) if "end" in args else say(words, args["start"], told))


def _span(args: Args, told: Telling) -> str:
    return told.words.when(Span(parse_instant(args["start"]), parse_instant(args["end"])))


def _opens(edit: str, shape: type[Any] | None, args: Args, told: Telling) -> Iterator[Fact]:
    yield Fact(label=label_of(edit, "openings"), text=say(_hours, args, told))


def _hours(args: Args, told: Telling) -> str:
    if args.get("by_week"):
        return "As in the week"
    if args["opens"] is None:
        return "Closed"
    return f"{minute(args['opens'], told)} – {minute(args['closes'], told)}"


def _amount(edit: str, shape: type[Any] | None, args: Args, told: Telling) -> Iterator[Fact]:
    yield Fact(label="Amount", text=say(_paid, args, told))


def _paid(args: Args, told: Telling) -> str:
    return told.words.in_currency(args["currency"]).money(args["amount"])


_TOGETHER: Final[Mapping[str, Together]] = {
    "amount": _amount,
    "edits": _edits,
    "made": _within("made"),
    "offer": _within("offer"),
    "opens": _opens,
    "start": _start,
    "wish": _within("wish"),
}

"""A service as a form, and the form as a service."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from desktop.models.rows import Choice
from desktop.models.setup_rows import FieldRow, FormRow, NeedChoices, NeedRow, PhaseLane, Phases, TermsRow, Texts
from desktop.presenters.setup import typed
from desktop.presenters.setup.part import colour_choices
from desktop.presenters.words import Words
from desktop.queries.business_setup import BusinessSetup
from shared.model.appointment import Part as Share
from shared.model.appointment import Segment
from shared.model.base import ResourceId, ServiceId
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.mutations.fields import DEAREST
from shared.rules import allocating, booking

KINDS: Final = {"STAFF": ("person", "people"), "ROOM": ("room", "rooms"), "EQUIPMENT": ("device", "devices")}
DURING: Final = (
    Choice(id="all", text="during the whole visit"), Choice(id="hands_on", text="while somebody works"),
    Choice(id="active", text="in the active phase"),
)  # fmt: skip
PHASES: Final = ("before", "active", "processing", "finishing", "after")
_HELP: Final = {
    "before": "To prepare", "active": "Hands on", "processing": "Takes effect by itself",
    "finishing": "Hands on again", "after": "To tidy up",
}  # fmt: skip
_CERTAIN, _POOL = "*", "|"
_ANY_START: Final = datetime(2000, 1, 1, tzinfo=UTC)
NOBODY: Final = ResourceId("")
_ARCHIVED: Final = "Archived: nobody can book it. What is booked stays. Bring it back to change it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form: its fields, and its needs and terms as lines."""

    texts: Texts
    needs: Sequence[NeedRow]
    terms: Mapping[str, tuple[str, str, str, str]]


def service_form(one: Service | None, words: Words) -> FormRow:
    """The form of a service, or of a new one."""

    def value(name: str, otherwise: str = "") -> str:
        return otherwise if one is None else str(getattr(one, name))

    minutes = tuple(
        FieldRow(
            name=name, label=name.capitalize(), unit="min", value=value(name, "30" if name == "active" else "0"),
            is_narrow=True, help=_HELP[name],
        )
        for name in PHASES
    )  # fmt: skip
    colour = value("colour")
    fields = (
        FieldRow(name="name", label="Name", value=value("name")),
        FieldRow(name="category", label="Category", value=value("category"), is_narrow=True),
        FieldRow(name="colour", label="Colour", kind="colour", value=colour, choices=colour_choices(colour),
                 is_narrow=True),
        FieldRow(
            name="price", label="Price", unit=words.currency, is_narrow=True,
            value=typed.amount_text(one.price, words) if one else "",
        ),
        *minutes,
        FieldRow(
            name="capacity", label="Largest party", value=value("capacity", "1"), is_narrow=True,
            help="1 for a visit of one",
        ),
    )  # fmt: skip
    return FormRow(
        id=one.id if one else "", title=one.name if one else "New service", fields=fields,
        is_archived=one.archived if one else False, note=_ARCHIVED if one and one.archived else "",
    )  # fmt: skip


# Needs


def need_choices(one: Service | None, told: BusinessSetup) -> NeedChoices:
    """What a need can be met by: any of a kind, any of a pool, certain ones."""
    pools = {(need.kind.value, need.pool): None for need in (one.needs if one else ()) if need.pool}
    pools |= {(each.kind.value, each.pool): None for each in told.resources if each.pool and not each.archived}
    named = {each for need in (one.needs if one else ()) for each in need.any_of}
    certain = {
        f"{kind}{_CERTAIN}": tuple(
            Choice(id=each.id, text=f"{each.name} (archived)" if each.archived else each.name)
            for each in told.resources
            if each.kind.value == kind and (not each.archived or each.id in named)
        )
        for kind in KINDS
    }
    whom = (
        *(Choice(id=kind, text=f"any {single}") for kind, (single, _) in KINDS.items()),
        *(Choice(id=f"{kind}{_POOL}{pool}", text=f"any {KINDS[kind][0]} of “{pool}”") for kind, pool in sorted(pools)),
        *(Choice(id=f"{kind}{_CERTAIN}", text=f"any of these {several}:") for kind, (_, several) in KINDS.items()),
    )
    return NeedChoices(whom=whom, during=DURING, certain=certain)


def need_rows(one: Service | None) -> tuple[NeedRow, ...]:
    """The needs of a service as lines; a new one needs somebody, who is free while something takes effect."""
    if one is None:
        return (NeedRow(whom="STAFF", during=During.HANDS_ON.value),)
    return tuple(
        NeedRow(whom=_whom(need), chosen=need.any_of, count=str(need.count), during=need.during.value)
        for need in one.needs
    )


def _whom(need: Need) -> str:
    kind = need.kind.value
    if need.any_of:
        return f"{kind}{_CERTAIN}"
    return f"{kind}{_POOL}{need.pool}" if need.pool else kind


def _need(shown: NeedRow) -> Need:
    count = typed.number(shown.count, 1, 50, "how many are needed")
    certain = shown.whom.endswith(_CERTAIN)
    if certain and not shown.chosen:
        raise typed.Mistyped("Tick at least one.")
    if certain and len(shown.chosen) < count:
        raise typed.Mistyped(f"Tick at least {count}, as many as are needed.")
    kind, _, pool = shown.whom.removesuffix(_CERTAIN).partition(_POOL)
    return Need(
        kind=ResourceKind(kind), any_of=tuple(ResourceId(each) for each in shown.chosen) if certain else (),
        pool=pool, count=count, during=During(shown.during),
    )  # fmt: skip


def _needs(rows: Sequence[NeedRow], form: typed.Form) -> tuple[Need, ...]:
    nothing = Need(kind=ResourceKind.STAFF)
    return tuple(form.read(f"needs.{number}", partial(_need, row), nothing) for number, row in enumerate(rows))


# Terms


def term_rows(one: Service | None, told: BusinessSetup, words: Words) -> tuple[TermsRow, ...]:
    """A line for each person who can be booked, or who has terms."""
    own = {each.resource_id: each for each in (one.terms if one else ())}
    people = (
        each for each in told.resources
        if each.id in own or (each.kind is ResourceKind.STAFF and not each.archived)
    )  # fmt: skip
    return tuple(_terms_row(each, own.get(each.id), words) for each in people)


def _terms_row(whose: Resource, own: Terms | None, words: Words) -> TermsRow:
    def text(minutes: int | None) -> str:
        return "" if minutes is None else str(minutes)

    if own is None:
        return TermsRow(id=whose.id, name=whose.name)
    return TermsRow(
        id=whose.id, name=whose.name, price="" if own.price is None else typed.amount_text(own.price, words),
        active=text(own.active), processing=text(own.processing), finishing=text(own.finishing),
    )  # fmt: skip


def _terms(lines: Mapping[str, tuple[str, str, str, str]], form: typed.Form, words: Words) -> Iterable[Terms]:
    for who, (price, *minutes) in lines.items():
        if not any(each.strip() for each in (price, *minutes)):
            continue
        own = None
        if price.strip():
            own = form.read(f"terms.{who}.0", partial(typed.amount, price, words, DEAREST), 0)
        active, processing, finishing = (
            form.read(
                f"terms.{who}.{place}",
                partial(typed.number, text, least, booking.LONGEST, "the minutes"),
                0,
            )
            if text.strip()
            else None
            for place, (text, least) in enumerate(zip(minutes, (1, 0, 0), strict=True), 1)
        )
        yield Terms(resource_id=ResourceId(who), price=own, active=active, processing=processing, finishing=finishing)


# The whole


def read_service(
    shown: Typed, words: Words, seen: Service | None
) -> tuple[dict[str, Any], tuple[Need, ...], tuple[Terms, ...], dict[str, str]]:
    """The fields, needs and terms that stand in the form, and what is wrong with it by field."""
    form, texts = typed.Form(), shown.texts
    values: dict[str, Any] = {
        "name": form.read("name", lambda: typed.text(texts["name"], "a name", needed=True), ""),
        "category": form.read("category", lambda: typed.text(texts["category"], "a category"), ""),
        "colour": texts["colour"],
        "price": form.read("price", lambda: typed.amount(texts["price"], words, DEAREST), 0),
        "capacity": form.read("capacity", lambda: typed.number(texts["capacity"], 1, 10_000, "the largest party"), 1),
    }
    for name in PHASES:
        values[name] = form.read(name, partial(_phase, texts[name], name), 1)
    whole = values["active"] + values["processing"] + values["finishing"]
    if not form.errors and whole > booking.LONGEST:
        form.errors["active"] = "A visit takes at most 24 hours altogether."
    needs, terms = _needs(shown.needs, form), tuple(_terms(shown.terms, form, words))
    return values, needs, _in_order(terms, seen), form.errors


def _in_order(terms: Sequence[Terms], seen: Service | None) -> tuple[Terms, ...]:
    """Those that were there first in their order, so that what was not changed is what it was."""
    order = {one.resource_id: place for place, one in enumerate(seen.terms if seen else ())}
    return tuple(sorted(terms, key=lambda one: order.get(one.resource_id, len(order))))


def _phase(text: str, name: str) -> int:
    most = booking.LONGEST_BUFFER if name in ("before", "after") else booking.LONGEST
    return typed.number(text or "0", 1 if name == "active" else 0, most, "the minutes")


def drawn(shown: Typed, words: Words) -> Phases | None:
    """How the visit would lie; None while something in it is mistyped."""
    values, needs, _, errors = read_service(shown, words, None)
    if any(name in errors for name in PHASES) or any(name.startswith("needs.") for name in errors):
        return None
    before, active, processing, finishing, after = (int(values[name]) for name in PHASES)
    segment = Segment(
        service_id=ServiceId(""), name="", colour="", price=0, before=before, active=active,
        processing=processing, finishing=finishing, after=after, resources=(),
    )  # fmt: skip
    lanes = tuple(_lane(need, segment) for need in needs)
    return Phases(minutes=(before, active, processing, finishing, after), lanes=lanes)


def _lane(need: Need, segment: Segment) -> PhaseLane:
    begins = _ANY_START + timedelta(minutes=segment.before)
    held = allocating.held(segment, begins, Share(resource_id=NOBODY, during=need.during))
    minute = timedelta(minutes=1)
    spans = tuple(((span.start - _ANY_START) // minute, (span.end - _ANY_START) // minute) for span in held)
    one, several = KINDS[need.kind.value]
    what = need.pool or (one if need.count == 1 else several)
    name = f"{need.count} × {what}" if need.count > 1 else what.capitalize()
    return PhaseLane(name=name, spans=spans)

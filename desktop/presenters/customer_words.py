"""What the page of a customer says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from desktop.models.people_rows import ConsentRow, CustomerDetail, CustomerForm, MergeSide, Reach
from desktop.models.rows import Choice, Deed, Fact, NoteRow
from desktop.presenters.words import NOT_ACCEPTED, STATUS, Words
from desktop.queries.customer_page import CustomerPage, Duplicate
from desktop.queries.duplicates import FoundPair
from desktop.queries.find_customer import FoundCustomer
from desktop.queries.notes import NoteLine
from desktop.widgets.search_rows import SearchRow
from shared.model.appointment import Appointment, Status
from shared.model.base import Span
from shared.model.customer import Customer
from shared.rules.duplicates import Likeness
from shared.rules.regulars import Standing

PURPOSES: Final = {"mail": "Reminders by e-mail", "text": "Reminders by text message", "photos": "Photos being kept"}
"""What somebody is asked about; a word on another purpose is shown, too."""
_LIKENESS: Final = {
    Likeness.CERTAIN: "Same phone or e-mail, and the same first name",
    Likeness.POSSIBLE: "Shares a phone or an e-mail: perhaps a family",
}
NOT_MANAGED: Final = "Only a manager or the owner does that."


def found_row(one: FoundCustomer) -> SearchRow:
    """A customer as the list shows one."""
    detail = " · ".join((*one.phones[:2], *one.emails[:1]))
    alert = "Blocked from booking." if one.blocked else one.alert
    return SearchRow(id=one.id, title=one.name, detail=detail, alert=alert)


def customer_detail(told: CustomerPage, words: Words, now: datetime) -> CustomerDetail:
    """The page in words, as it reads at `now`."""
    one = told.customer
    why_not = "" if told.may_manage else NOT_MANAGED
    return CustomerDetail(
        id=one.id,
        name=one.name,
        alert=one.alert,
        blocked=one.blocked,
        mark=" ".join(filter(None, ("Archived." if one.archived else "", NOT_ACCEPTED if told.pending else ""))),
        reaches=_reaches(told),
        tags=one.tags,
        figures=_figures(told, words),
        visits=_visits(told, words, now),
        waits=tuple(f"{name}, asked {words.recent(entry.asked_at, now)}" for entry, name in told.waits),
        notes=tuple(_note(line, words) for line in told.notes),
        consents=_consents(one, words, now),
        duplicates=tuple(_duplicate(each) for each in told.duplicates if not each.is_apart),
        kept_apart=tuple(_duplicate(each) for each in told.duplicates if each.is_apart),
        deeds=_deeds(one, why_not),
        merge_why_not=why_not,
    )


def _deeds(one: Customer, why_not: str) -> tuple[Deed, ...]:
    blocking = ("unblock", "Unblock") if one.blocked else ("block", "Block")
    managed = [Deed(action=action, text=text, why_not=why_not) for action, text in (blocking, ("archive", "Archive"))]
    # Whoever adds customers brings them back, too.
    return (managed[0], Deed(action="bring_back", text="Bring back") if one.archived else managed[1])


def _reaches(told: CustomerPage) -> tuple[Reach, ...]:
    phones = zip(told.phones, told.customer.phones, strict=True)
    return (
        *(Reach(text=text, link=f"tel:{''.join(each for each in raw if each.isdigit() or each == '+')}")
          for text, raw in phones),
        *(Reach(text=mail, link=f"mailto:{mail}") for mail in told.customer.emails),
    )  # fmt: skip


def _figures(told: CustomerPage, words: Words) -> tuple[Fact, ...]:
    one = told.standing
    said = (
        ("Completed visits", f"{one.completed:,}"),
        ("No-shows", f"{one.no_shows:,}"),
        ("Cancelled late", f"{one.late_cancellations:,}" if one.late_cancellations else ""),
        ("Worth of the visits", _money(one.worth, words)),
        ("Paid", _money(one.paid, words)),
        ("Likes to be served by", told.preferred),
    )
    return tuple(Fact(label=label, text=text) for label, text in said if text)


def _money(sums: Mapping[str, int], words: Words) -> str:
    return ", ".join(replace(words, currency=currency).money(amount) for currency, amount in sorted(sums.items()))


def _visits(told: CustomerPage, words: Words, now: datetime) -> tuple[Fact, ...]:
    ahead = [one for one in told.visits if one.starts_at > now]
    past = [one for one in told.visits if one.starts_at <= now]
    return tuple(_visit(one, words) for one in (*reversed(ahead), *past))


def _visit(one: Appointment, words: Words) -> Fact:
    service = one.service_names or "Visit"
    status = STATUS[one.status]
    if one.cancelled_by == "business" and one.status is Status.CANCELLED:
        status = f"{status} by the business"
    elif one.cancelled_late:
        status = f"{status} late"
    return Fact(label=words.when(Span(one.starts_at, one.ends_at)), text=f"{service} · {status}")


def _note(line: NoteLine, words: Words) -> NoteRow:
    parts = (line.author, words.moment(line.at) if line.at else "", "not yet accepted" if line.pending else "")
    return NoteRow(text=line.text, made=" · ".join(filter(None, parts)) or "When they were added")


def _consents(one: Customer, words: Words, now: datetime) -> tuple[ConsentRow, ...]:
    said = {each.to: each for each in one.consents}
    rows = []
    for purpose in dict.fromkeys((*PURPOSES, *said)):
        name, known = PURPOSES.get(purpose, purpose), said.get(purpose)
        if known is None:
            text = f"{name}: never asked"
        else:
            text = f"{name}: {'agreed' if known.given else 'declined'}, {words.recent(known.at, now)}"
        rows.append(ConsentRow(purpose=purpose, text=text, given=None if known is None else known.given))
    return tuple(rows)


def _duplicate(one: Duplicate) -> Choice:
    detail = " · ".join((_LIKENESS[one.likeness], *one.phones[:2], *one.customer.emails[:1]))
    return Choice(id=one.customer.id, text=one.customer.name, detail=detail)


def pair_row(found: FoundPair) -> SearchRow:
    """Two records that may be of one person, as a row: their names, and what says so."""
    one, other = found.pair.one, found.pair.other
    names = one.name if one.name == other.name else f"{one.name} · {other.name}"
    phones, others = (set(each) for each in found.phones)
    shared = sorted(phones & others) or sorted({*one.emails} & {*other.emails}) or [*found.phones[0], *one.emails]
    likely = "The same first name" if found.pair.likeness is Likeness.CERTAIN else "Perhaps a family"
    detail = " · ".join((likely, *shared[:1]))
    return SearchRow(id=f"{one.id} {other.id}", title=names, detail=detail, icon="users")


def customer_form(one: Customer) -> CustomerForm:
    """A customer as the form shows one."""
    return CustomerForm(
        name=one.name,
        phones=one.phones,
        emails=one.emails,
        tags=one.tags,
        alert=one.alert,
        preferred_id=one.preferred_id or "",
    )


def merge_side(told: CustomerPage, words: Words) -> MergeSide:
    """One of two records, with what tells them apart."""
    one = told.customer
    said = (
        ("Name", one.name),
        ("Phones", ", ".join(told.phones)),
        ("E-mails", ", ".join(one.emails)),
        ("Alert", one.alert),
        ("Tags", ", ".join(one.tags)),
        ("Visits", _visits_words(told.standing, words)),
        ("Notes", f"{len(told.notes)}" if told.notes else ""),
    )
    facts = tuple(Fact(label=label, text=text) for label, text in said if text)
    return MergeSide(id=one.id, name=one.name, facts=facts)


def _visits_words(told: Standing, words: Words) -> str:
    parts = (
        f"{told.completed:,} completed",
        f"last {words.moment(told.last.starts_at)}" if told.last else "",
        f"next {words.moment(told.next.starts_at)}" if told.next else "",
    )
    return ", ".join(filter(None, parts))

"""Whose a booking is that is half typed: nothing of one caller becomes another's, and nothing of it is lost."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from desktop.models.people_rows import WishForm
from desktop.models.rows import BookingForm, Choice, NewCustomer

Person = Choice | NewCustomer
F = TypeVar("F", BookingForm, WishForm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A booking that is being saved."""

    form: BookingForm
    visit: str
    """The id of the visit that it becomes."""
    adding: Choice | None = None
    """Who is added to the book before they are booked."""
    behind: BookingForm | None = None
    """Where another has been looked up meanwhile: the form as it comes back if it is refused. What is shown is new."""
    is_back: bool = False
    """Whether somebody left the desk before it was answered, and is there again."""

    def known(self) -> "Sent":
        """The same, once who is added is in the book."""
        behind = self.behind and of_person(self.behind, self.adding)
        return replace(self, form=of_person(self.form, self.adding), behind=behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What somebody has half typed: the form that is shown, whom that is for, and the forms of other callers."""

    form: BookingForm = field(default_factory=BookingForm)
    whose: Person | None = None
    aside: tuple[BookingForm, ...] = ()
    sent: Sent | None = None
    """What was being saved as they left, and is not answered."""

    @property
    def is_empty(self) -> bool:
        return self.form.is_empty and not self.aside and self.sent is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """A form that is shown once more: as it was left, as it was shown then, and what stands there without it."""

    whose: Person | None
    left: BookingForm
    shown: BookingForm
    fresh: BookingForm


class Callers:
    """Follows whom the form of the booking panel is for, and keeps the forms of those for whom it is no more."""

    def __init__(self) -> None:
        self.aside: tuple[BookingForm, ...] = ()
        """Begun for others and not saved; the last one that was left is the first."""
        self.whose: Person | None = None
        """For whom what is shown was typed; somebody else may be looked for by now."""
        self.reopened: Reopened | None = None
        self.taken_out: BookingForm | None = None
        """The form whose note was just taken out as its customer became another; it is aside."""

    # Whose it is

    def reopen(self, *, left: BookingForm, shown: BookingForm, fresh: BookingForm) -> None:
        """A form that was begun before is shown again, maybe at another time."""
        before = self.reopened
        if before is not None and before.shown == left:
            left = before.left
        self.whose, self.taken_out = person_of(left) or self.whose, None
        self.reopened = Reopened(whose=self.whose, left=left, shown=shown, fresh=fresh)

    def forget(self, whose: Person | None = None) -> None:
        """What is shown from now on was begun just now, for somebody or for nobody yet."""
        self.whose, self.reopened, self.taken_out = whose, None, None

    def follow(self, before: BookingForm, after: BookingForm) -> BookingForm:
        """What is to stand in the form after a change by hand: without what was typed for another customer."""
        now, was = person_of(after), person_of(before) or self.whose
        if now is None:
            self.whose = was
            if after.is_empty:
                self.forget()
            return after
        self.whose = now
        if was is None or not is_another(now, was, before=person_of(before)):
            return after
        if self.reopened is not None:
            fresh = of_person(self.reopened.fresh, now)
            self._put_aside(self._as_left(of_person(after, None), was))
            self.forget(now)
            return fresh
        if after.notes.strip() or after.override:
            old = of_person(after, was)
            self._put_aside(old)
            self.taken_out = old
            return replace(after, notes="", override=None)
        return after

    def _as_left(self, form: BookingForm, whose: Person | None) -> BookingForm:
        """The form with whom it was for; at the time that it had, where it was only shown at another."""
        whole = of_person(form, person_of(form) or whose)
        again = self.reopened
        return again.left if again is not None and whole == again.shown else whole

    # Changing places

    def start_afresh(self, form: BookingForm) -> BookingForm:
        """Put what is shown aside; what stands there without it."""
        fresh = self.reopened.fresh if self.reopened else BookingForm()
        self._put_aside(self._as_left(form, self.whose))
        self.forget()
        return fresh

    def form_for(self, form: BookingForm, person: Person, *, is_open: bool) -> tuple[BookingForm, bool]:
        """The form for a caller who was looked up while this one was shown, or closed; whether it was begun before."""
        was = person_of(form) or self.whose
        if was is not None and _is_same(was, person):
            return of_person(form, person), not is_open or self.reopened is not None
        if was is None and is_open and self.reopened is None:
            self.forget(person)
            return of_person(form, person), False
        self._put_aside(self._as_left(form, was))
        found = self._aside_of(person)
        self.aside = tuple(one for one in self.aside if one is not found)
        self.forget(person)
        return found or of_person(BookingForm(), person), found is not None

    def go_on(self, sent: Sent, form: BookingForm, person: Person) -> tuple[Sent, BookingForm]:
        """Another is looked up while a booking is being saved: what becomes of that, and the form for the other.

        What was chosen since is of the next booking, a note of the one before.
        """
        behind = replace(sent.form, notes=form.notes or sent.form.notes, override=form.override or sent.form.override)
        since = replace(form.entered_since(sent.form).at_time_of(form), notes="", override=None)
        self.forget(person)
        return replace(sent, behind=behind), of_person(since, person)

    def take_saved(self, sent: Sent) -> None:
        """A booking is saved of whom another was looked up since: what was typed on for them is kept."""
        if sent.behind is not None:
            self._put_aside(of_person(sent.behind.entered_since(sent.form), person_of(sent.form)))

    def take_refused(self, sent: Sent, shown: BookingForm) -> None:
        """A booking is not saved: it is half typed again, and for whom it was."""
        if sent.behind is not None:
            self._put_aside(sent.behind)
        else:
            self.whose = person_of(shown) or person_of(sent.form)

    def take_back(self, form: BookingForm) -> BookingForm:
        """Change what is shown for what is offered."""
        found = self.offered
        if found is None:
            return form
        self.aside = tuple(one for one in self.aside if one is not found)
        self._put_aside(self._as_left(form, self.whose))
        self.forget(person_of(found))
        return found

    def put_back(self, form: BookingForm) -> BookingForm:
        """The form with the note that was taken out of it: it was the same caller, by another name."""
        old = self.taken_out
        if old is None:
            return form
        self.drop_offered()
        return replace(form, notes="\n".join(filter(None, (old.notes, form.notes))))

    def drop_offered(self) -> None:
        """Let go of what is offered."""
        gone, self.taken_out = self.offered, None
        self.aside = tuple(one for one in self.aside if one is not gone)

    def drop_about(self, erased: frozenset[str]) -> None:
        """Let go of what is aside for these customers, and of a note that was taken out of it just now."""
        self.aside = tuple(one for one in self.aside if one.customer is None or one.customer.id not in erased)
        if self.taken_out not in self.aside:
            self.taken_out = None

    @property
    def offered(self) -> BookingForm | None:
        """The form that can be gone on with: that of whom is being booked, else the last one that was left."""
        if self.taken_out is not None:
            return self.taken_out
        return (self._aside_of(self.whose) if self.whose else None) or next(iter(self.aside), None)

    def _aside_of(self, person: Person) -> BookingForm | None:
        return next((one for one in self.aside if (of := person_of(one)) and _is_same(of, person)), None)

    def _put_aside(self, form: BookingForm) -> None:
        if _is_missed(form):
            self.aside = (form, *self.aside)


def person_of(form: BookingForm | WishForm) -> Person | None:
    """For whom a form is."""
    return form.customer or form.new_customer


def is_another(now: Person, was: Person, *, before: Person | None) -> bool:
    """Whether a form is for another than it was typed for; a new name that is typed on over the one `before` is not."""
    is_renamed = isinstance(before, NewCustomer) and isinstance(now, NewCustomer)
    return not is_renamed and not _is_same(was, now)


def of_person(form: F, person: Person | None) -> F:
    """The form for somebody else, or for nobody yet."""
    if isinstance(person, NewCustomer):
        return replace(form, customer=None, new_customer=person)
    return replace(form, customer=person, new_customer=None)


def _is_same(one: Person, other: Person) -> bool:
    if isinstance(one, Choice) and isinstance(other, Choice):
        return one.id == other.id
    return one == other


def _is_missed(form: BookingForm) -> bool:
    """Whether more was entered than somebody who is found again in a moment."""
    return bool(form.new_customer or form.service_id or form.more or form.notes.strip() or form.override)

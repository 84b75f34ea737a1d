"""Filling in the form of the booking panel, and reading it, as the business is set up and as the book stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from desktop.models.rows import BookingForm
from desktop.operations.operation import Operation
from desktop.presenters.book import BookPresenter
from desktop.presenters.booking_wish import booking_of, chosen_of, minutes_of, services_of, takes_part
from shared import clock
from shared.model.base import Span
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.rules import wall_time


class BookingForms:
    """Makes one form from another, and says what a form stands for; keeps none."""

    def __init__(self, book: BookPresenter) -> None:
        self._book = book

    # What a form stands for

    def services(self, form: BookingForm) -> tuple[Service, ...]:
        """The services in the order in which they are done."""
        setup = self._book.setup
        return services_of(form, setup) if setup else ()

    def resource(self, resource_id: str) -> Resource | None:
        """The person, room or piece of equipment of this id."""
        setup = self._book.setup
        return next((one for one in setup.resources if one.id == resource_id), None) if setup else None

    def start(self, form: BookingForm) -> datetime | None:
        """The instant at which it begins."""
        if form.day is None or form.start is None:
            return None
        zone = self._book.words.zone
        return wall_time.resolve(datetime.combine(form.day, form.start), zone, fold=form.start.fold)

    def span(self, form: BookingForm) -> Span | None:
        """From when to when it is."""
        start = self.start(form)
        return Span(start, start + timedelta(minutes=form.minutes)) if start and form.minutes else None

    def booking(self, form: BookingForm, appointment_id: str) -> Operation | None:
        """The booking; None for a form that does not say enough for one."""
        setup = self._book.setup
        if setup is None:
            return None
        return booking_of(form, setup, start=self.start(form), appointment_id=appointment_id)

    # Filling in

    def at(self, form: BookingForm, start: datetime) -> BookingForm:
        """The form with this start, at the location that is shown."""
        local = wall_time.local(start, self._book.words.zone)
        location, setup = self._book.location, self._book.setup
        return replace(
            form,
            day=local.date(),
            start=time(local.hour, local.minute, fold=local.fold),
            location_id=location.id if location else "",
            minutes=form.minutes or (setup.business.slot_step if setup else 30),
            override=None,
        )

    def timed(self, form: BookingForm) -> BookingForm:
        """The form with the next start, where nobody has given it one."""
        return self.at(form, self._next_step()) if form.is_empty or form.start is None else form

    def drawn(self, form: BookingForm, resource_id: str, start: datetime, end: datetime) -> BookingForm:
        """The form with what was drawn in the book; as long as its services, where it has any."""
        form, resource = self.at(form, start), self.resource(resource_id)
        if resource is not None:
            form = form.with_resource(resource.kind, resource.id)
        if form.own_length:
            return form
        return replace(form, minutes=minutes_of(self.services(form)) or (end - start) // timedelta(minutes=1))

    def fitted(self, form: BookingForm) -> BookingForm:
        """The form with the length of its services, and with what may take part in them."""
        setup, services = self._book.setup, self.services(form)
        # While another is being looked for, who was chosen stays, and how long it takes.
        return _fitting(form, services, chosen_of(form, setup)) if setup is not None and services else form

    def _next_step(self) -> datetime:
        """The next start that the book offers: from now on today, from the opening on another day."""
        shown, now = self._book.shown, clock.now()
        if shown is None or not shown.span.start <= now < shown.span.end:
            opens = [span.start for spans in (shown.open_spans.values() if shown else ()) for span in spans]
            return min(opens, default=wall_time.minute_of(self._book.day, 9 * 60, self._book.words.zone))
        step = timedelta(minutes=shown.slot_step)
        return shown.span.start + -(-(now - shown.span.start) // step) * step


def _fitting(form: BookingForm, services: Sequence[Service], chosen: Sequence[Resource]) -> BookingForm:
    """The form as long as its services, and of what was chosen by hand what may take part in them."""
    if not form.own_length or len(services) > 1:
        form = replace(form, minutes=minutes_of(services))
    fits = {one.id for one in chosen if any(takes_part(one, each) for each in services)}
    for kind in ResourceKind:
        if form.resource(kind) not in fits:
            form = form.with_resource(kind, "")
    return form

"""What the platform's people do in the book of a business: an edit of their own, by role or by a grant."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from shared import clock
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.ids import derived_id, is_id
from shared.model.appointment import Appointment
from shared.model.base import MutationId, value
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.registry import canonical, unstructured
from shared.mutations.registry import MUTATIONS, Actor
from shared.protocol.codec import arguments_of
from shared.protocol.problems import ProblemCode
from shared.rules.grants import EDITS, Action
from shared.rules.permissions import Capability
from shared.rules.wall_time import typed
from syncserver.services.declined import Declined
from syncserver.services.identity import refusals
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.platform import platform_actions
from syncserver.services.platform.book_days import Day, day_of
from syncserver.services.platform.platform_reach import note, tenant_within
from syncserver.services.platform.platform_tenants import require_reason
from syncserver.services.server import Server
from syncserver.services.sync.gateway import Edit, EditRefused, record_then
from syncserver.store import pushes
from syncserver.store.archived import ARCHIVABLE, Kind, Row, archived_rows
from syncserver.store.events import Event
from syncserver.store.events import Kind as EventKind
from syncserver.store.handles import Connection
from syncserver.store.recoveries import is_recovering
from syncserver.store.rows import entities
from syncserver.store.tenancy import Tenant, TenantState, tenant_part, tenant_transaction

Args = Mapping[str, Any]

RECOVERS: Final = 5
"""Seconds after which it is worth asking whether recovery is over."""
LONGEST_KEY: Final = 64
CANCEL: Final = "appointment.cancel"
BUSINESS: Final = "business"


@value
class Form:
    """What every form says: its own key, which makes two sendings of it one edit, and why it is done."""

    key: str
    reason: str


@value
class Seen:
    """A visit as it stood on the page: its id, and the status and the start that were seen."""

    id: str
    status: str
    start: str

    @property
    def was(self) -> Args:
        """The same as an edit says it."""
        return {"status": self.status, "start": self.start}


def edit(server: Server, admin: Admin, tenant_id: str, form: Form, *, name: str, args: Args) -> None:
    """Make one edit of the schedule, by its name and its arguments as on the wire.

    Declined as `not_found`, as `invalid` without a reason or a key, as `not_allowed`, recorded, where somebody has not
    the action or it carries no such edit, as `tenant_suspended` and as `recovering`. Raises Refusal for what the rules
    say no to; nothing is changed then. A visit is cancelled by the business: `invalid` else.
    """

    def checked(_: Connection) -> Args:
        # A customer who cancels late owes a fee, and money is none of the schedule.
        if name == CANCEL and args.get("by") != BUSINESS:
            raise Declined(ProblemCode.INVALID, "A visit is cancelled by the business here.", field="args")
        return args

    _make(server, admin, tenant_id, form, Action.EDIT_SCHEDULE, name, checked)


def cancel(server: Server, admin: Admin, tenant_id: str, form: Form, visit: Seen) -> None:
    """Cancel a visit for the business, with the reason; declined and refused as `edit` is."""
    reason = " ".join(form.reason.split())[:200]
    args = {"appointment_id": visit.id, "was": visit.was, "reason": reason, "by": BUSINESS}
    _make(server, admin, tenant_id, form, Action.EDIT_SCHEDULE, CANCEL, lambda _: args)


def move(server: Server, admin: Admin, tenant_id: str, form: Form, visit: Seen, wall: datetime) -> None:
    """Move a visit to another time, by the clock of where it is; declined and refused as `edit` is."""

    def args(connection: Connection) -> Args:
        start = instant_text(typed(wall, _zone_of(connection, visit.id)))
        return {"appointment_id": visit.id, "was": visit.was, "start": start}

    _make(server, admin, tenant_id, form, Action.EDIT_SCHEDULE, "appointment.reschedule", args)


def restore(server: Server, admin: Admin, tenant_id: str, form: Form, kind: str, row_id: str) -> None:
    """Bring a row back that was archived; one that is there stays. Declined and refused as `edit` is."""
    if kind not in set(Kind):
        raise Declined(ProblemCode.INVALID)
    name, field = ARCHIVABLE[Kind(kind)].edit, f"{kind}_id"
    marked = {} if kind == Kind.CUSTOMER else {"edits": [{"field": "archived", "was": True, "value": False}]}

    def args(connection: Connection) -> Args:
        if kind == Kind.CUSTOMER:
            _require_own_record(connection, row_id)
        return {field: row_id, **marked}

    _make(server, admin, tenant_id, form, Action.RESTORE_DELETED, name, args)


def shown_day(server: Server, admin: Admin, tenant_id: str, day: date | None) -> tuple[Tenant, Day]:
    """A day of a business for whoever edits its schedule; a grant that it takes is used by this.

    Declined as `not_found` and `not_allowed`.
    """
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    platform_actions.use(server, admin, tenant, Action.EDIT_SCHEDULE)
    return tenant, day_of(server, tenant, day)


def archived(server: Server, admin: Admin, tenant_id: str, kind: Kind, text: str) -> tuple[Tenant, Sequence[Row]]:
    """What can be brought back of a kind, by a part of the name; a grant that it takes is used by this.

    Declined as `not_found` and `not_allowed`.
    """
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    platform_actions.use(server, admin, tenant, Action.RESTORE_DELETED)
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        return tenant, archived_rows(connection, kind, text)


def _zone_of(connection: Connection, visit: str) -> str:
    found = entities(connection, Appointment, ("id = %s::uuid", (visit,))) if is_id(visit) else ()
    if not found:
        raise Refusal(Code.NOT_FOUND, what="appointment", subject=visit)
    return found[0].zone


def _require_own_record(connection: Connection, customer: str) -> None:
    found = entities(connection, Customer, ("id = %s::uuid", (customer,))) if is_id(customer) else ()
    if found and found[0].merged_into is not None:
        # The rules let them be, which is not to say that they are there again.
        raise Declined(ProblemCode.INVALID, "They are in the record of another customer, and stay there.")


def _make(
    server: Server, admin: Admin, tenant_id: str, form: Form, action: Action, name: str,
    args: Callable[[Connection], Args],
) -> None:  # fmt: skip
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    reason = require_reason(form.reason)
    if not 1 <= len(form.key) <= LONGEST_KEY:
        raise Declined(ProblemCode.INVALID)
    role = _role(server, admin, tenant, action, name)
    try:
        with server.audit.transaction(tenant) as (connection, record_event):
            platform_actions.use(server, admin, tenant, action, within=(connection, record_event))
            _require_open(server, tenant)
            with tenant_part(connection, tenant):
                made = _edit(admin, form.key, name, args(connection))

                def edits(_: int) -> Sequence[Edit]:
                    # A form that is sent twice is one edit, and one event.
                    return [] if pushes.known(connection, [made.id]) else [made]

                who = Actor(user_id=admin.user.id, role=role, name=admin.user.name)
                done = record_then(connection, tenant, edits, who, must_apply=True)
            # What is so already, as after two who press at once, is no deed.
            if done.changed:
                record_event(_event(admin, tenant, made, reason))
    except EditRefused as refused:
        raise _refusal(server, admin, tenant, name, refused) from None
    server.note_told(tenant.id, done.version)
    server.tell(tenant.id, done.version)


def _role(server: Server, admin: Admin, tenant: Tenant, action: Action, name: str) -> Role:
    """By whose rights an edit is decided. Declined where the action does not carry it, recorded."""
    if name not in MUTATIONS:
        raise Declined(ProblemCode.INVALID)
    role = EDITS[action].get(name)
    if role is None:
        refusals.require_patience(note(server, admin, name, tenant))
        raise Declined(ProblemCode.NOT_ALLOWED, told=True)
    return role


def _require_open(server: Server, tenant: Tenant) -> None:
    if tenant.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    if is_recovering(server.engine, tenant):
        # What its desks are still asked for is decided first.
        raise Declined(ProblemCode.RECOVERING, retry_after=RECOVERS)


def _edit(admin: Admin, key: str, name: str, args: Args) -> Edit:
    # As the log keeps them: the trail tells of them, too, whichever other way to write them the wire may take.
    args = unstructured(arguments_of(name, MUTATIONS[name].version, args))
    # Of the arguments as well: a key that is used again for something else is another edit.
    made = MutationId(derived_id("admin edit", admin.user.id, key, name, canonical(args)))
    return Edit(id=made, name=name, args=args, at=clock.now())


def _event(admin: Admin, tenant: Tenant, made: Edit, reason: str) -> Event:
    """What was done, by the ids of the book: nobody's name stays in the trail when they are erased."""
    was = made.args.get("was")
    times = {"was": was.get("start") if isinstance(was, Mapping) else None, "now": made.args.get("start")}
    return Event(
        kind=EventKind.BOOK_EDITED, tenant=tenant, actor=party_of(admin.user), subject=made.name, reason=reason,
        details={"edit": made.id, **{name: said for name, said in times.items() if said}},
    )  # fmt: skip


def _refusal(server: Server, admin: Admin, tenant: Tenant, name: str, refused: EditRefused) -> Refusal | Declined:
    if refused.refusal is None:
        return Declined(ProblemCode.INVALID, "It would have been done otherwise than it was asked for.")
    if refused.refusal.code in refusals.NOTED:
        refusals.require_patience(note(server, admin, name, tenant))
    return refused.refusal

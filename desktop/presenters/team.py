"""The team, its devices and one's own sessions: read from the server, changed there, and never kept here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import Choice, Deed, TeamRow
from desktop.presenters.book import BookPresenter
from desktop.presenters.link import DeskLink, Latest
from desktop.presenters.words import ROLES, Words
from desktop.runtime.qt import Background
from desktop.sync.office import Colleague, KnownDevice, OpenInvite, OwnSession, People
from desktop.views.main_window import MainWindow
from shared import clock
from shared.errors import AppError, NotSignedIn, Unreachable
from shared.model.base import value
from shared.model.member import Role
from shared.protocol.account_messages import is_email
from shared.rules import masquerade
from shared.rules.permissions import Capability, may, may_manage
from shared.rules.plans import includes

TEAM_ROLES: Final = {**ROLES, "CUSTOMER": "Customer"}
OFFLINE: Final = "The team is asked of the server, which cannot be reached. What was shown last is shown still."
NEVER_SHOWN: Final = "The team is asked of the server, which cannot be reached just now."
_MANAGERS: Final = "A manager sees to staff and customers only."
_OWNERS: Final = "An owner is seen to by nobody else of the business."
_ONESELF: Final = "Nobody does that to themselves."


@value
class TeamTold:
    """What the server says."""

    people: People
    devices: Sequence[KnownDevice]
    sessions: Sequence[OwnSession]


class TeamPresenter(QObject):
    """Reads when the page is shown, and after each change."""

    masqueradeWanted = Signal(str, str)
    """Id and name of somebody whom the person at the desk wants to act as."""

    def __init__(
        self, link: DeskLink, window: MainWindow, book: BookPresenter, background: Background,
        parent: QObject | None = None, *, me: str,
    ) -> None:  # fmt: skip
        """`me` is the id of the person at the desk."""
        super().__init__(parent)
        self._me = me
        self._link, self._window, self._view, self._book = link, window, window.team, book
        self._background, self._plans = background, Latest(link)
        self._role = Role.TENANT_STAFF
        self._has_trail = True
        """Whether the plan of the business has an audit trail to be read."""
        self._told: TeamTold | None = None
        self._asking = False
        self._view.show_nothing("The team is asked of the server.")
        self._view.show_as_of("")
        self._view.banner.clear()
        window.pageShown.connect(self._shown)
        self._view.refreshRequested.connect(self.refresh)
        self._view.inviteRequested.connect(self._invite)
        self._view.wanted.connect(self._wanted)
        link.changed.connect(self._changed)
        book.setupChanged.connect(self._ask_plan)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: it decides whether the page is for them, and what they may do."""
        self._role = role
        self._offer()
        offered = (one for one in (Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER) if may_manage(role, one))
        self._view.show_roles(tuple(Choice(id=one.value, text=TEAM_ROLES[one.value]) for one in offered))

    def _changed(self, tables: frozenset[str]) -> None:
        if "plan" in tables:
            self._ask_plan()

    def _ask_plan(self) -> None:
        def took(features: tuple[str, ...]) -> None:
            self._has_trail = includes(features, Capability.READ_AUDIT)
            self._offer()

        self._plans.ask(lambda replica: replica.tx().plan().features, took)

    def _offer(self) -> None:
        """The pages that are for the person at the desk, and in the plan of the business."""
        trail = ("audit",) if self._has_trail and may(self._role, Capability.READ_AUDIT) else ()
        pages = (*(("team",) if may(self._role, Capability.MANAGE_TEAM) else ()), *trail)
        self._window.navigation.offer_pages(pages)
        for page in ("team", "audit"):
            self._window.actions_by_name[f"go_{page}"].setEnabled(page in pages)
            if self._window.page == page and page not in pages:
                self._window.show_page("book")

    def _shown(self, page: str) -> None:
        if page == "team":
            self.refresh()

    # Reading

    def refresh(self) -> None:
        """Ask the server for everything on the page."""
        if self._asking or not may(self._role, Capability.MANAGE_TEAM):
            return
        self._asking = True
        self._view.show_busy(busy=True)
        office, owner = self._link.desk.office, may(self._role, Capability.MANAGE_DEVICES)

        def read() -> TeamTold:
            devices = office.devices() if owner else ()
            return TeamTold(people=office.people(), devices=devices, sessions=office.sessions())

        self._link.await_job(self._background.submit(read), self._took, self._not_told)

    def _took(self, told: TeamTold) -> None:
        self._asking, self._told = False, told
        self._view.show_busy(busy=False)
        self._view.banner.clear()
        self._view.show_as_of(f"As of {self._words.time(clock.now())}")
        self._view.show_rows(
            tuple(self._person(one) for one in sorted(told.people.users, key=_order)),
            tuple(self._open(one) for one in told.people.invites),
            tuple(self._device(one) for one in told.devices),
            tuple(self._session(one) for one in told.sessions),
        )

    def _not_told(self, error: AppError | OSError) -> None:
        self._asking = False
        self._view.show_busy(busy=False)
        if self._told is None:
            self._view.show_as_of("")
            self._view.show_nothing(NEVER_SHOWN if isinstance(error, Unreachable) else office_words(error))
        else:
            self._view.banner.show_message(
                OFFLINE if isinstance(error, Unreachable) else office_words(error), kind="warning", action="Try again"
            )

    # Wording

    @property
    def _words(self) -> Words:
        return self._book.words

    def _seen(self, at: datetime | None) -> str:
        return f"last seen {self._words.recent(at, clock.now())}" if at else "never here"

    def _person(self, one: Colleague) -> TeamRow:
        role, me = Role(one.role), self._me
        chips = (
            TEAM_ROLES.get(one.role, one.role), *(("You",) if one.id == me else ()),
            *(("Second factor",) if one.second_factor else ()), *(() if one.active else ("Disabled",)),
        )  # fmt: skip
        return TeamRow(
            id=one.id, title=one.name, detail=f"{one.email} · {self._seen(one.last_seen)}", chips=chips,
            deeds=self._deeds(one, role, is_me=one.id == me), muted=not one.active,
        )  # fmt: skip

    def _deeds(self, one: Colleague, role: Role, *, is_me: bool) -> tuple[Deed, ...]:
        deeds = [Deed(action="masquerade", text="Masquerade…")] if self._may_become(one, role, is_me=is_me) else []
        if may(self._role, Capability.CHANGE_ROLES):
            deeds.append(Deed(action="role", text="Role…", why_not=_ONESELF if is_me else ""))
        why = _ONESELF if is_me else "" if may_manage(self._role, role) else _why_not(self._role)
        if one.second_factor and not is_me:
            deeds.append(Deed(action="factor", text="Reset second factor…", why_not=why))
        deeds.append(Deed(action="disable" if one.active else "enable", text="Disable…" if one.active else "Enable…",
                          why_not=why))  # fmt: skip
        return tuple(deeds)

    def _may_become(self, one: Colleague, role: Role, *, is_me: bool) -> bool:
        here = masquerade.Circumstances(is_self=is_me, same_tenant=True, already_masquerading=False)
        return masquerade.may_masquerade(
            masquerade.Party(role=self._role), masquerade.Party(role=role, active=one.active), here
        )

    def _open(self, one: OpenInvite) -> TeamRow:
        until = f"good until {self._words.moment(one.expires)}"
        why = "" if may_manage(self._role, Role(one.role)) else _why_not(self._role)
        return TeamRow(
            id=one.id, title=one.email, detail=until, chips=(TEAM_ROLES.get(one.role, one.role),),
            deeds=(Deed(action="take_back", text="Take back…", why_not=why),),
        )  # fmt: skip

    def _device(self, one: KnownDevice) -> TeamRow:
        people = ", ".join(one.people) or "nobody is signed in"
        shut_out = one.revoked is not None
        chips = (
            *(("This computer",) if one.is_this else ()), *(("Shut out",) if shut_out else ()),
            *(("Not handed in",) if shut_out and one.handed_in is None else ()),
        )  # fmt: skip
        return TeamRow(
            id=one.id, title=one.name, detail=f"{people} · {self._seen(one.last_seen)}", chips=chips, muted=shut_out,
            deeds=() if shut_out else (Deed(action="shut_out", text="Shut out…"),),
        )  # fmt: skip

    def _session(self, one: OwnSession) -> TeamRow:
        return TeamRow(
            id=one.id, title=one.device, detail=f"used {self._words.recent(one.last_used, clock.now())}",
            chips=("Here",) if one.is_this else (),
            deeds=() if one.is_this else (Deed(action="end_session", text="Sign out there…"),),
        )  # fmt: skip

    # Doing

    def _invite(self, email: str, role: str) -> None:
        def sent() -> None:
            self._view.clear_invite()
            self._view.show_invite_message(f"An invite is on its way to {email}.", kind="success")

        if not is_email(email):
            self._view.show_invite_message("This is no e-mail address.")
            return
        office = self._link.desk.office
        self._do(lambda: office.invite(email, role), sent, self._not_invited)

    def _not_invited(self, error: AppError | OSError) -> None:
        self._view.show_busy(busy=False)
        self._view.show_invite_message(office_words(error))

    def _wanted(self, action: str, row: str) -> None:
        if self._told is None:
            return
        office, ask = self._link.desk.office, self._view.question.ask
        users = {one.id: one for one in self._told.people.users}
        if action == "masquerade":
            self.masqueradeWanted.emit(row, users[row].name)
        elif action == "role":
            self._ask_role(users[row])
        elif action == "disable":
            ask(
                f"Disable {users[row].name}?",
                "They are signed out everywhere at once, and cannot sign in again until somebody enables them. What "
                "they entered stays; what a desk of theirs has not sent yet is set aside for you to decide.",
                yes="Disable", no="Keep", then=lambda _: self._do(lambda: office.disable(row)),
            )  # fmt: skip
        elif action == "factor":
            ask(
                f"Take away the second factor of {users[row].name}?",
                "Their password alone signs them in then, until they set up another one. A mail tells them. Be sure "
                "that it is they who ask.",
                yes="Take away", no="Keep", then=lambda _: self._do(lambda: office.reset_factor(row)),
            )  # fmt: skip
        elif action == "enable":
            ask(
                f"Enable {users[row].name}?", "They may sign in again, with the password that they had.",
                yes="Enable", no="Leave disabled", then=lambda _: self._do(lambda: office.enable(row)),
            )  # fmt: skip
        else:
            self._ask_about_things(action, row)

    def _ask_about_things(self, action: str, row: str) -> None:
        office, ask, told = self._link.desk.office, self._view.question.ask, self._told
        if told is None:
            return
        if action == "take_back":
            email = next(one.email for one in told.people.invites if one.id == row)
            ask(
                "Take the invite back?", f"The link that was mailed to {email} opens nothing any more.",
                yes="Take back", no="Keep it", then=lambda _: self._do(lambda: office.take_back(row)),
            )  # fmt: skip
        elif action == "shut_out":
            device = next(one for one in told.devices if one.id == row)
            this = " It is the computer that you are at now: this desk closes." if device.is_this else ""
            ask(
                f"Shut out {device.name}?",
                "For good: everybody is signed out there, and its copy of the book is deleted once it has handed in "
                f"what it has not sent yet.{this}",
                yes="Shut out", no="Keep it", then=lambda _: self._do(lambda: office.shut_out(row)),
            )  # fmt: skip
        elif action == "end_session":
            session = next(one for one in told.sessions if one.id == row)
            ask(
                f"Sign out at {session.device}?", "Your password is asked there the next time you come.",
                yes="Sign out there", no="Stay signed in", then=lambda _: self._do(lambda: office.end_session(row)),
            )  # fmt: skip

    def _ask_role(self, one: Colleague) -> None:
        office = self._link.desk.office
        choices = tuple(Choice(id=name, text=text) for name, text in TEAM_ROLES.items())
        self._view.question.ask_which(
            f"Change the role of {one.name}?",
            "It holds at once, on every desk. Where they may see more or less than before, their book is loaded anew.",
            choices, one.role, lambda role: self._do(lambda: office.change_role(one.id, role)),
        )  # fmt: skip

    def _do(
        self, job: Callable[[], None], then: Callable[[], None] = lambda: None,
        failed: Callable[[AppError | OSError], None] | None = None,
    ) -> None:  # fmt: skip
        def done(_: None) -> None:
            then()
            self._asking = False
            self.refresh()

        self._view.show_busy(busy=True)
        self._link.await_job(self._background.submit(job), done, failed or self._not_done)

    def _not_done(self, error: AppError | OSError) -> None:
        self._view.show_busy(busy=False)
        self._view.banner.show_message(f"Nothing was changed. {office_words(error)}", kind="danger", action="Refresh")


def office_words(error: AppError | OSError) -> str:
    """Why the server did not do something about people."""
    if isinstance(error, Unreachable):
        return "The server cannot be reached. Try again once it answers."
    if isinstance(error, NotSignedIn):
        return "Your session has ended: sign in again first."
    return str(error)


def _why_not(role: Role) -> str:
    return _OWNERS if role is Role.TENANT_OWNER else _MANAGERS


def _order(one: Colleague) -> tuple[bool, int, str]:
    """Those who are there first, by what they are and their names."""
    return not one.active, list(TEAM_ROLES).index(one.role) if one.role in TEAM_ROLES else 9, one.name.casefold()

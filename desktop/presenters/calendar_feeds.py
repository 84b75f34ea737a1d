"""Making, listing and revoking the addresses at which calendars read somebody's visits: the server does all of it."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from PySide6.QtCore import QObject

from desktop.models.rows import Choice, Deed, TeamRow
from desktop.presenters.book import BookPresenter
from desktop.presenters.link import DeskLink
from desktop.presenters.team import office_words
from desktop.runtime.qt import Background
from desktop.store.meta import Identity
from desktop.sync.office import KnownFeed
from desktop.views.actions import Actions
from desktop.views.calendar_feeds import CalendarFeedsDialog
from desktop.views.main_window import MainWindow
from shared.errors import AppError
from shared.model.member import Role
from shared.rules.permissions import Capability, Scope, may, may_manage, scope

T = TypeVar("T")
REVOKING: Final = "Calendars that subscribe to it get nothing new any more, and it cannot be brought back."


class CalendarFeedsPresenter(QObject):
    """Opens the dialog for those whose role has it."""

    def __init__(
        self, link: DeskLink, window: MainWindow, actions: Actions, background: Background, book: BookPresenter,
        parent: QObject | None = None, *, me: Identity,
    ) -> None:  # fmt: skip
        """`me` is the person at the desk."""
        super().__init__(parent)
        self._link, self._window, self._actions, self._background = link, window, actions, background
        self._book, self._me = book, me
        self._role = Role(me.role)
        self._feeds: Sequence[KnownFeed] = ()
        self.dialog: CalendarFeedsDialog | None = None
        actions["calendar_feeds"].triggered.connect(self._open)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: whoever may share no calendar does not see it."""
        self._role = role
        self._actions["calendar_feeds"].setVisible(may(role, Capability.SHARE_CALENDAR))

    def let_go(self) -> None:
        """The person leaves the desk: an address that was shown goes with them."""
        if self.dialog is not None:
            self.dialog.reject()

    def _open(self) -> None:
        dialog = self.dialog = CalendarFeedsDialog(self._window)
        dialog.makeRequested.connect(self._make)
        dialog.wanted.connect(self._ask_revoke)
        dialog.finished.connect(self._forget)
        dialog.show_people((self._myself(),))
        dialog.open()
        self._read()

    def _forget(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _myself(self) -> Choice:
        return Choice(id=self._me.user_id, text=f"{self._me.user_name} (you)")

    def _read(self) -> None:
        office, role = self._link.desk.office, self._role

        def read() -> tuple[Sequence[KnownFeed], tuple[Choice, ...]]:
            if scope(role, Capability.SHARE_CALENDAR) is not Scope.ALL:
                return office.feeds(), ()
            others = (
                one for one in office.people().users
                if one.active and may(Role(one.role), Capability.SHARE_CALENDAR) and may_manage(role, Role(one.role))
            )  # fmt: skip
            return office.feeds(), tuple(Choice(id=one.id, text=one.name) for one in others)

        self._run(read, self._took)

    def _took(self, told: tuple[Sequence[KnownFeed], tuple[Choice, ...]]) -> None:
        if self.dialog is not None:
            self._feeds, others = told
            by_name = tuple(sorted(others, key=lambda one: one.text.casefold()))
            self.dialog.show_people((self._myself(), *by_name))
            self.dialog.show_feeds(tuple(self._row(one) for one in self._feeds))

    def _row(self, one: KnownFeed) -> TeamRow:
        made = f"made {self._book.words.moment(one.created)}"
        chips = ("You",) if one.user == self._me.user_id else ()
        revoke = Deed(action="revoke", text="Revoke…")
        return TeamRow(id=one.id, title=one.name, detail=made, chips=chips, deeds=(revoke,))

    def _make(self, user: str) -> None:
        office = self._link.desk.office

        def made(address: str) -> None:
            if self.dialog is not None:
                self.dialog.show_address(address)
                self._read()

        self._run(lambda: office.make_feed(user), made)

    def _ask_revoke(self, action: str, feed: str) -> None:
        if self.dialog is None:
            return
        office = self._link.desk.office
        name = next((one.name for one in self._feeds if one.id == feed), "")
        self.dialog.question.ask(
            f"Revoke an address of {name}?", REVOKING, yes="Revoke", no="Keep",
            then=lambda _: self._run(lambda: office.revoke_feed(feed), lambda _: self._read()),
        )  # fmt: skip

    def _run(self, job: Callable[[], T], then: Callable[[T], None]) -> None:
        def done(told: T) -> None:
            if self.dialog is not None:
                self.dialog.show_busy(busy=False)
                self.dialog.show_message("")
                then(told)

        def failed(error: AppError | OSError) -> None:
            if self.dialog is not None:
                self.dialog.show_busy(busy=False)
                self.dialog.show_message(office_words(error))

        if self.dialog is not None:
            self.dialog.show_busy(busy=True)
            self._link.await_job(self._background.submit(job), done, failed)

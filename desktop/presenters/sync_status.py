"""The status line: connection, edits waiting, last contact, and trying now."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import Fact
from desktop.presenters.book import BookPresenter
from desktop.presenters.lease import lease_words
from desktop.presenters.link import Link
from desktop.store.lease import Lease
from desktop.sync import status as sync
from desktop.sync.status import SyncStatus, Trouble
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.widgets.status_pill import Connection, SyncFacts
from shared import clock
from shared.model.base import value

_SIGNED_OUT = "Sign in again"
_TRY = "Sync now"
CLOSED = (
    "This business is suspended or closed: whoever runs the server can open it again. Everything on this computer is "
    "kept."
)
WAITING = "{What} until then. Sync, Save what waits… writes them into a file to hand over."


@value
class _TroubleWords:
    """How a trouble is named in the status line, when what waits is sent, and how its message is shown."""

    name: str
    goes_on: str
    kind: str = "danger"
    action: str = ""


_TROUBLES: Final[Mapping[Trouble, _TroubleWords]] = {
    # A new start mends it, which its message says; syncing does not.
    Trouble.DAMAGED: _TroubleWords(name="Book damaged", goes_on="once SmoothSchedule has made a new book"),
    Trouble.DISK_FULL: _TroubleWords(name="Disk full", goes_on="once there is room on the disk", action=_TRY),
    # It may be a locked keyring: the book is whole then, and can be worked in.
    Trouble.STORAGE: _TroubleWords(name="Sync is held up", goes_on="once that is put right", action=_TRY),
    Trouble.PUT_BACK: _TroubleWords(name="Server is recovering", goes_on="once it is ready", kind="info"),
    Trouble.MISMATCH: _TroubleWords(name="Book does not match", goes_on="", kind="warning", action=_TRY),
}


class SyncStatusPresenter(QObject):
    """Words the engine's status and asks it to try now."""

    signInWanted = Signal()

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._book = link, window, book
        self._asked = False
        self._attention = 0
        self._lease: Lease | None = None
        self._shown = link.desk.status
        """What the banner speaks of: its button does what it says, however things stand by then."""
        link.statusChanged.connect(self.show)
        link.faulted.connect(self._fault)
        link.saved.connect(window.fault.clear)
        window.details.syncRequested.connect(self.sync_now)
        actions["sync_now"].triggered.connect(self.sync_now)
        window.book_page.banner.actionRequested.connect(self._act)
        book.setupChanged.connect(lambda told: self.show(link.desk.status))

    def show(self, status: SyncStatus) -> None:
        """Show how syncing stands."""
        self._shown = status
        facts = self._show_facts()
        self._show_banner()
        if self._asked and not status.syncing:
            self._asked = False
            self._window.details.show_busy(busy=False, said=_result(status, facts))

    def show_attention(self, count: int) -> None:
        """Show how many items need attention: what was not taken is not called accepted."""
        self._attention = count
        self._show_facts()

    def _show_facts(self) -> SyncFacts:
        status, facts = self._shown, self._facts(self._shown)
        self._window.pill.show_facts(facts)
        meaning = _meaning(status, self._attention)
        self._window.details.show_facts(_headline(facts), meaning, self._details(status, facts))
        return facts

    def show_lease(self, lease: Lease) -> None:
        """Show how long this desk may go on without its server."""
        self._lease = lease
        self._show_banner()

    def _show_banner(self) -> None:
        banner, status, lease = self._window.book_page.banner, self._shown, self._lease
        is_over, online = lease is not None and lease.is_over, status.connection is sync.Connection.ONLINE
        told = "" if lease is None or online else lease_words(lease, self._book.words, closed=status.closed)
        if status.connection is sync.Connection.SIGN_IN:
            kept = " Changes are taken again once you have signed in; nothing that waits is lost."
            goes_on = kept if is_over else " What you do is kept on this computer."
            banner.show_message(f"Your session has ended.{goes_on}", kind="warning", action=_SIGNED_OUT)
        elif status.closed:
            words = " ".join(filter(None, (CLOSED, _what_waits(status), told)))
            banner.show_message(words, kind="danger", action=_TRY)
        elif told:
            banner.show_message(
                f"{status.message} {told}".strip(), kind="danger" if is_over else "warning", action=_TRY
            )
        elif status.connection is sync.Connection.STOPPED:
            banner.show_message(f"{status.message} Everything on this computer is kept.", kind="danger")
        elif status.trouble is not None:
            shown = _TROUBLES[status.trouble]
            banner.show_message(status.message, kind=shown.kind, action=shown.action)
        else:
            banner.clear()

    def _act(self) -> None:
        if self._shown.connection is sync.Connection.SIGN_IN:
            self.signInWanted.emit()
        else:
            self.sync_now()

    def sync_now(self) -> None:
        """Try at once."""
        self._asked = True
        self._window.details.show_busy(busy=True)
        self._link.desk.engine.sync_now()

    def _facts(self, status: SyncStatus) -> SyncFacts:
        words, now = self._book.words, clock.now()
        looks = {
            sync.Connection.ONLINE: Connection.ONLINE,
            sync.Connection.OFFLINE: Connection.OFFLINE,
            sync.Connection.STARTING: Connection.SYNCING,
        }
        problem = "Sign in again" if status.connection is sync.Connection.SIGN_IN else "Syncing has stopped"
        look = looks.get(status.connection, Connection.PROBLEM)
        if status.trouble is not None:
            look, problem = Connection.PROBLEM, _TROUBLES[status.trouble].name
        if status.closed:
            problem = "Business not open"
        return SyncFacts(
            connection=look,
            since=words.recent(status.offline_since, now) if status.offline_since else "",
            waiting=status.waiting,
            attention=self._attention,
            last_contact=words.recent(status.last_contact, now) if status.last_contact else "",
            problem=problem,
        )

    def _details(self, status: SyncStatus, facts: SyncFacts) -> tuple[Fact, ...]:
        none = "None" if self._attention else "None: all edits are accepted by the server"
        told = (
            ("Edits waiting", str(status.waiting) if status.waiting else none),
            ("Last contact", facts.last_contact or "None yet"),
            ("Server", self._link.desk.server),
            ("What it says", status.message),
        )
        return tuple(Fact(label=label, text=text) for label, text in told if text)

    def _fault(self, text: str) -> None:
        self._window.fault.show_message(text, kind="danger", dismissible=True)


def _headline(facts: SyncFacts) -> str:
    if facts.connection is Connection.OFFLINE:
        return f"Offline since {facts.since}" if facts.since else "Offline"
    if facts.connection is Connection.PROBLEM:
        return facts.problem
    return "Online" if facts.connection is Connection.ONLINE else "Connecting…"


_GOES_ON = {
    sync.Connection.SIGN_IN: "once you have signed in again",
    sync.Connection.STOPPED: "once syncing goes on",
}
"""When edits that wait are sent, where it is not the server that is waited for."""


def _what_waits(status: SyncStatus) -> str:
    if not status.waiting:
        return ""
    return WAITING.format(What="1 edit waits here" if status.waiting == 1 else f"{status.waiting} edits wait here")


def _meaning(status: SyncStatus, attention: int) -> str:
    if not attention:
        return "Everything you did is accepted by the server." if status.waiting == 0 else _way_of_edits(status)
    sent = "Everything you did was sent." if status.waiting == 0 else _way_of_edits(status)
    edits = "1 edit of yours or others was" if attention == 1 else f"{attention} edits of yours or others were"
    return f"{sent} {edits} not taken: see Needs attention."


def _way_of_edits(status: SyncStatus) -> str:
    """Where the edits are that wait, and when they are sent."""
    edits = "1 edit is" if status.waiting == 1 else f"{status.waiting} edits are"
    they = "It goes" if status.waiting == 1 else "They go"
    if status.connection is sync.Connection.ONLINE:
        return f"{edits} saved on this computer and on the way to the server."
    goes_on = _GOES_ON.get(status.connection, "as soon as it answers")
    if status.trouble is not None:
        goes_on = _TROUBLES[status.trouble].goes_on
    if status.closed:
        goes_on = "once the business is open again"
    return f"{edits} saved on this computer. {they} to the server {goes_on}."


def _result(status: SyncStatus, facts: SyncFacts) -> str:
    if facts.connection is Connection.ONLINE:
        return "Up to date." if facts.waiting == 0 else "Sent; waiting for the answer."
    if facts.connection is Connection.OFFLINE:
        return f"{'Not now' if status.message else 'The server does not answer'}. Nothing is lost."
    return facts.problem

"""The window around the book: who is there, counts, the look, and what closing means."""

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QApplication

from desktop.models.rows import Choice
from desktop.presenters.attention import AttentionPresenter
from desktop.presenters.audit import AuditPresenter
from desktop.presenters.blocking import BlockPresenter
from desktop.presenters.book import BookPresenter
from desktop.presenters.book_menu import BookMenuPresenter
from desktop.presenters.book_views import BookViews
from desktop.presenters.booking import BookingPresenter
from desktop.presenters.calendar_feeds import CalendarFeedsPresenter
from desktop.presenters.card import CardPresenter
from desktop.presenters.cash_sheet import CashSheetPresenter
from desktop.presenters.changing import ChangePresenter
from desktop.presenters.closing import ClosingPresenter
from desktop.presenters.customers import CustomersPresenter
from desktop.presenters.data import DataPresenter
from desktop.presenters.day_list import DayListPresenter
from desktop.presenters.duplicates import DuplicatesPresenter
from desktop.presenters.edits import SAVED, Edits
from desktop.presenters.erased import ErasedPresenter
from desktop.presenters.exchanged import ExchangedPresenter
from desktop.presenters.held import Held
from desktop.presenters.import_menu import ImportPresenter
from desktop.presenters.lease import LeasePresenter
from desktop.presenters.lease_choice import LeaseChoicePresenter
from desktop.presenters.link import DeskLink, Latest, Link
from desktop.presenters.numbers import NumbersPresenter
from desktop.presenters.overriding import MovesOverRules
from desktop.presenters.saving_menu import SavingPresenter
from desktop.presenters.series import SeriesPresenter
from desktop.presenters.setup.page import SetupPresenter
from desktop.presenters.setup.plan import PlanPresenter
from desktop.presenters.swapping import SwapPresenter
from desktop.presenters.sync_status import SyncStatusPresenter
from desktop.presenters.team import TeamPresenter
from desktop.presenters.till import TillPresenter
from desktop.presenters.visit_deeds import VisitDeeds
from desktop.presenters.visits import VisitOpener
from desktop.presenters.waitlist import WaitlistPresenter
from desktop.presenters.words import ROLES, zone_words
from desktop.queries.setup import Setup
from desktop.runtime.qt import Background
from desktop.store.meta import Identity
from desktop.views.actions import LOOKS, Actions
from desktop.views.main_window import MainWindow
from desktop.widgets import theme
from shared.model.business import Location
from shared.model.member import Role


class BookWork(QObject):
    """The presenters of one open book, whoever's desk it is at; `start` shows it."""

    roleTaken = Signal(object)
    """The `Role` of the person at the desk, as the book has it now."""

    def __init__(
        self, link: Link, identity: Identity, window: MainWindow, actions: Actions, *, saved: str = SAVED
    ) -> None:
        super().__init__(window)
        self._window = window
        self.link, self.identity = link, identity
        self.edits = Edits(link, window.toast, actions, self, saved=saved)
        self.book = BookPresenter(link, window.book_page, self.edits, actions, self)
        self.views = BookViews(link, window.book_page, self.book, actions, self)
        self.booking = BookingPresenter(link, window.book_page, self.book, self.edits, actions, self)
        self.series = SeriesPresenter(link, window, self.book, self.edits, self)
        self.card = CardPresenter(link, window.book_page, self.book, self.edits, actions, self, series=self.series)
        self.deeds = VisitDeeds(window, self.card, self.edits, actions, self)
        self.moves_over_rules = MovesOverRules(window, self.book, self.edits, self)
        self.swapping = SwapPresenter(link, window, self.book, self.card, self.edits, actions, self)
        self.changing = ChangePresenter(link, window, self.book, self.card, self.edits, actions, self)
        self.opener = VisitOpener(link, window, self.book, self.card, self)
        self.blocking = BlockPresenter(link, window, self.book, self.opener, self.edits, self)
        self.menus = BookMenuPresenter(window, self.book, self.blocking, actions, self)
        self.till = TillPresenter(link, window, self.book, self.card, self.edits, actions, self)
        self.day_list = DayListPresenter(link, window, self.book, self.card, self.deeds, self)
        self.cash_sheet = CashSheetPresenter(link, window, self.book, self.edits, self)
        self.attention = AttentionPresenter(link, window, self.book, self.edits, self)
        self.customers = CustomersPresenter(link, window, self.book, self.booking, self.edits, self)
        self.duplicates = DuplicatesPresenter(link, window, self.customers, self)
        self.waitlist = WaitlistPresenter(link, window, self.book, self.edits, self)
        self.customers.waitWanted.connect(self.waitlist.enter_new)
        self.erased = ErasedPresenter(link, self.edits, (self.booking, self.customers, self.waitlist), self)
        self.exchanged = ExchangedPresenter(link, window.toast, self)
        self._roles = Latest(link)
        link.changed.connect(self._changed)
        self.book.setupChanged.connect(self._took_setup)
        self.book.locationChanged.connect(self._took_location)
        self.book.attentionWanted.connect(self.attention.open)
        self.attention.countChanged.connect(window.navigation.show_count)

    def start(self) -> None:
        """Read the book and show it."""
        self._took_role(Role(self.identity.role))
        self._ask_role()
        self.views.start()
        self.book.start()
        self._window.show_work()

    def _changed(self, tables: frozenset[str]) -> None:
        if "member" in tables:
            self._ask_role()

    def _ask_role(self) -> None:
        self._roles.ask(lambda replica: replica.context().actor.role, self._took_role)

    def _took_role(self, role: Role) -> None:
        for one in (
            self.booking, self.card, self.deeds, self.cash_sheet, self.duplicates, self.moves_over_rules,
            self.changing,
        ):  # fmt: skip
            one.set_role(role)
        self._window.navigation.show_person(self.identity.user_name, ROLES.get(role.value, role.value))
        self.roleTaken.emit(role)

    def _took_setup(self, told: Setup) -> None:
        self._window.show_business(told.business.name)

    def _took_location(self, location: Location) -> None:
        self._window.show_place(zone_words(location.zone))


class Workplace(BookWork):
    """The presenters of the book of a desk; made anew for each that is opened."""

    link: DeskLink

    def __init__(
        self, link: DeskLink, identity: Identity, window: MainWindow, actions: Actions, background: Background
    ) -> None:
        super().__init__(link, identity, window, actions)
        # The desk is the next person's already when the one before is let go.
        self._login = link.desk.account.login.id
        self.imports = ImportPresenter(link, window, actions, background, self, say=self.edits.say)
        self.lease = LeasePresenter(link, window, self.book, actions, self)
        self.status = SyncStatusPresenter(link, window, self.book, actions, self)
        self.lease.changed.connect(self.status.show_lease)
        self.attention.countChanged.connect(self.status.show_attention)
        self.team = TeamPresenter(link, window, self.book, background, self, me=identity.user_id)
        self.lease_choice = LeaseChoicePresenter(link, window, background, self)
        self.setup = SetupPresenter(link, window, self.edits, self, opener=self.opener, blocking=self.blocking)
        self.plan = PlanPresenter(link, window, background, self)
        self.numbers = NumbersPresenter(link, window, self.book, self.edits, background, self)
        self.audit = AuditPresenter(link, window, self.book, background, self)
        self.closing = ClosingPresenter(link, window, actions, background, self)
        self.data = DataPresenter(link, window, actions, background, self, chosen=self._chosen_customer)
        self.saving = SavingPresenter(link, window, actions, background, self, chosen=self._chosen_visit)
        self.calendar_feeds = CalendarFeedsPresenter(link, window, actions, background, self.book, self, me=identity)
        self.roleTaken.connect(self.calendar_feeds.set_role)
        self.roleTaken.connect(self.imports.set_role)
        self.roleTaken.connect(self.saving.set_role)
        self.roleTaken.connect(self.team.set_role)
        self.roleTaken.connect(self.lease_choice.set_role)
        self.roleTaken.connect(self.setup.set_role)
        self.roleTaken.connect(self.plan.set_role)
        self.roleTaken.connect(self.data.set_role)
        self.roleTaken.connect(self.closing.set_role)
        self.roleTaken.connect(self.audit.set_role)
        self.roleTaken.connect(self.numbers.set_role)
        self.lease.start()
        self.start()

    def _chosen_customer(self) -> Choice | None:
        """The one whom a booking is made for, or whose visit is chosen."""
        is_booking = self._window.book_page.open_panel == "booking"
        return self.booking.customer if is_booking else self.card.customer

    def _chosen_visit(self) -> str | None:
        return None if self.card.shown is None else self.card.shown.appointment.id

    def let_go(self) -> Held:
        """Clear away what the person had begun, before another comes; it can be given back to them."""
        self.data.let_go()
        self.closing.let_go()
        self.saving.let_go()
        self.calendar_feeds.let_go()
        page = self._window.book_page
        held = Held(
            login=self._login,
            setup=self.setup.let_go(),
            customers=self.customers.let_go(),
            customer_notes=self._window.customers.page.take_notes(),
            wishes=self.waitlist.let_go(),
            invited=self._window.team.take_email(),
            query=page.booking.customer.take_query(),
            booking=self.booking.let_go(),
            notes=page.card.notes.take_drafts(),
            reasons=page.card.take_reasons(),
            is_open=page.open_panel == "booking",
        )
        page.stop_picking()
        page.close_panel()
        page.bar.search.set_text("")
        self._window.attention.stop_asking()
        self._window.toast.dismiss()
        self._window.forget_work()
        return held

    def give_back(self, held: Held) -> None:
        """Let the person go on with what they had begun."""
        self.setup.give_back(held.setup)
        self.customers.give_back(held.customers)
        self._window.customers.page.give_notes(held.customer_notes)
        self.waitlist.give_back(held.wishes)
        self._window.team.give_email(held.invited)
        page = self._window.book_page
        page.card.notes.give_drafts(held.notes)
        page.card.give_reasons(held.reasons)
        page.booking.customer.search.set_text(held.query)
        if held.query or not held.booking.is_empty:
            self.booking.give_back(held.booking, open_it=held.is_open)
        self.erased.look()


class LookPresenter(QObject):
    """Light, dark, or as the system: chosen in the menu, kept for the next start."""

    def __init__(self, app: QApplication, actions: Actions, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app, self._settings = app, settings
        for name in LOOKS:
            scheme = theme.Scheme(name.removeprefix("look_"))
            actions[name].triggered.connect(lambda _=False, chosen=scheme: self.choose(chosen))
        kept = str(settings.value("look", theme.Scheme.SYSTEM.value))
        chosen = theme.Scheme(kept) if kept in set(theme.Scheme) else theme.Scheme.SYSTEM
        actions[f"look_{chosen.value}"].setChecked(True)
        theme.apply(app, chosen)

    def choose(self, scheme: theme.Scheme) -> None:
        """Dress the application at once, and at the next start."""
        self._settings.setValue("look", scheme.value)
        theme.apply(self._app, scheme)

"""What the menus of the book are about, and who does what was chosen in them."""

from datetime import datetime, timedelta

from PySide6.QtCore import QObject, QPoint

from desktop.presenters.blocking import BlockPresenter
from desktop.presenters.book import BookPresenter
from desktop.views.actions import Actions
from desktop.views.book_menu import BookMenu
from desktop.views.main_window import MainWindow
from desktop.widgets.book.scene import Slot
from shared.model.base import Span
from shared.model.hours import TimeBlock


class BookMenuPresenter(QObject):
    """Opens the menu of what lies under the pointer or the cursor."""

    def __init__(
        self,
        window: MainWindow,
        book: BookPresenter,
        blocking: BlockPresenter,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page, self._book, self._blocking = window.book_page, book, blocking
        self.menu = BookMenu(actions, window)
        self.destroyed.connect(self.menu.deleteLater)
        self._visit = ""
        self._block_id = ""
        self._resource = ""
        self._span: Span | None = None
        """The time that the menu is about, of the resource."""
        day_book = self._page.book
        day_book.menuRequested.connect(self._asked)
        day_book.spanMarked.connect(self._marked)
        actions["block_time"].triggered.connect(self._block_at_cursor)
        self.menu.openWanted.connect(lambda: self._page.book.activated.emit(self._visit))
        self.menu.bookWanted.connect(self._draw)
        self.menu.blockWanted.connect(self._block)
        self.menu.changeWanted.connect(lambda: self._blocking.ask_change(self._block_id))
        self.menu.freeWanted.connect(lambda: self._blocking.ask_free(self._block_id))

    def _asked(self, appointment_id: str | None, resource_id: str, at: datetime, where: QPoint) -> None:
        span = self._span_at(resource_id, at)
        self._resource, self._span = resource_id, span
        block = self._block_at(resource_id, at)
        if appointment_id is not None:
            self._visit = appointment_id
            self.menu.show_visit(where)
        elif block is not None:
            self._block_id = block.id
            words = self._book.words.span(Span(block.starts_at, block.ends_at))
            self.menu.show_block(" · ".join(part for part in (block.reason or "Blocked", words) if part), where)
        else:
            self.menu.show_time(self._book.words.span(span), where)

    def _marked(self, resource_id: str, start: datetime, end: datetime, where: QPoint) -> None:
        self._resource, self._span = resource_id, Span(start, end)
        self.menu.show_time(self._book.words.span(self._span), where)

    def _draw(self) -> None:
        if self._span is not None:
            self._book.spanDrawn.emit(self._resource, self._span.start, self._span.end)

    def _block(self) -> None:
        if self._span is not None:
            self._blocking.ask_new(self._resource, self._span)

    def _block_at_cursor(self) -> None:
        """Block what is marked, or the slot on which the cursor stands; change what is blocked there."""
        target = self._page.book.cursor_target
        if target is None:
            return
        block = self._block_at(target.resource_id, target.starts) if isinstance(target, Slot) else None
        if block is not None:
            self._blocking.ask_change(block.id)
        else:
            self._blocking.ask_new(target.resource_id, self._span_at(target.resource_id, target.starts))

    def _span_at(self, resource_id: str, at: datetime) -> Span:
        """What was drawn around a time, else as much as a click would book."""
        book = self._page.book
        marked = book.marked_span(Slot(resource_id=resource_id, starts=at))
        if marked is not None:
            return Span(marked.starts, marked.ends)
        return Span(at, at + timedelta(minutes=book.click_length()))

    def _block_at(self, resource_id: str, at: datetime) -> TimeBlock | None:
        shown = self._book.shown
        blocks = shown.blocks if shown else ()
        return next(
            (one for one in blocks if one.resource_id == resource_id and one.starts_at <= at < one.ends_at), None
        )

"""Forms that are half typed: each stays with what it is about while another is shown, until it is saved or given up."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar

from desktop.models.rows import Choice, NewCustomer
from desktop.models.setup_rows import SetupRow
from desktop.widgets.search_rows import SearchRow

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)
S = TypeVar("S")
R = TypeVar("R", SetupRow, SearchRow)
NOT_SAVED: Final = "What was changed under Edit is not saved yet."
UNANSWERED: Final = (
    "This was being saved when another took the desk. Look whether it is there before you save it once more."
)


@dataclass(slots=True, kw_only=True, eq=False)
class Draft(Generic[F, S]):
    """One form: what it is about, from what that was begun, and what was typed in it."""

    about: str
    """The id of a row; of something new, whatever tells it from the others."""
    title: str
    seen: S | None
    """What is being changed, as it was when the form was begun; None for something new."""
    first: F
    """What stood in it then."""
    typed: F
    """What stands in it while another is shown."""
    whose: Choice | NewCustomer | None = None
    """For whom it was typed last, where that can be chosen in it; another may be looked for by now."""
    why: str = ""
    """Why it could not be saved, where that was tried."""


class FormShown(Protocol[F_co]):
    """A view that shows one form at a time."""

    def form(self) -> F_co:
        """What stands in it."""

    def show_message(self, text: str) -> None:
        """Say what is wrong with what is entered."""

    def show_sending(self, *, sending: bool) -> None:
        """Whether it is being saved, and takes nothing more."""

    def forget(self) -> None:
        """Let nothing stand in it any more."""

    def isVisible(self) -> bool:
        """Whether a person sees it."""


class Drafts(Generic[F, S]):
    """The forms of one page: the one that is shown, those that are half typed, and those that are being saved."""

    def __init__(
        self, view: FormShown[F], show: Callable[[Draft[F, S]], None], changed: Callable[[], None]
    ) -> None:  # fmt: skip
        """`show` puts what is typed of a draft into the view; `changed` hears of others that are half typed."""
        self._view, self._show, self._changed = view, show, changed
        self._kept: list[Draft[F, S]] = []
        self._sent: list[Draft[F, S]] = []
        self.shown: Draft[F, S] | None = None

    def open(self, about: str, title: str, form: F, seen: S | None = None, *, typed: F | None = None) -> None:
        """Show the form about something as it was left; where it was not begun, with what is given.

        `typed` is what stands in it already, where that is not what it begins with.
        """
        self.leave()
        draft = self._begun(about)
        is_begun = draft is not None
        if draft is None:
            draft = Draft(about=about, title=title, seen=seen, first=form, typed=form if typed is None else typed)
        else:
            self._kept.remove(draft)
        self.shown = draft
        self._view.show_sending(sending=self.is_sent)
        self._show(draft)
        if not is_begun:
            # A view shows some things otherwise than they are given.
            draft.first = self._view.form()
        self._view.show_message(draft.why)
        self._changed()

    def _begun(self, about: str) -> Draft[F, S] | None:
        for one in reversed(self._kept):
            # While something new is being added, the next is another.
            if one.about == about and (one.seen is not None or one not in self._sent):
                return one
        return None

    def leave(self, typed: F | None = None) -> None:
        """Something else is shown: what was typed stays; `typed`, where what stands in the view is not of it."""
        draft, self.shown = self.shown, None
        if draft is None:
            return
        draft.typed = self._view.form() if typed is None else typed
        if draft.typed != draft.first or draft in self._sent:
            self._kept.append(draft)
        self._changed()

    def give_up(self) -> None:
        """Let go of what is typed in the form that is shown; what is being saved stays until that is answered."""
        if self.is_sent:
            self.leave()
            return
        self.shown = None
        self._changed()

    @property
    def last_new(self) -> str | None:
        """What the last new one is about that is half typed; None where there is none."""
        new = (one.about for one in reversed(self._kept) if one.seen is None and one not in self._sent)
        return next(new, None)

    @property
    def unsaved(self) -> frozenset[str]:
        """What is half typed and not shown now, but for what is new."""
        return frozenset(one.about for one in self._kept if one.seen is not None)

    # Saving

    @property
    def is_sent(self) -> bool:
        """Whether what is shown is being saved: who presses twice means once."""
        return self.shown is not None and self.shown in self._sent

    def send(self) -> None:
        """What is shown is being saved, and takes nothing more until that is answered."""
        if self.shown is not None:
            self._sent.append(self.shown)
            self.shown.why = ""
            self._view.show_message("")
            self._view.show_sending(sending=True)

    def take_saved(self, draft: Draft[F, S]) -> bool:
        """It is saved; whether it is shown still."""
        is_shown = self.shown is draft
        self._sent.remove(draft)
        if is_shown:
            self.shown = None
        else:
            self._kept.remove(draft)
        self._changed()
        return is_shown

    def take_refused(self, draft: Draft[F, S], why: str = "") -> bool:
        """It was not saved, and can be sent again; whether a person sees that, to whom it is said where they are."""
        self._sent.remove(draft)
        draft.why = why
        if self.shown is not draft:
            return False
        self._view.show_sending(sending=False)
        self._view.show_message(why)
        return self._view.isVisible()

    def of(self, whom: Callable[[Draft[F, S], F], str]) -> frozenset[str]:
        """About whom something is half typed, by what `whom` says of a form and what stands in it."""
        return frozenset(filter(None, (whom(one, self._now(one)) for one in self._unsent())))

    def drop(self, whom: Callable[[Draft[F, S], F], str], gone: Collection[str]) -> bool:
        """Let go of what is typed about those who are gone, but for what is being saved; whether that was shown."""
        dropped = [one for one in self._unsent() if whom(one, self._now(one)) in gone]
        self._kept = [one for one in self._kept if one not in dropped]
        was_shown = self.shown in dropped
        if was_shown:
            self.shown = None
            self._view.forget()
        self._changed()
        return was_shown

    def _unsent(self) -> tuple[Draft[F, S], ...]:
        return tuple(one for one in (*self._kept, self.shown) if one is not None and one not in self._sent)

    def _now(self, draft: Draft[F, S]) -> F:
        return self._view.form() if draft is self.shown else draft.typed

    # Another person

    def take(self) -> tuple[Draft[F, S], ...]:
        """Everything that is half typed, which is gone from here then: it is one person's."""
        self.leave()
        for one in self._sent:
            one.why = UNANSWERED
        taken, self._kept, self._sent = tuple(self._kept), [], []
        self._view.forget()
        self._changed()
        return taken

    def give(self, drafts: Iterable[Draft[F, S]]) -> None:
        """Let what was half typed be there again."""
        self._kept.extend(drafts)
        self._changed()


def marked(rows: Iterable[R], unsaved: Collection[str]) -> tuple[R, ...]:
    """The rows, with a word at each of which something is typed and not saved."""
    return tuple(replace(one, detail=_unsaved(one.detail)) if one.id and one.id in unsaved else one for one in rows)


def _unsaved(detail: str) -> str:
    return f"Not saved · {detail}" if detail else "Not saved"

"""What becomes of the books of a device or a person that the server has shut out, over restarts.

Everything that waits in a book is handed in to the business; then the book is deleted with all that was kept for it.
For each book a note lies in the home, beside it and not in it, so that a deletion that was begun is brought to its end.
Where handing in fails for a week the book goes without it: that week is counted by a clock that nobody sets back. Of a
computer that was off meanwhile it is tried first, and for a week more at most.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from desktop.config import Account, Home, Notes
from desktop.runtime.one_owner import Owner
from desktop.store import lease
from desktop.store.damage import giving_way, require_not_noted
from desktop.store.faults import DamagedFile
from desktop.store.replica import Replica
from desktop.sync import people
from desktop.sync.device_key import kept_device, secret_name
from desktop.sync.engine_store import EngineStore
from desktop.sync.handing_in import NO_FIT, Handed, HandingIn, Unsent
from desktop.sync.key_files import KeyFiles
from desktop.sync.problems import Revoked, SignInRefused, Stopped
from desktop.sync.secret_store import SecretStore
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import AppError, ProtocolMismatch, StorageFault, Unreachable
from shared.model.base import value

_T = TypeVar("_T")
log = logging.getLogger(__name__)

KEPT_FOR: Final = timedelta(days=7)
"""How long handing in is tried (design: access, Credentials)."""
TRIED_FOR: Final = timedelta(minutes=10)
"""How long the tries of one start go on before they count as in vain: a network may come up after the program."""
_TICK: Final = 30.0
"""Seconds."""
_OF_ANOTHER_DEVICE: Final = "not_found"
"""What the server says of a replica that it does not know at the device that was shut out."""
_OF_ONE_BOOK: Final = (_OF_ANOTHER_DEVICE, NO_FIT)
"""What the server says of one book alone; `NO_FIT` of what does not fit into a message, be it its name."""
_SINCE, _HANDED_IN, _BUSINESS, _MAY_LACK, _IN_PART = "since", "handed_in", "business", "may_lack", "in_part"
_DEVICE: Final = "device"
"""The device that was shut out and had the book; earlier versions did not note it of each whole book."""
_FOUND_LATE, _IN_VAIN = "found_late", "in_vain"
"""When the week was first found to be over, and that handing in was tried since, and failed."""
_WAITS: Final = "waits"
"""That all of it is handed in, and that it stays open all the same until others are tried again; else empty."""


@value
class Leaving:
    """A book that goes; with `person` (`Login.person`) their access to it, and the book where nobody else has one."""

    replica: str
    person: str = ""

    @property
    def name(self) -> str:
        """What its note is kept under."""
        return f"{self.replica}:{self.person}"

    def takes(self, account: Account) -> bool:
        """Whether it is what somebody has there that goes."""
        return account.replica == self.replica and self.person in ("", account.login.person)


class ShutOut:
    """The notes of one home. Every method raises StorageFault where they cannot be read or written."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def begin(self, leaving: Leaving, business: str, known: Mapping[str, str]) -> None:
        """Note that a book goes, once; `known` is what an open one keeps of the clock."""
        ticked = {**lease.ticked(known), "clock_skew": known.get("clock_skew", "0")}
        note = {**ticked, _BUSINESS: business, _SINCE: ticked["clock_seen"], _HANDED_IN: ""}
        self._home.change_shut_out(lambda notes: notes if leaving.name in notes else {**notes, leaving.name: note})

    def note_device(self, leaving: Leaving, device: str) -> None:
        """Note of a whole book whose it is: the device that was shut out. The first one that is noted counts."""
        self._add(leaving, lambda note: {_DEVICE: note.get(_DEVICE, device)})

    def note_handed_in(self, leaving: Leaving, count: int, *, waits: bool = False) -> None:
        """Note that all of it is with the business: `count` edits.

        With `waits` it does not go yet: nobody would try others again, which are handed in while it is open.
        """
        told = {_WAITS: "yes" if waits else ""}
        # Others may have entered more into one that waits; of one that is damaged since there may be less.
        self._add(leaving, lambda note: {_HANDED_IN: str(max(count, int(note[_HANDED_IN] or "0"))), **told})

    def note_in_part(self, leaving: Leaving, count: int) -> None:
        """Note that `count` edits of it are with the business: it does not take the others as they are, or not yet."""
        # A start begins again with those that are there already.
        self._add(leaving, lambda note: {_IN_PART: str(max(count, int(note.get(_IN_PART, "0"))))})

    def note_may_lack(self, leaving: Leaving) -> None:
        """Note that more may have waited in it than could be read."""
        self._add(leaving, lambda _: {_MAY_LACK: "yes"})

    def _add(self, leaving: Leaving, told: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Write more into a note; where it was taken off meanwhile there is nothing to say."""
        self._home.change_shut_out(
            lambda notes: {
                name: {**note, **told(note)} if name == leaving.name else note for name, note in notes.items()
            }
        )

    def forget(self, account: Account, device: str) -> None:
        """The server has let somebody in again, at this device: each book stays that they have on this computer.

        What is noted of others who work on those stays noted. So does that a book goes with another device: the server
        lets that one in no more, and of its books the one alone stays that is open at this one.
        """

        def others(notes: Notes) -> Notes:
            if not notes:
                return notes
            # One that they have just come to is not among what is known of them yet.
            theirs = {account.replica, *(one.replica for one in self._home.known_accounts(account.login))}
            return {name: note for name, note in notes.items() if not is_of(theirs, _leaving(name), note)}

        def is_of(theirs: Collection[str], leaving: Leaving, note: Mapping[str, str]) -> bool:
            if leaving.replica not in theirs or leaving.person not in ("", account.login.person):
                return False
            is_with_another = not leaving.person and note.get(_DEVICE, device) != device
            return leaving.replica == account.replica or not is_with_another

        self._home.change_shut_out(others)

    def take_off(self, leaving: Leaving) -> None:
        """The server does not know it as what it has shut out: it stays."""
        self._home.change_shut_out(lambda notes: _without(notes, {leaving.name}))

    def over(self) -> Sequence[Leaving]:
        """What is to be deleted now.

        Where it is not noted whose a book was that has not been handed in, it may be of a device that nobody has shut
        out: an earlier version noted all books of a computer. It stays until its person comes.

        Where the week is over, and who opens the program hands it in, it is not over before that was tried: a computer
        that was off has tried nothing. It is over all the same once nobody has come for a week more.
        """
        self._home.change_shut_out(_with_time_kept)
        notes = {_leaving(name): _ticked(note) for name, note in self._home.shut_out().items()}
        return [one for one, note in notes.items() if _has_gone(note) or self._is_given_up(one, notes)]

    def _is_given_up(self, leaving: Leaving, notes: Mapping[Leaving, Mapping[str, str]]) -> bool:
        note = notes[leaving]
        if not (leaving.person or note.get(_DEVICE)) or not _is_late(note):
            return False
        was_tried = _IN_VAIN in note or not self._is_tried_at_start(leaving, notes)
        return was_tried or _is_late(note, since=_FOUND_LATE)

    def _is_tried_at_start(self, leaving: Leaving, notes: Mapping[Leaving, Mapping[str, str]]) -> bool:
        """Whether it is handed in where the book is opened that was open last."""
        at = self._home.account()
        if at is None:
            return False
        if leaving.person:
            return leaving.person == at.login.person
        open_last = notes.get(Leaving(replica=at.replica))
        return open_last is not None and open_last.get(_DEVICE) == notes[leaving].get(_DEVICE)

    def note_in_vain(self) -> None:
        """Note of each book whose week is over that it was tried since, and could not be handed in."""
        late = {name for name, note in self._home.shut_out().items() if _FOUND_LATE in note and _IN_VAIN not in note}
        for name in late:
            self._add(_leaving(name), lambda _: {_IN_VAIN: "yes"})

    def words(self, leaving: Leaving) -> str:
        """What there is to say of a book that goes, or has gone."""
        # Those whose own note is over are deleted with it.
        whole_book = not _stays(self._home, leaving, *self.over())
        return _words(self._home.shut_out()[leaving.name], self._whose(leaving), whole_book=whole_book)

    def _whose(self, leaving: Leaving) -> str:
        """The name of the person whose access ends; empty where the whole book goes."""
        if not leaving.person:
            return ""
        named = (one.user_name for one in self._home.accounts() if one.login.person == leaving.person)
        return next(named, "Somebody")

    def end(self, leaving: Leaving, words: str) -> None:
        """Nothing is left of it, nor of what else was noted of a book that has gone; `words` are kept until told."""
        # Their person may have come back to a book that others have, and be shut out once more before it is told.
        name_of_this_time = f"{leaving.name}:{self._home.shut_out()[leaving.name][_SINCE]}"
        self._home.change_gone(lambda gone: {**gone, name_of_this_time: words})
        has_gone = not _stays(self._home, leaving)

        def over(name: str) -> bool:
            return name == leaving.name or (has_gone and _leaving(name).replica == leaving.replica)

        self._home.change_shut_out(lambda notes: _without(notes, {name for name in notes if over(name)}))

    def gone(self) -> Mapping[str, str]:
        """What is to be told of books that have gone, and was not yet: each under a name of its own."""
        return self._home.gone()

    def note_told(self, names: Collection[str]) -> None:
        """Somebody has been told what `gone` gives under these names."""
        self._home.change_gone(lambda gone: {name: words for name, words in gone.items() if name not in names})


def _leaving(name: str) -> Leaving:
    replica, _, person = name.partition(":")
    return Leaving(replica=replica, person=person)


def _without(notes: Notes, names: Collection[str]) -> Notes:
    return {name: note for name, note in notes.items() if name not in names}


def _stays(home: Home, leaving: Leaving, *besides: Leaving) -> bool:
    """Whether others go on with the book, also once what is named `besides` has gone."""
    gone = (leaving, *besides)
    here = (one for one in home.accounts() if one.replica == leaving.replica)
    return any(not any(each.takes(one) for each in gone) for one in here)


def _ticked(note: Mapping[str, str]) -> Mapping[str, str]:
    now = {**note, **lease.ticked(note)}
    return {_FOUND_LATE: now["clock_seen"], **now} if _is_late(now) else now


def _with_time_kept(notes: Notes) -> Notes:
    """The notes as they are to be kept: what was kept of the clock does not go back by a restart."""
    ticked = {name: _ticked(note) for name, note in notes.items()}
    has_moved = any(float(ticked[one]["clock_seen"]) - float(notes[one]["clock_seen"]) >= _TICK for one in notes)
    is_found = any(_FOUND_LATE in note and _FOUND_LATE not in notes[name] for name, note in ticked.items())
    return ticked if has_moved or is_found else notes


def _has_gone(note: Mapping[str, str]) -> bool:
    return bool(note[_HANDED_IN]) and not note.get(_WAITS)


def _is_late(note: Mapping[str, str], *, since: str = _SINCE) -> bool:
    return float(note["clock_seen"]) - float(note[since]) >= KEPT_FOR.total_seconds()


def _words(note: Mapping[str, str], whose: str, *, whole_book: bool) -> str:
    # Who did it is not known here: the owner, a manager, the platform, or the same person for a computer that is lost.
    # Nor is who reads it: a colleague may be the next to start the program.
    why = (
        f"{whose}'s access to {note[_BUSINESS]} on this computer has been ended."
        if whose
        else f"Your access to {note[_BUSINESS]}, or this computer's, has been ended."
    )
    gone = "Its book is deleted from this computer." if whole_book else "Others go on with its book here."
    return f"{why} {gone} {_became_of_what_waited(note)} Ask the owner of the business about it."


def _became_of_what_waited(note: Mapping[str, str]) -> str:
    handed_in = note[_HANDED_IN]
    if not handed_in:
        in_part = note.get(_IN_PART, "0")
        said, what = ("", "What") if in_part == "0" else (f"{_waited(in_part)} ", "What else")
        return f"{said}{what} waited in it could not be handed in for {KEPT_FOR.days} days."
    if _MAY_LACK in note and handed_in == "0":
        return "It was damaged: nothing that may have waited in it could be read."
    more = " It was damaged: more may have waited in it than could be read." if _MAY_LACK in note else ""
    return f"{_waited(handed_in)}{more}"


def _waited(count: str) -> str:
    few = {"0": "Nothing was waiting in it.", "1": "One change that waited was handed in to the business."}
    return few.get(count, f"{count} changes that waited were handed in to the business.")


class Departure:
    """The way out of an open desk."""

    def __init__(
        self, home: Home, transport: Transport, store: EngineStore, *,
        at_desk: Callable[[], tuple[Account, SecretStore]], known: Callable[[], Mapping[str, str]],
        business: Callable[[], str],
    ) -> None:  # fmt: skip
        """`at_desk` says who is there, with their secrets, and `known` what the book keeps of the clock.

        `business` says what the book calls the business; empty where it does not say.
        """
        self._home, self._transport, self._store = home, transport, store
        self._at_desk, self._known, self._business = at_desk, known, business
        self._notes = ShutOut(home)
        self._under_way: dict[tuple[Leaving, str], HandingIn] = {}
        """By what goes and what the server calls the book: of one person's the server passes over what others made."""
        self._tried_since = self._tried_last = clock.now() - 2 * TRIED_FOR
        """When the tries began that fail one after the other and bring nothing further, and when the last one did."""
        self._tried_at = 0
        """How far all had come by then, in edits."""

    def hand_in(self, told: Revoked) -> None:
        """Hand in every book that goes and can be opened, the open one last.

        Raises Unreachable, what a refusal of the server means, and StorageFault of the open book and of the notes; what
        was handed in is noted. Another book that cannot be read now, or that the server does not take, keeps no other
        from it, and stays; so does each of which the server does not take every edit. One that the server knows at
        another device does not go at all. Where the line breaks, or something on it refuses a message, the others are
        tried all the same before that is raised; the open book waits then, for it is from there that they are tried.
        """
        at, secrets = self._at_desk()
        device = kept_device(self._home, secrets) if told.whole_device else None
        going = self._going(at, secrets, "" if device is None else device.id) if told.whole_device else self._theirs(at)
        business = _read_or("", self._business) or at.business_name or at.tenant
        known: Mapping[str, str] = _read_or({}, self._known)
        for one in going:
            self._notes.begin(one, business, known)
            if device is not None:
                self._notes.note_device(one, device.id)
        sealed = [one for one in going if secrets.get(people.key_name(one.replica)) is None]
        opened = sorted((one for one in going if one not in sealed), key=lambda one: one.replica == at.replica)
        left, broke = len(going), list[AppError]()
        for one in opened:
            try:
                left -= self._is_handed_in(told, one, at, secrets, left - 1, waits=bool(broke))
            except (Unreachable, SignInRefused) as fault:
                if self._transport.is_interrupted:
                    raise
                # It may be this book that is too much for the line.
                broke.append(fault)
        if broke:
            raise broke[0]

    def _is_handed_in(
        self, told: Revoked, one: Leaving, at: Account, secrets: SecretStore, left: int, *, waits: bool
    ) -> bool:  # fmt: skip
        """Hand in one book, and note what came of it; whether the business has all of it.

        With `waits` the open one does not go with that yet.
        """
        try:
            handed = self._handed_in(told, one, at, secrets, left)
        except (StorageFault, ProtocolMismatch) as fault:
            if one.replica == at.replica or not _is_of_one_book(fault):
                raise
            log.warning("shut_out.not_handed_in", extra={"replica": one.replica, "why": str(fault)})
            if told.whole_device and isinstance(fault, Stopped) and fault.code == _OF_ANOTHER_DEVICE:
                self._notes.take_off(one)
            return False
        if handed.refused:
            self._notes.note_in_part(one, handed.kept)
            return False
        self._notes.note_handed_in(one, handed.kept, waits=waits and one.replica == at.replica)
        return True

    def _theirs(self, at: Account) -> list[Leaving]:
        """What goes with the person at the desk."""
        # Whether a book goes with their access is seen when it is deleted: others may have come to it until then.
        theirs = self._home.known_accounts(at.login)
        return [Leaving(replica=one.replica, person=one.login.person) for one in theirs]

    def _going(self, at: Account, secrets: SecretStore, device: str) -> list[Leaving]:
        """What goes with the device that is shut out: the open book, and each that is known to be at that device.

        Without a keyring a colleague may have a device of their own here, of which the server has said nothing.
        """
        kept = dict.fromkeys(one.replica for one in self._home.accounts())
        return [
            Leaving(replica=one) for one in kept if one == at.replica or self._device_of(one, secrets) in ("", device)
        ]

    def _device_of(self, replica: str, secrets: SecretStore) -> str | None:
        """The device of a book that is not open; empty where nobody was ever at it, None where that is not known."""
        if noted := self._home.device_of(replica):
            return noted
        path, key = self._home.replica(replica), secrets.get(people.key_name(replica))
        if key is None:
            return None
        # An earlier version did not note it; the book itself says it.
        try:
            require_not_noted(path)
            if not path.exists():
                return ""
            with closing(Replica(path, bytes.fromhex(key))) as book:
                return book.meta.get("device") or ""
        except (StorageFault, ProtocolMismatch) as fault:
            log.warning("shut_out.device_not_read", extra={"replica": replica, "why": str(fault)})
            return None

    def _handed_in(self, told: Revoked, one: Leaving, at: Account, secrets: SecretStore, left: int) -> Handed:
        if one.replica == at.replica:
            return self._go_on(told.ticket, one, self._store.place().replica, self._store.unsent, left)
        path, key = self._home.replica(one.replica), secrets.get(people.key_name(one.replica)) or ""
        hand_in_of = partial(self._hand_in_of, told.ticket, one, path, bytes.fromhex(key), left)
        try:
            return hand_in_of()
        except DamagedFile as damaged:
            log.warning("shut_out.book_damaged", extra={"replica": one.replica, "why": str(damaged)})
            # Nobody else has it open: the home is this desk's.
            with giving_way(path, bytes.fromhex(key)) as replaced:
                if not replaced.is_whole:
                    self._notes.note_may_lack(one)
            return hand_in_of()

    def _go_on(self, ticket: str, one: Leaving, named: str, unsent: Unsent, books_left: int) -> Handed:
        """Hand in a book from where the last try broke off; where this one does, it is noted what has got through."""
        way = self._under_way.setdefault((one, named), HandingIn(named))
        try:
            return way.hand_in(self._transport, ticket, unsent, books_left=books_left)
        except AppError:
            if way.furthest.kept:
                self._notes.note_in_part(one, way.furthest.kept)
            raise

    def _hand_in_of(self, ticket: str, one: Leaving, path: Path, key: bytes, books_left: int) -> Handed:
        # One that was giving way as the program ended goes on with that, even where no file has its name just now.
        require_not_noted(path)
        if not path.exists():
            return Handed(kept=0)
        with closing(Replica(path, key)) as book:
            named = book.meta.get("replica")
            if named is None:
                # Who has nobody at it has nothing that waits.
                return Handed(kept=0)
            return self._go_on(ticket, one, named, book.unsent, books_left)

    def note_in_vain(self) -> None:
        """A try has failed, be it that nobody answers. Raises StorageFault.

        Tries count once they have failed for TRIED_FOR; a computer that was asleep in between begins anew, and so does
        one whose line carries a part now and then: in the end it has carried all.
        """
        now, come = clock.now(), sum(way.furthest.tried for way in self._under_way.values())
        if not timedelta(0) <= now - self._tried_last <= TRIED_FOR or come > self._tried_at:
            self._tried_since = now
        self._tried_last, self._tried_at = now, come
        if now - self._tried_since >= TRIED_FOR:
            self._notes.note_in_vain()

    def is_over(self) -> bool:
        """Whether the open book is to be deleted now."""
        return self._mine() is not None

    def _mine(self) -> Leaving | None:
        at, _ = self._at_desk()
        mine = (Leaving(replica=at.replica), Leaving(replica=at.replica, person=at.login.person))
        return next((one for one in self._notes.over() if one in mine), None)

    def words(self) -> str:
        """What there is to say of it."""
        mine = self._mine()
        return "" if mine is None else self._notes.words(mine)

    def forget(self) -> None:
        """The server has let the person at the desk in."""
        # What goes another time has to come as far by itself.
        self._under_way.clear()
        # In nearly every round there is no note, and the book is not asked.
        if self._home.shut_out():
            at, _ = self._at_desk()
            self._notes.forget(at, self._store.place().device)


def _read_or(otherwise: _T, read: Callable[[], _T]) -> _T:
    """What the open book says; `otherwise` where it cannot be read: without a note no week would ever be over."""
    try:
        return read()
    except StorageFault:
        log.exception("shut_out.book_not_read")
        return otherwise


def _is_of_one_book(fault: StorageFault | ProtocolMismatch) -> bool:
    """Whether the next book may be handed in all the same; what is said of the ticket or the program is said of all."""
    return not isinstance(fault, Stopped) or fault.code in _OF_ONE_BOOK


def finish(home: Home, secrets: SecretStore | KeyFiles) -> list[str]:
    """Delete what is to be deleted now. No book of the home may be open. Raises StorageFault.

    It says what is to be told of what has gone, now or before: that is kept until it is noted as told.

    Killed at any point, the next call goes on. Files of keys that nobody has opened are deleted whole with the last
    book of their person.
    """
    notes = ShutOut(home)
    while over := notes.over():
        # One at a time: with a book goes all that is noted of it.
        words = notes.words(over[0])
        _delete(home, secrets, over[0])
        notes.end(over[0], words)
    return list(notes.gone().values())


def finish_left(home: Home, secrets: SecretStore | KeyFiles) -> list[str]:
    """The same at a start. Raises StorageFault where another program has a book of the home open, too."""
    notes = ShutOut(home)
    if not notes.over():
        return list(notes.gone().values())
    owner = Owner(home.lock)
    try:
        return finish(home, secrets)
    finally:
        owner.release()


def _delete(home: Home, secrets: SecretStore | KeyFiles, leaving: Leaving) -> None:
    """The keys first: without them what is left of the files is noise."""
    known, whole_book = home.every_account(), not _stays(home, leaving)
    gone = [one for one in known if leaving.takes(one)]
    stays = [one for one in known if one not in gone]
    logins = {one.login for one in stays}
    names = [name for one in gone for name in people.names_of(one, alone=one.login not in logins)]
    names += [people.key_name(leaving.replica)] if whole_book else []
    names += [] if stays else [secret_name(home)]
    if not isinstance(secrets, KeyFiles):
        for name in names:
            secrets.delete(name)
    for one in gone:
        if one.login not in logins:
            home.remove(home.keys(one.login))
    if whole_book:
        home.remove_replica(leaving.replica)
    home.forget_accounts(gone)

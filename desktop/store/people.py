"""Who works on this file: each person's session on this computer, and those who have left it with edits that wait."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from desktop.store.database import Database
from shared.errors import AppError
from shared.model.base import value
from shared.model.member import Role

_COLUMNS: Final = "user_id, login, name, role, session"
ANOTHER_BUSINESS: Final = (
    "Under this address and name there is another business now than the one whose book is on this computer: the server "
    "was set up anew, or the business was. Nothing of the book was sent there, and it is kept. If a backup of the "
    "server is put back, sign in then: the book goes on, with what waits in it."
)
_TO_BEGIN_ANEW: Final = " To begin with a new book, take “Switch person or business…”, then “Somebody else…”."


class AnotherBusiness(AppError):
    """Whoever was let in is of another business than a book: neither is to see what the other has."""

    def __init__(self) -> None:
        super().__init__(ANOTHER_BUSINESS + _TO_BEGIN_ANEW)


@value
class Person:
    """Somebody who has signed in at this file. `login` is who they are to this computer (`Login.person`)."""

    user_id: str
    login: str
    name: str
    role: str
    session: str
    """What their edits name as their author; empty where they have none here and must sign in at the server."""


@value
class Leave:
    """A session that is over here, and is ended on the server once no edit names it any more."""

    session: str
    token: str
    """The refresh token, good for that end."""


class People:
    """Used within a transaction where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, person: Person) -> None:
        """Remember somebody, or what has changed about them."""
        self._database.run(
            f"INSERT INTO person ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET "
            "login = iif(excluded.login = '', login, excluded.login), name = excluded.name, role = excluded.role, "
            "session = excluded.session",
            (person.user_id, person.login, person.name, person.role, person.session),
        )

    def find(self, login: str) -> Person | None:
        """The person of a login; where none was noted yet, whoever had the file before it was shared."""
        found = self._database.row(f"SELECT {_COLUMNS} FROM person WHERE login = ?", (login,))
        if found is None:
            found = self._database.row(f"SELECT {_COLUMNS} FROM person WHERE login = ''")
        return None if found is None else _person(found)

    def users(self) -> Mapping[str, str]:
        """Who everybody is to the server, by their login here."""
        return dict(self._database.rows("SELECT login, user_id FROM person WHERE login <> ''"))

    def is_another(self, login: str, user_id: str) -> bool:
        """Whether the person of a login is known here as somebody else than this user."""
        return (
            self._database.row(
                "SELECT 1 FROM person WHERE login = ? AND login <> '' AND user_id <> ?", (login, user_id)
            )
            is not None
        )

    def forget_sessions(self) -> None:
        """Everybody's session was another device's: they must sign in at the server."""
        self._database.run("UPDATE person SET session = ''")

    def role(self, user_id: str) -> Role:
        """The role that somebody had when they were last heard of here; the least of a desk for a stranger."""
        row = self._database.row("SELECT role FROM person WHERE user_id = ?", (user_id,))
        return Role.TENANT_STAFF if row is None else Role(row[0])

    def leave(self, session: str, token: str) -> None:
        """Keep what ends a session later."""
        self._database.run(
            "INSERT INTO leaving VALUES (?, ?, 0) "
            "ON CONFLICT (session) DO UPDATE SET token = excluded.token, ending = 0",
            (session, token),
        )

    def kept_token(self, session: str) -> str | None:
        """What ends a session that was left; None for one that goes on, is being ended, or has ended."""
        row = self._database.row("SELECT token FROM leaving WHERE session = ? AND NOT ending", (session,))
        return None if row is None else str(row[0])

    def stay(self, session: str) -> None:
        """Let a session that was left go on."""
        self._database.run("DELETE FROM leaving WHERE session = ? AND NOT ending", (session,))

    def begin_to_end(self) -> Sequence[Leave]:
        """The sessions that are to be ended now: the server has decided their last edit. They do not go on any more."""
        self._database.run("UPDATE leaving SET ending = 1 WHERE session NOT IN (SELECT author FROM outbox)")
        rows = self._database.rows("SELECT session, token FROM leaving WHERE ending ORDER BY session")
        for session, _ in rows:
            self._database.run("UPDATE person SET session = '' WHERE session = ?", (session,))
        return [Leave(session=session, token=token) for session, token in rows]

    def ended(self, session: str) -> None:
        """Forget a session that the server has ended."""
        self._database.run("DELETE FROM leaving WHERE session = ?", (session,))


def _person(row: tuple[Any, ...]) -> Person:
    user_id, login, name, role, session = row
    return Person(user_id=user_id, login=login, name=name, role=role, session=session)

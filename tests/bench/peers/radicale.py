"""Radicale: calendars over CalDAV (RFC 4791), a file for each appointment."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final
from xml.sax.saxutils import escape

from shared.ids import new_id
from tests.bench.peers.installed import python_of
from tests.bench.peers.peer import SHOP, Databases, Kind, Peer, Session, answering, basic, free_port, good
from tests.bench.processes import Child

_CALENDAR: Final = "/shop/book/"
_SETTINGS: Final = """
[server]
hosts = 127.0.0.1:{port}
max_connections = 100
[auth]
type = none
[rights]
type = authenticated
[storage]
filesystem_folder = {folder}
"""
# RFC 6578, section 3.2: what has changed since a token, the appointments themselves along with it.
_CHANGED: Final = (
    '<sync-collection xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><sync-token>{}</sync-token>'
    "<sync-level>1</sync-level><prop><getetag/><C:calendar-data/></prop></sync-collection>"
)
_TOKEN: Final = re.compile(r"<(?:\w+:)?sync-token>([^<]*)</")
_DATA: Final = re.compile(r"<(?:\w+:)?href>([^<]*)</.*?<(?:\w+:)?calendar-data>(.*?)</", re.DOTALL)
_EVENT: Final = (
    "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260504T060000Z\r\nDTSTART:20260504T080000Z\r\nDTEND:20260504T083000Z\r\n"
    "SUMMARY:Cut and finish\r\nDESCRIPTION:Likes it short at the sides and asked for a reminder the day before.\r\n"
    "LOCATION:12 High Street\r\nSTATUS:CONFIRMED\r\nX-CUSTOMER:{uid}\r\nEND:VEVENT\r\n"
)
_CALENDAR_OF: Final = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n{}END:VCALENDAR\r\n"


class _Desk:
    """The protocol alone: it has no request for several appointments."""

    def __init__(self, server: Child) -> None:
        self._session = Session(server, basic("shop", "nobody looks at it"))
        self._token = ""
        self.found: list[tuple[str, str]] = []

    def ready(self, count: int) -> Callable[[], int]:
        uids = [new_id() for _ in range(count)]
        return lambda: sum(map(self._put, uids))

    def _put(self, uid: str) -> bool:
        body = _CALENDAR_OF.format(_EVENT.format(uid=uid)).encode()
        try:
            reply, _ = self._session.ask("PUT", f"{_CALENDAR}{uid}.ics", body, Content_Type="text/calendar")
        except ConnectionError:
            # It serves few at once, and of the others more than its queue holds are turned away.
            return False
        return reply.status == 201

    def pull(self) -> int:
        wish = _CHANGED.format(escape(self._token)).encode()
        told = good(self._session.ask("REPORT", _CALENDAR, wish, Content_Type="application/xml", Depth="1")).decode()
        newest = _TOKEN.search(told)
        assert newest, told[:500]
        self._token, self.found = newest[1], _DATA.findall(told)
        return len(self.found)


class _Radicale:
    batches = False

    def __init__(self, server: Child) -> None:
        self.server = server
        self._session = Session(server, basic("shop", "nobody looks at it"))
        good(self._session.ask("MKCALENDAR", _CALENDAR))

    def desk(self, person: str) -> _Desk:
        return _Desk(self.server)

    def fill(self, count: int) -> None:
        # A whole calendar may be put at once, which replaces it.
        events = "".join(_EVENT.format(uid=new_id()) for _ in range(count))
        whole = _CALENDAR_OF.format(events).encode()
        good(self._session.ask("PUT", _CALENDAR, whole, Content_Type="text/calendar"))

    def first_sync(self, folder: Path) -> tuple[int, float]:
        begun = perf_counter()
        desk = self.desk(SHOP)
        desk.pull()
        with closing(sqlite3.connect(folder / "radicale.db")) as store, store:
            store.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT)")
            store.executemany("INSERT INTO record VALUES (?, ?)", desk.found)
        return len(desk.found), perf_counter() - begun


@contextmanager
def _serving(cache: Path, folder: Path, database: Databases) -> Iterator[Peer]:
    programs = python_of(cache, "radicale", "radicale==3.9.0")
    port, log, settings = free_port(), folder / "radicale.log", folder / "radicale.ini"
    settings.write_text(_SETTINGS.format(port=port, folder=folder / "radicale"))
    command = [str(programs / "python"), "-m", "radicale", "--config", str(settings)]
    with answering(command, port, log) as server:
        yield _Radicale(server)


RADICALE: Final = Kind(
    name="Radicale 3.9",
    terms="Python, CalDAV, a file for each appointment and nobody's rights; no batches and no stream, so B asks by "
    "itself; W1 from 10 k, W2 of 500 one by one",
    first=10_000,
    offline=500,
    serving=_serving,
)

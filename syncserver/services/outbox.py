"""Mails as they are put into the outbox: what they say is encrypted, because links in them let somebody in."""

from collections.abc import Mapping
from typing import Final, cast

import orjson

from shared import clock
from shared.ids import new_id
from syncserver.services.server import Server
from syncserver.store.handles import Connection
from syncserver.store.mails import put_mail

PURPOSE: Final = "mail"


def post(server: Server, connection: Connection, *, kind: str, recipient: str, fields: Mapping[str, str]) -> None:
    """Have a mail of a kind sent, if this transaction is committed and after it."""
    mail_id = new_id()
    hidden = server.keys.encrypt(PURPOSE, orjson.dumps(dict(fields)).decode(), about=mail_id)
    put_mail(connection, mail_id=mail_id, kind=kind, recipient=recipient, fields=hidden, now=clock.now())


def opened(server: Server, mail_id: str, hidden: str) -> Mapping[str, str] | None:
    """What a mail says; None where its key was retired."""
    said = server.keys.decrypt(PURPOSE, hidden, about=mail_id)
    return None if said is None else cast("dict[str, str]", orjson.loads(said))


def page_address(server: Server, path: str) -> str:
    """The address of a page of ours, as whoever gets a mail reaches it."""
    return f"{server.settings.address}{path}"

"""A real mail server on loopback that keeps what it is given, or refuses it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Inbox:
    """What has arrived; `answer` is the reply to each mail that is tried, and taken where it begins with 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 Ok"
        self.recipient_answer = "250 Ok"
        self.tried = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Say whether this recipient is known."""
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        else:
            self.tried += 1
        return self.recipient_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail, or not."""
        self.tried += 1
        if self.answer.startswith("250"):
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
        return self.answer


@contextmanager
def mail_server() -> Iterator[tuple[int, Inbox]]:
    """The port of a mail server, and what arrives there."""
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, inbox
    finally:
        controller.stop()

"""Mail that leaves the house: by SMTP, or into a folder where no mail server is set."""

import asyncio
import os
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Protocol

import aiosmtplib

from shared import clock
from shared.errors import AppError
from shared.model.base import value
from syncserver.settings import Settings

TIMEOUT: Final = 20.0
"""Seconds that a mail server has for one mail."""
_FOR_GOOD: Final = range(500, 600)
"""Replies of SMTP by which the same mail is refused every time (RFC 5321, section 4.2.1)."""
_IMPLICIT_TLS: Final = 465
"""The port on which TLS comes before anything is said (RFC 8314, section 3.3)."""
_NOBODY: Final = "smoothschedule@localhost"


@value
class Letter:
    """A mail as it is written; `id` stays the same however often it is sent, so that twice is known to be one."""

    id: str
    recipient: str
    subject: str
    text: str
    html: str


class NotSent(AppError):
    """A mail was not taken; the message says why without naming anybody. `for_good` says that it never will be."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Post(Protocol):
    """What takes mail."""

    def send(self, letter: Letter) -> None:
        """Hand a mail over. Raises NotSent."""


def post_of(settings: Settings) -> Post:
    """The mail server of the settings; without one the folder `mail` of the data folder."""
    return Smtp(settings) if settings.smtp_host else MailFolder(mail_folder(settings))


def mail_folder(settings: Settings) -> Path:
    """Where mails are kept that no mail server takes."""
    return settings.data / "mail"


class Smtp:
    """A mail server; its certificate is checked against the system's authorities."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, letter: Letter) -> None:
        """Hand a mail over. Raises NotSent."""
        sender = self._settings.smtp_sender or _NOBODY
        message = _message(letter, sender)
        try:
            asyncio.run(self._send(message, sender, letter.recipient))
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [one.code for one in refused.recipients]
            raise NotSent(f"recipient refused {codes}", for_good=all(code in _FOR_GOOD for code in codes)) from refused
        except aiosmtplib.SMTPAuthenticationError as error:
            # The operator mends that, and the mail is still wanted then.
            raise NotSent(f"signing in was refused {error.code}") from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotSent(f"refused {error.code}", for_good=error.code in _FOR_GOOD) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from error

    async def _send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        settings = self._settings
        implicit = settings.smtp_port == _IMPLICIT_TLS
        password = settings.smtp_password
        async with asyncio.timeout(TIMEOUT):
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=[recipient],
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=None if password is None else password.get_secret_value(),
                use_tls=implicit,
                start_tls=False if implicit else settings.smtp_starttls,
                timeout=TIMEOUT,
            )


class MailFolder:
    """A folder that keeps mails as files, for who runs the server alone to read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter) -> None:
        """Keep a mail, whole or not at all. Raises NotSent."""
        written = _message(letter, _NOBODY).as_bytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._folder / f".{letter.id}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(written)
            draft.replace(self._folder / f"{letter.id}.eml")
        except OSError as error:
            raise NotSent(error.strerror or type(error).__name__) from error


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].rstrip('>')}>"
        message.as_bytes()
    except (ValueError, IndexError, HeaderParseError) as error:
        raise NotSent("an address that no mail can have", for_good=True) from error
    message["Date"] = format_datetime(clock.now())
    # No out-of-office answer is wanted (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message

"""Mail: written with what causes it, sent after the commit and at least once, given up in plain sight."""

import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared import clock
from syncserver.effects.mail import Letter, MailFolder, NotSent, Smtp, post_of
from syncserver.services import outbox
from syncserver.services.jobs import mailing
from syncserver.services.jobs.mailing import Sender
from syncserver.services.jobs.pruning import SPENT_FOR, Upkeep
from syncserver.services.server import Server, open_server
from syncserver.settings import BadSetting, Settings, load
from syncserver.store.mails import Mail, given_up_mails, take_mail, waiting_mails
from syncserver.store.tenancy import control_transaction
from tests.support.mail_server import Inbox, mail_server
from tests.support.moving_clock import MovingClock, frozen, moved

FIELDS = {
    "name": "Ann <b>",
    "place": "Acme & Sons",
    "link": "https://book.example/account/reset#secret",
    "code": "secret",
}


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[tuple[Settings, Inbox]]:
    with mail_server() as (port, inbox):
        yield (
            Settings(
                data=tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False,
                smtp_sender="SmoothSchedule <desk@acme.example>",
            ),
            inbox,
        )  # fmt: skip


@pytest.fixture
def server(new_engine: Engine, smtp: tuple[Settings, Inbox]) -> Server:
    return open_server(new_engine, smtp[0])


def post(server: Server, *, recipient: str = "ann@acme.example") -> None:
    with control_transaction(server.engine) as connection:
        outbox.post(server, connection, kind="reset", recipient=recipient, fields=FIELDS)


def waiting(server: Server) -> int:
    return waiting_mails(server.engine, clock.now())[0]


def due(server: Server) -> datetime:
    """When the one mail that there is, is tried again."""
    with server.engine.connect() as connection:
        when: datetime = connection.exec_driver_sql("SELECT next_try_at FROM mails").scalar_one()
    return when


def test_a_mail_arrives_in_text_and_html(server: Server, smtp: tuple[Settings, Inbox]) -> None:
    settings, inbox = smtp
    post(server)
    Sender(server, post_of(settings)).look()
    (mail,) = inbox.mails
    assert mail["From"] == "SmoothSchedule <desk@acme.example>"
    assert (mail["To"], mail["Subject"]) == ("ann@acme.example", "A new password for SmoothSchedule")
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Ann <b>" in text.get_content()
    assert FIELDS["link"] in text.get_content()
    assert "Ann &lt;b&gt;" in html.get_content(), "a name is no markup"
    assert "Acme &amp; Sons" in html.get_content()
    assert waiting(server) == 0


def test_what_is_rolled_back_is_not_sent(server: Server, smtp: tuple[Settings, Inbox]) -> None:
    def broken() -> None:
        with control_transaction(server.engine) as connection:
            outbox.post(server, connection, kind="reset", recipient="ann@acme.example", fields=FIELDS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    Sender(server, post_of(smtp[0])).look()
    assert smtp[1].mails == []


def test_what_a_mail_says_is_not_in_the_database(server: Server) -> None:
    post(server)
    with server.engine.connect() as connection:
        kept = repr(connection.exec_driver_sql("SELECT * FROM mails").all())
    assert "secret" not in kept
    assert "Ann" not in kept


def test_pauses_grow_and_after_a_day_it_is_given_up_and_shown(server: Server, smtp: tuple[Settings, Inbox]) -> None:
    settings, inbox = smtp
    inbox.answer = "451 Later"
    sender = Sender(server, post_of(settings))
    post(server)
    tries = [clock.now()]
    while waiting(server):
        with frozen(tries[-1]):
            sender.look()
        tries.append(due(server))
    waits = [(after - before).total_seconds() for before, after in pairwise(tries)]
    assert waits[:8] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert timedelta(hours=24) <= tries[-2] - tries[0] <= timedelta(hours=26)
    (given_up,) = given_up_mails(server.engine)
    assert (given_up.recipient, given_up.kind, given_up.trouble) == ("ann@acme.example", "reset", "refused 451")
    with server.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT fields FROM mails").scalar_one() == ""
    with moved(SPENT_FOR + timedelta(days=2)):
        Upkeep(server.engine, settings).look()
    assert given_up_mails(server.engine) == []


def test_a_mail_server_that_comes_back_gets_what_waits(server: Server, smtp: tuple[Settings, Inbox]) -> None:
    settings, inbox = smtp
    inbox.answer = "451 Later"
    post(server)
    Sender(server, post_of(settings)).look()
    inbox.answer = "250 Ok"
    with moved(timedelta(seconds=31)):
        Sender(server, post_of(settings)).look()
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("where", ["recipient_answer", "answer"])
def test_a_refusal_for_good_is_given_up_at_once(server: Server, smtp: tuple[Settings, Inbox], where: str) -> None:
    settings, inbox = smtp
    setattr(inbox, where, "550 Nobody here")
    post(server)
    Sender(server, post_of(settings)).look()
    assert len(given_up_mails(server.engine)) == 1


def test_one_that_died_while_sending_sends_again(
    server: Server, smtp: tuple[Settings, Inbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: the mail is out, and nobody has noted it."""
    settings, inbox = smtp

    def dies(*_: object) -> None:
        raise SystemExit

    post(server)
    with monkeypatch.context() as dying:
        dying.setattr(mailing, "drop_mail", dies)
        with pytest.raises(SystemExit):
            Sender(server, post_of(settings)).look()
    Sender(server, post_of(settings)).look()
    assert len(inbox.mails) == 1, "whoever took it has it for a while"
    with moved(timedelta(seconds=31)):
        Sender(server, post_of(settings)).look()
    first, second = inbox.mails
    assert first["Message-ID"] == second["Message-ID"], "and who reads it sees that it is one"


def test_nothing_is_said_to_a_server_without_tls_unless_that_is_wanted(smtp: tuple[Settings, Inbox]) -> None:
    settings, inbox = smtp
    careful = settings.model_copy(update={"smtp_starttls": True})
    with pytest.raises(NotSent):
        Smtp(careful).send(letter())
    assert inbox.mails == []


def letter(*, recipient: str = "ann@acme.example", subject: str = "Hello") -> Letter:
    return Letter(id="1", recipient=recipient, subject=subject, text="Hello\n", html="<p>Hello</p>")


def test_a_mail_server_that_is_not_there_may_come_back(smtp: tuple[Settings, Inbox]) -> None:
    gone = smtp[0].model_copy(update={"smtp_port": 1})
    with pytest.raises(NotSent) as refused:
        Smtp(gone).send(letter())
    assert not refused.value.for_good


@pytest.mark.parametrize("recipient", ["ann@acme.example\nBcc: eve@evil.example", "<"])
def test_no_header_is_smuggled_in_and_no_odd_address_holds_up_the_others(tmp_path: Path, recipient: str) -> None:
    with pytest.raises(NotSent) as refused:
        MailFolder(tmp_path).send(letter(recipient=recipient))
    assert refused.value.for_good
    assert list(tmp_path.iterdir()) == []


def test_an_invite_says_how_one_signs_in_at_a_desk(new_engine: Engine, smtp: tuple[Settings, Inbox]) -> None:
    settings = smtp[0].model_copy(update={"public_url": "https://book.example/"})
    server = open_server(new_engine, settings)
    fields = {"business": "Acme", "slug": "acme", "role": "staff", "link": "https://book.example/i#s", "code": "s"}
    for kind in ("invite", "first_invite"):
        with control_transaction(new_engine) as connection:
            outbox.post(server, connection, kind=kind, recipient="ann@acme.example", fields=fields)
    Sender(server, post_of(settings)).look()
    assert len(smtp[1].mails) == 2
    for mail in smtp[1].mails:
        for part in mail.iter_parts():
            for told in ("https://book.example", "acme", "ann@acme.example"):
                assert told in part.get_content()
            assert "https://book.example/<" not in part.get_content()


def test_without_a_mail_server_mails_are_kept_for_their_owner_alone(new_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    server = open_server(new_engine, settings)
    post(server)
    Sender(server, post_of(settings)).look()
    (kept,) = (tmp_path / "data" / "mail").iterdir()
    assert kept.suffix == ".eml"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert b"Subject: A new password for SmoothSchedule" in kept.read_bytes()


def test_a_mail_server_needs_a_sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSetting, match="smtp_sender is needed where smtp_host is set"):
        load(smtp_host="mail.example")


class SlowPost:
    """A mail server that takes fifteen seconds for each mail, which is within its time."""

    def __init__(self, moving: MovingClock) -> None:
        self._moving = moving
        self.sent: list[str] = []
        self.beside: Callable[[], None] = lambda: None
        self._begun = 0

    def send(self, letter: Letter) -> None:
        self._moving.offset += timedelta(seconds=8)
        # Another worker looks every two seconds; here once, while this mail is under way.
        self._begun += 1
        if self._begun == 3:
            self.beside()
        self._moving.offset += timedelta(seconds=7)
        self.sent.append(letter.recipient)


def test_what_a_slow_mail_server_is_taking_nobody_else_takes(server: Server) -> None:
    with clock.using(moving := MovingClock()):
        for number in range(5):
            with control_transaction(server.engine) as connection:
                outbox.post(server, connection, kind="reset", recipient=f"{number}@acme.example", fields=FIELDS)
        moving.offset = timedelta(seconds=1)
        post = SlowPost(moving)
        taken_by_another: list[Mail | None] = []
        # While the third mail is under way, taken eight seconds ago.
        post.beside = lambda: taken_by_another.append(take_mail(server.engine, clock.now()))
        Sender(server, post).look()
    (other,) = taken_by_another
    assert other is not None
    assert sorted([*post.sent, other.recipient]) == [f"{number}@acme.example" for number in range(5)]

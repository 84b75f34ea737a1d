"""`smoothschedule import`, from the command line through a real server to another desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop import import_command
from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.sync.shut_out import Leaving, ShutOut
from shared import command
from shared.ids import new_id
from shared.model.base import ResourceId
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from syncserver.settings import Settings
from tests.support.file_secrets import FileSecrets
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop, put_rows
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, next_day

FIXTURES = Path(__file__).parent / "files" / "fixtures"
CUSTOMERS = "name,phone,email\nAda,+49 30 901820,ada@x.example\nBo,call me,\nCy\n"


@pytest.fixture
def shop(new_engine: Engine) -> Shop:
    made = open_shop(new_engine)
    chair = Resource(
        id=ResourceId(new_id()),
        location_id=made.location,
        kind=ResourceKind.EQUIPMENT,
        name="Chair 2",
        capacity=1,
        colour="",
        position=2,
    )
    put_rows(new_engine, made.tenant, chair)
    return made


@pytest.fixture
def server(new_engine: Engine, tmp_path: Path) -> Iterator[str]:
    with running(new_engine, Settings(data=tmp_path / "server", port=0)) as (url, _):
        yield url


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileSecrets:
    kept = FileSecrets(tmp_path / "secrets.json")
    monkeypatch.setattr(import_command, "secrets_of", lambda home: kept)
    return kept


@pytest.fixture
def loaded(server: str, shop: Shop, secrets: FileSecrets) -> str:
    """The server's address, after a manager has signed in on this computer and loaded the book."""
    email = shop.email(Role.TENANT_MANAGER)
    desk = Desk.sign_in(Home(), secrets, server=server, tenant=shop.tenant.slug, email=email, password=PASSWORD)
    desk.start()
    until(lambda: desk.do(lambda replica: replica.is_usable), within=20)
    desk.close()
    return server


@contextmanager
def another_desk(server: str, shop: Shop) -> Iterator[WireDesk]:
    """A desk elsewhere with the whole book."""
    desk = WireDesk(server, shop).ready()
    desk.pull()
    yield desk
    desk.http.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command; its exit status, and what it said on both streams."""
    try:
        status = command.main(["import", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    # The server serves in this very process, and its log goes where the command speaks.
    own = [line for line in said.out.splitlines(keepends=True) if "[info " not in line]
    return status, "".join(own), said.err


def test_customers_arrive_at_the_server_once(
    loaded: str, shop: Shop, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS)
    status, said, _ = run(capsys, "customers", str(file))
    assert status == 0
    assert said.splitlines() == [
        "     2  taken    Ada",
        "     3  changed  Bo: “call me” is not a phone number; it was put into the notes.",
        "     4  refused  The row is cut off: it has 1 of 3 cells.",
        "3 rows: 1 taken, 1 changed, 1 refused.",
        "Saved on this computer and given to the server; what it could not take is under Needs attention.",
    ]
    with another_desk(loaded, shop) as other:
        once = dict(other.rows["customer"])
        assert {row[1] for row in once.values()} == {"Ada", "Bo", shop.canary}
        assert "3 rows: 1 refused, 2 here already." in run(capsys, "customers", str(file))[1]
        other.pull()
        assert other.rows["customer"] == once


def test_a_dry_run_stores_nothing(loaded: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(FIXTURES / "khal.ics")
    first = run(capsys, "calendar", file, "--resource", "chair 2", "--dry-run")
    assert first[0] == 0
    assert "nothing was stored" in first[1]
    assert "     1  changed  Yoga: The recurring event becomes single ones" in first[1]
    assert "     3  refused  Backwards: The event ends before it starts.\n" in first[1]
    assert run(capsys, "calendar", file, "--resource", "chair 2", "--dry-run") == first


def test_a_calendar_blocks_the_resource_on_every_desk(
    loaded: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, _ = run(capsys, "calendar", str(FIXTURES / "khal.ics"), "--resource", "Chair 2")
    assert (status, "given to the server" in said) == (0, True)
    with another_desk(loaded, shop) as other:
        assert len(other.rows["time_block"]) == 4


def test_an_import_waits_for_a_server_that_is_away(loaded: str, capsys: pytest.CaptureFixture[str]) -> None:
    account = Home().account()
    assert account is not None
    Home().keep_account(replace(account, server="http://127.0.0.1:1"))
    status, said, _ = run(capsys, "customers", str(FIXTURES / "fresha.csv"))
    assert status == 0
    assert "2 edits wait for the server" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("customers", "nothing.ics"), "No column of names, phones or e-mails was found in the first row"),
        (("calendar", "plain.csv", "--resource", "Chair 2"), "This is not a calendar file"),
        (("calendar", "khal.ics", "--resource", "Zoe"), "There is no person, room or piece of equipment called “Zoe”."),
        (("calendar", "khal.ics", "--resource", "Chair 2", "--service", "Zap"), "There is no service called “Zap”."),
    ],
)
def test_says_in_a_sentence_why_nothing_was_imported(
    loaded: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "nothing.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    kind, name, *more = arguments
    file = tmp_path / name if (tmp_path / name).exists() else FIXTURES / name
    status, _, error = run(capsys, kind, str(file), *more)
    assert status == 1
    assert error.startswith(sentence)
    assert error.count("\n") == 1


def test_says_that_somebody_must_sign_in_first(secrets: FileSecrets, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = run(capsys, "customers", str(FIXTURES / "plain.csv"))
    assert (status, error) == (
        1,
        "Nobody has signed in on this computer yet. Start SmoothSchedule and sign in first.\n",
    )


def test_says_what_became_of_a_book_that_goes_and_leaves_it_to_the_window_to_tell(
    secrets: FileSecrets, capsys: pytest.CaptureFixture[str]
) -> None:
    home, going = Home(), Leaving(replica="one")
    home.keep_account(Account(server="http://salon", tenant="salon", email="ana", replica="one", user_name="Ana"))
    notes = ShutOut(home)
    notes.begin(going, "Salon Lind", {})
    notes.note_handed_in(going, 3)
    status, said, error = run(capsys, "customers", str(FIXTURES / "plain.csv"))
    assert (status, "3 changes that waited were handed in" in said) == (1, True)
    assert error.startswith("Nobody has signed in")
    assert list(notes.gone().values()) == [said.removesuffix("\n")]


def test_a_price_list_and_bookings_arrive_at_the_server_once(
    loaded: str, shop: Shop, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    prices, bookings = tmp_path / "prices.csv", tmp_path / "bookings.csv"
    prices.write_text("name,price,minutes\nPerm,60,75\nWash,much,10\n")
    bookings.write_text(f"start,service,with\n{next_day().date()} 10:00,Perm,Chair 2\n")
    status, said, _ = run(capsys, "services", str(prices), "--dry-run")
    assert (status, said.splitlines()[-1]) == (0, "This was a dry run: nothing was stored.")
    assert "2 rows: 1 taken, 1 refused." in run(capsys, "services", str(prices))[1]
    assert "1 rows: 1 taken." in run(capsys, "bookings", str(bookings))[1]
    with another_desk(loaded, shop) as other:
        once = (dict(other.rows["service"]), dict(other.rows["appointment"]))
        assert "Perm" in {row[1] for row in once[0].values()}
        assert len(once[1]) == 1
        assert "1 rows: 1 here already." in run(capsys, "bookings", str(bookings))[1]
        other.pull()
        assert (dict(other.rows["service"]), dict(other.rows["appointment"])) == once

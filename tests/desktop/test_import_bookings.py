"""Lists of bookings taken into the book: times, people, services, and what happens when they are taken twice."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from desktop.files.bookings_csv import read_bookings
from desktop.files.verdict import UnreadableFile, Verdict, Why
from desktop.operations.import_bookings import plan_bookings
from desktop.operations.importing import ReportLine, carry_out, rehearse
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import CustomerId, LocationId
from shared.model.member import Role
from shared.rules.pieces import whole
from tests.support.replicas import filled, patch
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MEMBER, MIRA, Salon, made_id

HEAD = "id,date,start,minutes,customer,phone,service,with,status\n"


@pytest.fixture
def replica() -> Iterator[Replica]:
    """A replica with a manager at the desk."""
    made = filled(None, Salon())
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_MANAGER)))
    yield made
    made.close()


def take(
    replica: Replica, text: str, *, month_first: bool = False, chosen: Mapping[int, str] | None = None
) -> tuple[ReportLine, ...]:
    """What became of each row; that it is what the dry run said is seen to."""
    file = read_bookings(text.encode(), month_first=month_first, chosen=chosen)
    plans = whole(plan_bookings(replica, file, region="DE"))
    told = whole(rehearse(replica, plans, zone=BUSINESS.zone))
    lines, _ = carry_out(replica, plans, zone=BUSINESS.zone)
    assert lines == told
    return lines


def visits(replica: Replica) -> list[Appointment]:
    rows = replica.database.rows("SELECT id FROM appointment ORDER BY starts_at")
    return [one for row in rows if (one := replica.tx().find(Appointment, row[0])) is not None]


def only(replica: Replica) -> Appointment:
    (one,) = visits(replica)
    return one


def test_a_booking_is_taken_for_a_customer_who_is_known(replica: Replica) -> None:
    (line,) = take(replica, HEAD + "1,05.05.2026,10:00,45,mira holm,030 1234567,Cut,Ana,booked\n")
    assert (line.verdict, line.what) == (Verdict.TAKEN, "mira holm, Cut")
    made = only(replica)
    assert (made.customer_id, made.starts_at) == (MIRA.id, datetime(2026, 5, 5, 8, tzinfo=UTC))
    assert (made.resources, made.source, made.status, made.price) == ((ANA.id,), Source.IMPORT, Status.BOOKED, 4500)


def test_somebody_whom_nobody_knows_becomes_a_customer_once(replica: Replica) -> None:
    lines = take(
        replica,
        HEAD + "1,2026-05-05,10:00,,Ada Lo,030 901820,Cut,Ana,\n2,2026-05-06,10:00,,Ada Lo,+49 30 901820,Cut,Ben,\n",
    )
    assert [one.verdict for one in lines] == [Verdict.CHANGED, Verdict.TAKEN]
    assert lines[0].sentences == ("“Ada Lo” becomes a new customer.",)
    assert {one.customer_id for one in visits(replica)} == {
        one.id for one in finding.customers_page(replica.database, "", 100) if one.name == "Ada Lo"
    }


@pytest.mark.parametrize("head", [HEAD, HEAD.replace("id,", "row,")])
def test_the_same_file_again_changes_nothing(replica: Replica, head: str) -> None:
    text = head + "1,2026-05-05,10:00,,Ada Lo,,Cut,Ana,\n2,2026-05-06,9.30 am,,,,Cut,Ben,\n"
    take(replica, text)
    waiting = replica.outbox.count()
    assert [one.verdict for one in take(replica, text)] == [Verdict.SKIPPED] * 2
    assert replica.outbox.count() == waiting == 3


def test_a_visit_that_was_moved_here_is_left_where_it_is(replica: Replica) -> None:
    take(replica, HEAD + "1,2026-05-05,10:00,,,,Cut,Ana,\n")
    (line,) = take(replica, HEAD + "1,2026-05-05,11:00,,,,Cut,Ana,\n")
    assert line.verdict is Verdict.SKIPPED
    assert line.sentences == ("It is here already and stands otherwise by now; it was left as it is.",)
    assert only(replica).starts_at.hour == 8


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("1,29.03.2026,02:30,,,,Cut,Ana,", "2026-03-29 02:30 does not exist in Europe/Berlin: the clocks go forward"),
        ("1,31.02.2026,10:00,,,,Cut,Ana,", "The start “31.02.2026 10:00” is not a time."),
        ("1,2026-05-05,25:00,,,,Cut,Ana,", "The start “2026-05-05 25:00” is not a time."),
        ("1,2026-05-05,10:00,,,,Cut,Cleo,", "There is no person, room or equipment called “Cleo” at Mitte."),
        ("1,2026-05-05,10:00,,,,Massage,Ana,", "There is no service called “Massage”, and the row does not say"),
        ("1,2026-05-05,10:00,,,,Cut,Ana,Storniert", "Its status is “Storniert”: what came to nothing is not taken."),
        ("1,2026-05-05,10:00,0,,,Cut,Ana,", "Minutes: “0” is no length."),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_sentence(replica: Replica, row: str, sentence: str) -> None:
    (line,) = take(replica, HEAD + row + "\n")
    assert (line.verdict, line.made) == (Verdict.REFUSED, 0)
    assert line.sentences[0].startswith(sentence)
    assert visits(replica) == []


def test_of_an_hour_that_comes_twice_it_is_said_which(replica: Replica) -> None:
    (line,) = take(replica, HEAD + "1,25.10.2026,02:30,,,,Cut,Ana,\n")
    assert line.verdict is Verdict.CHANGED
    assert line.sentences[0].startswith("2026-10-25 02:30 comes twice in Europe/Berlin")
    assert only(replica).starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_offset_tells_which_of_two_hours_is_meant(replica: Replica) -> None:
    (line,) = take(replica, "date,start,utc offset,service,with\n2026-10-25,02:30,+01:00,Cut,Ana\n")
    assert line.verdict is Verdict.TAKEN
    assert only(replica).starts_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_locale_says_whether_the_month_comes_first(replica: Replica) -> None:
    take(replica, HEAD + "1,05/06/2026,10:00 AM,,,,Cut,Ana,\n", month_first=True)
    take(replica, HEAD + "2,05/06/2026,10:00 AM,,,,Cut,Ana,\n")
    assert [one.starts_at.month for one in visits(replica)] == [5, 6]


def test_several_services_follow_one_another(replica: Replica) -> None:
    take(replica, HEAD + "1,2026-05-05,10:00,125,,,Cut + Colour,Ana,\n")
    assert [one.service_id for one in only(replica).segments] == [CUT.id, COLOUR.id]


def test_a_service_that_is_not_known_names_the_visit(replica: Replica) -> None:
    (line,) = take(replica, "Beginn;Ende;Leistung;Mitarbeiter\n05.05.2026 10:00;11:15;Massage;Ana\n")
    assert line.sentences == ("There is no service called “Massage”: the booking bears that name, and has no price.",)
    made = only(replica)
    assert (made.segments[0].name, made.segments[0].minutes) == ("Massage", 75)


def test_what_the_rules_refuse_is_refused_and_says_why(replica: Replica) -> None:
    lines = take(replica, HEAD + "1,2026-05-05,10:00,,,,Cut,Ana,\n2,2026-05-05,10:15,,Eve,,Cut,Ana,\n")
    assert [one.verdict for one in lines] == [Verdict.TAKEN, Verdict.REFUSED]
    assert len(visits(replica)) == 1


def test_two_customers_of_one_name_are_told_apart_by_a_phone(replica: Replica) -> None:
    replica.apply_lines(patch(3, replace(MIRA, id=CustomerId(made_id("other mira")), phones=())))
    lines = take(
        replica,
        HEAD + "1,2026-05-05,10:00,,Mira Holm,,Cut,Ana,\n2,2026-05-06,10:00,,Mira Holm,0301234567,Cut,Ana,\n",
    )
    assert [one.verdict for one in lines] == [Verdict.REFUSED, Verdict.TAKEN]
    assert lines[0].sentences == ("More than one customer fits “Mira Holm”: add a phone or an e-mail.",)


def test_several_locations_ask_which(replica: Replica) -> None:
    west = replace(LOCATION, id=LocationId(made_id("west")), name="West")
    replica.apply_lines(patch(3, west))
    head = "start,service,with,location\n"
    lines = take(replica, head + "2026-05-05 10:00,Cut,,\n2026-05-05 10:00,Cut,Ana,\n2026-05-05 10:00,Cut,Ben,South\n")
    assert [one.verdict for one in lines] == [Verdict.REFUSED, Verdict.TAKEN, Verdict.REFUSED]
    assert only(replica).resources == (ANA.id,)
    assert BEN.id not in only(replica).resources


def test_a_list_without_starts_says_what_it_needs() -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_bookings(b"customer,service\nMira,Cut\n", month_first=False)
    assert caught.value.note.why is Why.NO_BOOKING_COLUMNS

"""Price lists taken into the book: new services, other prices, and files that are none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from desktop.files.services_csv import read_services
from desktop.files.verdict import UnreadableFile, Verdict, Why
from desktop.operations.import_services import plan_services
from desktop.operations.importing import ReportLine, carry_out, rehearse
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.member import Role
from shared.model.service import Service
from shared.rules.pieces import whole
from tests.support.replicas import filled, patch
from tests.support.salon import BUSINESS, COLOUR, CUT, MEMBER, Salon


@pytest.fixture
def replica() -> Iterator[Replica]:
    """A replica with a manager at the desk."""
    made = filled(None, Salon())
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_MANAGER)))
    yield made
    made.close()


def take(replica: Replica, text: str | bytes, chosen: Mapping[int, str] | None = None) -> tuple[ReportLine, ...]:
    """What became of each row; that it is what the dry run said is seen to."""
    data = text.encode() if isinstance(text, str) else text
    plans = plan_services(replica, read_services(data, currency=BUSINESS.currency, chosen=chosen))
    before = replica.outbox.count()
    told = whole(rehearse(replica, plans, zone=BUSINESS.zone))
    assert replica.outbox.count() == before
    lines, _ = carry_out(replica, plans, zone=BUSINESS.zone)
    assert lines == told
    return lines


def verdicts(lines: tuple[ReportLine, ...]) -> list[Verdict]:
    return [one.verdict for one in lines]


def service(replica: Replica, name: str) -> Service:
    return next(one for one in finding.services(replica.database) if one.name == name)


def said(text: str | bytes) -> Why:
    with pytest.raises(UnreadableFile) as caught:
        read_services(text.encode() if isinstance(text, str) else text, currency="EUR")
    return caught.value.note.why


def test_a_new_service_is_taken_with_every_column(replica: Replica) -> None:
    lines = take(
        replica,
        "Name,Category,Price,Duration,Before,Processing,Finishing,After,Capacity,Colour\n"
        'Perm,Hair,"1.120,50 €",1:15,5,20 min,10,5,2,#AABBCC\n',
    )
    assert verdicts(lines) == [Verdict.TAKEN]
    made = service(replica, "Perm")
    assert (made.price, made.active, made.before, made.processing) == (112050, 75, 5, 20)
    assert (made.finishing, made.after, made.capacity, made.colour) == (10, 5, 2, "#AABBCC")


def test_german_headings_with_semicolons_and_a_mark_are_understood(replica: Replica) -> None:
    lines = take(replica, "\ufeffLeistung;Kategorie;Preis;Dauer\r\nFärben;Haar;89,90;1 Std 30 Min\r\n")
    assert verdicts(lines) == [Verdict.TAKEN]
    assert (service(replica, "Färben").price, service(replica, "Färben").active) == (8990, 90)


def test_another_price_is_told_with_what_it_was_and_set(replica: Replica) -> None:
    lines = take(replica, "name,price\ncut,48\nColour,90.00\n")
    assert verdicts(lines) == [Verdict.UPDATED, Verdict.SKIPPED]
    assert "Price: 48.00, was 45.00." in lines[0].sentences
    assert finding.services(replica.database)[1].price == 4800
    assert service(replica, COLOUR.name) == COLOUR


def test_the_same_file_again_changes_nothing(replica: Replica) -> None:
    text = "id,name,price,minutes\n7,Perm,60,75\n8,Cut,48,50\n"
    assert verdicts(take(replica, text)) == [Verdict.TAKEN, Verdict.UPDATED]
    waiting = replica.outbox.count()
    assert verdicts(take(replica, text)) == [Verdict.SKIPPED, Verdict.SKIPPED]
    assert replica.outbox.count() == waiting


def test_a_service_is_known_by_the_other_programs_id_when_its_name_changes(replica: Replica) -> None:
    take(replica, "id,name,minutes\n7,Perm,75\n")
    lines = take(replica, "id,name,minutes\n7,Permanent wave,75\n")
    assert verdicts(lines) == [Verdict.UPDATED]
    assert [one.name for one in finding.services(replica.database)].count("Perm") == 0


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ("Perm,much,60", "“much” is no amount in EUR."),
        ("Perm,60 USD,60", "“60 USD” is no amount in EUR."),
        ("Perm,60,soon", "Minutes: “soon” is no length. Write minutes, such as 45 or 1:30."),
        ("Perm,60,", "The service is new, and the row does not say how many minutes it takes."),
        (",60,60", "The row has no name."),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_sentence(replica: Replica, cells: str, sentence: str) -> None:
    (line,) = take(replica, f"name,price,minutes\n{cells}\n")
    assert (line.verdict, line.sentences, line.made) == (Verdict.REFUSED, (sentence,), 0)


def test_what_the_rules_refuse_is_said_before_anything_is_taken(replica: Replica) -> None:
    (line,) = take(replica, "name,minutes\nForever,99999\n")
    assert line.verdict is Verdict.REFUSED
    assert line.sentences


def test_the_second_row_about_a_service_is_refused(replica: Replica) -> None:
    lines = take(replica, "name,price\nCut,46\nCUT,47\n")
    assert lines[1].sentences == ("The same service stands in row 2.",)


def test_a_person_may_say_what_a_column_is(replica: Replica) -> None:
    lines = take(replica, "Was,Wie lange\nPerm,75\n", {0: "name", 1: "active"})
    assert verdicts(lines) == [Verdict.TAKEN]
    assert service(replica, "Perm").active == 75


def test_a_staff_member_may_not_take_a_price_list(replica: Replica) -> None:
    replica.apply_lines(patch(3, MEMBER))
    (line,) = take(replica, "name,minutes\nPerm,75\n")
    assert line.verdict is Verdict.REFUSED


def test_a_formula_is_a_name_like_any_other(replica: Replica) -> None:
    take(replica, "name,minutes\n'=cmd|calc,30\n")
    assert service(replica, "=cmd|calc").active == 30


def test_files_that_are_none_are_told_from_one_another() -> None:
    assert said("") is Why.EMPTY_FILE
    assert said("a,b\n1,2\n") is Why.NO_SERVICE_COLUMN
    assert said(b"PK\x03\x04rest") is Why.SPREADSHEET
    assert said(b"\x00\x01\x02" * 400) is Why.NOT_TEXT
    assert said("name," * 1_000_000 + "x\n") is Why.TOO_MANY_COLUMNS
    assert said(b"name\n" + b"x" * 51_000_000) is Why.TOO_LARGE


def test_rows_of_a_million_cells_and_quotes_that_stay_open_are_refused_alone(replica: Replica) -> None:
    lines = take(replica, "name,minutes\nPerm,75\n" + "x," * 1_000_000 + '\nWash,10\n"open,3\n')
    assert verdicts(lines) == [Verdict.TAKEN, Verdict.REFUSED, Verdict.TAKEN, Verdict.REFUSED]


def test_cut_stays_what_it_was_where_a_cell_is_empty(replica: Replica) -> None:
    assert verdicts(take(replica, "name,price,minutes,category\nCut,,,\n")) == [Verdict.SKIPPED]
    assert service(replica, "Cut") == CUT

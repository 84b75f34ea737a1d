"""Customers from other programs' CSV: fixtures of ours in their shape, broken files, and bytes of every kind."""

import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.files.customers_csv import CustomerFile, CustomerRow, ImportedCustomer, read_customers
from desktop.files.verdict import UnreadableFile, Verdict, Why
from tests.support.effort import calls_of

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str, region: str) -> CustomerFile:
    return read_customers((FIXTURES / name).read_bytes(), region=region)


def read(text: str, region: str = "DE") -> CustomerFile:
    return read_customers(text.encode(), region=region)


def row(text: str) -> CustomerRow:
    (only,) = read(text).rows
    return only


def customer(text: str) -> ImportedCustomer:
    found = row(text).customer
    assert found is not None
    return found


def whys(found: CustomerRow) -> list[Why]:
    return [one.why for one in found.notes]


def refusal(data: bytes) -> Why:
    with pytest.raises(UnreadableFile) as caught:
        read_customers(data, region="DE")
    return caught.value.note.why


def test_reads_google_contacts() -> None:
    file = fixture("google_contacts.csv", "DE")
    ada, shop, emile, blank = file.rows
    assert file.program == "Google Contacts"
    assert ada.customer is not None
    assert ada.verdict is Verdict.TAKEN
    assert ada.customer.name == "Ada Lovelace"
    assert ada.customer.phones == ("+4930901820", "+4930901821")
    assert ada.customer.emails == ("ada@example.org", "ada@work.example")
    assert ada.customer.notes == "Prefers mornings.\nAllergic to nuts."
    assert ada.customer.tags == ("VIP",)
    assert shop.customer is not None
    assert shop.customer.name == "Blumenladen Rosa"
    assert emile.customer is not None
    assert emile.customer.name == "Émile Jean Zola"
    assert emile.customer.phones[0] == "+33142685300"
    assert whys(blank) == [Why.NOBODY]
    assert [one.number for one in file.rows] == [2, 3, 4, 5]


def test_reads_outlook_in_windows_1252_and_says_so() -> None:
    file = fixture("outlook.csv", "DE")
    assert file.program == "Outlook"
    assert [one.why for one in file.notes] == [Why.ENCODING_GUESSED, Why.COLUMNS_LEFT_OUT]
    joerdis, karl = (one.customer for one in file.rows)
    assert joerdis is not None
    assert joerdis.name == "Jördis Müßig"
    assert joerdis.phones == ("+4930901840", "+491711234567")
    assert joerdis.tags == ("Stammkundin",)
    assert karl is not None
    assert karl.name == "Karl Öztürk Jr."
    assert karl.emails == ("karl@example.de",)
    assert karl.notes == "nicht da"
    assert whys(file.rows[1]) == [Why.NOT_AN_EMAIL]


def test_reads_square_by_its_own_ids() -> None:
    file = fixture("square.csv", "US")
    grace, nameless, again = file.rows
    assert file.program == "Square"
    assert grace.customer is not None
    assert grace.customer.phones == ("+12125550123",)
    assert nameless.customer is not None
    assert nameless.customer.name == "+12125550124"
    assert whys(nameless) == [Why.NAMED_BY_CONTACT]
    assert (again.verdict, again.notes[0].values["row"]) == (Verdict.REFUSED, 2)


def test_reads_acuity_and_keeps_formulas_as_plain_text() -> None:
    linus, marie = fixture("acuity.csv", "US").rows
    assert linus.customer is not None
    assert linus.customer.phones == ("+12125550140 ext. 12",)
    assert linus.customer.notes == '=HYPERLINK("http://evil.example","click")'
    assert marie.customer is not None
    assert whys(marie) == [Why.PHONE_ROUNDED, Why.NOT_AN_EMAIL]
    assert marie.customer.notes == "@SUM(A1:A9)\n2.12556E+10\nmarie@example"


def test_makes_an_alert_of_who_was_blocked_at_fresha() -> None:
    rosa, karl = fixture("fresha.csv", "GB").rows
    assert rosa.verdict is Verdict.TAKEN
    assert karl.customer is not None
    assert karl.customer.alert == "Blocked: Three no-shows"
    assert karl.customer.phones == ("+447700900123", "+442079460959")


def test_reads_tabs_in_utf_16() -> None:
    file = fixture("vagaro.csv", "US")
    (mae,) = file.rows
    assert file.program == "Vagaro"
    assert mae.customer is not None
    assert mae.customer.tags == ("color", "loyal")
    assert mae.customer.phones == ("+12125550150", "+12125550151")


def test_gives_each_row_of_a_plain_file_its_own_verdict() -> None:
    found = {one.number: (one.verdict.value, whys(one)) for one in fixture("plain.csv", "DE").rows}
    assert found == {
        2: ("taken", []),
        3: ("refused", [Why.SAME_AS_ROW]),
        4: ("refused", [Why.CELLS_MISSING]),
        5: ("refused", [Why.CELLS_TOO_MANY]),
        6: ("refused", [Why.QUOTE_BROKEN]),
        8: ("changed", [Why.NOT_A_PHONE]),
        9: ("changed", [Why.NAMED_BY_CONTACT]),
    }


@pytest.mark.parametrize("name", ["google_contacts.csv", "outlook.csv", "square.csv", "acuity.csv", "fresha.csv"])
def test_gives_the_same_ids_when_read_again(name: str) -> None:
    assert fixture(name, "DE") == fixture(name, "DE")


def test_knows_a_customer_without_an_id_by_contents_whatever_their_order_and_case() -> None:
    one = customer("name,phone,email,email 2\nAnn Bo,030 901820,a@x.org,b@x.org\n")
    other = customer("email 2,email,phone,name\nA@x.org,b@x.org,+49 30 901820,ann  bo\n")
    assert one.id == other.id


def test_does_not_trust_the_numbering_of_an_unknown_program() -> None:
    assert customer("id,name\n1,Ann\n").id != customer("id,name\n1,Bo\n").id


def test_families_share_a_phone_without_being_one_customer() -> None:
    assert [one.verdict for one in read("name,phone\nAnn,030 901820\nBo,030 901820\n").rows] == [Verdict.TAKEN] * 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(delimiter: str) -> None:
    found = customer(delimiter.join(["Name", "E-Mail"]) + "\n" + delimiter.join(["Ann", "ann@x.org"]))
    assert (found.name, found.emails) == ("Ann", ("ann@x.org",))


def test_believes_a_spreadsheet_that_names_its_delimiter() -> None:
    assert customer("sep=;\r\nname;notes\r\nAnn;a,b,c,d\r\n").notes == "a,b,c,d"


def test_reads_line_ends_of_every_kind_within_quotes_too() -> None:
    assert customer('name,notes\rAnn,"one\r\ntwo"\r').notes == "one\ntwo"


def test_takes_off_what_spreadsheets_guard_numbers_with() -> None:
    assert customer('name,phone\nAnn,"=""030901820"""\n').phones == ("+4930901820",)
    assert customer("name,phone\nAnn,'+4930901820\n").phones == ("+4930901820",)
    assert customer("name\n't Hooft\n").name == "'t Hooft"


def test_removes_nul_bytes_and_says_so() -> None:
    found = row("name,notes\nAnn\x00a," + "x" * 200 + "\n")
    assert found.customer is not None
    assert found.customer.name == "Anna"
    assert whys(found) == [Why.CONTROL_CHARACTERS]


def test_shortens_what_does_not_fit_and_says_so() -> None:
    found = row(f"name,notes\n{'a' * 300},{'b' * 5000}\n")
    assert found.customer is not None
    assert (len(found.customer.name), len(found.customer.notes)) == (200, 4000)
    assert whys(found) == [Why.SHORTENED, Why.SHORTENED]


def test_says_which_lines_an_open_quote_swallowed() -> None:
    good, open_quote = read('name,notes\nAnn,\n"Bo,\nCy,\nDi,\n').rows
    assert good.verdict is Verdict.TAKEN
    assert open_quote.notes[0].sentence == (
        "A quotation mark opened in line 3 does not close: lines 3 to 5 were not read."
    )


def test_says_which_columns_have_no_place_here() -> None:
    assert [one.sentence for one in read("name,Shoe size,Birthday\nAnn,7,\n").notes] == [
        "Columns without a place here were left out: Shoe size, Birthday."
    ]


def test_refuses_what_is_no_list_of_customers() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    assert refusal(b"") is Why.EMPTY_FILE
    assert refusal(b"\xef\xbb\xbf \n") is Why.EMPTY_FILE
    assert refusal(archive.getvalue()) is Why.SPREADSHEET
    assert refusal(bytes(range(256)) * 40) is Why.NOT_TEXT
    assert refusal(b"colour,price\nred,3\n") is Why.NO_COLUMNS
    assert refusal(b"x" * 51_000_000) is Why.TOO_LARGE
    assert refusal(b"name\n" + b"a\n" * 100_001) is Why.TOO_MANY
    assert refusal(b"name," * 600) is Why.TOO_MANY_COLUMNS


HOSTILE = {
    "commas": b"," * 10_000_000,
    "letters": b"x" * 10_000_000,
    "quotes": b'"' * 10_000_000,
    "quoted row": b"name\n" + b'"' * 10_000_000,
    "wide row": b"name\n" + b"," * 10_000_000,
    "long phone": b"phone\n" + b"1" * 10_000_000,
    "long mail": b"email\n" + b"<" * 30_000 + b"@x.org>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bounds_the_work_of_a_hostile_file(name: str) -> None:
    def read_it() -> None:
        with suppress(UnreadableFile):
            read_customers(HOSTILE[name], region="DE")

    assert calls_of(read_it) < 100_000_000


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(str.encode)
    | st.lists(st.lists(st.text(alphabet="a1+@.,;\t\"'= \n\r\x00é", max_size=12), max_size=5), max_size=8).map(
        lambda rows: ("name,phone,email,tags,id\n" + "\n".join(",".join(cells) for cells in rows)).encode()
    )
)
def test_no_bytes_raise_anything_but_the_readers_own_refusal(data: bytes) -> None:
    try:
        file = read_customers(data, region="US")
    except UnreadableFile:
        return
    for one in file.rows:
        assert (one.customer is None) is (one.verdict is Verdict.REFUSED)
        assert bool(one.notes) is (one.verdict is not Verdict.TAKEN)
        assert all(part.sentence for part in one.notes)
        assert one.customer is None or one.customer.name.strip()

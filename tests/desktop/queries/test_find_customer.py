"""Customers found by whatever a person types at the telephone."""

from datetime import timedelta
from pathlib import Path

import pytest

from desktop.operations import customers
from desktop.queries.find_customer import find_customer
from desktop.store.replica import Replica
from shared.model.base import CustomerId
from shared.model.customer import Customer
from tests.support.replicas import filled
from tests.support.salon import TEN, Salon, made_id

PEOPLE = {
    "Zoë Ångström": (("+44 20 7946 0958",), ("zoe@example.com",)),
    "José Núñez": (("020 7946 0123", "+34 600 123 456"), ()),
    "Anna-Lena Müller": (("(030) 123-45-67",), ("a.mueller@example.de",)),
    "Mira O'Hara": ((), ("ohara@example.org",)),
    "Łukasz Żak": (("+48 22 555 01 99",), ()),
    "Søren Bjørnsen": (("+44 (0)161 496 0777",), ()),
    "Weiß, Jürgen": (("089 99 88 77",), ()),
}


@pytest.fixture
def replica(tmp_path: Path) -> Replica:
    salon = Salon()
    for name, (phones, emails) in PEOPLE.items():
        row_id = CustomerId(made_id(name))
        salon.tx.rows[Customer, row_id] = Customer(id=row_id, name=name, phones=phones, emails=emails)
    return filled(tmp_path / "book.db", salon)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("zoe", "Zoë Ångström"),
        ("ANGSTROM", "Zoë Ångström"),
        ("gstr", "Zoë Ångström"),
        ("nunez jose", "José Núñez"),
        ("muller", "Anna-Lena Müller"),
        ("lena", "Anna-Lena Müller"),
        ("o'hara", "Mira O'Hara"),
        ("79460958", "Zoë Ångström"),
        ("7946 0958", "Zoë Ångström"),
        ("+44 (20) 79460958", "Zoë Ångström"),
        ("020 79460958", "Zoë Ångström"),
        ("0044 20 7946 0958", "Zoë Ångström"),
        ("+44 20 7946 0123", "José Núñez"),
        ("600123", "José Núñez"),
        ("0301234567", "Anna-Lena Müller"),
        ("mueller@", "Anna-Lena Müller"),
        ("zoe 0958", "Zoë Ångström"),
        ("Zoe\u0308 A\u030angstr", "Zoë Ångström"),
        ("lukasz", "Łukasz Żak"),
        ("żak łuk", "Łukasz Żak"),
        ("soren bjornsen", "Søren Bjørnsen"),
        ("BJØRN SØR", "Søren Bjørnsen"),
        ("weiss", "Weiß, Jürgen"),
        ("jurgen weiß", "Weiß, Jürgen"),
        ("jü we", "Weiß, Jürgen"),
        ("022 5550199", "Łukasz Żak"),
        ("0048-22-555-01-99", "Łukasz Żak"),
        ("+44 161 4960777", "Søren Bjørnsen"),
        ("0161 496 0777", "Søren Bjørnsen"),
        ("+44 (0)161 496 0777", "Søren Bjørnsen"),
        ("+49 89 998877", "Weiß, Jürgen"),
        ("0049 (0)89 9988", "Weiß, Jürgen"),
        ("+498999", "Weiß, Jürgen"),
    ],
)
def test_finds(replica: Replica, typed: str, name: str) -> None:
    assert [one.name for one in find_customer(replica, typed)] == [name]


@pytest.mark.parametrize("typed", ["zoe 0123", "nobody", "999999", "zoe@example.de", "%", "_"])
def test_finds_nobody(replica: Replica, typed: str) -> None:
    names = [one.name for one in find_customer(replica, typed)]
    assert names == [] or (typed in "%_" and len(names) == 8)


def test_a_name_that_begins_with_the_word_comes_first(replica: Replica) -> None:
    assert [one.name for one in find_customer(replica, "mi")] == ["Mira Holm", "Mira O'Hara"]


def test_who_is_meant_exactly_comes_first_then_who_was_here_last(tmp_path: Path) -> None:
    salon = Salon()
    for name in ("Ann Abel", "Ann Berg", "Anna", "Marianna Ott", "Ann"):
        row_id = CustomerId(made_id(name))
        salon.tx.rows[Customer, row_id] = Customer(id=row_id, name=name)
    for number, name in enumerate(("Ann Abel", "Ann Berg", "Ann Berg")):
        start = TEN + timedelta(hours=number)
        assert salon.book(f"visit {number}", start, customer_id=made_id(name)).code is None
    replica = filled(tmp_path / "book.db", salon)
    assert [one.name for one in find_customer(replica, "ann")] == [
        "Ann", "Ann Berg", "Ann Abel", "Anna", "Marianna Ott",
    ]  # fmt: skip
    assert next(one.name for one in find_customer(replica, "berg ann")) == "Ann Berg"


def test_digits_of_two_numbers_do_not_run_together(replica: Replica) -> None:
    assert find_customer(replica, "012334") == ()


def test_a_customer_is_found_by_a_number_that_was_changed_offline(replica: Replica) -> None:
    seen = replica.tx().find(Customer, made_id("Zoë Ångström"))
    assert seen is not None
    change = customers.update(seen, {"phones": ["+49 171 5550000"], "name": "Zoë Berg"})
    replica.edit(change.name, change.args)
    assert [one.name for one in find_customer(replica, "01715550000")] == ["Zoë Berg"]
    assert find_customer(replica, "79460958") == ()
    assert find_customer(replica, "angstrom") == ()

"""A comparison finds what differs, alarms nobody about what has merely changed, and tells nobody what is not theirs."""

import random
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.registry import ENTITIES
from shared.protocol import messages
from shared.protocol.checksums import MODULUS, row_text, sum_of, sum_text
from shared.rules.permissions import Capability
from shared.rules.views import HELD_BY
from syncserver.services.sync import verifying
from syncserver.store.rows import flush
from syncserver.store.tenancy import take_clock, tenant_transaction
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.sums import is_settled, sums
from tests.support.wire_desk import Json, WireDesk, lines_of, next_day
from tests.syncserver.conftest import DeskMaker

EVERY_CHARACTER = "".join(map(chr, range(1, 0xD800))) + "\U0001f600\ufffd\uffff"


def question(desk: WireDesk, **other: Any) -> Json:
    tables = {table: sums(desk.rows.get(table, {})) for table in ENTITIES}
    return {"replica": desk.replica, "cursor": desk.cursor, "tables": tables} | other


def try_verify(desk: WireDesk, **other: Any) -> httpx2.Response:
    return desk.http.post("/v1/sync/verify", json=question(desk, **other))


def verify(desk: WireDesk) -> Json:
    reply = try_verify(desk)
    assert reply.status_code == 200, reply.text
    told: Json = reply.json()
    return told


def repair(desk: WireDesk, *ranges: Json) -> None:
    """Take the ranges as the protocol says: what is held in them is gone, what comes is there."""
    named = [{name: one[name] for name in ("table", "start", "before")} for one in ranges]
    wish = {"replica": desk.replica, "cursor": desk.cursor, "ranges": named}
    reply = desk.http.post("/v1/sync/repair", json=wish)
    assert reply.status_code == 200, reply.text
    for line in lines_of(reply):
        held = desk.rows.setdefault(line.get("table", ""), {})
        if line["kind"] == "range":
            for key in [key for key in held if line["start"] is None or key >= line["start"]]:
                if line["before"] is None or key < line["before"]:
                    del held[key]
        elif line["kind"] == "rows":
            held.update({row[0]: row for row in line["rows"]})
        elif line["kind"] == "removals":
            for key in line["ids"]:
                held.pop(key, None)
        elif line["kind"] == "tail":
            desk.cursor = line["cursor"]


def customers(count: int) -> list[Customer]:
    return [Customer(id=CustomerId(new_id()), name=f"Customer {one}", phones=("+49 1",)) for one in range(count)]


@pytest.fixture
def mine(desk: DeskMaker, engine: Engine, shop: Shop) -> WireDesk:
    """A desk that has a row of most tables, and some customers."""
    put_rows(engine, shop.tenant, *customers(10))
    made = desk()
    made.push(made.booking(next_day(9)), made.booking(next_day(9)))
    made.pull()
    return made


def test_a_replica_that_has_everything_is_equal(mine: WireDesk) -> None:
    told = verify(mine)
    assert (told["behind"], told["ranges"]) == (False, [])
    assert verify(mine) == told


def test_every_text_has_the_same_sum_on_both_sides(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    """PostgreSQL's JSON and ours, byte for byte, whatever stands in a row."""
    odd = [
        Customer(id=CustomerId(new_id()), name=text, phones=(text, ""), tags=(), notes=text[::-1], blocked=True)
        for text in ("", " ", '"', "\\", "\\u0041", "a\tb\r\n", "/", "é", EVERY_CHARACTER)
    ]
    put_rows(engine, shop.tenant, *odd)
    mine = desk()
    mine.pull()
    assert verify(mine)["ranges"] == []


@pytest.mark.parametrize("table", ["business", "location", "member", "resource", "service", "customer", "appointment",
                                   "allocation", "attention_item"])  # fmt: skip
@pytest.mark.parametrize("harm", ["changed", "lost", "added"])
def test_a_row_that_differs_is_found_and_repaired(
    mine: WireDesk, engine: Engine, shop: Shop, table: str, harm: str
) -> None:
    rows = mine.rows[table]
    key = random.Random(1).choice(sorted(rows))
    if harm == "changed":
        rows[key] = [*rows[key][:-1], "other"]
    elif harm == "lost":
        del rows[key]
    else:
        rows[new_id()] = rows[key]
    told = verify(mine)["ranges"]
    assert [one["table"] for one in told] == [table]
    assert not is_settled(mine.rows[table], told[0])
    repair(mine, *told)
    assert verify(mine)["ranges"] == []
    assert {one: mine.rows.get(one, {}) for one in ENTITIES} == stored_rows(engine, shop.tenant)


def test_a_table_that_was_lost_whole_comes_whole(mine: WireDesk, engine: Engine, shop: Shop) -> None:
    mine.rows["customer"].clear()
    (told,) = verify(mine)["ranges"]
    assert (told["start"], told["before"], told["rows"]) == (None, None, 11)
    repair(mine, told)
    assert mine.rows["customer"] == stored_rows(engine, shop.tenant)["customer"]


def test_what_has_changed_since_is_no_difference(mine: WireDesk, engine: Engine, shop: Shop) -> None:
    """A row that was put, one that is new, one that was removed: each is named, and the rest is the same."""
    other = WireDesk(str(mine.http.base_url), shop).ready()
    first = mine.rows["customer"][sorted(mine.rows["customer"])[0]]
    put_rows(engine, shop.tenant, Customer(id=CustomerId(first[0]), name="Changed"), *customers(2))
    (booked,) = [row for row in mine.rows["appointment"].values() if row[8] == "booked"]
    was = {"status": "booked", "start": booked[3]}
    other.push(other.edit("appointment.cancel", {"appointment_id": booked[0], "was": was}))
    other.http.close()
    told = verify(mine)
    assert not told["behind"]
    assert {one["table"] for one in told["ranges"]} == {"customer", "appointment", "allocation"}
    assert all(is_settled(mine.rows[one["table"]], one) for one in told["ranges"])
    assert [first[0] in one["changed"] for one in told["ranges"] if one["table"] == "customer"] == [True]


def test_a_difference_beside_a_change_is_still_found(mine: WireDesk, engine: Engine, shop: Shop) -> None:
    first, second, *_ = sorted(mine.rows["customer"])
    put_rows(engine, shop.tenant, Customer(id=CustomerId(first), name="Changed"))
    mine.rows["customer"][second] = [*mine.rows["customer"][second][:-1], True]
    (told,) = verify(mine)["ranges"]
    assert told["changed"] == [first]
    assert not is_settled(mine.rows["customer"], told)
    repair(mine, told)
    assert mine.rows["customer"] == stored_rows(engine, shop.tenant)["customer"], "and the pull came with it"


def test_any_edits_between_sum_and_answer_alarm_nobody(mine: WireDesk, engine: Engine, shop: Shop) -> None:
    """Random writes behind a replica's back, and now and then harm: named is exactly what was harmed."""
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    for _ in range(25):
        if dice.random() < 0.3:
            mine.pull()
        known = stored_rows(engine, shop.tenant)["customer"]
        ids = dice.sample(sorted(known), dice.randrange(4))
        put_rows(
            engine, shop.tenant, *customers(dice.randrange(3)),
            *(Customer(id=CustomerId(one), name=f"{dice.random()}") for one in ids),
        )  # fmt: skip
        harmed = dice.choice(sorted(mine.rows["customer"])) if dice.random() < 0.4 else None
        if harmed is not None:
            mine.rows["customer"][harmed] = [*mine.rows["customer"][harmed][:-1], "harmed"]
        told = verify(mine)["ranges"]
        wrong = [one for one in told if not is_settled(mine.rows[one["table"]], one)]
        # What changed since anyway comes whole with the next pull.
        heals = harmed is None or any(harmed in one["changed"] for one in told)
        assert len(wrong) == (0 if heals else 1), f"seed {seed}"
        if wrong:
            repair(mine, *wrong)
        elif harmed is not None:
            mine.pull()
    mine.pull()
    assert mine.rows["customer"] == stored_rows(engine, shop.tenant)["customer"], f"seed {seed}"


def test_what_differs_after_a_load_is_reported(mine: WireDesk, capsys: pytest.CaptureFixture[str]) -> None:
    """In numbers: no name and no id of a row."""
    assert try_verify(mine, tried="load").json()["ranges"] == []
    assert not _has_error(capsys.readouterr().out)
    mine.rows["customer"].clear()
    for tried, reported in (("nothing", False), ("repair", False), ("load", True)):
        assert len(try_verify(mine, tried=tried).json()["ranges"]) == 1
        told = capsys.readouterr().out
        assert _has_error(told) is reported
        assert mine.shop.canary not in told
        assert mine.shop.customer not in told
    assert try_verify(mine, tried="more").status_code == 422


def _has_error(log: str) -> bool:
    """Whether an error was logged, for people or, where a command ran in this process before, as JSON."""
    return "[error" in log or '"level":"error"' in log


def test_too_many_changes_are_pulled_first(
    mine: WireDesk, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "MAX_CHANGED", 5)
    put_rows(engine, shop.tenant, *customers(5))
    assert not verify(mine)["behind"]
    put_rows(engine, shop.tenant, *customers(1))
    told = verify(mine)
    assert (told["behind"], told["ranges"]) == (True, [])
    mine.pull()
    assert (verify(mine)["behind"], verify(mine)["ranges"]) == (False, [])


def test_a_range_longer_than_a_line_comes_whole(mine: WireDesk, engine: Engine, shop: Shop) -> None:
    put_rows(engine, shop.tenant, *customers(4500))
    mine.pull()
    kept = dict(mine.rows["customer"])
    cut = sorted(kept)[4400]
    mine.rows["customer"] = {key: row for key, row in kept.items() if key >= cut}
    repair(mine, {"table": "customer", "start": None, "before": cut})
    assert mine.rows["customer"] == kept


def ranges(*ends: str | None) -> list[Json]:
    return [{"before": end, "rows": 0, "sum": "0" * 15} for end in ends]


LOW, HIGH = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
UNFIT: dict[str, dict[str, Any]] = {
    "a table that there is not": {"tables": {"nothing": ranges(None)}},
    "a table that desks do not have": {"tables": {"mutation_log": ranges(None)}},
    "another's table": {"tables": {"public.tenant": ranges(None)}},
    "no SQL": {"tables": {"customer; DROP TABLE customer": ranges(None)}},
    "no end": {"tables": {"customer": ranges(LOW)}},
    "an end in the middle": {"tables": {"customer": ranges(None, None)}},
    "no order": {"tables": {"customer": ranges(HIGH, LOW, None)}},
    "a range of nothing": {"tables": {"customer": ranges(LOW, LOW, None)}},
    "no range": {"tables": {"customer": []}},
    "too many ranges": {"tables": {"customer": ranges(*[None] * (messages.MAX_SUMS + 1))}},
    "no id": {"tables": {"customer": ranges("x", None)}},
    "no sum": {"tables": {"customer": [{"before": None, "rows": 0, "sum": "z" * 15}]}},
    "too long a sum": {"tables": {"customer": [{"before": None, "rows": 0, "sum": "0" * 16}]}},
    "fewer rows than none": {"tables": {"customer": [{"before": None, "rows": -1, "sum": "0" * 15}]}},
    "a field more": {"tenant": "another"},
    "no replica": {"replica": "x"},
    "no cursor": {"cursor": None},
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_question_that_does_not_fit_is_refused(mine: WireDesk, kind: str) -> None:
    reply = try_verify(mine, **UNFIT[kind])
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    assert verify(mine)["ranges"] == []


@pytest.mark.parametrize(
    "wish",
    [
        {"ranges": []},
        {"ranges": [{"table": "mutation_log", "start": None, "before": None}]},
        {"ranges": [{"table": "nothing", "start": None, "before": None}]},
        {"ranges": [{"table": "customer", "start": "'", "before": None}]},
        {"ranges": [{"table": "customer", "start": None, "before": None}] * (messages.MAX_REPAIRED + 1)},
        {"ranges": [{"table": "customer"}]},
        {"ranges": [{"table": "customer", "start": None, "before": None}], "tenant": "another"},
    ],
    ids=str,
)
def test_a_repair_that_does_not_fit_is_refused(mine: WireDesk, wish: Json) -> None:
    reply = mine.http.post("/v1/sync/repair", json={"replica": mine.replica, "cursor": mine.cursor} | wish)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")


def test_a_question_is_bounded(mine: WireDesk) -> None:
    reply = mine.http.post("/v1/sync/verify", content=b" " * (messages.MAX_VERIFY + 1))
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    most = ranges(*sorted(new_id() for _ in range(messages.MAX_SUMS - 1)), None)
    assert try_verify(mine, tables={"customer": most}).status_code == 200


ASKED: dict[str, Callable[[WireDesk, Json], httpx2.Response]] = {
    "verify": lambda desk, other: try_verify(desk, **other),
    "repair": lambda desk, other: desk.http.post(
        "/v1/sync/repair",
        json={"replica": desk.replica, "cursor": desk.cursor,
              "ranges": [{"table": "customer", "start": None, "before": None}]} | other,
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", ASKED)
def test_nobody_compares_what_is_not_theirs(desk: DeskMaker, mine: WireDesk, engine: Engine, call: str) -> None:
    """Another desk's replica, another shop's, another's cursor, a cursor that was made up, one of a customer."""
    ask = ASKED[call]
    beside, abroad = desk(), desk(at=open_shop(engine))
    for stranger in (beside, abroad):
        stranger.pull()
        for other in ({"replica": mine.replica}, {"cursor": mine.cursor}):
            reply = ask(stranger, other)
            assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
            assert mine.shop.canary not in reply.text
        assert mine.shop.canary not in ask(abroad, {}).text
    made_up = ask(mine, {"cursor": "made.up"})
    assert (made_up.status_code, made_up.json()["code"]) == (410, "reset_required")
    assert ask(mine, {"replica": new_id()}).status_code == 404
    mine.http.headers.pop("Authorization")
    assert (ask(mine, {}).status_code, ask(mine, {}).json()["code"]) == (401, "reauth")


def test_a_table_outside_the_view_holds_nothing_and_tells_nothing(
    mine: WireDesk, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = mine.rows["attention_item"].values()
    monkeypatch.setitem(HELD_BY, "attention_item", Capability.ERASE)
    mine.cursor = None
    mine.rows.clear()
    mine.pull()
    assert verify(mine)["ranges"] == []
    mine.rows["attention_item"] = {item[0]: item}
    told = try_verify(mine)
    (unequal,) = told.json()["ranges"]
    assert (unequal["table"], unequal["rows"], unequal["changed"]) == ("attention_item", 0, [])
    repair(mine, unequal)
    assert mine.rows["attention_item"] == {}
    # What is changed in it is nobody's to be told of either.
    with tenant_transaction(engine, mine.shop.tenant) as connection:
        version = take_clock(connection, mine.shop.tenant)
        flush(connection, version, {("attention_item", item[0]): item})
    assert (verify(mine)["ranges"], verify(mine)["behind"]) == ([], False)
    wish = {"ranges": [{"table": "attention_item", "start": None, "before": None}]}
    body = {"replica": mine.replica, "cursor": mine.cursor} | wish
    assert item[0] not in mine.http.post("/v1/sync/repair", json=body).text


def test_a_customer_has_nothing_to_compare(visitor: DeskMaker, mine: WireDesk) -> None:
    customer = visitor(Role.CUSTOMER).sign_in()
    customer.cursor = mine.cursor
    for ask in ASKED.values():
        assert (
            ask(customer, {"tables": {"customer": ranges(None)}} if ask is ASKED["verify"] else {}).status_code == 403
        )


def test_sums_do_not_depend_on_order_and_tell_values_apart() -> None:
    rows: list[list[object]] = [
        ["a", None, 1, True],
        ["a", "null", 1, True],
        ["a", None, "1", True],
        ["a,", None, 1, 1],
        ["a", "", 1, True],
    ]
    texts = [row_text(row) for row in rows]
    assert len(set(texts)) == len(texts)
    assert sum_of(texts) == sum_of(reversed(texts))
    assert len({sum_of([text]) for text in texts}) == len(texts)
    assert sum_text(sum_of([])[1]) == "0" * 15
    assert len(sum_text(MODULUS - 1)) == 15

"""A customer who is erased is nowhere any more, and nothing brings them back; a business likewise."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared import clock
from shared.clock import instant_text
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.attention import AttentionState
from shared.model.base import CustomerId, PaymentId, SeriesId
from shared.model.member import Role
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.registry import ENTITIES, Entity
from shared.model.series import Series
from shared.mutations.appointment import series_occurrence_id
from shared.mutations.registry import MUTATIONS
from syncserver.cli import _look_back
from syncserver.services.data.erasing import erase_customer, erase_said_later, erase_tenant, make_again
from syncserver.services.history import check_history, tombstones_of
from syncserver.services.jobs.pruning import Upkeep
from syncserver.services.jobs.said_later import SaidLater
from syncserver.services.server import Server, open_server
from syncserver.services.sync.recovery import end_recovery
from syncserver.settings import Settings
from syncserver.store import retention
from syncserver.store.engine import make_engine
from syncserver.store.events import OPERATOR
from syncserver.store.tenancy import control_transaction, tenant_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.tombstones import Tombstone, Tombstones
from tests.support.moving_clock import moved
from tests.support.postgres import Postgres
from tests.support.replay import replayed
from tests.support.replica_desk import ReplicaDesk
from tests.support.running import running
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_handing_in import hand_in
from tests.syncserver.test_quarantine import items

OWNER, MANAGER, STAFF = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF
CANARY = "Zaphod"
PHONE = "0171-424242"


@pytest.fixture
def server(engine: Engine, settings: Settings) -> Server:
    return open_server(engine, settings)


def known(desk: WireDesk) -> Json:
    """A customer of whom much is known: in each kind of row and of edit. Their arguments."""
    made: Json = {
        "customer_id": new_id(),
        "name": CANARY,
        "phones": [PHONE],
        "notes": f"{CANARY} likes tea",
        "tags": [CANARY],
    }
    who: str = made["customer_id"]
    first = desk.edit("customer.create", made)
    visit = desk.booking(next_day(), customer_id=who, notes=f"for {CANARY}", title=CANARY)
    id_of: str = visit["args"]["appointment_id"]
    was = {"status": "booked", "start": visit["args"]["start"]}
    edits = [
        first,
        visit,
        desk.booking(next_day(), customer_id=who, notes=f"{CANARY}, again"),
        desk.edit("note.add", _note("customer", who)),
        desk.edit("note.add", _note("appointment", id_of)),
        desk.edit("note.add", _note("appointment", new_id())),
        desk.edit("customer.update", {"customer_id": who, "edits": [_edit("name", CANARY, f" {CANARY} B.")]}),
        desk.edit("customer.update", {"customer_id": who, "edits": [_edit("name", CANARY, "Trillian")]}),
        desk.edit("customer.update", {"customer_id": who, "edits": [_edit("alert", "", f"{CANARY}!")]}),
        desk.edit("appointment.cancel", {"appointment_id": id_of, "was": was, "reason": f"{CANARY} is ill"}),
        *waits(desk, who),
        desk.edit("customer.create", {"customer_id": new_id(), "name": "Another"}, author=new_id()),
        desk.edit("note.add", _note("customer", who), author=new_id()),
    ]
    outcomes = [one["outcome"] for one in desk.push(*edits)]
    assert outcomes == [
        "applied", "applied", "rejected", "applied", "applied", "rejected", "applied", "rejected", "applied", "applied",
        "applied", "applied", "applied", "applied", "quarantined", "quarantined",
    ]  # fmt: skip
    # What was entered about nobody that is known belongs to whom it is attached to.
    lost = next(one for one in items(desk).values() if one.code == "not_found")
    choice = {"item_id": lost.id, "choice": "attach", "attach_about": "customer", "attach_to": who}
    assert desk.push(desk.edit("attention.resolve", choice, v=2))[0]["outcome"] == "applied"
    return made


def waits(desk: WireDesk, who: str) -> list[Json]:
    """Edits by which somebody waits, has agreed to something, and is known by a second record, which is merged."""
    other, shop = new_id(), desk.shop
    wish = {"service_id": shop.cut, "notes": f"{CANARY} can come at any time"}
    entry = {"entry_id": new_id(), "customer_id": other, "location_id": shop.location, "wish": wish}
    return [
        desk.edit("customer.create", {"customer_id": other, "name": f"{CANARY}'s other name", "alert": CANARY}),
        desk.edit("waitlist.add", entry),
        desk.edit("customer.consent", {"customer_id": who, "to": "mail", "given": True}),
        desk.edit("customer.merge", {"kept_id": who, "merged_id": other}),
    ]


def _note(about: str, subject: str) -> Json:
    return {"note_id": new_id(), "about": about, "subject_id": subject, "text": f"{CANARY} called"}


def _edit(field: str, was: str, value: str) -> Json:
    return {"field": field, "was": was, "value": value}


def erase(desk: WireDesk, customer: str) -> int:
    reply = desk.http.post(f"/v1/customers/{customer}/erase", json={"customer": customer})
    return reply.status_code


def mentions(engine: Engine, shop: Shop, *words: str) -> set[str]:
    """The tables of a tenant in which any of these words stands."""
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        names = list(connection.exec_driver_sql(tables).scalars())
        return {
            name
            for name in names
            for row in connection.execute(text(f'SELECT "{name}"::text FROM "{name}"')).scalars()
            if any(word in row for word in words)
        }


def test_from_whom_somebody_was_kept_apart_goes_with_them(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    who, other, third, merged = (new_id() for _ in range(4))
    made = [owner.edit("customer.create", {"customer_id": one, "name": one}) for one in (who, other, third, merged)]
    pairs = [(who, other), (third, merged), (other, third)]
    apart = [owner.edit("customer.keep_apart", {"one_id": one, "other_id": another}) for one, another in pairs]
    owner.push(*made, *apart, owner.edit("customer.merge", {"kept_id": who, "merged_id": merged}))
    assert len(stored_rows(engine, shop.tenant)["kept_apart"]) == 3
    assert erase(owner, who) == 204
    kept = stored_rows(engine, shop.tenant)["kept_apart"].values()
    assert [set(row[1:]) for row in kept] == [{other, third}]
    (outcome,) = owner.push(owner.edit("customer.keep_apart", {"one_id": who, "other_id": third}))
    assert (outcome["outcome"], outcome["code"]) == ("rejected", "erased")


def test_nothing_in_any_table_names_who_was_erased(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    who = known(owner)["customer_id"]
    before = stored_rows(engine, shop.tenant)
    assert {"customer", "appointment", "note", "attention_item", "mutation_log"} <= mentions(engine, shop, CANARY)
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY, PHONE, "Trillian") == set()
    after = stored_rows(engine, shop.tenant)
    assert after["appointment"].keys() == before["appointment"].keys(), "what they took up stays"
    assert after["allocation"] == before["allocation"]
    for row_id, row in after["appointment"].items():
        kept = before["appointment"][row_id]
        assert (row[1], row[3], row[4], row[8]) == (kept[1], kept[3], kept[4], kept[8])
    assert not after["note"]
    (left,) = after["attention_item"].values()
    assert left[3]["name"] == "Another", "what is about others stays"


def test_nothing_names_who_was_erased_after_what_edits_said_was_dropped_with_age(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    owner = desk(OWNER)
    who, others = known(owner)["customer_id"], known_elsewhere(owner)
    owner.push(owner.edit("customer.update", {"customer_id": others, "edits": [_edit("name", "Ida", "Fenchurch")]}))
    compact(engine, shop)
    assert "mutation_log" in mentions(engine, shop, CANARY), "a refusal says what was there, and what was wished"
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY, PHONE, "Trillian") == set()
    assert "mutation_log" in mentions(engine, shop, "Fenchurch"), "what is about others stays"


def compact(engine: Engine, shop: Shop) -> None:
    """Drop the arguments of all edits, as if they were old."""
    target = retention.newest_version(engine, shop.tenant, clock.now() + timedelta(days=1))
    while retention.compact_log(engine, shop.tenant, target) is not None:
        pass


def test_sums_stay_and_what_was_written_beside_them_goes(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    who = known_elsewhere(owner)
    series = Series(
        id=SeriesId(new_id()), customer_id=CustomerId(who), location_id=shop.location, zone="Europe/Berlin",
        start="2026-05-04T09:00:00", rrule="FREQ=WEEKLY", exdates=(), segments=(), notes=CANARY,
    )  # fmt: skip
    payment = Payment(
        id=PaymentId(new_id()), appointment_id=None, customer_id=CustomerId(who), location_id=shop.location,
        kind=PaymentKind.TIP, method=PaymentMethod.CASH, amount=500, currency="EUR", note=CANARY,
        taken_by=shop.users[OWNER], as_whom=None, at=next_day(),
    )  # fmt: skip
    put_rows(engine, shop.tenant, series, payment)
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY) == set()
    after = stored_rows(engine, shop.tenant)
    kept, ended = ENTITIES["payment"].decode(after["payment"][payment.id]), after["series"][series.id]
    assert kept == replace(payment, note="")
    assert ENTITIES["series"].decode(ended) == replace(series, notes="", archived=True)


def test_what_was_paid_and_waits_goes_on_waiting_without_the_person(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    owner = desk(OWNER)
    who, visit, paid, tip = known_elsewhere(owner), new_id(), new_id(), new_id()
    assert owner.push(owner.booking(next_day(10)))[0]["outcome"] == "applied"
    taken = {
        "appointment_id": visit, "location_id": shop.location, "kind": "balance", "method": "cash", "amount": 4500,
        "currency": "EUR",
    }  # fmt: skip
    edits = [
        owner.booking(next_day(10), customer_id=who, appointment_id=visit, notes=CANARY),
        owner.edit("payment.take", taken | {"payment_id": paid}),
        owner.edit("payment.take", taken | {"payment_id": tip, "kind": "tip", "amount": 500}),
    ]
    assert {one["outcome"] for one in owner.push(*edits)} == {"rejected"}
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY) == set()
    kept = [
        ENTITIES["attention_item"].decode(row) for row in stored_rows(engine, shop.tenant)["attention_item"].values()
    ]
    (item,) = [one for one in kept if one.name == "payment.take"]
    assert (item.args["payment_id"], item.args["amount"]) == (paid, 4500)
    assert [(one.name, one.args["payment_id"]) for one in item.gathered] == [("payment.take", tip)]
    assert who not in str(item)
    (booked,) = [row[0] for row in stored_rows(engine, shop.tenant)["appointment"].values()]
    attach = {"item_id": item.id, "choice": "attach", "attach_about": "appointment", "attach_to": booked}
    told = owner.push(owner.edit("attention.resolve", attach))
    assert told[0]["outcome"] == "applied", told
    assert [row[0] for row in stored_rows(engine, shop.tenant)["payment"].values()] == [paid]
    kept = [
        ENTITIES["attention_item"].decode(row) for row in stored_rows(engine, shop.tenant)["attention_item"].values()
    ]
    waits = [one for one in kept if one.args.get("payment_id") == tip and one.state is AttentionState.OPEN]
    assert len(waits) == 1, "it waits for a visit of its own"


def test_whoever_was_merged_is_erased_under_both_records(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    made = known(owner)
    ids = [row[0] for row in stored_rows(engine, shop.tenant)["customer"].values() if CANARY in str(row)]
    assert len(ids) == 2
    (merged,) = (one for one in ids if one != made["customer_id"])
    assert erase(owner, merged) == 204
    assert mentions(engine, shop, CANARY, PHONE) == set()


def set_up(engine: Engine, shop: Shop) -> list[Entity]:
    """The rows of a business that no edit has made."""
    there = stored_rows(engine, shop.tenant)
    return [
        ENTITIES[table].decode(row)
        for table in ("location", "resource", "service", "customer")
        for row in there[table].values()
    ]


def test_the_history_of_a_business_gives_its_tables_after_an_erasure_too(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    before = set_up(engine, shop)
    owner = desk(OWNER)
    first, second = known(owner), known_elsewhere(owner)
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)
    assert erase(owner, first["customer_id"]) == 204
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)
    late = [owner.edit("customer.create", first), owner.edit("note.add", _note("customer", first["customer_id"]))]
    assert [one["code"] for one in owner.push(*late)] == ["erased", "erased"]
    assert erase(owner, second) == 204
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)


def test_what_refusals_have_quoted_of_others_is_history_as_it_was(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    before = set_up(engine, shop)
    owner, other = desk(OWNER), new_id()
    who = known_elsewhere(owner)
    archive = {"edits": [{"field": "archived", "was": False, "value": True}]}
    lunch = {"resource_id": shop.ana, "start": instant_text(next_day(12)), "end": instant_text(next_day(13))}
    before_them = owner.push(
        owner.edit("block.put", {"block_id": new_id(), **lunch, "reason": "Lunch"}),
        owner.edit("customer.create", {"customer_id": other, "name": "Arthur"}),
        owner.edit("customer.update", {"customer_id": other, **archive}),
    )
    assert {one["outcome"] for one in before_them} == {"applied"}
    refused = owner.push(
        owner.booking(next_day(12), customer_id=who, notes="a window, please"),
        owner.edit("customer.merge", {"kept_id": other, "merged_id": who}),
        owner.edit("service.update", {"service_id": shop.cut, **archive}),
        owner.booking(next_day(14), customer_id=who),
    )
    assert [one.get("code") for one in refused] == ["blocked", "archived", None, "archived"]
    quoted = [one["details"] for one in refused if one["outcome"] == "rejected"]
    assert [one.get("reason") or one["name"] for one in quoted] == ["Lunch", "Arthur", shop.canary]
    assert erase(owner, who) == 204
    assert mentions(engine, shop, "a window") == set()
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)
    assert erase(owner, other) == 204
    assert mentions(engine, shop, "Arthur") == set()
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)


def test_what_would_have_taken_an_edit_back_goes_with_the_person(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    before, owner = set_up(engine, shop), desk(OWNER)
    who = known_elsewhere(owner)

    def spoken(was: str, value: str, **more: Any) -> Json:
        return owner.edit("customer.update", {"customer_id": who, "edits": [_edit("language", was, value)]}, **more)

    owner.push(spoken("", "de"))
    slip = spoken("", "fr")
    taken_back = spoken("fr", "", undoes=[slip["id"]])
    told = owner.push(slip, taken_back)
    assert [one.get("code") for one in told] == [None, "changed_meanwhile"]
    assert told[1]["details"]["what"] == "passed_over"
    assert "ways" not in told[0]
    ways = "SELECT count(*) FROM mutation_log WHERE details ->> 'ways' IS NOT NULL AND args::text LIKE :who"
    with tenant_transaction(engine, shop.tenant) as connection:
        assert connection.execute(text(ways), {"who": f"%{who}%"}).scalar_one() == 2
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)
    assert erase(owner, who) == 204
    with tenant_transaction(engine, shop.tenant) as connection:
        assert connection.execute(text(ways), {"who": f"%{who}%"}).scalar_one() == 0
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)


def test_a_choice_that_quotes_one_and_whose_item_went_with_another_is_found(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    before, owner, other = set_up(engine, shop), desk(OWNER), new_id()
    who = known_elsewhere(owner)
    archive = {"edits": [{"field": "archived", "was": False, "value": True}]}
    owner.push(
        owner.edit("customer.create", {"customer_id": other, "name": "Arthur"}),
        owner.edit("customer.update", {"customer_id": other, **archive}),
    )
    (refused,) = owner.push(owner.edit("customer.merge", {"kept_id": other, "merged_id": who}))
    (again,) = owner.push(owner.edit("attention.resolve", {"item_id": refused["item"], "choice": "keep"}))
    assert (again["code"], again["details"]["name"]) == ("archived", "Arthur")
    for one in (who, other):
        assert erase(owner, one) == 204
        assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)
    assert mentions(engine, shop, "Arthur") == set()


def test_the_service_that_two_have_changed_otherwise_is_history_and_what_was_typed_for_one_goes(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    before, owner, plain = (
        set_up(engine, shop),
        desk(OWNER),
        {"service_id": None, "resources": [shop.ben], "minutes": 30},
    )
    who = known_elsewhere(owner)
    for place, segments in enumerate(([{"service_id": shop.cut, "resources": [shop.ana]}], [plain])):
        visit, start = new_id(), next_day(10 + 3 * place)
        book = owner.booking(start, customer_id=who, appointment_id=visit, title=CANARY, segments=segments)
        assert owner.push(book)[0]["outcome"] == "applied"
        made = ENTITIES["appointment"].decode(stored_rows(engine, shop.tenant)["appointment"][visit])
        (seen,) = [
            {"service_id": one.service_id, "resources": list(one.resources), "minutes": one.minutes}
            for one in made.segments
        ]
        was = {"status": "booked", "start": instant_text(start), "segments": [seen], "party": 1}
        changes = [
            owner.edit(
                "appointment.reschedule",
                {"appointment_id": visit, "was": was, "segments": [seen | {"minutes": minutes}]},
            )
            for minutes in (90, 15)
        ]
        assert [one.get("code") for one in owner.push(*changes)] == [None, "changed_meanwhile"]
    assert "mutation_log" in mentions(engine, shop, CANARY)
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY) == set()
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)


def known_elsewhere(desk: WireDesk) -> str:
    who: str = new_id()
    outcome = desk.push(desk.edit("customer.create", {"customer_id": who, "name": "Ford"}))
    assert outcome[0]["outcome"] == "applied"
    return who


def test_what_a_desk_still_has_to_say_brings_nobody_back(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    """Weeks offline: it was entered before, and comes after."""
    owner, away = desk(OWNER), desk(STAFF)
    made = known(owner)
    who: str = made["customer_id"]
    visit = next(iter(stored_rows(engine, shop.tenant)["appointment"]))
    late = [
        away.edit("customer.update", {"customer_id": who, "edits": [_edit("alert", "", CANARY)]}),
        away.edit("customer.create", made),
        away.booking(next_day(15), customer_id=who, notes=CANARY),
        away.edit("note.add", _note("customer", who)),
        away.edit("note.add", _note("appointment", visit)),
        away.edit("customer.restore", {"customer_id": who}),
        away.edit("customer.withdraw", {"made": made}),
        away.edit("note.add", _note("customer", who), author=new_id()),
        away.booking(next_day(16), customer_id=who, notes=CANARY) | {"author": new_id()},
    ]
    assert erase(owner, who) == 204
    row = stored_rows(engine, shop.tenant)["customer"][who]
    for _ in range(2):
        outcomes = away.push(*late)
        assert [one.get("code") for one in outcomes[:7]] == ["erased"] * 7
        assert [one["outcome"] for one in outcomes[7:]] == ["quarantined"] * 2
    assert mentions(engine, shop, CANARY, PHONE) == set()
    assert stored_rows(engine, shop.tenant)["customer"][who] == row
    waits = items(owner)
    assert {late[place]["id"] for place in range(len(late))} <= waits.keys(), "that somebody tried is not lost"
    for one in waits.values():
        owner.push(owner.edit("attention.resolve", {"item_id": one.id, "choice": "keep"}, v=2))
        owner.push(owner.edit("attention.resolve", {"item_id": one.id, "choice": "restore"}, v=2))
    assert stored_rows(engine, shop.tenant)["customer"][who] == row
    assert mentions(engine, shop, CANARY, PHONE) == set()


@pytest.mark.parametrize("what", ["wants", "wants_next"])
def test_nor_does_what_is_set_aside_because_it_fails_to_say_what_it_reads(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whom it is about shows in the rows that it names: the person's own, or a visit of theirs."""
    owner, away = desk(OWNER), desk(STAFF)
    who: str = known(owner)["customer_id"]
    visit = next(iter(stored_rows(engine, shop.tenant)["appointment"]))
    was = {"status": "booked", "start": instant_text(next_day())}
    late = [
        away.edit("note.add", _note("customer", who)),
        away.edit("note.add", _note("appointment", visit)),
        away.edit("appointment.cancel", {"appointment_id": visit, "was": was, "reason": CANARY}),
        away.booking(next_day(15), customer_id=who, notes=CANARY),
    ]
    assert erase(owner, who) == 204

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    changes: dict[str, Any] = {what: fails}
    for name in {one["name"] for one in late}:
        monkeypatch.setitem(MUTATIONS, name, replace(MUTATIONS[name], **changes))
    while (reply := away.try_push(*late)).status_code == 503:
        pass
    assert [one["outcome"] for one in reply.json()["outcomes"]] == ["quarantined"] * len(late)
    assert mentions(engine, shop, CANARY, PHONE) == set()


@pytest.mark.parametrize("choice", ["keep", "drop"])
def test_what_was_said_of_a_visit_that_was_refused_goes_too(
    desk: DeskMaker, engine: Engine, shop: Shop, choice: str
) -> None:
    """It names no row of the person's: the visit was never made."""
    owner = desk(OWNER)
    who = known_elsewhere(owner)
    taken = owner.booking(next_day(11))
    wished = owner.booking(next_day(11), customer_id=who)
    visit: str = wished["args"]["appointment_id"]
    lost = owner.edit("note.add", _note("appointment", visit))
    others = owner.edit("note.add", _note("appointment", new_id()) | {"text": "of somebody else"})
    outcomes = owner.push(taken, wished, lost, others)
    assert [one["outcome"] for one in outcomes] == ["applied", "rejected", "rejected", "rejected"]
    owner.push(owner.edit("attention.resolve", {"item_id": outcomes[1]["item"], "choice": choice}, v=2))
    assert "mutation_log" in mentions(engine, shop, CANARY)
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY) == set()
    assert "mutation_log" in mentions(engine, shop, "of somebody else")


@pytest.mark.parametrize("clash", ["part", "all"])
@pytest.mark.parametrize("choice", ["keep", "drop"])
def test_what_was_said_of_a_date_of_a_series_that_was_refused_goes_too(
    desk: DeskMaker, engine: Engine, shop: Shop, clash: str, choice: str
) -> None:
    """Its id is made of the series': nothing that was said of it names the person."""
    owner = desk(OWNER)
    who, series, start = known_elsewhere(owner), new_id(), next_day(11)
    stored = stored_rows(engine, shop.tenant)
    (business,) = map(ENTITIES["business"].decode, stored["business"].values())
    (location,) = map(ENTITIES["location"].decode, stored["location"].values())
    put_rows(engine, shop.tenant, replace(business, series_clash=clash), replace(location, zone="UTC"))
    rule = {
        "series_id": series, "customer_id": who, "location_id": shop.location, "rrule": "FREQ=WEEKLY;COUNT=3",
        "first": f"{start:%Y-%m-%dT%H:%M:%S}", "before": instant_text(start + timedelta(days=60)),
        "wishes": [{"service_id": shop.cut, "resources": [shop.ana]}],
    }  # fmt: skip
    second = start + timedelta(days=7)
    date = series_occurrence_id(SeriesId(series), f"{second:%Y-%m-%dT%H:%M:%S}/0")
    outcomes = owner.push(
        owner.booking(second),
        owner.edit("series.book", rule),
        owner.edit("note.add", _note("appointment", date)),
        owner.edit("note.add", _note("appointment", new_id()) | {"text": "of somebody else"}),
    )
    assert [one["outcome"] for one in outcomes][2:] == ["rejected", "rejected"]
    if clash == "part":
        owner.push(owner.edit("attention.resolve", {"item_id": outcomes[2]["item"], "choice": choice}, v=2))
    assert "mutation_log" in mentions(engine, shop, CANARY)
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY) == set()
    assert {"mutation_log", "attention_item"} <= mentions(engine, shop, "of somebody else")


def test_a_note_of_a_visit_that_comes_to_be_made_stays_with_whose_it_is(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    """The id of a visit that was refused to one, and then booked for another."""
    owner = desk(OWNER)
    who, another = known_elsewhere(owner), known_elsewhere(owner)
    taken = owner.booking(next_day(11))
    refused = owner.booking(next_day(11), customer_id=who)
    made = owner.booking(next_day(12), customer_id=another)
    made["args"]["appointment_id"] = refused["args"]["appointment_id"]
    note = owner.edit("note.add", _note("appointment", made["args"]["appointment_id"]) | {"text": "likes the window"})
    outcomes = owner.push(taken, refused, made, note)
    assert [one["outcome"] for one in outcomes] == ["applied", "rejected", "applied", "applied"]
    assert erase(owner, who) == 204
    assert {"note", "mutation_log"} <= mentions(engine, shop, "likes the window")


def test_what_a_desk_says_late_of_a_visit_that_nobody_has_any_more_keeps_no_word(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    owner, away = desk(OWNER), desk(STAFF)
    who = known_elsewhere(owner)
    late = away.booking(next_day(15), customer_id=who, notes=CANARY)
    set_aside = away.booking(next_day(16), customer_id=who, notes=CANARY) | {"author": new_id()}
    notes = [away.edit("note.add", _note("appointment", one["args"]["appointment_id"])) for one in (late, set_aside)]
    assert erase(owner, who) == 204
    outcomes = away.push(late, set_aside, *notes)
    assert [one["outcome"] for one in outcomes] == ["rejected", "quarantined", "rejected", "rejected"]
    assert {outcomes[0]["item"], outcomes[1]["item"]} == {one["item"] for one in outcomes[2:]}
    assert mentions(engine, shop, CANARY) == set()


def said_later(server: Server, shop: Shop) -> int:
    """How many people were found to be spoken of; after that nobody is."""
    found = erase_said_later(server, shop.tenant).of
    SaidLater(server).look()
    assert not erase_said_later(server, shop.tenant).of
    return len(found)


@pytest.mark.parametrize("then", ["", "attached"])
def test_a_note_that_comes_after_the_erasure_of_whose_booking_was_refused_loses_its_words(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop, then: str
) -> None:
    owner, away = desk(OWNER), desk(STAFF)
    who = known_elsewhere(owner)
    taken, wished = owner.booking(next_day(11)), owner.booking(next_day(11), customer_id=who)
    owner.push(taken, wished)
    note = away.edit("note.add", _note("appointment", wished["args"]["appointment_id"]))
    others = away.edit("note.add", _note("appointment", new_id()) | {"text": "of somebody else"})
    assert erase(owner, who) == 204
    outcomes = away.push(note, others)
    if then:
        choice = {"choice": "attach", "attach_about": "customer", "attach_to": shop.customer}
        owner.push(owner.edit("attention.resolve", {"item_id": outcomes[0]["item"]} | choice, v=2))
    assert "mutation_log" in mentions(engine, shop, CANARY)
    assert said_later(server, shop) == 1
    assert mentions(engine, shop, CANARY) == set()
    assert {"mutation_log", "attention_item"} <= mentions(engine, shop, "of somebody else")
    told = [one for one in chain(engine, shop.tenant) if one.kind == "customer.erased"]
    assert [one.subject for one in told] == [who, who]


def test_a_note_whose_booking_comes_after_the_erasure_loses_its_words(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop
) -> None:
    owner, away = desk(OWNER), desk(STAFF)
    who = known_elsewhere(owner)
    late = away.booking(next_day(15), customer_id=who)
    assert owner.push(owner.edit("note.add", _note("appointment", late["args"]["appointment_id"])))[0]["item"]
    assert erase(owner, who) == 204
    assert said_later(server, shop) == 0, "nobody knows yet whose it is"
    (outcome,) = away.push(late)
    assert outcome["code"] == "erased"
    assert said_later(server, shop) == 1
    assert mentions(engine, shop, CANARY) == set()
    assert late["id"] in items(owner), "that somebody tried is not lost"


def test_the_history_gives_the_tables_after_what_was_said_later_too(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop
) -> None:
    untouched = stored_rows(engine, shop.tenant)
    before = [
        ENTITIES[table].decode(row)
        for table in ("location", "resource", "service", "customer")
        for row in untouched[table].values()
    ]
    owner = desk(OWNER)
    who = known_elsewhere(owner)
    taken, wished = owner.booking(next_day(11)), owner.booking(next_day(11), customer_id=who)
    owner.push(taken, wished)
    assert erase(owner, who) == 204
    owner.push(owner.edit("note.add", _note("appointment", wished["args"]["appointment_id"])))
    assert said_later(server, shop) == 1
    assert replayed(engine, shop.tenant, *before) == stored_rows(engine, shop.tenant)


def test_an_edit_that_was_erased_is_known_when_it_comes_again(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    made = owner.edit("customer.create", {"customer_id": new_id(), "name": CANARY})
    assert owner.push(made)[0]["outcome"] == "applied"
    assert erase(owner, made["args"]["customer_id"]) == 204
    assert owner.push(made)[0]["outcome"] == "applied"
    assert mentions(engine, shop, CANARY) == set()


def test_a_replica_loses_the_person_with_the_next_pull(url: str, desk: DeskMaker, shop: Shop) -> None:
    owner = desk(OWNER)
    who = known(owner)["customer_id"]
    replica = ReplicaDesk(url, shop, MANAGER)
    replica.edit("customer.update", {"customer_id": who, "edits": [_edit("alert", f"{CANARY}!", f"{CANARY}?")]})
    replica.push()
    replica.pull()
    replica.edit("note.add", _note("customer", who))
    assert CANARY in dump(replica)
    assert erase(owner, who) == 204
    replica.pull()
    replica.push()
    replica.pull()
    assert CANARY not in dump(replica)
    assert PHONE not in dump(replica)
    replica.close()


def dump(replica: ReplicaDesk) -> str:
    """Every row of every table of a replica."""
    database = replica.replica.database
    tables = [row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return "".join(str(row) for name in tables for row in database.rows(f'SELECT * FROM "{name}"'))


def test_the_owner_alone_erases_and_says_whom_twice(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    for role in (MANAGER, STAFF):
        assert erase(desk(role), shop.customer) == 403
    for customer in (new_id(), open_shop(engine).customer, "x"):
        assert erase(owner, customer) in (404, 422)
    other = {"customer": new_id()}
    assert owner.http.post(f"/v1/customers/{shop.customer}/erase", json=other).status_code == 404
    assert erase(owner, shop.customer) == 204
    assert erase(owner, shop.customer) == 204
    told = [one for one in chain(engine, shop.tenant) if one.kind == "customer.erased"]
    assert [(one.actor_id, one.subject) for one in told] == [(shop.users[OWNER], shop.customer)] * 2


def test_no_desk_erases_by_an_edit(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(OWNER)
    (outcome,) = owner.push(owner.edit("customer.erase", {"customers": [shop.customer]}))
    assert outcome["code"] == "not_allowed"
    assert stored_rows(engine, shop.tenant)["customer"][shop.customer][1] == shop.canary


def test_the_history_is_changed_by_an_erasure_alone(server: Server, engine: Engine, shop: Shop) -> None:
    erase_customer(server, shop.tenant, shop.customer, by=OPERATOR)
    for change in ("UPDATE mutation_log SET args = '{}'", "INSERT INTO erasure VALUES (gen_random_uuid(), now(), '1')"):
        with pytest.raises(Exception, match="permission denied"), tenant_transaction(engine, shop.tenant) as connection:
            connection.exec_driver_sql(change)


def test_what_cannot_be_written_down_is_not_erased(
    server: Server, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Tombstones, "add", full)
    with pytest.raises(StorageFault, match="No space left"):
        erase_customer(server, shop.tenant, shop.customer, by=OPERATOR)
    assert stored_rows(engine, shop.tenant)["customer"][shop.customer][1] == shop.canary


def test_what_was_written_down_and_not_done_is_done_at_the_next_start(
    server: Server, engine: Engine, shop: Shop
) -> None:
    stone = Tombstone(tenant=shop.tenant.id, customer=shop.customer)
    tombstones_of(server.engine, server.settings).add(stone, clock.now())
    make_again(server)
    assert mentions(engine, shop, "+49 30 1234") == set()
    before = len(chain(engine, shop.tenant))
    make_again(server)
    assert len(chain(engine, shop.tenant)) == before, "it is made once"


def test_a_torn_line_of_the_ledger_hides_no_other(tmp_path: Path) -> None:
    stones = Tombstones(tmp_path, lineage="x")
    first, second = (Tombstone(tenant=find, customer=new_id()) for find in (new_id(), new_id()))  # type: ignore[arg-type]
    stones.add(first, clock.now())
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b'{"tenant": "0197')
    stones.add(second, clock.now())
    assert stones.all() == [first, second]
    assert CANARY not in file.read_text()


def test_a_business_that_is_erased_is_nowhere(server: Server, engine: Engine, desk: DeskMaker) -> None:
    gone = open_shop(engine)
    away = desk(OWNER, at=gone)
    erase_tenant(server, gone.tenant, by=OPERATOR)
    assert find_tenant(engine, gone.tenant.id) is None
    with control_transaction(engine, read_only=True) as connection:
        tables = connection.exec_driver_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).scalars()
        for table in tables.all():
            for row in connection.execute(text(f'SELECT "{table}"::text FROM "{table}"')).scalars():
                assert gone.canary not in row, table
                assert gone.tenant.id not in row or table == "audit_event", table
        left = "SELECT count(*) FROM pg_roles WHERE rolname = %s"
        assert connection.exec_driver_sql(left, (gone.tenant.role,)).scalar_one() == 0
    assert [one.subject for one in chain(engine) if one.kind == "tenant.erased"][-1] == gone.tenant.id
    assert away.try_refresh().status_code == 401
    assert not server.audit.witness.file(gone.tenant.id).exists()  # type: ignore[arg-type]


def test_a_desk_of_a_business_that_was_erased_is_shut_out(server: Server, engine: Engine, desk: DeskMaker) -> None:
    gone = open_shop(engine)
    away, other = desk(OWNER, at=gone), desk(STAFF, at=gone)
    lost_reply = away.refresh_token
    assert away.try_refresh().status_code == 200
    waits = away.booking(next_day())
    erase_tenant(server, gone.tenant, by=OPERATOR)
    told = away.try_refresh(lost_reply)
    assert (told.status_code, told.json()["code"], told.json()["whole_device"]) == (401, "revoked", True)
    assert "erased" in told.json()["detail"]
    by = told.json()["ticket"]
    refused = hand_in(away, waits, by=by)
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_spent")
    assert hand_in(away, by=by).json() == {"taken": 0, "epoch": None}
    away.device = other.device
    assert away.try_refresh(lost_reply).json()["code"] == "reauth", "another device is told nothing"


def test_a_desk_of_an_erased_business_is_told_so_for_as_long_as_of_a_session_that_is_over(
    server: Server, engine: Engine, settings: Settings, desk: DeskMaker
) -> None:
    gone = open_shop(engine)
    away = desk(OWNER, at=gone)
    erase_tenant(server, gone.tenant, by=OPERATOR)
    near = timedelta(minutes=1)
    for after, code in ((settings.keep_silent - near, "revoked"), (settings.keep_silent + near, "reauth")):
        with moved(after):
            Upkeep(engine, settings).look()
            assert away.try_refresh().json()["code"] == code


def test_a_backup_that_is_put_back_brings_nobody_back(postgres: Postgres, tmp_path: Path) -> None:
    """Erased since the backup: who was there before it, who came after it, and a whole business."""
    settings = Settings(data=tmp_path, port=0)
    with postgres.fresh() as url, ExitStack() as stack:
        engine = make_engine(url)
        shop, closed = open_shop(engine), open_shop(engine)
        check_history(engine, settings)
        with running(engine, settings) as (address, _):
            desk = WireDesk(address, shop, OWNER).ready()
            who = known(desk)["customer_id"]
            desk.http.close()
            away = WireDesk(address, closed, OWNER).ready()
        engine.dispose()
        backup = stack.enter_context(postgres.fresh(like=url))
        engine = make_engine(url)
        server = open_server(engine, settings)
        with running(engine, settings) as (address, _):
            desk = WireDesk(address, shop, OWNER).ready()
            desk.pull()
            later = desk.edit("customer.create", {"customer_id": new_id(), "name": "Marvin"})
            desk.push(later)
            for customer in (who, later["args"]["customer_id"]):
                assert erase(desk, customer) == 204
            away.http.base_url = address
            away.refresh_token = away.try_refresh().json()["refresh_token"]
            away.refresh_token = away.try_refresh().json()["refresh_token"]
            erase_tenant(server, closed.tenant, by=OPERATOR)
            desk.pull()
            desk.http.close()
        engine.dispose()
        old = make_engine(backup)
        assert "customer" in mentions(old, shop, CANARY)
        _look_back(old, settings)
        assert mentions(old, shop, CANARY, PHONE) == set()
        assert find_tenant(old, closed.tenant.id) is None
        with running(old, settings) as (address, _):
            again = WireDesk(address, shop, OWNER).ready()
            end_recovery(old, shop.tenant)
            (outcome,) = again.push(again.edit("customer.create", later["args"]))
            assert outcome["code"] == "erased"
            again.http.close()
            away.http.base_url = address
            assert away.try_refresh().json()["code"] == "revoked", "by its session: the backup knows no such token"
            away.http.close()
        assert mentions(old, shop, "Marvin") == set()
        old.dispose()

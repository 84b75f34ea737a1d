"""A push takes effect once, in order, with the rights and the time that the server knows."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from structlog.testing import capture_logs

from shared.clock import instant_text, now, parse_instant
from shared.ids import derived_id, new_id
from shared.model.member import Role
from shared.mutations import attention
from shared.mutations.attention import item_id_of
from shared.protocol.messages import MAX_ELAPSED
from syncserver.services.declined import Declined
from syncserver.services.identity import accounts
from syncserver.services.server import Server
from syncserver.services.sync import push
from syncserver.services.sync.decisions import Batch
from syncserver.services.sync.push import Pushing
from syncserver.store import pushes, statements, tenancy, working_set
from syncserver.store.tenancy import take_clock, tenant_transaction
from syncserver.store.users import change_user, find_user
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.slow_tables import write_slowly
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker


def dump(engine: Engine, shop: Shop) -> list[str | None]:
    """Every row of the book, for comparing before and after."""
    tables = ("appointment", "allocation", "customer", "service", "attention_item", "mutation_log", "sync_row")
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return [
            connection.exec_driver_sql(f"SELECT json_agg(t ORDER BY t::text)::text FROM {table} t").scalar_one()
            for table in tables
        ]


def kinds(outcomes: list[Json]) -> list[str]:
    return [one["outcome"] for one in outcomes]


def new_customer(desk: WireDesk, **other: object) -> Json:
    return desk.edit("customer.create", {"customer_id": new_id(), "name": "Ida Brandt"} | other)


def batch_of(server: Server, desk: WireDesk, *edits: Json) -> Batch:
    """A desk's push as its tenant's writer is given it."""
    principal = server.principal(accounts.claimed(server, desk.http.headers["Authorization"].removeprefix("Bearer ")))
    assert principal is not None
    return push.parse(server, principal, orjson.dumps(desk.envelope(*edits)))


def test_a_push_weighs_as_many_visits_as_it_may_decide(desk: DeskMaker, app: FastAPI) -> None:
    """Else those that share a round of series would hold the clock for many seconds."""
    mine, series = desk(), new_id()
    wishes = [{"service_id": mine.shop.cut, "resources": [mine.shop.ana]}]
    book = {
        "series_id": series, "customer_id": None, "location_id": mine.shop.location, "first": "2026-05-05T10:00:00",
        "rrule": "FREQ=WEEKLY;COUNT=10", "wishes": wishes, "before": "2026-12-01T00:00:00Z",
    }  # fmt: skip
    change = {
        "series_id": series, "new_id": new_id(), "was": book["rrule"], "since": f"{book['first']}/0",
        "first": book["first"], "rrule": "FREQ=WEEKLY", "before": book["before"],
    }  # fmt: skip
    visit: Json = {
        "appointment_id": new_id(), "was": {"status": "booked", "start": "2026-05-05T08:00:00Z"}, "to": "ended",
        "until": "2026-05-05T09:00:00Z", "resources": [], "series_id": None, "original_start": "",
    }  # fmt: skip
    edits = [
        mine.booking(next_day()),
        mine.edit("series.book", book),
        mine.edit("series.change", change),
        mine.edit("series.extend", {"series_id": series, "before": book["before"]}),
        mine.edit("series.turn_back", {"series_id": series, "rules": [], "visits": [visit]}),
    ]
    assert batch_of(app.state.wiring.server, mine, *edits).weight == 1 + 10 + 600 + 100 + 2


def test_a_push_that_would_hold_the_clock_for_long_is_answered_in_parts(desk: DeskMaker) -> None:
    mine = desk()
    wishes = [{"service_id": mine.shop.cut, "resources": [mine.shop.ana]}]
    edits = [
        mine.edit(
            "series.book",
            {
                "series_id": new_id(), "customer_id": None, "location_id": mine.shop.location,
                "first": "2026-05-05T10:00:00", "rrule": f"FREQ=DAILY;INTERVAL={number}", "wishes": wishes,
                "before": "2026-05-20T00:00:00Z",
            },
        )
        for number in range(1, 13)
    ]  # fmt: skip
    first = mine.push(*edits)
    assert [one["seq"] for one in first] == [one["seq"] for one in edits[:10]]
    assert mine.push(*edits) == first
    assert [one["seq"] for one in mine.push(*edits[10:])] == [one["seq"] for one in edits[10:]]


@pytest.mark.parametrize("what", ["location.rezone", "attention.resolve", "attention.close"])
def test_what_may_decide_any_number_of_visits_shares_a_transaction_with_nothing(desk: DeskMaker, what: str) -> None:
    """No argument tells how many: who stands beside it is not to wait for all of them, nor to fail with them."""
    mine = desk(Role.TENANT_OWNER)
    given: dict[str, Json] = {
        "location.rezone": {"location_id": mine.shop.location, "was": "Europe/Berlin", "zone": "Europe/Vienna"},
        "attention.resolve": {"item_id": new_id(), "choice": "keep"},
        "attention.close": {"item_id": new_id(), "settled": "kept"},
    }
    before, large, after = edits = [new_customer(mine), mine.edit(what, given[what]), new_customer(mine)]
    told = [mine.push(*edits[count:]) for count in range(3)]
    assert [[one["seq"] for one in outcomes] for outcomes in told] == [[before["seq"]], [large["seq"]], [after["seq"]]]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement of a push is given up after a second, where it has no more time than any."""
    monkeypatch.setattr(tenancy, "_CLOCKED", tenancy._CLOCKED.replace("'5s'", "'1s'"))


@pytest.mark.usefixtures("impatient")
def test_what_writes_much_has_its_time(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given up, it would be sent again, for ever: it writes as much the next time."""
    monkeypatch.setattr(tenancy, "_USUAL", 1)
    monkeypatch.setattr(tenancy, "_ROWS_A_SECOND", 1)
    mine = desk()
    write_slowly(engine, shop.tenant, "customer", where="(SELECT count(*) FROM touched) = 10", seconds=2)
    assert kinds(mine.push(*(new_customer(mine) for _ in range(10)))) == ["applied"] * 10


@pytest.mark.usefixtures("impatient")
def test_what_takes_too_long_holds_up_nobody_beside_it_and_nothing_before_it(
    desk: DeskMaker, app: FastAPI, engine: Engine, shop: Shop
) -> None:
    mine, other = desk(), desk()
    where = "EXISTS (SELECT FROM touched WHERE name = 'Slow')"
    write_slowly(engine, shop.tenant, "customer", where=where, seconds=3)
    before, slow, after, beside = (
        new_customer(who, name=name)
        for who, name in ((mine, "Before"), (mine, "Slow"), (mine, "After"), (other, "Beside"))
    )
    server: Server = app.state.wiring.server
    batches = [batch_of(server, mine, before, slow, after), batch_of(server, other, beside)]
    declined, applied = Pushing(server, lambda *_: None).apply(shop.tenant, batches)
    assert isinstance(declined, Declined)
    assert isinstance(applied, bytes)
    names = {row[1] for row in stored_rows(engine, shop.tenant)["customer"].values()}
    assert names & {"Before", "Slow", "After", "Beside"} == {"Before", "Beside"}


def test_resent_a_hundred_times_it_takes_effect_once(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    edits = [mine.booking(next_day(hour)) for hour in (9, 9, 11)]
    first = mine.push(*edits)
    assert kinds(first) == ["applied", "rejected", "applied"]
    before = dump(engine, shop)
    assert all(mine.push(*edits) == first for _ in range(100))
    assert dump(engine, shop) == before


def test_a_resend_has_the_same_bytes_whatever_happened_since(desk: DeskMaker, shop: Shop) -> None:
    mine, other = desk(), desk()
    edits = [mine.booking(next_day(9)), mine.booking(next_day(9)), new_customer(mine) | {"author": new_id()}]
    first = mine.try_push(*edits)
    assert kinds(first.json()["outcomes"]) == ["applied", "rejected", "quarantined"]
    other.push(other.booking(next_day(11)))
    assert mine.try_push(*edits).content == first.content
    alone = mine.try_push(edits[1]).json()
    assert (alone["version"], alone["outcomes"]) == (first.json()["version"], first.json()["outcomes"][1:2])


def test_a_resend_with_more_behind_it_tells_the_newest_version(desk: DeskMaker) -> None:
    mine = desk()
    first = new_customer(mine)
    before = mine.try_push(first).json()["version"]
    assert mine.try_push(first, new_customer(mine)).json()["version"] == before + 1


def test_the_same_number_with_something_else_is_a_fork(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    edit = new_customer(mine)
    mine.push(edit)
    before = dump(engine, shop)
    for changed in (edit | {"args": edit["args"] | {"name": "Other"}}, edit | {"id": new_id()}):
        with capture_logs() as told:
            reply = mine.try_push(changed)
        assert (reply.status_code, reply.json()["code"]) == (409, "replica_forked")
        (event,) = (one for one in told if one["event"] == "push.forked")
        assert (event["log_level"], event["tenant"], event["replica"], event["seq"]) == (
            "warning", shop.tenant.id, mine.replica, 1,
        )  # fmt: skip
        assert "Other" not in str(told)
    assert dump(engine, shop) == before


def test_whoever_takes_an_id_beforehand_stops_nobody_not_even_themselves(desk: DeskMaker) -> None:
    """An edit under an id that is taken is logged under another one, which must not be one to be guessed."""
    mine = desk()
    taken = mine.edit("customer.create", {"customer_id": new_id(), "name": "Ida"})
    guessed = derived_id("same id", mine.replica, "3", taken["id"])
    squatting = mine.edit("customer.create", {"customer_id": new_id(), "name": "Eva"}, id=guessed)
    again = mine.edit("customer.create", {"customer_id": new_id(), "name": "Uli"}, id=taken["id"])
    assert [one["outcome"] for one in mine.push(taken, squatting, again)] == ["applied", "applied", "quarantined"]


def test_who_cannot_even_be_set_aside_holds_up_nobody_who_shares_the_round(
    desk: DeskMaker, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = app.state.wiring.server
    mine, other = desk(), desk()
    bad, good = (batch_of(server, one, new_customer(one)) for one in (mine, other))
    write = pushes.write

    def fails(*given: Any) -> None:
        if any(one.replica == mine.replica for one in given[-1].logged):
            raise ZeroDivisionError
        write(*given)

    monkeypatch.setattr(pushes, "write", fails)
    pushing = push.Pushing(server, app.state.wiring.news.tell)
    for _ in range(7):
        first, second = pushing.apply(mine.shop.tenant, [bad, good])
        assert isinstance(first, Exception)
        assert isinstance(second, bytes)


def test_a_gap_decides_nothing(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    new_customer(mine)
    before = dump(engine, shop)
    reply = mine.try_push(new_customer(mine))
    assert (reply.status_code, reply.json()["code"], reply.json()["last_seq"]) == (409, "seq_gap", 0)
    assert dump(engine, shop) == before


def test_a_gap_inside_a_push_is_refused_whole(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    first, _, third = new_customer(mine), new_customer(mine), new_customer(mine)
    before = dump(engine, shop)
    assert mine.try_push(first, third).status_code == 422
    assert dump(engine, shop) == before


def test_an_edit_that_another_replica_offers_again_has_its_outcome_already(desk: DeskMaker) -> None:
    mine, restored = desk(), desk()
    edit = mine.booking(next_day())
    (decided,) = mine.push(edit)
    again = edit | {"seq": 1, "author": restored.session, "lease": restored.lease}
    assert restored.push(again) == [decided]
    assert restored.push(again) == [decided]
    restored.seq = 1
    assert kinds(restored.push(new_customer(restored))) == ["applied"]


def test_two_desks_want_one_slot_and_one_has_it(desk: DeskMaker) -> None:
    desks = [desk() for _ in range(4)]
    edits = [one.booking(next_day()) for one in desks]
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda pair: pair[0].push(pair[1])[0], zip(desks, edits, strict=True)))
    assert sorted(kinds(outcomes)) == ["applied", "rejected", "rejected", "rejected"]
    refused = next(one for one in outcomes if one["outcome"] == "rejected")
    assert refused["code"] == "slot_taken"
    winner = edits[[one["outcome"] for one in outcomes].index("applied")]
    assert refused["details"]["appointment"] == winner["args"]["appointment_id"]
    desks[0].pull()
    assert refused["item"] in desks[0].rows["attention_item"]
    assert len(desks[0].rows["allocation"]) == 1


def test_staff_may_not_push_what_a_manager_may(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    staff = desk(Role.TENANT_STAFF)
    new_price = [{"field": "price", "was": 4500, "value": 1}]
    before = dump(engine, shop)[3]
    (outcome,) = staff.push(staff.edit("service.update", {"service_id": shop.cut, "edits": new_price}))
    assert (outcome["outcome"], outcome["code"]) == ("rejected", "not_allowed")
    assert dump(engine, shop)[3] == before


def test_an_author_is_somebody_signed_in_on_this_device(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    staff, manager = desk(Role.TENANT_STAFF), desk(Role.TENANT_MANAGER)
    price = [{"field": "price", "was": 4500, "value": 1}]
    borrowed = staff.edit("service.update", {"service_id": shop.cut, "edits": price}, author=manager.session)
    invented = new_customer(staff) | {"author": new_id()}
    own = new_customer(staff)
    before = dump(engine, shop)[3]
    outcomes = staff.push(borrowed, invented, own)
    assert kinds(outcomes) == ["quarantined", "quarantined", "applied"]
    assert outcomes[0]["incident"] != outcomes[1]["incident"]
    assert dump(engine, shop)[3] == before


def test_people_of_one_device_push_together_each_with_their_own_rights(desk: DeskMaker, shop: Shop) -> None:
    owner = desk(Role.TENANT_OWNER)
    staff = desk(Role.TENANT_STAFF, device=owner.device)
    price = [{"field": "price", "was": 4500, "value": 4600}]
    edits = [
        owner.edit("service.update", {"service_id": shop.cut, "edits": price}, author=author)
        for author in (staff.session, owner.session)
    ]
    assert kinds(owner.push(*edits)) == ["rejected", "applied"]


def test_what_was_queued_before_signing_in_anew_is_still_the_persons(desk: DeskMaker) -> None:
    mine = desk()
    queued = new_customer(mine)
    mine.sign_out()
    assert mine.try_push(queued).status_code == 401
    mine.sign_in()
    assert kinds(mine.push(queued)) == ["applied"]


def test_a_person_who_signed_out_has_what_is_left_set_aside(desk: DeskMaker) -> None:
    owner = desk(Role.TENANT_OWNER)
    gone = desk(Role.TENANT_STAFF, device=owner.device)
    left = new_customer(owner) | {"author": gone.session}
    gone.sign_out()
    assert kinds(owner.push(left, new_customer(owner))) == ["quarantined", "applied"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"elapsed": MAX_ELAPSED + 1}, id="too long ago"),
        pytest.param({"elapsed": -1}, id="before the lease"),
        pytest.param({"elapsed": 2**60}, id="beyond exact numbers"),
        pytest.param({"lease": "2099-01-01T00:00:00Z"}, id="an invented lease"),
        pytest.param({"lease": ""}, id="no lease"),
        pytest.param({"lease": "an-old-key."}, id="no more than the name of a key"),
    ],
)
def test_a_clock_of_its_own_is_refused(desk: DeskMaker, engine: Engine, shop: Shop, change: Json) -> None:
    mine = desk()
    before = dump(engine, shop)
    reply = mine.try_push(new_customer(mine) | change)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    assert dump(engine, shop) == before


def test_another_replicas_lease_is_refused(desk: DeskMaker, engine: Engine) -> None:
    mine, neighbour, foreign = desk(), desk(), desk(at=open_shop(engine))
    for lease in (neighbour.lease, foreign.lease, mine.lease[:-1] + "_"):
        assert mine.try_push(new_customer(mine) | {"seq": 1, "lease": lease}).status_code == 422


def test_a_lease_of_a_key_that_is_not_known_makes_no_edit_earlier_than_now(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    mine, before = desk(), now()
    _, _, rest = mine.lease.partition(".")
    assert kinds(mine.push(new_customer(mine) | {"lease": f"a-lost-key.{rest}"})) == ["applied"]
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        at = connection.exec_driver_sql("SELECT at FROM mutation_log ORDER BY version DESC LIMIT 1").scalar_one()
    assert before <= at <= now()


def test_an_edit_is_never_later_than_now_and_never_earlier_than_the_one_before(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    mine = desk()
    edits = [new_customer(mine) | {"elapsed": elapsed} for elapsed in (MAX_ELAPSED, 0)]
    mine.push(*edits)
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        times = connection.exec_driver_sql("SELECT at FROM mutation_log ORDER BY seq").scalars().all()
    assert times[0] == times[1]
    assert now() - timedelta(seconds=10) <= times[0] <= now()


def test_an_edit_counts_as_made_when_it_was_made(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    start = parse_instant(instant_text(now())) + timedelta(days=1, hours=1)
    too_far = mine.booking(start + timedelta(days=365))
    assert kinds(mine.push(too_far)) == ["rejected"]


def test_another_epoch_is_told_so(desk: DeskMaker) -> None:
    mine = desk()
    reply = mine.try_push(new_customer(mine), epoch=new_id())
    assert (reply.status_code, reply.json()["code"]) == (409, "epoch_changed")


def test_a_batch_that_two_mutations_of_touch_one_row_writes_it_once(desk: DeskMaker) -> None:
    mine = desk()
    made = new_customer(mine)
    row = made["args"]["customer_id"]
    renamed = mine.edit(
        "customer.update",
        {"customer_id": row, "edits": [{"field": "name", "was": "Ida Brandt", "value": "Ida Lund"}]},
    )
    assert kinds(mine.push(made, renamed)) == ["applied", "applied"]
    mine.pull()
    assert mine.rows["customer"][row][1] == "Ida Lund"


def test_a_freed_slot_is_free_for_the_next_edit_of_the_same_push(desk: DeskMaker) -> None:
    mine = desk()
    first, start = mine.booking(next_day()), next_day()
    was = {"status": "booked", "start": instant_text(start)}
    cancelled = mine.edit("appointment.cancel", {"appointment_id": first["args"]["appointment_id"], "was": was})
    assert kinds(mine.push(first, cancelled, mine.booking(start))) == ["applied"] * 3
    mine.pull()
    assert len(mine.rows["allocation"]) == 1


def test_a_disabled_person_is_revoked_at_the_next_request(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    user = find_user(engine, shop.users[mine.role])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, is_active=False))
    replies = [mine.try_push(new_customer(mine)), mine.try_pull(), mine.http.get("/v1/sync/live")]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(401, "revoked")] * 3


def test_pushes_that_wait_share_a_commit(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    desks = [desk() for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        with tenant_transaction(engine, shop.tenant) as connection:
            take_clock(connection, shop.tenant)
            replies = [threads.submit(one.try_push, new_customer(one)) for one in desks]
            time.sleep(0.5)
        versions = [reply.result().json()["version"] for reply in replies]
    assert len(set(versions)) <= 2
    assert len(versions) == 6


def test_a_time_in_another_writing_can_still_be_settled(desk: DeskMaker) -> None:
    """The item keeps what was entered in the one form that desk and server read back."""
    mine = desk()
    ten = next_day(10)
    mine.push(mine.booking(ten))
    refused = mine.booking(ten)
    refused["args"]["start"] = ten.isoformat()
    (outcome,) = mine.push(refused)
    assert outcome["code"] == "slot_taken"
    eleven = instant_text(next_day(11))
    settle = mine.edit("attention.resolve", {"item_id": outcome["item"], "choice": "move", "start": eleven})
    assert kinds(mine.push(settle)) == ["applied"]


def test_an_item_that_names_itself_is_only_let_go(desk: DeskMaker) -> None:
    mine = desk()
    first = mine.edit("attention.resolve", {}, id=new_id())
    first["args"] = {"item_id": item_id_of(first["id"]), "choice": "keep"}
    (outcome,) = mine.push(first)
    assert outcome["item"] == first["args"]["item_id"]
    keep = mine.edit("attention.resolve", {"item_id": outcome["item"], "choice": "keep"})
    drop = mine.edit("attention.resolve", {"item_id": outcome["item"], "choice": "drop"})
    assert kinds(mine.push_all(keep, drop)) == ["rejected", "applied"]


def test_a_window_beyond_counting_is_refused(desk: DeskMaker, shop: Shop) -> None:
    owner = desk(Role.TENANT_OWNER)
    owner.pull()
    (business,) = owner.rows["business"].values()
    edits = [{"field": "cancel_window", "was": 1440, "value": 2**53}]
    (outcome,) = owner.push(owner.edit("business.update", {"business_id": business[0], "edits": edits}))
    assert (outcome["outcome"], outcome["code"]) == ("rejected", "invalid")


def test_an_item_gathers_so_many_and_no_more(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "MOST_GATHERED", 2)
    mine = desk()
    customer = new_id()
    edits = [new_customer(mine, customer_id=customer, name=" ")]
    edits += [mine.booking(next_day(10), customer_id=customer) for _ in range(4)]
    outcomes = mine.push(*edits)
    assert [one["code"] for one in outcomes] == ["invalid", "dependency", "dependency", "not_found", "not_found"]
    assert len({one["item"] for one in outcomes}) == 3


def test_another_clock_asks_the_database_as_often_for_many_visits_as_for_one(
    engine: Engine, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    before = statements.ask_all

    def noting(connection: Connection, questions: Any) -> Any:
        asked.append(questions)
        return before(connection, questions)

    def trips(visits: int) -> int:
        one = open_shop(engine)
        mine = desk(Role.TENANT_OWNER, at=one)
        assert set(kinds(mine.push(*(mine.booking(next_day(days=days)) for days in range(1, visits + 1))))) == {
            "applied"
        }
        asked.clear()
        wish = {"location_id": one.location, "was": "Europe/Berlin", "zone": "America/New_York"}
        (told,) = mine.push(mine.edit("location.rezone", wish))
        assert told["adjusted"]["count"] == visits
        return len(asked)

    monkeypatch.setattr(working_set, "ask_all", noting)
    assert trips(1) == trips(30) < 10

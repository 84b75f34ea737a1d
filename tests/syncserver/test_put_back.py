"""A database that is put back from a backup is noticed; what desks have is decided again, in order (P29, P30)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from shared.clock import instant_text, now, parse_instant
from shared.command import main
from shared.ids import new_id
from shared.model.member import Role
from shared.model.registry import SCHEMA_VERSION
from shared.mutations.decide import decide
from shared.mutations.registry import MUTATIONS
from syncserver.services.data.erasing import erase_tenant
from syncserver.services.history import check_history, marks_of
from syncserver.services.identity import masquerades
from syncserver.services.server import Server, open_server
from syncserver.services.sync import gateway, writers
from syncserver.services.sync.recovery import end_recovery
from syncserver.settings import Settings
from syncserver.store import tenancy
from syncserver.store.engine import make_engine
from syncserver.store.events import OPERATOR
from syncserver.store.marks import Marks
from syncserver.store.recoveries import epoch_and_lineage, recovering, versions
from syncserver.store.tenancy import control_transaction, take_clock, tenant_part, tenant_transaction
from tests.support.masquerade import REASON, MasqueradeDesk, platform_person
from tests.support.moving_clock import moved
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop, stored_rows
from tests.support.slow_tables import write_slowly
from tests.support.waiting import until
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.sync.simulate.backup import Backup
from tests.syncserver.test_quarantine import items

MANAGER = Role.TENANT_MANAGER
WAIT = timedelta(minutes=2)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A business on a server that can be put back to the moment of its backup."""

    postgres: Postgres
    settings: Settings
    url: str
    engine: Engine
    shop: Shop
    stack: ExitStack
    backup: str = ""

    def desk(self, address: str, role: Role = Role.TENANT_MANAGER) -> WireDesk:
        made = WireDesk(address, self.shop, role)
        self.stack.callback(made.http.close)
        made.ready().pull()
        return made

    def desk_of(self, address: str, role: Role) -> WireDesk:
        """A desk whose person has signed in, and no more."""
        made = WireDesk(address, self.shop, role).sign_in()
        self.stack.callback(made.http.close)
        return made

    def back_up(self) -> None:
        self.engine.dispose()
        self.backup = self.stack.enter_context(self.postgres.fresh(like=self.url))

    def put_back(self) -> None:
        """What the database was at the backup; the marks stay what they are."""
        self.engine.dispose()
        self.url, self.engine = self.backup, make_engine(self.backup)
        self.stack.callback(self.engine.dispose)

    @contextmanager
    def serving(self) -> Iterator[str]:
        check_history(self.engine, self.settings)
        with running(self.engine, self.settings) as (address, _):
            yield address


@pytest.fixture
def stage(postgres: Postgres, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        url = stack.enter_context(postgres.fresh())
        engine = make_engine(url)
        stack.callback(engine.dispose)
        settings = Settings(data=tmp_path, port=0, recovery_wait=WAIT)
        yield Stage(postgres=postgres, settings=settings, url=url, engine=engine, shop=open_shop(engine), stack=stack)


def customer(desk: WireDesk, name: str, customer_id: str = "", **other: Any) -> Json:
    return desk.edit("customer.create", {"customer_id": customer_id or new_id(), "name": name}, **other)


def spoken(desk: WireDesk, customer_id: str, was: str, value: str, **other: Any) -> Json:
    """An edit of the language that somebody speaks, of which the last to arrive counts."""
    edits = [{"field": "language", "was": was, "value": value}]
    return desk.edit("customer.update", {"customer_id": customer_id, "edits": edits}, **other)


def decided(desk: WireDesk, *edits: Json) -> list[Json]:
    """Push edits, and give them as a desk keeps what was sent: with the version in which each was decided."""
    desk.push(*edits)
    versions = {one["seq"]: one["version"] for one in desk.pull()["outcomes"]}
    return [{**edit, "was_version": versions[edit["seq"]]} for edit in edits]


def begin_again(desk: WireDesk, address: str, sent: list[Json]) -> list[Json]:
    """What a desk does once it is told of a new epoch; what was sent, under its new name."""
    desk.http.base_url = address
    desk.replica, desk.seq, desk.cursor, desk.rows = new_id(), len(sent), None, {}
    desk.register()
    return [{**edit, "seq": seq} for seq, edit in enumerate(sent, start=1)]


def offer(desk: WireDesk, edits: list[Json]) -> Any:
    reply = desk.http.post("/v1/sync/offer", json=desk.envelope(*edits))
    assert reply.status_code == 200, reply.text
    return reply.json()


def names(stage: Stage) -> set[str]:
    return {row[1] for row in stored_rows(stage.engine, stage.shop.tenant)["customer"].values()}


def test_an_older_database_begins_a_new_epoch_and_nobody_takes_it_for_the_newer_one(stage: Stage) -> None:
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "After the backup"))
    before = epoch_and_lineage(stage.engine)
    stage.put_back()
    with stage.serving() as address:
        one.http.base_url = address
        epoch, lineage = epoch_and_lineage(stage.engine)
        assert (epoch != before[0], lineage) == (True, before[1])
        for reply in (one.try_pull(one.cursor), one.try_push(customer(one, "Next"))):
            assert (reply.status_code, reply.json()["code"]) == (409, "epoch_changed")
        again = begin_again(one, address, sent)
        assert one.try_register().json()["recovering"]
        for reply in (one.try_pull(), one.try_push(*again)):
            assert (reply.status_code, reply.json()["code"]) == (503, "recovering")
        assert one.http.get("/health").json() == {"status": "ok", "recovering": 1}
        assert offer(one, again) == {"taken": 1}
        # A second time does no harm: the reply may have been lost.
        offer(one, again)
        with moved(WAIT):
            assert not one.try_register().json()["recovering"]
        assert one.http.get("/health").json() == {"status": "ok", "recovering": 0}
        assert "After the backup" in names(stage)
        assert [told["outcome"] for told in one.push(*again)] == ["applied"]
        assert [row[1] for row in one.rows.get("customer", {}).values()] == []
        one.pull()
        assert "After the backup" in {row[1] for row in one.rows["customer"].values()}
    # The next start finds what it left.
    check_history(stage.engine, stage.settings)
    assert epoch_and_lineage(stage.engine)[0] == epoch


def test_what_was_handed_in_is_decided_in_the_order_that_it_had(stage: Stage) -> None:
    """Across desks: the second one's edit stands on the first one's, and comes first."""
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    ida = new_id()
    with stage.serving() as address:
        first.http.base_url = second.http.base_url = address
        sent_first = decided(first, customer(first, "Ida", ida), spoken(first, ida, "", "first"))
        sent_second = decided(
            second, spoken(second, ida, "first", "second"), second.booking(next_day(), customer_id=ida)
        )
        sent_first += decided(first, spoken(first, ida, "second", "last"))
        # Between them stood what nobody needs any more.
        sent_second += decided(second, spoken(second, ida, "never", "stale"), customer(second, "Ben"))
        stood = stored_rows(stage.engine, stage.shop.tenant)
    stage.put_back()
    with stage.serving() as address:
        offers = {one: begin_again(one, address, sent) for one, sent in ((second, sent_second), (first, sent_first))}
        for one, edits in offers.items():
            assert offer(one, edits) == {"taken": len(edits)}
        with moved(WAIT):
            first.try_register()
        now_ = stored_rows(stage.engine, stage.shop.tenant)
        for table in ("customer", "appointment", "allocation", "attention_item"):
            assert now_[table] == stood[table], table
        for one, edits in offers.items():
            assert {told["outcome"] for told in one.push(*edits)} == {"applied"}
            one.pull()
        assert first.rows["customer"] == second.rows["customer"]


def test_what_comes_after_the_end_is_decided_as_it_comes(stage: Stage) -> None:
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    ida = new_id()
    with stage.serving() as address:
        first.http.base_url = second.http.base_url = address
        sent_first = decided(first, customer(first, "Ida", ida))
        sent_second = decided(second, spoken(second, ida, "", "second"))
    stage.put_back()
    with stage.serving() as address:
        late = begin_again(second, address, sent_second)
        stage.stack.enter_context(moved(WAIT))
        assert not second.try_register().json()["recovering"]
        assert [told["outcome"] for told in second.push(*late)] == ["rejected"]
        begun = begin_again(first, address, sent_first)
        assert offer(first, begun) == {"taken": 0}
        assert [told["outcome"] for told in first.push(*begun)] == ["applied"]
        # Whoever settles the item has it all.
        (item,) = stored_rows(stage.engine, stage.shop.tenant)["attention_item"].values()
        first.pull()
        resolved = first.edit("attention.resolve", {"item_id": item[0], "choice": "keep"})
        assert [told["outcome"] for told in first.push(resolved)] == ["applied"]
        assert stored_rows(stage.engine, stage.shop.tenant)["customer"][ida][4] == "second"


def test_what_waits_at_an_older_desk_is_taken_after_the_server_was_put_back_and_upgraded(stage: Stage) -> None:
    """It gets no rows before it is upgraded, and its new name is known all the same."""
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "After"))
    stage.put_back()
    with stage.serving() as address:
        one.http.base_url = address
        refused = one.try_register(schema=SCHEMA_VERSION - 1)
        assert (refused.status_code, refused.json()["push_ok"]) == (426, True)
        assert refused.json()["registered"]["epoch"] != one.epoch
        assert one.try_push(customer(one, "Next")).json()["code"] == "epoch_changed"
        one.replica, one.seq = new_id(), len(sent)
        told = one.try_register(schema=SCHEMA_VERSION - 1).json()["registered"]
        one.epoch, one.lease = told["epoch"], told["lease"]
        assert told["recovering"]
        again = [{**edit, "seq": seq} for seq, edit in enumerate(sent, start=1)]
        assert offer(one, again) == {"taken": 1}
        with moved(WAIT):
            one.sign_in()
            assert not one.try_register(schema=SCHEMA_VERSION - 1).json()["registered"]["recovering"]
            assert [each["outcome"] for each in one.push(*again, customer(one, "Next"))] == ["applied", "applied"]
    assert {"After", "Next"} <= names(stage)


def test_who_has_gone_home_does_not_send_their_work_to_quarantine(stage: Stage) -> None:
    """Whoever is at the desk answers for it, with their own rights: what they may not do waits for somebody who may."""
    with stage.serving() as address:
        owner = stage.desk(address, Role.TENANT_OWNER)
        staff = WireDesk(address, stage.shop, Role.TENANT_STAFF, device=owner.device).ready()
        stage.stack.callback(staff.http.close)
    stage.back_up()
    with stage.serving() as address:
        owner.http.base_url = staff.http.base_url = address
        pricier = {"service_id": stage.shop.cut, "edits": [{"field": "price", "was": 4500, "value": 5000}]}
        sent = decided(owner, customer(owner, "Of the owner"), owner.edit("service.update", pricier))
    stage.put_back()
    with stage.serving() as address:
        owner.http.base_url = address
        owner.sign_out()
        again = begin_again(staff, address, sent)
        assert offer(staff, again) == {"taken": 2}
        with moved(WAIT):
            staff.try_register()
        outcomes = staff.push(*again)
        assert [(told["outcome"], told["code"]) for told in outcomes] == [
            ("applied", None),
            ("rejected", "not_allowed"),
        ]
        assert "Of the owner" in names(stage)


def told(desk: WireDesk, edit: Json) -> Json:
    """Push one edit, and give it as a desk keeps what was sent: with all that the desk hands in of how it ended."""
    desk.push(edit)
    (outcome,) = desk.pull()["outcomes"]
    was = {"was_version": outcome["version"], "was_outcome": outcome["outcome"], "was_code": outcome.get("code")}
    return edit | {name: one for name, one in was.items() if one is not None}


@pytest.mark.parametrize("in_time", [True, False])
def test_what_was_refused_does_not_take_the_place_of_what_was_confirmed(stage: Stage, *, in_time: bool) -> None:
    """Both were told, the one that it is booked and the other that it is not; who was confirmed comes late."""
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    with stage.serving() as address:
        first.http.base_url = second.http.base_url = address
        confirmed, refused = told(first, first.booking(next_day())), told(second, second.booking(next_day()))
        assert (refused["was_outcome"], refused["was_code"]) == ("rejected", "slot_taken")
        (before,) = items(second).values()
    stage.put_back()
    with stage.serving() as address:
        again = begin_again(second, address, [refused])
        if in_time:
            assert offer(second, again) == {"taken": 1}
        with moved(WAIT):
            second.try_register()
            (outcome,) = second.push(*again)
            assert (outcome["outcome"], outcome["code"], outcome["item"]) == ("rejected", "slot_taken", before.id)
            assert outcome["details"] == {"put_back": True}
            # A hundred times the same.
            assert second.push(*again) == [outcome]
            late = begin_again(first, address, [confirmed])
            assert [one["outcome"] for one in first.push(*late)] == ["applied"]
            (item,) = items(first).values()
            assert (item.id, item.args, item.author_id) == (before.id, before.args, before.author_id)
        visits = stored_rows(stage.engine, stage.shop.tenant)["appointment"]
        assert visits.keys() == {confirmed["args"]["appointment_id"]}


def test_what_was_chosen_of_a_refused_edit_finds_its_item(stage: Stage) -> None:
    """A note that stands on it is gathered under it once more, and a person had moved them."""
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    with stage.serving() as address:
        first.http.base_url = second.http.base_url = address
        confirmed, refused = told(first, first.booking(next_day())), told(second, second.booking(next_day()))
        visit = refused["args"]["appointment_id"]
        note = {"note_id": new_id(), "about": "appointment", "subject_id": visit, "text": "of it"}
        noted_ = told(second, second.edit("note.add", note))
        assert (noted_["was_outcome"], noted_["was_code"]) == ("rejected", "dependency")
        (item,) = items(second).values()
        later = instant_text(parse_instant(refused["args"]["start"]) + timedelta(hours=3))
        moved_ = told(second, second.edit("attention.resolve", {"item_id": item.id, "choice": "move", "start": later}))
        assert moved_["was_outcome"] == "applied"
        stood = stored_rows(stage.engine, stage.shop.tenant)
    stage.put_back()
    with stage.serving() as address:
        again = begin_again(second, address, [refused, noted_, moved_])
        assert offer(second, again) == {"taken": 3}
        offer(first, begin_again(first, address, [confirmed]))
        with moved(WAIT):
            second.try_register()
        assert [one["outcome"] for one in second.push_all(*again)] == ["rejected", "rejected", "applied"]
        now_ = stored_rows(stage.engine, stage.shop.tenant)
        assert now_["appointment"].keys() == stood["appointment"].keys()
        assert now_["note"] == stood["note"]


def test_a_refusal_of_which_the_reason_is_not_known_stays_one(stage: Stage) -> None:
    with stage.serving() as address:
        one = stage.desk(address)
        sent = {**customer(one, "Refused"), "was_version": 1, "was_outcome": "rejected", "was_code": "of a newer one"}
        (outcome,) = one.push(sent)
        assert (outcome["outcome"], outcome["code"]) == ("rejected", "changed_meanwhile")


@pytest.mark.parametrize("in_time", [True, False])
def test_what_was_set_aside_still_waits_for_the_owner(stage: Stage, *, in_time: bool) -> None:
    """Its author's session had ended: nobody has taken it over, and whoever brings it again does not."""
    with stage.serving() as address:
        manager, owner = stage.desk(address), stage.desk(address, Role.TENANT_OWNER)
        staff = WireDesk(address, stage.shop, Role.TENANT_STAFF, device=manager.device).ready()
        stage.stack.callback(staff.http.close)
        left = customer(manager, "Set aside", author=staff.session)
        staff.sign_out()
    stage.back_up()
    with stage.serving() as address:
        manager.http.base_url = address
        aside = told(manager, left)
        assert aside["was_outcome"] == "quarantined"
    stage.put_back()
    with stage.serving() as address:
        begin_again(owner, address, [])
        again = begin_again(manager, address, [aside])
        if in_time:
            offer(manager, again)
        with moved(WAIT):
            manager.try_register()
            (outcome,) = manager.push(*again)
            assert outcome["outcome"] == "quarantined"
            assert manager.push(*again) == [outcome]
            (item,) = items(owner).values()
            assert (item.id, item.details["why"]) == (outcome["item"], "before")
            assert "Set aside" not in names(stage)
            owner.push(owner.edit("attention.resolve", {"item_id": item.id, "choice": "keep"}))
        assert "Set aside" in names(stage)


def _a_price_of_the_owners(stage: Stage) -> tuple[WireDesk, WireDesk, Json]:
    """Owner and staff sign in at one desk after the backup; the owner's edit, as the desk hands it in."""
    with stage.serving() as address:
        manager = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        manager.http.base_url = address
        owner = WireDesk(address, stage.shop, Role.TENANT_OWNER, device=manager.device).sign_in()
        staff = WireDesk(address, stage.shop, Role.TENANT_STAFF, device=manager.device).sign_in()
        for one in (owner, staff):
            stage.stack.callback(one.http.close)
        pricier = {"service_id": stage.shop.cut, "edits": [{"field": "price", "was": 4500, "value": 5000}]}
        (sent,) = decided(manager, manager.edit("service.update", pricier, author=owner.session))
    stage.put_back()
    return owner, staff, {**sent, "made_by": stage.shop.users[Role.TENANT_OWNER]}


def test_a_colleagues_work_is_decided_as_theirs_once_they_are_there_too(stage: Stage) -> None:
    """Whoever is the first to sign in again brings what both have sent."""
    owner, staff, sent = _a_price_of_the_owners(stage)
    with stage.serving() as address:
        staff.http.base_url = owner.http.base_url = address
        staff.sign_in()
        again = begin_again(staff, address, [sent])
        offer(staff, again)
        owner.sign_in()
        with moved(WAIT):
            staff.try_register()
        assert [one["outcome"] for one in staff.push(*again)] == ["applied"]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_no_device_speaks_for_who_has_not_signed_in_on_it(stage: Stage, *, elsewhere: bool) -> None:
    """Nor where they are at another device, or have signed out here before the end."""
    owner, staff, sent = _a_price_of_the_owners(stage)
    with stage.serving() as address:
        staff.http.base_url = owner.http.base_url = address
        staff.sign_in()
        again = begin_again(staff, address, [sent])
        if elsewhere:
            stage.desk_of(address, Role.TENANT_OWNER)
        else:
            owner.sign_in()
        offer(staff, again)
        if not elsewhere:
            owner.sign_out()
        with moved(WAIT):
            staff.try_register()
        (outcome,) = staff.push(*again)
        assert (outcome["outcome"], outcome["code"]) == ("rejected", "not_allowed")


@pytest.mark.parametrize("is_back", [True, False])
def test_a_colleagues_work_that_comes_later_is_theirs_where_they_are_back(stage: Stage, *, is_back: bool) -> None:
    owner, staff, sent = _a_price_of_the_owners(stage)
    with stage.serving() as address:
        staff.http.base_url = owner.http.base_url = address
        staff.sign_in()
        again = begin_again(staff, address, [sent])
        if is_back:
            owner.sign_in()
        with moved(WAIT):
            staff.try_register()
        assert not recovering(stage.engine)
        assert [one["outcome"] for one in staff.push(*again)] == ["applied" if is_back else "rejected"]


def test_what_takes_back_what_changed_nothing_still_changes_nothing(stage: Stage) -> None:
    """Two have freed the same hours, and the second has taken that back: the first had meant it."""
    block = new_id()
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address)
        start = next_day()
        times = {"start": instant_text(start), "end": instant_text(start + timedelta(hours=1))}
        put = {"block_id": block, "resource_id": stage.shop.ana, "reason": "Leave", **times}
        first.push(first.edit("block.put", put))
    stage.back_up()
    with stage.serving() as address:
        first.http.base_url = second.http.base_url = address
        sent_first = decided(first, first.edit("block.remove", {"block_id": block}))
        freed = second.edit("block.remove", {"block_id": block})
        undone = second.edit("block.put", put, undoes=[freed["id"]])
        sent_second = decided(second, freed, undone)
        (was,) = stored_rows(stage.engine, stage.shop.tenant)["time_block"].values()
    stage.put_back()
    with stage.serving() as address:
        offer(second, begin_again(second, address, sent_second))
        offer(first, begin_again(first, address, sent_first))
        end_recovery(stage.engine, stage.shop.tenant)
        assert list(stored_rows(stage.engine, stage.shop.tenant)["time_block"].values()) == [was]


@pytest.mark.parametrize("in_time", [True, False])
@pytest.mark.parametrize("taken_back", ["before", "after"])
def test_a_slip_over_what_nobody_has_handed_in_yet_is_taken_back(
    stage: Stage, taken_back: str, *, in_time: bool
) -> None:
    """What its person saw there was a colleague's, whose desk has not come back."""
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    who = stage.shop.customer
    with stage.serving() as address:
        first.http.base_url = second.http.base_url = address
        decided(second, spoken(second, who, "", "de"))
        sent = decided(first, slip := spoken(first, who, "de", "fr"))
        if taken_back == "before":
            sent += decided(first, spoken(first, who, "fr", "de", undoes=[slip["id"]]))
            assert stored_rows(stage.engine, stage.shop.tenant)["customer"][who][4] == "de"
    stage.put_back()
    with stage.serving() as address:
        again = begin_again(first, address, sent)
        if in_time:
            assert offer(first, again) == {"taken": len(sent)}
        with moved(WAIT):
            first.try_register()
            if taken_back == "after":
                again.append(spoken(first, who, "fr", "de", undoes=[slip["id"]]))
            assert [told["outcome"] for told in first.push(*again)] == ["applied", "applied"]
        assert stored_rows(stage.engine, stage.shop.tenant)["customer"][who][4] == "de"


def test_the_time_counts_from_the_first_desk_that_comes(stage: Stage) -> None:
    """It was put back at night, and a setting of minutes is over long before anybody comes."""
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    with stage.serving() as address:
        second.http.base_url = address
        sent = decided(second, customer(second, "After"))
    stage.put_back()
    with stage.serving() as address, moved(timedelta(hours=9)):
        for one in (first, second):
            one.http.base_url = address
            one.sign_in()
        begin_again(first, address, [])
        assert first.try_register().json()["recovering"]
        assert offer(second, begin_again(second, address, sent)) == {"taken": 1}
        with moved(timedelta(hours=9) + WAIT):
            # Whoever comes later gives no more time.
            assert not second.try_register().json()["recovering"]
    assert "After" in names(stage)


def test_who_masquerades_is_not_the_first_desk(stage: Stage) -> None:
    """Support looks in at night, and the desks come in the morning: nothing of theirs is late."""
    with stage.serving() as address:
        one, support = stage.desk(address), platform_person(stage.engine)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "After"))
    stage.put_back()
    with stage.serving() as address:
        server = open_server(stage.engine, stage.settings)
        begun = masquerades.start(server, support, stage.shop.users[MANAGER], reason=REASON)
        with closing(MasqueradeDesk.of(address, stage.shop, server, begun)) as mask:
            assert mask.try_register().json()["recovering"]
            assert mask.try_pull().json()["code"] == "recovering"
            with moved(WAIT):
                assert mask.try_register().json()["recovering"]
                assert offer(one, begin_again(one, address, sent)) == {"taken": 1}
            with moved(2 * WAIT):
                # A desk has begun it by now, and whoever comes ends what is due.
                assert not mask.try_register().json()["recovering"]
    assert "After" in names(stage)


def test_the_time_counts_from_a_desk_that_was_just_registered_at_the_backup(stage: Stage) -> None:
    """Its first load has no cursor, by which it would hear of another epoch and register anew."""
    with stage.serving() as address:
        first, second = stage.desk(address), stage.desk_of(address, Role.TENANT_STAFF)
        second.register()
    stage.back_up()
    with stage.serving() as address:
        first.http.base_url = address
        decided(first, customer(first, "After the backup"))
    stage.put_back()
    with stage.serving() as address:
        second.http.base_url = address
        assert second.try_pull().json()["code"] == "recovering"
        with moved(WAIT):
            assert second.try_pull().json()["code"] == "recovering"
            assert not recovering(stage.engine)
            second.pull()


def test_a_desk_hands_in_without_a_password(stage: Stage) -> None:
    """Its refresh token was exchanged after the backup, as every five minutes."""
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "After"))
        tokens = [one.refresh_token]
        for _ in range(3):
            tokens.append(one.try_refresh(tokens[-1]).json()["refresh_token"])
    stage.put_back()
    with stage.serving() as address:
        one.http.base_url = address
        del one.http.headers["Authorization"]
        (taken, again) = (one.try_refresh(tokens[-1]) for _ in range(2))
        # The reply may have been lost.
        assert (taken.status_code, taken.json()["refresh_token"]) == (200, again.json()["refresh_token"])
        one.http.headers["Authorization"] = f"Bearer {taken.json()['access_token']}"
        assert offer(one, begin_again(one, address, sent)) == {"taken": 1}
        newest = one.try_refresh(taken.json()["refresh_token"]).json()["refresh_token"]
        # What the database knew of the session is spent: whoever shows that holds a copy.
        assert one.try_refresh(tokens[0]).json()["code"] == "reauth"
        assert one.try_refresh(newest).json()["code"] == "reauth"


def test_a_token_that_is_not_known_is_good_for_nothing_else(stage: Stage) -> None:
    """Neither without its device's proof, nor for another session, nor once recovery is over or the session is."""
    with stage.serving() as address:
        one, other, gone = stage.desk(address), stage.desk(address, Role.TENANT_STAFF), stage.desk(address)
        gone.sign_out()
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = other.http.base_url = address
        decided(one, customer(one, "After"))
        lost = one.try_refresh().json()["refresh_token"]
        theirs = other.try_refresh().json()["refresh_token"]
    stage.put_back()
    with stage.serving() as address:
        one.http.base_url = other.http.base_url = gone.http.base_url = address
        kid, body, tag = lost.split(".")
        mixed = f"{kid}.{theirs.split('.')[1]}.{tag}"
        unbound = f"{kid}.{body}"
        assert [one.try_refresh(shown).status_code for shown in (mixed, unbound, f"{lost}x", "ä.ö.ü")] == [401] * 4
        # By another device, and after all that still by its own.
        assert other.try_refresh(lost).status_code == 401
        assert one.try_refresh(lost).status_code == 200
        assert gone.try_refresh().status_code == 401
        begin_again(one, address, [])
        with moved(WAIT):
            assert not one.try_register().json()["recovering"]
            assert other.try_refresh(theirs).status_code == 401


def test_a_token_that_is_not_known_signs_its_own_desk_out(stage: Stage) -> None:
    with stage.serving() as address:
        one, other = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = other.http.base_url = address
        decided(one, customer(one, "After"))
        old = one.refresh_token
        lost = one.try_refresh().json()["refresh_token"]
    stage.put_back()
    with stage.serving() as address:
        one.http.base_url = other.http.base_url = address
        for desk, is_out in ((other, False), (one, True)):
            assert desk.sign_out(lost).status_code == 204
            assert one.try_register().status_code == (401 if is_out else 200)
        assert one.try_refresh(old).status_code == 401


def test_by_which_role_it_is_decided_is_asked_once_nobody_else_can_write(stage: Stage) -> None:
    """Somebody loses theirs while the end of recovery waits for its turn."""
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    pricier = {"service_id": stage.shop.cut, "edits": [{"field": "price", "was": 4500, "value": 5000}]}
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, one.edit("service.update", pricier))
    stage.put_back()
    with stage.serving() as address:
        offer(one, begin_again(one, address, sent))
    with ThreadPoolExecutor(1) as other:
        with control_transaction(stage.engine) as connection, tenant_part(connection, stage.shop.tenant):
            take_clock(connection, stage.shop.tenant)
            ending = other.submit(end_recovery, stage.engine, stage.shop.tenant)
            until(lambda: _waiting(stage.engine) == 1)
            lost = (Role.TENANT_STAFF.value, stage.shop.users[MANAGER])
            connection.exec_driver_sql("UPDATE member SET role = %s WHERE id = %s", lost)
        ending.result()
    assert _recorded(stage, sent) == ("rejected", "not_allowed")


def _waiting(engine: Engine) -> int:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with control_transaction(engine, read_only=True) as connection:
        count: int = connection.exec_driver_sql(asked).scalar_one()
    return count


def _recorded(stage: Stage, sent: list[Json]) -> tuple[str, str | None]:
    """What became of the one edit that was sent."""
    asked = "SELECT outcome, details ->> 'code' FROM mutation_log WHERE id = %s"
    with tenant_transaction(stage.engine, stage.shop.tenant, read_only=True) as connection:
        outcome, code = connection.exec_driver_sql(asked, (sent[0]["id"],)).one()
    return outcome, code


def test_what_a_device_has_handed_in_that_is_shut_out_since_is_set_aside(stage: Stage) -> None:
    """It may have been stolen before; and nobody else has what it handed in."""
    with stage.serving() as address:
        one, owner = stage.desk(address), stage.desk(address, Role.TENANT_OWNER)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "Of the lost device"))
    stage.put_back()
    with stage.serving() as address:
        again = begin_again(one, address, sent)
        begin_again(owner, address, [])
        offer(one, again)
        assert owner.http.post(f"/v1/devices/{one.device}/revoke", json={}).status_code == 204
        with moved(WAIT):
            assert not owner.try_register().json()["recovering"]
        assert "Of the lost device" not in names(stage)
        owner.pull()
        (item,) = items(owner).values()
        assert (item.mutation_id, item.code, item.details["why"]) == (sent[0]["id"], "quarantined", "revoked")
        assert item.args["name"] == "Of the lost device"
        taken = owner.edit("attention.resolve", {"item_id": item.id, "choice": "keep"})
        assert [told["outcome"] for told in owner.push(taken)] == ["applied"]
        assert "Of the lost device" in names(stage)


def test_it_counts_as_made_when_it_was_made(stage: Stage) -> None:
    """What was in time then is not too late now."""
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, one.booking(now().replace(second=0) + timedelta(minutes=3)))
    stage.put_back()
    with stage.serving() as address:
        again = begin_again(one, address, sent)
        stage.stack.enter_context(moved(timedelta(minutes=4)))
        one.register()
        assert [told["outcome"] for told in one.push(*again)] == ["applied"]


def test_an_edit_whose_function_fails_holds_up_no_recovery(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "Before"), customer(one, "Broken"), customer(one, "After"))
    stage.put_back()

    def failing(state: Any, ctx: Any, name: str, args: Any, given: Any) -> Any:
        if args.name == "Broken":
            raise RuntimeError("a bug")
        return decide(state, ctx, name, args, given)

    monkeypatch.setattr(gateway, "decide", failing)
    with stage.serving() as address:
        again = begin_again(one, address, sent)
        offer(one, again)
        with moved(WAIT):
            assert not one.try_register().json()["recovering"]
        assert names(stage) >= {"Before", "After"}
        assert "Broken" not in names(stage)
        one.push(*again)
        assert "Broken" in names(stage)


def test_a_memory_that_is_full_drops_nothing_that_was_handed_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of the edit's: recovery goes on where it stood."""
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "Before"), customer(one, "After"))
    stage.put_back()
    with stage.serving() as address:
        offer(one, begin_again(one, address, sent))
        with moved(WAIT):
            with monkeypatch.context() as full:
                full.setattr(gateway, "decide", raising(MemoryError))
                assert one.try_register().status_code == 500
            assert not one.try_register().json()["recovering"]
        assert names(stage) >= {"Before", "After"}


def _waiting_to_be_decided(stage: Stage, *given: str) -> None:
    """Customers of these names, handed in and not decided yet."""
    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, *(customer(one, name) for name in given))
    stage.put_back()
    with stage.serving() as address:
        offer(one, begin_again(one, address, sent))


def _decided_together(stage: Stage) -> list[int]:
    """How many edits each transaction decides until recovery is over."""
    with capture_logs() as told:
        end_recovery(stage.engine, stage.shop.tenant)
    return [one["count"] for one in told if one["event"] == "recovery.decided"]


def test_no_more_is_decided_together_than_a_round_of_pushes_may_weigh(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five hundred series are some ten thousand visits, which no statement writes in its time."""
    weighed = replace(MUTATIONS["customer.create"], makes=lambda args: 5 if args.name == "Heavy" else 1)
    _waiting_to_be_decided(stage, "Light", "Light", "Light", "Heavy", "Light")
    monkeypatch.setitem(MUTATIONS, "customer.create", weighed)
    monkeypatch.setattr(writers, "LARGEST", 2)
    assert _decided_together(stage) == [2, 1, 1, 1]
    assert not recovering(stage.engine)


def test_what_takes_too_long_together_is_decided_in_smaller_parts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow machine too recovery comes to its end, sooner or later."""
    _waiting_to_be_decided(stage, "One", "Two", "Three")
    write_slowly(stage.engine, stage.shop.tenant, "customer", where="(SELECT count(*) FROM touched) > 1", seconds=3)
    monkeypatch.setattr(tenancy, "_LIMITS", tenancy._LIMITS.replace("'5s'", "'1s'"))
    assert _decided_together(stage) == [1, 1, 1]
    assert names(stage) >= {"One", "Two", "Three"}


def test_one_edit_that_takes_too_long_holds_up_no_recovery(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its desk pushes it too: it loses no more than its place."""
    _waiting_to_be_decided(stage, "One", "Slow", "Three")
    slow = "EXISTS (SELECT FROM touched WHERE name = 'Slow')"
    write_slowly(stage.engine, stage.shop.tenant, "customer", where=slow, seconds=3)
    monkeypatch.setattr(tenancy, "_LIMITS", tenancy._LIMITS.replace("'5s'", "'1s'"))
    with capture_logs() as logs:
        end_recovery(stage.engine, stage.shop.tenant)
    assert not recovering(stage.engine)
    assert names(stage) >= {"One", "Three"}
    assert [one["log_level"] for one in logs if one["event"] == "recovery.took_too_long"] == ["warning"]


def raising(kind: type[BaseException]) -> Callable[..., Any]:
    def fails(*_: object) -> Any:
        raise kind

    return fails


def test_it_is_put_back_twice(stage: Stage) -> None:
    """The same backup again: numbers of another epoch say nothing."""
    with stage.serving() as address:
        one = stage.desk(address)
        one.push(customer(one, "Before"))
    stage.back_up()
    second_backup = stage.stack.enter_context(stage.postgres.fresh(like=stage.url))
    with stage.serving() as address:
        one.http.base_url = address
        one.push(customer(one, "After"))
    stage.put_back()
    with stage.serving():
        middle = epoch_and_lineage(stage.engine)[0]
    stage.backup = second_backup
    stage.put_back()
    with stage.serving():
        assert epoch_and_lineage(stage.engine)[0] != middle
        assert [one.tenant.id for one in recovering(stage.engine)] == [stage.shop.tenant.id]


def test_one_that_is_put_back_under_a_running_server_is_not_served_from(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody is told of a lower version, nor given one anew; the next start begins recovery."""
    with stage.serving() as address:
        one, idle = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
        backup = Backup(stage.engine, [stage.shop.tenant])
        one.push(customer(one, "After the backup"))
        backup.put_back()
        for reply in (
            idle.try_pull(idle.cursor),
            one.try_push(customer(one, "Next")),
            one.try_pull(),
            one.try_register(),
        ):
            assert (reply.status_code, reply.json()["code"]) == (503, "retry")
        assert "history.went_back" in capfd.readouterr().out
    with stage.serving():
        assert [one.tenant.id for one in recovering(stage.engine)] == [stage.shop.tenant.id]


@pytest.mark.parametrize("taker", ["sign in", "sign out", "command"])
def test_nothing_makes_up_for_the_versions_that_are_lost(
    stage: Stage, taker: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """After a restore nobody's refresh token is known, so all sign in again: each takes a version."""
    with stage.serving() as address:
        one, idle = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
        backup = Backup(stage.engine, [stage.shop.tenant])
        one.push(customer(one, "After the backup"))
        idle.pull()
        backup.put_back()
        for _ in range(2):
            if taker == "sign in":
                assert idle.try_sign_in().status_code == 503
            elif taker == "sign out":
                assert one.sign_out().status_code == 503
            else:
                monkeypatch.setenv("DATABASE_URL", stage.url)
                monkeypatch.setenv("SMOOTHSCHEDULE_PASSWORD", PASSWORD)
                of = ["--role", "TENANT_STAFF", "--tenant", stage.shop.tenant.slug, "--data", str(stage.settings.data)]
                with pytest.raises(SystemExit):
                    main(["server", "user", "create", "new@shop.example", "New", *of])
                assert "The database was put back" in capfd.readouterr().err
        assert idle.try_pull(idle.cursor).json()["code"] == "retry"
    with stage.serving():
        assert [one.tenant.id for one in recovering(stage.engine)] == [stage.shop.tenant.id]


def test_that_it_was_put_back_is_remembered_until_a_start(stage: Stage) -> None:
    """Versions that come from elsewhere, as from a program of an earlier release, make up for nothing either."""
    with stage.serving() as address, stage.serving() as second:
        one, idle, other = stage.desk(address), stage.desk(address, Role.TENANT_STAFF), stage.desk(second)
        backup = Backup(stage.engine, [stage.shop.tenant])
        one.push(customer(one, "After the backup"))
        backup.put_back()
        assert idle.try_pull(idle.cursor).json()["code"] == "retry"
        for _ in range(2):
            with tenant_transaction(stage.engine, stage.shop.tenant) as connection:
                take_clock(connection, stage.shop.tenant)
        for desk in (idle, other):
            assert desk.try_pull(desk.cursor).json()["code"] == "retry"
    with stage.serving():
        assert [one.tenant.id for one in recovering(stage.engine)] == [stage.shop.tenant.id]


def test_who_was_left_running_does_not_go_on_in_the_earlier_epoch(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two hosts on one database; it is put back, and one of them is started anew."""
    with stage.serving() as address:
        idle = stage.desk(address, Role.TENANT_STAFF)
        with stage.serving() as second:
            one = stage.desk(second)
            backup = Backup(stage.engine, [stage.shop.tenant])
            one.push(customer(one, "After the backup"))
            backup.put_back()
        with stage.serving():
            (waits,) = recovering(stage.engine)
            end_recovery(stage.engine, waits.tenant)
            for reply in (
                idle.try_pull(idle.cursor),
                idle.try_pull(),
                idle.try_register(),
                idle.try_push(customer(idle, "In a history that is over")),
                idle.http.get("/v1/sync/live", params={"after": 0}),
                idle.try_sign_in(),
            ):
                assert reply.status_code == 503, reply.text
            assert "history.epoch_over" in capfd.readouterr().out
            assert "In a history that is over" not in names(stage)
    # It has left no marks that the next start takes for those of a known epoch.
    epoch = epoch_and_lineage(stage.engine)[0]
    with stage.serving():
        assert epoch_and_lineage(stage.engine)[0] == epoch


def test_marks_of_an_epoch_that_is_not_known_are_not_begun_by_the_way(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    """A command between the restore and the start: the start still sees that it is an earlier epoch."""
    with stage.serving():
        pass
    backup = Backup(stage.engine, [stage.shop.tenant])
    with control_transaction(stage.engine) as connection:
        connection.exec_driver_sql("UPDATE server_meta SET epoch = %s", (new_id(),))
    marks_of(stage.engine, stage.settings).begin()
    backup.put_back()
    open_server(stage.engine, stage.settings).note_told(stage.shop.tenant.id, 5)
    assert "history.marks_unwritable" in capfd.readouterr().out
    with stage.serving():
        assert [one.tenant.id for one in recovering(stage.engine)] == [stage.shop.tenant.id]


def test_a_business_whose_erasure_was_killed_begins_no_new_epoch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the commit and the end of its mark: the ledger of erasures says that it is gone on purpose."""
    other = open_shop(stage.engine)
    with stage.serving() as address:
        one = stage.desk(address)
        two = WireDesk(address, other).ready()
        stage.stack.callback(two.http.close)
        two.pull()
    before = epoch_and_lineage(stage.engine)[0]
    with monkeypatch.context() as killed:
        killed.setattr(Marks, "forget", raising(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase_tenant(open_server(stage.engine, stage.settings), other.tenant, by=OPERATOR)
    with stage.serving() as address:
        one.http.base_url = address
        assert epoch_and_lineage(stage.engine)[0] == before
        assert one.try_pull(one.cursor).status_code == 200
    assert set(marks_of(stage.engine, stage.settings).read()) == {stage.shop.tenant.id}


def test_what_is_told_a_second_time_is_noted_where_whoever_decided_it_died_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage.serving() as address:
        one = stage.desk(address)
        sent = customer(one, "Told by another")
        with monkeypatch.context() as killed:
            killed.setattr(Server, "note_told", raising(MemoryError))
            assert one.try_push(sent).status_code == 503
        one.push(sent)
    tenant = stage.shop.tenant.id
    assert marks_of(stage.engine, stage.settings).read()[tenant] == versions(stage.engine)[tenant]


def test_what_is_known_by_its_id_keeps_the_version_in_which_it_was_decided(stage: Stage) -> None:
    """Handed in a second time it would else come after what has followed it since."""
    with stage.serving() as address:
        one = stage.desk(address)
        sent = decided(one, customer(one, "Known"))
        one.push(customer(one, "Later"))
        again = begin_again(one, address, sent)
        # A load tells of no edits; what is pushed after it is told of.
        one.pull()
        assert decided(one, *again) == again


def test_a_start_after_a_kill_is_no_recovery(stage: Stage) -> None:
    """What is decided is on disk before its mark is."""
    with stage.serving() as address:
        one = stage.desk(address)
        one.push(customer(one, "Last"))
    epoch = epoch_and_lineage(stage.engine)[0]
    with stage.serving():
        assert (epoch_and_lineage(stage.engine)[0], list(recovering(stage.engine))) == (epoch, [])


def test_a_tenant_that_lost_nothing_does_not_wait(stage: Stage) -> None:
    other = open_shop(stage.engine)
    with stage.serving() as address:
        one = stage.desk(address)
        idle = WireDesk(address, other).ready()
        stage.stack.callback(idle.http.close)
        idle.pull()
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        one.push(customer(one, "After"))
    stage.put_back()
    with stage.serving() as address:
        idle.http.base_url = address
        assert idle.try_pull(idle.cursor).json()["code"] == "epoch_changed"
        begin_again(idle, address, [])
        idle.pull()
        assert idle.push(customer(idle, "Goes on"))[0]["outcome"] == "applied"


def test_a_database_without_marks_is_taken_as_it_is_and_said_so(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    epoch = epoch_and_lineage(stage.engine)[0]
    check_history(stage.engine, stage.settings)
    assert "history.adopted" in capsys.readouterr().out
    check_history(stage.engine, stage.settings)
    assert "history" not in capsys.readouterr().out
    assert epoch_and_lineage(stage.engine)[0] == epoch


@pytest.mark.parametrize("text", ["", "nonsense", "12x"])
def test_a_mark_that_cannot_be_read_stops_nobody(stage: Stage, text: str) -> None:
    with stage.serving() as address:
        one = stage.desk(address)
        one.push(customer(one, "First"))
    (mark,) = (stage.settings.data / "marks").glob(f"*/*/{stage.shop.tenant.id}")
    mark.write_text(text)
    with stage.serving() as address:
        one.http.base_url = address
        assert one.push(customer(one, "Second"))[0]["outcome"] == "applied"
    assert marks_of(stage.engine, stage.settings).read()[stage.shop.tenant.id] > 0


def test_a_mark_that_is_no_file_hides_nothing_of_the_others(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    with stage.serving() as address:
        one = stage.desk(address)
        backup = Backup(stage.engine, [stage.shop.tenant])
        one.push(customer(one, "After the backup"))
    backup.put_back()
    (mark,) = (stage.settings.data / "marks").glob(f"*/*/{stage.shop.tenant.id}")
    (mark.parent / new_id()).mkdir()
    with stage.serving():
        assert [one.tenant.id for one in recovering(stage.engine)] == [stage.shop.tenant.id]
    assert "history.mark_unreadable" in capfd.readouterr().out


def test_a_folder_that_cannot_be_written_stops_nobody(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    (stage.settings.data / "marks").write_text("a file in its place")
    with stage.serving() as address:
        one = stage.desk(address)
        assert one.push(customer(one, "First"))[0]["outcome"] == "applied"
    assert "history.marks_unwritable" in capsys.readouterr().out


def test_an_operator_sees_recovery_and_ends_it(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            raise SystemExit(main(["server", "recovery", *arguments]))
        return capsys.readouterr().out.splitlines()[-1]

    with stage.serving() as address:
        one = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "After"))
    stage.put_back()
    monkeypatch.setenv("DATABASE_URL", stage.url)
    assert said("status") == "No business is in recovery."
    with stage.serving() as address:
        offer(one, begin_again(one, address, sent))
        assert "Z, 1 edits were handed in." in said("status")
        slug = stage.shop.tenant.slug
        assert said("end", slug) == f"Recovery is over for {slug}."
        assert said("status") == "No business is in recovery."
        assert said("end") == "Recovery is over for nobody: no business was in it."
        assert "After" in names(stage)
        one.pull()


def test_what_a_person_has_handed_in_who_is_shut_out_since_is_set_aside(stage: Stage) -> None:
    with stage.serving() as address:
        one, owner = stage.desk(address), stage.desk(address, Role.TENANT_OWNER)
    stage.back_up()
    with stage.serving() as address:
        one.http.base_url = address
        sent = decided(one, customer(one, "Of the one who went"))
    stage.put_back()
    with stage.serving() as address:
        again = begin_again(one, address, sent)
        begin_again(owner, address, [])
        assert offer(one, again) == {"taken": 1}
        reply = owner.http.post(f"/v1/team/{stage.shop.users[MANAGER]}/disable", json={})
        assert reply.status_code == 204, reply.text
        with moved(WAIT):
            assert not owner.try_register().json()["recovering"]
        # Their desk cannot push it any more.
        assert one.try_push(*again).status_code in (401, 403)
        owner.pull()
        found = [(item.mutation_id, item.code) for item in items(owner).values()]
        assert "Of the one who went" not in names(stage)
        assert found == [(sent[0]["id"], "quarantined")]

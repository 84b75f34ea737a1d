"""Edits of every version that was ever released still come to an outcome (P26)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from desktop.store.replica import Replica
from desktop.sync.batches import fitting
from shared.errors import Code, Refusal
from shared.model.base import CustomerId
from shared.model.registry import ENTITIES, SCHEMA_VERSION
from shared.mutations import customer
from shared.mutations.decide import OutcomeKind
from shared.mutations.registry import MUTATIONS, Context, Line, Mutation, arguments, as_before, register
from shared.protocol.codec import arguments_of
from shared.store import Changes, Reads
from syncserver.store.tenancy import tenant_transaction
from tests.support.recording import columns_of, releases, reshaped, story_of, told, unrecorded
from tests.support.replicas import KEY, filled, patch
from tests.support.salon import Salon, made_id
from tests.support.shop import stored_rows
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker

PENDING = 500


@arguments
class CreateAnew:
    """`customer.create` as a second version might take it: the name in two parts."""

    customer_id: CustomerId
    given: Line
    family: Line


def split(args: Any) -> dict[str, Any]:
    """The second version's arguments of the first's."""
    given, _, family = args["name"].partition(" ")
    return {"customer_id": args["customer_id"], "given": given, "family": family}


def create_anew(reads: Reads, ctx: Context, args: CreateAnew) -> Changes:
    name = f"{args.given} {args.family}".strip()
    return customer.create(reads, ctx, customer.Create(customer_id=args.customer_id, name=name))


@pytest.fixture
def second_version(monkeypatch: pytest.MonkeyPatch) -> Mutation[Any]:
    """The table of an app, and a server, in which `customer.create` has become another."""
    first = MUTATIONS["customer.create"]
    second = replace(first, version=2, arguments=CreateAnew, run=create_anew, upcasters={1: split})
    monkeypatch.setitem(MUTATIONS, "customer.create", second)
    return second


def outcomes(edits: list[dict[str, Any]]) -> list[OutcomeKind]:
    """What comes of a story, of which no edit is refused as one that cannot be read."""
    tx = Salon().tx
    made = []
    for edit in edits:
        decision = told(tx, edit)
        assert decision.code is not Code.INVALID, edit
        made.append(decision.outcome)
    return made


@pytest.mark.parametrize("release", releases())
def test_every_edit_of_a_release_comes_to_an_outcome(release: str) -> None:
    story = story_of(releases()[release], earlier=False)
    assert len(outcomes(story)) == len(story)


@pytest.mark.parametrize("release", releases())
def test_what_an_earlier_version_said_comes_to_the_same(release: str) -> None:
    """Every upcaster with arguments as its version was sent, and nothing that came later among them."""
    newest, earlier = (story_of(releases()[release], earlier=one) for one in (False, True))
    assert outcomes(earlier) == outcomes(newest)


def test_what_mutations_take_is_recorded() -> None:
    """Fails where arguments have changed without a new version, its upcaster and its example."""
    assert unrecorded(MUTATIONS, releases()) == []


def test_a_shape_that_changes_without_a_version_is_found() -> None:
    changed = replace(MUTATIONS["customer.create"], arguments=CreateAnew)
    (found,) = unrecorded(MUTATIONS | {"customer.create": changed}, releases())
    assert "raise its version" in found


def test_a_version_without_a_recorded_example_is_found(second_version: Mutation[Any]) -> None:
    (found,) = unrecorded(MUTATIONS, releases())
    assert "customer.create v2 is not recorded" in found


def test_an_earlier_version_without_an_example_is_found() -> None:
    without = {name: release | {"earlier": {}} for name, release in releases().items()}
    assert "hours.set v1 has no example" in unrecorded(MUTATIONS, without)


def test_a_mutation_that_is_gone_is_found() -> None:
    left = {name: one for name, one in MUTATIONS.items() if name != "block.remove"}
    gone = [f"block.remove v{version} was released and is not known any more" for version in (1, 2)]
    assert unrecorded(left, releases()) == gone


def test_the_columns_of_the_schema_are_recorded() -> None:
    """P20: fails where columns have changed under the same number, so that desks of before would not load afresh."""
    assert reshaped(columns_of(ENTITIES), SCHEMA_VERSION, releases()) == []


@pytest.mark.parametrize("change", ["added", "gone", "of another kind", "in another order", "a new table"])
def test_columns_that_change_under_the_same_number_are_found(change: str) -> None:
    columns = columns_of(ENTITIES)
    customer = columns["customer"]
    changed = {
        "added": [*customer, "shoe_size int?"],
        "gone": customer[:-1],
        "of another kind": [customer[0], "name json", *customer[2:]],
        "in another order": [customer[0], customer[2], customer[1], *customer[3:]],
    }
    if change == "a new table":
        (found,) = reshaped(columns | {"customer_photo": customer}, SCHEMA_VERSION, releases())
        assert found.startswith("customer_photo has other columns")
        return
    (found,) = reshaped(columns | {"customer": changed[change]}, SCHEMA_VERSION, releases())
    assert found.startswith("customer has other columns")


def test_a_schema_without_a_record_is_found() -> None:
    (found,) = reshaped(columns_of(ENTITIES), SCHEMA_VERSION + 1, releases())
    assert f"schema {SCHEMA_VERSION + 1} is not recorded" in found


def remade(table: Mapping[str, Mutation[Any]]) -> list[str]:
    """The mutations whose earlier arguments have to be made anew."""
    return [name for name, one in table.items() if any(step is not as_before for step in one.upcasters.values())]


def test_what_needs_attention_is_read_in_the_form_that_it_has() -> None:
    """An item says no version: the first release that makes arguments anew has to migrate open items, too (0022)."""
    assert remade(MUTATIONS) == []


def test_arguments_that_are_made_anew_are_found(second_version: Mutation[Any]) -> None:
    assert remade(MUTATIONS) == [second_version.name]


def test_a_version_that_leads_nowhere_cannot_be_registered() -> None:
    for upcasters in ({}, {2: split}, {1: split, 2: split}):
        broken = replace(MUTATIONS["customer.create"], name="customer.broken", version=2, upcasters=upcasters)
        with pytest.raises(ValueError, match=r"an earlier version of customer\.broken leads nowhere"):
            register(broken)
    assert "customer.broken" not in MUTATIONS


def test_a_chain_of_versions_leads_to_the_newest(monkeypatch: pytest.MonkeyPatch, second_version: Any) -> None:
    third = replace(
        second_version,
        version=3,
        arguments=customer.Create,
        upcasters={1: split, 2: lambda args: {"customer_id": args["customer_id"], "name": args["family"].upper()}},
    )
    monkeypatch.setitem(MUTATIONS, "customer.create", third)
    args = {"customer_id": made_id("ida"), "name": "Ida Brandt"}
    assert arguments_of("customer.create", 1, args).name == "BRANDT"
    assert arguments_of("customer.create", 2, split(args)).name == "BRANDT"
    assert arguments_of("customer.create", 3, args).name == "Ida Brandt"


@pytest.mark.parametrize("args", [{}, {"name": 3}, {"name": None, "customer_id": []}, [], None])
def test_what_is_no_older_version_either_is_refused_and_nothing_else(
    second_version: Mutation[Any], args: object
) -> None:
    with pytest.raises(Refusal) as refused:
        arguments_of("customer.create", 1, args)
    assert refused.value.code is Code.INVALID


def queued(path: Path) -> list[str]:
    """The book of a desk on which the first version of the app has left many edits."""
    replica = filled(path, Salon())
    names = [made_id(f"customer {number}") for number in range(PENDING)]
    for number, one in enumerate(names):
        args = arguments_of("customer.create", 1, {"customer_id": one, "name": f"Ida Brandt-{number}"})
        replica.edit("customer.create", args)
    replica.close()
    return names


def names_in(replica: Replica, names: list[str]) -> set[str]:
    rows = replica.database.rows("SELECT id, name FROM customer")
    return {name for one, name in rows if one in set(names)}


def test_what_waits_from_an_older_app_is_shown_and_reaches_an_outcome(
    engine: Engine, desk: DeskMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P26: the app and the server are newer by the time that it is sent."""
    names = queued(tmp_path / "book.db")
    first = MUTATIONS["customer.create"]
    second = replace(first, version=2, arguments=CreateAnew, run=create_anew, upcasters={1: split})
    monkeypatch.setitem(MUTATIONS, "customer.create", second)
    replica = Replica(tmp_path / "book.db", KEY)
    replica.apply_lines(patch(2, *Salon().tx.rows.values()))
    assert len(names_in(replica, names)) == PENDING
    assert list(replica.outbox.refused()) == []
    mine = desk()
    edits = [
        {**one, "author": mine.session, "lease": mine.lease, "elapsed": 0} for one in fitting(replica.unsent(PENDING))
    ]
    assert {one["v"] for one in edits} == {1}
    assert [told_["outcome"] for told_ in mine.push(*edits)] == ["applied"] * PENDING
    # Sent again it is known by what was sent, not by what was made of it.
    assert [told_["outcome"] for told_ in mine.push(*edits)] == ["applied"] * PENDING
    stored = stored_rows(engine, mine.shop.tenant)["customer"]
    assert {stored[one][1] for one in names} == names_in(replica, names)
    with tenant_transaction(engine, mine.shop.tenant, read_only=True) as connection:
        shapes = connection.exec_driver_sql("SELECT DISTINCT v, args::jsonb ? 'given' FROM mutation_log").all()
    # The log can be replayed by the newest rules.
    assert [tuple(row) for row in shapes] == [(2, True)]
    replica.close()


def newer(desk: WireDesk) -> dict[str, Any]:
    args = {"customer_id": made_id("newer"), "given": "Ida", "family": "Brandt"}
    return desk.edit("customer.create", args, v=2)


def test_a_server_that_is_older_takes_what_it_knows_and_says_what_it_waits_for(desk: DeskMaker) -> None:
    mine = desk()
    known = mine.edit("customer.create", {"customer_id": made_id("known"), "name": "Known"})
    unknown, after = newer(mine), mine.edit("customer.create", {"customer_id": made_id("after"), "name": "After"})
    assert [one["seq"] for one in mine.push(known, unknown, after)] == [known["seq"]]
    reply = mine.try_push(unknown, after)
    assert (reply.status_code, reply.json()["code"]) == (503, "retry")
    assert reply.json()["detail"] == "The server is older than this program: it will be upgraded."
    assert int(reply.headers["Retry-After"]) > 0


def test_what_stands_before_a_name_that_nobody_knows_is_taken(desk: DeskMaker) -> None:
    """It may be a newer program's: what was entered before it does not wait for it."""
    mine = desk()
    known = mine.edit("customer.create", {"customer_id": made_id("before"), "name": "Before"})
    unknown = mine.edit("customer.greet", {"customer_id": made_id("before")})
    after = mine.edit("customer.create", {"customer_id": made_id("behind"), "name": "Behind"})
    assert [one["seq"] for one in mine.push(known, unknown, after)] == [known["seq"]]
    reply = mine.try_push(unknown, after)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    assert "customer.greet" in reply.json()["detail"]


def test_an_upgraded_server_takes_the_rest(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = desk()
    unknown = newer(mine)
    assert mine.try_push(unknown).status_code == 503
    first = MUTATIONS["customer.create"]
    second = replace(first, version=2, arguments=CreateAnew, run=create_anew, upcasters={1: split})
    monkeypatch.setitem(MUTATIONS, "customer.create", second)
    assert [one["outcome"] for one in mine.push(unknown)] == ["applied"]

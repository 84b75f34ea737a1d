"""The demo's book is one that the rules take, whole."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.model.base import MutationId, UserId
from shared.model.customer import Customer
from shared.model.member import Member, Role
from shared.mutations.decide import decide
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from syncserver.services.demo import book, names
from syncserver.services.demo.plans import ACME, DEMO, DemoPlan
from tests.support.memory import MemoryTx
from tests.support.salon import BUSINESS, made_id

OWNER = UserId(made_id("owner"))


def written(plan: DemoPlan, now: datetime) -> tuple[MemoryTx, Counter[str]]:
    member = Member(id=OWNER, name="Olivia", email="olivia@demo.example", role=Role.TENANT_STAFF)
    tx = MemoryTx(replace(BUSINESS, zone="UTC"), member)
    outcomes: Counter[str] = Counter()
    for number, edit in enumerate(book.edits(replace(plan, staff_user=OWNER), now)):
        args = arguments_of(edit.name, 1, edit.args)
        mutation = MutationId(made_id(f"mutation-{number}"))
        ctx = Context(at=edit.at, actor=Actor(user_id=OWNER, role=Role.TENANT_OWNER), mutation_id=mutation)
        outcomes[str(decide(tx, ctx, edit.name, args, edit.args).code)] += 1
    return tx, outcomes


@pytest.mark.parametrize("plan", [DEMO, ACME], ids=lambda plan: plan.slug)
@pytest.mark.parametrize("now", [datetime(2026, 11, 23, 15, 20, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)])
def test_every_edit_is_taken(plan: DemoPlan, now: datetime) -> None:
    tx, outcomes = written(replace(plan, days_back=2, days_ahead=3), now)
    assert set(outcomes) == {"None"}
    assert len(tx.all(Customer)) == 400


def test_every_address_is_one_that_can_be_typed() -> None:
    mails = [names.email(*name) for name in names.people()]
    assert "bjorn.sorensen@example.com" in mails
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+@example\.com", one) for one in mails)


def test_it_is_as_large_as_a_real_week() -> None:
    made = list(book.edits(DEMO, datetime(2026, 11, 23, 15, tzinfo=UTC)))
    counts = Counter(edit.name for edit in made)
    assert counts["customer.create"] == 400
    assert counts["service.create"] == 12
    assert counts["appointment.book"] > 600
    kinds = Counter(edit.args["kind"] for edit in made if edit.name == "resource.create")
    assert kinds == {"STAFF": 8, "ROOM": 3}
    assert {edit.args["zone"] for edit in made if edit.name == "location.create"} == {
        "America/New_York",
        "America/Chicago",
    }

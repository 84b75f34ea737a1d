"""Two desks change one block of time, and neither knows of the other."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import instant_text
from shared.dates import Dates
from shared.errors import Code
from shared.model.attention import AttentionItem, AttentionState
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.mutations.decide import Decision, OutcomeKind
from shared.texts import sentence
from tests.support.salon import ANA, BEN, TEN, Salon, made_id, wire

HOUR = timedelta(hours=1)
BLOCK = made_id("leave")
SEEN: dict[str, Any] = {"resource_id": ANA.id, "start": wire(TEN), "end": wire(TEN + HOUR), "reason": "Leave"}
LATER: dict[str, Any] = {"start": wire(TEN + HOUR), "end": wire(TEN + 2 * HOUR)}
MUCH_LATER: dict[str, Any] = {"start": wire(TEN + 4 * HOUR), "end": wire(TEN + 5 * HOUR)}


@pytest.fixture
def salon() -> Salon:
    """A salon in which nothing is blocked."""
    return Salon()


@pytest.fixture
def blocked(salon: Salon) -> Salon:
    """A salon in which Ana is away for an hour."""
    assert put(salon, was=None).outcome is OutcomeKind.APPLIED
    return salon


def put(
    salon: Salon, *, role: Role = Role.TENANT_MANAGER, was: dict[str, Any] | None = SEEN, **changes: Any
) -> Decision:
    """A change of the block as it was seen."""
    return salon.send("block.put", role=role, block_id=BLOCK, **{**SEEN, **changes}, was=was)


def settled(salon: Salon, decision: Decision, choice: str, *, role: Role = Role.TENANT_MANAGER) -> Decision:
    return salon.send("attention.resolve", role=role, item_id=decision.item_id, choice=choice)


def block(salon: Salon) -> tuple[str, str, str, str, bool]:
    """Whose it is, from when to when, why, and whether it was freed."""
    (one,) = salon.tx.all(TimeBlock)
    return one.resource_id, instant_text(one.starts_at), instant_text(one.ends_at), one.reason, one.archived


def test_one_moves_it_and_one_says_why(blocked: Salon) -> None:
    for change in (LATER, {"reason": "Training"}):
        assert put(blocked, **change).outcome is OutcomeKind.APPLIED
    assert block(blocked) == (ANA.id, LATER["start"], LATER["end"], "Training", False)


def test_one_says_why_and_one_moves_it(blocked: Salon) -> None:
    for change in ({"reason": "Training"}, LATER):
        assert put(blocked, **change).outcome is OutcomeKind.APPLIED
    assert block(blocked) == (ANA.id, LATER["start"], LATER["end"], "Training", False)


def test_of_two_reasons_the_last_to_arrive_stands(blocked: Salon) -> None:
    for reason in ("Training", "Dentist"):
        assert put(blocked, reason=reason).outcome is OutcomeKind.APPLIED
    assert block(blocked)[3] == "Dentist"


def test_both_alike_is_nothing_more(blocked: Salon) -> None:
    for _ in range(2):
        assert put(blocked, **LATER).outcome is OutcomeKind.APPLIED
    assert block(blocked)[1:3] == (LATER["start"], LATER["end"])


@pytest.mark.parametrize("other", [LATER, {"resource_id": BEN.id}, {"end": wire(TEN + 2 * HOUR)}])
def test_of_two_places_the_first_stands_and_the_other_is_asked_about(blocked: Salon, other: dict[str, Any]) -> None:
    put(blocked, **other)
    there = block(blocked)
    refused = put(blocked, **MUCH_LATER, reason="Training")
    assert refused.code is Code.CHANGED_MEANWHILE
    assert block(blocked) == there
    assert refused.details is not None
    said = sentence(refused.code, refused.details, Dates())
    assert said.startswith("The blocked time was changed meanwhile to ")
    assert refused.details["now"] == {
        "resource_name": ANA.name if there[0] == ANA.id else BEN.name,
        "start": there[1],
        "end": there[2],
    }
    item = blocked.tx.find(AttentionItem, refused.item_id or "")
    assert item is not None
    assert item.args["start"] == MUCH_LATER["start"], "nothing that was entered is lost"


def test_mine_is_kept_over_theirs_where_i_changed_it(blocked: Salon) -> None:
    put(blocked, **LATER, reason="Dentist")
    refused = put(blocked, **MUCH_LATER)
    assert settled(blocked, refused, "keep").outcome is OutcomeKind.APPLIED
    assert block(blocked) == (ANA.id, MUCH_LATER["start"], MUCH_LATER["end"], "Dentist", False)
    item = blocked.tx.find(AttentionItem, refused.item_id or "")
    assert item is not None
    assert item.state is AttentionState.KEPT


def test_theirs_is_kept_where_mine_is_let_go(blocked: Salon) -> None:
    put(blocked, **LATER)
    assert settled(blocked, put(blocked, **MUCH_LATER), "drop").outcome is OutcomeKind.APPLIED
    assert block(blocked)[1:3] == (LATER["start"], LATER["end"])


def test_what_was_freed_is_not_blocked_again_unasked(blocked: Salon) -> None:
    blocked.send("block.remove", role=Role.TENANT_MANAGER, block_id=BLOCK)
    refused = put(blocked, **LATER)
    assert (refused.code, block(blocked)[4]) == (Code.ARCHIVED, True)
    assert refused.details is not None
    assert "freed meanwhile" in sentence(Code.ARCHIVED, refused.details, Dates())
    assert settled(blocked, refused, "keep").code is Code.ARCHIVED, "it is brought back by whoever says so"
    assert settled(blocked, refused, "restore").outcome is OutcomeKind.APPLIED
    assert block(blocked) == (ANA.id, LATER["start"], LATER["end"], "Leave", False)


def test_who_saw_that_it_was_freed_blocks_it_again(blocked: Salon) -> None:
    blocked.send("block.remove", role=Role.TENANT_MANAGER, block_id=BLOCK)
    assert put(blocked, was={**SEEN, "archived": True}).outcome is OutcomeKind.APPLIED
    assert block(blocked)[4] is False


def test_staff_bring_nobody_elses_block_back(blocked: Salon) -> None:
    put(blocked, resource_id=BEN.id)
    blocked.send("block.remove", role=Role.TENANT_MANAGER, block_id=BLOCK)
    refused = put(blocked, **MUCH_LATER)
    assert settled(blocked, refused, "restore", role=Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert block(blocked)[4] is True


def test_a_change_of_what_was_refused_is_gathered_under_it(salon: Salon) -> None:
    refused = put(salon, was=None, resource_id=made_id("nobody"))
    assert refused.code is Code.NOT_FOUND
    change = put(salon, **LATER)
    assert (change.code, change.item_id) == (Code.DEPENDENCY, refused.item_id)


def test_a_change_of_what_never_was_is_refused(salon: Salon) -> None:
    change = put(salon, **LATER)
    assert (change.code, change.details) == (Code.NOT_FOUND, {"what": "block", "subject": BLOCK})


def test_what_a_calendar_says_again_asks_nobody(blocked: Salon) -> None:
    put(blocked, **LATER)
    assert put(blocked, was=None).outcome is OutcomeKind.APPLIED
    assert block(blocked) == (*SEEN.values(), False)


@pytest.mark.parametrize(("change", "said"), [(LATER, ", 09:00 to 10:00."), ({"reason": "Dentist"}, ", Dentist.")])
def test_what_others_have_made_of_it_since_is_not_freed_by_who_takes_it_back(
    blocked: Salon, change: dict[str, Any], said: str
) -> None:
    put(blocked, **change)
    there = block(blocked)
    free: dict[str, Any] = {"role": Role.TENANT_MANAGER, "block_id": BLOCK}
    refused = blocked.send("block.remove", **free, was=SEEN)
    assert refused.code is Code.CHANGED_MEANWHILE
    assert block(blocked) == there
    assert refused.details is not None
    assert sentence(refused.code, refused.details, Dates()).endswith(said)
    assert settled(blocked, refused, "keep").outcome is OutcomeKind.APPLIED
    assert block(blocked) == (*there[:4], True)


def test_who_frees_it_means_whatever_it_says(blocked: Salon) -> None:
    put(blocked, **LATER)
    assert blocked.send("block.remove", role=Role.TENANT_MANAGER, block_id=BLOCK).outcome is OutcomeKind.APPLIED
    assert block(blocked)[4] is True

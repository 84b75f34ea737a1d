"""Every entity goes over the wire and comes back the same."""

import json
from datetime import UTC, date, datetime

import pytest

from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AttentionItemId, HoursExceptionId, HoursRuleId, MutationId, OwnerId, UserId
from shared.model.hours import HoursException, HoursRule
from shared.model.registry import ENTITIES, Entity, canonical, entity_type, type_of
from tests.support.salon import Salon, made_id


def examples() -> list[Entity]:
    salon = Salon()
    salon.book("first")
    salon.book("second", notes="ü\u2028")
    rule = HoursRule(
        id=HoursRuleId(made_id("rule")),
        owner_id=OwnerId(made_id("ana")),
        weekday=0,
        opens=540,
        closes=1500,
        valid_from=date(2026, 1, 1),
    )
    closed = HoursException(
        id=HoursExceptionId(made_id("closed")),
        owner_id=OwnerId(made_id("ana")),
        day=date(2026, 12, 25),
        opens=None,
        closes=None,
    )
    item = AttentionItem(
        id=AttentionItemId(made_id("item")),
        mutation_id=MutationId(made_id("mutation")),
        name="appointment.book",
        args={"b": 1, "a": [1, None, {"x": "ü"}]},
        code="slot_taken",
        details={},
        subject_id=made_id("second"),
        author_id=UserId(made_id("user")),
        as_whom=None,
        made_at=datetime(2026, 5, 4, tzinfo=UTC),
        state=AttentionState.OPEN,
        gathered=(Gathered(mutation_id=MutationId(made_id("late")), name="appointment.arrive", args={"a": 1}),),
    )
    return [*salon.tx.rows.values(), rule, closed, item]


@pytest.mark.parametrize("entity", examples(), ids=lambda entity: type(entity).__name__)
def test_a_row_comes_back_the_same(entity: Entity) -> None:
    kind = type_of(entity)
    row = kind.encode(entity)
    assert kind.decode(json.loads(json.dumps(row))) == entity
    assert canonical(kind.encode(kind.decode(row))) == canonical(row)


def test_every_entity_is_keyed_by_an_id_and_has_a_table_of_its_own() -> None:
    assert [kind.columns[0].name for kind in ENTITIES.values()] == ["id"] * len(ENTITIES)
    assert all(entity_type(kind.cls) is kind and kind.table == table for table, kind in ENTITIES.items())


def test_a_row_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        ENTITIES["location"].decode(["only an id"])

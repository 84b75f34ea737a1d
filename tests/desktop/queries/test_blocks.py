"""What is shown of blocked time before it is changed."""

from contextlib import closing
from datetime import timedelta
from typing import Any

from desktop.queries.blocks import block_shown
from desktop.store.replica import Replica
from shared.model.base import SeriesId, replace
from shared.model.member import Role
from shared.model.series import Series
from shared.mutations.block.reach import repeated_id
from shared.protocol.codec import arguments_of
from shared.rules import series as rules
from tests.support.replicas import filled, patch
from tests.support.salon import BEN, MEMBER, TEN, Salon, made_id, wire

RULE = SeriesId(made_id("lunches"))
FIRST = "2026-05-07T12:00:00"


def edit(replica: Replica, name: str, **args: Any) -> None:
    replica.edit(name, arguments_of(name, 1, args))


def test_a_block_that_was_brought_back_is_of_its_rule_again() -> None:
    with closing(filled(None, Salon())) as replica:
        replica.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_OWNER)))
        whose = {"series_id": RULE, "resource_id": BEN.id}
        edit(
            replica, "block.repeat", **whose, first=FIRST, minutes=60, rrule="FREQ=WEEKLY",
            before=wire(TEN + timedelta(days=30)),
        )  # fmt: skip
        rule = replica.tx().find(Series, RULE)
        assert rule is not None
        original = rules.dates(rule, before=None, limit=1)[0].original
        first = repeated_id(RULE, original)
        edit(replica, "block.remove", block_id=first)
        edit(replica, "block.end_repeat", **whose, was="FREQ=WEEKLY")
        assert replica.undo() is not None
        assert replica.undo() is not None
        shown = block_shown(replica, first)
        assert shown is not None
        assert shown.original == original

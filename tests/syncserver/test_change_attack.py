"""Changing what is booked and keeping apart, by edits that no desk makes: refused in words, and nothing is changed."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest
from sqlalchemy import Engine

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.member import Role
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

OWNER, MANAGER, STAFF = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF
_LATER: Final = instant_text(next_day(12))


def _cut(shop: Shop, **other: object) -> Json:
    return {"service_id": shop.cut, "resources": [shop.ana], **other}


Odd = Callable[[Shop, Shop], Json]
"""What is odd in a change of a shop's visit; the second shop is another's."""
UNFIT: Final[Mapping[str, Odd]] = {
    "nobody comes": lambda shop, _: {"party": 0},
    "a town comes": lambda shop, _: {"party": 10**9},
    "a party in words": lambda shop, _: {"party": "2"},
    "whether they come": lambda shop, _: {"party": True},
    "half of somebody": lambda shop, _: {"party": 1.5},
    "500 services": lambda shop, _: {"segments": [_cut(shop)] * 500},
    "21 services": lambda shop, _: {"segments": [_cut(shop)] * 21},
    "a year of minutes": lambda shop, _: {"segments": [_cut(shop, minutes=525_600)]},
    "51 people": lambda shop, _: {"segments": [_cut(shop) | {"resources": [new_id() for _ in range(51)]}]},
    "a story for a reason": lambda shop, _: {"start": _LATER, "override": "x" * 201},
    "the end of time": lambda shop, _: {"start": "9999-12-31T23:59:59Z"},
    "a price": lambda shop, _: {"segments": [_cut(shop, price=0)]},
    "another status": lambda shop, _: {"status": "completed"},
}
"""What is no change at all: 422, and nothing of the push is decided."""
REFUSED: Final[Mapping[str, tuple[str, Odd]]] = {
    "no service": ("invalid", lambda shop, _: {"segments": []}),
    "nobody who does it": ("invalid", lambda shop, _: {"segments": [_cut(shop, resources=[])]}),
    "negative minutes": ("invalid", lambda shop, _: {"segments": [_cut(shop, minutes=-45)]}),
    "minutes made up": ("invalid", lambda shop, _: {"segments": [_cut(shop, minutes=-45), _cut(shop, minutes=90)]}),
    "no minutes": ("invalid", lambda shop, _: {"segments": [_cut(shop, minutes=0)]}),
    "more than a day": ("invalid", lambda shop, _: {"segments": [_cut(shop, minutes=1_000)] * 2}),
    "one person twice": ("invalid", lambda shop, _: {"segments": [_cut(shop, resources=[shop.ana, shop.ana])]}),
    "no reason": ("invalid", lambda shop, _: {"start": _LATER, "override": " \t"}),
    "more than fit": ("invalid", lambda shop, _: {"party": 2}),
    "a service of another business": (
        "not_found", lambda shop, other: {"segments": [_cut(shop, service_id=other.cut)]}
    ),
    "a person of another business": (
        "not_found", lambda shop, other: {"segments": [_cut(shop, resources=[other.ana])]}
    ),
    "a visit of nobody": ("not_found", lambda shop, _: {"appointment_id": new_id()}),
    "another status was seen": (
        "changed_meanwhile", lambda shop, _: {"start": _LATER, "was": {"status": "arrived", "start": _LATER}}
    ),
    "years ahead": ("too_far_ahead", lambda shop, _: {"start": instant_text(next_day(days=4_000))}),
}  # fmt: skip


def change(desk: WireDesk, booked: Json, **other: object) -> Json:
    """The next edit: a visit changed."""
    start = booked["args"]["start"]
    visit = booked["args"]["appointment_id"]
    args = {"appointment_id": visit, "was": {"status": "booked", "start": start}, "start": start}
    return desk.edit("appointment.reschedule", args | other, v=2)


def test_what_no_dialog_sends_changes_nothing(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner, other = desk(OWNER), open_shop(engine)
    booked = owner.booking(next_day(10))
    assert owner.push(booked)[0]["outcome"] == "applied"

    def visits() -> tuple[object, object]:
        stored = stored_rows(engine, shop.tenant)
        return stored["appointment"], stored["allocation"]

    before = visits()
    for what, odd in UNFIT.items():
        assert owner.try_push(change(owner, booked, **odd(shop, other))).status_code == 422, what
        owner.seq -= 1
    for what, (code, odd) in REFUSED.items():
        (outcome,) = owner.push(change(owner, booked, **odd(shop, other)))
        assert (outcome["outcome"], outcome["code"]) == ("rejected", code), what
        assert other.canary not in str(outcome), what
    assert visits() == before


@pytest.mark.parametrize("role", [OWNER, MANAGER, STAFF])
def test_a_reason_takes_whoever_may_and_is_sent_twice_as_once(
    desk: DeskMaker, engine: Engine, shop: Shop, role: Role
) -> None:
    somebody = desk(role)
    first, second = somebody.booking(next_day(10)), somebody.booking(next_day(12))
    somebody.push(first, second)
    over = change(somebody, first, start=second["args"]["start"], override="he insists")
    outcomes = [somebody.push(over)[0] for _ in range(2)]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0]["code"] == ("not_allowed" if role is STAFF else None)
    again = over | {"args": over["args"] | {"override": "another reason"}}
    assert somebody.try_push(again).json()["code"] == "replica_forked"
    row = stored_rows(engine, shop.tenant)["appointment"][first["args"]["appointment_id"]]
    assert ("he insists" in row) is (role is not STAFF)


def test_nobody_is_kept_apart_from_whom_one_may_not_see(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner, staff, other = desk(OWNER), desk(STAFF), open_shop(engine)
    one = new_id()
    owner.push(owner.edit("customer.create", {"customer_id": one, "name": "One"}))

    def said(at: WireDesk, *both: str) -> object:
        named = dict(zip(("one_id", "other_id"), both, strict=True))
        return at.push(at.edit("customer.keep_apart", named))[0]["code"]

    assert said(staff, one, shop.customer) == "not_allowed"
    assert said(owner, one, one) == "invalid"
    assert said(owner, one, other.customer) == said(owner, other.customer, one) == "not_found"
    assert said(owner, new_id(), new_id()) == "not_found"
    assert not stored_rows(engine, shop.tenant)["kept_apart"]
    assert said(owner, one, shop.customer) == said(owner, shop.customer, one) is None
    assert len(stored_rows(engine, shop.tenant)["kept_apart"]) == 1

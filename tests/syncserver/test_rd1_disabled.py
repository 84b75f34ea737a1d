"""What a person has handed in who is shut out before recovery ends is kept as what a shut out device handed in."""

from shared.model.member import Role
from tests.support.moving_clock import moved
from tests.syncserver.test_put_back import (
    MANAGER,
    WAIT,
    Stage,
    begin_again,
    customer,
    decided,
    names,
    offer,
    stage,  # noqa: F401
)
from tests.syncserver.test_quarantine import items


def test_what_a_person_has_handed_in_who_is_shut_out_since_is_set_aside(stage: Stage) -> None:  # noqa: F811
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
        assert one.try_push(*again).status_code in (401, 403), "their desk cannot push it any more"
        owner.pull()
        found = [(item.mutation_id, item.code) for item in items(owner).values()]
        assert "Of the one who went" not in names(stage)
        assert found == [(sent[0]["id"], "quarantined")]

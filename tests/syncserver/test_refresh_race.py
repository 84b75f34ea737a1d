"""Many that show one refresh token at the same moment get one child, round after round: no family forks."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI

from shared.protocol.messages import RefreshToken
from syncserver.services.identity import accounts
from syncserver.services.server import Server
from tests.support.device_keys import refreshing
from tests.syncserver.conftest import DeskMaker

AT_ONCE = 20


def raced(visitor: DeskMaker, server: Server, *, rounds: int) -> None:
    desk = visitor().sign_in()
    token = desk.refresh_token

    def refreshed(_: int) -> str:
        return accounts.refresh(server, RefreshToken(**refreshing(desk.device, token))).refresh_token

    seen = {token}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(rounds):
            children = set(pool.map(refreshed, range(AT_ONCE)))
            assert len(children) == 1, f"round {number}: the family has forked"
            token = children.pop()
            assert token not in seen
            seen.add(token)


def test_twenty_at_once_get_one_child(visitor: DeskMaker, app: FastAPI) -> None:
    raced(visitor, app.state.wiring.server, rounds=50)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_twenty_at_once_get_one_child_for_a_thousand_rounds(visitor: DeskMaker, app: FastAPI) -> None:
    raced(visitor, app.state.wiring.server, rounds=1000)

"""A desk's files put back from a copy, against the real server: the work of both is kept (P28)."""

import shutil
from datetime import timedelta

import pytest

from shared.clock import instant_text, now
from tests.support.demo_server import DemoServer
from tests.sync.conftest import DeskMaker
from tests.sync.test_apart_and_together import wait_for_equal_sums


@pytest.mark.timeout(180)
def test_a_desk_that_is_put_back_from_a_copy_keeps_the_work_of_both(server: DemoServer, desk: DeskMaker) -> None:
    first = desk("first").sign_in(server, "TENANT_STAFF")
    known = first.tell("stylists")
    booking = {"location": known["location"], "service": known["service"]}
    start = instant_text(now() + timedelta(days=90))
    first.tell("edits", count=5, name="before", start=start, staff=known["staff"][1], **booking)
    first.drained()
    first.kill()
    copy = desk("copy")
    shutil.copytree(first.home, copy.home, dirs_exist_ok=True)

    first.open()
    first.tell("edits", count=5, name="first", start=start, staff=known["staff"][2], **booking)
    first.drained()
    first.kill()

    # The copy's session has gone on without it: the same person signs in, and finds the same replica.
    copy.sign_in(server, "TENANT_STAFF")
    made = copy.tell("edits", count=5, name="copy", start=start, staff=known["staff"][3], **booking)
    copy.drained()
    assert {mutation for _, mutation, _ in copy.tell("queue")["sent"]} >= set(made)
    wait_for_equal_sums(server, copy)
    first.sign_in(server, "TENANT_STAFF")
    first.drained()
    wait_for_equal_sums(server, first)

"""One writer a tenant: what arrives meanwhile shares the next round, and nothing that one job does stops another."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace

import pytest

from shared.model.plan import Tier
from syncserver.services.sync import writers
from syncserver.services.sync.writers import TooManyWaiting, Writers
from syncserver.store.tenancy import Tenant, TenantId, TenantState
from tests.support.waiting import until

TENANT = Tenant(
    id=TenantId("one"), slug="one", name="One", is_demo=False, state=TenantState.ACTIVE, tier=Tier.FREE, schema="one",
    role="one",
)  # fmt: skip


class Desk:
    """Work that can be held up, and remembers its rounds."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.begun = threading.Event()
        self.may_go_on = threading.Event()
        self.writers: Writers[str, str] = Writers(self._work, threads=2)

    def _work(self, tenant: Tenant, jobs: Sequence[str]) -> Sequence[str | Exception]:
        self.rounds.append(list(jobs))
        self.begun.set()
        assert self.may_go_on.wait(30)
        if "round fails" in jobs:
            raise RuntimeError("the whole round")
        return [ValueError(job) if job == "bad" else f"{job} done" for job in jobs]

    def hold(self) -> None:
        """Keep the writer busy with a first job."""
        self.writers.submit(TENANT, "first")
        assert self.begun.wait(30)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.may_go_on.set()
    desk.writers.close()


def test_what_arrives_meanwhile_shares_a_round(desk: Desk) -> None:
    desk.hold()
    answers = [desk.writers.submit(TENANT, name) for name in ("a", "b", "c")]
    desk.may_go_on.set()
    assert [one.result(30) for one in answers] == ["a done", "b done", "c done"]
    assert desk.rounds == [["first"], ["a", "b", "c"]]


def test_an_error_is_its_jobs_alone(desk: Desk) -> None:
    desk.hold()
    bad, good = desk.writers.submit(TENANT, "bad"), desk.writers.submit(TENANT, "good")
    desk.may_go_on.set()
    with pytest.raises(ValueError, match="bad"):
        bad.result(30)
    assert good.result(30) == "good done"


def test_a_job_that_was_taken_back_is_not_done_and_stops_nobody(desk: Desk) -> None:
    desk.hold()
    gone, kept = desk.writers.submit(TENANT, "gone"), desk.writers.submit(TENANT, "kept")
    assert gone.cancel()
    desk.may_go_on.set()
    assert kept.result(30) == "kept done"
    assert desk.writers.submit(TENANT, "later").result(30) == "later done"
    assert "gone" not in [job for jobs in desk.rounds for job in jobs]
    with pytest.raises(CancelledError):
        gone.result(30)


def test_a_round_of_nothing_but_jobs_taken_back_stops_nobody(desk: Desk) -> None:
    desk.hold()
    assert desk.writers.submit(TENANT, "gone").cancel()
    desk.may_go_on.set()
    assert desk.writers.submit(TENANT, "later").result(30) == "later done"


def test_a_job_under_way_cannot_be_taken_back(desk: Desk) -> None:
    first = desk.writers.submit(TENANT, "first")
    assert desk.begun.wait(30)
    assert not first.cancel()
    desk.may_go_on.set()
    assert first.result(30) == "first done"


def test_a_round_that_fails_whole_is_told_to_all_of_it(desk: Desk) -> None:
    desk.hold()
    answers = [desk.writers.submit(TENANT, name) for name in ("a", "round fails")]
    desk.may_go_on.set()
    for one in answers:
        with pytest.raises(RuntimeError, match="the whole round"):
            one.result(30)
    assert desk.writers.submit(TENANT, "later").result(30) == "later done"


def test_a_round_takes_no_more_than_one_may_weigh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "LARGEST", 10)
    rounds: list[list[int]] = []
    begun, may_go_on = threading.Event(), threading.Event()

    def work(_: Tenant, jobs: Sequence[int]) -> Sequence[int]:
        rounds.append(list(jobs))
        begun.set()
        assert may_go_on.wait(30)
        return jobs

    weighed: Writers[int, int] = Writers(work, threads=1, weight=lambda job: job)
    first = weighed.submit(TENANT, 1)
    assert begun.wait(30)
    answers = [first, *(weighed.submit(TENANT, job) for job in (4, 6, 1, 30, 5))]
    may_go_on.set()
    assert [one.result(30) for one in answers] == [1, 4, 6, 1, 30, 5]
    assert rounds == [[1], [4, 6], [1], [30], [5]]
    weighed.close()


def test_a_tenant_that_never_rests_keeps_no_other_waiting() -> None:
    """Each round that ends brings its next job, as desks that push one batch after the other do."""
    other = replace(TENANT, id=TenantId("other"))
    done = threading.Event()

    def work(tenant: Tenant, jobs: Sequence[str]) -> Sequence[str]:
        if tenant is TENANT and not done.is_set():
            busy.submit(TENANT, "one more")
        return jobs

    busy: Writers[str, str] = Writers(work, threads=1)
    busy.submit(TENANT, "first")
    try:
        assert busy.submit(other, "theirs").result(10) == "theirs"
    finally:
        done.set()
        busy.close()


def test_what_was_taken_is_finished_when_the_server_goes_away() -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def work(_: Tenant, jobs: Sequence[str]) -> Sequence[str]:
        begun.set()
        assert may_go_on.wait(30)
        return jobs

    ending: Writers[str, str] = Writers(work, threads=1)
    answers = [ending.submit(TENANT, "first")]
    assert begun.wait(30)
    answers += [ending.submit(TENANT, f"{place}") for place in range(writers.SHARED + 1)]
    closing = threading.Thread(target=ending.close)
    closing.start()
    until(lambda: ending._threads._shutdown)
    may_go_on.set()
    closing.join(30)
    assert all(one.done() for one in answers)


def test_a_full_queue_takes_no_more(desk: Desk) -> None:
    desk.hold()
    answers = [desk.writers.submit(TENANT, "one") for _ in range(writers.WAITING)]
    with pytest.raises(TooManyWaiting):
        desk.writers.submit(TENANT, "too many")
    desk.may_go_on.set()
    assert [one.result(60) for one in answers] == ["one done"] * writers.WAITING

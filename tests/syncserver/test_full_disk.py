"""A database whose disk is full: what cannot be written is tried again without end, and nothing of it is lost."""

import errno
import secrets
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.mutations.registry import MUTATIONS
from syncserver.services.sync.decisions import TRIES
from syncserver.settings import Settings
from syncserver.store.postgres_files import Place
from tests.support import failing_disk
from tests.support.postgres import fresh_engine, running_postgres
from tests.support.running import running
from tests.support.shop import open_shop
from tests.support.wire_desk import Json, WireDesk

REASONS = {"no space": errno.ENOSPC, "no quota": errno.EDQUOT, "no larger file": errno.EFBIG, "a failure": errno.EIO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """That of the database, whose tables cannot grow while there is a reason."""

    engine: Engine
    _switch: Path

    def fail(self, reason: int) -> None:
        """Let no table grow from now on."""
        draft = self._switch.with_suffix(".draft")
        draft.write_text(str(reason))
        draft.rename(self._switch)

    def heal(self) -> None:
        """Let tables grow again."""
        self._switch.unlink(missing_ok=True)


def programs_with(library: Path, switch: Path, folder: Path) -> Path:
    """PostgreSQL's programs, of which that which starts the server has the library preloaded."""
    with tempfile.TemporaryDirectory() as data:
        place = Place.of(Path(data))
        shutil.rmtree(place.cluster)
    programs = folder / "bin"
    programs.mkdir()
    for program in place.programs.iterdir():
        if program.name != "pg_ctl":
            (programs / program.name).symlink_to(program)
    known = f"FAILING_DISK_SWITCH={shlex.quote(str(switch))} LD_PRELOAD={shlex.quote(str(library))}"
    starter = programs / "pg_ctl"
    starter.write_text(f'#!/bin/sh\n{known} exec {shlex.quote(str(place.programs / "pg_ctl"))} "$@"\n')
    starter.chmod(0o755)
    return programs


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    # The database's user must reach it, and reaches no folder of pytest's.
    with tempfile.TemporaryDirectory(prefix="full-disk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        library = failing_disk.build(folder)
        programs = programs_with(library, folder / "switch", folder)
        with (
            running_postgres(tmp_path_factory.mktemp("postgres"), programs) as postgres,
            fresh_engine(postgres) as engine,
        ):
            yield Disk(engine=engine, _switch=folder / "switch")


@pytest.fixture
def mine(disk: Disk, tmp_path: Path) -> Iterator[WireDesk]:
    shop = open_shop(disk.engine)
    with running(disk.engine, Settings(data=tmp_path, port=0)) as (url, _):
        desk = WireDesk(url, shop).ready()
        yield desk
        disk.heal()
        desk.http.close()


def large(desk: WireDesk) -> Json:
    """A customer of whom so much is to be said that a table grows."""
    return desk.edit("customer.create", {"customer_id": new_id(), "name": "Ida", "notes": secrets.token_hex(1500)})


def has_room(desk: WireDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be room where failures are counted and where what was set aside is kept: both would be written."""

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    update = MUTATIONS["customer.update"]
    with monkeypatch.context() as patched:
        patched.setitem(MUTATIONS, "customer.update", replace(update, run=fails))
        poison = desk.edit("customer.update", {"customer_id": desk.shop.customer})
        for _ in range(TRIES - 1):
            assert desk.try_push(poison).status_code == 503
        assert desk.push(poison)[0]["outcome"] == "quarantined"


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS.keys())
def test_what_finds_no_room_is_tried_again_without_end_and_is_not_set_aside(
    disk: Disk, mine: WireDesk, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    """`retry`, without limit: only an exception of the mutation's own function counts against it (design: sync)."""
    has_room(mine, monkeypatch)
    edits = [large(mine) for _ in range(60)]
    disk.fail(reason)
    replies = [mine.try_push(*edits) for _ in range(TRIES + 2)]
    assert [(one.status_code, one.json()["code"]) for one in replies] == [(503, "retry")] * len(replies)
    # Who only reads is served.
    mine.pull()
    disk.heal()
    assert [one["outcome"] for one in mine.push(*edits)] == ["applied"] * len(edits)
    mine.pull()
    assert {one["args"]["customer_id"] for one in edits} <= mine.rows["customer"].keys()
    assert len(mine.rows["attention_item"]) == 1

"""Walks the chains of events, and names the first place of each where it is not what was recorded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncserver.services.audit.recorder import CHECKPOINT, witness_of
from syncserver.services.keys.signing import Keys, new_key
from syncserver.settings import Settings
from syncserver.store.events import (
    NOTHING_BEFORE,
    PLATFORM,
    ChainName,
    Entry,
    Standing,
    chain_of,
    read_checkpoints,
    read_entries,
    standing_of_chain,
)
from syncserver.store.handles import Connection, Engine
from syncserver.store.server import every_key
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction
from syncserver.store.tenants import every_tenant
from syncserver.store.witness import Witness, Witnessed

_WHOLE: Final = 0
"""The number of a break that is no one event's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first thing that is wrong in a chain; `number` is that of the event, 0 where it is the chain's as a whole."""

    number: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of the check of one chain; `name` is the short name of the tenant where it is known."""

    name: str
    events: int
    found: Break | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a chain beside its rows: every hash that a number is known by, and what is wrong with seals."""

    hashes: Mapping[int, frozenset[str]]
    wrong: Mapping[int, str]


class Walk:
    """One way through a chain; `events` counts those that are as they were recorded."""

    def __init__(self, known: Known) -> None:
        self._known: Final = known
        self._previous = NOTHING_BEFORE
        self.events = 0

    def first_break(self, entries: Iterable[Entry]) -> Break | None:
        """The first break of a chain of which these are the rows, in its order."""
        if _WHOLE in self._known.wrong:
            return Break(number=_WHOLE, what=self._known.wrong[_WHOLE])
        for entry in entries:
            if (what := self._wrong_with(entry)) is not None:
                return Break(number=self.events + 1, what=what)
            self.events, self._previous = entry.number, entry.hash
        return self._beyond()

    def _wrong_with(self, entry: Entry) -> str | None:
        due = self.events + 1
        if entry.number != due:
            return f"is missing: number {entry.number} stands in its place"
        if entry.previous != self._previous:
            return "does not follow from the event before it"
        if entry.hash != entry.own_hash():
            return "was changed: its hash is not that of its columns"
        if self._known.hashes.get(due, frozenset()) - {entry.hash}:
            return "is another than the one that was recorded: it is known by another hash"
        return self._known.wrong.get(due)

    def _beyond(self) -> Break | None:
        last = max(self._known.hashes, default=0)
        if last > self.events:
            beyond = f"is missing: the tail up to number {last} is known outside, and the database ends before it"
            return Break(number=self.events + 1, what=beyond)
        return next(
            (
                Break(number=number, what=what)
                for number, what in sorted(self._known.wrong.items())
                if number > self.events
            ),
            None,
        )


def known_of(keys: Keys, chain: ChainName, kept: Mapping[int, str], testimony: Witnessed) -> Known:
    """What is known of a chain by its checkpoints, those `kept` in its schema by number and those outside, and beside.

    Everything that was sealed has to be kept and known outside alike, and be signed by us for this chain.
    """
    hashes = dict(testimony.hashes)
    wrong: dict[int, str] = {}
    for number, text in (*kept.items(), *((None, text) for text in testimony.signed)):
        told = keys.signed(CHECKPOINT, text)
        if told is None or told["chain"] != chain or number not in (None, told["number"]):
            wrong[number or _WHOLE] = _NOT_OURS if number else _NOT_OURS_OUTSIDE
            continue
        hashes[told["number"]] = hashes.get(told["number"], frozenset()) | {told["hash"]}
        if told["number"] not in kept:
            wrong[told["number"]] = "has lost its checkpoint, which is known outside"
    return Known(hashes=hashes, wrong=wrong)


_NOT_OURS: Final = "has a checkpoint that no key of this server has signed for it"
_NOT_OURS_OUTSIDE: Final = "has a checkpoint outside the database that no key of this server has signed for it"


def check_chains(engine: Engine, settings: Settings, tenants: Sequence[Tenant | None] | None) -> Iterator[Checked]:
    """Walk the chains of these tenants, None for the platform's; without any, all there are and all that are known.

    Raises StorageFault, and OSError where what is known outside cannot be read.
    """
    keys = Keys(every_key(engine) or [new_key()], issuer="")
    witness = witness_of(engine, settings)
    homes = [None, *every_tenant(engine)] if tenants is None else tenants
    for tenant in homes:
        yield _check(engine, keys, witness, tenant)
    if tenants is None:
        for chain in set(witness.chains()) - {chain_of(tenant) for tenant in homes}:
            yield Checked(
                name=chain, events=0, found=Walk(known_of(keys, chain, {}, witness.witnessed(chain))).first_break(())
            )


def _check(engine: Engine, keys: Keys, witness: Witness, tenant: Tenant | None) -> Checked:
    # Before the snapshot: what is noted outside is committed, so all of it has to be in there.
    testimony = witness.witnessed(chain_of(tenant))
    begun = (
        tenant_transaction(engine, tenant, read_only=True) if tenant else control_transaction(engine, read_only=True)
    )
    name = tenant.slug if tenant else PLATFORM
    with begun as connection:
        if (unkept := _unkept(connection)) is not None:
            return Checked(name=name, events=0, found=unkept)
        walk = Walk(known_of(keys, chain_of(tenant), read_checkpoints(connection), testimony))
        found = walk.first_break(read_entries(connection))
    return Checked(name=name, events=walk.events, found=found)


def _unkept(connection: Connection) -> Break | None:
    standing = standing_of_chain(connection)
    return None if standing is Standing.KEPT else Break(number=_WHOLE, what=_STANDING[standing])


_STANDING: Final[Mapping[Standing, str]] = {
    Standing.MISSING: "its tables are gone",
    Standing.OPEN: "its tables may be changed by the server's login: they have lost their owner or their guard",
}

"""Records what people did with their rights: in the chains of events, outside the database, and in two log files."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import structlog

from shared import clock
from shared.errors import StorageFault
from syncserver.services.audit.counting import rest_of, sift
from syncserver.services.audit.mirrors import Mirrors
from syncserver.services.audit.redaction import masked
from syncserver.services.caller import called_from
from syncserver.services.keys.signing import Keys
from syncserver.settings import Settings
from syncserver.store.events import (
    PLATFORM,
    ChainName,
    Entry,
    Event,
    Grown,
    append,
    as_trail_fault,
    chain_of,
    keep_checkpoints,
    last_entry,
)
from syncserver.store.handles import Connection, Engine
from syncserver.store.recoveries import epoch_and_lineage
from syncserver.store.refusals import ended_windows, take_window
from syncserver.store.tenancy import Tenant, TenantId, control_transaction, tenant_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.witness import Witness

log = structlog.get_logger()

Record = Callable[[Event], None]
CHECKPOINT: Final = "checkpoint"
_AT_ONCE: Final = 1000
"""Windows of refusals that a round ends."""
_LONGEST: Final = 1000
"""Characters of a text of an event: what strangers type must not fill the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The audit trail of one database, as one process writes it."""

    engine: Engine
    keys: Keys
    witness: Witness
    mirrors: Mirrors
    every: int
    """Events from one checkpoint of a chain to the next."""
    unsealed: set[ChainName]
    """Chains that this process has added to since their last checkpoint."""
    lock: threading.Lock

    @classmethod
    def of(cls, engine: Engine, settings: Settings, keys: Keys) -> "Audit":
        """The audit trail of a migrated database. Raises StorageFault."""
        mirrors = Mirrors(settings.data / "logs", most=settings.log_size, kept=settings.log_files)
        return cls(
            engine=engine, keys=keys, witness=witness_of(engine, settings), mirrors=mirrors,
            every=settings.audit_checkpoint, unsealed=set(), lock=threading.Lock(),
        )  # fmt: skip

    @contextmanager
    def transaction(
        self,
        tenant: Tenant | None,
        *,
        begun: Callable[[Engine], AbstractContextManager[Connection]] = control_transaction,
    ) -> Iterator[tuple[Connection, Record]]:
        """A control transaction, and what records that something is done in it, in this tenant or on the platform.

        `begun` begins another kind of one. What is recorded commits with the rest or not at all, and shows in the log
        files after that. Events are written at the end: nobody waits for the chain while the block runs. Raises
        StorageFault, which is a 503, where the trail cannot be written, and for trouble of the database that may pass.
        """
        told: list[Event] = []

        def record(event: Event) -> None:
            if event.tenant is not None and (tenant is None or event.tenant.id != tenant.id):
                raise ValueError("an event of another tenant than the transaction's")
            told.append(_as_kept(event))

        with begun(self.engine) as connection:
            yield connection, record
            grown = append(connection, told, clock.now(), self._checkpoint) if told else ()
        self._tell(grown, tenant)

    def note(self, first: Event, *others: Event) -> None:
        """Record what happened in one place, in a transaction of its own.

        Never raises: a failure is logged, and all else goes on.
        """
        try:
            with self.transaction(first.tenant) as (_, record):
                for event in (first, *others):
                    record(event)
        except (StorageFault, TypeError, ValueError) as failed:
            # A text that is no Unicode cannot be kept; anything else that cannot be written is a StorageFault.
            log.error("audit.unwritable", kind=first.kind, outcome=first.outcome, why=str(failed))

    def refuse(self, first: Event, *others: Event) -> int:
        """Record refusals in one place; the same again and again is counted, and told with its count.

        How many seconds whoever is refused waits then, 0 for none. Never raises, as `note` does not.
        """
        events = [_as_kept(event) for event in (first, *others)]
        try:
            with self.transaction(first.tenant) as (connection, record):
                with as_trail_fault():
                    sifted = sift(connection, events, clock.now())
                for event in sifted.told:
                    record(event)
        except (StorageFault, TypeError, ValueError) as failed:
            log.error("audit.unwritable", kind=first.kind, outcome=first.outcome, why=str(failed))
            return 0
        return sifted.wait

    def tell_counted(self) -> None:
        """Record the counts of windows that have ended. Raises StorageFault."""
        now = clock.now()
        for window in ended_windows(self.engine, now, _AT_ONCE):
            tenant = find_tenant(self.engine, TenantId(window.tenant)) if window.tenant else None
            with self.transaction(tenant) as (connection, record):
                taken = take_window(connection, window, now)
                for event in rest_of(taken, tenant) if taken else ():
                    record(event)

    def session_key(self, session: str) -> str:
        """What an event names a session by: it says which are the same, and opens none."""
        return f"sha256:{hashlib.sha256(self.keys.keyed_hash('session', session).encode()).hexdigest()}"

    def name_key(self, name: str) -> str:
        """What an event names somebody by who is nobody here: people type passwords where names belong."""
        return f"sha256:{hashlib.sha256(self.keys.keyed_hash('name', name).encode()).hexdigest()}"

    def forget(self, tenant: Tenant) -> None:
        """A tenant was erased with its chain: nothing outside tells of it any more."""
        chain = chain_of(tenant)
        with self._reaching_outside(chain):
            self.witness.forget(chain)
        with self.lock:
            self.unsealed.discard(chain)

    def seal(self) -> None:
        """Make a checkpoint of each chain that this process has added to since the last one: before it ends."""
        with self.lock:
            chains = sorted(self.unsealed)
        self._seal(chains)

    def seal_left(self) -> None:
        """Make a checkpoint of each chain that no process has sealed before it ended: before anybody is answered."""
        try:
            chains = [chain for chain in self.witness.chains() if not self.witness.is_sealed(chain)]
        except OSError as error:
            log.error("audit.witness_unreadable", why=error.strerror)
            return
        self._seal(chains)

    def _seal(self, chains: Sequence[ChainName]) -> None:
        for chain in chains:
            try:
                self._seal_one(chain)
            except StorageFault as failed:
                log.error("audit.unsealed", chain=chain, why=str(failed))

    def _seal_one(self, chain: ChainName) -> None:
        tenant = None if chain == PLATFORM else find_tenant(self.engine, TenantId(chain))
        if tenant is None and chain != PLATFORM:
            return
        begun = tenant_transaction(self.engine, tenant) if tenant else control_transaction(self.engine)
        with begun as connection, as_trail_fault():
            last = last_entry(connection)
            if last is None:
                return
            signed = self._signed(chain, last)
            keep_checkpoints(connection, {last.number: signed})
        with self._reaching_outside(chain):
            self.witness.note_signed(chain, signed)
        with self.lock:
            self.unsealed.discard(chain)

    def _checkpoint(self, chain: ChainName, entry: Entry) -> str | None:
        return self._signed(chain, entry) if entry.number % self.every == 0 else None

    def _signed(self, chain: ChainName, entry: Entry) -> str:
        return self.keys.sign(CHECKPOINT, {"chain": chain, "number": entry.number, "hash": entry.hash, "at": entry.at})

    def _tell(self, grown: Sequence[Grown], tenant: Tenant | None) -> None:
        """Tell the outside what is committed; what cannot be told there stays recorded."""
        for one in grown:
            with self._reaching_outside(one.chain):
                self.witness.note(one)
            with self.lock:
                if one.entries[-1].number in one.signed:
                    self.unsealed.discard(one.chain)
                else:
                    self.unsealed.add(one.chain)
        # Told in two chains it is still one event.
        for entry in {entry.id: entry for one in grown for entry in one.entries}.values():
            with self._reaching_outside(chain_of(tenant)):
                self.mirrors.add(entry, tenant.slug if tenant and entry.tenant_id else None)

    @contextmanager
    def _reaching_outside(self, chain: ChainName) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log.error("audit.outside_unwritable", chain=chain, why=error.strerror)


def witness_of(engine: Engine, settings: Settings) -> Witness:
    """What is known of a migrated database's chains outside of it."""
    _, lineage = epoch_and_lineage(engine)
    folder: Path = settings.audit or settings.data / "audit"
    return Witness(folder, lineage=lineage)


def _as_kept(event: Event) -> Event:
    """The event with where it comes from, and with nothing that works as a credential or is without end."""
    details: dict[str, Any] = masked(event.details)
    return replace(
        event,
        ip=event.ip or called_from.get(),
        subject=_text(event.subject),
        reason=_text(event.reason),
        details=details,
    )


def _text(said: str | None) -> str | None:
    return None if said is None else str(masked(said))[:_LONGEST].replace("\0", "")

"""Notes about somebody who was erased that came later, or were known to be about them later."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine, TextClause, text

from shared.model.base import value
from syncserver.store.looked import newest_version, pieces
from syncserver.store.statements import array_text
from syncserver.store.tenancy import Tenant, tenant_transaction

_UNTIED: Final = text(
    """
    SELECT DISTINCT args ->> 'subject_id' FROM mutation_log
    WHERE version > :after AND version <= :upto AND name = 'note.add'
        AND args ->> 'about' = 'appointment' AND args ->> 'text' NOT LIKE :scrubbed
        AND NOT EXISTS (SELECT FROM appointment WHERE id = substring(args ->> 'subject_id' FROM :an_id)::uuid)
    """
)
_AN_ID: Final = "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_ERASED: Final = text("SELECT customer_id::text FROM erasure")
_WISHED_BY: Final = text(
    r"""
    SELECT DISTINCT whose[1] AS customer, visit[1] AS visit FROM mutation_log
    CROSS JOIN LATERAL regexp_matches(args::text, '"customer_id"\s*:\s*"([0-9a-f-]{36})"', 'g') AS whose
    CROSS JOIN LATERAL regexp_matches(args::text, '"appointment_id"\s*:\s*"([0-9a-f-]{36})"', 'g') AS visit
    WHERE version > :after AND version <= :upto AND args IS NOT NULL AND whose[1] = ANY(CAST(:ids AS text[]))
        AND (:any OR visit[1] = ANY(CAST(:visits AS text[])))
    """
)


@value
class SaidLater:
    """Who was erased, and of which visits that were never made a note still has its words; by all edits up to one."""

    of: Mapping[str, Sequence[str]]
    upto: int


def said_later(engine: Engine, tenant: Tenant, scrubbed: str, *, after: int = 0) -> SaidLater:
    """Look for notes that came after an erasure, or whose booking did, by which it is known whose they are.

    `scrubbed` is how words begin that were taken out; nothing was left up to the version `after`. The history is read
    in pieces, all of it only where something was logged that can be about somebody who was erased.
    """
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        newest, erased = newest_version(connection), connection.execute(_ERASED).scalars().all()
    look = _Look(engine, tenant, {"scrubbed": f"{scrubbed}%", "an_id": _AN_ID, "ids": array_text(erased)})
    # A history that is shorter than it was is another one.
    new = (after if after <= newest else 0, newest)
    if not erased or (new[0] and not look.untied(new) and not look.wished(new)):
        return SaidLater(of={}, upto=newest)
    found: dict[str, list[str]] = {}
    if visits := look.untied((0, newest)):
        for customer, visit in sorted(look.wished((0, newest), visits)):
            found.setdefault(customer, []).append(visit)
    return SaidLater(of=found, upto=newest)


class _Look:
    def __init__(self, engine: Engine, tenant: Tenant, given: Mapping[str, Any]) -> None:
        self._engine, self._tenant, self._given = engine, tenant, given

    def untied(self, span: tuple[int, int]) -> set[str]:
        """The visits that were never made of which notes still have their words."""
        return {visit for (visit,) in self._rows(_UNTIED, span, {})}

    def wished(self, span: tuple[int, int], visits: set[str] | None = None) -> set[tuple[str, str]]:
        """For whom of those who were erased somebody tried to book which visits; any without some."""
        given = {"any": visits is None, "visits": array_text(sorted(visits or ()))}
        return {(customer, visit) for customer, visit in self._rows(_WISHED_BY, span, given)}

    def _rows(self, question: TextClause, span: tuple[int, int], given: Mapping[str, Any]) -> set[Sequence[Any]]:
        return {
            tuple(row)
            for connection, piece in pieces(self._engine, self._tenant, span)
            for row in connection.execute(question, {**self._given, **given, **piece})
        }

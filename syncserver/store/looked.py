"""What a look through a tenant's history has found of somebody, so that nobody looks there again under the clock."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from shared.model.base import value
from syncserver.store.statements import array_text
from syncserver.store.tenancy import Tenant, tenant_transaction

IDS_IN: Final = """ARRAY(
    SELECT found[1]::uuid
    FROM regexp_matches({}, '[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}', 'g') AS found
)"""
"""An SQL expression for every id that stands in a text."""
SAID: Final = "coalesce(args::text, details::text)"
"""What an edit is about: its arguments, or where they were dropped with age, what was told of it, which quotes them."""
LOG: Final = """(
    SELECT version, ordinal, id, name, args, details FROM mutation_log WHERE version > :upto
    UNION ALL SELECT version, ordinal, id, name, args, details
    FROM unnest(CAST(:versions AS bigint[]), CAST(:ordinals AS bigint[])) AS place (of_version, of_ordinal)
    JOIN mutation_log ON version = of_version AND ordinal = of_ordinal
) AS log"""
"""The edits that a look has found, and all that were logged after it; `Looked.given` has its parameters."""
_PIECE: Final = 5_000
"""Edits that one statement looks at: some tenths of a second."""

Place = tuple[int, int]
"""An edit's version and ordinal."""


@value
class Looked:
    """The `places` of all edits up to a `version` that name any of some `ids`.

    `items` are the attention items of then that are about them, None where all are to be looked at; `dates` those of
    the person's series of which edits speak, and that were never made.
    """

    version: int = -1
    ids: frozenset[str] = frozenset()
    places: frozenset[Place] = frozenset()
    dates: frozenset[str] = frozenset()
    items: frozenset[str] | None = None

    @property
    def given(self) -> Mapping[str, Any]:
        """The parameters of `LOG`."""
        places = sorted(self.places)
        return {
            "upto": self.version,
            "versions": array_text(str(version) for version, _ in places),
            "ordinals": array_text(str(ordinal) for _, ordinal in places),
        }

    def covers(self, ids: Iterable[str]) -> bool:
        """Whether each of them was looked for; before a look everything is."""
        return self.version < 0 or self.ids.issuperset(ids)


NOWHERE_YET: Final = Looked()
"""Nothing was looked at: whoever asks looks at everything."""

_NEWEST: Final = text("SELECT coalesce(max(version), 0) FROM mutation_log")
# A version is never cut in two.
_END: Final = text(
    """
    SELECT max(version) FROM (
        SELECT version FROM mutation_log WHERE version > :after AND version <= :upto
        ORDER BY version, ordinal LIMIT :piece
    ) AS piece
    """
)


def newest_version(connection: Connection) -> int:
    """The version of the last edit; all before it are there as well, for one writes after the other."""
    return int(connection.execute(_NEWEST).scalar_one())


def pieces(engine: Engine, tenant: Tenant, span: tuple[int, int]) -> Iterator[tuple[Connection, Mapping[str, int]]]:
    """A history piece by piece: a transaction that reads, and its versions, `after` one and `upto` another."""
    after, upto = span
    while after < upto:
        with tenant_transaction(engine, tenant, read_only=True) as connection:
            given = {"after": after, "upto": upto, "piece": _PIECE}
            end = connection.execute(_END, given).scalar_one()
            if end is None:
                return
            yield connection, {"after": after, "upto": end}
        after = end

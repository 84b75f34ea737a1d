"""Every message of the wire as a value object; `shared/PROTOCOL.md` shows one of each."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen, Predicate

from shared.model.base import Uuid
from shared.mutations.registry import Line, arguments
from shared.protocol.checksums import is_sum
from shared.protocol.proofs import KEY_LENGTH, PROOF_LENGTH, is_proof, is_public_key

MAX_BODY = 1024 * 1024
"""Bytes of a request's body."""
MAX_ARGS = MAX_BODY - 8192
"""Bytes of one mutation's arguments: what else a message of it alone holds has room beside them."""
MAX_BATCH = 500
"""Mutations of one push."""
MOST_UNDONE = 20
"""Mutations that one takes back, as far as it says so."""
MAX_VERIFY = 256 * 1024
"""Bytes of a question whether a replica is right: 2,000 ranges, which desks make larger the more rows they have."""
MAX_SUMS = 2000
"""Ranges of one table in such a question."""
MAX_CHANGED = 1000
"""Rows that may have changed since the replica's cursor for such a question to be answered."""
MAX_REPAIRED = 20
"""Ranges that are fetched again at once: where more differ, loading afresh is the shorter way."""
MAX_ELAPSED = 400 * 24 * 3600
"""Seconds that a lease can lie back: longer than any offline lease, far short of a forged clock."""


Proof = Annotated[str, MinLen(PROOF_LENGTH), MaxLen(PROOF_LENGTH), Predicate(is_proof)]
"""A device's signature over one of the texts of `proofs`, as base64url."""


@arguments
class ChallengeWish:
    """`POST /v1/auth/challenge`: an empty object."""


@arguments
class Challenge:
    """The answer: what a sign-in within the next `expires_in` seconds is to be proven with."""

    challenge: str
    expires_in: int


@arguments
class DeviceInfo:
    """The desk that a person signs in at; it makes its id, a UUID, and its Ed25519 key pair once.

    `key` is the public key's 32 bytes as base64url, `proof` the signature over `proofs.sign_in_text`.
    """

    id: Uuid
    name: Line
    key: Annotated[str, MinLen(KEY_LENGTH), MaxLen(KEY_LENGTH), Predicate(is_public_key)]
    proof: Proof


@arguments
class SignIn:
    """`POST /v1/auth/sign-in`. `tenant` is the slug, null for platform people."""

    challenge: Annotated[str, MinLen(1), MaxLen(512)]
    email: Annotated[str, MinLen(1), MaxLen(320)]
    password: Annotated[str, MinLen(1), MaxLen(1024)]
    tenant: Annotated[str, MaxLen(63)] | None
    device: DeviceInfo
    totp: Annotated[str, MaxLen(32)] | None = None
    """A code of the person's authenticator app, or one of their recovery codes; gaps in it count for nothing."""


@arguments
class RefreshToken:
    """`POST /v1/auth/refresh` and `/v1/auth/sign-out`.

    `proof` is the signature of the session's device over `proofs.refresh_text` or `proofs.sign_out_text`; without it
    nothing is exchanged and nothing ended.
    """

    refresh_token: Annotated[str, MinLen(1), MaxLen(512)]
    proof: Proof | None = None


@arguments
class UserInfo:
    """Who has signed in."""

    id: str
    name: str
    email: str
    role: str
    tenant: str | None
    session: str
    """What a mutation names as its author."""
    view: str
    """What their role may hold on a desk: people whose views are equal share a replica."""
    schema: int
    """Of which version of the columns `view` is a name: another one has other names for the same."""
    business: str
    """Which business it is: a short name that has become free is another's, and this id never is."""


@arguments
class Tokens:
    """The answer to a sign-in or a refresh; `expires_in` in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: UserInfo


@arguments
class Register:
    """`POST /v1/sync/register`."""

    device: Uuid
    replica: Uuid
    schema: Annotated[int, Ge(1), Le(1_000_000)]


@arguments
class Registered:
    """The answer: the epoch of the server's history, and the signed time that edits name."""

    epoch: str
    lease: str
    server_time: str
    last_seq: int
    view: str
    offline_lease: int
    """Seconds for which the desk takes edits without another answer."""
    business: str
    """As in `UserInfo`."""
    recovering: bool = False
    """Whether the server was put back from a backup: what it may have lost is to be handed in first."""


@arguments
class Pushed:
    """One mutation of a push."""

    seq: Annotated[int, Ge(1), Le(2**53)]
    id: Uuid
    name: Annotated[str, MaxLen(100)]
    v: Annotated[int, Ge(1), Le(1_000_000)]
    args: Mapping[str, Any]
    author: Uuid
    """The session of the person who made it."""
    lease: Annotated[str, MaxLen(2000)]
    elapsed: Annotated[int, Ge(0), Le(MAX_ELAPSED)]
    """Seconds of monotonic time since the lease was given."""
    was_version: Annotated[int, Ge(0), Le(2**53)] | None = None
    """For an edit that an earlier history of the server had decided: the version that it had there."""
    was_outcome: Literal["applied", "adjusted", "rejected", "quarantined"] | None = None
    """With the former: how it had ended there, where its desk was told."""
    was_code: Annotated[str, MaxLen(100)] | None = None
    """With `rejected`: the code of it."""
    made_by: Uuid | None = None
    """With `was_version`: the person whose edit it is, for a server that does not know their session any more."""
    undoes: Annotated[tuple[Uuid, ...], MaxLen(MOST_UNDONE)] | None = None
    """The mutations that it takes back, or does again: where all of those came to nothing, so does it."""


@arguments
class Push:
    """`POST /v1/sync/push`, and `/v1/sync/offer` in recovery."""

    replica: Uuid
    epoch: Annotated[str, MaxLen(100)]
    schema: Annotated[int, Ge(1), Le(1_000_000)]
    mutations: Annotated[tuple[Pushed, ...], MinLen(1), MaxLen(MAX_BATCH)]


@arguments
class Outcome:
    """How one mutation ended. `code`, `details` and `item` go with `rejected`, `adjusted` with `adjusted`.

    `id` is the mutation's: a number alone may be that of another edit, made by a copy of the same replica.
    """

    seq: int
    id: str
    outcome: str
    code: str | None = None
    details: Mapping[str, Any] | None = None
    item: str | None = None
    adjusted: Mapping[str, Any] | None = None
    incident: str | None = None
    already: bool | None = None
    """Whether it was `applied` and changed nothing: what it wanted was so already."""
    version: int | None = None
    """In a pull: the version in which it was decided."""


@arguments
class PushAnswer:
    """The answer to a push: the version at which the last of it was decided, and each mutation's outcome."""

    version: int
    outcomes: tuple[Outcome, ...]


@arguments
class OfferTaken:
    """The answer to what is handed in during recovery: how much of it was not known."""

    taken: int


@arguments
class HandIn:
    """`POST /v1/sync/hand-in`: what still waits at a desk that was shut out, or a part of it.

    `ticket` stands in the answer `revoked`; the mutations are as in a push, in order.
    """

    ticket: Annotated[str, MinLen(1), MaxLen(1024)]
    replica: Uuid
    mutations: Annotated[tuple[Pushed, ...], MaxLen(MAX_BATCH)]
    last: bool
    """Whether nothing of this replica comes after it."""
    books_left: Annotated[int, Ge(0), Le(1000)]
    """Other replicas of the same device that have not been handed in yet."""
    epoch: Annotated[str, MaxLen(100)] | None = None
    """The history that has the parts before it, as the answer to one of them named it; None for the first."""


@arguments
class HandedIn:
    """The answer: how many of the mutations, from the first on, need not be sent again."""

    taken: int
    epoch: str | None = None
    """The history in which they are kept; None where nothing is, as the business is erased."""


@arguments
class PullHead:
    """The first line of a pull; `counts` are the rows that follow by table, `full` says that it is a first sync.

    `version` is where the tenant stands, and in a first sync where it stood when that began.
    """

    kind: Literal["head"]
    epoch: str
    schema: int
    view: str
    version: int
    full: bool
    counts: Mapping[str, int]
    newest: int | None = None
    """In a first sync: of which version these rows are, later than `version` where an earlier part was cut off."""


@arguments
class PullRows:
    """Some rows of one table, in its columns' order."""

    kind: Literal["rows"]
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    resume: str | None = None
    """In a first sync: with what it goes on after these rows, where the rest of it did not arrive."""


@arguments
class PullRemovals:
    """Rows of one table that are there no more."""

    kind: Literal["removals"]
    table: str
    ids: tuple[Uuid, ...]


@arguments
class PullTail:
    """The last line of a pull: nothing is applied before it came.

    That of a first sync stands where the sync began, and tells of no edits: the pull from its cursor brings what
    changed since, and what became of edits. `outcomes` are those of the replica's own edits beyond the cursor that was
    presented, null members left out.
    """

    kind: Literal["tail"]
    cursor: str
    version: int
    last_seq: int
    outcomes: tuple[Outcome, ...]
    counts: Mapping[str, int]
    lease: str
    server_time: str
    offline_lease: int
    """Seconds for which the desk takes edits without another answer."""


@arguments
class BookDays:
    """The answer to `GET /v1/sync/days`: what yesterday, today and tomorrow at a location are drawn from.

    `today` is the local day there, `2026-05-04`. Of the location's visits and blocks there are those that touch these
    days and are not called off; of hours, resources and customers those that they are about.
    """

    location: str
    today: str
    tables: tuple[PullRows, ...]
    """By table; those of which there is nothing are left out."""


@arguments
class RangeSum:
    """What a replica holds of a table from the end of the range before this one up to `before`, which is not in it."""

    before: Uuid | None
    """None for the last range, which has no end."""
    rows: Annotated[int, Ge(0), Le(2**53)]
    sum: Annotated[str, Predicate(is_sum)]


@arguments
class Verify:
    """`POST /v1/sync/verify`: the server's rows as the replica knows them, whatever waits in its queue.

    Of each table that is named all ranges, in ascending order.
    """

    replica: Uuid
    cursor: Annotated[str, MaxLen(2000)]
    tables: Mapping[str, Annotated[tuple[RangeSum, ...], MinLen(1), MaxLen(MAX_SUMS)]]
    tried: Literal["nothing", "repair", "load"] = "nothing"
    """What was done already about a difference that was found: what differs after a load is for people to look at."""


@arguments
class KeyRange:
    """The ids of a table from `start` up to `before`, which is not among them; without either from or to the end."""

    table: Annotated[str, MaxLen(63)]
    start: Uuid | None
    before: Uuid | None


@arguments
class UnequalRange:
    """A range of whose sum the server has another, over the rows that have not changed since the replica's cursor.

    `changed` are the others: what remains without them is the same on both sides, or the replica is wrong.
    """

    table: str
    start: str | None
    before: str | None
    rows: int
    sum: str
    changed: tuple[str, ...]


@arguments
class Verified:
    """The answer: the ranges that are left to be compared, none where all is equal.

    With `behind` nothing was compared, because too much has changed since the cursor: pull, and ask again.
    """

    version: int
    behind: bool
    ranges: tuple[UnequalRange, ...]


@arguments
class Repair:
    """`POST /v1/sync/repair`: a pull from the cursor that brings these ranges whole besides."""

    replica: Uuid
    cursor: Annotated[str, MaxLen(2000)]
    ranges: Annotated[tuple[KeyRange, ...], MinLen(1), MaxLen(MAX_REPAIRED)]


@arguments
class PullRange:
    """Before the rows of a range that was asked for: what the replica holds in it beside those is not there."""

    kind: Literal["range"]
    table: str
    start: str | None
    before: str | None


@arguments
class Poke:
    """One event of `GET /v1/sync/live`: never data."""

    version: int
    epoch: str
    view: str


@arguments
class Health:
    """`GET /health`: the server and its database are up."""

    status: Literal["ok"]
    recovering: int = 0
    """Tenants that wait for what their desks hand in again."""


@arguments
class Problem:
    """An error (RFC 9457) with a stable `code`; the members that only some have are left out elsewhere."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    push_ok: bool | None = None
    """Where the columns of the rows are not the replica's: whether what is queued is still taken."""
    registered: Registered | None = None
    """Then, where the replica was to be registered: what register answers. It is known, and gets no rows."""
    last_seq: int | None = None
    """With `seq_gap`: the last edit that was decided."""
    seq: int | None = None
    """With `replica_forked`: the edit whose number is taken."""
    incident: str | None = None
    """With `internal`: what to name to whoever runs the server."""
    feature: str | None = None
    """With `feature_not_in_plan`: what the plan has not."""
    tier: str | None = None
    """With `feature_not_in_plan`: the least one that has it."""

"""The OpenAPI document's part of each call: the schemas of the messages that the codec itself checks by."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from shared.mutations import decide
from shared.mutations.registry import MUTATIONS
from shared.protocol import account_messages as people
from shared.protocol import audit_messages, codec, messages
from shared.protocol import masquerade_messages as masks
from shared.protocol.problems import STATUS, TITLES, ProblemCode
from shared.rules.numbers.report import Numbers
from syncserver.web.access import Access, Need, stands_before
from syncserver.web.problems import MEDIA_TYPE

_MESSAGES: Final = (
    messages.ChallengeWish, messages.Challenge, messages.SignIn, messages.RefreshToken, messages.Tokens,
    messages.Register, messages.Registered, messages.Push, messages.PushAnswer, messages.OfferTaken,
    messages.HandIn, messages.HandedIn,
    messages.PullHead, messages.PullRows, messages.PullRemovals, messages.PullTail, messages.BookDays,
    messages.Verify, messages.Verified, messages.Repair, messages.PullRange, messages.Poke, messages.Health,
    messages.Problem,
    people.Nothing, people.PasswordChange, people.Forgotten, people.FactorWish, people.FactorDrawn, people.FactorCode,
    people.RecoveryCodes, people.FactorEnd, people.Sessions, people.Devices, people.Invite, people.InviteInfo,
    people.Team, people.RoleChange, people.OfflineLease, people.LeaseWish, people.Erasure, people.Closing,
    people.PlanTerms,
    people.FeedWish, people.FeedInfo, people.Feeds, people.FeedMade, masks.MasqueradeWish, masks.MasqueradeCode,
    masks.MasqueradeRedeemed, masks.MasqueradeInfo, masks.MasqueradeBegun, audit_messages.AuditPage, Numbers,
)  # fmt: skip
JSON: Final = "application/json"
_ANYWHERE: Final = (ProblemCode.INTERNAL, ProblemCode.RETRY)
_KNOWN: Final = (ProblemCode.TOO_MANY_TRIES,)
"""What whoever is known can be answered everywhere: they were refused the same again and again."""
BEARER: Final = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


def reference(name: str) -> dict[str, str]:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def call(
    answers: Mapping[str, tuple[type[Any], ...]],
    *problems: ProblemCode,
    needs: Need,
    request: type[Any] | None = None,
    query: Mapping[str, str] | None = None,
    masqueraded: bool = False,
) -> dict[str, Any]:
    """The keywords of a route that takes and gives these messages, as FastAPI wants them.

    `answers` has the messages by media type, none of them for a file; no type at all means 204. `query` says of each
    text of the address what it is, where the function reads them itself. Whoever has not what
    the route `needs` does not reach it, and whoever masquerades none that does not say that it may be `masqueraded`.
    """
    extra: dict[str, Any] = {"x-needs": needs.value, "x-masqueraded": masqueraded}
    if needs is not Access.OPEN:
        extra["security"] = [{"bearer": []}]
    if request is not None:
        content = {JSON: {"schema": reference(request.__name__)}}
        extra["requestBody"] = {"required": True, "content": content}
    if query is not None:
        extra["parameters"] = [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": said}
            for name, said in query.items()
        ]
    status = 200 if answers else 204
    responses: dict[int | str, dict[str, Any]] = {status: {"description": "Done.", **_content(answers)}}
    by_status: dict[int, list[ProblemCode]] = {}
    known = () if needs is Access.OPEN else _KNOWN
    for problem in dict.fromkeys((*problems, *known, *_ANYWHERE)):
        by_status.setdefault(STATUS[problem], []).append(problem)
    for failed, ones in by_status.items():
        said = " ".join(f"`{one}`: {TITLES[one]}" for one in ones)
        responses[failed] = {"description": said, **_content({MEDIA_TYPE: (messages.Problem,)})}
    return {
        "openapi_extra": extra, "responses": responses, "status_code": status,
        "dependencies": stands_before(needs, masqueraded=masqueraded),
    }  # fmt: skip


def _content(answers: Mapping[str, tuple[type[Any], ...]]) -> dict[str, Any]:
    def schema(ones: tuple[type[Any], ...]) -> dict[str, Any]:
        if not ones:
            return {"type": "string", "format": "binary"}
        named = [reference(one.__name__) for one in ones]
        return named[0] if len(named) == 1 else {"anyOf": named}

    return {"content": {media: {"schema": schema(ones)} for media, ones in answers.items()}} if answers else {}


@cache
def schemas() -> dict[str, Any]:
    """Every schema of the document by name; the arguments of a mutation stand under the mutation's name."""
    named: dict[str, Any] = {}
    for message in _MESSAGES:
        _add(named, message.__name__, codec.json_schema(message))
    for name, mutation in sorted(MUTATIONS.items()):
        _add(named, name, codec.json_schema(mutation.arguments))
    named["Pushed"]["properties"]["args"] = {"anyOf": [reference(name) for name in sorted(MUTATIONS)]}
    return named


def _add(named: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    nested = schema.pop("$defs", {})
    for each, made in ({name: schema} | nested).items():
        if named.setdefault(each, made) != made:
            raise ValueError(f"two schemas are called {each}")


MODULES: Final = decide.NOUNS
"""Imported so that the table of mutations is full."""

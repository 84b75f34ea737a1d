"""Whose rights decide an edit."""

from collections.abc import Iterable

from syncserver.store.pushes import Person


def author_of(
    known: Iterable[Person], device: str, session: str, *, pushed_by: str, handed_in_by: str | None = None,
    made_by: str | None = None,
) -> Person | None:  # fmt: skip
    """The person whose session made an edit, where that person is still signed in on the device that brings it.

    Whoever masquerades stands for that session, `pushed_by`, alone, and nobody else for it: a device can be made that
    bears the id of a masquerade's.

    For an edit that was decided once and is brought again, whoever brings it answers where its author has gone home:
    nobody gets more rights by it than they have, and what they may not do becomes an attention item. Where the session
    is not known any more, it is `made_by` whom the desk says, once they are signed in there again.
    """
    here = [one for one in known if one.device_id == device]
    masked = any(one.session_id == pushed_by and one.actor is not None for one in here)
    mine = [one for one in here if (one.session_id == pushed_by if masked else one.actor is None)]
    named = next((one for one in mine if one.session_id == session and one.active), None)
    if named is not None and any(one.live and one.user_id == named.user_id for one in mine):
        return named
    if made_by is not None and not masked and not any(one.session_id == session for one in here):
        again = next((one for one in mine if one.user_id == made_by and one.live and one.active), None)
        if again is not None:
            return again
    return next((one for one in mine if one.session_id == handed_in_by and one.active), None)

"""What the server keeps of the tokens that it is shown."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest

from shared import clock
from shared.ids import new_id
from syncserver.services.keys.key_ring import KeyRing
from syncserver.services.keys.signing import Keys, new_key


def test_only_tokens_of_ours_are_remembered() -> None:
    keys, now = Keys([new_key()], issuer="test"), clock.now()
    token = keys.access_token({"sub": "somebody"}, issued=now, expires=now + timedelta(minutes=5))
    assert keys.claims(token, now=now) is not None
    for number in range(50):
        assert keys.claims(f"{number}{'x' * 30_000}", now=now) is None
        assert keys.claims(f"{token}{number}", now=now) is None
    assert keys._ring.signed.cache_info().currsize == 1
    assert keys.claims(token, now=now) is not None
    assert keys._ring.signed.cache_info().hits == 1


def test_a_token_that_was_good_is_so_until_it_expires_and_not_before_it_was_made() -> None:
    keys, now = Keys([new_key()], issuer="test"), clock.now()
    token = keys.access_token({"sub": "somebody"}, issued=now, expires=now + timedelta(minutes=5))
    for seconds, is_good in ((0, True), (299, True), (300, False), (150, True), (100_000, False), (-3600, False)):
        assert (keys.claims(token, now=now + timedelta(seconds=seconds)) is not None) is is_good, seconds
    other = Keys(keys._known, issuer="another server")
    assert other.claims(token, now=now) is None
    assert other.claims(token, now=now) is None


def test_only_seals_of_ours_are_remembered_and_each_for_its_purpose() -> None:
    keys = Keys([new_key()], issuer="test")
    sealed = keys.seal("lease", {"at": "now"})
    for number in range(50):
        assert keys.unseal("lease", f"{sealed}{number}") is None
        assert keys.unseal(f"other {number}", sealed) is None
    assert keys._ring.sealed.cache_info().currsize == 0
    for _ in range(2):
        told = keys.unseal("lease", sealed)
        assert told == {"at": "now"}
        told["at"] = "changed by whoever read it"
    assert keys.unseal("other", sealed) is None
    assert keys._ring.sealed.cache_info().hits == 1


def test_only_what_has_the_form_of_a_seal_may_be_by_a_key_that_is_no_more() -> None:
    sealed = Keys([new_key()], issuer="test").seal("lease", {"at": "now"})
    keys = Keys([new_key()], issuer="test")
    assert keys.is_of_no_key(sealed)
    for text in (keys.seal("lease", {"at": "now"}), "", "..", "a..c", "a.b", f"{sealed}.d", "a lease"):
        assert not keys.is_of_no_key(text), text


@pytest.mark.parametrize("member", [{"crit": 5}, {"crit": None}, {"crit": ["x"]}, {"alg": []}, {"typ": 1}], ids=repr)
def test_a_forged_header_is_no_token_whatever_its_members_are(member: dict[str, object]) -> None:
    keys, now = Keys([new_key()], issuer="test"), clock.now()
    head, body, signature = keys.access_token({}, issued=now, expires=now + timedelta(minutes=5)).split(".")
    header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4))) | member
    forged = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert keys.claims(f"{forged}.{body}.{signature}", now=now) is None


def test_what_was_signed_as_something_else_is_no_token() -> None:
    key, now = new_key(), clock.now()
    keys = Keys([key], issuer="test")
    token = keys.access_token({"sub": "somebody"}, issued=now, expires=now + timedelta(minutes=5))
    body = json.dumps(keys.claims(token, now=now))
    assert keys.claims(KeyRing([key]).sign_text(body, kind="checkpoint"), now=now) is None


def test_a_refresh_token_says_its_session_to_the_server_that_made_it_alone() -> None:
    keys, session = Keys([new_key()], issuer="test"), new_id()
    token = keys.first_refresh_token(session)
    assert keys.session_of(token) == session
    assert keys.session_of(keys.child_of(token)) == session
    kid, body, tag = token.split(".")
    other = keys.first_refresh_token(new_id()).split(".")[1]
    short = ("", "x", kid, f"{kid}.", f"{kid}.{body}")
    foreign = (f"{token}x", f"{kid}.{other}.{tag}", f"x.{body}.{tag}")
    for one in short + foreign:
        assert keys.session_of(one) is None, one
        # Whoever exchanges it is given one of the same form, of no session.
        assert keys.session_of(keys.child_of(one)) is None, one
    assert Keys([new_key()], issuer="test").session_of(token) is None


def test_what_is_encrypted_opens_for_its_purpose_and_about_the_same_while_its_key_is_in_use() -> None:
    keys = Keys([new_key()], issuer="test")
    hidden = keys.encrypt("mail", "a link", about="ann")
    assert keys.decrypt("mail", hidden, about="ann") == "a link"
    assert keys.decrypt("factor", hidden, about="ann") is None
    assert keys.decrypt("mail", hidden, about="bob") is None
    kid, _, body = hidden.partition(".")
    assert keys.decrypt("mail", f"{kid}.{body[:-2]}AA", about="ann") is None
    assert Keys([new_key()], issuer="test").decrypt("mail", hidden, about="ann") is None

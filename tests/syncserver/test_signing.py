"""What the server keeps of the tokens that it is shown."""

from datetime import timedelta

from shared import clock
from syncserver.services.signing import Keys, new_key


def test_only_tokens_of_ours_are_remembered() -> None:
    keys, now = Keys([new_key()], issuer="test"), clock.now()
    token = keys.access_token({"sub": "somebody"}, issued=now, expires=now + timedelta(minutes=5))
    assert keys.claims(token, now=now) is not None
    for number in range(50):
        assert keys.claims(f"{number}{'x' * 30_000}", now=now) is None
        assert keys.claims(f"{token}{number}", now=now) is None
    assert keys._signed.cache_info().currsize == 1
    assert keys.claims(token, now=now) is not None
    assert keys._signed.cache_info().hits == 1

"""What is said to whoever is not served."""

import pytest

from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (600, "10 minutes"),
        (None, "a moment"),
    ],
)  # fmt: skip
def test_too_many_tries_say_how_long_to_wait_and_never_less(seconds: int | None, words: str) -> None:
    assert Declined(ProblemCode.TOO_MANY_TRIES, retry_after=seconds).detail == f"Too many tries. Wait {words}."


def test_a_sentence_of_its_own_is_kept() -> None:
    assert Declined(ProblemCode.TOO_MANY_TRIES, "Not now.", retry_after=5).detail == "Not now."
    assert Declined(ProblemCode.RETRY, retry_after=5).detail == "The server is busy. Try again in a moment."

"""The texts that devices sign are never two things, and a key that anybody can sign for is none."""

import pytest

from shared.protocol import proofs
from shared.protocol.proofs import base64url, is_proof, is_public_key, raw_of

P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int]


def added(one: Point, other: Point) -> Point:
    """The sum of two points of edwards25519 (RFC 8032, section 5.1.4, in affine coordinates)."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P)
    return x % P, y % P


def on_curve(y: int) -> Point:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square, "no point has this y"
    return x, y


def test_the_points_that_are_refused_are_those_of_small_order() -> None:
    """Eight points have an order of 8 or less; five values of y tell them from all others."""
    assert len(proofs._SMALL_ORDER) == 5
    points = set()
    for y in proofs._SMALL_ORDER:
        x, _ = on_curve(y)
        points |= {(x, y), (-x % P, y)}
        twice = added((x, y), (x, y))
        four = added(twice, twice)
        assert added(four, four) == (0, 1)
    assert len(points) == 8


def test_a_key_is_refused_whatever_the_sign_of_x() -> None:
    for y in proofs._SMALL_ORDER:
        for sign in (0, 1 << 255):
            assert not is_public_key(base64url((y | sign).to_bytes(32, "little")))


def test_the_parts_of_a_text_keep_apart() -> None:
    def text(tenant: str | None, email: str) -> bytes:
        return proofs.sign_in_text("c", device="d", tenant=tenant, email=email)

    assert len({text("ab", "c"), text("a", "bc"), text(None, "abc")}) == 3
    assert len({proofs.refresh_text("x"), proofs.sign_out_text("x")}) == 2


@pytest.mark.parametrize("text", ["", "A" * 85, "A" * 87, "A" * 85 + "B", "A" * 85 + "=", "Ä" * 86, " " + "A" * 85])
def test_what_is_no_proof(text: str) -> None:
    assert not is_proof(text)


def test_bytes_travel_in_one_writing() -> None:
    for size in (32, 64):
        raw = bytes(range(256 - size, 256))
        assert raw_of(base64url(raw)) == raw

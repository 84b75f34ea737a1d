"""What guards the keys of a desk without a keyring."""

from desktop.sync import sealing

COST = dict(sealing._COST)
"""As it is in the product; the tests themselves make it cheap."""


def test_a_key_costs_what_the_standard_recommends() -> None:
    # RFC 9106, section 4: the second recommended option, for machines with little memory, has four lanes; we have one.
    assert (COST["time_cost"], COST["memory_cost"]) == (3, 64 * 1024)


def test_only_the_same_password_and_salt_give_the_same_key() -> None:
    key = sealing.derived("password", b"0" * 16)
    assert len(key) == 32
    assert key == sealing.derived("password", b"0" * 16)
    assert key not in (sealing.derived("passwork", b"0" * 16), sealing.derived("password", b"1" * 16))


def test_what_is_sealed_opens_with_its_key_and_what_it_is_bound_to_alone() -> None:
    key, other = bytes(32), bytes([1] * 32)
    told = sealing.sealed(b"contents", key, b"bound")
    assert sealing.unsealed(told, key, b"bound") == b"contents"
    assert told != sealing.sealed(b"contents", key, b"bound")
    for wrong in (
        sealing.unsealed(told, other, b"bound"),
        sealing.unsealed(told, key, b"elsewhere"),
        sealing.unsealed(told[:-1] + bytes([told[-1] ^ 1]), key, b"bound"),
        sealing.unsealed(told[:5], key, b"bound"),
    ):
        assert wrong is None

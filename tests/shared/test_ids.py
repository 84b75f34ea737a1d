"""Ids: time-ordered ones, and those that every desk and the server derive from the same parts."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import derived_id, is_id, new_id

_NAMESPACE = uuid.UUID("6b1d9f0e-59c2-5f0a-9d3e-2f6a4c1b7e55")
_texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(_texts, max_size=4))
def test_a_derived_id_is_the_version_5_of_its_parts(parts: list[str]) -> None:
    assert derived_id(*parts) == str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def test_a_derived_id_never_changes() -> None:
    assert derived_id("occurrence", "a", "2026-05-04T09:00:00") == derived_id("occurrence", "a", "2026-05-04T09:00:00")
    assert derived_id("ab", "c") != derived_id("a", "bc")


def test_a_new_id_is_a_version_7_in_canonical_form() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(is_id(one) and uuid.UUID(one).version == 7 and uuid.UUID(one).variant == uuid.RFC_4122 for one in made)

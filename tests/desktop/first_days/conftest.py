"""The real server behind a network that can be spoilt, as of the masquerade's tests."""

from tests.desktop.masquerade.conftest import served, shop, stage  # noqa: F401 fixtures

"""The real server of the masquerade's tests, behind its network."""

from tests.desktop.masquerade.conftest import front, role, served, shop, stage  # noqa: F401 fixtures

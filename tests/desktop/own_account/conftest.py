"""The real server, and somebody at their desk."""

from tests.desktop.masquerade.conftest import front, role, served, shop, stage  # noqa: F401 fixtures

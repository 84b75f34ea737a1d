"""The real server, and somebody at their desk."""

from tests.desktop.masquerade.conftest import served, shop, stage  # noqa: F401 fixtures
from tests.desktop.masquerade.test_window import front  # noqa: F401 fixtures

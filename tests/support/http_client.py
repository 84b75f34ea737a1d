"""The clients with which tests speak HTTP."""

import ssl
from typing import Final

import httpx2

TRUST: Final[ssl.SSLContext] = httpx2.create_ssl_context()
"""Given as `verify`: reading the certificates for each client anew takes longer than most of what it is for."""

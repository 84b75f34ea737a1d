"""Where the request under way comes from; threads that work for it know, too."""

from contextvars import ContextVar
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

called_from: Final[ContextVar[str | None]] = ContextVar("called_from", default=None)
"""The address of the other end; behind a proxy the one that it tells. None outside of requests."""


def network_of(address: str) -> str:
    """What is counted as one by its address: of IPv6 the /64, of which whoever has one has all (RFC 6177)."""
    try:
        told = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(told, IPv4Address):
        return str(told)
    return str(told.ipv4_mapped or ip_network((told, 64), strict=False))

"""The link that opens a masquerade: what is one is read, and nothing else is."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.sync.masquerade_link import BadLink, MasqueradeLink, read_code, read_link

SERVER = "https://book.example.com"
OTHER = "http://127.0.0.1:8123"
SERVERS = frozenset({f"{SERVER}/", OTHER})
FILE = "file:"
CODE = "b5Jx-0123456789_abcdefghijABCDEFGHIJ"
GOOD = f"smoothschedule://masquerade?server={SERVER}&code={CODE}"


@pytest.mark.parametrize(
    ("link", "server"),
    [
        (GOOD, f"{SERVER}/"),
        (f"smoothschedule://masquerade?code={CODE}&server={SERVER}/", f"{SERVER}/"),
        (f"smoothschedule://masquerade?server=https%3A%2F%2Fbook.example.com&code={CODE}", f"{SERVER}/"),
        (f"smoothschedule://masquerade?server=http%3a%2f%2f127.0.0.1%3a8123&code={CODE}", OTHER),
    ],
)
def test_a_link_is_read(link: str, server: str) -> None:
    assert read_link(link, SERVERS) == MasqueradeLink(server=server, code=CODE)


def hostile() -> Iterator[str]:
    """Links that somebody might try."""
    for scheme in ("http", "https", "file", "javascript", "data", "smb", "vnd.smoothschedule", "smoothscheduled",
                   "SMOOTHSCHEDULE", "Smoothschedule", "smooth-schedule", " smoothschedule", "\tsmoothschedule",
                   "smoothschedule\x00", "ｓmoothschedule", "smоothschedule"):  # fmt: skip
        yield GOOD.replace("smoothschedule", scheme, 1)
    for start in ("smoothschedule:masquerade", "smoothschedule:/masquerade", "smoothschedule:///masquerade",
                  "smoothschedule://masquerade/", "smoothschedule://masquerade/..", "smoothschedule://masquerade/start",
                  "smoothschedule://user@masquerade", "smoothschedule://user:pass@masquerade",
                  "smoothschedule://masquerade:80", "smoothschedule://MASQUERADE", "smoothschedule://masquerade.",
                  "smoothschedule://masquerade%2e", "smoothschedule://masquerade;a=b", "smoothschedule://sign-in",
                  "smoothschedule://erase", "smoothschedule://", "smoothschedule://masquerade\\",
                  "smoothschedule://mаsquerade"):  # fmt: skip
        yield GOOD.replace("smoothschedule://masquerade", start, 1)
    for server in ("https://evil.example", "https://book.example.com.evil.example",
                   "https://book.example.com@evil.example",
                   "https://evil.example/https://book.example.com", "http://book.example.com", "//book.example.com",
                   "https:/book.example.com", "https://book.example.com:443", "https://book.example.com/admin",
                   "https://book.example.com/..", "https://BOOK.example.com", "https://book.example.com%2fadmin",
                   "https://book.example.com%00", "https://book.example.com%0d%0aHost:%20evil",
                   "https://book.example.com%20",
                   "https://book.example.com%2500", "https%253A%252F%252Fbook.example.com",
                   "https://book.example.com?x",
                   "https://book.example.com#x", "https://book.example.com+", "https://bo%6fk.example.com%",
                   "https://bo%6gk.example.com", "https://book.example.com%e2%80%8b", "https://bооk.example.com",
                   "https://xn--bk-fmcc.example.com", f"{FILE}///etc/passwd", f"{FILE}//book.example.com/share",
                   r"\\evil\share", "%5c%5cevil%5cshare", "//evil/share", r"D:\share", "D:/share", "/etc/passwd",
                   "../../book.example.com", "127.0.0.1:8123", "http://127.1:8123", "http://2130706433:8123",
                   "http://0x7f000001:8123", "http://[::1]:8123", "http://localhost:8123", "", "%", "%%", "%2",
                   "a" * 700,
                   "javascript:alert(1)", "https://book.example.com\n", "https://book.example.com\u202e"):  # fmt: skip
        yield f"smoothschedule://masquerade?server={server}&code={CODE}"
    for code in ("", "short", "x" * 101, "x" * 5000, f"{CODE}/", f"{CODE}%00", f"{CODE}%26", f"{CODE}+", f"{CODE} ",
                   f"{CODE}=",
                 f"{CODE}.", f"../{CODE}", f"{CODE}\n", f"{CODE}%0a", f"{CODE}é", "%" * 30, f"{CODE}'--",
                   f"{CODE}$(id)",
                 f"{CODE}`id`", f"{CODE};id", "—" * 30):  # fmt: skip
        yield f"smoothschedule://masquerade?server={SERVER}&code={code}"
    for query in ("", "server", "code", f"server={SERVER}", f"code={CODE}", f"server={SERVER}&code={CODE}&code={CODE}",
                  f"server={SERVER}&server=https://evil.example&code={CODE}", f"server={SERVER}&code={CODE}&digits=42",
                  f"server={SERVER}&code={CODE}&", f"&server={SERVER}&code={CODE}", f"server={SERVER}&&code={CODE}",
                  f"server={SERVER};code={CODE}", f"Server={SERVER}&code={CODE}", f"server={SERVER}&Code={CODE}",
                  f"s%65rver={SERVER}&code={CODE}", f"server[]={SERVER}&code={CODE}", f"server={SERVER}&code={CODE}#x",
                  f"server={SERVER}&code={CODE}&server", f"server={SERVER}&code={CODE}?server={SERVER}",
                  f"server=={SERVER}&code={CODE}", f"server={SERVER}&code={CODE}&home=/tmp"):  # fmt: skip
        yield f"smoothschedule://masquerade?{query}"
    yield from (
        "--home=/tmp",
        "-h",
        f"{GOOD}{'&x=y' * 400}",
        "",
        "\x00",
        GOOD[::-1],
        f"{GOOD}\x00",
        f"{GOOD}\r\n{GOOD}",
    )


HOSTILE = list(hostile())


def test_there_are_a_hundred_of_them() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("link", HOSTILE)
def test_a_hostile_link_is_not_opened(link: str) -> None:
    with pytest.raises(BadLink) as bad:
        read_link(link, SERVERS)
    # What it says is not repeated to whoever reads why.
    assert "evil" not in str(bad.value)


@given(st.text(max_size=700))
def test_whatever_it_is_it_is_a_link_or_none(text: str) -> None:
    for link in (text, f"smoothschedule://masquerade?{text}", f"{GOOD}{text}"):
        try:
            read = read_link(link, SERVERS)
        except BadLink:
            continue
        assert read.server in SERVERS


def test_the_code_alone_is_of_the_desks_own_server() -> None:
    assert read_code(f" {CODE}\n", OTHER, SERVERS) == MasqueradeLink(server=OTHER, code=CODE)
    assert read_code(f" {GOOD} ", OTHER, SERVERS).server == f"{SERVER}/"
    with pytest.raises(BadLink):
        read_code("two words", OTHER, SERVERS)

"""Signing out: what is said before it, and after it to whoever comes next."""

NOT_SENT = (
    "The server does not answer just now. {What} saved on this computer, in the encrypted book, and sent in your name "
    "as soon as somebody opens the book here with a network. Your session on the server ends right after that. On this "
    "computer you are signed out at once."
)

CLOSED = (
    "The business is suspended or closed, so that nothing can be sent now. {What} saved on this computer, in the "
    "encrypted book, and sent in your name once the business is open again and somebody opens the book here. To have a "
    "copy yourself, stay and press Sync, Save what waits… before. On this computer you are signed out at once."
)


def leaving_words(waiting: int, *, closed: bool = False) -> tuple[str, str]:
    """Title and text of what is asked before somebody signs out with edits that cannot be sent now.

    `closed` says that it is the business that is closed, and not the server that is away.
    """
    one = waiting == 1
    title = "1 edit is not sent yet" if one else f"{waiting} edits are not sent yet"
    return title, (CLOSED if closed else NOT_SENT).format(What="Your edit is" if one else "Your edits are")


def left_words(waiting: int) -> str:
    """What is said after somebody has signed out with edits that wait; nothing where none does."""
    if not waiting:
        return ""
    edits = "1 edit of yours is" if waiting == 1 else f"{waiting} edits of yours are"
    return f"{edits} saved on this computer, and sent in your name when somebody opens the book here with a network."

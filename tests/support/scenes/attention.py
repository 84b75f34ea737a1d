"""Pictures of what needs attention."""

from dataclasses import replace
from typing import Final

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.models.rows import AttentionDetail, AttentionRow, Choice, Fact, GatheredRow
from desktop.views.main_window import MainWindow
from tests.support.scenes.stage import Scene, work

ITEMS = (
    AttentionRow(
        item_id="i1",
        title="Booking for Mira Holm",
        rule="Ana Lindqvist is taken from 10:00 until 10:45.",
        made="Ana Lindqvist, Mon 23 Nov, 17:40",
    ),
    AttentionRow(
        item_id="i2",
        title="Moving Jonas Berg",
        rule="Cancelled meanwhile (it was Tue 24 Nov, 10:30, moved from Mon 23 Nov, 09:00).",
        made="Ben Okafor, Mon 23 Nov, 17:52",
    ),
)
DETAIL = AttentionDetail(
    item_id="i1",
    title="Booking for Mira Holm",
    made="Entered by Ana Lindqvist on Mon 23 Nov, 17:40",
    rule="Ana Lindqvist is taken from Tue 24 Nov, 10:00 until Tue 24 Nov, 10:45.",
    yours=(
        Fact(label="Customer", text="Mira Holm"),
        Fact(label="Phone and e-mail", text="030 1234567 · mira.holm@salon.example"),
        Fact(label="When", text="Tue 24 Nov, 10:00 – 10:45"),
        Fact(label="Service", text="Cut & finish · 45 min"),
        Fact(label="With", text="Ana Lindqvist"),
        Fact(label="Notes", text="Wants it a little shorter than last time."),
    ),
    now=(
        Fact(label="Ana Lindqvist, 10:00 – 10:45", text="Sofia Rossi · Cut & finish"),
        Fact(label="Booked", text="by Ben Okafor, Mon 23 Nov, 17:38"),
    ),
    slots=tuple(
        Choice(id=str(n), text=f"Tue 24 Nov, {at}", detail="with Ana Lindqvist")
        for n, at in enumerate(("10:45", "11:00", "11:15", "15:00", "15:15"))
    ),
    slots_known=True,
    also=(GatheredRow(title="Arrival", facts=(Fact(label="Seen as", text="Booked, Tue 24 Nov, 10:00"),)),),
)
NOTED = AttentionDetail(
    item_id="i1",
    title="Note: Mira Holm",
    made="Entered by Ana Lindqvist, Mon 23 Nov, 17:40",
    rule="The appointment does not exist, or not any more.",
    yours=(
        Fact(
            label="Note", text="Comes with her daughter, who wants her fringe cut too: plan a quarter of an hour more."
        ),
    ),
    now=(Fact(label="In the book", text="What it belongs to is not there."),),
    slots=(
        Choice(id="customer:m", text="Mira Holm", detail="Customer"),
        Choice(id="appointment:a", text="Mira Holm, Tue 24 Nov, 10:45", detail="Visit"),
    ),
    attach=True,
    keep_why_not="What it belongs to is not there. Attach it to something else.",
    keep_needs_reason=False,
    drop_why_not="What was written down is never dropped: attach it.",
)
ENDED = replace(
    DETAIL,
    title="Moving: Jonas Berg",
    rule="Cancelled meanwhile (it was Tue 24 Nov, 10:00).",
    slots=(),
    slots_wanted=False,
    keep_needs_reason=False,
    restore="Bring back the visit and apply",
    keep_why_not="By itself it cannot be kept: bring back the visit first.",
    also=(GatheredRow(title="Note", facts=(Fact(label="Note", text="Comes with a pram"),)),),
)
CANCELLING = AttentionDetail(
    item_id="i1",
    title="Cancelling: Jonas Berg",
    made="Entered by Ana Lindqvist, Mon 23 Nov, 17:40",
    rule="Moved meanwhile to Tue 24 Nov, 14:00, from 11:00.",
    yours=(
        Fact(label="Visit", text="Jonas Berg, Cut & finish, Tue 24 Nov, 11:00"),
        Fact(label="Reason", text="Rang, has a cold"),
        Fact(label="Called off by", text="The customer"),
        Fact(label="Seen as", text="Booked, Tue 24 Nov, 11:00"),
    ),
    now=(
        Fact(label="Customer", text="Jonas Berg"),
        Fact(label="When", text="Tue 24 Nov, 14:00 – 14:45"),
        Fact(label="Service", text="Cut & finish"),
        Fact(label="With", text="Ana Lindqvist"),
        Fact(label="Status", text="Booked"),
    ),
    slots_known=True,
    slots_wanted=False,
    keep_needs_reason=False,
    keep="Cancel the visit all the same",
    drop="Leave it as it is now",
)
BLOCK = AttentionDetail(
    item_id="i1",
    title="Blocked time",
    made="Entered by Ana Lindqvist, Mon 23 Nov, 17:40",
    rule="The blocked time was changed meanwhile to Ben Okafor, Tue 24 Nov, 15:00 to 16:00.",
    yours=(
        Fact(label="Whose", text="Ana Lindqvist"),
        Fact(label="When", text="Tue 24 Nov, 17:00 – 18:00", was="Tue 24 Nov, 12:00 – 13:00"),
        Fact(label="Reason", text="Training"),
    ),
    now=(
        Fact(
            label="In the book",
            text="The blocked time was changed meanwhile to Ben Okafor, Tue 24 Nov, 15:00 to 16:00.",
        ),
    ),
    slots_known=True,
    slots_wanted=False,
    keep_needs_reason=False,
)
FREED = replace(
    BLOCK,
    rule="The time was freed meanwhile. Bring it back to block it.",
    now=(Fact(label="In the book", text="The time was freed meanwhile. Bring it back to block it."),),
    restore="Bring back the blocked time and apply",
    keep_why_not="By itself it cannot be kept: bring back the blocked time first.",
)
ASIDE = replace(
    DETAIL,
    rule="It was set aside: whoever made it is not signed in on that computer any more. Incident 4f21ab09c3d7.",
    slots=(),
    slots_wanted=False,
    keep_needs_reason=False,
    keep_why_not="Only a manager or the owner decides what was set aside.",
    drop_why_not="Only a manager or the owner decides what was set aside.",
    also=(),
)


LONG = (
    "Allergic to latex and to nickel, which she has told us by phone: the gloves in the second drawer are without. "
    "Her daughter comes along and waits in the corner by the window, where there is a box of toys. She would like the "
    "same colour as in May, a little warmer, and no fringe. Please ring half an hour before, she comes by bus, and the "
    "last one has been late twice. If it is Ben, he knows about the scar behind her left ear."
)
CONTESTED = AttentionDetail(
    item_id="i1",
    title="Change of a customer: Mira Holm",
    made="Entered by Ana Lindqvist, Mon 23 Nov, 17:40",
    rule="The name was changed meanwhile: it was “Mira Holm” and is “Mira Horn” now.",
    yours=(
        Fact(label="Name", text="Mira Berg", was="Mira Holm"),
        Fact(label="Phones", text="030 1234567, 0170 5555555", was="030 1234567"),
        Fact(
            label="E-mails", text="mira.holm-berg.of.the.long.address@a-rather-long-name-of-a-provider.example", was="–"
        ),
        Fact(label="Alert", text=LONG, was="Nickel"),
        Fact(label="Tags added", text="vip, regular"),
    ),
    now=(
        Fact(label="Name", text="Mira Horn"),
        Fact(label="Phones", text="030 1234567"),
        Fact(label="E-mails", text="–"),
        Fact(label="Alert", text="Nickel"),
        Fact(label="Tags", text="early bird"),
    ),
    slots_known=True,
    slots_wanted=False,
    keep_needs_reason=False,
    also=(
        GatheredRow(
            title="Booking",
            facts=(
                Fact(label="Customer", text="Mira Holm"),
                Fact(label="When", text="Tue 24 Nov, 10:00"),
                Fact(label="Service", text="Cut & finish with Ana Lindqvist, Room 1 (60 min) + Colour with Ben Okafor"),
                Fact(label="Notes", text=LONG),
            ),
        ),
        GatheredRow(
            title="Payment",
            facts=(
                Fact(label="Visit", text="Mira Holm, Tue 24 Nov, 10:00"),
                Fact(label="What", text="Balance"),
                Fact(label="How", text="Card terminal"),
                Fact(label="Amount", text="€45.00"),
            ),
        ),
    ),
)


def _attention(window: MainWindow) -> QWidget:
    work(window)
    window.attention.show_items(ITEMS)
    window.attention.show_detail(DETAIL)
    window.show_page("attention")
    return window


def _attention_of(detail: AttentionDetail) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _attention(window)
        window.attention.show_detail(detail)
        # A page that is longer than the window is measured once it is shown.
        QTest.qWait(400)
        return window

    return scene


def _attention_empty(window: MainWindow) -> QWidget:
    work(window)
    window.attention.show_items(())
    window.navigation.show_count(0)
    window.show_page("attention")
    return window


def _attention_settled(window: MainWindow) -> QWidget:
    """Another desk has settled what somebody writes a reason about."""
    _attention(window)
    window.attention.show_detail(replace(DETAIL, keep_needs_reason=True))
    window.attention.ask_reason()
    window.attention.reason.setText("Agreed with both on the phone")
    window.attention.show_items(ITEMS[1:])
    QTest.qWait(400)
    return window


SCENES: Final[dict[str, Scene]] = {
    "attention": _attention,
    "attention-settled": _attention_settled,
    "attention-note": _attention_of(NOTED),
    "attention-ended": _attention_of(ENDED),
    "attention-cancelling": _attention_of(CANCELLING),
    "attention-block": _attention_of(BLOCK),
    "attention-block-freed": _attention_of(FREED),
    "attention-contested": _attention_of(CONTESTED),
    "attention-aside": _attention_of(ASIDE),
    "attention-empty": _attention_empty,
}

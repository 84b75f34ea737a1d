"""The tour of one connected day: signing in, booking by drag, and all that becomes of a booking."""

import time

from tests.support.book_page import BookPage
from tests.support.desk_window import NotShown, middle
from tests.support.tour_stage import Tour


def sign_in(tour: Tour) -> str:
    """1. Sign in at both desks; start again without a password."""
    for desk, role in ((tour.a, "TENANT_STAFF"), (tour.b, "TENANT_MANAGER")):
        account = tour.server.account(role)
        desk.start()
        desk.fill("Server address", tour.cable.url)
        desk.fill("Business", "demo")
        desk.fill("E-mail", account["email"])
        desk.fill("Password", "wrong" + account["password"])
        desk.click("Sign in", role="Button")
        desk.find("not right", seconds=10)
        tour.look(desk, "sign-in-refused")
        desk.fill("Password", account["password"])
        desk.click("Sign in", role="Button")
        # The days around today have their grouping before the book is there.
        desk.find("all edits accepted", role="Button", seconds=30)
        desk.find("bookings", role="Grouping", seconds=30)
        tour.look(desk, "signed-in")
        desk.stop()
        desk.start()
        desk.find("bookings", role="Grouping", seconds=30)
        desk.find("Online", role="Button", seconds=10)
        tour.look(desk, "started-again")
    return "no password asked at the second start; secrets in a store that only tests can give"


def book_by_drag(tour: Tour) -> str:
    """2. Drag a span, find the customer by part of a phone number, save: it is on desk B within a second."""
    here, there = tour.both_go_to(tour.open_day(10))
    hour = here.free_hour("Marcus")
    tour.a.drag(here.point("Marcus", hour), here.point("Marcus", hour + 1, inside=-3))
    tour.a.find("Book ", role="MenuItem")
    tour.look(tour.a, "what-a-drag-can-be")
    tour.a.press("Return")
    tour.a.find("Find customer", role="EditableText")
    tour.a.write("555-0123")
    found = tour.a.find("(312) 555-0123", role="ListItem")["name"]
    tour.guest = found.partition(", ")[0]
    tour.look(tour.a, "customer-by-phone")
    tour.a.click(found, role="ListItem")
    tour.a.find("Choose another customer", role="Button")
    tour.a.write("Blow")
    tour.a.press("Return")
    tour.a.find("Free", seconds=5)
    tour.look(tour.a, "ready-to-save")
    tour.a.click("Save booking", role="Button")
    began = time.monotonic()
    there.box(tour.guest, "Blow-dry", "Marcus")
    took = time.monotonic() - began
    here.box(tour.guest, "Blow-dry", "Marcus")
    tour.look(tour.a, "booked")
    tour.look(tour.b, "booked-at-the-other-desk")
    if took > 1:
        raise NotShown(f"it took {took:.2f} s to desk B")
    return f"on desk B's screen {took * 1000:.0f} ms after the click"


def move_and_end(tour: Tour) -> str:
    """3. Drag to another column and time, resize, arrive, complete, cancel: desk B follows."""
    here, there = BookPage(tour.a), BookPage(tour.b)
    box = here.box(tour.guest, "Marcus")
    # Who has two free hours depends on the day: the demo's book is another on each.
    whom, hour = here.free_column("Theo", "Yuki", "Dana", minutes=120, before=16)
    grip = (middle(box)[0], box["y"] + 10)
    tour.a.drag(grip, (here.x_of(whom), here.y_of(hour) + 10))
    there.box(tour.guest, whom)
    tour.look(tour.a, "moved")
    box = here.box(tour.guest, whom)
    before = box["height"]
    bottom = (middle(box)[0], box["y"] + box["height"] - 2)
    tour.a.drag(bottom, (bottom[0], bottom[1] + (here.y_of(hour + 1) - here.y_of(hour)) // 2))
    there.desk.until(lambda: True if there.box(tour.guest, whom)["height"] > before + 10 else None, "a longer booking")
    tour.look(tour.b, "resized")
    tour.a.click_at(*middle(here.box(tour.guest, whom)))
    for key, button, status in (("A", "Arrive", "arrived"), ("C", "Complete", "completed")):
        tour.a.find(button, role="Button")
        tour.a.press(key)
        there.box(tour.guest, whom, status)
    tour.look(tour.b, "completed")
    # Whose it is depends on the hour: what has begun is booked no more.
    other = next(node for node in here.boxes("booked") if tour.guest not in node["name"])
    words = other["name"].split(", ")
    tour.a.click_at(*middle(other))
    tour.a.find(words[2], role="StaticText")
    tour.a.press("Del")
    tour.look(tour.a, "cancel-asks")
    tour.a.click("Cancel booking", role="Button")
    there.no_box(words[1], words[2], "booked")
    tour.look(tour.b, "cancelled")
    return "moved, resized, arrived, completed, cancelled; each seen at desk B"

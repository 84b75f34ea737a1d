"""Every refusal reads well: for every shape of details that the rules raise, in twelve and in twenty-four hours."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dates import Dates
from shared.errors import Code
from shared.model.appointment import Status
from shared.model.attention import AttentionState
from shared.model.member import Role
from shared.rules.permissions import Capability, may
from shared.texts import SENTENCES, sentence
from tests.architecture.source import modules

Details = Mapping[str, Any]
GERMAN = Dates(zone="Europe/Berlin", locale="de-DE")
AMERICAN = Dates(zone="Europe/Berlin", locale="en-US")
ID = "0196a000-0000-7000-8000-000000000001"
ISO = re.compile(r"\d{4}-\d\d-\d\d|T\d\d:\d\d|\d\dZ")
EIGHT, HALF_PAST, NIGHT = "2026-05-05T06:00:00Z", "2026-05-05T06:30:00Z", "2026-05-05T22:00:00Z"
STANDS = {"status": "booked", "start": EIGHT}
CUT = {"name": "Cut", "with": ["Ana"], "minutes": 45}

# Code, details as they are raised, the sentence in 24 hours and, where it names a time, in 12.
SAID: list[tuple[Code, Details, str, str]] = [
    (Code.INVALID, {"what": "json", "why": "the body is not UTF-8"},
     "The request could not be read: the body is not UTF-8.", ""),
    (Code.INVALID, {"what": "field", "field": "mutations.2.args.start", "why": "Input should be a valid datetime"},
     "The field mutations.2.args.start cannot be taken: Input should be a valid datetime.", ""),
    (Code.INVALID, {"what": "field", "field": "segments.0.minutes", "why": "Input should be at least 1"},
     "The minutes cannot be taken: Input should be at least 1.", ""),
    (Code.INVALID, {"what": "field", "field": "", "why": "Input should be an object"},
     "The value cannot be taken: Input should be an object.", ""),
    (Code.INVALID, {"what": "field", "field": "slot_step"}, "The step of the book cannot be changed here.", ""),
    (Code.INVALID, {"what": "value", "field": "capacity"}, "The capacity cannot be set to that.", ""),
    (Code.INVALID, {"what": "mutation", "name": "appointment.fly", "v": 3},
     "This version does not know the change “appointment.fly”.", ""),
    (Code.INVALID, {"what": "zone", "value": "Mars/Base"}, "There is no time zone called “Mars/Base”.", ""),
    (Code.INVALID, {"what": "wall_time", "value": "2026-03-29T02:30:00", "zone": "Europe/Berlin"},
     "The time Sun 29 Mar, 02:30 does not exist there: the clocks are put forward.",
     "The time Sun Mar 29, 2:30 AM does not exist there: the clocks are put forward."),
    (Code.INVALID, {"what": "rrule", "problem": "unreadable"}, "How it repeats cannot be read.", ""),
    (Code.CHANGED_MEANWHILE, {"what": "passed_over", "subject": "x"},
     "Somebody else had changed it before, unseen: taking it back would not bring that back.", ""),
    (Code.INVALID, {"what": "rrule", "problem": "too_often"},
     "It repeats more often than a book of appointments can hold.", ""),
    (Code.INVALID, {"what": "rrule", "problem": "too_many", "most": 500},
     "It repeats too often to be changed all at once: change it from a later date on.", ""),
    (Code.INVALID, {"what": "field", "field": "first", "why": "its year is to be from 1901 to 2198"},
     "The start of the first one cannot be taken: its year is to be from 1901 to 2198.", ""),
    (Code.INVALID, {"what": "rrule", "problem": "never"}, "It repeats by a rule that has no date, or hardly any.", ""),
    (Code.INVALID, {"what": "length", "minutes": 1500},
     "A visit must be longer than nothing and at most 24 hours.", ""),
    (Code.INVALID, {"what": "length", "minutes": 0}, "It must end after it starts.", ""),
    (Code.INVALID, {"what": "buffer", "minutes": 900}, "The time before or after a visit is at most 12 hours.", ""),
    (Code.INVALID, {"what": "no_resource"}, "A visit needs at least one person, room or piece of equipment.", ""),
    (Code.INVALID, {"what": "part"}, "Something takes part that the visit does not name.", ""),
    (Code.INVALID, {"what": "party", "most": 6, "name": "Yoga"}, "Yoga takes 6 at most.", ""),
    (Code.INVALID, {"what": "size"}, "This is too much for one change. Make it in smaller parts.", ""),
    (Code.INVALID, {"what": "wish"}, "A wish must end after it begins: its days and its hours.", ""),
    (Code.INVALID, {"what": "offer"}, "An offer ends after now, and before the visit that it is about.", ""),
    (Code.INVALID, {"what": "field", "field": "given"}, "The word on that cannot be changed here.", ""),
    (Code.INVALID, {"what": "value", "field": "preferred_id"}, "The preferred person cannot be set to that.", ""),
    (Code.NOT_FOUND, {"what": "waitlist_entry", "subject": ID},
     "The wish on the waitlist does not exist, or not any more.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": {"waiting": "waiting"}, "now": {"waiting": "booked"}},
     "The wish was changed meanwhile: it has been booked now.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "was": {"waiting": "waiting"}, "now": {"waiting": "offered", "until": EIGHT}},
     "The wish was changed meanwhile: it has an offer until Tue 5 May, 08:00 now.",
     "The wish was changed meanwhile: it has an offer until Tue May 5, 8:00 AM now."),
    (Code.INVALID, {"what": "apart"}, "Only two different customers can be kept apart.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": {"apart": False}, "now": {"apart": True}},
     "Somebody found them to be two people meanwhile.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": {"one_customer": False}, "now": {"one_customer": True}},
     "They were made one customer meanwhile, and there is no way back.", ""),
    (Code.INVALID, {"what": "swap"}, "Only two different visits at one location can change places.", ""),
    (Code.INVALID, {"what": "resource_twice"},
     "The same person, room or piece of equipment is named twice.", ""),
    (Code.INVALID, {"what": "name"}, "A name is needed.", ""),
    (Code.INVALID, {"what": "amount"}, "The amount must be more than nothing, and no more than a till can hold.", ""),
    (Code.INVALID, {"what": "currency", "currency": "EUR"}, "The business takes payments in EUR only.", ""),
    (Code.INVALID, {"what": "refund_of"}, "A payment is given back, and a refund is none.", ""),
    (Code.INVALID, {"what": "payment_subject"}, "A payment belongs to a visit: attach it to one.", ""),
    (Code.INVALID, {"what": "unlock_reason"}, "Unlocking a visit needs a reason.", ""),
    (Code.LOCKED, {"subject": ID}, "The visit is paid and closed. A manager can unlock it; notes can be added.", ""),
    (Code.BEYOND_PAID, {"left": 4500, "currency": "EUR"}, "At most 45.00 EUR can be given back.", ""),
    (Code.BEYOND_PAID, {"left": 0, "currency": "EUR"}, "All of it was given back already.", ""),
    (Code.NOT_FOUND, {"what": "payment", "subject": ID}, "The payment does not exist, or not any more.", ""),
    (Code.NOT_ALLOWED, {"capability": "unlock", "role": "TENANT_STAFF"},
     "As staff one may not unlock a visit that is paid and closed. Ask a manager or the owner.", ""),
    (Code.INVALID, {"what": "reason"}, "Booking over a rule needs a reason.", ""),
    (Code.INVALID, {"what": "hours", "opens": 600, "closes": None}, "Opening hours must end after they start.", ""),
    (Code.INVALID, {"what": "season"},
     "Hours that hold from one day to another must end on or after their first day.", ""),
    (Code.NOT_FOUND, {"what": "business", "subject": ID}, "The business does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "resource", "subject": ID},
     "The person, room or equipment does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "location", "subject": ID}, "The location does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "service", "subject": ID}, "The service does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "member", "subject": ID}, "The team member does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "customer", "subject": ID}, "The customer does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "appointment", "subject": ID}, "The appointment does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "series", "subject": ID}, "The series does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "block", "subject": ID}, "The blocked time does not exist, or not any more.", ""),
    (Code.NOT_FOUND, {"what": "attention_item", "subject": ID}, "The item does not exist, or not any more.", ""),
    (Code.NOT_ALLOWED, {"capability": "set_prices", "role": "TENANT_STAFF"},
     "As staff one may not set prices. Ask a manager or the owner.", ""),
    (Code.NOT_ALLOWED, {"capability": "set_prices", "role": "TENANT_STAFF", "was_booked": "Cut"},
     "Cut cost something else when it was booked. As staff one may not set prices. Ask a manager or the owner.", ""),
    (Code.NOT_ALLOWED, {"capability": "manage_business", "role": "TENANT_MANAGER"},
     "As a manager one may not change the business. Ask the owner.", ""),
    (Code.SLOT_TAKEN,
     {"resource": ID, "resource_name": "Ana", "start": EIGHT, "end": HALF_PAST, "appointment": ID,
      "taken_from": EIGHT, "taken_until": HALF_PAST},
     "Ana is taken Tue 5 May, 08:00 to 08:30.", "Ana is taken Tue May 5, 8:00 AM to 8:30 AM."),
    (Code.SLOT_TAKEN,
     {"resource": ID, "resource_name": "Ana", "start": EIGHT, "end": NIGHT, "appointment": ID,
      "taken_from": EIGHT, "taken_until": NIGHT},
     "Ana is taken Tue 5 May, 08:00 to Wed 6 May, 00:00.",
     "Ana is taken Tue May 5, 8:00 AM to Wed May 6, 12:00 AM."),
    (Code.SLOT_TAKEN,
     {"resource": None, "resource_name": "", "start": EIGHT, "end": HALF_PAST, "appointment": None,
      "taken_from": None, "taken_until": None},
     "The slot is taken at that time.", ""),
    *(
        (Code.SLOT_TAKEN,
         {"resource": ID, "resource_name": "Ana", "appointment": ID, "taken_from": EIGHT, "taken_until": HALF_PAST,
          "whose": whose, "buffer": buffer}, said.format("Tue 5 May, 08:00 to 08:30"),
         said.format("Tue May 5, 8:00 AM to 8:30 AM"))
        for whose, buffer, said in (
            ("Mira Holm", "", "Ana is taken by Mira Holm, {}."),
            ("", "", "Ana is taken {}."),
            ("Mira Holm", "theirs", "Ana needs time to prepare or tidy up for the visit of Mira Holm: {}."),
            ("", "theirs", "Ana needs time to prepare or tidy up for another visit: {}."),
            ("Mira Holm", "ours", "The time to prepare or tidy up reaches into the visit of Mira Holm with Ana: {}."),
            ("Mira Holm", "both",
             "There is too little time with Ana to prepare or tidy up between this and the visit of Mira Holm: {}."),
        )
    ),
    (Code.SLOT_TAKEN, {"resource": ID, "resource_name": "Hall", "capacity": 6, "taken": 5, "wanted": 2},
     "Hall has 6 places: 5 are taken at that time, and 2 are wanted.", ""),
    (Code.SLOT_TAKEN, {"resource": ID, "resource_name": "Ana", "capacity": 1, "taken": 1, "wanted": 1},
     "Ana has 1 place: 1 is taken at that time, and 1 is wanted.", ""),
    (Code.SLOT_TAKEN, {"kind": "ROOM", "pool": "", "count": 1}, "No room is free at that time.", ""),
    (Code.SLOT_TAKEN, {"kind": "STAFF", "pool": "", "count": 1}, "No person is free at that time.", ""),
    (Code.SLOT_TAKEN, {"kind": "ROOM", "pool": "Laser", "count": 2},
     "There are not 2 rooms of Laser free at that time.", ""),
    (Code.NEED_UNMET, {"kind": "EQUIPMENT", "pool": "", "count": 1},
     "The service needs a device that this location does not have.", ""),
    (Code.NEED_UNMET, {"kind": "ROOM", "pool": "Laser", "count": 2},
     "The service needs 2 rooms of Laser that this location does not have.", ""),
    (Code.SERIES_CLASH,
     {"count": 2, "of": 10, "clashes": [
         {"original": "2026-05-05T08:00:00/0", "start": EIGHT, "code": "slot_taken", "details": {
             "resource": ID, "resource_name": "Ana", "taken_from": EIGHT, "taken_until": HALF_PAST}},
         {"original": "2026-05-12T08:00:00/0", "start": EIGHT, "code": "blocked", "details": {
             "resource_name": "Ana", "reason": "leave", "end": HALF_PAST}}]},
     "2 of 10 dates of the series cannot be had. Ana is taken Tue 5 May, 08:00 to 08:30. "
     "Ana: leave until Tue 5 May, 08:30.",
     "2 of 10 dates of the series cannot be had. Ana is taken Tue May 5, 8:00 AM to 8:30 AM. "
     "Ana: leave until Tue May 5, 8:30 AM."),
    (Code.OUTSIDE_HOURS,
     {"resource": ID, "resource_name": "Ana", "start": EIGHT, "end": HALF_PAST, "zone": "Europe/Berlin"},
     "Ana is closed for some of Tue 5 May, 08:00 to 08:30.",
     "Ana is closed for some of Tue May 5, 8:00 AM to 8:30 AM."),
    (Code.OUTSIDE_HOURS,
     {"resource": ID, "resource_name": "", "start": EIGHT, "end": NIGHT, "zone": "Europe/Berlin"},
     "The location is closed for some of Tue 5 May, 08:00 to Wed 6 May, 00:00.",
     "The location is closed for some of Tue May 5, 8:00 AM to Wed May 6, 12:00 AM."),
    (Code.BLOCKED,
     {"resource": ID, "resource_name": "Room 2", "reason": "maintenance", "start": EIGHT, "end": HALF_PAST},
     "Room 2: maintenance until Tue 5 May, 08:30.", "Room 2: maintenance until Tue May 5, 8:30 AM."),
    (Code.BLOCKED, {"resource": ID, "resource_name": "Ana", "reason": "", "start": EIGHT, "end": HALF_PAST},
     "Ana: blocked until Tue 5 May, 08:30.", "Ana: blocked until Tue May 5, 8:30 AM."),
    (Code.TOO_SOON, {"minutes": 90, "start": EIGHT}, "A booking is needed at least 90 minutes ahead.", ""),
    (Code.TOO_SOON, {"minutes": 60, "start": EIGHT}, "A booking is needed at least 1 hour ahead.", ""),
    (Code.TOO_SOON, {"minutes": 2880, "start": EIGHT}, "A booking is needed at least 2 days ahead.", ""),
    (Code.TOO_FAR_AHEAD, {"days": 1, "start": EIGHT}, "Bookings are open for the next 1 day only.", ""),
    (Code.TOO_FAR_AHEAD, {"days": 365, "start": EIGHT}, "Bookings are open for the next 365 days only.", ""),
    (Code.NOT_STARTED, {"subject": ID, "start": EIGHT},
     "It starts Tue 5 May, 08:00: before that nobody has failed to come.",
     "It starts Tue May 5, 8:00 AM: before that nobody has failed to come."),
    (Code.WRONG_STATUS, {"status": "in_service", "wanted": "no_show", "subject": ID},
     "The appointment is in service, so this step is not open to it.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "field": "name", "was": "Mira", "now": "Mira Holm", "wanted": "Mira H."},
     "The name was changed meanwhile: it was “Mira” and is “Mira Holm” now.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "field": "phones", "was": [], "now": ["+4930", "+4931"], "wanted": ["+4932"]},
     "The phones were changed meanwhile: they were empty and are “+4930”, “+4931” now.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "field": "zone", "was": "Europe/Berlin", "now": "Europe/Paris", "wanted": "Europe/London"},
     "The zone was changed meanwhile: it was “Europe/Berlin” and is “Europe/Paris” now.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "field": "emails", "was": None, "now": ["m@x.de"], "wanted": []},
     "The e-mails were changed meanwhile: they were empty and are “m@x.de” now.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "was": {"status": "booked", "start": EIGHT}, "now": {"status": "no_show", "start": EIGHT}},
     "Marked as a no-show meanwhile (it was Tue 5 May, 08:00).",
     "Marked as a no-show meanwhile (it was Tue May 5, 8:00 AM)."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS, "now": STANDS | {"start": HALF_PAST}},
     "Moved meanwhile to Tue 5 May, 08:30, from 08:00.", "Moved meanwhile to Tue May 5, 8:30 AM, from 8:00 AM."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS, "now": STANDS | {"start": NIGHT}},
     "Moved meanwhile to Wed 6 May, 00:00, from Tue 5 May, 08:00.",
     "Moved meanwhile to Wed May 6, 12:00 AM, from Tue May 5, 8:00 AM."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS, "now": {"status": "cancelled", "start": HALF_PAST}},
     "Cancelled meanwhile (it was Tue 5 May, 08:30, moved from 08:00).",
     "Cancelled meanwhile (it was Tue May 5, 8:30 AM, moved from 8:00 AM)."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS | {"status": "requested"}, "now": STANDS},
     "Accepted meanwhile (it is Tue 5 May, 08:00).", "Accepted meanwhile (it is Tue May 5, 8:00 AM)."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS | {"status": "cancelled"}, "now": STANDS},
     "Booked again meanwhile (it is Tue 5 May, 08:00).", "Booked again meanwhile (it is Tue May 5, 8:00 AM)."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "now": STANDS},
     "The appointment was changed meanwhile: it is booked now, Tue 5 May, 08:00.",
     "The appointment was changed meanwhile: it is booked now, Tue May 5, 8:00 AM."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS, "now": {"status": "of a newer program"}},
     "The appointment was changed meanwhile: it is in another state now.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "was": STANDS | {"booked": [CUT, {"name": "Colour", "with": ["Ben", "Room 1"]}]},
      "now": STANDS | {"booked": [{"name": "", "minutes": 1440}]}},
     "What is booked was changed meanwhile: it was Cut with Ana (45 min) + Colour with Ben, Room 1, "
     "and is a visit (1,440 min) now.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": STANDS | {"party": 1}, "now": STANDS | {"party": 3}},
     "How many come was changed meanwhile: it was 1, and is 3 now.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "was": STANDS | {"booked": [CUT], "party": 1},
      "now": STANDS | {"status": "arrived", "booked": [CUT | {"with": ["Ben"]}], "party": 2}},
     "Marked as arrived meanwhile (it is Tue 5 May, 08:00). What is booked was changed "
     "meanwhile: it was Cut with Ana (45 min), and is Cut with Ben (45 min) now. How many come was changed meanwhile: "
     "it was 1, and is 2 now.",
     "Marked as arrived meanwhile (it is Tue May 5, 8:00 AM). What is booked was "
     "changed meanwhile: it was Cut with Ana (45 min), and is Cut with Ben (45 min) now. How many come was changed "
     "meanwhile: it was 1, and is 2 now."),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "was": STANDS | {"booked": "Cut", "party": "1"}, "now": STANDS | {"booked": [7], "party": 2}},
     "The appointment was changed meanwhile: it is booked now, Tue 5 May, 08:00.",
     "The appointment was changed meanwhile: it is booked now, Tue May 5, 8:00 AM."),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": {"state": "open"}, "now": {"state": "dropped"}},
     "Settled meanwhile: it was let go.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": {"state": "open"}, "now": {"state": "moved"}},
     "Settled meanwhile: another time was taken.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID, "was": {"state": "open"}, "now": {"state": "open"}},
     "It was settled or changed meanwhile.", ""),
    (Code.CHANGED_MEANWHILE,
     {"subject": ID, "was": {"rule": "FREQ=DAILY"}, "now": {"rule": "FREQ=WEEKLY", "ended": False}},
     "The series was changed or ended meanwhile.", ""),
    (Code.CHANGED_MEANWHILE,
     {"what": "block", "subject": ID, "was": {"start": EIGHT, "end": EIGHT}, "now": {"start": EIGHT, "end": HALF_PAST}},
     "The blocked time was changed meanwhile to Tue 5 May, 08:00 to 08:30.",
     "The blocked time was changed meanwhile to Tue May 5, 8:00 AM to 8:30 AM."),
    (Code.CHANGED_MEANWHILE,
     {"what": "block", "subject": ID, "now": {"resource_name": "Ben", "start": EIGHT, "end": HALF_PAST}},
     "The blocked time was changed meanwhile to Ben, Tue 5 May, 08:00 to 08:30.",
     "The blocked time was changed meanwhile to Ben, Tue May 5, 8:00 AM to 8:30 AM."),
    (Code.CHANGED_MEANWHILE, {"what": "block", "subject": ID, "now": {}},
     "The blocked time was changed meanwhile to another one.", ""),
    (Code.CHANGED_MEANWHILE,
     {"what": "hours", "subject": ID, "name": "Ana", "weekday": 1, "was": {"openings": []},
      "now": {"openings": [{"opens": 540, "closes": 750, "valid_from": "2026-06-01", "valid_to": None},
                           {"opens": 1200, "closes": 1560, "valid_from": None, "valid_to": "2026-08-31"}]}},
     "The hours of Ana on Tuesdays were changed meanwhile: they were closed and are 09:00–12:30 (from 1 Jun 2026), "
     "20:00–02:00 (until 31 Aug 2026) now.",
     "The hours of Ana on Tuesdays were changed meanwhile: they were closed and are "
     "9:00 AM–12:30 PM (from Jun 1, 2026), 8:00 PM–2:00 AM (until Aug 31, 2026) now."),
    (Code.CHANGED_MEANWHILE,
     {"what": "block", "subject": ID, "now": {"resource_name": "Ben", "start": EIGHT, "end": HALF_PAST, "reason": ""}},
     "The blocked time was changed meanwhile to Ben, Tue 5 May, 08:00 to 08:30, without a reason.",
     "The blocked time was changed meanwhile to Ben, Tue May 5, 8:00 AM to 8:30 AM, without a reason."),
    (Code.CHANGED_MEANWHILE,
     {"what": "date", "subject": ID, "name": "Ana", "day": "2026-06-01",
      "was": {"opens": None, "closes": None, "reason": "Closed for good", "by_week": False},
      "now": {"opens": 540, "closes": 720, "reason": "", "by_week": False}},
     "The hours of Ana on 1 Jun 2026 were changed meanwhile: they were closed (Closed for good) and are "
     "09:00–12:00 now.",
     "The hours of Ana on Jun 1, 2026 were changed meanwhile: they were closed (Closed for good) and are "
     "9:00 AM–12:00 PM now."),
    (Code.CHANGED_MEANWHILE, {"what": "date", "day": 3, "was": {"by_week": True}, "now": "?"},
     "The hours were changed meanwhile: they were those of the week and are closed now.", ""),
    (Code.CHANGED_MEANWHILE, {"what": "hours", "weekday": 9, "was": [], "now": {"openings": [{"opens": "x"}, 3]}},
     "The hours were changed meanwhile: they were closed and are closed now.", ""),
    (Code.CHANGED_MEANWHILE, {"subject": ID}, "It was settled or changed meanwhile.", ""),
    (Code.IN_USE, {"what": "resource", "name": "Ana", "subject": ID},
     "Ana has been booked already, and stays what and where it is. Archive it and add it anew.", ""),
    (Code.INVALID, {"what": "value", "field": "member_id"}, "The member cannot be set to that.", ""),
    (Code.INVALID, {"what": "value", "field": "location_id"}, "The location cannot be set to that.", ""),
    (Code.INVALID, {"what": "value", "field": "kind"}, "The kind cannot be set to that.", ""),
    (Code.IN_USE, {"what": "customer", "name": "Mira Holm", "subject": ID},
     "Bookings, wishes, notes or payments of Mira Holm are known already.", ""),
    (Code.ARCHIVED, {"what": "customer", "name": "Mira Holm", "subject": ID},
     "The customer Mira Holm is archived. Bring it back first.", ""),
    (Code.ARCHIVED, {"what": "series", "subject": ID}, "The series has ended.", ""),
    (Code.ARCHIVED, {"what": "block", "subject": ID},
     "The time was freed meanwhile. Bring it back to block it.", ""),
    (Code.ARCHIVED, {"what": "resource", "name": "Room 2", "subject": ID},
     "Room 2 is archived. Bring it back first.", ""),
    (Code.ARCHIVED, {"what": "service", "name": "Cut", "subject": ID},
     "The service Cut is archived. Bring it back first.", ""),
    (Code.ARCHIVED, {"what": "location", "name": "Mitte", "subject": ID},
     "The location Mitte is archived. Bring it back first.", ""),
    (Code.ERASED, {"what": "customer", "subject": ID},
     "Everything about this customer was erased, and stays so.", ""),
    (Code.CUSTOMER_BLOCKED, {"name": "Mira Holm", "subject": ID}, "Mira Holm is blocked from booking.", ""),
    (Code.DEPENDENCY, {"subject": ID, "item": ID},
     "It stands on an earlier change that was not taken. Settle that one first.", ""),
    (Code.LIMIT_REACHED, {"limit": "customers", "held": 200, "most": 200, "tier": "FREE"},
     "The plan Free has room for 200 customers.", ""),
    (Code.LIMIT_REACHED, {"limit": "appointments_a_month", "held": 640, "most": 500, "tier": "STARTER"},
     "The plan Starter has room for 500 appointments a month, and there are 640.", ""),
    (Code.LIMIT_REACHED, {"limit": "locations", "held": 1, "most": 1, "tier": "PROFESSIONAL"},
     "The plan Professional has room for 1 location.", ""),
    (Code.LIMIT_REACHED, {"limit": "rockets"}, "The plan has no room for more rockets.", ""),
    (Code.INVALID, {"what": "never_dropped"},
     "What was written down is never dropped: attach it to a customer or a visit.", ""),
    (Code.INVALID, {"what": "taken_back"},
     "It was taken back again by what was entered after it: drop it, or enter it anew.", ""),
    (Code.LEASE_OVER, {"since": "2026-05-04T08:00:00Z"},
     "The server was not reached since Mon 4 May, 10:00: changes are taken again once it is. "
     "Nothing that waits is lost.",
     "The server was not reached since Mon May 4, 10:00 AM: changes are taken again once it is. "
     "Nothing that waits is lost."),
    (Code.LEASE_OVER, {},
     "The server was not reached for too long: changes are taken again once it is. Nothing that waits is lost.", ""),
    (Code.NOT_REACHED, {},
     "The server cannot be reached, and nothing is kept here to be sent later. Nothing was changed.", ""),
    (Code.NOT_ANSWERED, {},
     "The server has not answered. Whether it was done shows as soon as it is reached again.", ""),
    (Code.QUARANTINED, {"incident": ID, "why": "author", "author": ID},
     "It was set aside: whoever made it is not signed in on that computer any more. Incident 000000000001.", ""),
    (Code.QUARANTINED, {"incident": ID, "why": "failed", "author": None},
     "It was set aside: the server stumbled over it. Incident 000000000001.", ""),
    (Code.QUARANTINED, {"incident": ID, "why": "same_id", "author": None},
     "It was set aside: the server knows another edit by its id. Incident 000000000001.", ""),
    (Code.QUARANTINED, {"incident": ID, "why": "revoked", "author": ID},
     "It was set aside: a computer or a person that was shut out has handed it in. Incident 000000000001.", ""),
    (Code.QUARANTINED, {"incident": ID, "why": "before", "author": ID},
     "It was set aside before the server was put back from a backup. Incident 000000000001.", ""),
    (Code.SLOT_TAKEN, {"put_back": True},
     "The slot is taken at that time. So it was before the server was put back from a backup.", ""),
    (Code.FEATURE_NOT_IN_PLAN, {"feature": "several_locations", "tier": "ENTERPRISE"},
     "The plan of the business does not include more than one location; the plan Enterprise does.", ""),
    (Code.FEATURE_NOT_IN_PLAN, {"feature": "time_travel"},
     "The plan of the business does not include time travel.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "details", "german", "american"), SAID)
def test_what_a_person_reads(code: Code, details: Details, german: str, american: str) -> None:
    assert sentence(code, details, GERMAN) == german
    assert sentence(code, details, AMERICAN) == (american or german)


def raised() -> Iterator[tuple[str, str | None, frozenset[str]]]:
    """What the product raises: the code, the name after `what=` (None where it is worked out), the details' names."""
    for module in modules("shared", "syncserver", "desktop"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal" and node.args:
                given_code = ast.unparse(node.args[0]).removeprefix("Code.")
                if all(keyword.arg for keyword in node.keywords):
                    told = {keyword.arg or "": keyword.value for keyword in node.keywords}
                    what = told.get("what")
                    yield given_code, str(what.value) if isinstance(what, ast.Constant) else None, frozenset(told)


@pytest.mark.parametrize(("code", "what", "names"), sorted(set(raised()), key=str))
def test_every_shape_that_is_raised_is_read_above(code: str, what: str | None, names: frozenset[str]) -> None:
    read = [(one.name, details.get("what"), frozenset(details)) for one, details, _, _ in SAID]
    assert any((code, names) == (name, shape) and what in (None, kind) for name, kind, shape in read)


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_every_code_has_a_sentence_without_any_detail(code: Code, language: str) -> None:
    said = sentence(code, {}, GERMAN, language=language)
    assert reads_well(said, code)
    assert sentence(code, {}, GERMAN, language="xx") == sentence(code, {}, GERMAN)


@pytest.mark.parametrize("role", [role for role in Role if not role.is_platform])
@pytest.mark.parametrize("capability", list(Capability))
def test_who_may_not_is_told_what_and_whom_to_ask(capability: Capability, role: Role) -> None:
    said = sentence(Code.NOT_ALLOWED, {"capability": capability.value, "role": role.value}, GERMAN)
    assert reads_well(said, Code.NOT_ALLOWED)
    everybody = [one for one in Role if may(one, capability)]
    if all(one.is_platform for one in everybody):
        assert "platform" in said
    elif role is Role.TENANT_STAFF and not may(role, capability):
        helpers = [one for one in (Role.TENANT_MANAGER, Role.TENANT_OWNER) if may(one, capability)]
        assert helpers
        assert "owner" in said


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_words(status: Status) -> None:
    for code, details in ((Code.WRONG_STATUS, {"status": status.value}),
                          (Code.CHANGED_MEANWHILE, {"now": {"status": status.value, "start": EIGHT}})):  # fmt: skip
        said = sentence(code, details, GERMAN)
        assert reads_well(said, code)
        assert "another state" not in said


def reads_well(said: str, code: Code) -> bool:
    """Whether a sentence is one: no code, no `None`, no text of an instant, no gaps."""
    raw = {code.value, *(one.value for one in Role), *(one.value for one in Capability if "_" in one.value)}
    words = {"None", "null", "  ", " .", ": .", "{", "["} | {one for one in raw if "_" in one}
    whole = said[0].isupper() and said.endswith(".") and ".." not in said
    return whole and not any(word in said for word in words) and not ISO.search(said)


NAMES = st.sampled_from(["Ana", "Room 2", "", "  "])
ODD = st.sampled_from([None, 0, -7, 3.5, True, [], {}, [None], {"a": None}, "", "Tomorrow"])
INSTANTS = st.sampled_from([EIGHT, HALF_PAST, NIGHT, "2026-13-40T99:99:99Z"])
KEYS: dict[str, st.SearchStrategy[Any]] = {
    "what": st.sampled_from(sorted({str(details["what"]) for _, details, _, _ in SAID if "what" in details})),
    "name": NAMES, "resource_name": NAMES, "reason": NAMES, "feature": NAMES, "tier": NAMES, "limit": NAMES,
    "status": st.sampled_from([one.value for one in Status]),
    "role": st.sampled_from([one.value for one in Role]),
    "capability": st.sampled_from([one.value for one in Capability]),
    "minutes": st.integers(0, 10**6), "days": st.integers(0, 4000),
    "left": st.integers(-5, 10**6), "currency": st.sampled_from(["EUR", "JPY", ""]),
    "held": st.integers(0, 10**6), "most": st.integers(0, 10**6),
    "capacity": st.integers(0, 99), "taken": st.integers(0, 99), "wanted": st.integers(0, 99),
    "whose": NAMES, "buffer": st.sampled_from(["", "theirs", "ours", "both", "whoever's"]),
    "field": st.sampled_from(["name", "phones", "slot_step", "mutations.0.lease", ""]),
    "why": st.sampled_from(["the body is not JSON", "Input should be a string."]),
    "was": st.sampled_from(["Mira", ["+4930"], {"status": "booked", "start": HALF_PAST}]),
    "now": st.sampled_from(["Mira", ["+4930"], {"status": "booked", "start": EIGHT}, {"state": "kept"}]),
} | dict.fromkeys(("start", "end", "taken_from", "taken_until"), INSTANTS)  # fmt: skip
SHAPES = st.fixed_dictionaries({}, optional={name: values | ODD for name, values in KEYS.items()})


@given(code=st.sampled_from(list(Code)), details=SHAPES, dates=st.sampled_from([GERMAN, AMERICAN]))
def test_details_of_any_shape_make_a_sentence(code: Code, details: dict[str, Any], dates: Dates) -> None:
    """They travel and are stored: those of a newer server must not close the list that shows them."""
    assert reads_well(sentence(code, details, dates), code)


def test_a_code_of_a_newer_server_is_named() -> None:
    assert sentence("eaten_by_bear", {}, GERMAN) == "The change was not taken (eaten_by_bear)."


def test_of_an_item_that_was_settled_every_choice_has_words() -> None:
    for state in AttentionState:
        details = {"was": {"state": "open"}, "now": {"state": state.value}}
        said = sentence(Code.CHANGED_MEANWHILE, details, Dates())
        assert said.startswith("Settled meanwhile: ") is (state is not AttentionState.OPEN)


@pytest.mark.parametrize("status", Status)
def test_of_a_visit_in_another_status_every_status_has_words(status: Status) -> None:
    seen = Status.BOOKED if status is not Status.BOOKED else Status.CONFIRMED
    details = {"was": STANDS | {"status": seen.value}, "now": STANDS | {"status": status.value}}
    assert " meanwhile (it " in sentence(Code.CHANGED_MEANWHILE, details, Dates())

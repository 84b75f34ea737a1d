"""What became of each row or entry of another program's file, and the sentence that says so."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from shared.dates import date_text
from shared.errors import AppError
from shared.model.base import value


class Verdict(StrEnum):
    """Whether something was taken as it stands, taken otherwise, not at all, or skipped because it is here already."""

    TAKEN = "taken"
    CHANGED = "changed"
    REFUSED = "refused"
    SKIPPED = "skipped"
    UPDATED = "updated"
    """What is here already is changed to what the file says."""


class Why(StrEnum):
    """Each reason to change or refuse something; it chooses the sentence that a person reads."""

    # The file as a whole.
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOT_TEXT = "not_text"
    SPREADSHEET = "spreadsheet"
    NO_COLUMNS = "no_columns"
    TOO_MANY_COLUMNS = "too_many_columns"
    NOT_A_CALENDAR = "not_a_calendar"
    TOO_DEEP = "too_deep"
    ENCODING_GUESSED = "encoding_guessed"
    COLUMNS_LEFT_OUT = "columns_left_out"
    EMPTY_CALENDAR = "empty_calendar"
    # A row of customers.
    CELLS_MISSING = "cells_missing"
    CELLS_TOO_MANY = "cells_too_many"
    QUOTE_BROKEN = "quote_broken"
    QUOTE_OPEN = "quote_open"
    CELL_TOO_LONG = "cell_too_long"
    NOBODY = "nobody"
    SAME_AS_ROW = "same_as_row"
    NAMED_BY_CONTACT = "named_by_contact"
    NOT_A_PHONE = "not_a_phone"
    PHONE_ROUNDED = "phone_rounded"
    NOT_AN_EMAIL = "not_an_email"
    BLOCKED_THERE = "blocked_there"
    CONTROL_CHARACTERS = "control_characters"
    SHORTENED = "shortened"
    TOO_MANY_VALUES = "too_many_values"
    # A row of services or bookings.
    NO_SERVICE_COLUMN = "no_service_column"
    NO_BOOKING_COLUMNS = "no_booking_columns"
    NO_NAME = "no_name"
    NOT_MINUTES = "not_minutes"
    NOT_AN_AMOUNT = "not_an_amount"
    OTHER_CURRENCY = "other_currency"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_COLOUR = "not_a_colour"
    NO_LENGTH_SAID = "no_length_said"
    SAME_SERVICE = "same_service"
    SEVERAL_SERVICES = "several_services"
    WAS = "was"
    WALL_TIME_SKIPPED = "wall_time_skipped"
    WALL_TIME_TWICE = "wall_time_twice"
    SAME_BOOKING = "same_booking"
    OTHER_THERE = "other_there"
    CAME_TO_NOTHING = "came_to_nothing"
    BECOMES_BOOKED = "becomes_booked"
    WHICH_LOCATION = "which_location"
    UNKNOWN_LOCATION = "unknown_location"
    UNKNOWN_RESOURCE = "unknown_resource"
    SEVERAL_RESOURCES = "several_resources"
    NO_RESOURCE = "no_resource"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_SERVICE_LENGTH = "unknown_service_length"
    SEVERAL_CUSTOMERS = "several_customers"
    NEW_CUSTOMER = "new_customer"
    # An entry of a calendar.
    OTHER_KIND = "other_kind"
    NEVER_ENDS = "never_ends"
    NOT_READABLE = "not_readable"
    LINES_LEFT_OUT = "lines_left_out"
    NO_START = "no_start"
    START_UNREADABLE = "start_unreadable"
    END_UNREADABLE = "end_unreadable"
    END_BEFORE_START = "end_before_start"
    NO_LENGTH = "no_length"
    DAY_ASSUMED = "day_assumed"
    DAY_AND_TIME_MIXED = "day_and_time_mixed"
    OUT_OF_RANGE = "out_of_range"
    NO_UID = "no_uid"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    ZONE_UNKNOWN = "zone_unknown"
    ZONE_GUESSED = "zone_guessed"
    TIME_SKIPPED = "time_skipped"
    BECOMES_SINGLE = "becomes_single"
    RULE_UNREADABLE = "rule_unreadable"
    RULE_NEVER = "rule_never"
    RULE_TOO_OFTEN = "rule_too_often"
    RULE_TOO_MANY = "rule_too_many"
    OLDER_LEFT_OUT = "older_left_out"
    DATES_LEFT_OUT = "dates_left_out"
    PLACE_UNREADABLE = "place_unreadable"
    THIS_AND_FUTURE = "this_and_future"
    WHOLE_DAY = "whole_day"
    LONGER_THAN_A_DAY = "longer_than_a_day"
    FREE = "free"


SENTENCES: Final[Mapping[Why, str]] = {
    Why.EMPTY_FILE: "The file is empty.",
    Why.TOO_LARGE: "The file is larger than {limit} MB. Split it and import the parts.",
    Why.TOO_MANY: "The file has more than {limit} entries. Split it and import the parts.",
    Why.NOT_TEXT: "This is not a text file. Export the data as {wanted} and try again.",
    Why.SPREADSHEET: "This is a spreadsheet, not a CSV file. Save it as CSV (UTF-8) and try again.",
    Why.NO_COLUMNS: "No column of names, phones or e-mails was found in the first row: {first_row}.",
    Why.TOO_MANY_COLUMNS: "The file has more than {limit} columns.",
    Why.NOT_A_CALENDAR: "This is not a calendar file: neither a calendar nor an event begins in it.",
    Why.TOO_DEEP: "The file nests its entries more than {limit} deep, which no calendar does.",
    Why.ENCODING_GUESSED: "The file is not UTF-8; its letters were read as Windows-1252. Look at accented names.",
    Why.COLUMNS_LEFT_OUT: "Columns without a place here were left out: {columns}.",
    Why.EMPTY_CALENDAR: "The calendar has no events.",
    Why.CELLS_MISSING: "The row is cut off: it has {found} of {wanted} cells.",
    Why.CELLS_TOO_MANY: "The row has {found} cells where the first row has {wanted}: a comma without quotes?",
    Why.QUOTE_BROKEN: "A quotation mark is opened or closed in the wrong place, so the row cannot be read.",
    Why.QUOTE_OPEN: "A quotation mark opened in line {first} does not close: lines {first} to {last} were not read.",
    Why.CELL_TOO_LONG: "A cell is longer than {limit} characters.",
    Why.NOBODY: "The row has no name, no phone and no e-mail.",
    Why.SAME_AS_ROW: "The same customer stands in row {row}.",
    Why.NAMED_BY_CONTACT: "There is no name; “{name}” stands in for it.",
    Why.NOT_A_PHONE: "“{text}” is not a phone number; it was put into the notes.",
    Why.PHONE_ROUNDED: "“{text}” was a phone number until a spreadsheet rounded it; it was put into the notes.",
    Why.NOT_AN_EMAIL: "“{text}” is not an e-mail address; it was put into the notes.",
    Why.BLOCKED_THERE: "The customer was blocked in the other program; this was made an alert.",
    Why.CONTROL_CHARACTERS: "Characters that cannot be shown were removed.",
    Why.SHORTENED: "The {field} was cut to {limit} characters.",
    Why.TOO_MANY_VALUES: "Only the first {limit} {field} were taken.",
    Why.NO_SERVICE_COLUMN: "No column of services' names was found in the first row: {first_row}.",
    Why.NO_BOOKING_COLUMNS: "No columns of starts and of services or lengths were found in the first row: {first_row}.",
    Why.NO_NAME: "The row has no name.",
    Why.NOT_MINUTES: "{field}: “{text}” is no length. Write minutes, such as 45 or 1:30.",
    Why.NOT_AN_AMOUNT: "“{text}” is no amount in {currency}.",
    Why.OTHER_CURRENCY: "The price is in {currency}; the business counts in {own}.",
    Why.NOT_A_NUMBER: "“{text}” is no number of people.",
    Why.NOT_A_COLOUR: "“{text}” is no colour such as #3366cc; it was left out.",
    Why.NO_LENGTH_SAID: "The service is new, and the row does not say how many minutes it takes.",
    Why.SAME_SERVICE: "The same service stands in row {row}.",
    Why.SEVERAL_SERVICES: "There is more than one service called “{name}”: give them names of their own first.",
    Why.WAS: "{field}: {value}, was {was}.",
    Why.WALL_TIME_SKIPPED: "{wall} does not exist in {zone}: the clocks go forward over it.",
    Why.WALL_TIME_TWICE: "{wall} comes twice in {zone}, as the clocks go back; the first of the two was taken.",
    Why.SAME_BOOKING: "The same booking stands in row {row}.",
    Why.OTHER_THERE: "It is here already and stands otherwise by now; it was left as it is.",
    Why.CAME_TO_NOTHING: "Its status is “{status}”: what came to nothing is not taken.",
    Why.BECOMES_BOOKED: "Its status is “{status}”; it becomes a booking, and nothing more.",
    Why.WHICH_LOCATION: "The business has several locations, and the row does not say which.",
    Why.UNKNOWN_LOCATION: "There is no location called “{name}”.",
    Why.UNKNOWN_RESOURCE: "There is no person, room or equipment called “{name}” at {location}.",
    Why.SEVERAL_RESOURCES: "More than one person, room or piece of equipment is called “{name}”.",
    Why.NO_RESOURCE: "The row says neither with whom or what it is, nor a service that could tell.",
    Why.UNKNOWN_SERVICE: "There is no service called “{name}”: the booking bears that name, and has no price.",
    Why.UNKNOWN_SERVICE_LENGTH: "There is no service called “{name}”, and the row does not say how long it takes.",
    Why.SEVERAL_CUSTOMERS: "More than one customer fits “{name}”: add a phone or an e-mail.",
    Why.NEW_CUSTOMER: "“{name}” becomes a new customer.",
    Why.OTHER_KIND: "{kind} is not an event.",
    Why.NEVER_ENDS: "The event is cut off: its END:VEVENT is missing.",
    Why.NOT_READABLE: "The event cannot be read.",
    Why.LINES_LEFT_OUT: "Lines that cannot be read were left out: {count}.",
    Why.NO_START: "The event has no start (DTSTART).",
    Why.START_UNREADABLE: "The start “{text}” is not a time.",
    Why.END_UNREADABLE: "The end “{text}” is not a time.",
    Why.END_BEFORE_START: "The event ends before it starts.",
    Why.NO_LENGTH: "The event, or a date of it, has no length: it ends when it starts.",
    Why.DAY_ASSUMED: "The whole-day event has no length; it was taken to last one day.",
    Why.DAY_AND_TIME_MIXED: "One of start and end is a whole day and the other a time of day.",
    Why.OUT_OF_RANGE: "The event lies outside the years {first} to {last}.",
    Why.NO_UID: "The event has no UID; it is known by its times and texts instead.",
    Why.CANCELLED: "The event is cancelled, so it leaves nothing.",
    Why.REPLACED: "Another version of the event, as new or newer, stands in entry {number}.",
    Why.ZONE_UNKNOWN: "The time zone “{zone}” is unknown; its times were read as those of {used}.",
    Why.ZONE_GUESSED: "The time zone “{zone}” was taken to be {used}.",
    Why.TIME_SKIPPED: "Its start does not exist on that day, as the clocks go forward; it was moved with them.",
    Why.BECOMES_SINGLE: "The recurring event becomes single ones, those before {until}: {count}.",
    Why.RULE_UNREADABLE: "How the event repeats cannot be read (“{rule}”); only the dates that it names were taken.",
    Why.RULE_NEVER: "The event repeats by a rule without a date (“{rule}”); only the dates that it names were taken.",
    Why.RULE_TOO_OFTEN: "The event repeats more often than a book of appointments can hold (“{rule}”).",
    Why.RULE_TOO_MANY: "The file's recurring events have too many dates; this one was left out.",
    Why.OLDER_LEFT_OUT: "Its oldest dates were left out: {count}.",
    Why.DATES_LEFT_OUT: "Dates that it adds or excepts cannot be read and were left out.",
    Why.PLACE_UNREADABLE: "It cannot be read which date of a recurring event this one replaces.",
    Why.THIS_AND_FUTURE: "The change was meant for this and all later dates; it was made to this date alone.",
    Why.WHOLE_DAY: "An event of whole days is no appointment; import it as a blocked span.",
    Why.LONGER_THAN_A_DAY: "An appointment lasts at most 24 hours.",
    Why.FREE: "The event is marked as free time, so it blocks nothing.",
}
"""The sentence of each reason, in English."""

_LONGEST_QUOTE = 120


@value
class Note:
    """One reason with what its sentence needs."""

    why: Why
    values: Mapping[str, object]

    @property
    def sentence(self) -> str:
        """What a person reads, with dates as most write them."""
        return self.in_words("en-GB")

    def in_words(self, locale: str) -> str:
        """What a person reads, with dates as the locale writes them."""
        written = {
            name: date_text(held, locale) if isinstance(held, date) else held for name, held in self.values.items()
        }
        return SENTENCES[self.why].format_map(written)


def note(why: Why, **values: object) -> Note:
    """A note; texts from the file are made one short line, so that a report stays readable."""
    return Note(why=why, values={name: _quoted(held) for name, held in values.items()})


class UnreadableFile(AppError):
    """The file as a whole cannot be imported; `note` says why."""

    def __init__(self, why: Why, **values: object) -> None:
        self.note = note(why, **values)
        super().__init__(self.note.sentence)


def _quoted(held: object) -> object:
    if not isinstance(held, str):
        return held
    shown = held if len(held) <= _LONGEST_QUOTE else held[: _LONGEST_QUOTE - 1] + "…"
    return "".join(character if character.isprintable() else " " for character in shown).strip()

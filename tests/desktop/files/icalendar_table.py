"""What to expect of the calendars that the library icalendar carries, written down from reading each of them.

Floating times and whole days are those of `ZONE`; recurring events end 24 months after `NOW`. Spans are UTC,
`start/end`. A row is known by its UID, its title, or what kind of entry it is.
"""

from collections.abc import Sequence
from typing import Final

from desktop.files.verdict import Verdict, Why
from shared.model.base import value

ZONE: Final = "Europe/Berlin"
NOW: Final = "2022-10-01T00:00:00Z"


@value
class Row:
    """One entry of a file: its verdict, the reasons for it, how many events, and the first and last of them."""

    known_by: str
    verdict: Verdict
    whys: frozenset[Why]
    count: int
    first: str
    last: str


def taken(known_by: str, span: str) -> Row:
    return Row(known_by=known_by, verdict=Verdict.TAKEN, whys=frozenset(), count=1, first=span, last=span)


def changed(known_by: str, span: str, *whys: Why) -> Row:
    return Row(known_by=known_by, verdict=Verdict.CHANGED, whys=frozenset(whys), count=1, first=span, last=span)


def series(known_by: str, count: int, first: str, last: str, *whys: Why) -> Row:
    reasons = frozenset({Why.BECOMES_SINGLE, *whys})
    return Row(known_by=known_by, verdict=Verdict.CHANGED, whys=reasons, count=count, first=first, last=last)


def refused(known_by: str, why: Why) -> Row:
    return Row(known_by=known_by, verdict=Verdict.REFUSED, whys=frozenset({why}), count=0, first="", last="")


def other(kind: str) -> Row:
    return refused(kind, Why.OTHER_KIND)


def no_start(known_by: str = "") -> Row:
    return refused(known_by, Why.NO_START)


def no_length(known_by: str = "") -> Row:
    return refused(known_by, Why.NO_LENGTH)


_MEETING: Final = [taken("AC67C078-CED3-4BF5-9726-832C3749F627", "2021-03-02T15:30:00Z/2021-03-02T16:30:00Z")]
_THUNDERBIRD: Final = [taken("b9a23b47-f109-4e7a-908c-75e925b27def", "2024-10-23T14:00:00Z/2024-10-23T15:00:00Z")]
_THUNDERBIRD_2: Final = [taken("731b9b91-cf72-499b-bbc9-c53c28e21fc7", "2024-10-23T18:00:00Z/2024-10-23T19:00:00Z")]
_ETAR: Final = [taken("event with alarms android", "2024-10-05T12:00:00Z/2024-10-05T13:00:00Z")]
_GOOGLE: Final = [taken("79fs7pkqvht9m5igs0vjv1sfra@google.com", "2024-10-04T18:15:00Z/2024-10-04T19:00:00Z")]
_SOME: Final = changed("Some event ':'", "2021-11-01T15:00:00Z/2021-11-01T15:30:00Z", Why.ZONE_UNKNOWN)
_SOME_OTHER: Final = changed("Some other event", "2021-11-01T15:40:00Z/2021-11-01T15:50:00Z", Why.ZONE_UNKNOWN)

EXPECTED: Final[dict[str, Why | Sequence[Row]]] = {
    "alarms/example.ics": Why.NOT_A_CALENDAR,
    "alarms/rfc_5545_absolute_alarm_example.ics": Why.NOT_A_CALENDAR,
    "alarms/rfc_5545_end.ics": Why.NOT_A_CALENDAR,
    "alarms/start_date.ics": Why.NOT_A_CALENDAR,
    "availabilities/rfc_7953_1.ics": [other("VAVAILABILITY")],
    "availabilities/rfc_7953_2.ics": [other("VAVAILABILITY")],
    "calendars/alarm_etar_future.ics": _ETAR,
    "calendars/alarm_etar_notification.ics": _ETAR,
    "calendars/alarm_etar_notification_clicked.ics": [
        taken("event with alarm acknowledged", "2024-10-05T13:17:00Z/2024-10-05T14:17:00Z")
    ],
    "calendars/alarm_google_acknowledged.ics": _GOOGLE,
    "calendars/alarm_google_future.ics": _GOOGLE,
    "calendars/alarm_thunderbird_2_future.ics": _THUNDERBIRD_2,
    "calendars/alarm_thunderbird_2_notification_5_min_postponed.ics": _THUNDERBIRD_2,
    "calendars/alarm_thunderbird_2_notification_5_min_postponed_and_closed.ics": _THUNDERBIRD_2,
    "calendars/alarm_thunderbird_2_notification_5_min_postponed_and_popped_up.ics": _THUNDERBIRD_2,
    "calendars/alarm_thunderbird_2_notification_popped_up.ics": _THUNDERBIRD_2,
    "calendars/alarm_thunderbird_closed.ics": _THUNDERBIRD,
    "calendars/alarm_thunderbird_future.ics": _THUNDERBIRD,
    "calendars/alarm_thunderbird_snoozed_until_1457.ics": _THUNDERBIRD,
    "calendars/america_new_york.ics": [taken("noend123", "2014-08-29T12:00:00Z/2014-08-29T14:00:00Z")],
    # The end is written as a second DTSTART.
    "calendars/america_new_york_forward_reference.ics": [no_length("noend123")],
    "calendars/big_bad_calendar.ics": [no_start()] * 20,
    "calendars/bom_calendar.ics": [],
    "calendars/broken_dtstart.ics": [refused("test-123", Why.START_UNREADABLE)],
    # DTSTART has two semicolons.
    "calendars/broken_ical.ics": [no_start("abc")],
    "calendars/calendar_with_unicode.ics": [],
    "calendars/created_calendar_with_unicode_fields.ics": [
        taken("123456", "2010-10-10T10:00:00Z/2010-10-10T12:00:00Z"),
        no_length("åäö"),
        no_start(),
    ],
    "calendars/empty.ics": [],
    "calendars/empty_RDATE.ics": [other("DAYLIGHT")],
    "calendars/example.ics": [
        changed("New Year's Day", "2021-12-31T23:00:00Z/2022-01-01T23:00:00Z", Why.DAY_ASSUMED),
        changed("Orthodox Christmas", "2022-01-06T23:00:00Z/2022-01-07T23:00:00Z", Why.DAY_ASSUMED),
        changed("International Women's Day", "2022-03-07T23:00:00Z/2022-03-08T23:00:00Z", Why.DAY_ASSUMED),
    ],
    "calendars/fuzz_testcase_0_char_in_component_name.ics": Why.NOT_TEXT,
    "calendars/fuzz_testcase_invalid_month.ics": Why.NOT_A_CALENDAR,
    "calendars/fuzz_testcase_vtimezone_lone_cr.ics": Why.NOT_TEXT,
    "calendars/invalid_duration.ics": [refused("invalid-duration@example.com", Why.END_UNREADABLE)],
    "calendars/issue_104_broken_calendar.ics": [
        changed("Broken Eevnt", "2014-04-01T00:00:00Z/2014-04-01T01:00:00Z", Why.NO_UID)
    ],
    "calendars/issue_1050_all_components.ics": [
        taken("event-1", "2025-01-15T15:00:00Z/2025-01-15T16:00:00Z"),
        other("VTODO"),
        other("VJOURNAL"),
        other("VAVAILABILITY"),
    ],
    "calendars/issue_1050_calendar_with_events_and_todos.ics": [
        taken("event-1@example.com", "2025-01-15T15:00:00Z/2025-01-15T16:00:00Z"),
        taken("event-2@example.com", "2025-01-16T15:00:00Z/2025-01-16T16:00:00Z"),
        other("VTODO"),
        other("VJOURNAL"),
    ],
    "calendars/issue_1050_empty_calendar.ics": [],
    "calendars/issue_1050_forward_timezone_reference.ics": [no_length("event@example.com")],
    "calendars/issue_1050_multiple_calendars.ics": [no_start("event1@example.com"), no_start("event2@example.com")],
    "calendars/issue_1050_simple_calendar.ics": [no_length("simple-event@example.com")],
    "calendars/issue_1050_timezone_only_calendar.ics": [],
    "calendars/issue_1050_uid_in_description.ics": [no_start("abc"), no_start("xyz")],
    "calendars/issue_1081_empty_rdate.ics": [no_length("test-123")],
    "calendars/issue_1081_event_with_rrule.ics": [no_length("test-123")],
    "calendars/issue_1081_freebusy_comma_separated.ics": [other("VFREEBUSY")],
    "calendars/issue_1081_invalid_rrule_freq.ics": [no_length("test-123")],
    "calendars/issue_1081_invalid_start_and_end.ics": [refused("test-123", Why.START_UNREADABLE)],
    "calendars/issue_1081_invalid_start_valid_end.ics": [refused("test-123", Why.START_UNREADABLE)],
    "calendars/issue_1081_list_of_properties.ics": [no_length("test-123")],
    "calendars/issue_1081_tzid_param.ics": [no_length("test-123")],
    "calendars/issue_1081_with_summary.ics": [no_start("test-123")],
    "calendars/issue_1231_recurrence.ics": [no_length("test-uid")],
    "calendars/issue_1238.ics": [],
    "calendars/issue_127_categories_with_commas.ics": [no_length("issue-127-test@example.com")],
    "calendars/issue_1426.ics": [
        series(
            "77D80D14-906B-4257-963F-85B1E734DBB6",
            3,
            "1996-12-30T02:00:00Z/1996-12-30T06:00:00Z",
            "1997-09-01T18:00:00Z/1997-09-01T23:30:00Z",
        )
    ],
    "calendars/issue_1426_value_parameters.ics": [taken("issue-1426", "1996-12-31T23:00:00Z/1997-01-01T23:00:00Z")],
    "calendars/issue_1549_binary_attachment.ics": [no_start("binary-attachment-event")],
    "calendars/issue_1561_image_value.ics": [no_start(uid) for uid in ("uri", "binary", "text", "unknown")],
    # It says RECURRENCE-ID, yet nothing else of its series is there and it lists every date itself.
    "calendars/issue_156_RDATE_with_PERIOD_TZID_khal.ics": [
        series(
            "Event",
            19,
            "2018-03-27T13:00:00Z/2018-03-27T14:00:00Z",
            "2018-07-31T13:00:00Z/2018-07-31T14:00:00Z",
            Why.NO_UID,
        )
    ],
    "calendars/issue_156_RDATE_with_PERIOD_TZID_khal_2.ics": [
        series(
            "BF5109494E67AAE20025875100566D31-Lotus_Notes_Generated",
            4,
            "2021-11-01T15:00:00Z/2021-11-01T15:30:00Z",
            "2022-02-07T15:00:00Z/2022-02-07T15:30:00Z",
        )
    ],
    "calendars/issue_1633_freebusy_with_dates.ics": [other("VFREEBUSY")],
    # The start has no length of its own; the period, from midnight to midnight, has one.
    "calendars/issue_1633_rdate_with_dates.ics": [
        series(
            "1",
            1,
            "1997-01-01T00:00:00Z/1997-01-02T00:00:00Z",
            "1997-01-01T00:00:00Z/1997-01-02T00:00:00Z",
            Why.NO_LENGTH,
        )
    ],
    "calendars/issue_1633_rdate_with_dates_and_tzid.ics": [
        series(
            "1",
            1,
            "1997-01-01T05:00:00Z/1997-01-02T05:00:00Z",
            "1997-01-01T05:00:00Z/1997-01-02T05:00:00Z",
            Why.NO_LENGTH,
        )
    ],
    # "BYDAY=MO, TU, WE, TH, FR": what it means is plain.
    "calendars/issue_165_missing_event.ics": [
        series(
            "Sprint 25 Daily Standup",
            14,
            "2015-07-03T08:00:00Z/2015-07-03T08:30:00Z",
            "2015-07-22T08:00:00Z/2015-07-22T08:30:00Z",
            Why.NO_UID,
        )
    ],
    "calendars/issue_168_expected_output.ics": [taken("123", "2015-09-05T09:00:00Z/2015-09-05T10:00:00Z")],
    "calendars/issue_168_input.ics": [changed("123", "2015-09-05T09:00:00Z/2015-09-05T10:00:00Z", Why.LINES_LEFT_OUT)],
    "calendars/issue_178_component_with_invalid_name_represented.ics": Why.NOT_A_CALENDAR,
    "calendars/issue_178_custom_component_contains_other.ics": [
        other("MYCOMPTOO"),
        taken("12345", "2015-01-21T23:00:00Z/2015-01-22T23:00:00Z"),
    ],
    "calendars/issue_178_custom_component_inside_other.ics": [other("UNKNOWN")],
    "calendars/issue_218_bad_tzid.ics": [
        taken("1961094_636238800000000000", "2017-02-28T12:00:00Z/2017-02-28T12:30:00Z")
    ],
    "calendars/issue_237_fail_to_parse_timezone_with_non_ascii_tzid.ics": [
        changed("", "2017-05-11T16:30:00Z/2017-05-11T17:00:00Z", Why.NO_UID)
    ],
    "calendars/issue_27_multiple_periods_in_freebusy_multiple_freebusies.ics": [other("VFREEBUSY")],
    "calendars/issue_27_multiple_periods_in_freebusy_one_freebusy.ics": [other("VFREEBUSY")],
    "calendars/issue_313_globally_unique_tzid.ics": [
        changed("libical-evolution@issue-313", "2020-04-26T12:00:00Z/2020-04-26T13:00:00Z", Why.ZONE_GUESSED),
        changed("mozilla-lightning@issue-313", "2020-04-26T18:00:00Z/2020-04-26T19:00:00Z", Why.ZONE_GUESSED),
        changed("multipart-olson@issue-313", "2020-04-26T17:00:00Z/2020-04-26T18:00:00Z", Why.ZONE_GUESSED),
    ],
    "calendars/issue_321_assert_dst_offset_is_not_false.ics": [
        taken("Reifenwechsel", "2020-04-03T08:20:00Z/2020-04-03T09:30:00Z")
    ],
    "calendars/issue_322_expected_calendar.ics": [no_start("Event with bare string as argument for categories")],
    "calendars/issue_348_exception_parsing_value.ics": [
        other("VFREEBUSY"),
        taken("SIXT_9879691160", "2019-06-24T06:30:00Z/2019-06-24T16:30:00Z"),
    ],
    "calendars/issue_350.ics": [taken("20055546456446", "2022-02-22T18:30:00Z/2022-02-22T19:30:00Z")],
    "calendars/issue_351_whitespace_in_property_and_params.ics": [no_length("issue-351@example.com")],
    "calendars/issue_466_convert_tzid_with_slash.ics": [
        series(
            "0cab49a0-1167-40f0-bfed-ecb4d117047d",
            102,
            "2022-10-21T18:00:00Z/2022-10-21T19:00:00Z",
            "2024-09-27T18:00:00Z/2024-09-27T19:00:00Z",
        )
    ],
    "calendars/issue_466_respect_unique_timezone.ics": [
        series(
            "0cab49a0-1167-40f0-bfed-ecb4d117047d",
            102,
            "2022-10-21T18:00:00Z/2022-10-21T19:00:00Z",
            "2024-09-27T18:00:00Z/2024-09-27T19:00:00Z",
        )
    ],
    # Their zone, "Western/Central Europe", is defined in another file of the library, and so by none of these.
    "calendars/issue_526_calendar_with_different_events.ics": [
        changed("ical-jacadzaca-3", "2021-11-01T15:00:00Z/2021-11-01T15:30:00Z", Why.ZONE_UNKNOWN),
        changed("ical-jacadzaca-4", "2021-11-01T15:40:00Z/2021-11-01T15:50:00Z", Why.ZONE_UNKNOWN),
    ],
    "calendars/issue_526_calendar_with_event_subset.ics": [_SOME],
    "calendars/issue_526_calendar_with_events.ics": [_SOME, _SOME_OTHER],
    "calendars/issue_526_calendar_with_shuffeled_events.ics": [_SOME_OTHER, _SOME],
    "calendars/issue_722_missing_VTIMEZONE_custom.ics": [no_length()],
    "calendars/issue_722_missing_timezones.ics": [
        series(
            "an event with a custom tz name",
            2,
            "2014-08-29T12:00:00Z/2014-08-29T15:00:00Z",
            "2024-09-13T10:00:00Z/2024-09-13T12:00:00Z",
            Why.NO_UID,
        ),
        no_start(),
        other("VTODO"),
        no_start(),
    ],
    "calendars/issue_722_timezone_transition_ambiguity.ics": [no_length(uid) for uid in "0123"],
    "calendars/issue_798_freebusy.ics": [other("VFREEBUSY")] * 3,
    "calendars/issue_798_related_to.ics": [no_start()] * 2,
    "calendars/issue_82_expected_output.ics": [no_start()],
    "calendars/issue_836_do_not_quote_tzid.ics": [
        taken("minimal-demo-event-est-20241028@example.com", "2024-10-28T21:00:00Z/2024-10-28T22:00:00Z")
    ],
    "calendars/multiple_calendar_components.ics": [
        taken("956630271", "2003-12-24T23:00:00Z/2003-12-25T23:00:00Z"),
        taken("911737808", "2003-04-30T22:00:00Z/2003-05-01T22:00:00Z"),
        taken("wh4t3v3r", "2003-12-24T23:00:00Z/2003-12-25T23:00:00Z"),
    ],
    # They add times of day (RDATE;VALUE=TIME), which are no dates.
    "calendars/multiple_timezones.ics": [
        no_length("test-vtime-named-timezone"),
        no_length("test-vtime-utc"),
        no_length("test-vtime-floating"),
    ],
    # The end is written as a second DTSTART.
    "calendars/pacific_fiji.ics": [no_length("noend123")],
    # Two events on the same days, alike but for their descriptions; one EXDATE of the second is empty.
    "calendars/parsing_error.ics": [
        series(
            "", 20, "2008-03-02T23:00:00Z/2008-03-03T23:00:00Z", "2008-03-22T23:00:00Z/2008-03-23T23:00:00Z", Why.NO_UID
        ),
        series(
            "",
            20,
            "2008-03-02T23:00:00Z/2008-03-03T23:00:00Z",
            "2008-03-22T23:00:00Z/2008-03-23T23:00:00Z",
            Why.NO_UID,
            Why.DATES_LEFT_OUT,
        ),
    ],
    "calendars/parsing_error_in_UTC_offset.ics": [],
    "calendars/period_with_timezone.ics": [
        series("1", 9, "2023-09-20T19:00:00Z/2023-09-20T21:00:00Z", "2024-05-15T19:00:00Z/2024-05-15T21:00:00Z")
    ],
    "calendars/pr_480_summary_with_colon.ics": [
        no_start("Example calendar with a ': ' in the summary"),
        no_start("Another event with a ': ' in the summary"),
    ],
    "calendars/property_params.ics": [
        taken("XRIMCAL-628059586-522954492-9750559", "2012-08-13T22:00:00Z/2012-08-14T22:00:00Z")
    ],
    "calendars/rfc_5545_RDATE_example.ics": [no_start(uid) for uid in "012345"],
    "calendars/rfc_6868.ics": [no_start()],
    "calendars/rfc_7256_multi_value_parameters.ics": [no_start("list"), no_start("single")],
    "calendars/rfc_7265_appendix_example_1_ical.ics": [
        taken("4088E990AD89CB3DBB484909", "2008-10-05T22:00:00Z/2008-10-06T22:00:00Z")
    ],
    # Five days and one date more, less the one that stands for itself.
    "calendars/rfc_7265_appendix_example_2_ical.ics": [
        series(
            "00959BC664CA650E933C892C@example.com",
            5,
            "2006-01-02T17:00:00Z/2006-01-02T18:00:00Z",
            "2006-01-06T17:00:00Z/2006-01-06T18:00:00Z",
        ),
        taken("00959BC664CA650E933C892C@example.com", "2006-01-04T19:00:00Z/2006-01-04T20:00:00Z"),
    ],
    "calendars/rfc_7265_example_1.ics": [],
    # They repeat by the Chinese, Ethiopic and Hebrew calendars, and the last by a rule of RFC 7529 too.
    "calendars/rfc_7529.ics": [
        series(
            "4.3.1",
            1,
            "2013-02-09T23:00:00Z/2013-02-10T23:00:00Z",
            "2013-02-09T23:00:00Z/2013-02-10T23:00:00Z",
            Why.RULE_UNREADABLE,
        ),
        series(
            "4.3.2",
            1,
            "2013-09-05T22:00:00Z/2013-09-06T22:00:00Z",
            "2013-09-05T22:00:00Z/2013-09-06T22:00:00Z",
            Why.RULE_UNREADABLE,
        ),
        series(
            "4.3.3",
            1,
            "2014-02-07T23:00:00Z/2014-02-08T23:00:00Z",
            "2014-02-07T23:00:00Z/2014-02-08T23:00:00Z",
            Why.RULE_UNREADABLE,
        ),
        series(
            "4.3.4",
            1,
            "2012-02-28T23:00:00Z/2012-02-29T23:00:00Z",
            "2012-02-28T23:00:00Z/2012-02-29T23:00:00Z",
            Why.RULE_UNREADABLE,
        ),
    ],
    "calendars/rfc_7953_3.ics": [other("VAVAILABILITY")] * 3,
    "calendars/rfc_7986_conferences.ics": [no_start()],
    "calendars/rfc_7986_image.ics": [
        no_start("uri-event"),
        other("VTODO"),
        other("VJOURNAL"),
        no_start("data-event"),
        other("VTODO"),
        other("VJOURNAL"),
    ],
    "calendars/rfc_7986_properties.ics": [],
    "calendars/rfc_9253_examples.ics": [no_length("links-rfc-9253-section-8.2"), no_length("links-rfc-9253-uid")],
    "calendars/rfc_9253_gap.ics": [no_start("1"), no_start("2")],
    "calendars/rfc_9253_related_to.ics": [no_start("19960401-080045-4000F192713.ics")],
    "calendars/small_bad_calendar.ics": [no_start()],
    "calendars/time.ics": [],
    "calendars/timezone_rdate.ics": [no_length("123")],
    "calendars/timezone_same_start.ics": [taken("Test 4", "2017-02-24T20:00:00Z/2017-02-24T20:30:00Z")],
    "calendars/timezone_same_start_and_offset.ics": [taken("blafoobar", "2017-02-24T03:00:00Z/2017-02-24T03:30:00Z")],
    "calendars/timezoned.ics": [taken("123456", "2012-02-13T09:00:00Z/2012-02-17T17:00:00Z")],
    # Every weekday since 2016-10-28 without end, of which the 2,000 latest are kept.
    "calendars/x_location.ics": [
        series(
            "BFE33ADD-5553-48B5-B5A5-F9DA5CA4C393",
            2000,
            "2017-01-31T13:00:00Z/2017-01-31T13:30:00Z",
            "2024-09-30T12:00:00Z/2024-09-30T12:30:00Z",
            Why.OLDER_LEFT_OUT,
        )
    ],
    "events/event_with_escaped_character1.ics": [no_start()],
    "events/event_with_escaped_character2.ics": [no_start()],
    "events/event_with_escaped_character3.ics": [no_start()],
    "events/event_with_escaped_character4.ics": [no_start()],
    "events/event_with_escaped_characters.ics": [no_start()],
    # It floats and its EXDATEs are UTC, so that in Berlin they fall on no date of it.
    "events/event_with_recurrence.ics": [
        series(
            "A recurring event with exdates",
            100,
            "1996-03-31T23:00:00Z/1996-04-01T00:00:00Z",
            "1996-07-08T23:00:00Z/1996-07-09T00:00:00Z",
            Why.NO_UID,
        )
    ],
    "events/event_with_recurrence_exdates_on_different_lines.ics": [
        series(
            "A Recurring event with multiple exdates, one per line.",
            10,
            "2012-03-27T08:00:00Z/2012-03-27T16:00:00Z",
            "2012-07-03T08:00:00Z/2012-07-03T16:00:00Z",
            Why.NO_UID,
        )
    ],
    "events/event_with_rsvp.ics": [no_start()],
    "events/event_with_unicode_fields.ics": [taken("123456", "2010-10-10T10:00:00Z/2010-10-10T12:00:00Z")],
    "events/event_with_unicode_organizer.ics": [no_start()],
    "events/issue_100_transformed_doctests_into_unittests.ics": [no_start("te")],
    "events/issue_101_icalendar_chokes_on_umlauts_in_organizer.ics": [
        taken("wichtiger termin 1", "2013-04-16T10:00:00Z/2013-04-16T11:00:00Z")
    ],
    "events/issue_104_mark_events_broken.ics": [
        changed("Broken Eevnt", "2014-04-01T00:00:00Z/2014-04-01T01:00:00Z", Why.NO_UID, Why.LINES_LEFT_OUT)
    ],
    "events/issue_112_missing_tzinfo_on_exdate.ics": [
        series(
            "ak30b02u7858q1oo6ji9dm4mgg@google.com",
            11,
            "2013-09-07T16:00:00Z/2013-09-07T21:00:00Z",
            "2013-10-19T16:00:00Z/2013-10-19T21:00:00Z",
        )
    ],
    "events/issue_156_RDATE_with_PERIOD.ics": [
        series(
            "rdate_period",
            2,
            "1996-12-30T02:00:00Z/1996-12-30T06:00:00Z",
            "1997-01-01T18:00:00Z/1997-01-02T07:00:00Z",
        )
    ],
    "events/issue_156_RDATE_with_PERIOD_list.ics": [
        series(
            "rdate_period",
            3,
            "1996-12-30T02:00:00Z/1996-12-30T06:00:00Z",
            "1997-01-09T18:00:00Z/1997-01-09T23:30:00Z",
        )
    ],
    "events/issue_157_removes_trailing_semicolon.ics": [no_length()],
    # The start has no length, but the same start is added again as a period of ten hours.
    "events/issue_184_broken_representation_of_period.ics": [
        series("1234567", 1, "2015-02-19T12:30:00Z/2015-02-19T22:30:00Z", "2015-02-19T12:30:00Z/2015-02-19T22:30:00Z")
    ],
    "events/issue_355_url_escaping.ics": [no_length("test")],
    "events/issue_355_url_escaping_2.ics": [no_length("test")],
    "events/issue_355_url_escaping_empty_param.ics": [no_start()],
    "events/issue_464_invalid_rdate.ics": [
        changed("rdate_period", "1996-12-30T02:00:00Z/1996-12-30T06:00:00Z", Why.DATES_LEFT_OUT)
    ],
    "events/issue_53_description_parsed_properly.ics": [
        taken("event_qtkfrcyqkbnb@meetup.com", "2012-07-12T22:30:00Z/2012-07-13T01:30:00Z")
    ],
    "events/issue_64_event_with_ascii_summary.ics": [no_start("abcdef")],
    "events/issue_64_event_with_non_ascii_summary.ics": [no_start("åäö")],
    "events/issue_70_rrule_causes_attribute_error.ics": [
        series(
            "D449CA84-00A3-4E55-83E1-34B58268853B",
            18,
            "2007-02-20T16:00:00Z/2007-02-20T17:00:00Z",
            "2007-06-19T15:00:00Z/2007-06-19T16:00:00Z",
        )
    ],
    "events/issue_82_expected_output.ics": [no_start()],
    "events/rfc_7265_example_4.ics": [changed("", "2011-05-11T22:00:00Z/2011-05-12T22:00:00Z", Why.NO_UID)],
    "events/rfc_7265_request_status.ics": [no_start()],
    "events/rfc_9074_example_1.ics": _MEETING,
    "events/rfc_9074_example_2.ics": _MEETING,
    "events/rfc_9074_example_3.ics": _MEETING,
    "events/rfc_9074_example_4.ics": _MEETING,
    "events/rfc_9074_example_proximity.ics": [no_start()],
    "freebusy/example.ics": [other("VFREEBUSY")],
    "journals/example.ics": [other("VJOURNAL")],
    "timezones/issue_237_brazilia_standard.ics": [],
    "timezones/issue_53_tzid_parsed_properly.ics": [],
    "timezones/issue_55_parse_error_on_utc_offset_with_seconds.ics": [],
    "timezones/pacific_fiji.ics": [],
    "todos/example.ics": [other("VTODO")],
}

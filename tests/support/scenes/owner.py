"""Pictures of what the owner keeps: the set-up, the team, the audit log."""

from collections.abc import Callable
from typing import Final

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget

from desktop.models.rows import AuditRow, Choice, Deed, TeamRow
from desktop.presenters.lease_choice import AWAY
from desktop.presenters.team import NEVER_SHOWN, OFFLINE
from desktop.views.main_window import MainWindow
from desktop.widgets.status_pill import Connection, SyncFacts
from tests.support import setup_gallery
from tests.support.scenes.stage import Scene, as_owner, work


def _setup_of(show: Callable[[MainWindow], None], *, down: float = 0, narrow: bool = False) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        work(window)
        if narrow:
            window.resize(960, 640)
        as_owner(window)
        window.navigation.allow_setup(allowed=True)
        window.show_page("setup")
        show(window)
        for area in window.setup.findChildren(QScrollArea):
            QTest.qWait(20)
            area.verticalScrollBar().setValue(round(down * area.verticalScrollBar().maximum()))
        return window

    return scene


def _setup_consequences(window: MainWindow) -> QWidget:
    _setup_of(setup_gallery.show_consequences)(window)
    return window.setup.consequences


PEOPLE_OF_TEAM = (
    TeamRow(id="1", title="Olga Sander", detail="olga@acme.example · last seen 11:10",
            chips=("Owner", "You", "Second factor"),
            deeds=(Deed(action="role", text="Role…", why_not="Nobody does that to themselves."),
                   Deed(action="disable", text="Disable…", why_not="Nobody does that to themselves."))),
    TeamRow(id="2", title="Ben Okafor", detail="ben@acme.example · last seen 09:58", chips=("Manager",),
            deeds=(Deed(action="role", text="Role…"), Deed(action="disable", text="Disable…"))),
    TeamRow(id="3", title="Ana Lopez", detail="ana@acme.example · last seen Mon 23 Nov, 18:20", chips=("Staff",),
            deeds=(Deed(action="masquerade", text="Masquerade…"), Deed(action="role", text="Role…"),
                   Deed(action="disable", text="Disable…"))),
    TeamRow(id="4", title="Maximiliane von Hohenfels-Waldeck",
            detail="maximiliane.von.hohenfels-waldeck@acme.example · last seen Sat 21 Nov, 13:02",
            chips=("Staff", "Second factor"),
            deeds=(Deed(action="masquerade", text="Masquerade…"), Deed(action="role", text="Role…"),
                   Deed(action="disable", text="Disable…"))),
    TeamRow(id="5", title="Tom Becker", detail="tom@acme.example · never here", chips=("Staff", "Disabled"), muted=True,
            deeds=(Deed(action="role", text="Role…"), Deed(action="enable", text="Enable…"))),
)  # fmt: skip
INVITED = (
    TeamRow(id="i", title="zoe@acme.example", detail="good until Fri 27 Nov, 09:40", chips=("Staff",),
            deeds=(Deed(action="take_back", text="Take back…"),)),
)  # fmt: skip
DEVICES = (
    TeamRow(id="d1", title="Front desk", detail="Olga Sander, Ana Lopez · last seen 11:14", chips=("This computer",),
            deeds=(Deed(action="shut_out", text="Shut out…"),)),
    TeamRow(id="d2", title="Olga's laptop", detail="Olga Sander · last seen Sun 22 Nov, 21:05",
            deeds=(Deed(action="shut_out", text="Shut out…"),)),
    TeamRow(id="d3", title="Old till", detail="nobody is signed in · last seen Mon 2 Nov, 17:55", muted=True,
            chips=("Shut out", "Not handed in")),
)  # fmt: skip
SESSIONS = (
    TeamRow(id="s1", title="Front desk", detail="used 11:14", chips=("Here",)),
    TeamRow(id="s2", title="Olga's laptop", detail="used Sun 22 Nov, 21:05",
            deeds=(Deed(action="end_session", text="Sign out there…"),)),
)  # fmt: skip
EVENTS = (
    AuditRow(when="Tue 24 Nov, 11:02", who="sam@platform.example as ana@acme.example",
             what="Stopped acting as somebody",
             reason="Cannot see Tuesday", place="198.51.100.7"),
    AuditRow(when="Tue 24 Nov, 10:55", who="sam@platform.example as ana@acme.example",
             what="Was refused something while acting as somebody: GET /v1/team", reason="Cannot see Tuesday",
             place="198.51.100.7", refused=True),
    AuditRow(when="Tue 24 Nov, 10:48", who="sam@platform.example as ana@acme.example", what="Began to act as somebody",
             reason="Cannot see Tuesday, rang twice about it and is on the phone now", place="198.51.100.7"),
    AuditRow(when="Mon 23 Nov, 17:31", who="olga@acme.example",
             what="Changed a role: ben@acme.example, staff → manager",
             reason="", place="203.0.113.20"),
    AuditRow(when="Mon 23 Nov, 09:01", who="ana@acme.example", what="Could not sign in: sign in failed", reason="",
             place="203.0.113.20", refused=True),
)  # fmt: skip


def team(window: MainWindow) -> QWidget:
    work(window)
    as_owner(window)
    window.show_page("team")
    window.team.show_roles((Choice(id="TENANT_STAFF", text="Staff"), Choice(id="TENANT_MANAGER", text="Manager")))
    window.team.show_rows(PEOPLE_OF_TEAM, INVITED, DEVICES, SESSIONS)
    window.team.show_as_of("As of 11:14")
    window.team.lease.show_lengths(
        tuple(Choice(id=one, text=one) for one in ("1 hour", "8 hours", "1 day", "3 days", "7 days", "14 days")),
        "7 days",
    )
    window.team.lease.show()
    return window


def _team_offline(window: MainWindow) -> QWidget:
    team(window)
    window.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:15", last_contact="11:14"))
    window.team.banner.show_message(OFFLINE, kind="warning", action="Try again")
    window.team.lease.allow(allowed=False, note=AWAY)
    window.team.email.setText("not an address")
    window.team.show_invite_message("This is no e-mail address.")
    return window


def _team_nothing(window: MainWindow) -> QWidget:
    team(window)
    window.team.show_nothing(NEVER_SHOWN)
    window.team.show_as_of("")
    return window


def _disable(window: MainWindow) -> QWidget:
    team(window)
    window.team.question.ask(
        "Disable Ana Lopez?",
        "They are signed out everywhere at once, and cannot sign in again until somebody enables them. What they "
        "entered stays; what a desk of theirs has not sent yet is set aside for you to decide.",
        yes="Disable", no="Keep", then=lambda chosen: None,
    )  # fmt: skip
    return window.team.question


def _change_role(window: MainWindow) -> QWidget:
    team(window)
    window.team.question.ask_which(
        "Change the role of Ana Lopez?",
        "It holds at once, on every desk. Where they may see more or less than before, their book is loaded anew.",
        (Choice(id="TENANT_OWNER", text="Owner"), Choice(id="TENANT_STAFF", text="Staff")), "TENANT_STAFF",
        lambda chosen: None,
    )  # fmt: skip
    return window.team.question


def _audit(window: MainWindow) -> QWidget:
    team(window)
    window.show_page("audit")
    window.audit.show_rows(EVENTS, more=True)
    return window


def _audit_not_in_plan(window: MainWindow) -> QWidget:
    team(window)
    window.show_page("audit")
    window.audit.show_nothing("The plan of the business does not include that.")
    return window


SCENES: Final[dict[str, Scene]] = {
    "setup-services": _setup_of(setup_gallery.show_services),
    "setup-services-down": _setup_of(setup_gallery.show_services, down=1),
    "setup-services-wrong": _setup_of(setup_gallery.show_wrong_service, narrow=True),
    "setup-services-begun": _setup_of(setup_gallery.show_begun_service),
    "setup-places-begun": _setup_of(setup_gallery.show_begun_place),
    "setup-hours-begun": _setup_of(setup_gallery.show_begun_hours),
    "setup-places": _setup_of(setup_gallery.show_places),
    "setup-hours": _setup_of(setup_gallery.show_hours),
    "setup-hours-down": _setup_of(setup_gallery.show_hours, down=1),
    "setup-hours-narrow": _setup_of(setup_gallery.show_hours, down=0.5, narrow=True),
    "setup-consequences": _setup_consequences,
    "setup-policies": _setup_of(setup_gallery.show_policies),
    "setup-plan": _setup_of(setup_gallery.show_plan),
    "setup-plan-down": _setup_of(setup_gallery.show_plan, down=1),
    "setup-plan-offline": _setup_of(setup_gallery.show_plan_offline, narrow=True),
    "team": team,
    "team-offline": _team_offline,
    "team-nothing": _team_nothing,
    "team-disable": _disable,
    "team-role": _change_role,
    "audit": _audit,
    "audit-not-in-plan": _audit_not_in_plan,
}

"""The owner's page of the plan over the real server: what only that knows, and what is said while it is away."""

from contextlib import closing

from desktop.presenters.setup.plan import ASKING, AWAY
from desktop.views.setup.plan import PlanView
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.rules.plans import Override
from syncserver.services.platform import plans
from syncserver.store.tenancy import control_transaction
from tests.desktop.masquerade.conftest import Front, Stage
from tests.desktop.presenters.test_plan_page import PEOPLE, lines, said, warned
from tests.support.faults import Fault
from tests.support.shop import Shop
from tests.support.wire_desk import WireDesk


def agree(stage: Stage, shop: Shop, tier: Tier, override: Override | None = None) -> None:
    """Put the business on a plan, as the platform does, and tell its desks."""
    with control_transaction(stage.engine) as connection:
        version = plans.set_terms(connection, shop.tenant, tier, override)
    if version is not None:
        stage.server.tell(shop.tenant.id, version)


def opened(front: Front) -> PlanView:
    front.desktop.actions["go_setup"].trigger()
    front.window.setup.show_part("plan")
    view = front.window.setup.plan
    front.until(lambda: bool(lines(view)) and view._server.text() not in ("", ASKING))
    return view


def test_the_server_says_how_many_computers_there_are_and_what_was_agreed(
    front: Front, stage: Stage, shop: Shop
) -> None:
    agree(stage, shop, Tier.STARTER, Override(limits={Limit.RESOURCES: 1, Limit.CUSTOMERS: None}))
    front.until(lambda: front.desktop._workplace is not None and _tier(front) == "STARTER")
    view = opened(front)
    assert said(view, "Computers") == "Computers: 1 of 5. Room for 4 more"
    assert ". Agreed with you. The plan Starter has room for 1 person" in said(view, PEOPLE)
    assert warned(view, PEOPLE)[0] == "Full"
    assert said(view, "Customers").endswith("without a limit. Agreed with you")
    assert view._agreed.text().startswith("Something else was agreed with you than the plan Starter says")
    with closing(WireDesk(stage.url, shop, Role.TENANT_STAFF)) as other:
        other.sign_in()
        view.ask.click()
        front.until(lambda: "Computers: 2 of 5" in said(view, "Computers"))


def _tier(front: Front) -> str:
    return front.work.link.desk.do(lambda replica: replica.tx().plan().tier)


def test_a_plan_that_the_platform_changes_is_there_without_asking(front: Front, stage: Stage, shop: Shop) -> None:
    view = opened(front)
    agree(stage, shop, Tier.FREE, Override(limits={Limit.USERS: 40}))
    front.until(lambda: view._title.text() == "Plan Free")
    front.until(lambda: "Agreed with you" in said(view, "Users"))
    agree(stage, shop, Tier.FREE)
    front.until(
        lambda: "Users: 3 of 2. Full. The plan Free has room for 2 users, and there are 3." in said(view, "Users")
    )
    front.until(lambda: not view._agreed.isVisible())


def test_while_the_server_is_away_the_book_says_the_rest(front: Front, stage: Stage, shop: Shop) -> None:
    stage.faults.spoil("/business/plan", Fault.LOST_REQUEST)
    view = opened(front)
    assert AWAY in view._server.text()
    assert "without a limit" in said(view, "Customers") or " of " in said(view, "Customers")
    assert said(view, "Computers").endswith("Only the server counts them")
    view.ask.click()
    front.until(lambda: "as the server said at" in view._server.text())
    assert "Only the server" not in said(view, "Computers")
    stage.faults.spoil("/business/plan", Fault.LOST_REQUEST)
    view.ask.click()
    front.until(lambda: AWAY in view._server.text())
    assert "as the server said at" in view._server.text(), "what was said last is shown still, with its time"
    assert "Only the server" not in said(view, "Computers")

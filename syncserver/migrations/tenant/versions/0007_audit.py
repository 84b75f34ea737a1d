"""The tenant's chain of events, which belongs to the role of all chains: the control schema has a function for it."""

from alembic import context

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Have the chain made."""
    # No statement of a tenant's tree names another schema: whoever runs it says how.
    context.config.attributes["found_chain"]()

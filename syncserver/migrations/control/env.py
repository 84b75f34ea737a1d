"""Runs the tree on the connection it is given, in the schema and the transaction that its caller has opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="alembic_version")
context.run_migrations()

"""Runs the tree on the connection it is given, in the schema and the transaction that its caller has opened.

Offline, which is how a new business gets it, it is written down: for a schema in which nothing is yet.
"""

from alembic import context

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", version_table="alembic_version", transactional_ddl=False)
else:
    context.configure(connection=context.config.attributes["connection"], version_table="alembic_version")
context.run_migrations()

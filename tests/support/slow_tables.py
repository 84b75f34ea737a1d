"""Tables of one business that take their time, for what is said of a statement that is given up."""

from sqlalchemy import Engine

from syncserver.store.tenancy import Tenant, control_transaction, schema_part


def write_slowly(engine: Engine, tenant: Tenant, table: str, *, where: str, seconds: float) -> None:
    """Have a statement that puts rows into a table take so long, where a condition on the rows `touched` holds."""
    with control_transaction(engine) as connection, schema_part(connection, tenant):
        connection.exec_driver_sql(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {where} THEN PERFORM pg_sleep({seconds}); END IF; RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            f'CREATE TRIGGER dawdle AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS touched'
            " FOR EACH STATEMENT EXECUTE FUNCTION dawdle()"
        )

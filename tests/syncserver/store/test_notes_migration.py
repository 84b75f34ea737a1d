"""What the migration that brings notes makes of the items that stood there before it."""

import orjson
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.registry import canonical
from syncserver.store.schemas import upgrade_tenant
from syncserver.store.tenancy import control_transaction, schema_part
from syncserver.store.tenants import create_tenant

ITEM = """
INSERT INTO attention_item (id, mutation_id, name, args, code, details, subject_id, author_id, made_at, state, gathered)
VALUES (%s, %s, 'customer.create', '{}', 'invalid', '{}', %s, %s, now(), %s, %s)
"""


def test_an_open_item_knows_the_rows_that_wait_under_it(any_engine: Engine) -> None:
    tenant = create_tenant(any_engine, slug=new_id(), name="Acme Corp")
    customer, visit, second, mutation = new_id(), new_id(), new_id(), new_id()
    late = [
        {"mutation_id": mutation, "name": "appointment.book", "args": {"appointment_id": visit}},
        {"mutation_id": mutation, "name": "appointment.arrive", "args": {"appointment_id": visit}},
        {"mutation_id": mutation, "name": "appointment.book", "args": {"appointment_id": second}},
        {"mutation_id": mutation, "name": "customer.update", "args": {"customer_id": customer}},
    ]
    items = {state: new_id() for state in ("open", "dropped")}
    with control_transaction(any_engine) as connection:
        connection.exec_driver_sql(f'DROP SCHEMA "{tenant.schema}" CASCADE; CREATE SCHEMA "{tenant.schema}"')
        with schema_part(connection, tenant):
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", "syncserver:migrations/tenant")
            config.set_main_option("path_separator", "os")
            command.upgrade(config, "0003")
            connection.exec_driver_sql("UPDATE clock SET taken_by = pg_current_xact_id()")
            for state, item in items.items():
                told = (item, new_id(), customer, new_id(), state, orjson.dumps(late).decode())
                connection.exec_driver_sql(ITEM, told)
        upgrade_tenant(connection, tenant)
        with schema_part(connection, tenant):
            asked = "SELECT id::text, also_about FROM attention_item"
            found: dict[str, str] = dict(connection.exec_driver_sql(asked).all())
    # As desks keep them: the text is what is compared.
    assert found == {items["open"]: canonical(sorted([visit, second])), items["dropped"]: "[]"}

"""An export read back: it is what the tables hold, of one customer as of the business, and is whole or nothing."""

import csv
import hashlib
import io
import re
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.registry import ENTITIES, Kind
from syncserver.services.audit.recorder import Audit
from syncserver.services.data import exporting
from syncserver.services.data.exporting import cell
from syncserver.store.exports import OF_A_CUSTOMER, OF_A_TENANT, Column, File
from syncserver.store.tenancy import tenant_transaction
from tests.contract import export_shapes
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

OWNER = Role.TENANT_OWNER
NASTY = ("=1+1", "+49 30 1", "-2", "@SUM(A1)", "\tx", "'quoted", "", " ", 'a "b", c', "two\r\nlines", "\rx", "æøå")


@pytest.fixture
def owner(desk: DeskMaker, shop: Shop, engine: Engine) -> WireDesk:
    """The owner of a shop in which something has happened, some of it under nasty names."""
    made = desk(OWNER)
    nasty = [Customer(id=CustomerId(new_id()), name=name, notes=name, phones=(name,)) for name in NASTY]
    put_rows(engine, shop.tenant, *nasty)
    visit = made.booking(next_day(), notes="=cmd|' /C calc'!A0")
    refused = made.booking(next_day())
    about = {"note_id": new_id(), "about": "customer", "subject_id": shop.customer, "text": "likes tea"}
    outcomes = made.push(visit, refused, made.edit("note.add", about))
    assert [one["outcome"] for one in outcomes] == ["applied", "rejected", "applied"]
    assert made.push(made.booking(next_day(days=2), customer_id=nasty[0].id))[0]["outcome"] == "applied"
    return made


def fetched(desk: WireDesk, path: str = "export") -> zipfile.ZipFile:
    reply = desk.http.get(f"/v1/{path}")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(reply.content))


def of_json(archive: zipfile.ZipFile, file: File) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(archive.read(f"json/{file.name}.json"))
    return found


def of_csv(archive: zipfile.ZipFile, file: File) -> list[dict[str, Any]]:
    """The rows of a CSV file, read back as `shared/EXPORT.md` says."""
    text = archive.read(f"csv/{file.name}.csv").decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == [one.name for one in file.columns]
    return [{one.name: read_back(said, one) for one, said in zip(file.columns, row, strict=True)} for row in rows]


def read_back(said: str, column: Column) -> Any:
    if said == "":
        return None
    if said.startswith("'"):
        return said[1:]
    if column.kind in (Kind.JSON, Kind.INT, Kind.BOOL):
        return orjson.loads(said)
    return said


def test_the_document_has_the_files_and_columns_of_the_code() -> None:
    text = (Path(__file__).parents[2] / "shared" / "EXPORT.md").read_text()
    found = re.search(r"<!-- files -->\n\n(.*?)\n\n<!-- end -->", text, re.DOTALL)
    assert found is not None
    assert found.group(1) == export_shapes.tables()


def test_an_export_of_the_business_is_what_its_tables_hold(owner: WireDesk, engine: Engine, shop: Shop) -> None:
    archive = fetched(owner)
    stored = stored_rows(engine, shop.tenant)
    for file in OF_A_TENANT:
        rows = of_json(archive, file)
        assert rows == of_csv(archive, file), file.name
        if file.name in ENTITIES:
            kept = [dict(zip(ENTITIES[file.name].names, row, strict=True)) for row in stored[file.name].values()]
            assert rows == sorted(kept, key=lambda row: row["id"]), file.name
    counts = {file.name: len(of_json(archive, file)) for file in OF_A_TENANT}
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        assert counts["history"] == connection.exec_driver_sql("SELECT count(*) FROM mutation_log").scalar_one()
    assert counts["users"] == len(shop.users)
    assert counts["devices"] == 1
    assert {row["email"] for row in of_json(archive, next(one for one in OF_A_TENANT if one.name == "users"))} == {
        shop.email(role) for role in shop.users
    }
    assert counts["events"] == len(chain(engine, shop.tenant)), "and that it was taken"


def test_no_file_of_the_book_or_column_of_a_table_is_forgotten() -> None:
    assert {file.name for file in OF_A_TENANT} >= ENTITIES.keys()
    for file in OF_A_TENANT:
        if file.name in ENTITIES:
            assert [(one.name, one.kind) for one in file.columns] == [
                (one.name, one.kind) for one in ENTITIES[file.name].columns
            ]


def test_an_export_of_a_customer_has_all_about_them_and_nobody_else(
    owner: WireDesk, engine: Engine, shop: Shop
) -> None:
    merged = Customer(id=CustomerId(new_id()), name="The same person", merged_into=shop.customer)
    put_rows(engine, shop.tenant, merged)
    archive = fetched(owner, f"customers/{shop.customer}/export")
    names = {name for file in OF_A_CUSTOMER for name in (f"json/{file.name}.json", f"csv/{file.name}.csv")}
    assert set(archive.namelist()) == names | {"manifest.json"}
    found = {file.name: of_json(archive, file) for file in OF_A_CUSTOMER}
    assert {row["id"] for row in found["customer"]} == {shop.customer, merged.id}
    assert [row["notes"] for row in found["appointment"]] == ["=cmd|' /C calc'!A0"]
    assert {row["appointment_id"] for row in found["allocation"]} == {found["appointment"][0]["id"]}
    assert [row["text"] for row in found["note"]] == ["likes tea"]
    assert [row["code"] for row in found["attention_item"]] == ["slot_taken"]
    assert [row["name"] for row in found["history"]] == ["appointment.book", "appointment.book", "note.add"]
    assert all(of_csv(archive, file) == found[file.name] for file in OF_A_CUSTOMER)


def test_the_manifest_says_what_each_file_is(owner: WireDesk, shop: Shop) -> None:
    archive = fetched(owner)
    assert archive.namelist()[-1] == "manifest.json", "what was cut off has none"
    told = orjson.loads(archive.read("manifest.json"))
    assert (told["business"]["short_name"], told["customer"]) == (shop.tenant.slug, None)
    assert told["files"].keys() == set(archive.namelist()) - {"manifest.json"}
    for name, one in told["files"].items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == one["sha256"]
    assert told["files"]["json/customer.json"]["rows"] == told["files"]["csv/customer.csv"]["rows"] == len(NASTY) + 1


def test_whatever_of_it_is_missing_it_opens_nowhere(owner: WireDesk) -> None:
    reply = owner.http.get("/v1/export")
    assert int(reply.headers["content-length"]) == len(reply.content)
    for part in (0.1, 0.5, 0.9, 0.999):
        with pytest.raises(zipfile.BadZipFile):
            zipfile.ZipFile(io.BytesIO(reply.content[: int(len(reply.content) * part)]))


@pytest.mark.parametrize("text", NASTY)
def test_no_spreadsheet_runs_a_cell_and_each_is_read_back(text: str) -> None:
    made = cell(text, Kind.TEXT)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert made
    assert (made[1:] if made.startswith("'") else made) == text


def test_owners_alone_take_an_export_and_each_is_told(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    for role in (Role.TENANT_MANAGER, Role.TENANT_STAFF):
        for path in ("export", f"customers/{shop.customer}/export"):
            assert desk(role).http.get(f"/v1/{path}").json()["code"] == "not_allowed"
    mine = desk(OWNER)
    fetched(mine)
    fetched(mine, f"customers/{shop.customer}/export")
    told = [one for one in chain(engine, shop.tenant) if one.kind == "data.exported"]
    assert [(one.actor_id, one.subject) for one in told] == [
        (shop.users[OWNER], None), (shop.users[OWNER], shop.customer)
    ]  # fmt: skip


def test_a_customer_of_nobody_or_of_another_business_is_not_found(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk(OWNER)
    for customer in (new_id(), open_shop(engine).customer, "x"):
        assert mine.http.get(f"/v1/customers/{customer}/export").json()["code"] == "not_found"


def test_what_cannot_be_recorded_is_not_exported(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = desk(OWNER)

    def full(*_: object) -> None:
        raise StorageFault("full")

    monkeypatch.setattr(Audit, "transaction", full)
    assert mine.http.get("/v1/export").json()["code"] == "retry"


def test_it_needs_no_memory_for_all_rows() -> None:
    """Ten times the rows: what is held at once does not grow with them."""
    file = File(name="t", source="t", columns=(Column(name="text", kind=Kind.TEXT),), order="text")

    def peak(count: int) -> int:
        tracemalloc.start()
        for write in (exporting._write_csv, exporting._write_json):
            assert write(lambda text: None, file, (["x" * 1000] for _ in range(count))) == count
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(20_000) < 2 * peak(2_000)

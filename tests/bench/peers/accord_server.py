"""Run by accordsync's own interpreter: its server under uvicorn, `accord_server.py PORT`."""

import os
import sys

import uvicorn
from accordsync_core import define_schema, lww  # type: ignore[import-not-found]
from accordsync_fastapi import accord_router  # type: ignore[import-not-found]
from accordsync_server import Access, Auth, define_server  # type: ignore[import-not-found]
from fastapi import FastAPI

definition = define_server(
    schema=define_schema({"record": {"body": lww()}}),
    scopes={"record": lambda record: ["all"]},
    access=lambda claims: Access(read=["all"], write=["all"]),
    auth=Auth.hs256(os.environ["BENCH_SECRET"]),
    # The bench is one user in a hurry.
    rate_limit=False,
)
app = FastAPI()
app.include_router(accord_router(definition, database_url=os.environ["ACCORD_DATABASE_URL"]))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")

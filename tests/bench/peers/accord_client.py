"""Run by accordsync's own interpreter: a fresh client's first sync into SQLite, `accord_client.py URL TOKEN FILE`.

Prints how many records it holds and the seconds that took.
"""

import json
import sys
import time

from accordsync import (  # type: ignore[import-not-found]
    AccordClient,
    HttpTransport,
    SqliteStorage,
    define_schema,
    lww,
)

url, token, file = sys.argv[1:]
begun = time.perf_counter()
client = AccordClient.open(
    schema=define_schema({"record": {"body": lww()}}),
    storage=SqliteStorage(file),
    transport=HttpTransport(url, get_token=lambda: token, timeout=120.0),
)
client.sync()
took = time.perf_counter() - begun
print(json.dumps([len(client.records()), took]))
client.close()

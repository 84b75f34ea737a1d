"""Run by Anki's own interpreter: its client, many collections in one process, `anki_client.py URL FOLDER`.

Reads lines of JSON and answers each with one, in whatever order they are done: `desk` (a person's new client), `ready`
(make notes), `sync` (how many notes came), `close` (how many there are).
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from anki.collection import AddNoteRequest, Collection  # type: ignore[import-not-found]
from anki.sync import SyncAuth  # type: ignore[import-not-found]
from anki.sync_pb2 import SyncCollectionResponse  # type: ignore[import-not-found]

FILLING = "x" * 340
url, folder = sys.argv[1], Path(sys.argv[2])


class Desk:
    """One person's collection."""

    def __init__(self, number: int, person: str) -> None:
        self._collection = Collection(str(folder / f"{number}.anki2"))
        self._auth: SyncAuth = self._collection.sync_login(person, "bench", url)
        self._made = 0
        self.sync()

    def ready(self, count: int) -> int:
        """Make notes that wait."""
        collection = self._collection
        kind, deck = collection.models.by_name("Basic"), collection.decks.id("Default")
        notes = []
        for _ in range(count):
            note = collection.new_note(kind)
            self._made += 1
            note["Front"], note["Back"] = f"Record {id(self)} {self._made}", FILLING
            notes.append(AddNoteRequest(note, deck_id=deck))
        collection.add_notes(notes)
        return count

    def sync(self) -> int:
        """Sync, whole if that is asked for; how many notes came."""
        before: int = self._collection.note_count()
        told = self._collection.sync_collection(self._auth, sync_media=False)
        whole = SyncCollectionResponse.ChangesRequired
        if told.required in (whole.FULL_UPLOAD, whole.FULL_DOWNLOAD, whole.FULL_SYNC):
            upload = told.required == whole.FULL_UPLOAD
            self._collection.close_for_full_sync()
            self._collection.full_upload_or_download(auth=self._auth, server_usn=told.server_media_usn, upload=upload)
            self._collection.reopen(after_full_sync=True)
        after: int = self._collection.note_count()
        return after - before

    def close(self) -> int:
        """Close the file; how many notes are in it."""
        count: int = self._collection.note_count()
        self._collection.close()
        return count


desks: dict[int, Desk] = {}
writing = threading.Lock()


def done(asked: dict[str, Any]) -> int:
    """What the line asks for."""
    number = asked["desk"]
    match asked["do"]:
        case "desk":
            desks[number] = Desk(number, asked["person"])
            return desks[number].sync()
        case "ready":
            return desks[number].ready(asked["count"])
        case "sync":
            return desks[number].sync()
        case _:
            return desks.pop(number).close()


def answer(line: str) -> None:
    """Do what a line asks for, and say so."""
    asked = json.loads(line)
    try:
        told = {"id": asked["id"], "result": done(asked)}
    except Exception as error:  # noqa: BLE001 the parent is to hear of it, whatever it is
        told = {"id": asked["id"], "error": repr(error)}
    with writing:
        print(json.dumps(told), flush=True)


with ThreadPoolExecutor(64) as pool:
    for one in sys.stdin:
        pool.submit(answer, one)

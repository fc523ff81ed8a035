"""Anki against its own sync server, for one run of the bench; runs in the peers' environment, not in the project's.

python anki_client.py FOLDER ENDPOINT SERVER_PID ROWS CHANGED IDLE
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anki.collection import AddNoteRequest, Collection
from anki.notes import NoteId

_PIECE = 5_000


def cpu_seconds(server: int) -> float:
    """Of this process and the server together."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return own.ru_utime + own.ru_stime + ticks / 100  # USER_HZ is 100 wherever /proc is


def content(number: int, round_: int) -> str:
    """A warranty record of about 250 bytes."""
    return (
        f"SN{number:012d} KT{55 + number % 9} sold 2025-03-14 2025-04-02 2025-05-20 D{number % 400:04d} CN-GD "
        f"2025-05-21 policy-{number % 40} version {round_} " + "x" * 120
    )


def add(col: Any, first: int, count: int) -> None:
    """So many new notes (each with its card)."""
    kind, deck = col.models.by_name("Basic"), col.decks.id("Default")
    for at in range(first, first + count, _PIECE):
        requests = []
        for number in range(at, min(at + _PIECE, first + count)):
            note = col.new_note(kind)
            note["Front"], note["Back"] = f"SN{number:012d}", content(number, 1)
            requests.append(AddNoteRequest(note=note, deck_id=deck))
        col.add_notes(requests)


def change(col: Any, count: int) -> None:
    """Change so many notes."""
    ids = col.find_notes("")[:count]
    notes = [col.get_note(NoteId(found)) for found in ids]
    for number, note in enumerate(notes):
        note["Back"] = content(number, 2)
    col.update_notes(notes)


def measured(server: int, work: Callable[[], object]) -> dict[str, float]:
    """Wall and CPU seconds."""
    cpu, began = cpu_seconds(server), time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - began, "cpu": cpu_seconds(server) - cpu}


def main(folder: str, endpoint: str, server_pid: str, rows: str, changed: str, idle: str) -> None:
    """Two collections of one user; prints what each step took as JSON."""
    server = int(server_pid)
    here, there = (Collection(str(Path(folder) / f"{name}.anki2")) for name in ("here", "there"))
    auth = there.sync_login("bench", "bench", endpoint)

    def whole(col: Any, *, upload: bool) -> None:
        out = col.sync_collection(auth, False)
        col.close_for_full_sync()
        col.full_upload_or_download(auth=auth, server_usn=out.server_media_usn, upload=upload)
        col.reopen(after_full_sync=True)

    def sync(col: Any) -> None:
        out = col.sync_collection(auth, False)
        if out.required not in (out.NO_CHANGES, out.NORMAL_SYNC):
            raise RuntimeError(f"a full sync is required: {out.required}")

    whole(there, upload=True)
    whole(here, upload=False)
    add(there, 0, int(rows))
    sync(there)
    told = {"pull": measured(server, lambda: sync(here))}
    if here.note_count() != int(rows):
        raise RuntimeError(f"{here.note_count()} notes came")
    change(here, int(changed))
    told["push"] = measured(server, lambda: sync(here))
    times = [measured(server, lambda: sync(here))["seconds"] for _ in range(int(idle))]
    told["idle"] = {"seconds": statistics.median(times), "cpu": 0.0}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

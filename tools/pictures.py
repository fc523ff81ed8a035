"""``python -m tools.pictures``: each page at 1366×768, light and dark, Chinese and English, in build/pictures."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PAINTERS: tuple[tuple[str, Callable[[Path], list[str]]], ...] = (
    ("pages", lambda _folder: ["pytest", "tests/journeys", "-q", "-p", "no:cacheprovider"]),
    ("orders", lambda folder: ["tests.journeys.pictures_orders", str(folder)]),
    ("log-in and kit", lambda folder: ["app.ui.gallery", "--out", str(folder / "kit")]),
)
"""Who paints what: journeys bring each page to where something is to be seen; the kit shows what needs no data."""


def main(words: list[str] | None = None) -> int:
    """Paint everything anew; 0 when every painter was content."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "pictures", help="folder, emptied first")
    folder = parser.parse_args(words).to.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "TZ": "Asia/Shanghai", "FIXPOINT_PICTURES": str(folder)}
    failed = 0
    for name, words_for in PAINTERS:
        command = [sys.executable, "-m", *words_for(folder)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=900)
        print(f"{name}: {'painted' if done.returncode == 0 else 'FAILED'}", flush=True)
        failed += done.returncode != 0
    print(f"{len(list(folder.rglob('*.png')))} pictures: {folder}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

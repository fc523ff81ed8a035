"""``python -m tools.tour``: runs the tour offscreen and writes build/tour/*.png and build/tour/summary.json."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def main(words: list[str] | None = None) -> int:
    """Run the tour; 0 when every step went well and nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tools.tour", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "tour", help="folder for pictures and summary")
    options = parser.parse_args(words)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["FIXPOINT_PASSPHRASE"] = "demonstration only"  # noqa: S105 - of profiles that end with the tour
    shutil.rmtree(options.to, ignore_errors=True)
    options.to.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="fixpoint-tour-") as home:
        summary = run(Path(home), options.to)
    (options.to / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    told = {name: value for name, value in summary.items() if name not in ("steps", "check")}
    print(json.dumps(told, ensure_ascii=False, indent=2))
    print(f"{len(list(options.to.glob('*.png')))} pictures: {options.to}")
    return 0 if summary["ok"] else 1


def run(home: Path, folder: Path) -> dict[str, Any]:
    """Every step with its time and picture, then the figures."""
    from app import i18n
    from app.window.start import application
    from tools.tour.headquarters import Headquarters
    from tools.tour.story import STEPS, Story

    app = application()
    i18n.set_language("zh_CN")
    (home / "hq").mkdir()
    hq = Headquarters(home / "hq")
    story = Story(app, hq, home, folder)
    steps: list[dict[str, Any]] = []
    summary: dict[str, Any] = {"ok": False, "steps": steps}
    try:
        for name, step in STEPS:
            began = time.perf_counter()
            picture = step(story)
            steps.append({"name": name, "ms": round((time.perf_counter() - began) * 1000), "picture": picture})
            print(f"{steps[-1]['ms']:>7} ms  {name}", flush=True)
        summary |= story.figures()
        nothing_lost = summary["operations_lost"] == 0 and summary["check"]["ok"]
        summary["ok"] = nothing_lost and summary["statement_equal"] and bool(summary["differences_found"])
    except Exception:  # noqa: BLE001 - outer door: the summary tells what went wrong, and where
        summary["error"] = traceback.format_exc()
        print(summary["error"], file=sys.stderr)
    finally:
        story.close()
        hq.stop()
    return summary


if __name__ == "__main__":
    sys.exit(main())

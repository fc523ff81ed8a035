"""Rules of the house that no linter knows, as programs; each says in its name what it keeps."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.actions import ACTIONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "rowstore", "app", "hq", "resources", "tools")

OUTER_DOORS = {
    # file: why anything at all may be caught there
    "app/__main__.py": "the command line's last door: a defect becomes a crash report and an exit code",
    "app/cli.py": "the same",
    "app/ui/background.py": "a job's defect is handed to the window, which shows and logs it",
    "app/sync/loop.py": "the loop goes on at the next turn; the defect is logged and shown in the sync panel",
    "app/sync/ahead.py": "what went wrong on the other thread is raised again where its answer is wanted",
    "app/sync/lane.py": "the lane goes on at the next hello; the defect is logged and shown in the sync panel",
    "hq/__main__.py": "the command line's last door",
    "hq/bootstrap.py": "housekeeping that failed is logged and tried again; the server goes on without it",
    "hq/cli.py": "the same",
    "hq/feed/snapshots.py": "a build beside the server failed: logged, tried again; the old file is served meanwhile",
    "hq/feed/work.py": "a batch that can’t be written is taken again, operation by operation, each with its own door",
    "hq/inbox/judging.py": "one operation's defect is logged and parked; the rest of its batch goes on",
    "tools/tour/__main__.py": "the tour’s summary tells at which step it failed; nothing is left running",
    "hq/api/errors.py": "the server's last door: a defect becomes a logged 500",
}
"""The only modules with `except Exception`."""

MONEY = re.compile(r"(^|_)(fen|price|amount|fee|fees|total|cost|credit|payment)(_|$)")


def _sources(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def _tracked() -> list[Path]:
    """Return the files that a clone would hold; without git (an unpacked archive) every source file."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return _sources(*PACKAGES, "tests")
    return [ROOT / name for name in listed.split("\0") if name]


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _nodes(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for file in _sources(*folders):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(_tree(file)):
            yield name, node


def _places(found: Iterator[tuple[str, ast.AST]]) -> list[str]:
    return [f"{name}:{getattr(node, 'lineno', 0)}" for name, node in found]


def test_every_module_says_what_it_is_for():
    silent = [file.relative_to(ROOT).as_posix() for file in _sources(*PACKAGES) if not ast.get_docstring(_tree(file))]
    assert silent == []


def test_no_time_without_a_zone():
    def naive(node: ast.AST) -> bool:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            return False
        name, owner = node.func.attr, ast.unparse(node.func.value)
        bare_now = name == "now" and owner.endswith("datetime") and not node.args and not node.keywords
        return bare_now or name in ("utcnow", "utcfromtimestamp")

    assert _places((name, node) for name, node in _nodes(*PACKAGES) if naive(node)) == []


def test_money_is_never_a_float():
    def is_float_money(node: ast.AST) -> bool:
        if isinstance(node, ast.arg | ast.AnnAssign):
            target = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            hint = ast.unparse(node.annotation) if node.annotation else ""
            return bool(MONEY.search(target)) and re.search(r"\bfloat\b", hint) is not None
        return False

    assert _places((name, node) for name, node in _nodes("core", "rowstore", "app", "hq") if is_float_money(node)) == []


def test_everything_is_caught_at_outer_doors_only():
    def catches_all(node: ast.AST) -> bool:
        if not isinstance(node, ast.ExceptHandler):
            return False
        caught = "BaseException" if node.type is None else ast.unparse(node.type)
        reraised = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        return re.search(r"\b(Base)?Exception\b", caught) is not None and not reraised

    wrong = ((name, node) for name, node in _nodes(*PACKAGES) if name not in OUTER_DOORS and catches_all(node))
    assert _places(wrong) == []


def test_the_window_starts_no_thread_but_through_its_one_door():
    def starts(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        return ast.unparse(node.func).rpartition(".")[2] in ("Thread", "QThread", "ThreadPoolExecutor", "QThreadPool")

    wrong = ((name, node) for name, node in _nodes("app/ui") if name != "app/ui/background.py" and starts(node))
    assert _places(wrong) == []


# Written in pieces, so that this file does not name what it looks for.
FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.{}<-])/(?:work|farm|home/\w+|root|Users/\w+)/",
            r"files\.python" + "hosted",
            r"pypi" + r"\.org",
            r"registry\.npm" + "js",
            r"deb\.deb" + "ian",
            r"--(?:extra-)?index" + "-url",
        ]
    )
)


def test_no_machine_path_and_no_package_host_in_tracked_files():
    wrong = []
    for file in _tracked():
        if file.suffix in (".png", ".jpg", ".pdf", ".ico", ".mo", ".gz", ".zst") or not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if FOREIGN.search(line):
                wrong.append(f"{file.relative_to(ROOT)}:{number}")
    assert wrong == []


@pytest.mark.parametrize("line", ["cd /work" + "/main", "see https://pypi" + ".org/x", "/root" + "/.cache"])
def test_the_search_for_machine_paths_finds_them(line):
    assert FOREIGN.search(line)


@pytest.mark.parametrize("name", ["runtime", "hq", "dev"])
def test_locked_requirements_have_hashes_and_fit_what_is_asked_for(name):
    folder = ROOT / "requirements"
    locked, asked = ((folder / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("txt", "in"))
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==.*\\$", locked, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^\w", locked, re.MULTILINE)), "a line without hashes"
    known = {pin.lower().replace("_", "-") for pin in pins}
    assert {one.lower().replace("_", "-") for one in re.findall(r"^(\w[\w.-]*)", asked, re.MULTILINE)} <= known


def test_every_action_is_driven_by_a_journey_or_integration_test():
    files = _sources("tests/journeys", "tests/integration")
    driven = "\n".join(file.read_text(encoding="utf-8") for file in files)
    # a name in quotation marks is an argument of `act` or of a device that signs, a call is a window's or HQ's own
    assert [name for name in ACTIONS if re.search(rf"([\"']){name}\1|\b{name}\(", driven) is None] == []

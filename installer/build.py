"""Builds dist/fixpoint/ with PyInstaller, unless it is there and made of these very sources (`make bundle`)."""

import ctypes.util
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "dist" / "fixpoint"
STAMP = ROOT / "dist" / "fixpoint.made-from"
PARTS = ("app", "core", "rowstore", "resources", "installer", "requirements/runtime.txt")


def main() -> int:
    """Build when needed; returns PyInstaller's exit code."""
    now = fingerprint()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == now and (BUNDLE / "fixpoint").exists():
        print("The bundle is up to date: dist/fixpoint/")
        return 0
    zbar = find_zbar()
    if zbar is None:
        print("libzbar.so.0 was not found; install the Debian package libzbar0.", file=sys.stderr)
        return 1
    print("Building dist/fixpoint/ (two or three minutes) …", flush=True)
    STAMP.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "tools.translations", "compile"], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    places = ["--distpath", "dist", "--workpath", "build/pyinstaller", "installer/fixpoint.spec"]
    env = {**os.environ, "FIXPOINT_ZBAR": str(zbar)}
    code = subprocess.run([*command, *places], cwd=ROOT, env=env, check=False).returncode
    if code == 0:
        STAMP.write_text(now, encoding="utf-8")
        print(f"Built dist/fixpoint/ ({size_mb()} MB)")
    return code


def fingerprint() -> str:
    """Return a hash of everything the bundle is made of."""
    total = hashlib.sha256()
    for file in _files():
        total.update(file.relative_to(ROOT).as_posix().encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def _files() -> Iterator[Path]:
    for part in PARTS:
        top = ROOT / part
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (file for file in files if file.is_file() and file.suffix not in (".pyc", ".mo"))


def find_zbar() -> Path | None:
    """Return the builder's libzbar, its real file under the name that programs ask for."""
    name = ctypes.util.find_library("zbar")
    if name is None:
        return None
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    paths = [Path(line.rpartition("=> ")[2]) for line in listed.splitlines() if line.strip().startswith(name)]
    return next((path for path in paths if path.exists()), None)


def size_mb() -> int:
    """Return the bundle's size in megabytes."""
    files = (file for file in BUNDLE.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) // 1_000_000


if __name__ == "__main__":
    sys.exit(main())

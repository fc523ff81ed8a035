"""The bundle starts, reads codes and knows its own state on a machine that has no libzbar.

The library is hidden in a mount namespace of our own, where the host allows one (root, or user namespaces). Where it
does not, the weaker proof stands alone: the dynamic linker's own log says which file of libzbar was loaded.
"""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "dist" / "fixpoint"
PROGRAM = BUNDLE / "fixpoint"
WINDOW_SECONDS = 45

HIDE = r"""
set -e
: >"$1/empty"
for file in $(find /lib /usr/lib /usr/local/lib -name 'libzbar.so*' 2>/dev/null); do
    mount --bind "$1/empty" "$file"
done
/sbin/ldconfig -C "$1/cache" >/dev/null 2>&1
mount --bind "$1/cache" /etc/ld.so.cache
! /sbin/ldconfig -p | grep -q libzbar
shift
exec "$@"
"""


def _hider(folder: Path) -> list[str] | None:
    """Return the command that runs another one where libzbar cannot be seen; None where the host forbids it."""
    script = folder / "hide.sh"
    script.write_text(HIDE, encoding="utf-8")
    for unshare in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        command = [*unshare, "bash", str(script), str(folder)]
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    return None


@pytest.fixture(name="fixpoint")
def _fixpoint(tmp_path):
    """Return a function that runs the bundle without the host's libzbar and without our Python."""
    hidden = _hider(tmp_path)

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen",
            "FIXPOINT_DATA": str(tmp_path / "profile"), "FIXPOINT_PASSPHRASE": "only for this test", **more,
        }  # fmt: skip
        command = [*(hidden or []), str(PROGRAM), *arguments]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False)

    run.hidden = hidden is not None
    return run


def _label(folder: Path, text: str) -> Path:
    """Draw a Code 128 label with a quiet zone."""
    image = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128), scale=3)
    file = folder / "label.png"
    picture = Image.new("L", (image.shape[1] + 80, image.shape[0] + 80), 255)
    picture.paste(Image.fromarray(image), (40, 40))
    picture.save(file)
    return file


def test_a_label_is_read(fixpoint, tmp_path):
    done = fixpoint("--json", "scan", str(_label(tmp_path, "SN12345678")))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[0])
    assert [code["text"] for code in answer["codes"]] == ["SN12345678"]


def test_the_doctor_finds_both_engines(fixpoint):
    done = fixpoint("--json", "doctor")
    report = json.loads(done.stdout)
    assert {"zxing-cpp", "pyzbar"} <= set(report["scanner"]["engines"]), done.stderr


def test_the_bundled_library_is_the_one_in_use(fixpoint, tmp_path):
    log = tmp_path / "linker"
    fixpoint("--json", "doctor", LD_DEBUG="files", LD_DEBUG_OUTPUT=str(log))
    said = "".join(file.read_text(errors="replace") for file in tmp_path.glob("linker.*"))
    loaded = set(re.findall(r"calling init: (\S*libzbar\S*)", said))
    assert loaded, "libzbar was never loaded"
    assert {os.path.commonpath([str(BUNDLE), path]) for path in loaded} == {str(BUNDLE)}


def test_nothing_of_the_builders_desktop_is_bundled():
    assert not list(BUNDLE.rglob("libqgtk3*"))


def test_the_readings_of_chinese_characters_are_there():
    assert [file.parent.name for file in BUNDLE.rglob("pinyin_dict.json")] == ["pypinyin"]


def test_its_window_opens_and_closes_when_asked(tmp_path):
    """The window's own modules are all in the bundle: it comes up on a new profile and stays until it is ended."""
    profile = tmp_path / "profile"
    env = {
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen",
        "FIXPOINT_DATA": str(profile), "FIXPOINT_PASSPHRASE": "only for this test",
    }  # fmt: skip
    with subprocess.Popen([str(PROGRAM)], env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as window:
        until = time.monotonic() + WINDOW_SECONDS
        while window.poll() is None and time.monotonic() < until and not _stands(profile):
            time.sleep(0.1)
        stood = window.poll() is None and _stands(profile)
        window.terminate()
        errors = window.stderr.read() if window.stderr else ""
    assert stood, errors
    assert "Traceback" not in errors


def _stands(profile: Path) -> bool:
    """Whether the window has said so in its log."""
    log = profile / "log" / "window.log"
    return log.exists() and "window open" in log.read_text(encoding="utf-8")

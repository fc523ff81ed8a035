"""Leaves out of the bundle what only a left-out library asked for."""

from collections.abc import Iterable
from pathlib import Path

from PyInstaller.depend.bindepend import get_imports

Entry = tuple[str, str, str]  # name in the bundle, source file, PyInstaller's kind
HOST_FOLDERS = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
LOCALES = ("root.dat", "en.dat", "en_US.dat", "zh.dat", "zh_Hans.dat", "zh_Hans_CN.dat")


def without(binaries: Iterable[Entry], unwanted: str, wanted: str) -> list[Entry]:
    """Return the binaries without those named `unwanted`, nor host libraries that none of the others needs.

    `wanted` is a host library that is loaded by name, so that nothing links it.
    """
    kept = [entry for entry in binaries if unwanted not in entry[0]]
    needed = {Path(wanted).name}
    todo = [entry[1] for entry in kept if not _of_host(entry)] + [wanted]
    while todo:
        for name, path in get_imports(todo.pop()):
            if Path(name).name not in needed:
                needed.add(Path(name).name)
                todo += [path] if path else []
    return [entry for entry in kept if not _of_host(entry) or Path(entry[0]).name in needed]


def _of_host(entry: Entry) -> bool:
    return entry[1].startswith(HOST_FOLDERS)


def few_locales(datas: Iterable[Entry]) -> list[Entry]:
    """Return the data files with only our languages' locales; Babel brings a thousand."""
    return [entry for entry in datas if "locale-data" not in entry[0] or Path(entry[0]).name in LOCALES]

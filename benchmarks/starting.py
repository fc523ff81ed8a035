"""The process that :mod:`benchmarks.first_window` starts: it tells when its first screen was painted, and ends."""

import os
import sys
import time


def _tell_and_end() -> None:
    """Say when it was painted; what the program would do at its end is not measured."""
    print(time.monotonic(), time.process_time(), flush=True)
    os._exit(0)


def _bare() -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    class Bare(QLabel):
        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
            super().paintEvent(event)
            QTimer.singleShot(0, _tell_and_end)

    app = QApplication([])
    window = QMainWindow()
    window.resize(1366, 768)
    window.setCentralWidget(Bare("bare"))
    window.show()
    app.exec()


def _ours(profile: str) -> None:
    """What ``fixpoint`` does from its first line, with the log-in answered at once."""
    from pathlib import Path

    from app import i18n

    i18n.set_language("zh_CN")
    import app.window  # in the order in which the program imports
    from app.offline_db.profile import Profile
    from app.window.start import application, apply_settings

    app = application()
    from app.bootstrap import open_station
    from app.window.window import Window
    from benchmarks.ways import WAYS

    opened = Profile(Path(profile)).create()
    opened.lock_window()
    station = open_station(opened, WAYS)
    apply_settings(station, "zh_CN")
    station.sessions.current()  # somebody is logged in: the ground has seen to that
    window = Window(app, station)
    window.open()
    page = window.shell.page
    page.shown.connect(lambda: _when_painted(page.table.viewport()))
    app.exec()


def _when_painted(viewport: object) -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint:
                QTimer.singleShot(0, _tell_and_end)
            return False

    watch = Watch(viewport)
    viewport.installEventFilter(watch)
    viewport.update()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        _bare()
    else:
        _ours(sys.argv[2])

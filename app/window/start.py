"""Starting the window program: one window per profile, the person's language and theme, keys asked for when needed."""

import argparse
import functools
import gc
import logging
import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QMessageBox

import resources
from app import i18n
from app.bootstrap import Station, chosen_profile, open_station
from app.i18n import _
from app.offline_db.profile import Profile
from app.security.key_store import Ways
from app.ui import live, none_guard, theme
from app.ui.widgets.text import plain_tip
from app.window.window import Window
from core.refusals import Refusal

#: How long a worker thread may keep the interpreter when the interface wants it. Painting one screen asks for it some
#: hundred times: with Python's 5 ms each, a sync of many rows would make the window stutter.
SWITCH_SECONDS = 0.0001

log = logging.getLogger(__name__)


def application() -> QApplication:
    """The process's Qt application with theme and languages installed."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Fixpoint")
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # looking through all that is loaded for garbage would stop the window for 0.2 s each time
    gc.enable()
    none_guard.apply()
    theme.install(app)
    live.install(app)
    return app


def run(options: argparse.Namespace) -> int:
    """Open the window on the chosen profile and stay until it is closed."""
    app = application()
    profile = chosen_profile(options.data).create()
    try:
        profile.lock_window()
        station = _opened(profile)
    except Refusal as refusal:
        if app.platformName() != "offscreen":  # the command line says it too; here is somebody to read a window
            QMessageBox.critical(None, _("Fixpoint"), plain_tip(resources.sentence(refusal, i18n.language())))
        raise
    apply_settings(station, options.lang)
    window = Window(app, station)
    window.open()
    QTimer.singleShot(0, window, lambda: log.info("window open"))
    try:
        return app.exec()
    finally:
        station.close()
        profile.unlock_window()


def _opened(profile: Profile) -> Station:
    """Open the profile; a passphrase is asked for as long as the person gives one."""
    trouble = ""
    while True:
        ways = Ways(ask=functools.partial(_asked, trouble))
        try:
            return open_station(profile, ways)
        except Refusal as refusal:
            if refusal.code != "passphrase_wrong":
                raise
            trouble = resources.sentence(refusal, i18n.language())


def _asked(trouble: str) -> str | None:
    text = trouble or _("This computer has no key store. The passphrase protects the keys of the local data.")
    given, accepted = QInputDialog.getText(None, _("Fixpoint"), text, QLineEdit.EchoMode.Password)
    return given if accepted else None


def apply_settings(station: Station, language: str | None) -> None:
    """The language and theme this profile was left with; ``language`` from the command line goes first."""
    i18n.set_language(language or station.settings.get("language") or i18n.system_language())
    theme.set_theme(station.settings.get("theme", "system"))

"""Real windows for journeys: the kit's theme on the application, and a shell that closes cleanly."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.ui import live, theme
from app.ui.components.person_badge import Person
from app.ui.page import PageSpec
from app.ui.shell import Shell
from tests.journeys.bench import at_place, at_work, every_look
from tests.journeys.world import Navigation, World, make_world

__all__ = ["at_place", "at_work", "every_look"]


@pytest.fixture(scope="session")
def themed(qapp: QApplication) -> QApplication:
    """The application with fonts, light theme and live words."""
    theme.install(qapp, "light")
    live.install(qapp)
    return qapp


@pytest.fixture
def station(tmp_path: Path) -> Iterator[World]:
    """A station's device."""
    made = make_world(tmp_path / "profile")
    yield made
    made.close()


@pytest.fixture
def world(station: World) -> World:
    """The same, where it is all there is."""
    return station


@pytest.fixture
def nav() -> Navigation:
    """Keeps what a page tells the shell."""
    return Navigation()


@pytest.fixture
def make_shell(themed: QApplication, qtbot) -> Iterator[Callable[..., Shell]]:
    """Makes shells that are shown and entered by a person; they are closed at the end."""
    made: list[Shell] = []

    def make(specs: Sequence[PageSpec], roles: frozenset[str] = frozenset({"technician"})) -> Shell:
        shell = Shell(specs)
        made.append(shell)
        qtbot.addWidget(shell)
        shell.enter(Person("p1", "李伟", "Technician", roles))
        with qtbot.waitActive(shell):
            shell.show()
            shell.activateWindow()
        return shell

    yield make
    theme.set_theme("light")
    for shell in made:
        shell.close()


@pytest.fixture
def type_keys() -> Callable[[QWidget, str], None]:
    """Sends keys to the window as a scanner does: keys sent to a widget would pass by the application's filter."""

    def send(window: QWidget, text: str) -> None:
        for key in text:
            QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return if key == "\r" else key)

    return send

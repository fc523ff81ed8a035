"""Settings: what is chosen counts at once and is kept; the scanner's test bench shows bytes; a backup is made."""

from app import i18n
from app.ui import theme
from app.ui.pages.settings import SettingsPage, settings_page
from tests.journeys.bench import AtWork


def shown(at_work, heard=None) -> tuple[AtWork, SettingsPage]:
    on_change = None if heard is None else heard.append
    work = at_work("liwei", {"settings": lambda bench: settings_page(bench, on_change)})
    page = work.page
    assert isinstance(page, SettingsPage)
    return work, page


def test_language_and_theme_change_at_once_and_are_kept(at_work, qtbot, every_look):
    heard: list[str] = []
    work, page = shown(at_work, heard)
    page.scanned("]C1" + "K35U5525A0104711", "wedge")
    every_look(work.shell, "settings")
    page.languages.activate("zh_CN")
    assert i18n.language() == "zh_CN"
    assert work.bench.settings.get("language") == "zh_CN"
    page.themes.activate("dark")
    assert theme.shown() == "dark"
    assert work.bench.settings.get("theme") == "dark"
    page.lock.setValue(5)
    assert work.bench.settings.get("idle_minutes") == 5
    assert heard == ["language", "theme", "idle_minutes"]


def test_the_test_bench_shows_bytes_source_and_symbology(at_work):
    _work, page = shown(at_work)
    assert page.scanned("]C1(01)K35U\x1dX", "serial")
    assert "Serial-port scanner" in page.scanner.result.text()
    assert "Code 128" in page.scanner.result.text()
    assert "␝" in page.scanner.result.text()
    assert page.scanner.raw.text().endswith("1D 58")


def test_scanner_settings_are_kept_when_leaving(at_work):
    work, page = shown(at_work)
    page.scanner.camera.setText("0")
    page.scanner.prefix.setText("#")
    page.scanner.port.setCurrentText("/dev/ttyUSB0")
    page.leaving()
    get = work.bench.settings.get
    assert (get("camera_source"), get("wedge")["prefix"], get("serial_port")) == ("0", "#", "/dev/ttyUSB0")


def test_a_backup_is_made_and_listed(at_work, qtbot):
    work, page = shown(at_work)
    qtbot.waitUntil(lambda: page.data.backups.count() > 0, timeout=10_000)
    page.data.back_up()
    qtbot.waitUntil(page.data.backup_button.isEnabled, timeout=20_000)
    assert list(work.opened.profile.backups.glob("fixpoint-*-asked.db"))
    assert not page.data.result.isVisible()

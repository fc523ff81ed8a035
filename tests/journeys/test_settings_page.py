"""Settings: what is chosen counts at once and is kept; the scanner's test bench shows bytes; a backup is made."""

import threading

from app import i18n
from app.offline_db.rescue import export_rescue
from app.security.device_key import DeviceKey
from app.sync.self_check import ScopeChecked
from app.ui import theme
from app.ui.care import Care
from app.ui.pages.settings import SettingsPage, settings_page
from app.ui.printing import A5, KINDS
from app.ui.printing.choices import PDF, kept_choice, print_folder
from app.ui.printing.printers import Found
from app.ui.widgets import ScrollColumn
from core.refusals import Refusal
from rowstore.rescue_format import RescueFile
from tests.journeys.bench import AtWork
from tests.journeys.places import KEY, NOW, ORDER

WAIT = 20_000


def shown(at_work, heard=None) -> tuple[AtWork, SettingsPage]:
    on_change = None if heard is None else heard.append
    work = at_work("liwei", {"settings": lambda bench: settings_page(bench, on_change)})
    page = work.page
    assert isinstance(page, SettingsPage)
    return work, page


def with_care(at_work, check=list, rescue=None) -> tuple[AtWork, SettingsPage]:
    """Settings of a window that can check the data and write rescue files."""
    work = at_work("liwei", {"settings": lambda bench: settings_page(bench, None, Care(check, rescue))})
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


def test_printers_and_sizes_are_chosen_for_each_kind_of_paper(at_work, qtbot, tmp_path, every_look):
    work, page = shown(at_work)
    card = page.printers
    card._printers = Printers(("Office", "Labels"))
    card.load()
    qtbot.waitUntil(lambda: card.rows[0].printer.findData("Labels") >= 0, timeout=WAIT)
    assert not card.trouble.isVisible()
    tag, slip = (next(row for row in card.rows if row.kind.id == name) for name in ("old_part_tag", "field_slip"))
    tag.printer.setCurrentIndex(tag.printer.findData("Labels"))
    slip.printer.setCurrentIndex(slip.printer.findData(PDF))
    slip.size.setCurrentIndex(1)
    card.dpi.setCurrentIndex(card.dpi.findData(300))
    card.set_folder(str(tmp_path / "papers"))
    settings = work.bench.settings
    chosen = kept_choice(settings, KINDS["old_part_tag"])
    assert (chosen.printer, chosen.dpi) == ("Labels", 300)
    chosen = kept_choice(settings, KINDS["field_slip"])
    assert (chosen.printer, chosen.size, chosen.dpi) == (PDF, A5, 300)
    assert print_folder(settings) == tmp_path / "papers"
    page.findChild(ScrollColumn).ensureWidgetVisible(card)
    every_look(work.shell, "settings-printers")
    card._printers = Printers(("Office",))
    card.load()
    qtbot.waitUntil(lambda: tag.printer.findData("Office") >= 0, timeout=WAIT)
    assert tag.printer.currentText() == "Labels (not there)"


class Printers:
    """A system with these printers."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._found = Found(names, "")

    def found(self) -> Found:
        """What there is."""
        return self._found


def test_the_test_bench_shows_bytes_source_and_symbology(at_work):
    _work, page = shown(at_work)
    assert page.scanned("]C1(01)K35U\x1dX", "serial")
    assert "Serial-port scanner" in page.test.source.text()
    assert "␝" in page.test.result.text()
    assert page.test.raw.text().endswith("1D 58")


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


def test_a_self_check_is_asked_for_and_told_in_words(at_work, qtbot):
    found = [ScopeChecked(scope="place/P", reason="asked", rows=1_200, complete=True)]
    _work, page = with_care(at_work, lambda: found)
    card = page.data
    card.check()
    qtbot.waitUntil(lambda: card.result.accessibleName() == "Everything agrees with HQ’s", timeout=WAIT)
    assert "1,200" in card.result.accessibleDescription()
    found[0] = ScopeChecked(scope="place/P", reason="asked", rows=1_200, complete=True, missing=2, different=1)
    card.check()
    qtbot.waitUntil(lambda: "3 were not as at HQ" in card.result.accessibleDescription(), timeout=WAIT)


def test_a_self_check_without_a_line_tells_why(at_work, qtbot):
    def check() -> list[ScopeChecked]:
        raise Refusal("hq_unreachable")

    _work, page = with_care(at_work, check)
    page.data.check()
    qtbot.waitUntil(page.data.check_button.isEnabled, timeout=WAIT)
    assert page.data.result.accessibleName() == "Not compared with HQ"


def test_a_rescue_file_is_written_and_can_be_proved(at_work, qtbot, tmp_path, every_look):
    holder: list[AtWork] = []

    def rescue(path, passphrase, told):
        one = holder[0].opened
        return export_rescue(one.engine, holder[0].bench.blobs, DeviceKey(KEY), path, passphrase, NOW, told)

    work, page = with_care(at_work, list, rescue)
    holder.append(work)
    work.opened.store.record("add_note", {"order_id": ORDER, "text": "unsent"}, work.opened.person.id)
    form = page.data.rescue
    page.data.begin_rescue()
    form.first.setText("short")
    assert not form.is_ready()
    assert "8" in form.first_field.reason
    form.first.setText("long enough")
    form.second.setText("another one")
    assert not form.is_ready()
    assert form.second_field.reason
    every_look(work.shell, "settings-rescue")
    form.second.setText("long enough")
    assert form.is_ready()
    path = tmp_path / "work.rescue"
    form.write(path)
    qtbot.waitUntil(lambda: page.data.result.accessibleName() == "Rescue file written", timeout=WAIT)
    assert "1 steps (1 not yet at HQ)" in page.data.result.accessibleDescription()
    file = RescueFile(path, "long enough")
    file.prove(lambda done, total: None)
    assert file.manifest.operations == 1
    assert form.first.text() == ""  # the passphrase stays nowhere


def test_writing_a_rescue_file_is_stopped(at_work, qtbot, tmp_path):
    begun = threading.Event()

    def rescue(path, passphrase, told):
        begun.set()
        while True:
            told(1, 2)

    _work, page = with_care(at_work, list, rescue)
    form = page.data.rescue
    page.data.begin_rescue()
    form.first.setText("long enough")
    form.second.setText("long enough")
    form.write(tmp_path / "work.rescue")
    qtbot.waitUntil(begun.is_set, timeout=WAIT)
    form.progress.cancelled.emit()
    qtbot.waitUntil(lambda: "no rescue file" in page.data.result.accessibleName(), timeout=WAIT)
    assert not (tmp_path / "work.rescue").exists()

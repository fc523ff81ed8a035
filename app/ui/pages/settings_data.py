"""The settings' card of what lies on this device: last sync and self-check, backups, and the rescue file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import N_, _
from app.offline_db.backup import Backup, back_up
from app.offline_db.check_store import CheckStore
from app.offline_db.rescue import Exported
from app.queries.device import DeviceFacts, profile_of
from app.sync.self_check import ScopeChecked
from app.ui import formats
from app.ui.background import Failure, Progress
from app.ui.bench import Bench
from app.ui.care import Care
from app.ui.live import Words
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Field,
    KeyValueGrid,
    Label,
    ProgressLine,
    empty_layout,
)
from core.refusals import Refusal
from rowstore.rescue_format import LEAST_PASSPHRASE

_KINDS = {"auto": N_("automatic"), "asked": N_("by hand"), "before": N_("before an update")}
_LOW_SPACE = 1_000_000_000
Marks = Mapping[str, Mapping[str, Any]]


class Stopped(Exception):
    """The person thought better of it."""


class DataCard(Card):
    """Facts first, then what can be done about them; results and refusals are told below their buttons."""

    def __init__(self, bench: Bench, care: Care | None, reload: Callable[[], None]) -> None:
        super().__init__(lambda: _("Data on this device"), "hard-drives")
        self._bench, self._care, self._reload = bench, care, reload
        self.data = KeyValueGrid(label_width=96)
        self.add(self.data)
        self.result = Banner("ok", "")
        self.result.hide()
        self.add(self.result)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.backup_button = Button(lambda: _("Back up now"), self.back_up, icon="floppy-disk")
        self.check_button = Button(lambda: _("Check now"), self.check, icon="verdict")
        self.rescue_button = Button(lambda: _("Rescue file…"), self.begin_rescue, icon="lifebuoy")
        for button in (self.backup_button, self.check_button, self.rescue_button):
            row.addWidget(button)
        row.addStretch(1)
        self.add(row)
        self.rescue = RescueForm(bench, care)
        self.rescue.hide()
        self.rescue.said.connect(self._say)
        self.add(self.rescue)
        for button in (self.check_button, self.rescue_button):
            button.setVisible(care is not None)
        self._add_backups()

    def _add_backups(self) -> None:
        self.add(Label(lambda: _("Backups"), "muted"))
        self.backups = QVBoxLayout()
        self.backups.setSpacing(4)
        self.add(self.backups)
        note = Label(lambda: _("Encrypted like the database; they open on this computer only."), "small", wrap=True)
        self.add(note)

    def _say(self, tone: str, title: Words, text: Words = "") -> None:
        self.result.say(tone, title, text)
        self.result.show()

    def show_facts(self, facts: DeviceFacts) -> None:
        """Shows what the device knows of itself, and reads what the last self-check found."""
        self._facts = facts
        self._show_backups(facts.backups)
        self._bench.runner.run(
            lambda _progress: CheckStore(self._bench.store).last(), lambda marks: self._show(facts, marks), owner=self
        )

    def _show(self, facts: DeviceFacts, marks: Marks) -> None:
        low = facts.free_bytes < _LOW_SPACE
        synced = facts.device.last_sync_at if facts.device else None
        self.data.set_rows(
            [
                (lambda: _("Last sync"), (lambda: _("never")) if synced is None else formats.moment(synced)),
                (lambda: _("Self-check"), *last_check(marks)),
                (lambda: _("Folder"), str(facts.folder)),
                (lambda: _("Database"), formats.bytes_size(facts.database_bytes)),
                (lambda: _("Free space"), formats.bytes_size(facts.free_bytes), "bad" if low else ""),
            ]
        )

    def _show_backups(self, backups: tuple[Backup, ...]) -> None:
        empty_layout(self.backups)
        if not backups:
            self.backups.addWidget(Label(lambda: _("None yet: one is made each day."), "small"))
        for backup in backups[:5]:
            row = QHBoxLayout()
            row.addWidget(Label(formats.moment(backup.made_at)))
            row.addWidget(Label(_later(_KINDS[backup.kind.value]), "muted"))
            row.addStretch(1)
            row.addWidget(Label(formats.bytes_size(backup.size), "muted"))
            self.backups.addLayout(row)

    # --- self-check -------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Compares all rows with HQ's now."""
        care = self._care
        assert care is not None, "the button is not there without"
        self.check_button.setEnabled(False)
        self._say("blue", lambda: _("Comparing all rows with HQ’s…"))
        self._bench.runner.run(lambda _progress: care.check(), self._checked, self._not_checked, owner=self)

    def _checked(self, found: list[ScopeChecked]) -> None:
        self.check_button.setEnabled(True)
        self._say(*checked_words(found))
        self._reload()

    def _not_checked(self, failure: Failure) -> None:
        self.check_button.setEnabled(True)
        self._say("bad", lambda: _("Not compared with HQ"), told(failure))

    # --- backup -----------------------------------------------------------------------------------------------

    def back_up(self) -> None:
        """Makes a backup now."""
        self.backup_button.setEnabled(False)
        self.result.hide()

        def job(_progress: Any) -> Backup:
            with self._bench.store.reading() as rows:
                profile = profile_of(rows.connection)
            return back_up(self._bench.store.engine, profile, self._bench.desk.now())

        self._bench.runner.run(job, self._backed_up, self._not_backed_up, owner=self)

    def _backed_up(self, backup: Backup) -> None:
        self.backup_button.setEnabled(True)
        self._bench.nav.toast("ok", lambda: _("Backup made and verified"), formats.bytes_size(backup.size))
        self._reload()

    def _not_backed_up(self, failure: Failure) -> None:
        self.backup_button.setEnabled(True)
        self._say("bad", lambda: _("No backup was made"), told(failure))

    # --- rescue file ------------------------------------------------------------------------------------------

    def begin_rescue(self) -> None:
        """Asks for the passphrase."""
        self.result.hide()
        self.rescue.begin()


class RescueForm(QWidget):
    """A passphrase typed twice and a place for the file; writing goes on beside all other work."""

    said = Signal(str, object, object)
    """How it ended: tone, title and text."""

    def __init__(self, bench: Bench, care: Care | None) -> None:
        super().__init__()
        self._bench, self._care = bench, care
        self._token: Progress | None = None
        self.first, self.second = QLineEdit(), QLineEdit()
        for editor in (self.first, self.second):
            editor.setEchoMode(QLineEdit.EchoMode.Password)
            editor.setMaxLength(400)
        self.first_field = Field(lambda: _("Passphrase of the rescue file"), self.first, self._hint)
        self.second_field = Field(lambda: _("Once more"), self.second)
        self.button = Button(lambda: _("Choose a place and write"), self.choose, primary=True)
        self.progress = ProgressLine(lambda: _("Writing the rescue file"))
        self.progress.cancelled.connect(self._cancel)
        self.progress.hide()
        self.second.returnPressed.connect(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        about = Label(self._about, "muted", wrap=True)
        column.addWidget(about)
        for widget in (self.first_field, self.second_field, self.progress):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.button)
        row.addWidget(Button(lambda: _("Close"), self._put_away))
        row.addStretch(1)
        column.addLayout(row)

    @staticmethod
    def _about() -> str:
        return _("All work HQ may lack, and photos still to send. Any computer of the branch can hand it in.")

    @staticmethod
    def _hint() -> str:
        return _("At least {n} characters. Without it nobody can read the file.").format(n=LEAST_PASSPHRASE)

    def begin(self) -> None:
        """Shows the form."""
        self.show()
        self.first.setFocus()

    def _put_away(self) -> None:
        self.first.clear()
        self.second.clear()
        self.hide()

    def is_ready(self) -> bool:
        """Whether the passphrase will do; tells beside the field when not."""
        for field in (self.first_field, self.second_field):
            field.accept()
        if len(self.first.text()) < LEAST_PASSPHRASE:
            self.first_field.refuse(refusal_words(Refusal("passphrase_too_short", least=LEAST_PASSPHRASE)))
            return False
        if self.first.text() != self.second.text():
            self.second_field.refuse(refusal_words(Refusal("rescue_passphrases_differ")))
            return False
        return True

    def choose(self) -> None:
        """Asks where the file shall be."""
        if not self.is_ready():
            return
        name = f"fixpoint-{self._bench.desk.now():%Y%m%d-%H%M}.rescue"
        found, _kind = QFileDialog.getSaveFileName(self, _("Write a rescue file"), str(Path.home() / name))
        if found:
            self.write(Path(found))

    def write(self, path: Path) -> None:
        """Writes it off the thread."""
        care, passphrase = self._care, self.first.text()
        assert care is not None, "the form is not shown without"
        self.button.setEnabled(False)
        self.progress.advance(0, 0)
        self.progress.show()

        def job(progress: Progress) -> Exported:
            def step(done: int, total: int) -> None:
                if progress.cancelled:
                    raise Stopped
                progress.step(done, total)

            return care.rescue(path, passphrase, step)

        self._token = self._bench.runner.run(
            job, self._written, self._failed, owner=self, progress=self.progress.advance_bytes
        )

    def _cancel(self) -> None:
        if self._token is not None:
            self._token.cancel()

    def _ended(self) -> None:
        self.button.setEnabled(True)
        self.progress.hide()

    def _written(self, made: Exported) -> None:
        self._ended()
        self._put_away()

        def words() -> str:
            text = _("{file}: {operations} steps ({unanswered} not yet at HQ), {photos} photos or signatures.")
            said = text.format_map(made._asdict() | {"file": str(made.file)})
            gone = _("{count} queued photos are no longer on this computer.").format(count=made.missing)
            return f"{said} {gone}" if made.missing else said

        self.said.emit("ok", lambda: _("Rescue file written"), words)

    def _failed(self, failure: Failure) -> None:
        self._ended()
        if isinstance(failure.error, Stopped):
            self.said.emit("grey", lambda: _("Stopped; no rescue file was written"), "")
            return
        self.said.emit("bad", lambda: _("No rescue file was written"), told(failure))


def last_check(marks: Marks) -> tuple[Words, str]:
    """When all rows were last compared with HQ's, and what came of it."""
    if not marks:
        return lambda: _("not yet"), "muted"
    at = min(datetime.fromisoformat(str(mark["at"])) for mark in marks.values())
    rows = sum(int(mark.get("rows", 0)) for mark in marks.values())
    mended = sum(int(mark.get(name, 0)) for mark in marks.values() for name in ("missing", "different", "extra"))

    def words() -> str:
        facts = {"time": formats.moment(at), "n": formats.number(rows), "m": formats.number(mended)}
        text = _("{time}: {n} rows, {m} set right") if mended else _("{time}: {n} rows agree with HQ’s")
        return text.format_map(facts)

    return words, "warn" if mended else "ok"


def checked_words(found: list[ScopeChecked]) -> tuple[str, Words, Words]:
    """Tone, title and text of a self-check's result."""
    rows = sum(one.rows for one in found)
    mended = sum(one.missing + one.different + one.extra for one in found)
    if not found or not all(one.complete for one in found):
        return "grey", lambda: _("Rows changed meanwhile"), lambda: _("Check again after the next sync.")
    if not mended:
        text: Words = lambda: _("{n} rows compared.").format(n=formats.number(rows))  # noqa: E731 - two of a kind
        return "ok", lambda: _("Everything agrees with HQ’s"), text
    facts = {"n": formats.number(rows), "m": formats.number(mended)}
    return (
        "warn",
        lambda: _("Set right"),
        lambda: _("{n} rows compared; {m} were not as at HQ and were brought anew. Your own work was kept.").format_map(
            facts
        ),
    )


def _later(message: str) -> Words:
    return lambda: _(message)

"""The row below the scanner's picture: which camera, its size, view, focus and lamp, and what hinders it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, _
from app.ui.bench import Bench
from app.ui.live import Words, bind, text_of
from app.ui.pages.scan_devices import Seen, Setup, View, camera_source
from app.ui.widgets import Button, Label

if TYPE_CHECKING:
    from app.scanner.devices import Abilities, CameraDevice

#: What to tell for each hint of the live reader.
HINTS = {
    "black": N_("The picture is black: open the camera’s cover or take off its cap."),
    "dark": N_("Too dark: switch on a lamp or turn the label to the light."),
    "bright": N_("Too bright: tilt the label so that no lamp shines back from it."),
    "moving": N_("Hold the label still."),
    "blurred": N_("Not sharp: hold still, or change the distance a little."),
    "closer": N_("Bars are in sight but too small: move closer."),
}
#: Places of the focus between the farthest (0) and the nearest (1) the driver offers; None is automatic.
FOCUS: tuple[tuple[str, float | None], ...] = (
    (N_("Automatic focus"), None), (N_("Focus near"), 0.8), (N_("Focus middle"), 0.4), (N_("Focus far"), 0.0),
)  # fmt: skip
_SIZE = (1920, 1080)


def source_name(source: int | str, devices: Sequence[CameraDevice] = ()) -> Words:
    """How a source is called: by its device's name where the system tells one, else by number; a file by its own."""
    if isinstance(source, str):
        return Path(source).name if "://" not in source else source
    name = next((device.name for device in devices if device.number == source), "")
    return name or (lambda: _("Camera {n}").format(n=source))


class CameraBar(QWidget):
    """Keeps what is chosen in the device's settings; `changed` asks for a running camera to be started anew."""

    changed = Signal()

    def __init__(self, bench: Bench, focus: Callable[[int | None], object], show_as: Callable[[View], object]) -> None:
        super().__init__()
        self._bench, self._focus, self._show_as = bench, focus, show_as
        self.devices: list[CameraDevice] = []
        self._abilities: Abilities | None = None
        self.device, self.size_choice, self.focus_choice = QComboBox(), QComboBox(), QComboBox()
        self.find_button = Button(lambda: _("Find"), self.find_cameras, icon="search")
        self.mirror, self.torch = QCheckBox(), QCheckBox()
        self.turn_button = Button(lambda: _("Turn"), self._turn)
        self.hint = Label("", "strong", wrap=True)
        self.hint.set_tone("warn")
        self._build()
        self.device.activated.connect(lambda _index: self._chosen())
        self.size_choice.activated.connect(lambda _index: self._sized())
        self.focus_choice.activated.connect(self._focused)
        self.show_all()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.device, 1)
        widgets = (self.find_button, self.size_choice, self.focus_choice, self.torch, self.mirror)
        for widget in (*widgets, self.turn_button):
            row.addWidget(widget)
        bind(self.mirror, self.mirror.setText, lambda: _("Mirror"))
        bind(self.torch, self.torch.setText, lambda: _("Lamp"))
        self.mirror.clicked.connect(lambda: self._mirror())
        self.torch.clicked.connect(lambda: self._light())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.hint)
        bind(self.device, self.device.setAccessibleName, lambda: _("Camera"))
        bind(self.size_choice, self.size_choice.setAccessibleName, lambda: _("Picture size"))
        bind(self.focus_choice, self.focus_choice.setAccessibleName, lambda: _("Focus"))

    # --- what is chosen ---------------------------------------------------------------------------------------

    @property
    def source(self) -> int | str | None:
        """The source that is set, else the first camera of this computer; None when there is none."""
        kept = camera_source(str(self._get("camera_source", "") or ""))
        return kept if kept is not None else (self.devices[0].number if self.devices else None)

    def setup(self, source: int | str, formats: tuple[str, ...]) -> Setup:
        """What the camera is started with."""
        return Setup(source, text_of(source_name(source, self.devices)), self._kept_size(), formats)

    @property
    def view(self) -> View:
        """How the preview is shown."""
        return View(bool(self._get("camera_mirrored", False)), int(self._get("camera_quarters", 0)) % 4)

    def _get(self, name: str, otherwise: Any) -> Any:
        return self._bench.settings.get(name, otherwise)

    def _kept_size(self) -> tuple[int, int]:
        wide, _times, high = str(self._get("camera_size", "")).partition("x")
        return (int(wide), int(high)) if wide.isdigit() and high.isdigit() else _SIZE

    # --- what this computer has -------------------------------------------------------------------------------

    def wake(self) -> None:
        """The page is shown: where the system lists cameras without opening them, lists them."""
        self._bench.runner.run(lambda _progress: _listed(self.source, look=False), self._found, owner=self)

    def find_cameras(self) -> None:
        """Looks for cameras; may take a second where the system does not list them."""
        self.find_button.setEnabled(False)
        self._bench.runner.run(lambda _progress: _listed(self.source, look=True), self._found, owner=self)

    def _found(self, found: tuple[list[CameraDevice], Abilities | None]) -> None:
        self.find_button.setEnabled(True)
        self.devices, self._abilities = found
        self.show_all()

    # --- showing ----------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Renews what the lists hold."""
        self.show_all()

    def show_all(self) -> None:
        """Shows what is chosen, and hides what the driver has not."""
        source, abilities = self.source, self._abilities
        self._fill_devices(source)
        self._fill_sizes(abilities)
        self.focus_choice.clear()
        for words, place in FOCUS:
            self.focus_choice.addItem(_(words), place)
        self.focus_choice.setVisible(bool(abilities and abilities.focus))
        self.torch.setVisible(bool(abilities and abilities.torch))
        self.mirror.setChecked(self.view.mirrored)
        self.size_choice.setVisible(isinstance(source, int))
        for button in (self.mirror, self.turn_button):
            button.setEnabled(source is not None)

    def _fill_devices(self, source: int | str | None) -> None:
        self.device.clear()
        sources: list[int | str] = [device.number for device in self.devices]
        if source is not None and source not in sources:
            sources.append(source)
        for one in sources:
            self.device.addItem(text_of(source_name(one, self.devices)), str(one))
        if source is None:
            self.device.addItem(_("No camera found"), "")
        self.device.setCurrentIndex(max(0, self.device.findData(str(source))))

    def _fill_sizes(self, abilities: Abilities | None) -> None:
        kept = self._kept_size()
        sizes = sorted({kept, *(abilities.sizes if abilities else ())}, reverse=True)
        self.size_choice.clear()
        for size in sizes:
            self.size_choice.addItem("{} × {}".format(*size), "{}x{}".format(*size))
        self.size_choice.setCurrentIndex(sizes.index(kept))

    def tell(self, seen: Seen | None) -> None:
        """Says calmly what hinders reading; nothing for None."""
        self.hint.say(_hint_words(seen) if seen is not None else "")

    # --- acting -----------------------------------------------------------------------------------------------

    def _chosen(self) -> None:
        source = str(self.device.currentData() or "")
        if source and source != str(self.source):
            self._bench.settings.set("camera_source", source)
            self.wake()
            self.changed.emit()

    def _sized(self) -> None:
        self._bench.settings.set("camera_size", self.size_choice.currentData())
        self.changed.emit()

    def _mirror(self) -> None:
        self._bench.settings.set("camera_mirrored", self.mirror.isChecked())
        self._show_as(self.view)

    def _turn(self) -> None:
        self._bench.settings.set("camera_quarters", (self.view.quarters + 1) % 4)
        self._show_as(self.view)

    def _focused(self, index: int) -> None:
        span, place = self._abilities.focus if self._abilities else None, FOCUS[index][1]
        if place is None or span is None:
            self._focus(None)
        else:
            self._focus(round(span[0] + place * (span[1] - span[0])))

    def _light(self) -> None:
        source, lit = self.source, self.torch.isChecked()
        if isinstance(source, int):
            self._bench.runner.run(lambda _progress: _lamp(source, lit=lit), lambda _done: None, owner=self)


def _hint_words(seen: Seen) -> Words:
    if seen.doubted:
        texts = ", ".join(sorted(set(seen.doubted))[:3])
        return lambda: _("Two texts at one place, neither is taken: {texts}").format(texts=texts)
    sentence = HINTS.get(seen.hint, "")
    return (lambda: _(sentence)) if sentence else ""


def _listed(source: int | str | None, *, look: bool) -> tuple[list[CameraDevice], Abilities | None]:
    from app.scanner import devices

    found = devices.cameras() if look or devices.SYS.is_dir() else []
    number = source if source is not None else (found[0].number if found else None)
    return found, devices.abilities(number) if isinstance(number, int) else None


def _lamp(number: int, *, lit: bool) -> bool:
    from app.scanner.devices import set_torch

    return set_torch(number, on=lit)

"""The card of photos and signatures: kept encrypted, shown small; what is still at HQ only has a place-holder."""

from __future__ import annotations

import base64
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from app.i18n import N_, _
from app.offline_db.blobs import BlobStore
from app.queries.order_view import OrderView, Picture
from app.ui import icons, theme
from app.ui.background import Failure, Progress, report_defect
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.photo_window import PhotoWindow
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Card, Field, Label, Photo, PhotoStrip, Pill
from core.refusals import Refusal

_KINDS = {
    "photo": N_("Photo"),
    "signature": N_("Signature"),
    "invoice": N_("Invoice"),
    "label": N_("Label"),
    "slip": N_("Field slip"),
    "goodwill": N_("Photo for goodwill"),
}
_THUMB = 200
Loaded = dict[str, QImage]


class PhotosCard(Card):
    """Files, drops and pastes become photos of the order."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Photos and signature"), "photo")
        self._desk = desk
        self._view: OrderView | None = None
        self._thumbs: Loaded = {}
        self._waiting: list[str] = []
        self._asked: set[str] = set()
        self.strip = PhotoStrip()
        self.strip.files_added.connect(self._add_files)
        self.strip.image_pasted.connect(self._add_pasted)
        self.strip.opened.connect(self._open)
        self._field = Field("", self.strip)
        self._none = Label(lambda: _("None"), "muted")
        self.add(self._field)
        self.add(self._none)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show what there is; thumbnails not known yet are read off the thread."""
        self._view = view
        self.strip.set_addable(view.can_edit)
        wanted = [one for one in view.pictures if one.sha256 not in self._thumbs]
        self._field.setVisible(view.can_edit or bool(view.pictures))
        self._none.setVisible(self._field.isHidden())
        self._show(view)
        if wanted:
            blobs = self._desk.bench.blobs

            def job(_progress: Progress) -> Loaded:
                here = ((one.sha256, _here(blobs, one)) for one in wanted)
                return {sha256: _thumb(blobs.read(name)) for sha256, name in here if name is not None}

            self._desk.bench.runner.run(job, self._loaded, owner=self)

    def _loaded(self, found: Loaded) -> None:
        self._thumbs |= found
        if self._view is None:
            return
        if found:
            self._show(self._view)
        for one in self._view.pictures:
            if one.sha256 not in self._thumbs and one.sha256 not in self._asked:
                self._asked.add(one.sha256)
                self._fetch(one)

    def _fetch(self, one: Picture) -> None:
        """What is small comes first; the whole only where there is nothing small, or when it is opened."""
        small = one.thumbnail_sha256 and one.thumbnail_bytes
        name, size = (one.thumbnail_sha256, one.thumbnail_bytes) if small else (one.sha256, one.bytes)
        assert name is not None
        assert size is not None
        done, failed = partial(self._brought, one.sha256), partial(self._not_brought, one.sha256)
        self._desk.bench.photo(name, size, done, owner=self, failed=failed)

    def _not_brought(self, sha256: str, failure: Failure) -> None:
        """Asked for again when the order is read again."""
        self._asked.discard(sha256)
        if failure.refusal is None:
            report_defect(failure)

    def _brought(self, sha256: str, photo: bytes) -> None:
        """A photo that was still at HQ is here now."""
        self._loaded({sha256: _thumb(photo)})

    def _show(self, view: OrderView) -> None:
        photos = [Photo(one.id, _name(one), self._thumbs.get(one.sha256) or _missing()) for one in view.pictures]
        self.strip.set_photos(photos)
        count = len(view.pictures)
        self.set_trailing(Pill(lambda: _("{n} · kept encrypted").format(n=count), "grey") if count else None)

    # --- adding -----------------------------------------------------------------------------------------------

    def _add_files(self, paths: list[str]) -> None:
        if self._view is None or not self._view.can_edit:
            return
        self._waiting += paths
        self._next()

    def _next(self) -> None:
        """One file after the other: each is an operation of its own."""
        if self._waiting and not self._desk.busy:
            path = self._waiting.pop(0)
            self._desk.act("add_attachment", {"file": path, "kind": "photo"}, self._refuse, self._added)

    def _add_pasted(self, png: bytes) -> None:
        if self._view is not None and self._view.can_edit:
            picture = base64.b64encode(png).decode()
            self._desk.act("add_attachment", {"picture": picture, "kind": "photo"}, self._refuse, self._added)

    def _added(self) -> None:
        self._field.accept()
        self._next()

    def _refuse(self, refusal: Refusal) -> None:
        self._field.refuse(refusal_words(refusal))
        self._next()

    def focus_adding(self) -> None:
        """Put the keyboard where photos are added."""
        self.strip.focus_adding()

    # --- looking ----------------------------------------------------------------------------------------------

    def _open(self, picture_id: str) -> None:
        """Show one large."""
        found = next((one for one in self._view.pictures if one.id == picture_id), None) if self._view else None
        if found is None:
            return
        small = self._thumbs.get(found.sha256)
        window = PhotoWindow(self._desk.bench, found, _name(found), small, self)
        window.show()
        window.load()


def _here(blobs: BlobStore, one: Picture) -> str | None:
    """Which of its two files is on this device, the whole first."""
    names = (one.sha256, one.thumbnail_sha256)
    return next((name for name in names if name is not None and blobs.has(name)), None)


def _thumb(content: bytes) -> QImage:
    image = QImage.fromData(content)
    if image.isNull():
        return _missing()
    return image.scaled(
        _THUMB, _THUMB, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )


def _missing() -> QImage:
    """A quiet ground with a picture's sign."""
    image = QImage(192, 140, QImage.Format.Format_RGB32)
    image.fill(theme.color("skeleton"))
    painter = QPainter(image)
    icons.paint(painter, image.rect().adjusted(76, 50, -76, -50), "photo", theme.color("ink3"))
    painter.end()
    return image


def _name(one: Picture) -> str:
    return _(_KINDS.get(one.kind, _KINDS["photo"]))

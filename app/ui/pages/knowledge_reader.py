"""One article or job template as it is read: its text, what it is about, pictures, steps and likely parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, language, ngettext
from app.queries.knowledge import ArticleView, LikelyLine, Named, PictureOf, TemplateView
from app.queries.order_view import Picture
from app.queries.papers import maker_name
from app.queries.verdicts import part_class_name
from app.ui import formats, theme
from app.ui.background import Failure, report_defect
from app.ui.bench import Bench
from app.ui.components.print_window import offer
from app.ui.live import Words
from app.ui.pages.knowledge_list import title_of
from app.ui.pages.order.photo_window import PhotoWindow
from app.ui.printing import KINDS, paper_print
from app.ui.printing.article import article_paper, template_paper
from app.ui.widgets import (
    Banner,
    Button,
    EmptyState,
    KeyValueGrid,
    Label,
    Link,
    Photo,
    PhotoStrip,
    Pill,
    ScrollColumn,
    empty_layout,
)
from core.knowledge import HEADING, POINT
from core.words import word

_THUMB = 260
_TONES = {"published": "ok", "replaced": "grey", "withdrawn": "bad"}


def named(one: Named) -> str:
    """A code, class or part with its name in the language of now."""
    name = title_of(one.zh, one.en)
    return f"{one.id} {name}".strip() if name != one.id else one.id


class KnowledgeReader(ScrollColumn):
    """Shows an article or a template; `revise_asked` tells the number of an article somebody would change."""

    revise_asked = Signal(object)
    edition_asked = Signal(str)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._again: Callable[[], object] | None = None
        self._pictures: tuple[PictureOf, ...] = ()
        self._thumbs: dict[str, QImage] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.strip = PhotoStrip()
        self.strip.set_addable(False)
        self.strip.opened.connect(self._open_picture)
        self._box = QVBoxLayout()
        self._box.setSpacing(8)
        self.body.setContentsMargins(18, 14, 18, 14)
        self.body.addLayout(self._box)
        self.body.addWidget(self.strip)
        self.empty = EmptyState(lambda: _("Nothing chosen"), lambda: _("Choose an article at the left."))
        self.body.addWidget(self.empty, 1)
        self.body.addStretch(1)
        self.show_nothing()

    def sizeHint(self) -> QSize:
        """As wide as a page is read well."""
        return QSize(760, 480)

    def retranslate(self) -> None:
        """Texts come in the language of now."""
        if self._again is not None:
            self._again()

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        self._again = None
        self._begin(())
        self.empty.show()

    def _begin(self, pictures: tuple[PictureOf, ...]) -> None:
        empty_layout(self._box)
        self.empty.hide()
        self._pictures = pictures
        self._show_pictures()
        self.verticalScrollBar().setValue(0)

    # --- articles ---------------------------------------------------------------------------------------------

    def show_article(self, view: ArticleView) -> None:
        """Show it."""
        self._again = partial(self.show_article, view)
        self._begin(view.pictures)
        title, found = view.blocks(chinese=language() == "zh_CN")
        change = Button(lambda: _("Propose a change"), partial(self.revise_asked.emit, view))
        self._title(title, view.state, self._printing(partial(self._print, view)), change)
        self._small(self._meta(view))
        if view.state != "published":
            self._ended(view)
        self._box.addWidget(KeyValueGrid(self._about(view), label_width=88))
        self._box.addSpacing(6)
        for block in found:
            self._block(block.kind, block.text)
        if view.parts:
            self._block(HEADING, _("Parts"))
            for part in view.parts:
                self._box.addWidget(Link(named(part), partial(self._bench.nav.open, "parts", part=part.id)))
        if len(view.editions) > 1:
            self._editions(view)
        self._load_pictures()

    def _title(self, title: str, state: str, *buttons: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Label(title, "h1", wrap=True).selectable(), 1)
        if state != "published":
            row.addWidget(Pill(_(word("article_state", state)), _TONES[state]), 0, Qt.AlignmentFlag.AlignTop)
        for button in buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._box.addLayout(row)

    @staticmethod
    def _printing(call: Callable[[], object]) -> Button:
        return Button(lambda: _("Print"), call, icon="print", shortcut="Ctrl+P")

    def _print(self, view: ArticleView | TemplateView) -> None:
        """Offer it for printing, in the language that is chosen there."""
        moment = formats.moment(self._bench.desk.now())

        def offered(maker: str) -> None:
            if isinstance(view, ArticleView):
                what = paper_print(KINDS["article"], view.number, lambda: article_paper(view, moment, maker))
            else:
                what = paper_print(KINDS["article"], view.number, lambda: template_paper(view, moment, maker))
            offer(self._bench, self, what)

        self._bench.read(maker_name, offered, owner=self)

    def _small(self, words: str) -> None:
        self._box.addWidget(Label(words, "small", wrap=True))

    def _meta(self, view: ArticleView) -> str:
        day = formats.day(formats.local(view.published_at).date())
        edition = _("edition {n}").format(n=view.edition)
        source = _(", ").join(filter(None, (view.place, view.author)))
        return " · ".join(filter(None, (view.number, edition, day, source)))

    def _ended(self, view: ArticleView) -> None:
        banner = Banner("warn", _(word("article_state", view.state)), view.ended_why)
        self._box.addWidget(banner)
        if view.newest_id:
            go = Link(lambda: _("Read the edition of now"), partial(self.edition_asked.emit, view.newest_id))
            self._box.addWidget(go)

    def _about(self, view: ArticleView) -> list[tuple[Words, str]]:
        lines: list[tuple[Words, tuple[Named, ...]]] = [
            (_("Product class"), view.classes),
            (_("Models"), view.models),
            *(
                (_(word("code_field", field)), tuple(one for known, one in view.codes if known == field))
                for field in ("symptom", "section", "defect")
            ),
        ]
        return [(label, _(", ").join(_short(one) for one in some)) for label, some in lines if some]

    def _block(self, kind: str, text: str) -> None:
        if kind == POINT:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addSpacing(6)
            row.addWidget(Label("•", "muted"), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(Label(text, wrap=True).selectable(), 1)
            self._box.addLayout(row)
            return
        if kind == HEADING:
            self._box.addSpacing(6)
        self._box.addWidget(Label(text, "h2" if kind == HEADING else "", wrap=True).selectable())

    def _editions(self, view: ArticleView) -> None:
        self._block(HEADING, _("Editions"))
        for one in view.editions:
            day = formats.day(formats.local(one.published_at).date())
            said = " · ".join(
                filter(None, (_("edition {n}").format(n=one.edition), day, _(word("article_state", one.state))))
            )
            if one.id == view.id:
                self._box.addWidget(Label(said, "strong"))
            else:
                self._box.addWidget(Link(said, partial(self.edition_asked.emit, one.id)))

    # --- templates --------------------------------------------------------------------------------------------

    def show_template(self, view: TemplateView) -> None:
        """Show it."""
        self._again = partial(self.show_template, view)
        self._begin(())
        title, steps = view.steps(chinese=language() == "zh_CN")
        self._title(title, view.state, self._printing(partial(self._print, view)))
        minutes = ngettext("{n} minute", "{n} minutes", view.minutes).format(n=view.minutes)
        edition = _("edition {n}").format(n=view.edition)
        self._small(" · ".join((view.number, edition, _("takes {time}").format(time=minutes))))
        about = [
            (_("Product class"), named_only(view.product_class)),
            (_("Models"), _(", ").join(_short(one) for one in view.models)),
            (_(word("code_field", "symptom")), _(", ").join(_short(one) for one in view.symptoms)),
        ]
        self._box.addWidget(KeyValueGrid([(label, said) for label, said in about if said], label_width=88))
        self._block(HEADING, _("Steps"))
        self._box.addWidget(steps_list(steps))
        if view.parts:
            self._block(HEADING, _("Likely parts"))
            self._box.addLayout(parts_grid(view.parts))

    # --- pictures ---------------------------------------------------------------------------------------------

    def _load_pictures(self) -> None:
        """What is here is read, the rest is fetched from HQ when there is a line."""
        blobs, wanted = self._bench.blobs, [one for one in self._pictures if one.sha256 not in self._thumbs]
        if not wanted:
            return

        def job(_progress: object) -> dict[str, QImage]:
            return {one.sha256: _thumb(blobs.read(one.sha256)) for one in wanted if blobs.has(one.sha256)}

        self._bench.runner.run(job, partial(self._got, wanted), owner=self)

    def _got(self, wanted: list[PictureOf], found: dict[str, QImage]) -> None:
        self._thumbs |= found
        self._show_pictures()
        for one in wanted:
            if one.sha256 not in self._thumbs:
                done = partial(self._brought, one.sha256)
                self._bench.photo(one.sha256, one.bytes, done, owner=self, failed=_quiet)

    def _brought(self, sha256: str, content: bytes) -> None:
        self._thumbs[sha256] = _thumb(content)
        self._show_pictures()

    def _show_pictures(self) -> None:
        photos = [
            Photo(one.sha256, _("Picture {n}").format(n=number), self._thumbs.get(one.sha256) or _waiting())
            for number, one in enumerate(self._pictures, 1)
        ]
        self.strip.set_photos(photos)
        self.strip.setVisible(bool(photos))

    def _open_picture(self, sha256: str) -> None:
        """One picture large."""
        found = next((one for one in self._pictures if one.sha256 == sha256), None)
        if found is None:
            return
        moment = self._bench.desk.now()
        picture = Picture(sha256, "photo", sha256, found.media_type, found.bytes, moment)
        window = PhotoWindow(self._bench, picture, lambda: _("Picture"), self._thumbs.get(sha256), self)
        window.show()
        window.load()


def named_only(one: Named) -> str:
    """The name alone; the id where there is none."""
    return title_of(one.zh, one.en) or one.id


def _short(one: Named) -> str:
    """A class by its name, a model by its number, a code with its words."""
    name = title_of(one.zh, one.en)
    if one.id.islower():
        return name or one.id
    return one.id if one.id in name else f"{one.id} {name}".strip()


def steps_list(steps: tuple[str, ...]) -> QWidget:
    """The steps with their numbers, to be read one after the other."""
    whole = QWidget()
    grid = QGridLayout(whole)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for line, step in enumerate(steps):
        grid.addWidget(Label(f"{line + 1}", "muted"), line, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        grid.addWidget(Label(step, wrap=True).selectable(), line, 1)
    return whole


def parts_grid(parts: tuple[LikelyLine, ...]) -> QGridLayout:
    """Likely parts with how many it takes and how many are free here."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for line, part in enumerate(parts):
        grid.addWidget(Label(f"{part_words(part)} × {part.quantity}", wrap=True), line, 0)
        grid.addWidget(Label(part.part_id, "muted"), line, 1)
        grid.addWidget(stock_pill(part), line, 2, Qt.AlignmentFlag.AlignRight)
    return grid


def part_words(part: LikelyLine) -> str:
    """The part's name; of a part class that no part is known for, the class's."""
    return title_of(part.zh, part.en) if part.part_id else part_class_name(part.zh)


def stock_pill(part: LikelyLine) -> Pill:
    """How it stands with the part, in a word."""
    if not part.part_id:
        return Pill(lambda: _("depends on the model"), "grey")
    if part.used:
        return Pill(lambda: _("put in"), "ok")
    if part.kept:
        return Pill(lambda: _("kept for this order"), "ok")
    if part.asked:
        return Pill(lambda: _("requested"), "blue")
    if part.free >= part.quantity:
        return Pill(lambda: _("free {n}").format(n=part.free), "ok")
    return Pill(lambda: _("free {n}").format(n=part.free), "warn")


def _waiting() -> QImage:
    """A quiet ground for a picture that is not here."""
    image = QImage(192, 140, QImage.Format.Format_RGB32)
    image.fill(theme.color("skeleton"))
    return image


def _thumb(content: bytes) -> QImage:
    image = QImage.fromData(content)
    if image.isNull():
        return _waiting()
    return image.scaled(
        _THUMB, _THUMB, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )


def _quiet(failure: Failure) -> None:
    """A picture that can't be had now stays an empty place."""
    if failure.refusal is None:
        report_defect(failure)

"""Proposing an article: title, text, what it is about, pictures; kept while it is typed, sent to HQ by itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.i18n import N_, _, language
from app.offline_db.store import LocalRows
from app.queries.knowledge import ArticleView, Named, ProposalLine, class_choices, code_choices, model_choices
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import bind
from app.ui.pages.knowledge_list import title_of
from app.ui.pages.order.drafts import DraftBox
from app.ui.refusal_words import told
from app.ui.widgets import (
    Button,
    Card,
    Choice,
    ComboSearch,
    Field,
    FlowLayout,
    Label,
    Link,
    Photo,
    PhotoStrip,
    PrimaryButton,
    empty_layout,
)
from core.operations.propose_article import MOST_PICTURES
from core.rows.orders import Attachment
from core.rows.reference import Part

_DRAFT = "proposal"
#: What an article can be about: the argument of the action and its word.
KINDS = {
    "product_classes": N_("Product class"),
    "models": N_("Model"),
    "symptoms": N_("Symptom"),
    "sections": N_("Section"),
    "defects": N_("Defect"),
    "parts": N_("Part"),
}
_FIELDS = {
    "article_about_nothing": "about", "class_unknown": "about", "model_unknown": "about", "part_unknown": "about",
    "fault_code_unknown": "about", "file_missing": "photos", "file_unreadable": "photos", "picture_unknown": "photos",
    "file_too_large": "photos", "picture_damaged": "photos", "picture_raw": "photos",
}  # fmt: skip
_LANGUAGES = (("zh", "中文"), ("en", "English"))


class Topic(NamedTuple):
    """One thing an article can be about."""

    kind: str
    id: str
    zh: str
    en: str

    @property
    def key(self) -> str:
        """Its name among all topics."""
        return f"{self.kind}/{self.id}"


class _Drafts(DraftBox):
    @staticmethod
    def key(order_id: str) -> str:
        return f"knowledge/{order_id}"


class ProposeForm(Card):
    """What is typed stays until it is proposed or given up; `closed` tells that the form is done with."""

    closed = Signal()
    proposed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Propose an article"), "sign")
        self._bench = bench
        self._topics: dict[str, Topic] = {}
        self._by_choice: dict[str, str] = {}
        self._photos: list[str] = []
        self._wanted: dict[str, Any] = {}
        self._source = _DRAFT
        self.drafts = _Drafts(bench, self)
        self.title, self.text, self.language = QLineEdit(), QPlainTextEdit(), QComboBox()
        self.about, self.photos = ComboSearch([], lambda: _("Class, model, fault code or part…")), PhotoStrip()
        self.with_order = QCheckBox()
        self._build()
        self._fields = {
            "title": self._title_field, "text": self._text_field, "about": self._about_field,
            "photos": self._photos_field,
        }  # fmt: skip

    def _build(self) -> None:
        self.note = Label("", "muted", wrap=True)
        self.add(self.note)
        self.title.setMaxLength(120)
        for code, name in _LANGUAGES:
            self.language.addItem(name, code)
        head = QHBoxLayout()
        head.setSpacing(10)
        self._title_field = Field(lambda: _("Title"), self.title)
        head.addWidget(self._title_field, 1)
        head.addWidget(Field(lambda: _("Written in"), self.language))
        self.add(head)
        self.text.setTabChangesFocus(True)
        hint = lambda: _("A line that begins with “# ” is a heading, one with “- ” a point.")  # noqa: E731
        self._text_field = Field(lambda: _("Text"), self.text, hint)
        self.add(self._text_field, 1)
        self._about_field = Field(lambda: _("What it is about"), self.about)
        self.add(self._about_field)
        chips = QWidget()
        self._chips = FlowLayout(chips, spacing=6)
        self.add(chips)
        self._photos_field = Field(lambda: _("Pictures"), self.photos)
        self.add(self._photos_field)
        bind(self.with_order, self.with_order.setText, lambda: _("With the order’s photos"))
        self.add(self.with_order)
        self._build_foot()
        self.about.picked.connect(self._picked)
        self.title.textEdited.connect(lambda _text: self._keep())
        self.text.textChanged.connect(self._keep)
        self.language.activated.connect(lambda _index: self._keep())
        self.with_order.clicked.connect(lambda _on: self._keep())
        self.photos.files_added.connect(self._add_files)
        self.photos.opened.connect(self._drop_file)

    def _build_foot(self) -> None:
        self.trouble = Label("", tone="bad", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(Link(lambda: _("Discard"), self.discard))
        foot.addStretch(1)
        foot.addWidget(Button(lambda: _("Later"), self.closed.emit))
        self.button = PrimaryButton(lambda: _("Propose to HQ"), self.propose, icon="send", shortcut="F8")
        foot.addWidget(self.button)
        self.add(foot)

    # --- beginning --------------------------------------------------------------------------------------------

    def begin(self, **given: Any) -> None:
        """Write about nothing special, or about what is ``given``: an ``order`` with its codes, ``revises``, ``again``.

        What was half typed about the same goes on.
        """
        self._wanted, self._source = given, _source_of(given)
        self._bench.read(self._read, self._got, owner=self)

    def _read(self, rows: LocalRows) -> tuple[list[Topic], dict[str, Any], list[str]]:
        """Topics, what was kept, and the ids of the order's photos; runs off the thread."""
        topics = [Topic("product_classes", one.id, one.zh, one.en) for one in class_choices(rows)]
        topics += [Topic("models", one.id, one.zh, one.en) for one in model_choices(rows)]
        for field, kind in (("symptom", "symptoms"), ("section", "sections"), ("defect", "defects")):
            topics += [Topic(kind, one.id, one.zh, one.en) for one in code_choices(rows, field)]
        topics += [Topic("parts", one.id, one.name_zh, one.name_en) for one in rows.find(Part)]
        kept = self._bench.drafts.load(_Drafts.key(self._source)) or {}
        order = self._wanted.get("order") or kept.get("order_id", "")
        photos = rows.find(Attachment, order_id=order, kind="photo") if order else ()
        return topics, kept, [one.id for one in photos][:MOST_PICTURES]

    def _got(self, found: tuple[list[Topic], dict[str, Any], list[str]]) -> None:
        topics, kept, self._photos = found
        self._topics = {one.key: one for one in topics}
        self._offer()
        self.drafts.take(self._source, kept)
        if self._wanted and not kept:
            self._replace(_filled(self._wanted))
        self._show()
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _offer(self) -> None:
        """Every topic by its code, a class by its name."""
        self._by_choice = {}
        choices = []
        for topic in self._topics.values():
            name, other = (topic.zh, topic.en) if language() == "zh_CN" else (topic.en, topic.zh)
            is_class = topic.kind == "product_classes"
            code = name if is_class else topic.id
            code = topic.key if code in self._by_choice else code
            self._by_choice[code] = topic.key
            words = _(KINDS[topic.kind]) if is_class else f"{name} · {_(KINDS[topic.kind])}"
            choices.append(Choice(code, words, f"{topic.id} {name} {other}"))
        self.about.set_choices(choices)

    def _replace(self, values: dict[str, Any]) -> None:
        self.drafts.drop("title", "text", "language", "about", "files", "with_order", "order_id", "number", "revises",
                         "earlier_id")  # fmt: skip
        for name, value in values.items():
            self.drafts.put(name, value)

    def _show(self) -> None:
        get = self.drafts.get
        for editor in (self.title, self.text):
            editor.blockSignals(True)
        self.title.setText(get("title"))
        self.text.setPlainText(get("text"))
        for editor in (self.title, self.text):
            editor.blockSignals(False)
        mine = "zh" if language() == "zh_CN" else "en"
        self.language.setCurrentIndex(self.language.findData(get("language", mine)))
        self.with_order.setVisible(bool(self._photos))
        self.with_order.setChecked(bool(get("with_order")))
        self._show_chips()
        self._show_files()
        self._show_note()
        for field in self._fields.values():
            field.accept()

    def _show_note(self) -> None:
        number, revises, earlier = (self.drafts.get(name) for name in ("number", "revises", "earlier_id"))
        said = [
            _("From order {number}.").format(number=number) if number else "",
            _("A new edition of {number}.").format(number=revises) if revises else "",
            _("In place of a returned proposal; its pictures come with it.") if earlier else "",
            _("HQ reads it and publishes it for every station, or returns it with a word to you."),
        ]
        self.note.say(" ".join(filter(None, said)))

    # --- typing -----------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        self.drafts.put("title", self.title.text())
        self.drafts.put("text", self.text.toPlainText())
        self.drafts.put("language", str(self.language.currentData()))
        self.drafts.put("with_order", self.with_order.isChecked())
        self.trouble.hide()

    def _picked(self, choice: str) -> None:
        key = self._by_choice.get(choice, "")
        if not key:
            return
        keys = list(dict.fromkeys([*self.drafts.get("about", []), key]))
        self.drafts.put("about", keys)
        self.about.clear()
        self._about_field.accept()
        self._show_chips()

    def _drop(self, key: str) -> None:
        self.drafts.put("about", [one for one in self.drafts.get("about", []) if one != key])
        self._show_chips()
        self.about.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_chips(self) -> None:
        empty_layout(self._chips)
        for key in self.drafts.get("about", []):
            topic = self._topics.get(key)
            if topic is not None:
                chip = Button(f"{topic_words(topic)}  ×", lambda k=key: self._drop(k))  # type: ignore[misc]
                chip.setToolTip(_("Take it away"))
                self._chips.addWidget(chip)

    def _add_files(self, paths: list[str]) -> None:
        files = list(dict.fromkeys([*self.drafts.get("files", []), *paths]))
        if len(files) > MOST_PICTURES:
            self._photos_field.refuse(lambda: _("At most {n} pictures.").format(n=MOST_PICTURES))
            files = files[:MOST_PICTURES]
        else:
            self._photos_field.accept()
        self.drafts.put("files", files)
        self._show_files()

    def _drop_file(self, path: str) -> None:
        """A click on a picture takes it away again."""
        self.drafts.put("files", [one for one in self.drafts.get("files", []) if one != path])
        self._show_files()

    def _show_files(self) -> None:
        files = list(self.drafts.get("files", []))

        def job(_progress: object) -> list[tuple[str, QImage]]:
            return [(file, _thumb(file)) for file in files]

        self._bench.runner.run(job, self._show_thumbs, owner=self)

    def _show_thumbs(self, found: list[tuple[str, QImage]]) -> None:
        said = _("{file}; a click takes it away")
        self.photos.set_photos([Photo(file, said.format(file=Path(file).name), image) for file, image in found])

    def retranslate(self) -> None:
        """Topics follow the language."""
        self._offer()
        self._show_chips()
        self._show_note()

    # --- proposing --------------------------------------------------------------------------------------------

    def propose(self) -> None:
        """Record it; it goes to HQ with the next sync."""
        asked = self._asked()
        missing = next((name for name in ("title", "text") if not asked[{"text": "body"}.get(name, name)]), "")
        if missing:
            self._fields[missing].refuse(lambda: _("Please fill this in."))
            return
        self.button.setEnabled(False)
        self._bench.act("propose_article", asked, lambda _done: self._done(), self._refused, owner=self)

    def _asked(self) -> dict[str, Any]:
        get = self.drafts.get
        about: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for key in get("about", []):
            kind, _slash, code = key.partition("/")
            about[kind].append(code)
        return {
            "title": self.title.text().strip(),
            "body": self.text.toPlainText().strip(),
            "language": str(self.language.currentData()),
            "order_id": get("order_id") or None,
            "revises": get("revises") or None,
            "earlier_id": get("earlier_id") or None,
            "files": list(get("files", [])),
            "attachments": self._photos if self.with_order.isChecked() else [],
            **about,
        }

    def _done(self) -> None:
        self.button.setEnabled(True)
        self._forget()
        self._bench.nav.toast("ok", lambda: _("Proposed; HQ decides"), lambda: _("Kept here; sent to HQ by itself."))
        self.proposed.emit()

    def _refused(self, failure: Failure) -> None:
        self.button.setEnabled(True)
        code = failure.refusal.code if failure.refusal else ""
        field = self._fields.get(_FIELDS.get(code, ""))
        if field is not None:
            field.refuse(told(failure))
            return
        self.trouble.say(told(failure))
        self.trouble.show()

    def discard(self) -> None:
        """Forget what was typed."""
        self._forget()
        self.closed.emit()

    def _forget(self) -> None:
        self._replace({})
        self.drafts.flush()
        self._wanted, self._photos = {}, []
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves it, with everything kept."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)


def topic_words(topic: Topic) -> str:
    """A topic as a chip says it."""
    name = title_of(topic.zh, topic.en)
    kind = _(KINDS[topic.kind])
    if topic.kind == "product_classes":
        return f"{kind}: {name}"
    return f"{kind}: {topic.id}" if topic.kind in ("models", "parts") else f"{kind}: {topic.id} {name}"


def _source_of(given: dict[str, Any]) -> str:
    """What a text is kept under until it is proposed: each order, article or returned proposal has its own."""
    again, revises = given.get("again"), given.get("revises")
    if isinstance(again, ProposalLine):
        return f"again {again.id}"
    if isinstance(revises, ArticleView):
        return f"edition {revises.number}"
    return f"order {given['order']}" if given.get("order") else _DRAFT


def _filled(given: dict[str, Any]) -> dict[str, Any]:
    """What a form begins with: an order's codes, an article that is revised, or a proposal that came back."""
    again, revises = given.get("again"), given.get("revises")
    if isinstance(again, ProposalLine):
        values = {"title": again.title, "text": again.body, "language": again.language, "earlier_id": again.id}
        linked = {"order_id": again.order_id, "revises": again.revises}
        return values | linked | {"about": _keys((kind, getattr(again, kind)) for kind in KINDS)}
    if isinstance(revises, ArticleView):
        chinese = language() == "zh_CN" and bool(revises.title_zh and revises.body_zh)
        words = (revises.title_zh, revises.body_zh) if chinese else (revises.title_en, revises.body_en)
        coded = {"symptoms": "symptom", "sections": "section", "defects": "defect"}
        about = {
            "product_classes": _ids(revises.classes),
            "models": _ids(revises.models),
            "parts": _ids(revises.parts),
            **{kind: [one.id for known, one in revises.codes if known == field] for kind, field in coded.items()},
        }
        texts = {"title": words[0], "text": words[1], "language": "zh" if chinese else "en"}
        return texts | {"revises": revises.number, "about": _keys(about.items())}
    about = {kind: [given[kind]] for kind in KINDS if given.get(kind)}
    return {
        "order_id": given.get("order", ""),
        "number": given.get("number", ""),
        "about": _keys(about.items()),
        "with_order": bool(given.get("order")),
    }


def _ids(some: Iterable[Named]) -> list[str]:
    return [one.id for one in some]


def _keys(about: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    return [f"{kind}/{one}" for kind, some in about for one in some]


def _thumb(file: str) -> QImage:
    """The picture small; what Qt can't read is shown as a plain ground."""
    image = QImage(file)
    if image.isNull():
        image = QImage(96, 70, QImage.Format.Format_RGB32)
        image.fill(0xFF8090A0)
        return image
    return image.scaled(200, 200, Qt.AspectRatioMode.KeepAspectRatioByExpanding)

"""``fixpoint knowledge``: the knowledge base searched offline, and one article or template of it."""

import argparse
import dataclasses

import msgspec

from app.bootstrap import Station
from app.cli.answer import Answer
from app.i18n import _, language, ngettext
from app.offline_db.knowledge_index import BEGIN, END
from app.queries.knowledge import (
    ARTICLE,
    ArticleView,
    KnownLine,
    TemplateView,
    article_view,
    numbered,
    proposals,
    search,
    template_view,
)
from core.knowledge import HEADING, POINT
from core.refusals import Refusal
from core.words import word


def knowledge(options: argparse.Namespace, station: Station) -> Answer:
    """Search, show one by its number, or list this place's proposals; Refusal ``not_enrolled``, ``article_unknown``."""
    device = station.store.device()
    if device is None:
        raise Refusal("not_enrolled")
    with station.store.reading() as rows:
        if options.proposals:
            found = proposals(rows, "")
            lines = [f"{_(word('proposal_state', one.state))}  {one.title}  {one.answer}".rstrip() for one in found]
            plain = msgspec.to_builtins([dataclasses.asdict(one) for one in found])
            return Answer({"proposals": plain}, "\n".join(lines) or _("Nothing proposed yet"))
        if options.show:
            wanted = options.show.strip().upper()
            line = numbered(rows.connection, wanted)
            if line is None:
                raise Refusal("article_unknown", number=options.show)
            if line.entity == ARTICLE:
                article = article_view(rows, line.id)
                return Answer(msgspec.to_builtins(dataclasses.asdict(article)), _article(article))
            template = template_view(rows, line.id, device.place_id, options.model or "")
            return Answer(msgspec.to_builtins(dataclasses.asdict(template)), _template(template))
        hits = search(rows.connection, " ".join(options.text), options.product_class or "", options.model or "")
    facts = {"count": len(hits), "found": [_facts(one) for one in hits]}
    return Answer(facts, "\n".join(_line(one) for one in hits) or _("Nothing matches"))


def _facts(one: KnownLine) -> dict[str, object]:
    """As a program reads it: what was found is marked by [ and ]."""
    plain: dict[str, object] = msgspec.to_builtins(dataclasses.asdict(one))
    return plain | {"snippet": _marked(one.snippet)}


def _marked(snippet: str) -> str:
    return snippet.replace(BEGIN, "[").replace(END, "]")


def _title(zh: str, en: str) -> str:
    chosen, other = (zh, en) if language() == "zh_CN" else (en, zh)
    return chosen or other


def _line(one: KnownLine) -> str:
    about = " ".join((*one.models, *one.symptoms))
    head = f"{one.number:<8} {_title(one.title_zh, one.title_en)}  {about}".rstrip()
    return f"{head}\n         {_marked(one.snippet)}" if one.snippet else head


def _article(one: ArticleView) -> str:
    title, found = one.blocks(chinese=language() == "zh_CN")
    marks = {HEADING: "\n## ", POINT: "- "}
    text = "\n".join(f"{marks.get(block.kind, '')}{block.text}" for block in found)
    return f"{one.number}  {title}\n\n{text}"


def _template(one: TemplateView) -> str:
    title, steps = one.steps(chinese=language() == "zh_CN")
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    parts = [
        f"{part.part_id} {_title(part.zh, part.en)} × {part.quantity}  " + _("free {n}").format(n=part.free)
        for part in one.parts
    ]
    minutes = ngettext("{n} minute", "{n} minutes", one.minutes).format(n=one.minutes)
    return "\n".join([f"{one.number}  {title}  {minutes}", *numbered, *parts])

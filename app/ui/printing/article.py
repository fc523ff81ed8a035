"""An article of the knowledge base or a job template on paper: what it is about, and its text or steps."""

from __future__ import annotations

from app.i18n import _, language
from app.queries.knowledge import ArticleView, Named, TemplateView
from app.ui.printing.paper import Block, Column, Facts, Paper, Table, Words
from core.knowledge import HEADING, POINT
from core.words import word


def article_paper(view: ArticleView, printed: str = "", maker: str = "") -> Paper:
    """The article in the language in use, or in the one there is."""
    title, found = view.blocks(chinese=language() == "zh_CN")
    fields = ("symptom", "section", "defect")
    codes = [(_(word("code_field", field)), [one for known, one in view.codes if known == field]) for field in fields]
    about = [(_("Product class"), list(view.classes)), (_("Models"), list(view.models)), *codes]
    blocks: list[Block] = [Facts([(label, _joined(some)) for label, some in about])]
    sections: list[tuple[str, list[str]]] = [("", [])]
    for block in found:
        if block.kind == HEADING:
            sections.append((block.text, []))
        else:
            sections[-1][1].append(f"• {block.text}" if block.kind == POINT else block.text)
    blocks += [Words("\n".join(lines), heading) for heading, lines in sections if heading or lines]
    return _paper(title, view.number, view.edition, blocks, printed, maker)


def template_paper(view: TemplateView, printed: str = "", maker: str = "") -> Paper:
    """The template with its steps and likely parts."""
    title, steps = view.steps(chinese=language() == "zh_CN")
    about = [
        (_("Product class"), _joined([view.product_class])),
        (_("Models"), _joined(view.models)),
        (_(word("code_field", "symptom")), _joined(view.symptoms)),
    ]
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    parts = [(part.part_id, _either(part.zh, part.en), str(part.quantity)) for part in view.parts]
    columns = (Column(_("Part"), 2), Column(_("Part name"), 4), Column(_("Quantity"), 1, right=True))
    blocks: list[Block] = [Facts(about), Words(numbered, _("Steps"))]
    if parts:
        blocks.append(Table(columns, parts, heading=_("Likely parts")))
    return _paper(title, view.number, view.edition, blocks, printed, maker)


def _paper(title: str, number: str, edition: int, blocks: list[Block], printed: str, maker: str) -> Paper:
    return Paper(
        title=title,
        number=f"{number} · {_('edition {n}').format(n=edition)}",
        code="",
        maker=maker,
        place=_("Knowledge base"),
        blocks=blocks,
        printed=printed,
    )


def _joined(some: list[Named] | tuple[Named, ...]) -> str:
    return _(", ").join(one.id if not (one.zh or one.en) else _told(one) for one in some)


def _told(one: Named) -> str:
    name = _either(one.zh, one.en)
    return name if one.id.islower() or one.id in name else f"{one.id} {name}"


def _either(zh: str, en: str) -> str:
    chosen, other = (zh, en) if language() == "zh_CN" else (en, zh)
    return chosen or other

"""Knowledge that changes: a template in a newer edition, one withdrawn, an article with pictures, one in English."""

import msgspec

from core.operations.propose_article import PictureGiven
from core.roles import Role
from core.rows.knowledge import Article, ArticleProposal, JobTemplate, ProposalPicture, ProposalState
from hq.knowledge.editions import ArticleText, TemplateText, next_number, put_article, put_template, withdraw
from hq.knowledge.service import put_pictures
from hq.sample.exceptions.cases import Cases, NoSuchUnit, derived
from hq.sample.photos import photo

_ABOUT = ("product_classes", "models", "symptoms", "sections", "defects", "parts")
_PROPOSED = (
    {
        "language": "zh",
        "title": "进液主板的识别",
        "body": "# 看哪里\n- 插座接口两侧的水线。\n- 屏蔽罩下的白色结晶。\n# 怎么拍\n"
        "- 先拍全貌，再拍接口，光从侧面来。",
        "product_classes": ("phone", "computer"),
        "symptoms": ("D08",),
    },
    {
        "language": "en",
        "title": "Door seal: find the gap with a torch",
        "body": "Lay a lit torch inside, close the door and darken the room.\n"
        "- Light shows where the seal does not lie on.\n- Warm it with a hair dryer before you change it.",
        "product_classes": ("refrigerator",),
        "sections": ("DOR",),
    },
)


def play(cases: Cases) -> None:
    """Two templates change; two articles are proposed with pictures, and the first of them is published."""
    templates = cases.rows.find(JobTemplate)
    if len(templates) < 2:
        raise NoSuchUnit("no templates")
    _templates(cases, templates[0], templates[-1])
    station = cases.station(1)
    technician = cases.person(station.id, Role.TECHNICIAN)
    pictures = tuple(PictureGiven(**photo(name)._asdict()) for name in ("water", "photo"))
    for number, article in enumerate(_PROPOSED):
        at = cases.at(8, 1000 + number)
        made = cases.player.act("propose_article", technician, at, pictures=pictures, **article)
        if number == 0:
            _publish(cases, derived(made, "article"))


def _templates(cases: Cases, longer: JobTemplate, gone: JobTemplate) -> None:
    names = TemplateText.__struct_fields__
    text = TemplateText(**{name: getattr(longer, name) for name in names})
    put_template(
        cases.rows, longer.number, msgspec.structs.replace(text, minutes=text.minutes + 10), by="HQ", now=cases.at(20)
    )
    withdraw(cases.rows, gone.number, "步骤已并入知识库文章，不再单列。", cases.at(18))


def _publish(cases: Cases, proposal_id: str) -> None:
    one = cases.rows.get(ArticleProposal, proposal_id)
    assert one is not None
    text = ArticleText(title_zh=one.title, body_zh=one.body, **{name: getattr(one, name) for name in _ABOUT})
    now, source = cases.at(5), {"written_by": one.proposed_by, "place_id": one.station_id}
    article: Article = put_article(cases.rows, next_number(cases.rows), text, by="HQ", now=now, **source)
    pictures = sorted(cases.rows.find(ProposalPicture, proposal_id=one.id), key=lambda picture: picture.position)
    put_pictures(cases.rows, article, None, pictures)
    said = {"decided_by": "HQ", "decided_at": now, "answer": "照片清楚，已发布。", "article_id": article.id}
    cases.rows.put(msgspec.structs.replace(one, state=ProposalState.PUBLISHED, **said))

"""The sample's knowledge base: articles and job templates as HQ published them, and what stations have proposed."""

import json
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import msgspec

import resources
from core.ids import derive
from core.roles import Role
from core.rows.knowledge import ArticleProposal, ProposalState
from core.rows.orders import WorkOrder
from core.rows.reference import Model
from hq.imports.knowledge import TemplateRow, template_of
from hq.knowledge.editions import ArticleText, next_number, put_article, put_template, withdraw
from hq.sample.memory import MemoryRows
from hq.sample.places import Staff
from hq.sample.plan import local
from hq.sample.player import Player

T = TypeVar("T", bound=msgspec.Struct)
#: Operations of this part are numbered from here, so that those of other parts keep their ids.
_FIRST_NUMBER = 800_000
_BEGIN_DAYS, _EVERY_DAYS = 110, 6
#: Its first edition said less.
_REVISED, _FIRST_LINES = "KB-0005", 3
_WITHDRAWN = ("KB-0014", "按匹数估算误差太大，一律按铭牌重量加注。")
#: What stations propose: whether HQ has decided, its words, and the article.
_PROPOSED: tuple[tuple[ProposalState, str, dict[str, Any]], ...] = (
    (
        ProposalState.PUBLISHED,
        "写得清楚，已发布。",
        {
            "title": "遥控器失灵：先拍手机摄像头",
            "body": "用手机相机对准遥控器发射头按键，屏上看到闪光就是遥控器好的，查接收板和电视前框的遮挡。\n"
            "# 步骤\n- 换新电池，擦簧片。\n- 手机里看不到闪光，换遥控器。\n- 看得到闪光，量接收板输出电平有没有跳动。",
            "product_classes": ("tv_lcd", "air_conditioner"),
            "symptoms": ("R02",),
            "sections": ("REM",),
        },
    ),
    (
        ProposalState.RETURNED,
        "请写明机型和量到的电压，再附一张插座的照片。",
        {
            "title": "门锁灯闪烁的快速处理",
            "body": "有些滚筒门锁灯一直闪，拔插一下门锁插头就好了。",
            "product_classes": ("washing_machine",),
            "symptoms": ("W06", "D09"),
            "sections": ("DOR",),
        },
    ),
    (
        ProposalState.OPEN,
        "",
        {
            "title": "BCD-502WK5 冷藏室积水：排水孔加热丝",
            "body": "这一款冬天放在阳台上，排水孔结冰，水从抽屉下面流出来。\n- 热水冲开排水孔。\n"
            "- 在接水盘底加一根铝箔加热丝。\n- 告诉用户环境温度低于五度时调到冬季档。",
            "models": ("BCD-502WK5",),
            "symptoms": ("W04",),
            "sections": ("WAT",),
        },
    ),
    (
        ProposalState.OPEN,
        "",
        {
            "title": "KP-P30A 换屏后触摸漂移",
            "body": "换屏后右下角触摸漂移，是中框背胶有残留顶住排线。\n- 清干净旧胶。\n- 排线走槽内，不要压在支架上。",
            "models": ("KP-P30A",),
            "symptoms": ("D08",),
        },
    ),
)


def play(rows: MemoryRows, staff: Staff, as_of: date) -> None:
    """Publish what ships, one after the other over the past months; then the proposals of four stations."""
    begin = local(as_of - timedelta(days=_BEGIN_DAYS), 9 * 60)
    _publish(rows, begin)
    player = Player(rows, _FIRST_NUMBER)
    for index, (state, answer, article) in enumerate(_PROPOSED):
        station = staff.stations[index % len(staff.stations)]
        person = staff.at(station.id, Role.TECHNICIAN)[0]
        at = local(as_of - timedelta(days=12 - 2 * index), 18 * 60)
        orders = rows.find(WorkOrder, technician_id=person.id, product_class=_class_of(rows, article))
        order_id = orders[0].id if orders and state is ProposalState.OPEN else None
        made = player.act("propose_article", person, at, language="zh", order_id=order_id, **article)
        _decide(rows, derive(made.id, "article"), state, answer, at + timedelta(hours=20))


def _publish(rows: MemoryRows, begin: datetime) -> None:
    for index, (number, text) in enumerate(_read("articles.json", ArticleText)):
        at = begin + timedelta(days=index * _EVERY_DAYS)
        if number == _REVISED:
            short = {
                name: "\n".join(getattr(text, name).splitlines()[:_FIRST_LINES]) for name in ("body_zh", "body_en")
            }
            put_article(rows, number, msgspec.structs.replace(text, **short), by="HQ", now=at - timedelta(days=9))
        put_article(rows, number, text, by="HQ", now=at)
    for number, row in _read("job_templates.json", TemplateRow, with_number=True):
        put_template(rows, number, template_of(row), by="HQ", now=begin)
    withdraw(rows, *_WITHDRAWN, begin + timedelta(days=len(_PROPOSED) * 25))


def _read(file: str, kind: type[T], *, with_number: bool = False) -> list[tuple[str, T]]:
    found: list[dict[str, Any]] = json.loads(resources.read_text("knowledge", file))
    return [
        (row["number"], msgspec.convert(row if with_number else {k: v for k, v in row.items() if k != "number"}, kind))
        for row in found
    ]


def _class_of(rows: MemoryRows, article: dict[str, Any]) -> str:
    model = rows.get(Model, article["models"][0]) if "models" in article else None
    return model.product_class if model else str(article["product_classes"][0])


def _decide(rows: MemoryRows, proposal_id: str, state: ProposalState, answer: str, at: datetime) -> None:
    one = rows.get(ArticleProposal, proposal_id)
    if one is None or state is ProposalState.OPEN:
        return
    article_id = None
    if state is ProposalState.PUBLISHED:
        about = ("product_classes", "models", "symptoms", "sections", "defects", "parts")
        text = ArticleText(title_zh=one.title, body_zh=one.body, **{name: getattr(one, name) for name in about})
        source = {"written_by": one.proposed_by, "place_id": one.station_id}
        article_id = put_article(rows, next_number(rows), text, by="HQ", now=at, **source).id
    said = {"decided_by": "HQ", "decided_at": at, "answer": answer, "article_id": article_id}
    rows.put(msgspec.structs.replace(one, state=state, **said))

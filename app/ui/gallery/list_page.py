"""A made-up list of orders, to see table, chips and filter."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.ui.gallery.words import two
from app.ui.live import bind, text_of
from app.ui.page import Navigator, Page
from app.ui.widgets import (
    Button,
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    PageHeader,
    RowsModel,
    table_card,
)

_STATES = (
    (two("待派网点", "To dispatch"), "blue"),
    (two("维修中", "In repair"), "blue"),
    (two("待件", "Waiting for parts"), "grey"),
    (two("已完工", "Completed"), "ok"),
    (two("退单", "Declined"), "bad"),
)
_WARRANTY = (
    (two("保内", "In warranty"), "ok"),
    (two("主要部件在保", "Main parts"), "warn"),
    (two("保外", "Out"), "grey"),
    (two("未识别", "Not recognised"), "bad"),
)
_MODELS = ("LED55K35U", "BCD-218", "KFR-35GW", "XQG80-1216", "T55 Pro")
_PEOPLE = ("陈 **", "林 **", "黄 **", "吴 **", "周 **", "郑 **")
_PLACES = ("南山维修站", "福田维修站", "宝安维修站", "龙岗维修站")


@dataclass(frozen=True)
class Line:
    """One made-up order."""

    number: int

    @property
    def id(self) -> str:
        """Its order number."""
        return f"SZ-260318-{self.number:04d}"


def columns() -> list[Column[Line]]:
    """The columns of the list."""
    return [
        Column(two("工单", "Order"), lambda r: r.id, tone=lambda _r: "link", width=150),
        Column(
            two("状态", "State"),
            lambda r: text_of(_STATES[r.number % 5][0]),
            tone=lambda r: _STATES[r.number % 5][1],
            width=150,
        ),
        Column(
            two("时限", "Due"),
            lambda r: f"{r.number % 9} h {r.number * 7 % 60:02d} m",
            tone=lambda r: ("bad", "warn", "grey")[min(r.number % 9, 2)],
            sort=lambda r: r.number % 9,
            width=110,
        ),
        Column(two("客户", "Customer"), lambda r: _PEOPLE[r.number % 6], width=90),
        Column(two("机器", "Unit"), lambda r: _MODELS[r.number % 5], second=lambda _r: "TV", width=150),
        Column(
            two("保修", "Warranty"),
            lambda r: text_of(_WARRANTY[r.number % 4][0]),
            tone=lambda r: _WARRANTY[r.number % 4][1],
            width=140,
        ),
        Column(two("网点", "Station"), lambda r: _PLACES[r.number % 4], stretch=True),
        Column(
            "km", lambda r: f"{r.number * 13 % 200 / 10:.1f}", sort=lambda r: r.number * 13 % 200, number=True, width=70
        ),
        Column(two("客户付", "Pays"), lambda r: f"¥{r.number * 37 % 900:,}.00", number=True, width=100),
    ]


class ListPage(Page):
    """Chips, filter and a table of a hundred thousand rows."""

    def __init__(self, nav: Navigator, rows: int = 100_000) -> None:
        super().__init__()
        header = PageHeader(two("工单", "Orders"), two("深圳分公司 · 1,284 未结", "Shenzhen branch · 1,284 open"))
        header.add_button(Button(two("列", "Columns")))
        header.add_button(Button(two("导出", "Export")))
        header.add_button(Button(two("新建工单", "New order"), primary=True, shortcut="Ctrl+N"))
        self.body.addWidget(header)
        self.body.addLayout(self._filters())
        empty = EmptyState(
            two("没有符合的工单", "No order matches"),
            two("清除筛选，或扫描派工单上的条码。", "Clear the filter, or scan the code of a field slip."),
        )
        self.model = RowsModel(columns(), lambda r: r.id, [Line(n) for n in range(rows)])
        self.table = DataTable(self.model, empty).sortable().name(two("工单", "Orders"))
        self.table.opened.connect(lambda order: nav.open("order", order=order))
        self.body.addWidget(table_card(self.table), 1)

    @staticmethod
    def _filters() -> QHBoxLayout:
        chips = FilterChips(
            [
                Chip("all", two("全部", "All"), 1284),
                Chip("dispatch", two("待派单", "To dispatch"), 18, "blue"),
                Chip("parts", two("待件", "Waiting for parts"), 121),
                Chip("due", two("4 小时内到期", "Due within 4 h"), 37, "warn"),
                Chip("late", two("已超时", "Overdue"), 6, "bad"),
            ]
        )
        filter_line = QLineEdit()
        bind(filter_line, filter_line.setPlaceholderText, two("输入即筛选", "Filter as you type"))
        bind(filter_line, filter_line.setAccessibleName, two("筛选", "Filter"))
        filter_line.setFixedWidth(240)
        row = QHBoxLayout()
        row.addWidget(chips, 1)
        row.addWidget(filter_line)
        return row

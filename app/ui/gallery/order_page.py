"""A made-up order in full, to see how dense cards stand together."""

from __future__ import annotations

from PySide6.QtGui import QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.ui.gallery.words import two
from app.ui.page import Navigator, Page
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Check,
    Checklist,
    Choice,
    ComboSearch,
    Happening,
    KeyValueGrid,
    Label,
    Link,
    PageHeader,
    Photo,
    PhotoStrip,
    Pill,
    PrimaryButton,
    Step,
    StepBar,
    Timeline,
)

FAULTS = (
    Choice("134", "无图像，有声音", "no picture sound ok"),
    Choice("135", "图像闪烁", "picture flickers"),
    Choice("211", "不通电", "no power"),
)


class OrderPage(Page):
    """Three columns: unit and customer, faults and fees, next step and record."""

    def __init__(self, nav: Navigator) -> None:
        super().__init__(scrolls=True)
        self._nav = nav
        header = PageHeader(two("工单 SZ-260317-0271", "Order SZ-260317-0271"))
        header.set_pills(
            Pill(two("维修中", "In repair"), "blue"),
            Pill(two("完工时限 剩 5 小时 20 分", "Complete within 5 h 20 m"), "warn", "clock"),
            Pill(two("上门维修", "On site"), "grey"),
        )
        header.add_button(Button(two("派工单", "Field slip"), icon="print", shortcut="Ctrl+P"))
        header.add_button(Button(two("更多", "More"), icon="down"))
        self.body.addWidget(header)
        steps = Card()
        steps.add(_steps())
        self.body.addWidget(steps)
        grid = QGridLayout()
        grid.setSpacing(10)
        for column, (cards, stretch) in enumerate(((_left(), 5), (_middle(), 5), (self._right(), 3))):
            grid.addLayout(cards, 0, column)
            grid.setColumnStretch(column, stretch)
        self.body.addLayout(grid, 1)

    def _right(self) -> QVBoxLayout:
        step = Card(two("下一步", "Next step"))
        step.add(
            Label(
                two(
                    "整机过保 11 天，在分公司特批权限（30 天）内。可先离线申请，联网后自动送达。",
                    "The unit is 11 days over, within the branch's limit of 30. Ask now, offline; it is sent later.",
                ),
                "muted",
                wrap=True,
            )
        )
        step.add(PrimaryButton(two("申请特批", "Ask for goodwill"), self._asked, shortcut="F8"))
        step.add(Button(two("按收费标准报价并签字", "Quote by price list, sign")))
        record = Card(two("记录", "Record"))
        record.add(Timeline(_HAPPENINGS))
        record.body.addStretch(1)
        return _column(step, record)

    def _asked(self) -> None:
        self._nav.toast("ok", two("已申请特批", "Goodwill asked for"))


def _column(*cards: QWidget) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(10)
    for number, card in enumerate(cards):
        box.addWidget(card, 1 if number == len(cards) - 1 else 0)
    return box


def _steps() -> StepBar:
    return StepBar(
        [
            Step(two("接单", "Accept"), "done"),
            Step(two("上门", "Visit"), "done"),
            Step(two("识别机器", "Identify"), "done"),
            Step(two("保修判定 · 申请特批", "Verdict · goodwill"), "current"),
            Step(two("维修用料", "Repair, parts")),
            Step(two("客户签字", "Signature")),
            Step(two("完工", "Complete")),
        ]
    )


def _left() -> QVBoxLayout:
    unit = Card(two("机器与保修判定", "Unit and warranty"), "verdict", Link(two("判定依据", "Why")))
    unit.add(
        Banner(
            "warn",
            two("主要部件在保 · 整机已过保 11 天", "Main parts covered · unit 11 days over"),
            two(
                "显示屏、背光、逻辑组件、高频调谐器保至 2028-03-06；主板、电源板按收费标准。",
                "Panel, backlight, logic assembly and tuner until 2028-03-06; main and power board by price list.",
            ),
        )
    )
    unit.add(
        KeyValueGrid(
            [
                (two("型号", "Model"), "LED55K35U · 55″"),
                (two("机号", "Serial"), "K35U5523A0810472"),
                (two("保修起点", "Starts"), two("2025-02-25 安装卡", "2025-02-25 installation card")),
                (two("顺延", "Added"), two("+ 9 天：修理 6 天，待件 3 天", "+ 9 days: repair 6, parts 3")),
                (two("整机到期", "Ends"), two("2026-03-06（含当日）", "2026-03-06 (inclusive)"), "bad"),
            ]
        )
    )
    customer = Card(two("客户", "Customer"), "customer")
    customer.add(
        KeyValueGrid(
            [
                (two("姓名", "Name"), "陈女士 138 **** 2716"),
                (two("地址", "Address"), "深圳市南山区科技园南路 18 号"),
                (two("报修", "Reported"), two("有声音无图像，间歇出现", "sound, no picture, now and then")),
            ]
        )
    )
    photos = Card(two("照片与签字", "Photos, signature"), "photo", Pill(two("3 张 · 已加密", "3 · encrypted"), "grey"))
    strip = PhotoStrip()
    strip.set_photos([Photo(str(n), f"photo {n}", _picture(n)) for n in range(3)])
    photos.add(strip)
    photos.body.addStretch(1)
    return _column(unit, customer, photos)


def _middle() -> QVBoxLayout:
    codes = Card(two("故障与维修代码", "Fault and repair codes"), "faults")
    finder = ComboSearch(FAULTS, two("输入代码、拼音首字母或文字…", "Type a code, initials or words…"))
    codes.add(
        KeyValueGrid(
            [
                (
                    two("故障现象", "Symptom"),
                    two("134 无图像，有声音 · 2 间歇", "134 no picture, sound · 2 intermittent"),
                ),
                (two("部位 / 原因", "Section"), two("背光组件 / LED 灯条开路", "backlight / LED strip open")),
            ]
        )
    )
    codes.add(finder)
    fees = Card(two("费用", "Fees"), "fees", Pill(two("收费标准 2026-01 版", "Price list 2026-01"), "grey"))
    fees.add(
        KeyValueGrid(
            [
                (two("上门费", "Visit"), "¥0.00"),
                (two("恒流板", "LED driver"), "¥86.00"),
                (two("客户应付", "Customer pays"), "¥86.00", "strong"),
            ]
        )
    )
    check = Card(two("申报预检", "Claim pre-flight"), None, Pill(two("还差 2 项", "2 missing"), "bad"))
    check.add(
        Checklist(
            [
                Check("ok", two("机号与型号相符，未在其他工单申报", "Serial fits the model, not claimed elsewhere")),
                Check("ok", two("发票日期清晰，早于报修日", "Invoice date is clear and before the report")),
                Check("bad", two("过保 11 天，无特批", "11 days over, no goodwill"), two("申请特批", "Ask"), _nothing),
                Check(
                    "bad", two("旧背光灯条未录机号", "Old backlight has no serial"), two("现在扫描", "Scan"), _nothing
                ),
            ]
        )
    )
    check.body.addStretch(1)
    return _column(codes, fees, check)


def _nothing() -> None:
    """The gallery's links lead nowhere."""


def _picture(number: int) -> QImage:
    image = QImage(320, 240, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    shade = QLinearGradient(0, 0, 320, 240)
    first, last = (("#8fa6bb", "#53697d"), ("#c7b299", "#7d6a53"), ("#9ab89a", "#577157"))[number % 3]
    shade.setColorAt(0, first)
    shade.setColorAt(1, last)
    painter.fillRect(image.rect(), shade)
    painter.end()
    return image


_HAPPENINGS = (
    Happening(
        "10:41",
        two("保修判定：主要部件在保", "Verdict: main parts covered"),
        two("李伟 · 政策 2026-01 · 时间可信", "Li Wei · policy 2026-01 · time trusted"),
    ),
    Happening("10:38", two("识别机器：扫码枪 Code 128", "Unit identified: scanner, Code 128")),
    Happening("10:02", two("上门签到", "Arrived")),
    Happening("09:12", two("此后离线记录，待发送 3", "Offline since, 3 to send"), tone="warn"),
    Happening(two("昨 17:30", "yst. 17:30"), two("预约 今日 10:00–12:00", "Booked today 10:00–12:00")),
)

"""Every control of the kit on one page, in its usual and its troubled states."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
)

from app.ui.gallery.words import two
from app.ui.page import Navigator, Page
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    DayInput,
    EmptyState,
    Field,
    FlowLayout,
    ImageView,
    Label,
    LoadingSkeleton,
    NumberInput,
    Outline,
    PageHeader,
    Pill,
    PrimaryButton,
    ProgressLine,
    SignaturePad,
)


class WidgetsPage(Page):
    """Fields, buttons, banners, signature, scan view, loading and empty places."""

    def __init__(self, _nav: Navigator) -> None:
        super().__init__(scrolls=True)
        self.body.addWidget(PageHeader(two("控件", "Controls"), two("全部状态", "all states")))
        grid = QGridLayout()
        grid.setSpacing(10)
        for spot, card in enumerate((_fields(), _buttons(), _banners(), _signature(), _scan(), _waiting())):
            grid.addWidget(card, spot // 3, spot % 3)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid, 1)


def _fields() -> Card:
    card = Card(two("输入", "Fields"), "sign")
    refused = Field(two("机号", "Serial"), QLineEdit("123456789O"))
    refused.refuse(two("校验位不符：末位应为 7。", "The check digit is wrong: the last figure should be 7."))
    card.add(refused)
    choice = QComboBox()
    choice.addItems(["LED55K35U", "BCD-218"])
    card.add(Field(two("型号", "Model"), choice, left=True))
    card.add(Field(two("日期", "Date"), DayInput(), left=True))
    card.add(Field(two("数量", "Count"), NumberInput(), left=True))
    note = QPlainTextEdit("有声音无图像")
    note.setFixedHeight(44)
    card.add(Field(two("备注", "Note"), note, left=True))
    flow = FlowLayout()
    check, radio = QCheckBox("A"), QRadioButton("B")
    check.setChecked(True)
    radio.setChecked(True)
    flow.addWidget(check)
    flow.addWidget(radio)
    card.add(flow)
    return card


def _buttons() -> Card:
    card = Card(two("按钮与标签", "Buttons and pills"))
    card.add(PrimaryButton(two("申请特批", "Ask for goodwill"), shortcut="F8"))
    card.add(Button(two("打印旧件标签", "Print old-part tag"), icon="print", shortcut="Ctrl+T"))
    card.add(Button(two("撤单", "Recall"), danger=True))
    off = Button(two("不可用", "Not available"), primary=True)
    off.setEnabled(False)
    card.add(off)
    flow = FlowLayout()
    for tone in ("ok", "warn", "bad", "blue", "grey"):
        flow.addWidget(Pill(f"{tone} 状态", tone, "clock" if tone == "warn" else None))
    card.add(flow)
    card.add(Label("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk " * 2, "muted", wrap=True))
    card.body.addStretch(1)
    return card


def _banners() -> Card:
    card = Card(two("提示", "Banners"))
    texts = (
        ("ok", two("保内", "In warranty")),
        ("warn", two("需人工核对", "Needs review")),
        ("bad", two("未识别的机号", "Serial not recognised")),
        ("blue", two("已保存在本机", "Kept on this machine")),
    )
    for tone, words in texts:
        card.add(Banner(tone, words, two("整机保至 2027-03-06（含当日）。", "Covered until 2027-03-06, inclusive.")))
    card.body.addStretch(1)
    return card


def _signature() -> Card:
    card = Card(two("签字", "Signature"), "sign")
    pad = SignaturePad()
    paper = pad.paper
    for start in ((40.0, 60.0), (120.0, 40.0)):
        paper.begin(QPointF(*start))
        for step in range(1, 20):
            paper.extend(QPointF(start[0] + step * 6, start[1] + (step % 5) * 9))
        paper.end()
    card.add(pad, 1)
    return card


def _scan() -> Card:
    card = Card(two("扫描", "Scan"), "scan")
    view = ImageView()
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    image.fill("#e8e4dc")
    painter = QPainter(image)
    for bar in range(60):
        if bar * 7 % 3:
            painter.fillRect(120 + bar * 6, 120, 4, 90, "#111111")
    painter.end()
    view.show_image(image)
    view.set_outlines([Outline(((110, 112), (486, 112), (486, 218), (110, 218)), "机号 S/N", "ok")])
    view.say("ok", "K35U5523A0810472", "0.31 s")
    card.add(view, 1)
    return card


def _waiting() -> Card:
    card = Card(two("等待与空", "Waiting and empty"))
    line = ProgressLine(two("下载保修库", "Downloading the registry"))
    line.advance(31_200, 50_000)
    card.add(line)
    card.add(LoadingSkeleton(3))
    card.add(
        EmptyState(
            two("还没有旧件", "No old parts yet"),
            two("用料后，旧件会出现在这里。", "After a part is used, the old one appears here."),
            action=Button(two("去工单", "Go to orders")),
        ),
        1,
    )
    return card

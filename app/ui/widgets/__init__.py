"""Controls that know no business; every one works by keyboard, in both themes and with long texts."""

from app.ui.widgets.banner import Banner
from app.ui.widgets.buttons import Button, PrimaryButton
from app.ui.widgets.card import Card, empty_layout
from app.ui.widgets.checklist import Check, Checklist
from app.ui.widgets.combo_search import Choice, ComboSearch
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.field import Field
from app.ui.widgets.filter_chips import Chip, FilterChips
from app.ui.widgets.flow_layout import FlowLayout
from app.ui.widgets.image_view import ImageView, Outline
from app.ui.widgets.inputs import DayInput, NumberInput
from app.ui.widgets.key_values import KeyValueGrid
from app.ui.widgets.page_header import PageHeader
from app.ui.widgets.photo_strip import Photo, PhotoStrip
from app.ui.widgets.pill import Pill
from app.ui.widgets.progress import ProgressLine
from app.ui.widgets.rows_model import Column, RowsModel
from app.ui.widgets.scroll import ScrollColumn
from app.ui.widgets.signature_pad import SignaturePad
from app.ui.widgets.skeleton import LoadingSkeleton
from app.ui.widgets.step_bar import Step, StepBar
from app.ui.widgets.table import DataTable, table_card
from app.ui.widgets.text import ElidedLabel, Icon, Label, Link, Rule
from app.ui.widgets.timeline import Happening, Timeline
from app.ui.widgets.toast import Toast

__all__ = [
    "Banner", "Button", "Card", "Check", "Checklist", "Chip", "Choice", "Column", "ComboSearch", "DataTable",
    "DayInput", "ElidedLabel", "EmptyState", "Field", "FilterChips", "FlowLayout", "Happening", "Icon", "ImageView",
    "KeyValueGrid", "Label", "Link", "LoadingSkeleton", "NumberInput", "Outline", "PageHeader", "Photo",
    "PhotoStrip", "Pill", "PrimaryButton", "ProgressLine", "RowsModel", "Rule", "ScrollColumn", "SignaturePad",
    "Step", "StepBar", "Timeline", "Toast", "empty_layout", "table_card",
]  # fmt: skip

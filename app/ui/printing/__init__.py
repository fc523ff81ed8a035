"""Paper and labels: the service slip, the labels of units, orders, old parts and boxes, as PDF or on a printer."""

from app.ui.printing.box import BoxItem, BoxLabel, write_box_list
from app.ui.printing.certificate import CertificatePage, write_certificate
from app.ui.printing.field_slip import FieldSlip, draw_field_slip, write_field_slip
from app.ui.printing.label import Labelled, draw_label, paint_label, write_label
from app.ui.printing.old_part_tag import OldPartTag, draw_old_part_tag, write_old_part_tag
from app.ui.printing.order_label import OrderLabel
from app.ui.printing.sheet import (
    A4,
    A5,
    BOX_LABEL,
    LABEL,
    LABEL_DPI,
    LABEL_SIZES,
    LARGE_LABEL,
    PAPER_DPI,
    TAG,
    PaperSize,
    Sheet,
    print_on,
)
from app.ui.printing.unit_label import UnitLabel

__all__ = [
    "A4",
    "A5",
    "BOX_LABEL",
    "LABEL",
    "LABEL_DPI",
    "LABEL_SIZES",
    "LARGE_LABEL",
    "PAPER_DPI",
    "TAG",
    "BoxItem",
    "BoxLabel",
    "CertificatePage",
    "FieldSlip",
    "Labelled",
    "OldPartTag",
    "OrderLabel",
    "PaperSize",
    "Sheet",
    "UnitLabel",
    "draw_field_slip",
    "draw_label",
    "draw_old_part_tag",
    "paint_label",
    "print_on",
    "write_box_list",
    "write_certificate",
    "write_field_slip",
    "write_label",
    "write_old_part_tag",
]

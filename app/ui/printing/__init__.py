"""Paper and labels: the kit for papers, the labels, what is made of them, and how they come to a printer or a PDF."""

from app.ui.printing.box import BoxItem, BoxLabel, box_list_paper
from app.ui.printing.certificate import CertificatePage, certificate_paper
from app.ui.printing.field_slip import FieldSlip, slip_paper
from app.ui.printing.kinds import KINDS, Kind, Print, label_print, paper_print, write_print
from app.ui.printing.label import Labelled, draw_label, paint_label, write_label
from app.ui.printing.old_part_tag import OldPartTag
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
    paint_page,
    print_on,
)
from app.ui.printing.unit_label import UnitLabel

__all__ = [
    "A4",
    "A5",
    "BOX_LABEL",
    "KINDS",
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
    "Kind",
    "Labelled",
    "OldPartTag",
    "OrderLabel",
    "PaperSize",
    "Print",
    "Sheet",
    "UnitLabel",
    "box_list_paper",
    "certificate_paper",
    "draw_label",
    "label_print",
    "paint_label",
    "paint_page",
    "paper_print",
    "print_on",
    "slip_paper",
    "write_label",
    "write_print",
]

"""Paper and labels: the service slip for the visit and the tag for an old part, as PDF or on a printer."""

from app.ui.printing.field_slip import FieldSlip, draw_field_slip, write_field_slip
from app.ui.printing.old_part_tag import OldPartTag, draw_old_part_tag, write_old_part_tag
from app.ui.printing.sheet import A4, A5, LABEL_DPI, PAPER_DPI, PaperSize, Sheet, print_on

__all__ = [
    "A4",
    "A5",
    "LABEL_DPI",
    "PAPER_DPI",
    "FieldSlip",
    "OldPartTag",
    "PaperSize",
    "Sheet",
    "draw_field_slip",
    "draw_old_part_tag",
    "print_on",
    "write_field_slip",
    "write_old_part_tag",
]

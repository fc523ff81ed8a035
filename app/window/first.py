"""What is told of the registry while it is on its way: people can work before it is complete."""

from app.i18n import _
from app.sync.lane import Moving
from app.ui import formats


def _figures(coming: Moving) -> str:
    done, total = formats.bytes_size(coming.done), formats.bytes_size(coming.total or 0)
    return _("{done} of {total}").format(done=done, total=total)


def registry_words(rows: int, coming: Moving) -> str:
    """For the line below the window."""
    if coming.total:
        return _("Registry: {figures}").format(figures=_figures(coming))
    return _("Registry: {n} units").format(n=formats.number(rows)) if rows else _("Registry: not here yet")


def first_words(coming: Moving) -> str:
    """For the log-in of a device without a registry."""
    if not coming.total:
        return _("You can start: orders are here. The registry comes next; verdicts say “needs review” until then.")
    text = _("You can start: orders are here. The registry comes: {figures}; verdicts say “needs review” until then.")
    return text.format(figures=_figures(coming))

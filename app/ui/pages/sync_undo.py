"""What was taken back can be done again: the toast that says so offers it."""

from __future__ import annotations

from app.actions.redo import again
from app.i18n import _
from app.offline_db.parked import Given
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import Words
from app.ui.refusal_words import told


def withdrawn(bench: Bench, given: Given) -> None:
    """Tells that an operation was taken back; what was given is known, so that it can be undone."""
    stays: Words = lambda: _("It stays readable in the order’s record.")  # noqa: E731 - used twice, below
    if given.args is None:
        bench.nav.toast("ok", lambda: _("Withdrawn"), stays)
        return

    def undo() -> None:
        def job(_progress: object) -> object:
            return again(bench.store, given, bench.person.id)

        def done(_recorded: object) -> None:
            bench.nav.toast("ok", lambda: _("Done again"))

        def failed(failure: Failure) -> None:
            bench.nav.toast("bad", lambda: _("Not done again"), told(failure))

        bench.runner.run(job, done, failed, owner=bench.news)

    bench.nav.toast("ok", lambda: _("Withdrawn"), stays, link=lambda: _("Do again"), on_link=undo)

"""Old Pythons survive Qt wheels that do not count references to None."""

import sys

import pytest
from PySide6.QtGui import QFont

from app.ui import none_guard


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12")
def test_none_stays_out_of_reach_after_many_calls(qapp):
    none_guard.apply()
    font = QFont()
    for _round in range(20_000):
        font.setPixelSize(12)
    assert sys.getrefcount(None) > 1 << 40


def test_applying_it_twice_changes_nothing_more():
    none_guard.apply()
    before = sys.getrefcount(True)
    none_guard.apply()
    assert abs(sys.getrefcount(True) - before) < 1_000

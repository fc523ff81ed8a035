"""What every test shares: windows without a screen, English texts, and hypothesis profiles."""

import gc
import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True, derandomize=True
)
settings.register_profile("long", parent=settings.get_profile("house"), max_examples=2000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case with a random id by its argument: every process that runs tests must give it the same name."""
    return argname if isinstance(val, str) and _RANDOM.fullmatch(val) else None


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Each test begins and ends in English, so that none depends on the language another one chose."""
    from app import i18n

    i18n.set_language("en")
    yield
    i18n.set_language("en")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """The window's program leaves the collector off while it is loaded; a process of tests lives long."""
    yield
    gc.enable()

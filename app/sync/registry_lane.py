"""The registry's lane: its file comes beside everything else."""

from collections.abc import Callable

from app.sync.client import HqClient
from app.sync.lane import Lane
from app.sync.ports import RegistryFile
from app.sync.snapshot import Wanted, is_current, sync_registry


class RegistryLane(Lane[Wanted]):
    """Brings the registry to where a hello has seen it."""

    def __init__(self, registry: RegistryFile, hq: HqClient, roll: Callable[[], float]) -> None:
        """``hq`` is used by this lane alone."""
        super().__init__("registry", lambda wanted, told: sync_registry(registry, hq, wanted, told), roll)
        self._registry = registry

    def bring(self, wanted: Wanted) -> None:
        """Have the registry stand there soon; returns at once."""
        if not is_current(self._registry, wanted):
            super().bring(wanted)

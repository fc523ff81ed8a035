"""One run of a schedule: its steps, then all faults end, everyone syncs until quiet, and the books are read."""

import asyncio
import gc
import hashlib
import logging
import random
import shutil
import time as computer
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.offline_db.backup import back_up, restore
from app.sync.pull import pull_scope
from core.contract.messages import place_scope
from core.refusals import Refusal
from hq.feed import prune, work
from hq.identity import headquarters, revoke
from tests.memory import memory_folder
from tests.simulation import checks, poison
from tests.simulation.clockwork import Time, determined
from tests.simulation.desks import Desks, change_phone
from tests.simulation.disks import Died
from tests.simulation.model import Image, Model
from tests.simulation.parties import KEY, Device, Hq
from tests.simulation.people import do_something
from tests.simulation.steps import Schedule, Step, drawn
from tests.simulation.wire import Late, Wire
from tests.simulation.world import SPOTS, Spot, template

#: In so many rounds of everyone syncing over a good line there must be nothing left to do.
ROUNDS = 10
_TROUBLE = ("full", "readonly")
_DAY = 86_400.0
_IMAGE_DAYS = 80


@dataclass
class Backup:
    """A device's own backup, and what it holds."""

    name: str
    operations: frozenset[str]


@dataclass
class Result:
    """What a run found (``class: what``), what happened in it, and the fingerprint of its course."""

    schedule: Schedule
    failures: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    seconds: float = 0.0

    @property
    def classes(self) -> set[str]:
        """Which kinds of failure: lost, doubled, divergent, stuck, defect."""
        return {failure.partition(":")[0] for failure in self.failures}


class Ends(NamedTuple):
    """What ends at a step: a broken line, a disk's trouble."""

    step: int
    undo: Callable[[], None]


class Run:
    """HQ, the devices, the wires and the model of one schedule."""

    def __init__(self, schedule: Schedule, folder: Path, time: Time) -> None:
        """Everything as the template left it."""
        self.schedule = schedule
        self.folder = folder
        shutil.copytree(template(), folder, dirs_exist_ok=True)
        self.time = time
        self.loop = asyncio.new_event_loop()
        self.tally: Counter[str] = Counter()
        self.late: list[Late] = []
        self.model = Model()
        self.failures: list[str] = []
        self.course: list[str] = []
        self.hq = Hq(folder / Hq.NAME, self.time, self.loop)
        self.hq_loses_power = False
        self.devices: list[Device] = []
        self.backups: dict[str, list[Backup]] = {}
        self.images: list[tuple[Path, Image]] = []
        self.ends: list[Ends] = []
        self.watch = checks.Watch(self)
        self.at = 0
        for spot in SPOTS:
            self.add(spot.name, spot)

    def add(self, name: str, spot: Spot) -> Device:
        """A device whose profile is in the run's folder."""
        device = Device(name, spot, self.folder / name, self.time, Wire(name, self))
        self.devices.append(device)
        self.model.disks.setdefault(name, set())
        self.listen(device)
        return device

    def listen(self, device: Device) -> None:
        """Have the model told what a person is told is done."""
        plain = device.store.record

        def record(*args: object, **more: object) -> object:
            recorded = plain(*args, **more)  # type: ignore[arg-type]
            self.model.did(device.name, recorded.operation, self.time.now())
            self.tally["operations"] += 1
            return recorded

        together = device.store.record_together

        def record_together(*args: object, **more: object) -> object:
            done = together(*args, **more)  # type: ignore[arg-type]
            for recorded in done:
                self.model.did(device.name, recorded.operation, self.time.now())
                self.tally["operations"] += 1
            return done

        device.store.record = record  # type: ignore[method-assign, assignment]
        device.store.record_together = record_together  # type: ignore[method-assign, assignment]

    def hq_died(self, *, power: bool | None = None) -> None:
        """HQ and all requests on their way to it are gone; it is opened again."""
        self.hq.close()
        self.late.clear()
        if self.hq_loses_power if power is None else power:
            self.hq.disk.power_cut()
        self.hq_loses_power = False
        self.tally["HQ died"] += 1
        self.hq.open()

    def device_died(self, device: Device, *, power: bool) -> None:
        """A device's program is gone; its profile is opened again."""
        device.close()
        if power:
            device.disk.power_cut()
        self.reopen(device)

    def reopen(self, device: Device) -> None:
        """Start the program again; what its disk holds beyond what was told is found now."""
        device.open()
        self.listen(device)
        for operation in checks.operations_of(device):
            self.model.did(device.name, operation, self.time.now())

    def orderly(self, device: Device) -> None:
        """End the program: everything is on the disk."""
        device.close()
        device.disk.synced()

    def perform(self, step: Step) -> None:
        """One step."""
        for ended in [found for found in self.ends if found.step <= self.at]:
            ended.undo()
            self.ends.remove(ended)
        device = self.devices[step.who % len(self.devices)]
        dice = random.Random(step.seed)
        self.time.passes(1)
        self.tally[f"step {step.kind}"] += 1
        try:
            said = STEPS[step.kind](self, device, dice) or ""
        except Died as died:
            said = f"{died.who} died"
            self._bury(died, power=dice.random() < 0.5)
        self.course.append(f"{step.kind} {device.name} {said}")

    def _bury(self, died: Died, *, power: bool) -> None:
        if died.who == Hq.NAME:
            self.hq_died(power=power)
            return
        self.tally["device died with power" if power else "device died"] += 1
        self.device_died(next(found for found in self.devices if found.name == died.who), power=power)

    def sync(self, device: Device) -> str:
        """One turn of the device; a refusal is what a person would see."""
        try:
            device.syncer.sync_once()
        except Refusal as refusal:
            self.tally[f"sync {refusal.code}"] += 1
            return refusal.code
        except Exception as error:  # noqa: BLE001 - a defect of the program is what this looks for
            self.failures.append(f"defect: sync of {device.name}: {error!r}")
            return "defect"
        return "ok"

    def until(self, dice: random.Random, undo: Callable[[], None]) -> None:
        """Something lasts for some steps."""
        self.ends.append(Ends(self.at + dice.randint(3, 12), undo))

    def received(self) -> set[str]:
        """The operations that HQ has."""
        return set(checks.inbox_of(self.hq))

    def close(self) -> None:
        """Give everything back."""
        for device in self.devices:
            device.close()
        self.hq.close()
        self.loop.close()


def _act(run: Run, device: Device, dice: random.Random) -> str:
    said: list[str] = []

    def tally(name: str, how: str) -> None:
        said.append(f"{name} {how}")
        run.tally[f"did {name}" if how == "done" else f"refused {how}"] += 1

    do_something(device, dice, tally)
    return ", ".join(said)


def _trade(run: Run, device: Device, dice: random.Random) -> str:
    """Somebody does something with parts, boxes or corrections; now and then it is one of HQ's desks."""
    said: list[str] = []

    def tally(name: str, how: str) -> None:
        said.append(f"{name} {how}")
        run.tally[f"did {name}" if how == "done" else f"refused {how}"] += 1

    if dice.random() < 0.15:
        try:
            Desks(run.hq.store, run.time, run.model).trade(dice)
        except Refusal as refusal:
            return refusal.code
        return "trade"
    do_something(device, dice, tally, of_trade=True)
    return ", ".join(said)


def _sync(run: Run, device: Device, dice: random.Random) -> str:
    return run.sync(device)


def _sync_on_bad_line(run: Run, device: Device, dice: random.Random) -> str:
    wire = device.wire
    assert isinstance(wire, Wire)
    wire.dice = dice
    try:
        return run.sync(device)
    finally:
        wire.dice = None


def _desk(run: Run, device: Device, dice: random.Random) -> str:
    return Desks(run.hq.store, run.time, run.model).something(dice)


def _time(run: Run, device: Device, dice: random.Random) -> None:
    run.time.passes(dice.choice((20.0, 600.0, 3_600.0, 8 * 3_600.0, _DAY, 3 * _DAY)))


def _look(run: Run, device: Device, dice: random.Random) -> None:
    run.watch.look(device)


def _late(run: Run, device: Device, dice: random.Random) -> str:
    """Requests that nobody waits for any more arrive, in any order."""
    some = [run.late.pop(dice.randrange(len(run.late))) for _ in range(min(len(run.late), dice.randint(1, 4)))]
    for request in some:
        run.tally["request delivered late"] += 1
        run.hq.handle(request.request)
    return str(len(some))


def _crash(run: Run, device: Device, dice: random.Random) -> str:
    """A process dies before or after one of its next commits, while somebody works, syncs or sits at a desk."""
    of_hq = dice.random() < 0.4
    disk = run.hq.disk if of_hq else device.disk
    work_of_one = dice.choice((_act, _sync, _sync, _sync_on_bad_line) if not of_hq else (_desk, _sync, _sync))
    disk.die_at(dice.randint(1, 2 if work_of_one is _act else 6), after=dice.random() < 0.5)
    run.hq_loses_power = dice.random() < 0.5
    try:
        return work_of_one(run, device, dice)
    finally:
        disk.calm()


def _power_cut(run: Run, device: Device, dice: random.Random) -> None:
    if dice.random() < 0.3:
        run.tally["power cut at HQ"] += 1
        run.hq_died(power=True)
    else:
        run.tally["power cut"] += 1
        run.device_died(device, power=True)


def _partition(run: Run, device: Device, dice: random.Random) -> None:
    wire = device.wire
    assert isinstance(wire, Wire)
    wire.broken = dice.choice(("up", "down", "both"))
    run.until(dice, lambda: setattr(wire, "broken", None))


def _clock(run: Run, device: Device, dice: random.Random) -> None:
    """The device's clock is put somewhere else: an hour or years off, before or behind."""
    days = dice.choice((-3650, -400, -1, -0.05, 0, 0, 0.05, 1, 400, 3650))
    device.clock_offset = checks.days(days)
    run.tally["clock moved"] += 1


def _disk(run: Run, device: Device, dice: random.Random) -> str:
    device.disk.trouble = dice.choice(_TROUBLE)
    run.tally[f"disk {device.disk.trouble}"] += 1
    run.until(dice, lambda: setattr(device.disk, "trouble", None))
    return device.disk.trouble


def _backup(run: Run, device: Device, dice: random.Random) -> str:
    if device.disk.trouble:
        return "trouble"
    made = back_up(device.engine, device.profile, device.now())
    run.backups.setdefault(device.name, []).append(Backup(made.name, frozenset(run.model.disks[device.name])))
    return ""


def _restore(run: Run, device: Device, dice: random.Random) -> str:
    """The device goes on from its own older backup."""
    known = run.backups.get(device.name)
    if not known or device.disk.trouble:
        return "none"
    backup = dice.choice(known)
    if not (device.profile.backups / backup.name).exists():
        return "not kept"
    run.orderly(device)
    restore(device.profile, KEY, backup.name, run.time.now())
    run.model.replaced(device.name, backup.operations, run.received(), checks.whole_photos(run.hq))
    run.watch.forget(device)
    run.reopen(device)
    run.tally["device restored"] += 1
    return ""


def _clone(run: Run, device: Device, dice: random.Random) -> str:
    """Somebody copies the disk, and both go on."""
    if len(run.devices) > len(SPOTS) + 1:
        return "enough"
    name = f"{device.name}+{len(run.devices)}"
    run.orderly(device)
    shutil.copytree(device.profile.path, run.folder / name)
    run.reopen(device)
    run.model.disks[name] = set(run.model.disks[device.name])
    run.add(name, device.spot)
    run.tally["disk cloned"] += 1
    return name


def _destroy(run: Run, device: Device, dice: random.Random) -> str:
    if len(run.devices) < len(SPOTS):
        return "enough"
    device.close()
    run.devices.remove(device)
    run.ends = [found for found in run.ends if found.step < 0]
    for other in run.devices:
        other.disk.trouble = None
        assert isinstance(other.wire, Wire)
        other.wire.broken = None
    run.model.destroyed(device.name, run.received(), checks.whole_photos(run.hq))
    run.tally["device destroyed"] += 1
    return ""


def _hq_image(run: Run, device: Device, dice: random.Random) -> None:
    file = run.folder / f"image-{len(run.images)}.db"
    run.hq.image(file)
    held = Image(
        frozenset(run.received()), frozenset(checks.whole_photos(run.hq)), dict(run.model.phones), run.time.now()
    )
    run.images.append((file, held))


def _hq_restore(run: Run, device: Device, dice: random.Random) -> str:
    """HQ goes on from an earlier copy of its database."""
    young = [found for found in run.images if run.time.now() - found[1].at < checks.days(_IMAGE_DAYS)]
    if not young:
        return "none"
    file, image = dice.choice(young)
    run.late.clear()
    run.hq.restore(file)
    run.model.hq_replaced(image, run.time.now())
    run.tally["HQ restored"] += 1
    return ""


def _poison(run: Run, device: Device, dice: random.Random) -> str:
    if device.disk.trouble:
        return "trouble"
    operation = poison.insert(device, dice)
    run.model.did(device.name, operation, run.time.now(), poison=True)
    run.tally["operation poisoned"] += 1
    return operation.action


def _revoke_person(run: Run, device: Device, dice: random.Random) -> None:
    Desks(run.hq.store, run.time, run.model).revoke_person(dice)
    run.tally["person revoked"] += 1


def _revoke_device(run: Run, device: Device, dice: random.Random) -> None:
    with run.hq.store.writing() as connection:
        revoke(connection, device.sync_store.identity().id, run.time.now())
    run.tally["device revoked"] += 1


def _prune(run: Run, device: Device, dice: random.Random) -> str:
    """HQ forgets old tombstones: cursors before them are answered 410."""
    scope = place_scope(dice.choice(SPOTS).place)
    with run.hq.store.writing() as connection:
        seq = checks.seq_of(connection, scope)
        return str(prune(connection, scope, max(0, seq - dice.randrange(20))))


def _pull_while_hq_writes(run: Run, device: Device, dice: random.Random) -> str:
    """The device reads between the writing of HQ's change and its commit."""
    with run.hq.store.reading() as connection:
        incarnation = headquarters(connection).incarnation
    state = device.sync_store.identity()
    if state.incarnation != incarnation or state.revoked or device.disk.trouble:
        return "not in step"
    with work(run.hq.store) as doing:
        order, phone = change_phone(doing, dice)
        doing.stamp()
        try:
            pull_scope(device.sync_store, device.client, place_scope(state.place_id), incarnation, lambda *_: None)
        except Refusal as refusal:
            run.tally[f"sync {refusal.code}"] += 1
    run.model.phones[order] = phone
    return "read"


STEPS: dict[str, Callable[[Run, Device, random.Random], str | None]] = {
    "act": _act,
    "trade": _trade,
    "sync": _sync,
    "sync_on_bad_line": _sync_on_bad_line,
    "desk": _desk,
    "time": _time,
    "look": _look,
    "late": _late,
    "crash": _crash,
    "power_cut": _power_cut,
    "partition": _partition,
    "clock": _clock,
    "disk": _disk,
    "backup": _backup,
    "restore": _restore,
    "clone": _clone,
    "destroy": _destroy,
    "hq_image": _hq_image,
    "hq_restore": _hq_restore,
    "poison": _poison,
    "revoke_person": _revoke_person,
    "revoke_device": _revoke_device,
    "prune": _prune,
    "pull_while_hq_writes": _pull_while_hq_writes,
}


@contextmanager
def _rarely_collected() -> Iterator[None]:
    """The garbage is looked for seldom: what stays for good (modules, statements) is walked through each time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def run(schedule: Schedule) -> Result:
    """Run it from the template to the end, in a folder of its own that is removed."""
    logging.disable(logging.CRITICAL)
    folder = memory_folder("fixpoint-sim-")
    began = computer.perf_counter()
    template()
    time = Time()
    try:
        with determined(time, schedule.seed), _rarely_collected():
            playing = Run(schedule, folder, time)
            try:
                return _played(playing, began)
            finally:
                playing.close()
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(folder, ignore_errors=True)


def of_seed(seed: int) -> Result:
    """Run the schedule of a seed; a worker process of the command line finds it here."""
    return run(drawn(seed))


def _played(playing: Run, began: float) -> Result:
    for at, step in enumerate(playing.schedule.steps):
        playing.at = at
        playing.perform(step)
    end(playing)
    failures = [*playing.failures, *(f"defect: HQ: {found}" for found in playing.hq.defects)]
    if not playing.failures or not any(found.startswith("stuck") for found in failures):
        failures += checks.judged(playing)
    digest = hashlib.sha256("\n".join((*playing.course, *failures, *checks.fingerprint(playing))).encode()).hexdigest()
    return Result(playing.schedule, failures, playing.tally, digest, computer.perf_counter() - began)


def end(playing: Run) -> None:
    """All faults end, what is late arrives, and everyone syncs until nothing happens any more."""
    for ended in playing.ends:
        ended.undo()
    playing.hq.disk.poison = None
    dice = random.Random(playing.schedule.seed)
    while playing.late:
        _late(playing, playing.devices[0], dice)
    said: dict[str, str] = {}
    for _ in range(ROUNDS):
        before = checks.pulse(playing)
        for device in playing.devices:
            playing.time.passes(30)
            said[device.name] = playing.sync(device)
        if checks.is_quiet(playing, said) and checks.pulse(playing) == before:
            for device in playing.devices:
                playing.watch.look(device)
            return
    playing.failures.append(f"stuck: after {ROUNDS} rounds {checks.open_work(playing)}, {said}")

"""Passwords, the growing wait after wrong ones, and the command line's session."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security import passwords
from app.security.login_guard import WAITS, Attempts, LoginGuard
from app.security.session import Session, Sessions
from core.refusals import Refusal

CHEAP = passwords.Cost(memory_kib=64, time=1, lanes=1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    """A calendar and a steady clock that tests move; the calendar may jump, the steady one may not."""

    def __init__(self) -> None:
        self.day = NOON
        self.steady_seconds = 100.0

    def now(self) -> datetime:
        return self.day

    def steady(self) -> float:
        return self.steady_seconds

    def wait(self, seconds: float) -> None:
        self.day += timedelta(seconds=seconds)
        self.steady_seconds += seconds


class Kept:
    """The database's side: what survives a restart."""

    def __init__(self) -> None:
        self.attempts: dict[str, Attempts] = {}
        self.session: Session | None = None

    def get(self, person: str) -> Attempts | None:
        return self.attempts.get(person)

    def put(self, person: str, attempts: Attempts) -> None:
        self.attempts[person] = attempts

    def load(self) -> Session | None:
        return self.session

    def save(self, session: Session | None) -> None:
        self.session = session


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept() -> Kept:
    return Kept()


def started(kept: Kept, clock: Clock) -> LoginGuard:
    """The guard of a program that has just started."""
    return LoginGuard(kept, clock.now, clock.steady)


def fail(guard: LoginGuard, clock: Clock, times: int, person: str = "wang") -> None:
    for _ in range(times):
        clock.wait(guard.seconds_to_wait(person))
        assert not guard.check(person, lambda: False)


# passwords


def test_a_verifier_fits_its_password_only() -> None:
    verifier = passwords.make_verifier("correct horse", CHEAP)
    assert passwords.is_right(verifier, "correct horse")
    assert not passwords.is_right(verifier, "correct horse ")
    assert "correct" not in verifier
    assert verifier != passwords.make_verifier("correct horse", CHEAP)


def test_full_width_digits_are_the_same_password() -> None:
    assert passwords.is_right(passwords.make_verifier("密码１２３４５６", CHEAP), "密码123456")


@pytest.mark.parametrize("password", ["", "seven77", "x" * 257])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(Refusal) as caught:
        passwords.make_verifier(password, CHEAP)
    assert (caught.value.code, caught.value.facts) == ("password_length", {"least": 8, "most": 256})
    assert not passwords.is_right(passwords.make_verifier("x" * 256, CHEAP), "x" * 257)


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "plain",
        "$argon2id$v=19$m=64",
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c29tZWhhc2hzb21laGFzaA",
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$c29tZWhhc2hzb21laGFzaA",
        "$argon2id$v=19$m=64,t=99999,p=1$c29tZXNhbHQ$c29tZWhhc2hzb21laGFzaA",
    ],
)
def test_a_malformed_or_excessive_verifier_fits_nothing(verifier: str) -> None:
    assert not passwords.is_right(verifier, "plain")


def test_a_cheaper_verifier_is_renewed() -> None:
    cheap = passwords.make_verifier("correct horse", CHEAP)
    assert passwords.needs_renewal(cheap)
    assert not passwords.needs_renewal(cheap, CHEAP)
    assert passwords.DEFAULT_COST == (64 * 1024, 3, 4)


# the wait


def test_the_wait_grows_and_ends_with_a_right_password(kept: Kept, clock: Clock) -> None:
    guard = started(kept, clock)
    waits = []
    for _ in range(9):
        clock.wait(guard.seconds_to_wait("wang"))
        guard.check("wang", lambda: False)
        waits.append(guard.seconds_to_wait("wang"))
    assert waits == [0, 0, 5, 15, 60, 300, 900, 900, 900]
    clock.wait(900)
    assert guard.check("wang", lambda: True)
    assert guard.seconds_to_wait("wang") == 0
    fail(guard, clock, 1)
    assert guard.seconds_to_wait("wang") == 0


def test_while_waiting_even_the_right_password_is_not_looked_at(kept: Kept, clock: Clock) -> None:
    guard = started(kept, clock)
    fail(guard, clock, 4)
    clock.wait(14.5)
    looked = []
    with pytest.raises(Refusal) as caught:
        guard.check("wang", lambda: bool(looked.append(1)))
    assert (caught.value.code, caught.value.facts) == ("login_wait", {"seconds": 1})
    assert looked == []
    assert guard.seconds_to_wait("li") == 0


def test_a_restart_does_not_shorten_the_wait(kept: Kept, clock: Clock) -> None:
    fail(started(kept, clock), clock, 5)
    assert started(kept, clock).seconds_to_wait("wang") == 60
    clock.wait(20)
    assert started(kept, clock).seconds_to_wait("wang") == 40


def test_ending_the_program_before_the_answer_counts_as_a_failure(kept: Kept, clock: Clock) -> None:
    guard = started(kept, clock)

    def killed() -> bool:
        raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            guard.check("wang", killed)
    assert started(kept, clock).seconds_to_wait("wang") == 5


@given(st.integers(-(10**8), -1), st.integers(3, 12), st.booleans())
def test_a_clock_set_back_never_shortens_nor_stretches_the_wait(back: int, failures: int, restart: bool) -> None:
    clock, kept = Clock(), Kept()
    guard = started(kept, clock)
    fail(guard, clock, failures)
    full = WAITS[min(failures, len(WAITS) - 1)]
    clock.day += timedelta(seconds=back)
    if restart:
        guard = started(kept, clock)
    assert guard.seconds_to_wait("wang") == full
    clock.wait(full)
    assert guard.seconds_to_wait("wang") == 0
    fail(guard, clock, 1)
    assert kept.attempts["wang"].failed_at >= NOON


def test_a_clock_set_forward_helps_nobody_in_the_running_program(kept: Kept, clock: Clock) -> None:
    guard = started(kept, clock)
    fail(guard, clock, 5)
    clock.day += timedelta(days=400)
    assert guard.seconds_to_wait("wang") == 60


# the session


def test_a_session_lasts_twelve_hours(kept: Kept, clock: Clock) -> None:
    sessions = Sessions(kept, clock.now)
    began = sessions.begin("wang")
    clock.wait(12 * 3600 - 1)
    assert Sessions(kept, clock.now).current() == began
    clock.wait(1)
    with pytest.raises(Refusal) as caught:
        sessions.current()
    assert caught.value.code == "login_needed"


def test_logging_out_and_in_changes_the_person(kept: Kept, clock: Clock) -> None:
    sessions = Sessions(kept, clock.now)
    sessions.begin("wang")
    assert sessions.begin("li").person == sessions.current().person == "li"
    sessions.end()
    sessions.end()
    with pytest.raises(Refusal):
        sessions.current()


def test_turning_the_clock_back_does_not_stretch_a_session(kept: Kept, clock: Clock) -> None:
    sessions = Sessions(kept, clock.now)
    sessions.begin("wang")
    clock.day -= timedelta(minutes=5)
    assert sessions.current().person == "wang"
    clock.day -= timedelta(hours=1)
    with pytest.raises(Refusal):
        sessions.current()

"""HQ that is down, slow, ill, garbled or another one: the command says so, exits with 4 or 3, and keeps all work."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from app.sync.transport import HttpTransport
from core.contract.messages import ChallengeReply, HelloReply, Problem, TokenReply
from core.operations.operation import GENESIS
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations

Said = tuple[int, bytes]


class FakeHq(ThreadingHTTPServer):
    """Answers tokens as HQ does, and everything else as the test wants."""

    daemon_threads = True

    def __init__(self, answer: Callable[[str], Said]) -> None:
        """``answer`` is given the path."""
        super().__init__(("127.0.0.1", 0), _Door)
        self.answer = answer
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Door(BaseHTTPRequestHandler):
    server: FakeHq

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(self.path)
        status, body = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *args: object) -> None:
        pass


def hello(hq_id: str = "hq-1") -> bytes:
    """HQ's answer to where the device stands."""
    reply = HelloReply(
        hq_id=hq_id, incarnation="a", scopes=(), epoch=1, received_n=0, received_hash=GENESIS, server_time=kit.NOW
    )
    return msgspec.json.encode(reply)


def with_token(answer: Callable[[str], Said]) -> Callable[[str], Said]:
    """Tokens are given; a challenge is followed by its token."""
    turn = iter(range(1_000))

    def call(path: str) -> Said:
        if path != "/v1/token":
            return answer(path)
        reply = ChallengeReply(challenge="c") if next(turn) % 2 == 0 else TokenReply(token="t", expires_in=900)
        return 200, msgspec.json.encode(reply)

    return call


@pytest.fixture
def fake() -> Iterator[Callable[[Callable[[str], Said]], FakeHq]]:
    """Starts servers; all are stopped at the end."""
    started: list[FakeHq] = []

    def start(answer: Callable[[str], Said]) -> FakeHq:
        started.append(FakeHq(answer))
        threading.Thread(target=started[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return started[-1]

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def problem(code: str) -> bytes:
    """An error answer of HQ's."""
    return msgspec.json.encode(Problem(code=code, sentence="HQ says so"))


ANSWERS: list[tuple[str, Callable[[str], Said], str, int]] = [
    ("500", lambda path: (500, b"oops"), "hq_failed", 4),
    ("503", lambda path: (503, problem("hq_busy")), "hq_failed", 4),
    ("a web page", lambda path: (200, b"<html>Welcome to the hotel</html>"), "hq_unexpected", 4),
    ("nothing", lambda path: (200, b""), "hq_unexpected", 4),
    ("another form", lambda path: (200, b'{"hq_id": 7}'), "hq_unexpected", 4),
    ("rubbish", lambda path: (200, b"\x28\xb5\x2f\xfd" + b"\xff" * 99), "hq_unexpected", 4),
    ("a redirection", lambda path: (302, b""), "hq_unexpected", 4),
    ("404 of a router", lambda path: (404, b"not here"), "hq_unexpected", 4),
    ("an unknown problem", lambda path: (400, problem("no_such_code")), "hq_unexpected", 4),
    ("another HQ", lambda path: (200, hello("hq-2")), "hq_other", 3),
    ("an unknown device", lambda path: (403, problem("device_unknown")), "device_unknown", 3),
    ("a revoked device", lambda path: (403, problem("device_revoked")), "device_revoked", 3),
    ("too many requests", lambda path: (429, problem("too_many_requests")), "too_many_requests", 3),
    ("a token that is never taken", lambda path: (401, problem("token_wrong")), "token_wrong", 3),
]


def noted(at: At) -> At:
    """Two operations wait for HQ."""
    for text in ("一", "二"):
        assert at.act("add_note", text=text).code == 0
    return at


@pytest.mark.parametrize(("answer", "code", "exit_code"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_an_hq_in_trouble(
    stations: Stations, fake: Callable[..., FakeHq], answer: Callable[[str], Said], code: str, exit_code: int
) -> None:
    server = fake(with_token(answer))
    at = noted(stations(url=server.url, logged_in=True))
    at("sync").refused(code, exit_code)
    for lang in ("en", "zh_CN"):
        assert "{" not in at.sentence("sync", lang=lang)
    assert at.pending() == 2
    assert "/v1/push" not in server.asked, "nothing is sent to who is not HQ"
    doctor = at("doctor").answer
    assert doctor["ok"] and doctor["pending"] == 2
    assert doctor["hq"]["reached"] is False and doctor["hq"]["code"] == code


def test_an_hq_that_is_down(stations: Stations) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    at = noted(stations(url=url, logged_in=True))
    at("sync").refused("hq_unreachable", 4)
    assert "保存" in at.sentence("sync", lang="zh_CN") or "保留" in at.sentence("sync", lang="zh_CN")
    assert at.pending() == 2
    assert at.act("add_note", text="三").code == 0, "work goes on"


def test_an_hq_that_never_answers(stations: Stations, monkeypatch: pytest.MonkeyPatch) -> None:
    send = HttpTransport.send
    monkeypatch.setattr(HttpTransport, "send", lambda self, asked: send(self, asked._replace(read_seconds=0.2)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = noted(stations(url=f"http://127.0.0.1:{silent.getsockname()[1]}", logged_in=True))
        at("sync").refused("hq_unreachable", 4)
    assert at.pending() == 2


def test_an_expired_token_is_renewed_without_asking_anyone(stations: Stations, fake: Callable[..., FakeHq]) -> None:
    first: list[str] = []

    def answer(path: str) -> Said:
        first.append(path)
        return (401, problem("token_wrong")) if len(first) == 1 else (200, hello())

    server = fake(with_token(answer))
    at = stations(url=server.url, logged_in=True)
    assert at("doctor").answer["hq"]["reached"] is True
    assert server.asked.count("/v1/token") == 4 and server.asked.count("/v1/hello") == 2


def test_hq_that_falls_ill_in_the_middle_of_a_push_loses_nothing(
    stations: Stations, fake: Callable[..., FakeHq]
) -> None:
    server = fake(with_token(lambda path: (200, hello()) if path == "/v1/hello" else (500, b"")))
    at = noted(stations(url=server.url, logged_in=True))
    at("sync").refused("hq_failed", 4)
    assert "/v1/push" in server.asked
    assert at.pending() == 2


# enrolment


def enrolled(at: At, url: str, *more: str) -> kit.Ran:
    """Try to enrol."""
    return at("enrol", "--hq", url, "--code", "ABCD-1234", *more)


@pytest.fixture
def fresh(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> At:
    """A profile that is no device of any place."""
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", kit.PASSPHRASE)
    return At(tmp_path / "fresh")


def test_enrolling_at_what_is_no_hq(fresh: At, fake: Callable[..., FakeHq]) -> None:
    for said, code, exit_code in [
        ((200, b"<html>"), "hq_unexpected", 4),
        ((500, b""), "hq_failed", 4),
        ((403, problem("enrol_code_wrong")), "enrol_code_wrong", 3),
    ]:
        enrolled(fresh, fake(lambda path, said=said: said).url).refused(code, exit_code)
        fresh("orders").refused("not_enrolled")
    enrolled(fresh, "ftp://hq").refused("hq_address_wrong")
    enrolled(fresh, kit.NOBODY).refused("hq_unreachable", 4)


def test_an_authority_that_is_none_is_found_before_the_code_is_spent(
    fresh: At, fake: Callable[..., FakeHq], tmp_path: Any
) -> None:
    server = fake(lambda path: (500, b""))
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "wrong.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "binary.pem").write_bytes(b"\xff\xfe")
    for name, code in [("gone", "file_missing"), ("empty", "file_unreadable"), ("wrong", "file_unreadable"),
                       ("binary", "file_unreadable")]:  # fmt: skip
        enrolled(fresh, server.url, "--ca", str(tmp_path / f"{name}.pem")).refused(code)
    enrolled(fresh, server.url, "--ca", str(tmp_path)).refused("file_unreadable")
    assert server.asked == []


def test_a_device_that_is_known_spends_no_second_code(stations: Stations, fake: Callable[..., FakeHq]) -> None:
    server = fake(lambda path: (500, b""))
    at = stations(url=server.url)
    facts = enrolled(at, server.url).refused("already_enrolled")
    assert facts == {"place": kit.where("liwei").name}
    assert server.asked == []


def test_an_enrolment_counts_even_if_the_first_sync_fails(fresh: At, fake: Callable[..., FakeHq]) -> None:
    reply = msgspec.json.encode(kit.enrol_reply(kit.where("liwei")))
    server = fake(lambda path: (200, reply) if path == "/v1/enrol" else (500, b""))
    ran = enrolled(fresh, server.url)
    assert (ran.code, ran.answer["sync"]["code"]) == (0, "hq_failed")
    assert fresh("orders").answer == {"orders": []}
    fresh("sync").refused("hq_failed", 4)


def test_the_answer_that_a_script_reads_is_one_object(stations: Stations, fake: Callable[..., FakeHq]) -> None:
    server = fake(with_token(lambda path: (200, hello()) if path == "/v1/hello" else (204, b"")))
    ran = stations(url=server.url)("sync")
    assert ran.code == 0
    assert set(json.loads(ran.out)) == {"pushed", "pulled", "parked", "conflicts", "pending", "ms"}


def test_the_doctor_says_that_hq_is_out_of_reach_only_when_asked_to_compare(work: At) -> None:
    assert work("doctor").code == 0
    asked = work("doctor", "--with-hq")
    assert (asked.code, asked.answer["hq"]["code"]) == (4, "hq_unreachable")

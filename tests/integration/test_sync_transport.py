"""The wire itself: a pinned certificate, silence, endless answers and addresses that are none."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.sync import transport
from app.sync.transport import HttpTransport, Request
from core.refusals import Refusal


class Answers(BaseHTTPRequestHandler):
    """A web server with a few bad habits."""

    def do_GET(self) -> None:
        if self.path == "/who":
            body = self.headers["Authorization"].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Set-Cookie", "who=somebody; Path=/")
            self.end_headers()
            self.wfile.write(body + (self.headers["Cookie"] or "").encode())
            return
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/fine")
            self.end_headers()
            return
        body = b"x" * 200_000 if self.path in ("/endless", "/part", "/cut-part") else b"fine"
        if self.path in ("/part", "/cut-part"):
            self.send_response(206)
            self.send_header("Content-Length", str(len(body) * (2 if self.path == "/cut-part" else 1)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) * (2 if self.path == "/cut" else 1)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def serving(context: SSLContext | None = None) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = serving()
    yield server
    server.shutdown()
    server.server_close()


def asked(url: str, path: str = "/fine", ca_file: Path | None = None, read_seconds: float = 5.0) -> bytes:
    wire = HttpTransport(url, ca_file)
    try:
        return wire.send(Request("GET", path, read_seconds=read_seconds)).body
    finally:
        wire.close()


def refused(url: str, path: str = "/fine", ca_file: Path | None = None, read_seconds: float = 5.0) -> str:
    with pytest.raises(Refusal) as caught:
        asked(url, path, ca_file, read_seconds)
    return caught.value.code


def url_of(server: ThreadingHTTPServer, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.server_port}"


def test_an_answer(server: ThreadingHTTPServer) -> None:
    assert asked(url_of(server)) == b"fine"


def test_an_answer_without_end(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 100_000)
    assert refused(url_of(server), "/endless") == "hq_unexpected"


def test_an_answer_that_is_cut(server: ThreadingHTTPServer) -> None:
    assert refused(url_of(server), "/cut") == "hq_unreachable"


def test_a_redirection_is_not_followed(server: ThreadingHTTPServer) -> None:
    wire = HttpTransport(url_of(server))
    assert wire.send(Request("GET", "/elsewhere")).status == 302
    wire.close()


def test_neither_a_password_file_nor_a_cookie_speaks_for_the_device(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_LOOPBACK", frozenset())
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wire = HttpTransport(url_of(server))
    request = Request("GET", "/who", {"Authorization": "Bearer ours"})
    assert [wire.send(request).body, wire.send(request).body] == [b"Bearer ours"] * 2
    wire.close()


def test_after_a_failure_the_proxies_are_looked_up_again(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_LOOPBACK", frozenset())
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{gone.getsockname()[1]}")
    wire = HttpTransport(url_of(server))
    with pytest.raises(Refusal, match="hq_unreachable"):
        wire.send(Request("GET", "/fine"))
    monkeypatch.delenv("http_proxy")
    assert wire.send(Request("GET", "/fine")).body == b"fine"
    wire.close()


def test_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert refused(f"http://127.0.0.1:{silent.getsockname()[1]}", read_seconds=0.2) == "hq_unreachable"


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}") == "hq_unreachable"


@pytest.mark.parametrize(
    "url", ["", "hq.example", "file:///etc/passwd", "ftp://hq", "http://", "http://[::1", "http://hq:99999"]
)
def test_an_address_that_is_none(url: str) -> None:
    assert refused(url) == "hq_address_wrong"


def certificate(folder: Path, name: str) -> Path:
    """A certificate that is its own authority, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return file


def test_only_the_authority_of_enrolment_is_trusted(tmp_path: Path) -> None:
    own, other = certificate(tmp_path, "hq"), certificate(tmp_path, "other")
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server = serving(context)
    assert asked(url_of(server, "https"), ca_file=own) == b"fine"
    assert refused(url_of(server, "https"), ca_file=other) == "hq_untrusted"
    assert refused(url_of(server, "https")) == "hq_untrusted"
    server.shutdown()
    server.server_close()


def poured(url: str, path: str, sink: Callable[[bytes], None]) -> bytes:
    wire = HttpTransport(url)
    try:
        return wire.send(Request("GET", path, sink=sink)).body
    finally:
        wire.close()


def test_a_part_of_a_file_goes_where_it_is_wanted_as_it_comes(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 1000)
    here: list[bytes] = []
    assert poured(url_of(server), "/part", here.append) == b""
    assert b"".join(here) == b"x" * 200_000
    assert max(map(len, here)) <= 16 * 1024


def test_what_came_before_a_cut_was_handed_on(server: ThreadingHTTPServer) -> None:
    here: list[bytes] = []
    with pytest.raises(Refusal) as caught:
        poured(url_of(server), "/cut-part", here.append)
    assert caught.value.code == "hq_unreachable"
    assert sum(map(len, here)) > 200_000 - 16 * 1024


def test_a_whole_answer_is_handed_back_and_a_full_disk_is_no_broken_line(server: ThreadingHTTPServer) -> None:
    here: list[bytes] = []
    assert poured(url_of(server), "/fine", here.append) == b"fine"
    assert here == []

    def full(data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        poured(url_of(server), "/part", full)

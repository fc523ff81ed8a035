"""One HTTP exchange with HQ: bounded in time and size, pinned to HQ's certificate; failures as refusals."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from core.refusals import Refusal

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
#: No answer may be larger (bytes); a packed pull page of 2,500 rows is far below.
MAX_ANSWER = 16 * 1024 * 1024
_PIECE = 64 * 1024
_SINK_PIECE = 16 * 1024  # what a cut line may take with it of a file that is on its way
_PARTIAL = 206
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Request(NamedTuple):
    """What to ask: ``path`` begins with a slash; ``read_seconds`` is the longest silence to bear.

    ``sink`` takes the body of a 206 (a part of a file) as it comes; a transport may hand it back whole instead.
    """

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    read_seconds: float = READ_SECONDS
    sink: Callable[[bytes], None] | None = None


class Reply(NamedTuple):
    """What came back; the names of ``headers`` are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Carries requests to HQ; raises Refusal ``hq_unreachable``, ``hq_untrusted`` or ``hq_unexpected``."""

    def send(self, request: Request, /) -> Reply:
        """One exchange; every HTTP status is an answer."""


class _Wire(NamedTuple):
    """What carries the exchanges: kept-alive connections, and the proxies and authorities they are made with."""

    adapter: "requests.adapters.HTTPAdapter"
    settings: dict[str, Any]


class HttpTransport:
    """One kept-alive connection to one address; for one thread at a time."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        """``ca_file`` pins the certificate authority of enrolment; without it the system's are trusted.

        Raises Refusal ``hq_address_wrong`` when ``url`` is no http or https address.
        """
        self._url = url.rstrip("/")
        self._trust_env = _host_of(url) not in _LOOPBACK  # no proxy stands between a computer and itself
        self._verify: bool | str = str(ca_file) if ca_file else True
        self._wire: _Wire | None = None

    def send(self, request: Request, /) -> Reply:
        """One exchange. No redirection is followed, no cookie kept and no password file read: the token is all."""
        import requests  # loaded by the first exchange: the first screen does not wait for it

        try:
            asked = requests.Request(request.method, self._url + request.path, request.headers, data=request.body)
            timeout = (CONNECT_SECONDS, request.read_seconds)
            adapter, settings = self._opened()
            with adapter.send(asked.prepare(), timeout=timeout, **settings) as response:
                body = b""
                if request.sink is not None and response.status_code == _PARTIAL:
                    _poured(response, request.sink)
                else:
                    body = _bounded(response)
                return Reply(response.status_code, _lower(response.headers), body)
        except requests.exceptions.SSLError as error:
            raise Refusal("hq_untrusted") from error
        except _SinkFailed as failed:
            raise failed.error from failed
        except (requests.RequestException, OSError) as error:
            self.close()
            raise Refusal("hq_unreachable", url=self._url) from error

    def _opened(self) -> "_Wire":
        """The connection, with the proxies of now: after a failure they are looked up again."""
        if self._wire is None:
            import requests

            with requests.Session() as session:
                session.trust_env = self._trust_env
                settings = session.merge_environment_settings(self._url, {}, True, self._verify, None)
            self._wire = _Wire(requests.adapters.HTTPAdapter(), dict(settings))
        return self._wire

    def close(self) -> None:
        """Give the connection back; the next exchange opens another."""
        if self._wire is not None:
            self._wire.adapter.close()
            self._wire = None


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError as error:
        raise Refusal("hq_address_wrong", url=url) from error
    if not usable or not parts.hostname:
        raise Refusal("hq_address_wrong", url=url)
    return parts.hostname


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


class _SinkFailed(Exception):
    """A full disk is no broken line."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


def _poured(response: "requests.Response", sink: Callable[[bytes], None]) -> None:
    for piece in response.iter_content(_SINK_PIECE):
        try:
            sink(piece)
        except OSError as error:
            raise _SinkFailed(error) from error


def _bounded(response: "requests.Response") -> bytes:
    pieces, size = [], 0
    for piece in response.iter_content(_PIECE):
        size += len(piece)
        if size > MAX_ANSWER:
            raise Refusal("hq_unexpected", problem="size")
        pieces.append(piece)
    return b"".join(pieces)

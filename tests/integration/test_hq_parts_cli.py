"""``fixpoint-hq parts`` as the parts planner types it: list, grant, refuse, send, receive, accounts, network."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.ids import derive
from core.operations import action_named, kernel
from core.roles import PlaceKind
from core.rows.supply import RequestLine
from hq.cli.main import main
from hq.feed import work
from hq.identity import establish
from hq.store import Store
from tests.integration.device import seed
from tests.unit import world as w

HQ_PLACE = w.an_id("hq")


class Desk:
    """The planner's command line on one database; what stations do goes straight onto its rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with self._store() as store:
            seed(store, w.place(HQ_PLACE, PlaceKind.HQ, "HQ", HQ_PLACE))
            establish(store, w.NOW)

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        store = Store.open(f"sqlite:///{self.folder / 'hq.db'}")
        store.upgrade()
        yield store
        store.close()

    def did(self, name: str, args: dict[str, Any], user: str = w.LEAD) -> str:
        """A station's operation has arrived; returns its id."""
        action, operation = action_named(name), w.an_operation(name, args, user=user)
        with self._store() as store, work(store) as doing:
            rows = doing.rows(w.BRANCH)
            kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)
        return operation.id

    def lines(self, request: str) -> list[RequestLine]:
        with self._store() as store, work(store) as doing:
            return list(doing.view(w.BRANCH).find(RequestLine, request_id=request))

    def says(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The object that the command prints."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main(["--data", str(self.folder), "--json", "parts", *arguments]) == code, out.getvalue()
        return dict(json.loads(out.getvalue()))

    def tells(self, *arguments: str) -> str:
        """What a person reads."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main(["--data", str(self.folder), "--lang", "zh_CN", "parts", *arguments]) == 0
        return out.getvalue()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_request_is_granted_partly_and_sent_once(desk: Desk) -> None:
    assert "没有" in desk.tells("requests")
    asked = {"lines": [{"part_id": w.PART, "quantity": 3}, {"part_id": w.PANEL, "quantity": 1}]}
    request = derive(desk.did("request_parts", asked), "request")
    (waiting,) = desk.says("requests")["requests"]
    assert (waiting["station"], len(waiting["lines"])) == ("SZ01", 2)
    assert w.PART in desk.tells("requests")
    short = request[-8:]
    refused = desk.says("allocate", short, f"{w.PART}=4", code=3)
    assert refused["code"] == "allocation_too_much"
    assert desk.says("allocate", short, f"{w.PART}=2", "--refuse", f"{w.PANEL}=1", code=3)["code"] == "reason_missing"
    granted = desk.says("allocate", short, f"{w.PART}=2", "--refuse", f"{w.PANEL}=1", "--reason", "停产")
    assert granted["state"] == "allocated_partly"
    assert desk.says("allocate", short, "NO-SUCH=1", code=3)["code"] == "part_request_unknown"
    assert desk.says("allocate", short, code=3)["code"] == "part_request_unknown"
    one = desk.says("ship", short, f"{w.PART}=1", "--document", "DN-1")["id"]
    assert desk.says("ship", short, "--document", "DN-1")["id"] == one
    assert desk.says("ship", short, "--document", "DN-2")["id"] != one
    assert desk.says("ship", short, code=3)["code"] == "part_request_closed"


def test_what_comes_back_is_received_and_terms_are_set(desk: Desk) -> None:
    back = {"to_place_id": HQ_PLACE, "lines": [{"part_id": w.PART, "quantity": 2}], "document": "RT-778899"}
    desk.did("ship_parts", back)
    assert desk.says("receive", "RT-778899", f"{w.PART}=1")["state"] == "done"
    assert desk.says("receive", "RT-778899", code=3)["code"] == "shipment_received"
    terms = desk.says("account", "sz01", "--limit", "5000", "--freeze", "对账", "--freeze-after-days", "30")
    assert (terms["limit_fen"], terms["frozen"], terms["freeze_after_days"]) == (500_000, True, 30)
    terms = desk.says("account", "SZ01", "--unfreeze")
    assert (terms["limit_fen"], terms["frozen"], terms["reason"]) == (500_000, False, "")
    assert "5000.00" in desk.tells("account", "SZ01")
    assert desk.says("account", "SZ01", "--limit", "none")["limit_fen"] is None
    assert desk.says("account", "SZ", code=3)["code"] == "place_unknown"
    assert desk.says("stock")["changed"] == 1
    assert desk.says("stock")["changed"] == 0


@pytest.mark.parametrize("wrong", [("allocate", "x", "MB=two"), ("account", "SZ01", "--limit", "much"), ("nothing",)])
def test_what_cannot_be_meant_is_a_usage_error(desk: Desk, wrong: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended, contextlib.redirect_stderr(io.StringIO()):
        main(["--data", str(desk.folder), "parts", *wrong])
    assert ended.value.code == 2

"""The server as a process: says when it is ready, answers, and ends well at SIGTERM even while somebody waits."""

import json
import signal
import subprocess
import sys
import threading
import urllib.request

from httpx import Client

from hq.bootstrap import open_store
from tests.integration.device import TestDevice, enrol_code, seed
from tests.integration.test_hq_doors import now
from tests.unit import world

PROGRAM = (
    "import sys; from pathlib import Path; from hq.bootstrap import serve; sys.exit(serve(Path(sys.argv[1]), port=0))"
)


def test_it_serves_and_stops_when_told(tmp_path):
    store = open_store(tmp_path)
    seed(store)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        ready = process.stdout.readline().strip()
        assert ready.startswith("HQ is ready at http://127.0.0.1:")
        address = ready.rpartition(" ")[2]
        with urllib.request.urlopen(f"{address}/v1/health") as answer:
            assert json.load(answer)["status"] == "ok"
        with Client(base_url=address, timeout=30) as client:
            device = TestDevice(client)
            device.enrol(enrol_code(store, world.STATION, now()))
            device.log_in()
            answers = []
            reference = next(state for state in device.hello().scopes if state.scope == "reference")
            cursor = f"reference@{reference.seq}"
            waiting = threading.Thread(target=lambda: answers.append(device.get("/v1/wait", cursor=cursor)))
            waiting.start()
            assert device.get("/v1/wait", cursor="reference@0").status_code == 200
            process.send_signal(signal.SIGTERM)
            waiting.join(timeout=20)
            assert [answer.status_code for answer in answers] == [503], "not a 204: it would ask again at once"
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        store.close()

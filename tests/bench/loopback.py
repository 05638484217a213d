"""The smallest real cloud: a process that answers bills and questions at once, or after a round trip.

python -m tests.bench.loopback MILLISECONDS says its port on stdout and serves until stdin closes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NUMBER = re.compile(rb'"billNumber":("[^"]*")')
CUSTOMER = json.dumps(
    {
        "response": {
            "status": {"success": "true", "code": 200, "message": ""},
            "customers": {
                "customer": [
                    {
                        "mobile": "919000000001",
                        "firstname": "Asha",
                        "user_id": 7,
                        "item_status": {"success": "true", "code": 1000, "message": ""},
                    }
                ]
            },
        }
    }
).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    round_trip_s = 0.0

    def do_GET(self) -> None:
        self._reply(CUSTOMER)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/v2/transactions/bulk"):
            done = b",".join(
                b'{"entityId":%d,"result":{"billNumber":%s},"errors":[],"warnings":[]}' % (at, number)
                for at, number in enumerate(NUMBER.findall(body), 1)
            )
            self._reply(b'{"response":[' + done + b'],"totalCount":1,"failureCount":0}')
        else:
            self._reply(b'{"createdId":5,"warnings":[],"errors":[],"sideEffects":[]}')

    def _reply(self, content: bytes) -> None:
        if self.round_trip_s:
            time.sleep(self.round_trip_s)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def loopback(round_trip_ms: int = 0) -> Iterator[str]:
    """The cloud in a process of its own; gives its address."""
    command = [sys.executable, "-m", "tests.bench.loopback", str(round_trip_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


def main() -> None:
    """Serve until nobody holds stdin open."""
    _Handler.round_trip_s = int(sys.argv[1]) / 1000
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()

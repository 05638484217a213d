"""The least way of a label to a browser: pyserial, an event stream, a page that adds a line.

`python -m tests.bench.bare_page PORT` writes the address of its page once both are open."""

import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import serial

_PAGE = b"""<!doctype html><link rel="icon" href="data:,"><ul></ul><script>
new EventSource('/events').onmessage = ({ data }) => {
  const line = document.createElement('li');
  line.textContent = data;
  document.querySelector('ul').append(line);
};
</script>"""


class _Handler(BaseHTTPRequestHandler):
    labels: queue.SimpleQueue[bytes]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "text/event-stream")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(_PAGE)
            return
        while True:
            self.wfile.write(b"data: %b\n\n" % self.labels.get())
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def main(port: str) -> None:
    """Until it is ended."""
    _Handler.labels = queue.SimpleQueue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with serial.Serial(port) as scanner:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/\n")
        sys.stdout.flush()
        while label := scanner.read_until(b"\r"):
            _Handler.labels.put(label.strip())


main(sys.argv[1])

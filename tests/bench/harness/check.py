"""Before anything is measured: does each route do to a body what it is measured for?"""

import json
import re
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterator

from .documents import FIELDS

_TOKEN = re.compile(r'"~vg1\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+~"')


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def echo_upstream() -> Iterator[int]:
    """An upstream that answers with the body that it received; yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def routes(port: int, body: bytes) -> int:
    """Fails unless each route does what its name says; returns the tokenized document's size."""
    for path in ["none", "miss"]:
        if _post(port, path, body) != body:
            raise SystemExit(f"the route /{path} changed the body")
    sizes = {}
    for path in ["envelope", "rsa"]:
        answer = _post(port, path, body)
        tokens = _TOKEN.findall(answer.decode())
        if len(tokens) != FIELDS or json.loads(answer)["note"] != json.loads(body)["note"]:
            raise SystemExit(f"the route /{path} made {len(tokens)} tokens, not {FIELDS}")
        sizes[path] = len(answer)
    return sizes["envelope"]


def _post(port: int, path: str, body: bytes) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/echo/{path}",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"/{path} answered {error.code}: {error.read().decode()[:1000]}") from error

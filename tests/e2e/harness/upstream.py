"""An application behind the gateway that records the raw bytes it receives, and can misbehave.

It reads HTTP/1.1 itself, so that what it records is what came over the wire. How it behaves is in the
path's first segment: /reset, /close, /stall, /deaf, /garbage, /hints, /early-refusal, /cut-answer, /echo;
anything else is answered with 200 and the length of what came.
"""

import dataclasses
import hashlib
import json
import socket
import struct
import threading

PIECE = 1 << 18


@dataclasses.dataclass
class Recorded:
    """One request. `complete` is false when its framing never came to an end."""

    method: str
    target: str
    head: bytes
    headers: list
    framing: str = "none"
    body: bytes = b""
    length: int = 0
    sha256: str = ""
    trailers: list = dataclasses.field(default_factory=list)
    complete: bool = False

    def header(self, name):
        """All values of a header, joined as RFC 9110 allows; None when it is absent."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def json(self):
        return json.loads(self.body)


class Upstream:
    """Listens on a free port of loopback, one thread for each connection; with `tls`, an SSLContext, over it."""

    def __init__(self, keep=256 << 20, tls=None):
        self.keep = keep
        self.tls = tls
        self.requests = []
        self.raw_bytes = 0
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._closed.set()
        # Wakes the thread in accept, which would hold the port open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def mark(self):
        """For `since`: a point in the list of requests."""
        with self._changed:
            return len(self.requests)

    def since(self, mark, count=None, timeout=10):
        """The requests since a mark; with `count`, waits until there are that many."""
        with self._changed:
            if count is not None:
                self._changed.wait_for(lambda: len(self.requests) - mark >= count, timeout)
            return self.requests[mark:]

    def only(self, mark):
        """The one request since a mark."""
        found = self.since(mark, count=1)
        assert len(found) == 1, f"{len(found)} requests, not 1"
        return found[0]

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        if self.tls:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                return
        stream = connection.makefile("rb", buffering=PIECE)
        try:
            while self._exchange(connection, stream):
                pass
        except (OSError, ValueError):
            pass
        finally:
            stream.close()
            connection.close()

    def _exchange(self, connection, stream):
        """One request and its answer. True when the connection can carry another."""
        head = read_head(stream)
        if not head:
            return False
        request = parse_head(head)
        with self._changed:
            self.raw_bytes += len(head)
        behaviour = request.target.split("?")[0].strip("/").split("/")[0]
        if behaviour == "early-refusal":
            self._record(request)
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused")
            return False
        if behaviour == "deaf":
            self._record(request)
            self._closed.wait(60)
            return False
        try:
            self._read_body(request, stream)
        finally:
            self._record(request)
        if not request.complete:
            return False
        return answer(connection, request, behaviour, self._closed)

    def _read_body(self, request, stream):
        kept, digest = [], hashlib.sha256()
        try:
            for piece in body_pieces(request, stream):
                if request.length + len(piece) <= self.keep:
                    kept.append(piece)
                request.length += len(piece)
                digest.update(piece)
                self.raw_bytes += len(piece)
        finally:
            # What came before a reset was seen as well.
            request.body = b"".join(kept)
            request.sha256 = digest.hexdigest()

    def _record(self, request):
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()


def read_head(stream):
    lines = []
    while True:
        line = stream.readline(1 << 16)
        lines.append(line)
        if line in (b"\r\n", b"\n", b""):
            return b"".join(lines)


def parse_head(head):
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in rest if line]
    return Recorded(method, target, head, headers)


def body_pieces(request, stream):
    """Yields the body's bytes, and sets `framing`, `complete` and `trailers`."""
    if (request.header("transfer-encoding") or "").lower() == "chunked":
        request.framing = "chunked"
        yield from chunked_pieces(request, stream)
        return
    length = int(request.header("content-length") or 0)
    request.framing = "length" if request.header("content-length") is not None else "none"
    while length:
        piece = stream.read(min(length, PIECE))
        if not piece:
            return
        length -= len(piece)
        yield piece
    request.complete = True


def chunked_pieces(request, stream):
    while True:
        line = stream.readline(1 << 12)
        if not line.endswith(b"\r\n"):
            return
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        piece = stream.read(size)
        if len(piece) < size or stream.read(2) != b"\r\n":
            yield piece
            return
        yield piece
    while (line := stream.readline(1 << 16)) not in (b"\r\n", b""):
        request.trailers.append(line.decode("latin-1").strip())
    request.complete = line == b"\r\n"


def answer(connection, request, behaviour, stopped):
    if behaviour == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    if behaviour == "close":
        return False
    if behaviour == "stall":
        stopped.wait(60)
        return False
    if behaviour == "garbage":
        connection.sendall(b"this is not HTTP\r\n\r\n")
        return False
    if behaviour == "cut-answer":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        return False
    if behaviour == "hints":
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
    if behaviour == "echo":
        body, content_type = request.body, request.header("content-type") or "text/plain"
    else:
        body, content_type = json.dumps({"received": request.length}).encode(), "application/json"
    connection.sendall(
        f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode("latin-1")
        + (b"" if request.method == "HEAD" else body)
    )
    return True

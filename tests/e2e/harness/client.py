"""Real clients: curl for HTTP, a raw socket for what curl would not send."""

import dataclasses
import json
import os
import socket
import subprocess
import tempfile

PROBLEM = "application/problem+json"


@dataclasses.dataclass
class Answer:
    status: int
    content_type: str
    body: bytes
    version: str = ""

    def json(self):
        return json.loads(self.body)

    def problem(self):
        """The problem document; fails when the answer is none."""
        assert self.content_type.split(";")[0] == PROBLEM, (self.status, self.content_type, self.body[:300])
        document = self.json()
        assert document["status"] == self.status
        return document


def curl(url, body=None, *, content_type="application/json", method=None, headers=(), options=()):
    """Runs curl. `body`: bytes, or a path. Loopback only, whatever proxies the environment names."""
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "body")
        command = ["curl", "-sS", "--noproxy", "*", "-o", output, "--max-time", "240"]
        command += ["-w", "%{http_code}\n%{content_type}\n%{http_version}"]
        if body is not None:
            if isinstance(body, bytes):
                path = os.path.join(scratch, "request")
                with open(path, "wb") as file:
                    file.write(body)
                body = path
            command += ["--data-binary", f"@{body}", "-H", f"Content-Type: {content_type}"]
        if method:
            command += ["-X", method]
        for header in headers:
            command += ["-H", header]
        done = subprocess.run([*command, *options, url], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CurlFailed(done.returncode, done.stderr)
        status, kind, version = done.stdout.split("\n")
        answer = open(output, "rb").read() if os.path.exists(output) else b""
        return Answer(int(status), kind, answer, version)


class CurlFailed(Exception):
    """curl's exit code and what it said."""


def address(url):
    host, _, port = url.partition("://")[2].partition(":")
    return host, int(port)


def raw_exchange(url, data, *, half_close=False, timeout=10):
    """Sends bytes as they are. Returns what came back, and whether the server closed the connection."""
    received = b""
    with socket.create_connection(address(url), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(1 << 16):
                received += piece
            return received, True
        except (ConnectionResetError, BrokenPipeError):
            return received, True
        except TimeoutError:
            return received, False

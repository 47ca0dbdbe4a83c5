"""nginx twice: the peer that passes bodies untouched, and the upstream that reads and drops them."""

import subprocess
from pathlib import Path

from .processes import tool

# Bodies stay in memory (16k buffers), connections on both sides stay open, nothing is logged.
_COMMON = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 60s;
    client_header_buffer_size 16k;
    client_body_buffer_size 16k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    tcp_nodelay on;
{server}
}}
"""

_PROXY = """
    upstream application {{
        server 127.0.0.1:{upstream};
        keepalive 128;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
"""

_UPSTREAM = """
    server {{
        listen 127.0.0.1:{port};
        # 'return' reads the request's body to its end before the connection goes on.
        location / {{ return 200 "stored\\n"; }}
    }}
"""


def proxy_command(folder: Path, port: int, upstream: int) -> list[str]:
    """The peer: a reverse proxy with one worker."""
    return _command(folder, _PROXY.format(port=port, upstream=upstream))


def upstream_command(folder: Path, port: int) -> list[str]:
    """The application's stand-in."""
    return _command(folder, _UPSTREAM.format(port=port))


def _command(folder: Path, server: str) -> list[str]:
    folder.mkdir(parents=True)
    config = folder / "nginx.conf"
    config.write_text(_COMMON.format(folder=folder, server=server))
    return [tool("nginx"), "-p", str(folder), "-c", str(config)]


def version() -> str:
    """For example `nginx/1.22.1`."""
    answer = subprocess.run([tool("nginx"), "-v"], capture_output=True, text=True, check=True)
    return answer.stderr.strip().removeprefix("nginx version: ")

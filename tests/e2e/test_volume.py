"""A million values for a dozen KMS calls; gigabytes in constant memory.

VEILGATE_VOLUME is how many bytes of NDJSON, CSV and gzip-compressed NDJSON go through, 256 MiB by
default. The design's 10 GB, with the release build, take a quarter of an hour:

    VEILGATE_VOLUME=10000000000 VEILGATE_BIN_DIR=$PWD/target/release \\
        tests/.venv/bin/pytest tests/e2e/test_volume.py -k any_length -s
"""

import concurrent.futures
import hashlib
import http.client
import os
import random
import subprocess
import time
import zlib

import pytest

from harness.client import address
from harness.upstream import Upstream, body_pieces
from harness.world import policy

MEBIBYTE = 1 << 20
# 2 GB when nothing matches. When every element does, tokens make half of that as long again.
BLOCKS = {"nothing-matches": 2048, "every-element-matches": 1024}
VALUES = 1_000_000
VOLUME = int(os.environ.get("VEILGATE_VOLUME", 256 * MEBIBYTE))


class Stored(Upstream):
    """Writes the bodies it receives to a file instead of keeping them; counts tokens as they pass."""

    def __init__(self, path=None):
        super().__init__(keep=0)
        self.path = path
        self.tokens = 0

    def _read_body(self, request, stream):
        digest, before = hashlib.sha256(), b""
        with open(self.path or os.devnull, "wb") as file:
            for piece in body_pieces(request, stream):
                request.length += len(piece)
                digest.update(piece)
                file.write(piece)
                # A marker may lie across two pieces.
                self.tokens += (before + piece).count(b"~vg1.")
                before = piece[-4:]
        request.sha256 = digest.hexdigest()


def post_pieces(gateway, pieces, content_type, headers=None):
    """Sends a body of unknown length, piece by piece."""
    connection = http.client.HTTPConnection(*address(gateway.url), timeout=240)
    headers = {"Content-Type": content_type, **(headers or {})}
    connection.request("POST", "/", pieces, headers, encode_chunked=True)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, body[:500]


def test_a_million_values_are_revealed_with_a_dozen_kms_calls(world, tmp_path):
    stored = Stored(tmp_path / "tokens.ndjson")
    gateway = world.gateway(
        "million",
        policy(value=("envelope", "payments", "$.value")),
        upstreams={"app": {"url": stored.url}},
        epochs={"age": "1h", "count": 100_000},
    )
    detokenize = world.detokenize("million-detokenize", cache={"credentials": "5m", "data_keys": "10m"})
    lines = [b'{"id": %d, "value": "number %d"}\n' % (number, number) for number in range(VALUES)]
    original = b"".join(lines)

    post_pieces(gateway, (b"".join(lines[at : at + 5000]) for at in range(0, VALUES, 5000)), "application/x-ndjson")
    assert stored.tokens == VALUES
    before = world.kms.decrypts()
    revealed = tmp_path / "revealed.ndjson"
    reveal_file(world, detokenize, tmp_path / "tokens.ndjson", revealed)

    assert hashlib.sha256(revealed.read_bytes()).digest() == hashlib.sha256(original).digest()
    calls = world.kms.decrypts() - before
    print(f"{VALUES:,} values revealed with {calls} Decrypt calls")
    assert 1 <= calls <= 12, f"{calls} KMS calls"
    assert detokenize.process.peak_resident_bytes() < 128 * MEBIBYTE
    stored.close()


def reveal_file(world, detokenize, source, target):
    """curl -T streams a file: it would read one for --data-binary into memory."""
    subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--noproxy", "*", "-X", "POST", "-T", source, "-o", target]
        + ["-H", "Content-Type: application/x-ndjson", "-H", f"Authorization: Bearer {world.token()}"]
        + [f"{detokenize.url}/v1/detokenize"],
        check=True,
    )


@pytest.mark.parametrize("case", BLOCKS)
def test_a_json_array_of_gigabytes_streams_in_constant_memory(world, case):
    matching = case == "every-element-matches"
    stored = Stored()
    gateway = world.gateway(
        case,
        policy(secret=("envelope", "payments", "$[*].secret" if matching else "$[*].absent")),
        upstreams={"app": {"url": stored.url}},
        limits={"body": "100GiB"},
    )
    element = b'{"id": 1, "secret": "4111111111111111", "text": "' + b"x" * 960 + b'"},\n'
    block = element * (MEBIBYTE // len(element) + 1)
    digest = hashlib.sha256()

    def pieces():
        for piece in [b"[", *[block] * BLOCKS[case], b'{"id": 0}]']:
            digest.update(piece)
            yield piece

    post_pieces(gateway, pieces(), "application/json")

    (request,) = stored.since(0, count=1)
    assert request.complete
    resident = gateway.process.peak_resident_bytes()
    print(f"{request.length:,} bytes reached the upstream; at most {resident / MEBIBYTE:.1f} MiB were resident")
    assert resident < 64 * MEBIBYTE
    if matching:
        assert stored.tokens == BLOCKS[case] * block.count(b"secret")
    else:
        assert request.length > 2 << 30 and request.sha256 == digest.hexdigest()
    stored.close()


def records(chance):
    """A mebibyte of records, none like another, so that they compress as real ones do."""
    length = 0
    while length < MEBIBYTE:
        number = chance.randrange(10**9)
        note = "%040x" % chance.getrandbits(160)
        length += len(note) + 60
        yield number, "4%015d" % chance.randrange(10**15), note


def ndjson(chance):
    return b"", b"".join(b'{"id": %d, "pan": "%s", "note": "%s"}\n' % (i, p.encode(), n.encode()) for i, p, n in records(chance))


def as_csv(chance):
    return b"id,pan,note\r\n", b"".join(b'%d,%s,"%s"\r\n' % (i, p.encode(), n.encode()) for i, p, n in records(chance))


def gzipped(block, count):
    """A gzip member of `count` blocks: compressed once, for a block flushed whole stands alone."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    compressed = compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    yield b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    for _ in range(count):
        checksum = zlib.crc32(block, checksum)
        yield compressed
    end = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    yield end + checksum.to_bytes(4, "little") + (len(block) * count % 2**32).to_bytes(4, "little")


@pytest.mark.parametrize(
    "content_type, make, coding",
    [("application/x-ndjson", ndjson, None), ("text/csv", as_csv, None), ("application/x-ndjson", ndjson, "gzip")],
    ids=["ndjson", "csv", "gzip-ndjson"],
)
def test_documents_of_any_length_stream_in_constant_memory(world, content_type, make, coding):
    stored = Stored()
    pan = {"name": "pan", "select": "$.pan", "columns": "pan", "class": "pan"}
    rules = {"version": 1, "classes": {"pan": {"kind": "envelope", "key": "payments"}}, "rules": [pan]}
    name = f"any-length-{make.__name__}-{coding}"
    route = {"match": {"path": "/*"}, "upstream": "app", "content_codings": "plain"}
    gateway = world.gateway(
        name,
        routes=[{**route, "policy": world.write(f"{name}.policy.yaml", rules)}],
        upstreams={"app": {"url": stored.url}},
        limits={"body": "100GiB"},
    )
    header, block = make(random.Random(1))
    count = VOLUME // len(block) + 1
    pieces = gzipped(block, count) if coding else iter([header, *[block] * count] if header else [block] * count)
    began = time.monotonic()
    post_pieces(gateway, pieces, content_type, {"Content-Encoding": coding} if coding else {})
    took = time.monotonic() - began

    (request,) = stored.since(0, count=1)
    assert request.complete
    assert stored.tokens == count * block.count(b"\n")
    resident = gateway.process.peak_resident_bytes()
    length = count * len(block)
    print(f"{length:,} bytes at {length / took / 1e6:.0f} MB/s; at most {resident / MEBIBYTE:.1f} MiB were resident")
    assert resident < 64 * MEBIBYTE
    stored.close()


def test_64_long_bodies_at_once_in_constant_memory(world):
    stored = Stored()
    gateway = world.gateway(
        "long-bodies", policy(secret=("envelope", "payments", "$[*].secret")), upstreams={"app": {"url": stored.url}}
    )
    block = b'{"id": 1, "secret": "4111111111111111", "text": "' + b"x" * 4000 + b'"},\n'
    block *= MEBIBYTE // len(block)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        sent = [
            pool.submit(post_pieces, gateway, iter([b"[", *[block] * 32, b"{}]"]), "application/json") for _ in range(64)
        ]
        for one in sent:
            one.result()
    assert all(request.complete for request in stored.since(0, count=64))
    resident = gateway.process.peak_resident_bytes()
    print(f"64 bodies of {32 * len(block):,} bytes at once: at most {resident / MEBIBYTE:.1f} MiB were resident")
    # 64 MiB is the goal of the release build, which takes 58 here; the test profile takes some more.
    assert resident < 96 * MEBIBYTE
    stored.close()

"""`veilgate tokenize` on Parquet files that pyarrow writes, read again by pyarrow.

`tests/run` runs it, with the folder of the binary in VEILGATE_BIN_DIR. Every column that no rule takes must be equal in value, null and
type; every one that a rule takes must be text, null where it was null, and each token must
authenticate (a second run keeps all of them).
"""

import datetime
import decimal
import json
import os
import pathlib
import random
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

VEILGATE = str(pathlib.Path(os.environ["VEILGATE_BIN_DIR"]).resolve() / "veilgate")
ROWS = 5_000

RING = """
version: 1
keys:
  k: { versions: [ { version: 1, kms_key: "alias/k", public_key: k.pem } ] }
signers:
  edge: { versions: [ { version: 1, public_key: signer.pem } ] }
"""
GATEWAY = """
version: 1
listen: 127.0.0.1:0
keys: keys.yaml
edge_keys: [edge.key]
signer: { name: edge, version: 1, private_key: signer.key }
upstreams: { app: { url: "http://127.0.0.1:9" } }
routes: [ { name: lake, upstream: app, policy: policy.yaml } ]
"""


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    (folder / "keys.yaml").write_text(RING)
    (folder / "gateway.yaml").write_text(GATEWAY)
    (folder / "edge.key").write_text("0f" * 32)
    (folder / "k.pem").write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    signer = ec.generate_private_key(ec.SECP256R1())
    (folder / "signer.pem").write_bytes(pem(signer))
    private = signer.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "signer.key").write_bytes(private)
    return folder


def tokenize(folder, columns, source, output):
    rule = {"name": "all", "columns": columns, "class": "c"}
    policy = {"version": 1, "classes": {"c": {"kind": "envelope", "key": "k"}}, "rules": [rule]}
    (folder / "policy.yaml").write_text(json.dumps(policy))
    arguments = ["tokenize", "--config", "gateway.yaml", "--route", "lake", "--json"]
    ran = subprocess.run(
        [VEILGATE, *arguments, "--output", output, source], cwd=folder, capture_output=True
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


def some(random, make):
    return [None if random.random() < 0.2 else make() for _ in range(ROWS)]


def table():
    r = random.Random(7)
    utc = datetime.timezone.utc
    day = lambda: datetime.date(1900, 1, 1) + datetime.timedelta(days=r.randrange(80_000))
    instant = lambda: datetime.datetime(2020, 1, 1) + datetime.timedelta(microseconds=r.randrange(1 << 50))
    text = lambda: "".join(r.choice("aß€😀,\"\\ \n") for _ in range(r.randrange(20)))
    columns = {
        "text": pa.array(some(r, text)),
        "large": pa.array(some(r, text), pa.large_string()),
        "category": pa.array(some(r, lambda: r.choice("abc"))).dictionary_encode(),
        "binary": pa.array(some(r, lambda: r.randbytes(9)), pa.binary()),
        "boolean": pa.array(some(r, lambda: r.random() < 0.5)),
        "int8": pa.array(some(r, lambda: r.randrange(-128, 128)), pa.int8()),
        "uint32": pa.array(some(r, lambda: r.randrange(1 << 32)), pa.uint32()),
        "int64": pa.array(some(r, lambda: r.randrange(-(1 << 63), 1 << 63)), pa.int64()),
        "uint64": pa.array(some(r, lambda: r.randrange(1 << 64)), pa.uint64()),
        "float": pa.array(some(r, lambda: r.uniform(-1, 1)), pa.float32()),
        "double": pa.array(some(r, lambda: r.uniform(-1e300, 1e300)), pa.float64()),
        "decimal": pa.array(
            some(r, lambda: decimal.Decimal(r.randrange(-(10**20), 10**20)).scaleb(-3)), pa.decimal128(25, 3)
        ),
        "date": pa.array(some(r, day), pa.date32()),
        "time": pa.array(some(r, lambda: datetime.time(r.randrange(24), 5, 6, r.randrange(10**6))), pa.time64("us")),
        "local": pa.array(some(r, instant), pa.timestamp("us")),
        "utc": pa.array(some(r, lambda: instant().replace(tzinfo=utc)), pa.timestamp("ms", "UTC"), safe=False),
        "list": pa.array(some(r, lambda: [r.randrange(99) for _ in range(r.randrange(4))]), pa.list_(pa.int32())),
        "struct": pa.array(some(r, lambda: {"a": r.randrange(9), "b": {"c": text()}})),
        "people": pa.array(
            some(r, lambda: [{"name": text(), "age": r.randrange(99)} for _ in range(r.randrange(3))])
        ),
        "map": pa.array(some(r, lambda: [("k", text())]), pa.map_(pa.string(), pa.string())),
    }
    return pa.table(columns)


def is_token(text):
    return text is None or (text.startswith("~vg1.") and text.endswith("~"))


def check_rest(before, after, taken):
    for name in before.column_names:
        if name not in taken:
            # row groups have dictionaries of their own; without ARROW:schema there is only one text type
            plain = pa.string() if name in ("large", "category") else before[name].type
            assert after[name].cast(plain).equals(before[name].cast(plain)), name


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_nothing_else_changes(folder, codec, version):
    before = table()
    pq.write_table(
        before, folder / "a.parquet", compression=codec, data_page_version=version, row_group_size=1_700
    )
    summary = tokenize(folder, ["text"], "a.parquet", "out")
    after = pq.read_table(folder / "out/a.parquet")
    assert after.schema.equals(before.schema), "no type changed"
    check_rest(before, after, ["text"])
    assert all(map(is_token, after["text"].to_pylist()))
    nulls = before["text"].null_count
    assert after["text"].null_count == nulls
    assert summary["tokens"] == {"c": ROWS - nulls}
    assert pq.ParquetFile(folder / "out/a.parquet").num_row_groups == 3
    written = pq.ParquetFile(folder / "out/a.parquet").metadata.row_group(0).column(0).compression
    assert written.lower().replace("uncompressed", "none") == codec
    assert "~" in str(pq.ParquetFile(folder / "out/a.parquet").metadata.row_group(0).column(0).statistics.min)


def test_every_type_becomes_text(folder):
    before = table()
    pq.write_table(before, folder / "b.parquet")
    taken = [name for name in before.column_names if name not in ("binary", "int8", "list", "struct", "people", "map")]
    tokenize(folder, taken, "b.parquet", "out")
    after = pq.read_table(folder / "out/b.parquet")
    check_rest(before, after, taken)
    for name in taken:
        assert after[name].type in (pa.string(), pa.large_string()), name
        assert all(map(is_token, after[name].to_pylist())), name
        assert after[name].is_null().to_pylist() == before[name].is_null().to_pylist(), name
    again = tokenize(folder, taken, "out/b.parquet", "again")
    assert again["tokens"] == {}
    assert again["kept"] == sum(ROWS - before[name].null_count for name in taken)
    assert pq.read_table(folder / "again/b.parquet").equals(after)


def test_nested_columns(folder):
    before = table()
    pq.write_table(before, folder / "c.parquet")
    names = ["struct.b.c", "people.name", "list", "map.value"]
    tokenize(folder, names, "c.parquet", "out")
    after = pq.read_table(folder / "out/c.parquet")
    check_rest(before, after, ["struct", "people", "list", "map"])
    for old, new in zip(before["people"].to_pylist(), after["people"].to_pylist()):
        assert (old is None) == (new is None)
        for one, other in zip(old or [], new or [], strict=True):
            assert other["age"] == one["age"] and is_token(other["name"])
    for old, new in zip(before["struct"].to_pylist(), after["struct"].to_pylist()):
        assert (old is None) == (new is None)
        assert old is None or (new["a"] == old["a"] and is_token(new["b"]["c"]))
    for old, new in zip(before["list"].to_pylist(), after["list"].to_pylist()):
        assert (old is None) == (new is None)
        assert len(old or []) == len(new or []) and all(map(is_token, new or []))
    for old, new in zip(before["map"].to_pylist(), after["map"].to_pylist()):
        assert (old is None) == (new is None)
        assert [key for key, _ in old or []] == [key for key, _ in new or []]
        assert all(is_token(value) for _, value in new or [])

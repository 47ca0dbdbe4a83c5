"""Writes the first inputs of every target: python3 seeds.py FOLDER

They come from the scanners' own cases, from the policy library's examples, from docs/token-vectors.json
and, where it is there, from ../shared/vectors. Three bytes in front of each choose a policy and how the
rest is cut into chunks (tests/fuzz/checks/src/case.rs).
"""

import gzip
import hashlib
import json
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 4096


def strings(value):
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)


def library(media):
    """The bodies of the policy library's examples of a media type."""
    for path in sorted((ROOT / "policies/library/examples").rglob("*.json")):
        example = json.loads(path.read_text())
        if media in example["content_type"]:
            yield example["body"].encode()


def json_documents():
    vectors = next((each / "shared/vectors" for each in ROOT.parents if (each / "shared/vectors").is_dir()), None)
    if vectors:
        for path in sorted((vectors / "json-parsing/test_parsing").glob("*.json")):
            yield path.read_bytes()
    for name in ("values.json", "keys.json"):
        for case in json.loads((ROOT / "gateway/scan/tests/cases" / name).read_text()):
            yield case["input"].encode() if isinstance(case.get("input"), str) else json.dumps(case).encode()
    yield b'{"a":{"b":"x\\u00e9\\ud83d\\ude00"},"c":[{"d":1.5e-3},{"f":null}],"d":{"e":[1,[2]]}}'
    yield b'[{"a":[{"b":1},{"b":"4111 1111 1111 1111"}]},"\xc3\xa9",-0.0,true,[1,2]]'
    yield b'{"c":[{"d":1},{}],"e":[1,2,{"e":[3]}],"f":[0,1,5,11],"\\u0061":1,"a":2}'


def csv_documents():
    yield b'card,name,ssn,"a""b"\n4111111111111111,x,1,"q""r"\n"a,b",,"line\nbreak",y\n'
    yield b"card;x;y\r\n1;2;3\r\n;;\r\n"
    yield b"card|a\n1|2\n"
    yield b"card\tname\tz\n1\t2\t3\n"
    yield from library("csv")


def form_documents():
    yield b"card=4111&card_no=1%2B2&a%5Bb%5D=x+y&other=%C3%A9&=&card"
    yield b"c%61rd=1;card=2&mail=a%40example.com"
    yield from library("urlencoded")


def multipart_documents():
    for head, content in (
        (b"name=card", b"4111"),
        (b'name="a%22b"', b"x"),
        (b'name=f; filename="x.json"\r\ncontent-type: application/json', b'{"n": 7, "a": "t"}'),
        (b"name=f; filename=y\r\nContent-Type: text/csv; charset=utf-8", b"card,y,z\n1,2,3\n"),
        (b"name=f\r\ncontent-type: application/xml", b"<a><b>1</b></a>"),
        (b'name="p"; filename=p.png\r\ncontent-type: image/png\r\ncontent-transfer-encoding: binary', b"\x89PNG\r\n"),
    ):
        part = b"--B\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        yield part + b"--B--\r\n"
        yield part + part + b"--B--"


def xml_documents():
    for path in sorted((ROOT / "gateway/scan/tests/cases/xml").glob("*.json")):
        for text in strings(json.loads(path.read_text())):
            if "<" in text:
                yield text.encode()
    yield b"<?xml version='1.0' encoding='utf-8'?><a xmlns:c='urn:c'><b>1 &amp; 2<i>3</i><![CDATA[4<]]></b><c x='&#x41;'/><c:b c:x='1'>t</c:b></a>"
    yield from library("xml")


def texts():
    for path in sorted((ROOT / "gateway/detect/tests/cases").glob("*.json")):
        yield from (text.encode() for text in strings(json.loads(path.read_text())))
    yield b"staff EMP-123456 and 4111-1111-1111-1111"
    yield from library("text/")


def codings():
    """With their first byte: what is done, and with which coding or charset."""
    text = b'{"line": 1, "card": "4111111111111111"}\n' * 8
    for number, encoded in (
        (0, gzip.compress(text, mtime=0)),
        (0, gzip.compress(b"", mtime=0) + gzip.compress(text, mtime=0)),
        (1, zlib.compress(text)),
        (2, bytes.fromhex("0b028061626364 6503".replace(" ", ""))),
        (3, bytes.fromhex("28b52ffd2005290000" + "6162636465")),
    ):
        yield number << 2, encoded
    for number in range(6):
        yield number << 2 | 2, text
        yield number << 2 | 2, b"\0" * 4000
    for number, name in enumerate(("utf-8", "ascii", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252")):
        sample = "plain" if name == "ascii" else "caf\u00e9"
        yield number << 2 | 3, sample.encode(name)
    yield 2 << 2 | 3, "\ufeff\U0001f600x".encode("utf-16-be")


def tokens():
    """With their first byte: what is done, and with which framings."""
    for text in set(strings(json.loads((ROOT / "docs/token-vectors.json").read_text()))):
        if text.startswith(("~vg1.", "#01#")):
            for framings in range(4):
                yield framings << 2, b"x" + text.encode() + b"~vg1." + text[:40].encode()
                yield framings << 2 | 3, text.encode()
        elif len(text) % 2 == 0 and set(text) <= set("0123456789abcdef"):
            yield 2, bytes.fromhex(text)
    yield 0, b"~vg1.AAAA~vg1.AQ.BB~vg1.#01#QQ==#10#"
    yield 2, b"\x01\x03key\x00\x01"
    yield 2, b"\x02\x03key\x00\x01" + bytes(4 + 32) + b"\x01\x00" + bytes(256)
    yield 2, b"\x01c\x00\x00" + bytes(12 + 16 + 16)
    yield 2, b"\x01c\x00\x00" + bytes(256 + 16)
    yield 2, bytes(32) + b"\x01s\x00\x01" + bytes(64)


def each_policy(documents, policies):
    """A document under one policy after the other, and the shortest under all of them."""
    for number, document in enumerate(documents):
        for policy in range(policies) if len(document) < 200 and number % 8 == 0 else [number % policies]:
            yield policy, document


TARGETS = {
    "json": lambda: each_policy(json_documents(), 8),
    "json_lines": lambda: each_policy((b"\n".join([each, b" ", each]) for each in json_documents()), 8),
    "csv": lambda: each_policy(csv_documents(), 7),
    "form": lambda: each_policy(form_documents(), 6),
    "multipart": lambda: each_policy(multipart_documents(), 4),
    "xml": lambda: each_policy(xml_documents(), 5),
    "text": lambda: each_policy(texts(), 4),
    "codings": codings,
    "tokens": tokens,
}


def main(folder):
    for target, inputs in TARGETS.items():
        into = Path(folder) / target
        into.mkdir(parents=True, exist_ok=True)
        for policy, document in inputs():
            if len(document) <= LONGEST:
                digest = hashlib.sha1(document).digest()
                data = bytes([policy]) + digest[:2] + document
                (into / hashlib.sha1(data).hexdigest()).write_bytes(data)


main(sys.argv[1])

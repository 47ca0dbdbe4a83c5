"""Every format, coding and charset, through real processes: tokens at the upstream, the same bytes back."""

import csv
import gzip
import io
import re
import urllib.parse
import xml.etree.ElementTree
import zlib

import pytest
from faker import Faker

from harness.client import curl
from harness.corpora import people
from harness.tokens import TOKEN, tokens_in

PAN = "4111111111111111"
POLICY = {
    "version": 1,
    "classes": {
        "person": {"kind": "envelope", "key": "identity"},
        "pan": {"kind": "envelope", "key": "payments"},
    },
    "rules": [
        {
            "name": "names",
            "select": "$..name",
            "columns": ["name", "ssn"],
            "fields": ["name", "ssn"],
            "xpath": ["//name", "//person/@ssn"],
            "query": "name",
            "class": "person",
        },
        {"name": "cards", "detect": "payment-card", "class": "pan"},
    ],
    "form": {"other_parts": "pass"},
}


@pytest.fixture(scope="module")
def gateway(world):
    return world.gateway("formats", POLICY)


@pytest.fixture(scope="module")
def detokenize(world):
    return world.detokenize("formats-detokenize")


@pytest.fixture
def send(world, upstream, gateway):
    """What the upstream received of a body."""

    def send(body, content_type, *, headers=(), path="/", options=()):
        mark = upstream.mark()
        answer = curl(gateway.url + path, body, content_type=content_type, headers=headers, options=options)
        assert answer.status == 200, answer.body
        received = upstream.only(mark)
        assert received.complete
        return received

    return send


def reveal(world, detokenize, body):
    """Values back in a body of any text format, as plain text: each token alone becomes its value."""
    answer = curl(
        f"{detokenize.url}/v1/detokenize",
        body,
        content_type="text/plain",
        headers=[f"Authorization: Bearer {world.token('analyst')}"],
    )
    assert answer.status == 200, answer.body[:300]
    return answer.body


def rows(count):
    return [(person["name"], person["ssn"], person["notes"], PAN) for person in people(count)]


def as_csv(table, **dialect):
    out = io.StringIO()
    writer = csv.writer(out, **dialect)
    writer.writerow(["id", "name", "ssn", "notes", "free text"])
    for number, (name, ssn, notes, pan) in enumerate(table):
        writer.writerow([number, name, ssn, f'{notes}, "quoted"', f"paid with {pan}, thanks"])
    return out.getvalue()


@pytest.mark.parametrize("count", [1, 50, 20_000])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_csv(world, detokenize, send, count, quoting):
    table = rows(min(count, 500))
    text = as_csv(table * (count // len(table)), quoting=quoting)
    received = send(text.encode(), "text/csv").body
    assert len(tokens_in(received)) == 3 * count
    read = list(csv.reader(io.StringIO(received.decode())))
    sent = list(csv.reader(io.StringIO(text)))
    for row, original in zip(read, sent):
        if original[0] == "id":
            assert row == original
            continue
        assert TOKEN.fullmatch(row[1].encode()) and TOKEN.fullmatch(row[2].encode())
        assert row[0::3] == original[0::3]
        assert re.fullmatch(r"paid with ~vg1\.[^ ]+~, thanks", row[4])
    assert PAN.encode() not in received
    if count == 50:
        assert reveal(world, detokenize, received) == text.encode()


def test_tsv(send):
    received = send(b"name\tx\tssn\nAda\tb,c\t\n", "text/tab-separated-values").body
    assert re.fullmatch(rb"name\tx\tssn\n~vg1\.[^\t]+~\tb,c\t\n", received)


def test_form_and_query(send, detokenize, world):
    fields = [("name", "Ada & Eve"), ("b", "é+ "), ("name", "=x"), ("note", f"card {PAN}.")]
    body = urllib.parse.urlencode(fields).encode()
    received = send(body, "application/x-www-form-urlencoded", path="/f?name=Ada%20L&x=%41")
    read = urllib.parse.parse_qsl(received.body.decode())
    assert [name for name, _ in read] == [name for name, _ in fields]
    assert read[1] == fields[1]
    assert all(TOKEN.fullmatch(read[place][1].encode()) for place in (0, 2))
    assert re.fullmatch(r"card ~vg1\.[^ ]+~\.", read[3][1])
    assert re.fullmatch(r"/f\?name=~vg1\.[^&]+~&x=%41", received.target)


def test_multipart(send, tmp_path):
    """As curl makes it: fields, a CSV file and an image."""
    (tmp_path / "people.csv").write_text("name,ssn\nAda,\n")
    (tmp_path / "image.png").write_bytes(bytes(range(256)) + PAN.encode())
    parts = [
        "-F", "name=Ada",
        "-F", f"note=card {PAN}",
        "-F", f"file=@{tmp_path}/people.csv;type=text/csv",
        "-F", f"image=@{tmp_path}/image.png;type=image/png",
    ]
    received = send(None, None, options=parts).body
    assert len(tokens_in(received)) == 3
    assert bytes(range(256)) + PAN.encode() in received
    assert b"Ada" not in TOKEN.sub(b"", received)
    assert re.search(rb"name,ssn\n~vg1\.[^,]+~,\n", received)


def test_xml(world, detokenize, send):
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- people -->\n<p:people xmlns:p="urn:p">'
        '<p:person ssn=\'536-90-4399\'  id="1"><name>Ada &amp; <b>Eve</b></name><n/>'
        f"<note><![CDATA[card {PAN}]]></note></p:person></p:people>\n"
    )
    received = send(text.encode(), "application/xml").body
    assert len(tokens_in(received)) == 4
    person = xml.etree.ElementTree.fromstring(received)[0]
    assert TOKEN.fullmatch(person.get("ssn").encode()) and person.get("id") == "1"
    assert TOKEN.fullmatch(person.find("name/b").text.encode())
    assert re.fullmatch(r"card ~vg1\.[^ ]+~", person.find("note").text)
    shape = TOKEN.sub(b"T", received)
    expected = text.replace("536-90-4399", "T").replace("Ada &amp; ", "T").replace("Eve", "T").replace(PAN, "T")
    assert shape == expected.encode()


def test_free_text_in_ten_languages(world, detokenize, send):
    locales = ["en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "ja_JP", "pt_BR", "pl_PL", "sv_SE", "nl_NL"]
    sentences = []
    for locale in locales:
        fake = Faker(locale)
        Faker.seed(7)
        sentences += [f"{fake.text(120)} {fake.name()} {PAN[:4]} {PAN[4:8]} {PAN[8:12]} {PAN[12:]}." for _ in range(20)]
    text = "\n".join(sentences).encode()
    received = send(text, "text/plain; charset=utf-8").body
    assert len(tokens_in(received)) == 200
    assert reveal(world, detokenize, received) == text


@pytest.mark.parametrize(
    "coding, encode, decode",
    [
        ("gzip", gzip.compress, gzip.decompress),
        ("deflate", zlib.compress, zlib.decompress),
        ("gzip, deflate", lambda body: zlib.compress(gzip.compress(body)), lambda body: gzip.decompress(zlib.decompress(body))),
    ],
)
@pytest.mark.parametrize("count", [3, 3000])
def test_content_codings(send, coding, encode, decode, count):
    text = as_csv((rows(100) * 30)[:count])
    received = send(encode(text.encode()), "text/csv", headers=[f"Content-Encoding: {coding}"])
    assert received.header("content-encoding") == coding
    plain = decode(received.body)
    assert len(tokens_in(plain)) == 3 * count
    assert PAN.encode() not in plain


@pytest.mark.parametrize("charset, codec", [("utf-16", "utf-16"), ("utf-16be", "utf-16-be"), ("iso-8859-1", "latin-1"), ("windows-1252", "cp1252")])
def test_charsets(send, charset, codec):
    text = f'{{"name": "Ada", "text": "Zoë paid {PAN} – thanks"}}'.replace("–", "-" if codec == "latin-1" else "–")
    received = send(text.encode(codec), f"application/json; charset={charset}").body.decode(codec)
    assert TOKEN.sub(b"T", received.encode()).decode() == text.replace("Ada", "T").replace(PAN, "T")


@pytest.mark.parametrize("charset, codec", [("utf-16", "utf-16"), ("iso-8859-1", "latin-1"), ("windows-1252", "cp1252")])
def test_xml_names_its_charset_itself(send, charset, codec):
    text = f'<?xml version="1.0" encoding="{charset.upper()}"?><p><name>Zoë</name>é<card>{PAN}</card></p>'
    received = send(text.encode(codec), f"application/xml; charset={charset}").body
    assert TOKEN.sub(b"T", received.decode(codec).encode()).decode() == text.replace(PAN, "T").replace("Zoë", "T")
    xml.etree.ElementTree.fromstring(received)


@pytest.mark.parametrize(
    "body, content_type, headers, status, code",
    [
        ('<?xml version="1.0" encoding="utf-8"?><p>ë</p>'.encode("latin-1"), "text/xml; charset=latin1", (), 400, "xml-encoding"),
        (b'<?xml version="1.0" encoding="latin1"?><p/>', "application/xml", (), 400, "xml-encoding"),
        (b'name,ssn\n"a', "text/csv", (), 400, "csv-unbalanced-quote"),
        (b"name,ssn\n1\n", "text/csv", (), 400, "csv-row-width"),
        (b"name\rb\n", "text/csv", (), 400, "csv-bare-carriage-return"),
        (b"a,b\n1,2\n", "text/csv", (), 400, "csv-missing-column"),
        (b"name,\xff\nssn,x", "text/csv", (), 400, "charset-invalid"),
        (b"name,\xc0\xafx\n", "text/csv", (), 400, "charset-invalid"),
        (b"\xff\xfea\0", "text/plain", (), 400, "charset-invalid"),
        (b"a=1;b", "application/x-www-form-urlencoded", (), 400, "form-ambiguous-separator"),
        (b"x", "multipart/form-data", (), 400, "multipart-no-boundary"),
        (b"x", "multipart/form-data; boundary=b", (), 400, "multipart-preamble"),
        (b"<a><b></a>", "application/xml", (), 400, "xml-tag-mismatch"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "text/xml", (), 400, "xml-doctype"),
        (b"<a>&x;</a>", "text/xml", (), 400, "xml-unknown-entity"),
        (gzip.compress(b"[1]")[:-5], "application/json", ("Content-Encoding: gzip",), 400, "coding-truncated"),
        (gzip.compress(b"[1]") + b"x", "application/json", ("Content-Encoding: gzip",), 400, "coding-trailing-data"),
        (b"[1]", "application/json", ("Content-Encoding: gzip",), 400, "coding-corrupt"),
        (gzip.compress(b" " * (64 << 20)), "text/plain", ("Content-Encoding: gzip",), 413, "coding-expands-too-much"),
        (b"x", "image/png", (), 415, "unsupported-content-type"),
        (b"x", "text/plain; charset=utf-7", (), 415, "unsupported-charset"),
        (b"x", "text/plain", ("Content-Encoding: compress",), 415, "unsupported-content-coding"),
    ],
)
def test_what_is_refused(upstream, gateway, body, content_type, headers, status, code):
    mark = upstream.mark()
    answer = curl(gateway.url, body, content_type=content_type, headers=headers)
    problem = answer.problem()
    assert (answer.status, problem["code"]) == (status, code)
    if status == 400:
        assert 0 <= problem["offset"] <= len(body)
    assert not [seen for seen in upstream.since(mark) if seen.complete]

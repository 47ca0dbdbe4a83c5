"""Content codings and charsets beside other implementations: Python's zlib, gzip and codecs, Google's
brotli, Meta's zstd. Needs `cargo build -p coding --example recode`, its folder in VEILGATE_EXAMPLES_DIR,
and the packages brotli and zstandard."""

import gzip
import os
import random
import resource
import subprocess
import zlib
from pathlib import Path

import pytest

brotli = pytest.importorskip("brotli")
zstandard = pytest.importorskip("zstandard")

EXAMPLES = Path(os.environ["VEILGATE_EXAMPLES_DIR"])


def recode(arguments, data, chunk=65536, **options):
    environment = {"RECODE_CHUNK": str(chunk)}
    command = [EXAMPLES / "recode", *arguments]
    return subprocess.run(command, input=data, capture_output=True, env=environment, **options)


def good(arguments, data, **options):
    done = recode(arguments, data, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(arguments, data, **options):
    done = recode(arguments, data, **options)
    assert done.returncode == 1
    return done.stderr.decode().split()[0]


def unzstd(data):
    decompressor = zstandard.ZstdDecompressor(max_window_size=8 << 20)
    return decompressor.stream_reader(data, read_across_frames=True).read()


def zstd(level=3, window_log=0, **options):
    parameters = zstandard.ZstdCompressionParameters.from_level(level, window_log=window_log, **options)
    return zstandard.ZstdCompressor(compression_params=parameters).compress


def with_name(data):
    """gzip as `gzip FILE` makes it, with a name and a time in its header."""
    header = b"\x1f\x8b\x08\x08\x01\x02\x03\x04\x00\x03a file.json\0"
    return header + gzip.compress(data)[10:]


ENCODERS = {
    "gzip": [with_name] + [lambda data, level=level: gzip.compress(data, level) for level in (0, 1, 6, 9)],
    "deflate": [lambda data, level=level: zlib.compress(data, level) for level in (0, 1, 6, 9)],
    "br": [
        *(lambda data, q=q: brotli.compress(data, quality=q) for q in (0, 1, 4, 5, 9, 11)),
        *(lambda data, w=w: brotli.compress(data, quality=4, lgwin=w) for w in (10, 16, 24)),
    ],
    "zstd": [
        *(zstd(level) for level in (-5, 1, 3, 9, 19)),
        zstd(window_log=23),
        zstd(write_checksum=True),
        zstd(write_content_size=False, write_checksum=True),
    ],
}
DECODERS = {"gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress, "zstd": unzstd}
CODINGS = list(ENCODERS)

chance = random.Random(7)
TEXTS = {
    "empty": b"",
    "one": b"x",
    "json": b'{"card":"4111111111111111"}\n' * 20_000,
    "noise": chance.randbytes(300_000),
    "mixed": b"".join(chance.randbytes(chance.randrange(500)) + b"ab" * chance.randrange(900) for _ in range(200)),
    "words": " ".join(chance.choice(["the", "of", "token", "é", "账号"]) for _ in range(60_000)).encode(),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("coding", CODINGS)
def test_reads_what_others_write(coding, name):
    for encode in ENCODERS[coding]:
        encoded = encode(TEXTS[name])
        for chunk in (65536, 1021):
            assert good(["decode", coding], encoded, chunk=chunk) == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("coding", CODINGS)
def test_others_read_what_it_writes(coding, name):
    for chunk in (65536, 1021):
        assert DECODERS[coding](good(["encode", coding], TEXTS[name], chunk=chunk)) == TEXTS[name]


@pytest.mark.parametrize("first", CODINGS)
@pytest.mark.parametrize("second", CODINGS)
def test_chains_are_in_the_headers_order(first, second):
    text = TEXTS["words"]
    both = f"{first},{second}"
    assert good(["decode", both], ENCODERS[second][1](ENCODERS[first][1](text))) == text
    assert DECODERS[first](DECODERS[second](good(["encode", both], text))) == text


def test_members_and_frames():
    parts = [b"one", b"", TEXTS["json"]]
    for coding, encode in [("gzip", gzip.compress), ("zstd", zstd())]:
        assert good(["decode", coding], b"".join(map(encode, parts)), chunk=1021) == b"".join(parts)


def test_refused():
    text = TEXTS["json"]
    raw = zlib.compressobj(wbits=-15)
    assert refusal(["decode", "deflate"], raw.compress(text) + raw.flush()) == "coding-corrupt"
    dictionary = zlib.compressobj(zdict=b"card")
    assert refusal(["decode", "deflate"], dictionary.compress(text) + dictionary.flush()) == "coding-corrupt"
    # as a stream: a compressor that knows how short its text is takes a smaller window
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=26)
    wide = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert refusal(["decode", "zstd"], wide.compress(text) + wide.flush()) == "coding-corrupt"
    for coding in CODINGS:
        encoded = ENCODERS[coding][1](text)
        assert refusal(["decode", coding], encoded[:-1]) == "coding-truncated"
        assert refusal(["decode", coding], encoded + b"\0") == "coding-trailing-data"


def bomb(coding, gib=10):
    """GiBs of zeros in a few MiB at most: what the encoders write for each MiB of them, many times."""
    mib = bytes(1 << 20)
    if coding == "zstd":  # RFC 8878: blocks of 128 KiB as runs of one byte
        runs = bytes([2, 0, 0x10, 0]) * (gib * 8192 - 1) + bytes([3, 0, 0x10, 0])
        return bytes([0x28, 0xB5, 0x2F, 0xFD, 0, 0x58]) + runs
    if coding == "br":
        encoder = brotli.Compressor(quality=5)
        steps = [encoder.process(mib) + encoder.flush() for _ in range(20)]
        assert steps[18] == steps[19]
        return b"".join(steps) + steps[19] * (gib * 1024 - 20) + encoder.finish()
    encoder = zlib.compressobj(6, wbits=31)
    steps = [encoder.compress(mib) + encoder.flush(zlib.Z_FULL_FLUSH) for _ in range(3)]
    assert steps[1] == steps[2]
    return steps[0] + steps[1] * (gib * 1024 - 1)  # without its end: the limit comes first


def little_memory():
    most = 256 << 20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_bombs_stop_at_the_limits(coding):
    data = bomb(coding)
    for limits, code in [
        ((str(1 << 30), str(2**32 - 1)), "coding-too-large"),
        ((str(2**64 - 1), "200"), "coding-expands-too-much"),
    ]:
        assert refusal(["count", coding, *limits], data, preexec_fn=little_memory) == code


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_what_the_limits_allow_takes_little_memory(coding):
    counted = good(["count", coding], bomb(coding, gib=1), preexec_fn=little_memory)
    assert int(counted) == 1 << 30


CHARSETS = {
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}


@pytest.mark.parametrize("label", CHARSETS)
def test_charsets_are_pythons(label):
    letters = {"iso-8859-1": "aé\xff\x80~", "windows-1252": "a€éŸ™~"}.get(label, "aé€𝄞\0\uffff字")
    for length, chunk in [(0, 7), (1, 7), (7, 3), (1000, 7), (100_000, 1021)]:
        # after an ASCII letter nothing is a byte order mark
        text = "x" + "".join(chance.choice(letters) for _ in range(length))
        encoded = text.encode(CHARSETS[label])
        assert good(["to-utf8", label], encoded, chunk=chunk).decode() == text
        assert good(["pass", label], encoded, chunk=chunk) == encoded


@pytest.mark.parametrize("label", CHARSETS)
def test_refuses_what_python_refuses(label):
    seen = {True: 0, False: 0}
    for _ in range(150):
        data = {"utf-16le": b"x\0", "utf-16be": b"\0x"}.get(label, b"x")
        data += bytes(chance.choice(b"abc\0\x80\x8d\xc3\xa9\xd8\xdc\xff") for _ in range(chance.randrange(6)))
        try:
            wanted = data.decode(CHARSETS[label])
        except UnicodeDecodeError:
            assert refusal(["to-utf8", label], data, chunk=3) in ("charset-invalid", "charset-truncated")
            seen[False] += 1
        else:
            assert good(["to-utf8", label], data, chunk=3).decode() == wanted
            seen[True] += 1
    assert seen[True] and (seen[False] or label == "iso-8859-1")


def test_utf16_keeps_its_mark():
    for mark, codec in [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]:
        encoded = mark + "aé€𝄞".encode(codec)
        assert good(["to-utf8", "utf-16"], encoded, chunk=1).decode() == encoded.decode("utf-16")
        assert good(["pass", "utf-16"], encoded, chunk=1) == encoded
        assert good(["pass", "utf-16"], mark) == mark
    assert refusal(["to-utf8", "utf-16"], "a".encode("utf-16-le")) == "charset-no-byte-order-mark"

"""What a token looks like, and the oracle for 'tokens in the right places, every other byte as it was'."""

import json
import re

from harness.corpora import as_json

TOKEN = re.compile(rb"~vg1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~")
QUOTED = re.compile(rb'"~vg1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~"')
ORIGINAL = re.compile(rb'"#01#[A-Za-z0-9+/]+={0,2}#10#"')


def selected(document, keys):
    """The values under these keys in the document's order, as spelled; not within one another, and no nulls."""
    found = []
    if isinstance(document, dict):
        for key, value in document.items():
            if key in keys and value is not None:
                found.append(as_json(value))
            else:
                found += selected(value, keys)
    elif isinstance(document, list):
        for value in document:
            found += selected(value, keys)
    return found


def put_back(body, spelled, pattern=QUOTED):
    """The body with its tokens, in order, replaced by these spellings. Fails when their numbers differ."""
    pieces = pattern.split(body)
    assert len(pieces) - 1 == len(spelled), f"{len(pieces) - 1} tokens for {len(spelled)} values"
    whole = [pieces[0]]
    for value, piece in zip(spelled, pieces[1:]):
        whole += [value, piece]
    return b"".join(whole)


def tokens_in(body):
    return [token.decode() for token in TOKEN.findall(body)]


def strings_of(spelled):
    """The values as a leak would show them: strings without their quotes, anything else as spelled."""
    for value in spelled:
        parsed = json.loads(value)
        yield parsed if isinstance(parsed, str) else value.decode()

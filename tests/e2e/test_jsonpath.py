"""The compliance suite of RFC 9535, end to end: the outermost of nested matches become tokens."""

import json

import pytest

from harness.client import curl
from harness.corpora import as_json, vectors
from harness.json_paths import MARK, outermost, steps, with_marks
from harness.tokens import QUOTED
from test_round_trip import reveal


def cases():
    """Every valid selector of the suite with a document; each gets a route of its own."""
    suite = json.loads(vectors("jsonpath", "cts.json").read_text())["tests"]
    return [case for case in suite if not case.get("invalid_selector")]


def possible_paths(case):
    """Where RFC 9535 leaves the order open, the suite lists several results: the nodes are the same."""
    paths = case.get("result_paths") or next(iter(case.get("results_paths", [])), [])
    return {steps(path) for path in paths}


@pytest.fixture(scope="module")
def gateway(world):
    routes = []
    for number, case in enumerate(cases()):
        policy = {
            "version": 1,
            "classes": {"it": {"kind": "envelope", "key": "payments"}},
            "rules": [{"select": case["selector"], "class": "it", "null": "tokenize"}],
        }
        name = world.write(f"jsonpath.{number}.policy.yaml", policy)
        routes.append({"match": {"path": f"/case/{number}"}, "upstream": "app", "policy": name})
    return world.gateway("jsonpath", routes=routes)


@pytest.fixture(scope="module")
def forwarded(world, gateway):
    """What the upstream received for each case."""
    bodies = []
    for number, case in enumerate(cases()):
        mark = world.upstream.mark()
        answer = curl(f"{gateway.url}/case/{number}", as_json(case["document"]))
        assert answer.status == 200, (case["name"], case["selector"], answer.body)
        bodies.append(world.upstream.only(mark).body)
    return bodies


def test_the_right_nodes_become_tokens_and_every_other_byte_stays(forwarded):
    wrong = []
    for case, body in zip(cases(), forwarded, strict=True):
        marked = as_json(with_marks(case["document"], outermost(possible_paths(case))))
        if QUOTED.sub(as_json(MARK), body) != marked:
            wrong.append((case["name"], case["selector"], body.decode()[:200]))
    assert not wrong, f"{len(wrong)} of {len(forwarded)}: {wrong[:5]}"


def test_the_suite_is_large_and_nested_matches_are_in_it():
    nested = [case for case in cases() if outermost(possible_paths(case)) != possible_paths(case)]
    assert len(cases()) > 400 and len(nested) >= 3


def test_what_became_tokens_is_revealed_as_it_was(world, forwarded):
    detokenize = world.detokenize("jsonpath-detokenize")
    revealed = reveal(detokenize, world.token(), b"\n".join(forwarded), "application/x-ndjson")
    for case, line in zip(cases(), revealed.split(b"\n"), strict=True):
        assert json.loads(line) == case["document"], (case["name"], line[:300])


def test_an_invalid_selector_stops_the_gateway_at_the_start(world):
    policy = {
        "version": 1,
        "classes": {"it": {"kind": "envelope", "key": "payments"}},
        "rules": [{"select": "$..[", "class": "it"}],
    }
    world.write("invalid-selector.policy.yaml", policy)
    with pytest.raises(RuntimeError, match="VG"):
        world.gateway("invalid-selector", policy)

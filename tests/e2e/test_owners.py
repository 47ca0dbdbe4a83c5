"""Tenants and subjects that each record of a body names, with real processes."""

import csv
import datetime
import io
import json
import re
import subprocess

import pytest
import requests

from harness.client import curl
from harness.kms import arn
from harness.process import binary
from test_kinds import gateway_environment, ring_with

POLICY = {
    "version": 1,
    "tenant": "hospital",
    "records": {"select": "$.patients[*]", "xpath": "//patient", "max_bytes": "4KiB"},
    "classes": {
        "open": {"kind": "keep"},
        "id": {"kind": "siv", "key": "visits"},
        "visit": {"kind": "date", "key": "visits"},
        "name": {"kind": "envelope", "key": "payments"},
    },
    "rules": [
        {"name": "hospital", "class": "open", "select": "$..hospital", "columns": "hospital", "xpath": "//@hospital"},
        {"name": "patient", "class": "id", "select": "$..mrn", "columns": "mrn", "xpath": "//mrn"},
        {"name": "visits", "class": "visit", "subject": "patient", "select": "$..visits[*].date",
         "columns": ["from", "to"], "xpath": "//visit/@date"},
        {"name": "names", "class": "name", "select": "$..name", "xpath": "//name"},
    ],
    "csv": {"missing_columns": "pass"},
}
# a patient of two hospitals, and one with the same dates
PATIENTS = [
    {"visits": [{"date": "2026-03-01"}, {"date": "2026-03-15"}], "name": "Ada Lovelace", "mrn": "MRN-1", "hospital": "north"},
    {"hospital": "south", "mrn": "MRN-1", "name": "Ada Lovelace", "visits": [{"date": "2026-03-01"}, {"date": "2026-03-15"}]},
    {"mrn": "MRN-2", "visits": [{"date": "2026-03-01"}], "hospital": "north", "name": "Grace Hopper"},
    {"name": "Ada Lovelace", "hospital": "north", "mrn": "MRN-1", "visits": [{"date": "2026-12-24"}]},
]


@pytest.fixture(scope="module")
def ring(world):
    return ring_with(world, "visits", "owners.keys.yaml")


@pytest.fixture(scope="module")
def services(world, ring):
    world.allow("payments", arn("role", "analyst"))
    policy = world.write("owners.policy.yaml", POLICY)
    gateway = world.gateway("owners", keys=ring, environment=gateway_environment(world),
                            routes=[{"match": {"path": "/*"}, "upstream": "app", "policy": policy}])
    return gateway, world.detokenize("owners-detokenize", keys=ring)


@pytest.fixture(scope="module", autouse=True)
def secrets(world):
    world.keep_secret("Ada Lovelace", "Grace Hopper")


def through(world, gateway, body, content_type="application/json"):
    mark = world.upstream.mark()
    answer = curl(gateway.url, body, content_type=content_type)
    assert answer.status == 200, answer.body
    return world.upstream.only(mark).body


def reveal(world, detokenize, body, role="analyst"):
    answer = requests.post(
        f"{detokenize.url}/v1/detokenize", data=body, timeout=30,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {world.token(role)}"},
    )
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


def day(text):
    return datetime.date.fromisoformat(text)


def test_each_record_is_its_own_tenants_and_its_subjects_dates_keep_their_intervals(world, services):
    gateway, detokenize = services
    north, south, other, again = json.loads(
        through(world, gateway, json.dumps({"n": 4, "patients": PATIENTS}).encode())
    )["patients"]
    assert [each["hospital"] for each in (north, south, other, again)] == ["north", "south", "north", "north"]
    # the same patient joins within a hospital and not across
    assert north["mrn"] == again["mrn"] != south["mrn"] and other["mrn"] not in (north["mrn"], south["mrn"])
    dates = [[day(visit["date"]) for visit in each["visits"]] for each in (north, south, other, again)]
    first = day("2026-03-01")
    moved = [dates[0][0] - first, dates[1][0] - first, dates[2][0] - first]
    assert dates[0][1] - dates[0][0] == dates[1][1] - dates[1][0] == datetime.timedelta(days=14)
    assert dates[3][0] - dates[0][0] == day("2026-12-24") - first
    assert all(0 < abs(by.days) <= 365 for by in moved) and len(set(moved)) == 3, moved
    # tokens describe their tenant, so all open, and the dates stay moved
    revealed = reveal(world, detokenize, json.dumps([north, south, other]).encode())
    assert [(each["mrn"], each["name"]) for each in revealed] == [
        ("MRN-1", "Ada Lovelace"), ("MRN-1", "Ada Lovelace"), ("MRN-2", "Grace Hopper"),
    ]


def test_lines_rows_and_elements_say_the_same(world, services):
    gateway, _ = services
    lines = "".join(json.dumps(each) + "\n" for each in PATIENTS)
    lines = through(world, gateway, lines.encode(), "application/x-ndjson").decode().splitlines()
    lines = [json.loads(line) for line in lines]
    rows = "from,mrn,hospital,to\r\n" + "".join(
        f"{each['visits'][0]['date']},{each['mrn']},{each['hospital']},{each['visits'][-1]['date']}\r\n" for each in PATIENTS
    )
    rows = csv.DictReader(io.StringIO(through(world, gateway, rows.encode(), "text/csv").decode()))
    elements = "<all>" + "".join(
        "<patient>" + "".join(f"<visit date='{visit['date']}'/>" for visit in each["visits"])
        + f"<mrn>{each['mrn']}</mrn><at hospital='{each['hospital']}'/></patient>" for each in PATIENTS
    ) + "</all>"
    elements = through(world, gateway, elements.encode(), "application/xml").decode()
    elements = re.findall(r"<patient>(.*?)</patient>", elements)
    for line, row, element in zip(lines, rows, elements, strict=True):
        dates = [visit["date"] for visit in line["visits"]]
        assert (row["mrn"], row["from"], row["to"]) == (line["mrn"], dates[0], dates[-1])
        assert re.findall(r"date='([^']*)'", element) == dates
        assert re.search(r"<mrn>(.*)</mrn>", element)[1] == line["mrn"]


@pytest.mark.parametrize(
    "content_type, body, status, code, offset",
    [
        ("application/json", b'{"patients": [{"mrn": "1", "hospital": "n"}, {"mrn": "2"}]}', 400, "no-tenant", 53),
        ("application/json", b'{"mrn": "1", "hospital": "not one"}', 400, "no-tenant", 25),
        ("application/x-ndjson", b'{"hospital": "n"}\n{"mrn": "1"}\n', 400, "no-tenant", 26),
        ("text/csv", b"mrn,hospital\n1,n\n2,\n", 400, "no-tenant", 17),
        ("application/xml", b"<a hospital='n'><patient><mrn>1</mrn></patient></a>", 400, "no-tenant", 30),
        ("application/json", b'{"hospital": "n", "b": {"hospital": "s"}}', 422, "ambiguous-owner", 36),
        ("application/json", b'{"hospital": "n", "mrn": "1", "b": {"mrn": "2"}}', 422, "ambiguous-owner", 43),
        ("application/json", b'{"mrn": "1", "x": "' + b"x" * 5000 + b'", "hospital": "n"}', 413, "owner-too-far", 8),
        ("application/json", b'{"hospital": "n", "visits": [{"date": "2026-01-01"}]}', 422, "value-unfit", None),
    ],
)
def test_what_does_not_say_whose_it_is_goes_nowhere(world, services, content_type, body, status, code, offset):
    gateway, _ = services
    mark = world.upstream.mark()
    answer = curl(gateway.url, body, content_type=content_type)
    problem = answer.problem()
    assert (answer.status, problem["code"], problem.get("offset")) == (status, code, offset), problem
    assert not world.upstream.since(mark)


def test_a_large_file_is_as_in_the_gateway_whatever_the_threads(world, services, ring):
    gateway, _ = services
    world.write("owners-files.yaml", json.loads(json.dumps({
        "version": 1, "listen": "127.0.0.1:0", "keys": ring, "edge_keys": ["edge.key"],
        "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
        "upstreams": {"app": {"url": world.upstream.url}},
        "routes": [{"upstream": "app", "policy": "owners.policy.yaml"}],
    })))
    rows = ["from,mrn,x,hospital\n"]
    rows += [f"2026-{1 + n % 12:02}-{1 + n % 28:02},MRN-{n % 97},{'x' * (n % 50)},h{n % 13}\n" for n in range(20_000)]
    body = "".join(rows).encode()
    expected = through(world, gateway, body, "text/csv")
    assert len(set(row.split(",")[1] for row in expected.decode().splitlines()[1:])) == 97 * 13
    command = [binary("veilgate"), "tokenize", "--config", "owners-files.yaml", "--policy", "owners.policy.yaml",
               "--content-type", "text/csv"]
    for jobs in ("1", "2", "4"):
        done = subprocess.run([*command, "--jobs", jobs], cwd=world.folder, input=body, capture_output=True, check=False,
                              env=gateway_environment(world))
        assert done.returncode == 0, done.stderr
        assert done.stdout == expected, jobs
    done = subprocess.run([*command, "--tenant", "north"], cwd=world.folder, input=body, capture_output=True, check=False,
                          env=gateway_environment(world))
    assert done.returncode != 0 and b"leave `--tenant` out" in done.stderr


def test_a_route_does_not_say_the_tenant_as_well(world, services):
    for name, route in {
        "both": {"policy": "owners.policy.yaml", "tenant": {"name": "acme"}},
        "answers": {"policy": "owners.policy.yaml", "responses": {"policy": "owners-plain.policy.yaml"}},
    }.items():
        world.write("owners-plain.policy.yaml", {
            "version": 1, "classes": {"gone": {"kind": "redact"}}, "rules": [{"select": "$.a", "class": "gone"}],
        })
        config = world.write(f"owners-{name}.yaml", {
            "version": 1, "listen": "127.0.0.1:0", "keys": "owners.keys.yaml", "edge_keys": ["edge.key"],
            "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
            "upstreams": {"app": {"url": world.upstream.url}},
            "routes": [{"match": {"path": "/*"}, "upstream": "app", **route}],
        })
        done = subprocess.run([binary("veilgate-gateway"), "--config", config], cwd=world.folder, capture_output=True,
                              check=False, env=gateway_environment(world), timeout=30)
        assert done.returncode != 0 and b"VG0304" in done.stderr and b"takes the tenant from records" in done.stderr

"""Tenants and subjects that each record of a body names, with real processes."""

import csv
import datetime
import io
import json
import random
import re
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
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
        "card": {"kind": "fpe", "key": "visits", "alphabet": "digits", "keep_last": 4, "min_length": 12},
    },
    "rules": [
        {"name": "hospital", "class": "open", "select": "$..hospital", "columns": "hospital", "xpath": "//@hospital"},
        {"name": "patient", "class": "id", "select": "$..mrn", "columns": "mrn", "xpath": "//mrn"},
        {"name": "visits", "class": "visit", "subject": "patient", "select": "$..visits[*].date",
         "columns": ["from", "to", "visits.date"], "xpath": "//visit/@date"},
        {"name": "names", "class": "name", "select": "$..name", "xpath": "//name"},
        {"name": "cards", "class": "card", "select": "$..card", "columns": "card", "xpath": "//card"},
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
    return gateway, world.detokenize("owners-detokenize", keys=ring, policies={"all": policy})


@pytest.fixture(scope="module", autouse=True)
def secrets(world):
    world.keep_secret("Ada Lovelace", "Grace Hopper")


def through(world, gateway, body, content_type="application/json"):
    mark = world.upstream.mark()
    answer = curl(gateway.url, body, content_type=content_type)
    assert answer.status == 200, answer.body
    return world.upstream.only(mark).body


def reveal(world, detokenize, body, content_type="application/json", **options):
    answer = requests.post(
        f"{detokenize.url}/v1/detokenize", data=body, timeout=30, params=options,
        headers={"Content-Type": content_type, "Authorization": f"Bearer {world.token('analyst')}"},
    )
    assert answer.status_code == 200, answer.text
    return answer.content


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
    revealed = json.loads(reveal(world, detokenize, json.dumps([north, south, other]).encode()))
    assert [(each["mrn"], each["name"]) for each in revealed] == [
        ("MRN-1", "Ada Lovelace"), ("MRN-1", "Ada Lovelace"), ("MRN-2", "Grace Hopper"),
    ]


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson", "text/csv", "application/xml"])
def test_a_document_of_several_tenants_comes_back_record_by_record(world, services, content_type):
    gateway, detokenize = services
    # long enough to be streamed; one and the same card is another token at each hospital
    stays = [{"card": "4111111111111111", "mrn": f"MRN-{n % 7}", "hospital": f"h{n % 5}"} for n in range(4_000)]
    body = {
        "application/json": lambda: json.dumps({"patients": stays}),
        "application/x-ndjson": lambda: "".join(json.dumps(stay) + "\n" for stay in stays),
        "text/csv": lambda: "card,mrn,hospital\n" + "".join(",".join(stay.values()) + "\n" for stay in stays),
        "application/xml": lambda: "<all>" + "".join(
            f"<patient><card>{stay['card']}</card><mrn>{stay['mrn']}</mrn><at hospital='{stay['hospital']}'/></patient>"
            for stay in stays) + "</all>",
    }[content_type]().encode()
    tokens = through(world, gateway, body, content_type)
    assert len(set(re.findall(rb"\b\d{12}1111\b", tokens))) == 5 and b"4111111111111111" not in tokens
    assert reveal(world, detokenize, tokens, content_type, policy="all") == body
    # named by the caller, one tenant is all tokens' own: a fifth of the cards comes back right
    one = reveal(world, detokenize, tokens, content_type, policy="all", tenant="h1")
    assert one.count(b"4111111111111111") == 800


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


@pytest.fixture(scope="module")
def command(world, services, ring):
    """`veilgate tokenize` with the gateway's policy."""
    world.write("owners-files.yaml", {
        "version": 1, "listen": "127.0.0.1:0", "keys": ring, "edge_keys": ["edge.key"],
        "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
        "upstreams": {"app": {"url": world.upstream.url}},
        "routes": [{"upstream": "app", "policy": "owners.policy.yaml"}],
    })
    return [binary("veilgate"), "tokenize", "--config", "owners-files.yaml", "--policy", "owners.policy.yaml"]


def test_a_large_file_is_as_in_the_gateway_whatever_the_threads(world, services, command):
    gateway, _ = services
    rows = ["from,mrn,x,hospital\n"]
    rows += [f"2026-{1 + n % 12:02}-{1 + n % 28:02},MRN-{n % 97},{'x' * (n % 50)},h{n % 13}\n" for n in range(20_000)]
    body = "".join(rows).encode()
    expected = through(world, gateway, body, "text/csv")
    assert len(set(row.split(",")[1] for row in expected.decode().splitlines()[1:])) == 97 * 13
    command = [*command, "--content-type", "text/csv"]
    for jobs in ("1", "2", "4"):
        done = subprocess.run([*command, "--jobs", jobs], cwd=world.folder, input=body, capture_output=True, check=False,
                              env=gateway_environment(world))
        assert done.returncode == 0, done.stderr
        assert done.stdout == expected, jobs
    done = subprocess.run([*command, "--tenant", "north"], cwd=world.folder, input=body, capture_output=True, check=False,
                          env=gateway_environment(world))
    assert done.returncode != 0 and b"leave `--tenant` out" in done.stderr


VISITS = pa.schema([
    ("visits", pa.list_(pa.struct([("date", pa.date32())]))),
    ("mrn", pa.string()),
    ("stays", pa.int64()),
    ("hospital", pa.dictionary(pa.int32(), pa.string())),
])


def stays(count):
    """Rows of which each part may be null, but those that a value of the row waits for."""
    chance = random.Random(11)
    for number in range(count):
        visit = lambda: {"date": None if chance.random() < 0.1 else f"2026-{chance.randrange(1, 13):02}-15"}
        visits = None if chance.random() < 0.1 else [visit() for _ in range(chance.randrange(4))]
        dated = any(visit["date"] for visit in visits or [])
        mrn = f"MRN-{chance.randrange(97)}" if dated or chance.random() < 0.8 else None
        hospital = f"h{chance.randrange(13)}" if mrn or chance.random() < 0.8 else None
        yield {"visits": visits, "mrn": mrn, "stays": number, "hospital": hospital}


def write_parquet(path, rows, schema=VISITS):
    dated = [
        {**row, "visits": row["visits"] and [{"date": visit["date"] and day(visit["date"])} for visit in row["visits"]]}
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(dated, schema), path, row_group_size=1_700)


def test_rows_of_parquet_are_as_lines(world, services, command):
    gateway, _ = services
    rows = list(stays(4_000))
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    expected = through(world, gateway, lines.encode(), "application/x-ndjson").decode().splitlines()
    write_parquet(world.folder / "stays.parquet", rows)
    done = subprocess.run([*command, "--json", "--output", "stays", "stays.parquet"], cwd=world.folder,
                          capture_output=True, check=False, env=gateway_environment(world))
    assert done.returncode == 0, done.stderr
    made = pq.read_table(world.folder / "stays/stays.parquet")
    assert made.to_pylist() == [json.loads(line) for line in expected]
    # what stays readable keeps its type and is counted as kept
    assert made.schema.field("stays").type == pa.int64()
    summary = json.loads(done.stdout)
    assert summary["kept"] == sum(row["hospital"] is not None for row in rows)
    assert summary["tokens"]["id"] == sum(row["mrn"] is not None for row in rows)


ROW = {"visits": [{"date": "2026-03-01"}], "mrn": "MRN-1", "stays": 1, "hospital": "north"}


@pytest.mark.parametrize(
    "row, code, says",
    [
        ({**ROW, "hospital": None}, "no-tenant", "row 300 of row group 1"),
        ({**ROW, "hospital": ""}, "no-tenant", "row 300 of row group 1"),
        ({**ROW, "hospital": "not one"}, "no-tenant", "row 300 of row group 1"),
        ({**ROW, "mrn": None}, "value-unfit", ""),
        ({**ROW, "mrn": ["MRN-1", "MRN-2"]}, "ambiguous-owner", "row 300 of row group 1"),
        ({**ROW, "mrn": ["MRN-1", None, "MRN-1"]}, None, ""),
        ({"visits": None, "mrn": None, "stays": 1, "hospital": None}, None, ""),
    ],
)
def test_a_parquet_file_with_a_row_that_does_not_say_whose_it_is_has_no_output(world, command, row, code, says):
    rows = [dict(ROW) for _ in range(2_000)] + [row]
    schema = VISITS
    if isinstance(row["mrn"], list):
        rows = [{**each, "mrn": each["mrn"] if each is row else [each["mrn"]]} for each in rows]
        schema = schema.set(1, pa.field("mrn", pa.list_(pa.string())))
    write_parquet(world.folder / "row.parquet", rows, schema)
    done = subprocess.run([*command, "--json", "--output", "row", "row.parquet"], cwd=world.folder,
                          capture_output=True, check=False, env=gateway_environment(world))
    failures = json.loads(done.stdout)["failures"]
    assert [failure["code"] for failure in failures] == ([code] if code else []), failures
    assert (done.returncode, says in done.stderr.decode()) == (1 if code else 0, True), done.stderr
    assert (world.folder / "row/row.parquet").exists() == (code is None)
    (world.folder / "row/row.parquet").unlink(missing_ok=True)


def test_a_searching_rule_cannot_say_whose_rows_of_parquet_are(world, command):
    write_parquet(world.folder / "searched.parquet", [ROW])
    rules = [{**rule, **({"detect": "email"} if rule["name"] == "patient" else {})} for rule in POLICY["rules"]]
    world.write("searched.policy.yaml", {**POLICY, "rules": rules})
    command = [*command[:-1], "searched.policy.yaml"]
    done = subprocess.run([*command, "--output", "searched", "searched.parquet"], cwd=world.folder,
                          capture_output=True, check=False, env=gateway_environment(world))
    assert done.returncode == 1 and b"parquet-owners: rule `patient`" in done.stderr, done.stderr


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

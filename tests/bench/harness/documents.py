"""What is sent and scanned: made-up people, the same bytes in every run."""

import json
import random
from pathlib import Path

# 24 string fields of a customer record, in three objects, as an application's API would take them.
CUSTOMER = {
    "customer": {
        "given_name": "Magdalena",
        "family_name": "Fitzwilliam",
        "birth_date": "1984-07-19",
        "birth_place": "Ballinasloe",
        "nationality": "Irish",
        "ssn": "078-05-1120",
        "passport": "X4RTBPFW46",
        "tax_id": "912-73-4410",
        "licence": "D1234-56789",
        "email": "m.fitz@example.com",
        "phone": "+1-202-555-0143",
        "mobile": "+1-202-555-0198",
    },
    "address": {
        "street": "1420 Larkspur Lane",
        "unit": "Apt 7C",
        "city": "Springfield",
        "region": "Illinois",
        "postcode": "62704-1234",
        "country": "United States",
    },
    "account": {
        "iban": "GB33BUKB20201555555555",
        "routing": "021000021",
        "number": "000123456789",
        "card": "4111111111111111",
        "expiry": "2029-11",
        "holder": "M FITZWILLIAM",
    },
}
DOCUMENT_BYTES = 1024
FIELDS = 24

# Six of a record's fields are tokenized where the benchmark says so.
RECORD_FIELDS = ["name", "email", "phone", "ssn", "card", "street"]
RECORD_BYTES = 236
_GIVEN = ["Ada", "Boris", "Chidi", "Dagny", "Emre", "Freya", "Goran", "Hana", "Ivo", "Jun"]
_FAMILY = ["Okafor", "Lindqvist", "Marchetti", "Nakamura", "Petrov", "Quispe", "Rahman", "Silva"]
_STREETS = ["Larkspur Lane", "Quarry Road", "Mill Street", "Harbour View", "Station Square"]


def customer_document() -> bytes:
    """One JSON document of exactly 1,024 bytes: 24 string fields and a note that fills it up."""
    fields = sum(len(group) for group in CUSTOMER.values())
    assert fields == FIELDS, fields
    bare = len(json.dumps({**CUSTOMER, "id": 48151623, "note": ""}).encode())
    assert bare <= DOCUMENT_BYTES, bare
    note = ("a returning customer, called about the invoice " * 20)[: DOCUMENT_BYTES - bare]
    document = json.dumps({**CUSTOMER, "id": 48151623, "note": note}).encode()
    assert len(document) == DOCUMENT_BYTES
    return document


def customer_selectors() -> list[str]:
    """A JSONPath for each of the 24 fields, spelled out as a policy's author would."""
    return [f"$.{group}.{name}" for group, members in CUSTOMER.items() for name in members]


def absent_selectors() -> list[str]:
    """As many paths of the same shape, none of which is in the document."""
    return [selector + "_absent" for selector in customer_selectors()]


def record_selectors() -> list[str]:
    """The six fields of an NDJSON record."""
    return [f"$.{name}" for name in RECORD_FIELDS]


def write_records(path: Path, size: int) -> int:
    """Writes NDJSON of 236-byte records, newline included, and returns how many."""
    chance = random.Random(236)
    count = size // RECORD_BYTES
    with path.open("wb") as file:
        for number in range(count):
            file.write(_record(number, chance))
    return count


def _record(number: int, chance: random.Random) -> bytes:
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    record = {
        "id": 10_000_000 + number,
        "name": f"{given} {family}",
        "email": f"{given}.{family}@example.com".lower(),
        "phone": f"+1-202-555-{chance.randrange(10_000):04}",
        "ssn": f"{chance.randrange(900, 999)}-{chance.randrange(99):02}-{chance.randrange(9999):04}",
        "card": f"4{chance.randrange(10**15):015}",
        "street": f"{chance.randrange(1, 999)} {chance.choice(_STREETS)}",
        "amount": chance.randrange(100_000) / 100,
        "active": chance.random() < 0.5,
        "memo": "",
    }
    spare = RECORD_BYTES - 1 - len(json.dumps(record, separators=(",", ":")))
    record["memo"] = ("paid in full, thanks, see the note of last week " * 3)[:spare]
    line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    assert len(line) == RECORD_BYTES, len(line)
    return line

"""What is sent and scanned: made-up people, the same bytes in every run."""

import csv
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

# jaq puts what is as long as the probe's constant token into the same six.
_CONSTANT = "~vg1." + "A" * 24 + "~"

# Six of a record's fields are tokenized where the benchmark says so.
RECORD_FIELDS = ["name", "email", "phone", "ssn", "card", "street"]
RECORD_BYTES = 236
TABLE_COLUMNS = ["email", "card"]
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


def jaq_filter() -> str:
    """The same six fields, replaced by a constant."""
    return " | ".join(f'.{name} = "{_CONSTANT}"' for name in RECORD_FIELDS)


def write_records(path: Path, size: int) -> int:
    """Writes NDJSON of 236-byte records, newline included, and returns how many."""
    chance = random.Random(236)
    count = size // RECORD_BYTES
    with path.open("wb") as file:
        for number in range(count):
            file.write(_record(number, chance))
    return count


def write_table(path: Path, size: int) -> None:
    """Writes the same records as CSV with a header: ten columns, rows of about 140 bytes."""
    chance = random.Random(140)
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(_fields(0, random.Random(0))), lineterminator="\n")
        table.writeheader()
        number = 0
        while file.tell() < size:
            table.writerow({**_fields(number, chance), "memo": "paid in full, thanks"})
            number += 1


def write_patients(path: Path, size: int) -> None:
    """Writes one XML document: patients as HL7 FHIR spells them, values in attributes, and visits."""
    chance = random.Random(18)
    with path.open("w") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<Bundle xmlns="http://hl7.org/fhir">\n')
        number = 0
        while file.tell() < size:
            file.write(_patient(_fields(number, chance), chance))
            number += 1
        file.write("</Bundle>\n")


def _patient(person: dict, chance: random.Random) -> str:
    given, family = person["name"].split()
    return f"""  <entry>
    <Patient id="p{person["id"]}" status="generated">
      <active value="{str(person["active"]).lower()}"/>
      <identifier use="usual" system="urn:oid:1.2.36.146.595.217.0.1"><value value="{person["id"]}"/></identifier>
      <name use="official"><family value="{family}"/><given value="{given}"/></name>
      <telecom system="phone" use="home" rank="1" value="{person["phone"]}"/>
      <gender value="unknown"/>
      <birthDate value="{chance.randrange(1930, 2020)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"/>
      <address use="home" type="both"><line value="{person["street"]}"/><city value="Springfield"/></address>
      <visit ward="{chance.randrange(20)}" kind="ambulatory" outcome="discharged">
        <reason code="{chance.randrange(1000, 9999)}">routine follow-up, nothing to report</reason>
        <note>Seen on time; the next appointment was made by telephone.</note>
      </visit>
    </Patient>
  </entry>
"""


def _fields(number: int, chance: random.Random) -> dict:
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    return {
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


def _record(number: int, chance: random.Random) -> bytes:
    record = _fields(number, chance)
    spare = RECORD_BYTES - 1 - len(json.dumps(record, separators=(",", ":")))
    record["memo"] = ("paid in full, thanks, see the note of last week " * 3)[:spare]
    line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    assert len(line) == RECORD_BYTES, len(line)
    return line

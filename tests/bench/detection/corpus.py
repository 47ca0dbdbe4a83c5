"""Texts with values and with what only looks like them: prose, JSON, CSV, XML and log lines."""

import json
import random
import string
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .values import digits, from_set, makers


@dataclass(frozen=True)
class Gold:
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """Places count characters."""

    text: str
    gold: tuple[Gold, ...]


# What people call the values, in prose and as names of fields.
LABELS = {
    "payment-card": ["card number", "credit card", "card"],
    "us-ssn": ["SSN", "social security number"],
    "us-itin": ["ITIN", "individual taxpayer number"],
    "us-ein": ["EIN", "employer identification number", "federal tax id"],
    "us-aba-routing": ["routing number", "ABA", "bank routing"],
    "iban": ["IBAN", "account"],
    "bic": ["BIC", "SWIFT code"],
    "us-npi": ["NPI", "national provider identifier"],
    "us-mbi": ["Medicare number", "MBI"],
    "us-dea": ["DEA number", "DEA"],
    "uk-nhs": ["NHS number", "NHS no"],
    "uk-nino": ["national insurance number", "NINO", "NI number"],
    "ca-sin": ["SIN", "social insurance number"],
    "au-tfn": ["TFN", "tax file number"],
    "au-medicare": ["Medicare card", "Medicare number"],
    "in-aadhaar": ["Aadhaar", "Aadhaar number", "UIDAI"],
    "in-pan": ["PAN", "permanent account number"],
    "br-cpf": ["CPF"],
    "br-cnpj": ["CNPJ"],
    "es-dni": ["DNI", "NIF"],
    "es-nie": ["NIE"],
    "it-codice-fiscale": ["codice fiscale"],
    "fr-nir": ["numéro de sécurité sociale", "NIR"],
    "de-steuer-id": ["Steuer-ID", "Steueridentifikationsnummer", "IdNr"],
    "nl-bsn": ["BSN", "burgerservicenummer"],
    "pl-pesel": ["PESEL"],
    "se-personnummer": ["personnummer"],
    "sg-nric": ["NRIC", "FIN"],
    "jp-my-number": ["My Number", "マイナンバー", "個人番号"],
    "vin": ["VIN", "chassis number"],
    "passport": ["passport number", "passport", "Reisepass", "passeport"],
    "mac-address": ["MAC address", "device"],
    "email": ["email", "e-mail", "contact"],
    "phone": ["phone", "mobile", "tel", "call"],
    "ipv4": ["IP", "client address"],
    "ipv6": ["IP", "client address"],
    "date-of-birth": ["date of birth", "DOB", "born", "birthday"],
}

_SENTENCES = [
    "The {label} on file is {value}.",
    "Please update my {label}: {value}, thank you",
    "{label} {value} was given by the customer ({label_again}).",
    "Kunde hat {label} {value} angegeben.",
    "We could not verify the {label} ({value}) today.",
    "{label}={value}; retry later",
    "Hi, here is my {label} - {value} - let me know.",
]
_DECOY_SENTENCES = [
    "Your {label} is {value}.",
    "See {label} {value} for details, or ask the front desk.",
    "{label}: {value}",
    "We shipped {label} {value} this morning",
]


def _decoy(rng: random.Random) -> tuple[str, str]:
    """What only looks like a value, and its label."""
    made = [
        ("order", digits(rng, rng.randint(6, 18))),
        ("invoice", f"{digits(rng, 4)}-{digits(rng, 6)}"),
        ("timestamp", str(rng.randint(1_500_000_000, 1_800_000_000))),
        ("epoch ms", str(rng.randint(1_500_000_000_000, 1_800_000_000_000))),
        ("created", f"20{rng.randint(10, 29)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T12:{rng.randint(10, 59)}:07Z"),
        ("run", f"20{rng.randint(10, 29)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{digits(rng, 6)}"),
        ("request", str(uuid.UUID(int=rng.getrandbits(128)))),
        ("commit", from_set(rng, "0123456789abcdef", 40)),
        ("version", ".".join(str(rng.randint(0, 30)) for _ in range(rng.randint(2, 4)))),
        ("price", f"{rng.randint(1, 9999)}.{digits(rng, 2)}"),
        ("part", from_set(rng, string.ascii_uppercase, 2) + digits(rng, 7)),
        ("article", digits(rng, 8) + rng.choice(string.ascii_uppercase)),
        ("serial", from_set(rng, string.ascii_uppercase + string.digits, rng.choice([9, 10, 11, 12, 16, 17, 20]))),
        ("tracking", "1Z" + from_set(rng, string.ascii_uppercase + string.digits, 16)),
        ("ISBN", "978" + digits(rng, 10)),
        ("coordinates", f"{rng.uniform(-90, 90):.6f}, {rng.uniform(-180, 180):.6f}"),
        ("ratio", f"0.{digits(rng, 16)}"),
        ("range", f"{digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 3)}"),
        ("table", f"{digits(rng, 3)} {digits(rng, 3)} {digits(rng, 3)}"),
        ("digest", from_set(rng, string.ascii_letters + string.digits + "+/", 43) + "="),
        ("opened", f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/20{rng.randint(10, 25)}"),
        ("module", f"std::{rng.choice(['face', 'cafe', 'bad'])}::{rng.choice(['decade', 'add', 'deed'])}"),
        ("asset", f"logo@{rng.randint(2, 3)}x.png"),
        ("time", f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"),
    ]  # fmt: skip
    return rng.choice(made)


class _Text:
    """Text that grows and remembers where values are."""

    def __init__(self) -> None:
        self.text = ""
        self.gold: list[Gold] = []

    def add(self, text: str) -> None:
        self.text += text

    def value(self, kind: str | None, value: str) -> None:
        if kind:
            self.gold.append(Gold(kind, len(self.text), len(self.text) + len(value)))
        self.text += value

    def filled(self, template: str, label: str, kind: str | None, value: str) -> None:
        before, after = template.split("{value}")
        self.add(before.format(label=label))
        self.value(kind, value)
        self.add(after.format(label_again=label))

    def document(self) -> Document:
        return Document(self.text, tuple(self.gold))


Field = tuple[str, str | None, str]  # label, kind, value


def _prose(rng: random.Random, fields: list[Field]) -> Document:
    made = _Text()
    for label, kind, value in fields:
        made.filled(rng.choice(_SENTENCES if kind else _DECOY_SENTENCES), label, kind, value)
        made.add(rng.choice([" ", "\n", "  "]))
    return made.document()


def _json(rng: random.Random, fields: list[Field]) -> Document:
    made, indent = _Text(), rng.choice(["", "\n  "])
    made.add("{")
    for index, (label, kind, value) in enumerate(fields):
        name = json.dumps(_name(rng, label), ensure_ascii=False)
        made.add(("," if index else "") + indent + name + rng.choice([":", ": "]) + '"')
        made.value(kind, value)
        made.add('"')
    made.add("}")
    return made.document()


def _csv(rng: random.Random, fields: list[Field]) -> Document:
    made, comma = _Text(), rng.choice([",", ";", "\t"])
    made.add(comma.join(_name(rng, label) for label, _, _ in fields) + "\n")
    for index, (_, kind, value) in enumerate(fields):
        made.add(comma if index else "")
        quote = '"' if comma in value else ""
        made.add(quote)
        made.value(kind, value)
        made.add(quote)
    made.add("\n")
    return made.document()


def _xml(rng: random.Random, fields: list[Field]) -> Document:
    made = _Text()
    made.add("<record>")
    for label, kind, value in fields:
        name = _name(rng, label)
        made.add(f"<{name}>")
        made.value(kind, escape(value))
        made.add(f"</{name}>" + rng.choice(["", "\n"]))
    made.add("</record>")
    return made.document()


def _log(rng: random.Random, fields: list[Field]) -> Document:
    made = _Text()
    made.add(f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} 10:{rng.randint(10, 59)}:01 INFO app: ")
    for label, kind, value in fields:
        made.add(f"{_name(rng, label)}=")
        made.value(kind, value)
        made.add(rng.choice([" ", ", "]))
    return made.document()


def _name(rng: random.Random, label: str) -> str:
    """A label as a field's name."""
    words = label.replace("-", " ").split()
    camel = words[0].lower() + "".join(word.capitalize() for word in words[1:])
    return rng.choice(["_".join(words).lower(), camel])


def generate(seed: int, count: int) -> list[Document]:
    """`count` texts, each kind about as often as the others; the same ones for a seed."""
    rng = random.Random(seed)
    made = makers(seed)
    layouts = [_prose, _prose, _json, _csv, _xml, _log]
    documents = []
    for index in range(count):
        kinds = [list(made)[index % len(made)]]
        kinds += rng.choices(list(made), k=rng.randint(0, 2))
        fields: list[Field] = [(rng.choice(LABELS[kind]), kind, made[kind](rng)) for kind in kinds]
        fields += [(label, None, value) for label, value in (_decoy(rng) for _ in range(rng.randint(1, 3)))]
        rng.shuffle(fields)
        documents.append(rng.choice(layouts)(rng, fields))
    return documents

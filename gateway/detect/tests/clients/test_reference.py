"""Detectors against other implementations: what those accept is found, what they refuse is not.

Numbers are drawn at random from a kind's outer form, half of them with a last character that the
other implementation accepts, and put into a sentence with a word that names them. The example
`find` of the crate `detect` is looked for in the directory VEILGATE_EXAMPLES_DIR.
"""

import json
import os
import random
import string
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import phonenumbers
import pytest
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import luhn, verhoeff
from stdnum.au import tfn
from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ein, itin, rtn, ssn

NUMBERS = 3000


@dataclass(frozen=True)
class Kind:
    detector: str
    label: str
    # 0 any digit (! where there are others that are themselves), A any capital, @ ten digits of which one stands twice; other characters are
    # themselves. One of these is drawn.
    forms: tuple[str, ...]
    accepts: Callable[[str], bool]
    # how many last characters are changed until the number is accepted
    checked: int = 1
    # numbers on which the two may differ, and why is told beside them
    ignore: Callable[[str], bool] = lambda _: False


def bare(number: str) -> str:
    return "".join(filter(str.isalnum, number))


def repeated(number: str) -> bool:
    """What people type to fill a form: refused here, whatever the check digit."""
    return len(set(filter(str.isdigit, number))) == 1


def npi(number: str) -> bool:
    return number[0] in "12" and luhn.is_valid("80840" + number)


def routing(number: str) -> bool:
    """stdnum checks the digit alone; Federal Reserve districts are 01 to 12 and their kin."""
    return rtn.is_valid(number) and int(number[:2]) in {*range(1, 13), *range(21, 33), *range(61, 73), 80}


KINDS = [
    Kind("us-ssn", "SSN", ("000-00-0000", "000 00 0000", "000000000"), lambda n: ssn.is_valid(bare(n)), 0,
         # numbers of advertisements
         lambda n: bare(n) in ("078051120", "457555462", "219099999", "123456789", "987654321")),
    Kind("us-itin", "ITIN", ("900-70-0000", "900-80-0000", "900-90-0000", "900700000"), lambda n: itin.is_valid(bare(n)), 0,
         # groups 50 to 65 are newer than stdnum's list
         lambda n: 50 <= int(bare(n)[3:5]) <= 65),
    Kind("us-ein", "EIN", ("00-0000000",), ein.is_valid, 0,
         # the IRS has begun to use prefixes that stdnum's list lacks
         lambda n: int(n[:2]) in (26, 27, 78, 79)),
    Kind("us-aba-routing", "routing number", ("000000000", "020000000", "110000000"), routing),
    Kind("us-npi", "NPI", ("1000000000", "2000000000", "0000000000"), npi),
    Kind("uk-nhs", "NHS number", ("000 000 0000", "0000000000"), nhs.is_valid),
    Kind("ca-sin", "SIN", ("000-000-000", "000 000 000", "000000000"), sin.is_valid),
    Kind("au-tfn", "TFN", ("000 000 000", "000000000"), tfn.is_valid),
    Kind("in-aadhaar", "Aadhaar", ("0000 0000 0000", "000000000000"), aadhaar.is_valid,
         ignore=lambda n: bare(n) == bare(n)[::-1]),
    Kind("in-pan", "PAN", ("AAAPA0000A", "AAACA0000A", "AAAAA0000A"), pan.is_valid, 0,
         # K and serial 0000: stdnum's list says that K may be history
         lambda n: n[3] == "K" or n[5:9] == "0000"),
    Kind("br-cpf", "CPF", ("000.000.000-00", "00000000000"), cpf.is_valid, 2),
    Kind("br-cnpj", "CNPJ", ("00.000.000/0001-00", "00000000000100"), cnpj.is_valid, 2),
    Kind("es-dni", "DNI", ("00000000A", "00000000-A"), dni.is_valid),
    Kind("es-nie", "NIE", ("X0000000A", "Y0000000A", "Z0000000A"), nie.is_valid),
    Kind("it-codice-fiscale", "codice fiscale", ("AAAAAA85T10A!!!A", "AAAAAA60C15F!!!A", "AAAAAA60C3!F!!!A"), codicefiscale.is_valid,
         # a day that the month has not: the letter is right, and only stdnum looks at the date
         ignore=lambda n: codicefiscale.calc_check_digit(n[:15]) == n[15] and not codicefiscale.is_valid(n)),
    Kind("fr-nir", "NIR", ("100010000000000", "284120000000000", "1 84 12 00 000 000 00", "184122A00000000"), nir.is_valid, 2,
         # sex, month and place that do not exist: stdnum checks the key alone
         ignore=lambda n: not ("1" <= n[0] <= "8")),
    Kind("de-steuer-id", "Steuer-ID", ("@!", "@!", "00 000 000 000"), idnr.is_valid),
    Kind("nl-bsn", "BSN", ("000000000", "0000.00.000"), bsn.is_valid),
    Kind("pl-pesel", "PESEL", ("85010100000", "85123100000", "00000000000"), pesel.is_valid),
    Kind("se-personnummer", "personnummer", ("850101-!!!!", "19850101-!!!!", "851301-!!!!"), personnummer.is_valid),
    Kind("jp-my-number", "My Number", ("000000000000", "0000 0000 0000"), my_number.is_valid),
]  # fmt: skip


def with_one_repeated(rng: random.Random) -> str:
    """Ten digits of which one stands twice, as in a Steuer-ID."""
    ten = rng.sample(string.digits, 10)
    ten[rng.randrange(10)] = rng.choice(ten)
    return "".join(ten)


def fill(rng: random.Random, form: str) -> str:
    form = form.replace("@", with_one_repeated(rng))
    made = {"0": string.digits, "!": string.digits, "A": string.ascii_uppercase}
    if "!" in form:
        # the digits of this form are themselves
        del made["0"]
    return "".join(rng.choice(made.get(sign, sign)) for sign in form)


def last_ones(number: str, count: int) -> Iterator[str]:
    """The number with each choice of its last `count` letters or digits."""
    if count == 0:
        yield number
        return
    alphabet = string.ascii_uppercase if number[-1].isalpha() else string.digits
    for last in alphabet:
        if count == 1:
            yield number[:-1] + last
        else:
            tail = number[:-1]
            cut = tail[-1] if not tail[-1].isalnum() else ""
            for rest in last_ones(tail.removesuffix(cut) if cut else tail, count - 1):
                yield rest + cut + last


def draw(rng: random.Random, kind: Kind) -> str:
    number = fill(rng, rng.choice(kind.forms))
    if kind.checked and rng.random() < 0.5:
        return next((each for each in last_ones(number, kind.checked) if kind.accepts(each)), number)
    return number


@pytest.fixture(scope="module")
def find() -> Callable[[list[str], list[str]], list[list[str]]]:
    directory = os.environ.get("VEILGATE_EXAMPLES_DIR")
    program = Path(directory or ".") / "find"
    if not directory or not program.exists():
        pytest.skip("VEILGATE_EXAMPLES_DIR has no example `find`")

    def run(detectors: list[str], texts: list[str]) -> list[list[str]]:
        lines = "".join(json.dumps({"detectors": detectors, "text": text}) + "\n" for text in texts)
        answer = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
        return [
            [text.encode()[hit["start"] : hit["end"]].decode() for hit in json.loads(line)]
            for text, line in zip(texts, answer.stdout.splitlines(), strict=True)
        ]

    return run


def check(find, detector: str, label: str, numbers: dict[str, bool]) -> None:
    texts = [f"The {label} is {number}, as it was given." for number in numbers]
    differ = [
        (number, "accepted" if accepted else "refused", found)
        for (number, accepted), found in zip(numbers.items(), find([detector], texts), strict=True)
        if found != ([number] if accepted else [])
    ]
    assert not differ, (len(differ), len(numbers), differ[:8])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.detector)
def test_numbers(find, kind: Kind) -> None:
    rng = random.Random(kind.detector)
    numbers = {
        number: kind.accepts(number)
        for number in (draw(rng, kind) for _ in range(NUMBERS))
        if not repeated(number) and not kind.ignore(number)
    }
    assert sum(numbers.values()) > NUMBERS // 20, "too few that the other implementation accepts"
    check(find, kind.detector, kind.label, numbers)


def test_payment_cards(find) -> None:
    rng = random.Random(1)
    prefixes = [("4", 16), ("51", 16), ("2720", 16), ("37", 15), ("6011", 16), ("3528", 16), ("62", 19)]
    numbers = {}
    for _ in range(NUMBERS):
        prefix, length = rng.choice(prefixes)
        number = fill(rng, prefix + "!" * (length - len(prefix)))
        if rng.random() < 0.5:
            number = number[:-1] + luhn.calc_check_digit(number[:-1])
        numbers[number] = luhn.is_valid(number)
    check(find, "payment-card", "card number", numbers)


def test_ibans(find) -> None:
    rng = random.Random(2)
    numbers = {}
    for _ in range(NUMBERS):
        number = str(IBAN.random(random=rng))
        if rng.random() < 0.5:
            at = rng.randrange(2, len(number))
            number = number[:at] + rng.choice(string.digits) + number[at + 1 :]
        try:
            IBAN(number)
            numbers[number] = True
        except SchwiftyException as error:
            if "checksum" in str(error).lower():
                numbers[number] = False
    assert not all(numbers.values())
    check(find, "iban", "account", numbers)
    spaced = {" ".join(n[at : at + 4] for at in range(0, len(n), 4)): ok for n, ok in numbers.items()}
    check(find, "iban", "account", spaced)


def test_bics(find) -> None:
    rng = random.Random(3)
    numbers = {}
    for _ in range(NUMBERS):
        number = fill(rng, "AAAAAAAA" + rng.choice(["", "XXX", "AAA"]))
        if number[4:6] == "XK":  # Kosovo, which ISO 3166-1 leaves to its users
            continue
        try:
            BIC(number)
            numbers[number] = True
        except SchwiftyException:
            numbers[number] = False
    check(find, "bic", "SWIFT code", numbers)


def test_verhoeff_notices_every_wrong_digit(find) -> None:
    rng = random.Random(4)
    numbers = {}
    for _ in range(200):
        body = fill(rng, "50000000000")
        number = body + verhoeff.calc_check_digit(body)
        numbers[number] = True
        for at in range(1, 12):
            wrong = number[:at] + str((int(number[at]) + rng.randint(1, 9)) % 10) + number[at + 1 :]
            numbers[wrong] = False
    check(find, "in-aadhaar", "Aadhaar", numbers)


def test_international_phone_numbers(find) -> None:
    """An example number of each type of each region, in both international formats."""
    numbers = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(region, kind)
            for form in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
                written = phonenumbers.format_number(example, form) if example else ""
                # territories of few people: shorter than what is taken without a word before it
                if sum(map(str.isdigit, written)) >= 8:
                    numbers[written] = True
    assert len(numbers) > 800
    check(find, "phone", "phone", numbers)


def test_national_phone_numbers(find) -> None:
    numbers = {}
    for region in ["US", "CA", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "SE", "BR", "IN", "AU", "JP"]:
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example:
                numbers[phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)] = True
    check(find, "phone", "phone", numbers)

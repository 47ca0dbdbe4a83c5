"""Made-up values of each kind, with the check digits that other implementations compute."""

import random
import string
from collections.abc import Callable

from faker import Faker
from schwifty import IBAN
from stdnum import luhn, verhoeff
from stdnum.br import cnpj, cpf
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ein, rtn

LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL", "pl_PL", "sv_SE"]

Maker = Callable[[random.Random], str]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def from_set(rng: random.Random, letters: str, count: int) -> str:
    return "".join(rng.choices(letters, k=count))


def grouped(number: str, sizes: list[int], separator: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return separator.join(parts)


def until(is_valid: Callable[[str], bool], make: Callable[[], str]) -> str:
    """The first of the numbers that `make` draws which passes."""
    while True:
        number = make()
        if is_valid(number):
            return number


def payment_card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16),
         ("65", 16), ("3528", 16), ("36", 14), ("62", 16)]
    )  # fmt: skip
    body = prefix + digits(rng, length - len(prefix) - 1)
    number = body + luhn.calc_check_digit(body)
    sizes = {16: [4, 4, 4, 4], 15: [4, 6, 5], 14: [4, 6, 4]}[length]
    return grouped(number, sizes, rng.choice(["", "", " ", "-"]))


def us_ssn(rng: random.Random) -> str:
    area = rng.choice([each for each in range(1, 900) if each != 666])
    number = f"{area:03}{rng.randint(1, 99):02}{rng.randint(1, 9999):04}"
    return grouped(number, [3, 2, 4], rng.choice(["-", "-", "-", " ", ""]))


def us_itin(rng: random.Random) -> str:
    group = rng.choice([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])
    number = f"9{digits(rng, 2)}{group}{digits(rng, 4)}"
    return grouped(number, [3, 2, 4], rng.choice(["-", "-", " ", ""]))


def us_ein(rng: random.Random) -> str:
    number = until(ein.is_valid, lambda: digits(rng, 9))
    return f"{number[:2]}-{number[2:]}"


def us_aba_routing(rng: random.Random) -> str:
    def make() -> str:
        first = rng.choice([*range(1, 13), *range(21, 33), *range(61, 73)])
        return f"{first:02}{digits(rng, 7)}"

    number = until(rtn.is_valid, make)
    return grouped(number, [4, 4, 1], "-") if rng.random() < 0.2 else number


def iban(rng: random.Random) -> str:
    country = rng.choice(["DE", "GB", "FR", "ES", "IT", "NL", "PL", "SE", "BE", "CH", "AT", "PT", "NO"])
    number = str(IBAN.random(country, random=rng))
    return grouped(number, [4] * 9, " ").strip() if rng.random() < 0.4 else number


def bic(rng: random.Random) -> str:
    bank = from_set(rng, string.ascii_uppercase, 4)
    place = from_set(rng, string.ascii_uppercase + "23456789", 2)
    branch = rng.choice(["", "XXX", digits(rng, 3)])
    return bank + rng.choice(["DE", "FR", "GB", "US", "NL", "ES"]) + place + branch


def us_npi(rng: random.Random) -> str:
    body = rng.choice("12") + digits(rng, 8)
    return body + luhn.calc_check_digit("80840" + body)


def us_mbi(rng: random.Random) -> str:
    letters, both = "ACDEFGHJKMNPQRTUVWXY", "ACDEFGHJKMNPQRTUVWXY0123456789"
    alphabets = ["123456789", letters, both, string.digits, letters, both, string.digits,
                 letters, letters, string.digits, string.digits]  # fmt: skip
    number = "".join(rng.choice(alphabet) for alphabet in alphabets)
    return grouped(number, [4, 3, 4], rng.choice(["", "-"]))


def us_dea(rng: random.Random) -> str:
    body = digits(rng, 6)
    odd, even = (sum(map(int, body[start::2])) for start in (0, 1))
    head = rng.choice("ABFGM") + rng.choice(string.ascii_uppercase)
    return f"{head}{body}{(odd + 2 * even) % 10}"


def uk_nhs(rng: random.Random) -> str:
    number = until(nhs.is_valid, lambda: rng.choice("467") + digits(rng, 9))
    return grouped(number, [3, 3, 4], rng.choice([" ", " ", ""]))


def uk_nino(rng: random.Random) -> str:
    def make() -> str:
        first = rng.choice("ABCEGHJKLMNOPRSTWXYZ")
        return first + rng.choice("ABCEGHJKLMNPRSTWXYZ")

    barred = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"]
    prefix = until(lambda two: two not in barred and two[0] != "O", make)
    number = prefix + digits(rng, 6) + rng.choice("ABCD")
    return grouped(number, [2, 2, 2, 2, 1], rng.choice(["", " "]))


def ca_sin(rng: random.Random) -> str:
    body = rng.choice("1234567") + digits(rng, 7)
    number = body + luhn.calc_check_digit(body)
    return grouped(number, [3, 3, 3], rng.choice(["-", " ", ""]))


def au_tfn(rng: random.Random) -> str:
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10)

    def passes(number: str) -> bool:
        return sum(weight * int(digit) for weight, digit in zip(weights, number)) % 11 == 0

    number = until(passes, lambda: digits(rng, 9))
    return grouped(number, [3, 3, 3], rng.choice([" ", ""]))


def au_medicare(rng: random.Random) -> str:
    body = rng.choice("23456") + digits(rng, 7)
    check = sum(weight * int(digit) for weight, digit in zip((1, 3, 7, 9, 1, 3, 7, 9), body)) % 10
    number = f"{body}{check}{rng.randint(1, 9)}"
    return grouped(number, [4, 5, 1], rng.choice([" ", " ", ""]))


def in_aadhaar(rng: random.Random) -> str:
    body = rng.choice("23456789") + digits(rng, 10)
    number = body + verhoeff.calc_check_digit(body)
    return grouped(number, [4, 4, 4], rng.choice([" ", " ", ""]))


def in_pan(rng: random.Random) -> str:
    letters = string.ascii_uppercase
    serial = f"{rng.randint(1, 9999):04}"
    return f"{from_set(rng, letters, 3)}{rng.choice('ABCFGHLJPT')}{rng.choice(letters)}{serial}{rng.choice(letters)}"


def br_cpf(rng: random.Random) -> str:
    number = until(cpf.is_valid, lambda: digits(rng, 11))
    return rng.choice([number, cpf.format(number), cpf.format(number)])


def br_cnpj(rng: random.Random) -> str:
    body = digits(rng, 8) + "0001"
    number = body + cnpj.calc_check_digits(body)
    return rng.choice([number, cnpj.format(number), cnpj.format(number)])


def es_dni(rng: random.Random) -> str:
    body = digits(rng, 8)
    return body + rng.choice(["", "-"]) + dni.calc_check_digit(body)


def es_nie(rng: random.Random) -> str:
    body = rng.choice("XYZ") + digits(rng, 7)
    return body + nie.calc_check_digit(body)


def it_codice_fiscale(rng: random.Random) -> str:
    consonants = "BCDFGLMNPRSTVZ"
    body = (
        from_set(rng, consonants, 6)
        + f"{rng.randint(30, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randint(1, 28):02}"
        + f"{rng.choice('ABCDEFGHIL')}{rng.randint(1, 999):03}"
    )
    return body + codicefiscale.calc_check_digit(body)


def fr_nir(rng: random.Random) -> str:
    body = (
        f"{rng.choice('12')}{digits(rng, 2)}{rng.randint(1, 12):02}"
        f"{rng.randint(1, 95):02}{rng.randint(1, 990):03}{rng.randint(1, 999):03}"
    )
    number = body + nir.calc_check_digits(body)
    return grouped(number, [1, 2, 2, 2, 3, 3, 2], rng.choice(["", " "]))


def de_steuer_id(rng: random.Random) -> str:
    def make() -> str:
        ten = rng.sample(string.digits, 10)
        ten[rng.randrange(10)] = rng.choice(ten)
        return "".join(ten) + rng.choice(string.digits)

    number = until(idnr.is_valid, make)
    return grouped(number, [2, 3, 3, 3], rng.choice(["", " "]))


def nl_bsn(rng: random.Random) -> str:
    return until(bsn.is_valid, lambda: rng.choice("123456789") + digits(rng, 8))


def pl_pesel(rng: random.Random) -> str:
    body = f"{rng.randint(30, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{digits(rng, 4)}"
    return body + pesel.calc_check_digit(body)


def se_personnummer(rng: random.Random) -> str:
    year, day = rng.randint(1930, 2005), f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{year % 100:02}{day}{digits(rng, 3)}"
    number = body + luhn.calc_check_digit(body)
    century = str(year // 100) if rng.random() < 0.5 else ""
    written = f"{century}{number[:6]}-{number[6:]}"
    assert personnummer.is_valid(written)
    return written


def sg_nric(rng: random.Random) -> str:
    kind, body = rng.choice("STFG"), digits(rng, 7)
    total = sum(weight * int(digit) for weight, digit in zip((2, 7, 6, 5, 4, 3, 2), body))
    total += 4 if kind in "TG" else 0
    return kind + body + ("JZIHGFEDCBA" if kind in "ST" else "XWUTRQPNMLK")[total % 11]


def jp_my_number(rng: random.Random) -> str:
    body = digits(rng, 11)
    number = body + my_number.calc_check_digit(body)
    return grouped(number, [4, 4, 4], rng.choice(["", " "]))


def vin(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    values = dict(zip(letters + string.digits,
                      [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)]))  # fmt: skip
    head = rng.choice(["1HG", "1FT", "2T1", "5YJ", "3VW", "1M8"])
    body = head + from_set(rng, letters + string.digits, 5) + "0" + from_set(rng, letters, 2) + digits(rng, 6)
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    check = sum(weight * values[letter] for weight, letter in zip(weights, body)) % 11
    return body[:8] + "0123456789X"[check] + body[9:]


def passport(rng: random.Random) -> str:
    letters = string.ascii_uppercase
    return rng.choice([digits(rng, 9), rng.choice(letters) + digits(rng, 8),
                       from_set(rng, letters, 2) + digits(rng, 7), from_set(rng, letters, 3) + digits(rng, 6)])  # fmt: skip


def mac_address(rng: random.Random) -> str:
    pairs = [f"{rng.randrange(256):02x}" for _ in range(6)]
    written = rng.choice([":", "-"]).join(pairs)
    return rng.choice([written, written.upper()])


def makers(seed: int) -> dict[str, Maker]:
    """One maker per kind; those of Faker draw from all locales."""
    fakers = [Faker(locale) for locale in LOCALES]
    for index, faker in enumerate(fakers):
        faker.seed_instance(seed + index)
    own = [payment_card, us_ssn, us_itin, us_ein, us_aba_routing, iban, bic, us_npi, us_mbi, us_dea,
           uk_nhs, uk_nino, ca_sin, au_tfn, au_medicare, in_aadhaar, in_pan, br_cpf, br_cnpj, es_dni,
           es_nie, it_codice_fiscale, fr_nir, de_steuer_id, nl_bsn, pl_pesel, se_personnummer,
           sg_nric, jp_my_number, vin, passport, mac_address]  # fmt: skip
    made: dict[str, Maker] = {maker.__name__.replace("_", "-"): maker for maker in own}
    made["email"] = lambda rng: rng.choice([rng.choice(fakers).email(), rng.choice(fakers).company_email()])
    made["phone"] = lambda rng: rng.choice(fakers).phone_number()
    made["ipv4"] = lambda rng: rng.choice(fakers).ipv4()
    made["ipv6"] = lambda rng: rng.choice(fakers).ipv6()
    made["date-of-birth"] = lambda rng: rng.choice(fakers).date_of_birth().strftime(
        rng.choice(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y"])
    )
    return made

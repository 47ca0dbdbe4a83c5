"""Documents to send: test vectors where they are there, and made-up people."""

import functools
import json
import pathlib
import random

import faker
import pytest


def vectors(*path):
    """A file or folder of the shared test vectors, found by walking up; skips the test when missing."""
    for parent in pathlib.Path(__file__).resolve().parents:
        found = parent.joinpath("shared", "vectors", *path)
        if found.exists():
            return found
    pytest.skip("the test vectors are not here: " + "/".join(path))


@functools.cache
def people(count):
    """Made-up customers. Not one of the values has a character that JSON must escape."""
    fake = faker.Faker(["en_US", "de_DE", "fr_FR", "ja_JP"])
    fake.seed_instance(20261123)
    chance = random.Random(20261123)
    return [person(fake, chance, number) for number in range(count)]


def person(fake, chance, number):
    return {
        "id": number,
        "name": fake.name(),
        "email": f"{number}.{fake.email()}",
        "ssn": fake["en_US"].ssn(),
        "card": {"number": fake["en_US"].credit_card_number("visa16"), "expires": fake["en_US"].credit_card_expire()},
        "balance": round(chance.uniform(-5000, 250000), 2),
        "vip": chance.random() < 0.1,
        "address": {"street": fake.street_address().replace("\n", " "), "city": fake.city()},
        "notes": None if number % 3 else fake["en_US"].sentence(),
    }


def as_json(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode()

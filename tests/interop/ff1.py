"""FF1 of NIST SP 800-38G with AES-256, and the shapes that veilgate puts around it, written from the
standard and docs/token-format.md, section 9. Slow and obvious."""

import math

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ALPHABETS = {
    "digits": "0123456789",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "latin1-letters": "".join(
        letter for letter in map(chr, range(256)) if letter.isalpha() and letter not in "ªºµ"
    ),
}


def encrypt(key, radix, tweak, numerals):
    """FF1.Encrypt (algorithm 7)."""
    left, right = numerals[: len(numerals) // 2], numerals[len(numerals) // 2 :]
    for turn in range(10):
        width = len(left)
        number = _number(left, radix) + _round(key, radix, tweak, len(numerals), turn, right)
        left, right = right, _numerals(number % radix**width, radix, width)
    return left + right


def decrypt(key, radix, tweak, numerals):
    """FF1.Decrypt (algorithm 8)."""
    left, right = numerals[: len(numerals) // 2], numerals[len(numerals) // 2 :]
    for turn in reversed(range(10)):
        width = len(right)
        number = _number(right, radix) - _round(key, radix, tweak, len(numerals), turn, left)
        left, right = _numerals(number % radix**width, radix, width), left
    return left + right


def _round(key, radix, tweak, length, turn, half):
    """Steps 1 to 6.iv of either algorithm: y, for the half that it is computed from."""
    u = length // 2
    v = length - u
    b = (math.ceil(v * math.log2(radix)) + 7) // 8
    assert 256**b >= radix**v > 256 ** (b - 1)
    d = 4 * ((b + 3) // 4) + 4
    p = (bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256])
         + length.to_bytes(4, "big") + len(tweak).to_bytes(4, "big"))
    q = (tweak + bytes((-len(tweak) - b - 1) % 16) + bytes([turn])
         + _number(half, radix).to_bytes(b, "big"))
    mac = _aes(key, modes.CBC(bytes(16)), p + q)[-16:]
    s, block = mac, 1
    while len(s) < d:
        s += _aes(key, modes.ECB(), bytes(x ^ y for x, y in zip(mac, block.to_bytes(16, "big"))))
        block += 1
    return int.from_bytes(s[:d], "big")


def _aes(key, mode, blocks):
    return Cipher(algorithms.AES(key), mode).encryptor().update(blocks)


def _number(numerals, radix):
    number = 0
    for numeral in numerals:
        number = number * radix + numeral
    return number


def _numerals(number, radix, count):
    numerals = []
    for _ in range(count):
        number, numeral = divmod(number, radix)
        numerals.append(numeral)
    return numerals[::-1]


def luhn(digits):
    """The sum of ISO/IEC 7812-1, annex B, modulo 10."""
    doubled = [(0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[digit] for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10


class Shape:
    """A class of kind `fpe`, by its settings in the policy."""

    def __init__(self, settings):
        self.letters = settings.get("characters") or ALPHABETS[settings["alphabet"]]
        self.fold = settings.get("case") == "fold"
        self.first, self.last = settings.get("keep_first", 0), settings.get("keep_last", 0)
        self.luhn = settings.get("luhn", "ignore")
        marker, place = settings.get("marker", ""), settings.get("marker_place", "before")
        self.before = marker if place == "before" else ""
        self.in_place = [self.letters.index(each) for each in marker] if not self.before else []

    def tokenize(self, key, value):
        return self.before + self._turn(encrypt, key, value, to_token=True)

    def reveal(self, key, token):
        assert token.startswith(self.before)
        return self._turn(decrypt, key, token[len(self.before) :], to_token=False)

    def _turn(self, cipher, key, text, to_token):
        numerals = [self._numeral(each) for each in text if self._numeral(each) is not None]
        end = len(numerals) - self.last
        first, last = numerals[: self.first], numerals[end:]
        # what the value has and the token has not, or the other way round
        computed = self.luhn in ("valid", "invalid")
        middle = numerals[self.first : end - computed]
        if self.in_place:
            # its place is that of a check digit of the value
            assert self.luhn == "require" and not self.first and len(self.in_place) == 1
            middle = middle[:-1] if to_token else middle[1:]
        tweak = b"".join(numeral.to_bytes(2, "big") for numeral in first + last)
        middle = cipher(key, len(self.letters), tweak, middle)
        target = 1 if self.luhn == "invalid" and to_token else 0
        if self.in_place and to_token:
            done = self.in_place + middle
        elif computed or self.in_place:
            done = next(
                done
                for digit in range(10)
                if luhn(done := first + middle + [digit] + last) == target
            )
            return self._write(text, done)
        else:
            done = first + middle
        return self._write(text, done + last)

    def _numeral(self, letter):
        if letter in self.letters:
            return self.letters.index(letter)
        if self.fold and letter.swapcase() in self.letters:
            return self.letters.index(letter.swapcase())
        return None

    def _write(self, text, numerals):
        numerals, written = iter(numerals), ""
        for letter in text:
            if self._numeral(letter) is None:
                written += letter
                continue
            other = self.letters[next(numerals)]
            written += (other.upper() if letter.isupper() else other.lower()) if self.fold else other
        return written

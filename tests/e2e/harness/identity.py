"""The callers' identity provider: an RSA signing key, its JWKS as a file, and tokens."""

import base64
import json
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://login.example.org"
PROVIDER = "login.example.org"
AUDIENCE = "veilgate"
KEY_ID = "e2e-1"


class Identity:
    def __init__(self, folder):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.jwks_file = folder / "jwks.json"
        numbers = self.key.public_key().public_numbers()
        jwk = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": base64url(numbers.n),
            "e": base64url(numbers.e),
        }
        self.jwks_file.write_text(json.dumps({"keys": [jwk]}))

    def token(self, subject, group, key=None, **claims):
        """A signed token; `claims` replace or add, and a claim of None is left out."""
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "groups": [group],
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        payload = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(payload, key or self.key, algorithm="RS256", headers={"kid": KEY_ID})


def base64url(number):
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

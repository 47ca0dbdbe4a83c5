"""An identity provider of the gateway's clients: keys of every type, tokens made by PyJWT, a server of its JWKS."""

import base64
import http.server
import json
import threading
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://login.example.com/"
AUDIENCE = "veilgate"
WRITERS = {"rsa": RSAAlgorithm, "p256": ECAlgorithm, "p384": ECAlgorithm, "ed": OKPAlgorithm}


def new_key(kind):
    return {
        "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed": ed25519.Ed25519PrivateKey.generate,
    }[kind]()


class Issuer:
    """Keys by `kid`. `kinds` says which type each is of."""

    def __init__(self, **kinds):
        self.kinds = kinds
        self.keys = {kid: new_key(kind) for kid, kind in kinds.items()}

    def jwk(self, kid):
        public = WRITERS[self.kinds[kid]].to_jwk(self.keys[kid].public_key(), as_dict=True)
        return {**public, "kid": kid, "use": "sig"}

    def jwks(self, *kids):
        """The key set of these keys, or of all."""
        return json.dumps({"keys": [self.jwk(kid) for kid in kids or self.keys]})

    def token(self, kid, algorithm, head=None, key=None, **claims):
        """A signed token. `claims` replace or add, and one of None is left out; so does `head`."""
        payload = {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600, "tenant_id": "acme", **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(payload, key or self.keys[kid], algorithm, {"kid": kid, **(head or {})})


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class JwksServer:
    """Serves a text on loopback, counts how often, and can be made to fail or to say nothing; with `tls`, an
    SSLContext, over it."""

    def __init__(self, text, port=0, tls=None):
        self.text = text
        self.status = 200
        self.count = 0
        self.silent = threading.Event()
        self._closing = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.count += 1
                if server.silent.is_set():
                    server._closing.wait(60)
                    return
                body = server.text.encode()
                self.send_response(server.status)
                self.send_header("Content-Type", "application/jwk-set+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/jwks.json"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self):
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

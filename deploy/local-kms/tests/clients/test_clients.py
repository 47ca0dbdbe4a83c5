"""boto3 and the AWS command line against veilgate-local-kms.

The binary comes from VEILGATE_BIN_DIR, or else from the workspace's target/debug.
Needs: pytest, boto3, awscli, cryptography, pyjwt.
"""

import base64
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import boto3
import botocore.config
import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

ROOT = pathlib.Path(__file__).resolve().parents[4]
ISSUER = "http://127.0.0.1:9100"
PROVIDER = "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:9100"
ROLE = "arn:aws:iam::000000000000:role/analyst"
ADMIN = ("AKIALOCALADMIN000000", "local-admin-secret")
TAGS = "https://aws.amazon.com/tags"

CONFIG = {
    "version": 1,
    "users": [
        {
            "name": "admin",
            "access_key_id": ADMIN[0],
            "secret_access_key": ADMIN[1],
            "policies": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}],
        }
    ],
    "roles": [
        {
            "name": "analyst",
            "trust": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": PROVIDER},
                        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                        "Condition": {"StringEquals": {"127.0.0.1:9100:aud": "veilgate"}},
                    },
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::000000000000:user/admin"},
                        "Action": ["sts:AssumeRole", "sts:TagSession"],
                    },
                ],
            },
        }
    ],
    "oidc_providers": [{"issuer": ISSUER, "audiences": ["veilgate"], "jwks_file": "jwks.json"}],
}


def find_binary():
    folder = pathlib.Path(os.environ.get("VEILGATE_BIN_DIR") or ROOT / "target" / "debug")
    binary = folder / "veilgate-local-kms"
    if not binary.is_file():
        pytest.fail(f"{binary} is missing: build it with `cargo build -p local-kms`, or set VEILGATE_BIN_DIR")
    return binary


class Server:
    """The binary, running on a free port."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "local-kms.yaml").write_text(json.dumps(CONFIG))
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        jwk.update(kid="one", alg="RS256", use="sig")
        (folder / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
        self.process = subprocess.Popen(
            [find_binary(), "--listen", "127.0.0.1:0", "--state", folder / "state", "--config", folder / "local-kms.yaml"],
            stdout=(folder / "audit.jsonl").open("w"),
            stderr=subprocess.PIPE,
            text=True,
        )
        said = []
        for line in self.process.stderr:
            said.append(line)
            if line.startswith("listening on "):
                self.url = line.split()[-1]
                break
        else:
            pytest.fail("veilgate-local-kms did not start: " + "".join(said))
        assert any("for development" in line for line in said)

    def client(self, service, credentials=ADMIN, token=None):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=credentials[0],
            aws_secret_access_key=credentials[1],
            aws_session_token=token,
            config=botocore.config.Config(retries={"max_attempts": 1}),
        )

    def token(self, **changes):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "veilgate", "sub": "eve", "iat": now, "nbf": now, "exp": now + 600, **changes}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})

    def exchange(self, token):
        answer = self.client("sts").assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="eve", WebIdentityToken=token
        )
        given = answer["Credentials"]
        return self.client("kms", (given["AccessKeyId"], given["SecretAccessKey"]), given["SessionToken"])

    def stop(self):
        self.process.terminate()
        assert self.process.wait(15) == 0
        self.process.stderr.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("local-kms"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def kms(server):
    return server.client("kms")


def make(kms, **options):
    return kms.create_key(**options)["KeyMetadata"]["Arn"]


def statement(effect="Allow", principal=ROLE, action="kms:Decrypt", **more):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def policy(*statements):
    mine = statement(principal="arn:aws:iam::000000000000:user/admin", action="kms:*")
    return json.dumps({"Version": "2012-10-17", "Statement": [mine, *statements]})


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def public_key(kms, key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
@pytest.mark.parametrize("algorithm, digest", [("RSAES_OAEP_SHA_256", hashes.SHA256()), ("RSAES_OAEP_SHA_1", hashes.SHA1())])
def test_what_openssl_encrypts_kms_decrypts(kms, spec, algorithm, digest):
    key = make(kms, KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    sealed = public_key(kms, key).encrypt(b"value", oaep)
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == b"value"
    again = kms.encrypt(KeyId=key, Plaintext=b"value", EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    assert len(again) == int(spec[4:]) // 8 and again != sealed


@pytest.mark.parametrize("form", ["RAW", "DIGEST"])
def test_openssl_verifies_what_kms_signs(kms, form):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"message")
    message = b"message" if form == "RAW" else digest.finalize()

    def sign(key, algorithm):
        return kms.sign(KeyId=key, Message=message, MessageType=form, SigningAlgorithm=algorithm)["Signature"]

    curve = make(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    signature = sign(curve, "ECDSA_SHA_256")
    public_key(kms, curve).verify(signature, b"message", ec.ECDSA(hashes.SHA256()))
    assert all(part > 0 for part in utils.decode_dss_signature(signature))
    big = make(kms, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    for algorithm, scheme in [
        ("RSASSA_PKCS1_V1_5_SHA_256", padding.PKCS1v15()),
        ("RSASSA_PSS_SHA_256", padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)),
    ]:
        public_key(kms, big).verify(sign(big, algorithm), b"message", scheme, hashes.SHA256())


def test_every_other_operation(kms):
    key = make(kms, Description="d", Tags=[{"TagKey": "team", "TagValue": "blue"}])
    other = make(kms)
    kms.create_alias(AliasName="alias/clients", TargetKeyId=key)
    kms.update_alias(AliasName="alias/clients", TargetKeyId=other)
    assert kms.list_aliases(KeyId=other)["Aliases"][0]["AliasName"] == "alias/clients"
    assert kms.describe_key(KeyId="alias/clients")["KeyMetadata"]["Arn"] == other
    kms.delete_alias(AliasName="alias/clients")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "level", "TagValue": "1"}])
    kms.untag_resource(KeyId=key, TagKeys=["team"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "level", "TagValue": "1"}]
    assert key in [k["KeyArn"] for page in kms.get_paginator("list_keys").paginate() for k in page["Keys"]]

    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "1"})
    moved = kms.re_encrypt(
        CiphertextBlob=made["CiphertextBlob"], SourceEncryptionContext={"a": "1"}, DestinationKeyId=other
    )
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=24)["CiphertextBlob"]
    assert len(kms.decrypt(CiphertextBlob=hidden)["Plaintext"]) == 24
    assert len(kms.generate_random(NumberOfBytes=7)["Plaintext"]) == 7

    mac_key = make(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    arguments = {"KeyId": mac_key, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**arguments)["Mac"]
    assert kms.verify_mac(**arguments, Mac=mac)["MacValid"]
    assert code_of(kms.verify_mac, **arguments, Mac=bytes(32)) == "KMSInvalidMacException"

    kms.disable_key(KeyId=key)
    assert code_of(kms.encrypt, KeyId=key, Plaintext=b"v") == "DisabledException"
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert code_of(kms.encrypt, KeyId=key, Plaintext=b"v") == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    assert not kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]

    grant = kms.create_grant(KeyId=other, GranteePrincipal=ROLE, RetiringPrincipal=ROLE, Operations=["Decrypt"])
    assert kms.list_grants(KeyId=other)["Grants"][0]["GrantId"] == grant["GrantId"]
    assert len(kms.list_retirable_grants(RetiringPrincipal=ROLE)["Grants"]) == 1
    kms.revoke_grant(KeyId=other, GrantId=grant["GrantId"])
    again = kms.create_grant(KeyId=other, GranteePrincipal=ROLE, Operations=["Decrypt"])
    kms.retire_grant(GrantToken=again["GrantToken"])
    assert kms.list_grants(KeyId=other)["Grants"] == []


def oaep_to(parameters, value):
    public = serialization.load_der_public_key(parameters["PublicKey"])
    return public.encrypt(value, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))


def imported(kms, wrapping, wrap, **arguments):
    key = make(kms, Origin="EXTERNAL", **arguments)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=wrapping, WrappingKeySpec="RSA_4096")
    assert given["KeyId"] == key and len(given["ImportToken"]) <= 6144
    kms.import_key_material(
        KeyId=key,
        ImportToken=given["ImportToken"],
        EncryptedKeyMaterial=wrap(given),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["Origin"], described["KeyState"]) == ("EXTERNAL", "Enabled")
    assert described["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
    return key


def test_what_python_wraps_kms_imports(kms):
    """An RSA key goes under an AES key (AES-KWP), a MAC key straight under OAEP, as AWS documents."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pkcs8, wrapping_key = private.private_bytes(*encoding), os.urandom(32)

    def through_aes(given):
        return oaep_to(given, wrapping_key) + keywrap.aes_key_wrap_with_padding(wrapping_key, pkcs8)

    usage = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}
    key = imported(kms, "RSA_AES_KEY_WRAP_SHA_256", through_aes, **usage)
    sealed = private.public_key().encrypt(b"v", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert opened["Plaintext"] == b"v"

    secret = os.urandom(32)
    usage = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
    key = imported(kms, "RSAES_OAEP_SHA_256", lambda given: oaep_to(given, secret), **usage)
    mac = kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert mac == hmac.digest(secret, b"m", "sha256")
    kms.delete_imported_key_material(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    code = code_of(kms.generate_mac, KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
    assert code == "KMSInvalidStateException"


def test_the_key_policy_decides_for_web_identities(server, kms):
    key = make(kms, Policy=policy(statement()))
    sealed = kms.encrypt(KeyId=key, Plaintext=b"value")["CiphertextBlob"]
    eve = server.exchange(server.token())
    assert eve.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"value"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy())
    assert code_of(eve.decrypt, CiphertextBlob=sealed) == "AccessDeniedException"
    by_tag = statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(by_tag))
    assert code_of(eve.decrypt, CiphertextBlob=sealed) == "AccessDeniedException"
    blue = server.exchange(server.token(**{TAGS: {"principal_tags": {"team": ["blue"]}}}))
    assert blue.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"value"


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"exp": 1}, "ExpiredTokenException"),
        ({"aud": "elsewhere"}, "InvalidIdentityToken"),
        ({"iss": "http://127.0.0.1:1"}, "InvalidIdentityToken"),
        ({"nbf": 4_000_000_000}, "InvalidIdentityToken"),
    ],
)
def test_web_identities_that_prove_nothing(server, changes, expected):
    assert code_of(server.exchange, token=server.token(**changes)) == expected


def test_a_token_signed_by_another(server):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(server.token(), options={"verify_signature": False})
    token = jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "one"})
    assert code_of(server.exchange, token=token) == "InvalidIdentityToken"


def test_exceptions_have_the_types_that_boto3_maps(server, kms):
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId="alias/absent")
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=b"garbage")
    with pytest.raises(kms.exceptions.MalformedPolicyDocumentException):
        kms.create_key(Policy="{}")
    guess = server.client("kms", ("AKIALOCALADMIN000000", "guess"))
    assert code_of(guess.list_keys) == "InvalidSignatureException"
    assert code_of(server.client("sts", ("AKIANOBODY0000000000", "x")).get_caller_identity) == "InvalidClientTokenId"


def aws(server, *arguments, **environment):
    """Runs the AWS command line that is installed beside this Python."""
    command = shutil.which("aws", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert command, "the AWS command line is not installed"
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(server.folder),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ADMIN[0],
        "AWS_SECRET_ACCESS_KEY": ADMIN[1],
        **environment,
    }
    run = subprocess.run([command, *arguments], env=variables, capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def test_the_aws_command_line(server):
    def answer(*arguments, **environment):
        status, out, err = aws(server, *arguments, "--output", "json", **environment)
        assert status == 0, err
        return json.loads(out) if out.strip() else None

    assert answer("sts", "get-caller-identity")["Arn"] == "arn:aws:iam::000000000000:user/admin"
    key = answer("kms", "create-key", "--policy", policy(statement()))["KeyMetadata"]["KeyId"]
    plaintext = server.folder / "plaintext"
    plaintext.write_bytes(b"value")
    sealed = answer("kms", "encrypt", "--key-id", key, "--plaintext", f"fileb://{plaintext}")["CiphertextBlob"]
    blob = server.folder / "ciphertext"
    blob.write_bytes(base64.b64decode(sealed))
    decrypt = ("kms", "decrypt", "--ciphertext-blob", f"fileb://{blob}")
    assert base64.b64decode(answer(*decrypt)["Plaintext"]) == b"value"

    # The command line takes the token from a file and asks STS by itself.
    token = server.folder / "token"
    token.write_text(server.token())
    nobody = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_ROLE_ARN": ROLE,
        "AWS_ROLE_SESSION_NAME": "eve",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    who = answer("sts", "get-caller-identity", **nobody)["Arn"]
    assert who == "arn:aws:sts::000000000000:assumed-role/analyst/eve"
    assert base64.b64decode(answer(*decrypt, **nobody)["Plaintext"]) == b"value"
    answer("kms", "put-key-policy", "--key-id", key, "--policy-name", "default", "--policy", policy())
    status, _, err = aws(server, *decrypt, **nobody)
    assert status != 0 and "AccessDeniedException" in err
    role = answer("sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "cli", "--tags", "Key=team,Value=blue")
    assert role["AssumedRoleUser"]["Arn"].endswith("assumed-role/analyst/cli")


def test_the_audit_shows_who_was_allowed_and_who_was_not(server):
    entries = [json.loads(line) for line in (server.folder / "audit.jsonl").read_text().splitlines()]
    decrypts = [entry for entry in entries if entry["eventName"] == "Decrypt"]
    eve = "arn:aws:sts::000000000000:assumed-role/analyst/eve"
    assert {"Success", "AccessDeniedException"} <= {entry["outcome"] for entry in decrypts if entry["principal"] == eve}
    text = (server.folder / "audit.jsonl").read_text()
    assert ADMIN[1] not in text and base64.b64encode(b"value").decode() not in text

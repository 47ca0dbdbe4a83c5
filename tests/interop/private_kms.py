"""A stand-in for the boto3 KMS client that has the private keys itself: `decrypt` only."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)


class InvalidCiphertext(Exception):
    """What KMS answers to what its key does not open."""


class PrivateKms:
    def __init__(self, private_keys):
        """private_keys: {KMS key id: PEM}."""
        load = serialization.load_pem_private_key
        self.keys = {name: load(pem.encode(), None) for name, pem in private_keys.items()}

    def decrypt(self, *, KeyId, CiphertextBlob, EncryptionAlgorithm):
        assert EncryptionAlgorithm == "RSAES_OAEP_SHA_256"
        try:
            plaintext = self.keys[KeyId].decrypt(CiphertextBlob, OAEP)
        except ValueError:
            raise InvalidCiphertext from None
        return {"Plaintext": plaintext, "KeyId": KeyId, "EncryptionAlgorithm": EncryptionAlgorithm}

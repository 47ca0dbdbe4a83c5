"""A stand-in for the boto3 KMS client that has the keys itself: `decrypt` only."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)


class InvalidCiphertext(Exception):
    """What KMS answers to what its key does not open."""


class PrivateKms:
    def __init__(self, private_keys, wrapped=()):
        """private_keys: {KMS key id: PEM}; wrapped: [(KMS key id, ciphertext, context, plaintext)]."""
        load = serialization.load_pem_private_key
        self.keys = {name: load(pem.encode(), None) for name, pem in private_keys.items()}
        self.wrapped = list(wrapped)

    def decrypt(self, *, KeyId, CiphertextBlob, EncryptionAlgorithm=None, EncryptionContext=None):
        if EncryptionContext is not None:
            return {"Plaintext": self._unwrap(KeyId, CiphertextBlob, EncryptionContext)}
        assert EncryptionAlgorithm == "RSAES_OAEP_SHA_256"
        try:
            plaintext = self.keys[KeyId].decrypt(CiphertextBlob, OAEP)
        except ValueError:
            raise InvalidCiphertext from None
        return {"Plaintext": plaintext, "KeyId": KeyId, "EncryptionAlgorithm": EncryptionAlgorithm}

    def _unwrap(self, *asked):
        for *known, plaintext in self.wrapped:
            if tuple(known) == asked:
                return plaintext
        raise InvalidCiphertext

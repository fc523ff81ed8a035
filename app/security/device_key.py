"""The device's signing key (Ed25519): it signs every operation; HQ knows the public half from enrolment."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SEED_BYTES = 32
SIGNATURE_BYTES = 64


class DeviceKey:
    """A private key that signs and shows its public half; neither ``repr`` nor pickling gives the seed away."""

    __slots__ = ("_private",)

    def __init__(self, seed: bytes) -> None:
        """``seed`` is 32 random bytes; another length is a defect (``ValueError``)."""
        if len(seed) != SEED_BYTES:
            raise ValueError("an Ed25519 seed has 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_bytes(self) -> bytes:
        """The public key's 32 bytes, as enrolment sends them."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of signature over ``message``; the same message always gives the same ones."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        """The public half only."""
        return f"DeviceKey(public={self.public_bytes.hex()})"

    def __reduce__(self) -> tuple[object, ...]:
        """Refuse to be pickled or copied to another process."""
        raise TypeError("a device key stays in its process")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``message`` is by the holder of ``public``; malformed keys and signatures are not."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

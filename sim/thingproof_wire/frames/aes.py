"""AES-128 of single blocks and the check of its keys, for the frame families that define their own modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

from thingproof_wire.errors import OutOfRange

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

KEY_BYTES = 16
BLOCK = 16


def check_key(name: str, key: bytes) -> None:
    """Whether a key has 16 bytes.

    Raises:
        OutOfRange: it has not.
    """
    if len(key) != KEY_BYTES:
        raise OutOfRange(f"has {len(key)} bytes, must have {KEY_BYTES}", field=name)


def aes_encrypt(key: bytes, blocks: bytes) -> bytes:
    """AES-128 of whole blocks, each for itself."""
    return block_encryptor(key).update(blocks)


def aes_decrypt(key: bytes, blocks: bytes) -> bytes:
    """The reverse of `aes_encrypt`."""
    return _ecb(key).decryptor().update(blocks)


def block_encryptor(key: bytes) -> CipherContext:
    """A context to keep: making one costs ten times as much as using it."""
    return _ecb(key).encryptor()


def _ecb(key: bytes) -> Cipher[ECB]:
    # LoRaWAN and Zigbee define their modes by single AES blocks.
    return Cipher(AES128(key), ECB())  # noqa: S305

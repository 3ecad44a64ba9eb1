"""CCM* with AES-128, and the hash and the keys that Zigbee derives with the same block cipher.

Source: Zigbee specification 05-3474 R21, annex A (CCM* mode of operation) and B.1 (block cipher, hash of
Matyas, Meyer and Oseas, keyed hash), section 4.5.3 (key hierarchy); IEEE 802.15.4-2006, annex B. CCM* is CCM
of RFC 3610 with a two-byte length and, beyond it, no MIC at all and encryption alone.

`CcmStar` keeps its ciphers. The cipher's own mode was measured against one of single blocks and kept: it is
more than twice as fast.
"""

from __future__ import annotations

from binascii import crc_hqx

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR

from thingproof_wire.errors import OutOfRange, Truncated, WrongChecksum, WrongMic
from thingproof_wire.frames.aes import BLOCK, aes_encrypt, check_key
from thingproof_wire.frames.ieee802154 import MIRRORED

WELL_KNOWN_LINK_KEY = b"ZigBeeAlliance09"
"""The trust centre link key of devices that have no install code (section 4.6.3)."""
NONCE_BYTES = 13
MIC_SIZES = (0, 4, 8, 16)
MAX_BYTES = 0xFFFF
_KEY_TRANSPORT, _KEY_LOAD, _KEY_VERIFY = 0x00, 0x02, 0x03
_INSTALL_CODE_SIZES = (6, 8, 12, 16)

_from_bytes = int.from_bytes


class CcmStar:
    """Seals and opens with one key.

    Args:
        key: 16 bytes.
    """

    __slots__ = ("_by_mic", "_cipher", "key")

    def __init__(self, key: bytes) -> None:
        check_key("key", key)
        self.key = key
        self._cipher = AESCCM(key, tag_length=4)
        self._by_mic = {4: self._cipher}

    def seal(self, nonce: bytes, header: bytes, payload: bytes, mic: int = 4) -> bytes:
        """The payload encrypted, and the MIC over header and payload.

        Args:
            nonce: 13 bytes, never twice with one key.
            header: what is protected but not hidden.
            payload: what is protected and hidden.
            mic: bytes of the MIC: 0, 4, 8 or 16.

        Raises:
            OutOfRange: a length that CCM* does not have.
        """
        if len(nonce) != NONCE_BYTES or len(payload) > MAX_BYTES:
            raise _out_of_range(nonce, payload)
        cipher = self._cipher if mic == 4 else self._other(mic)
        return cipher.encrypt(nonce, payload, header) if cipher else self._hide(nonce, payload)

    def open(self, nonce: bytes, header: bytes, sealed: bytes, mic: int = 4) -> bytes:
        """The payload in the clear of what `seal` gave.

        Raises:
            WrongMic: another key, nonce or header, or changed bytes.
            Truncated, OutOfRange: a length that CCM* does not have.
        """
        if len(sealed) < mic:
            raise Truncated(f"has {len(sealed)} bytes, the MIC alone has {mic}", offset=0, field="MIC")
        if len(nonce) != NONCE_BYTES or len(sealed) - mic > MAX_BYTES:
            raise _out_of_range(nonce, sealed)
        cipher = self._cipher if mic == 4 else self._other(mic)
        if cipher is None:
            return self._hide(nonce, sealed)
        try:
            return cipher.decrypt(nonce, sealed, header)
        except InvalidTag:
            raise WrongMic(f"is {sealed[-mic:].hex()}, another key, nonce or content", field="MIC") from None

    def _other(self, mic: int) -> AESCCM | None:
        """The cipher of another length of the MIC, None without MIC.

        Raises:
            OutOfRange: no such length.
        """
        if mic not in MIC_SIZES:
            raise OutOfRange(f"has {mic} bytes, must have 0, 4, 8 or 16", field="MIC")
        if mic and mic not in self._by_mic:
            self._by_mic[mic] = AESCCM(self.key, tag_length=mic)
        return self._by_mic.get(mic)

    def _hide(self, nonce: bytes, payload: bytes) -> bytes:
        """Encryption alone, and its reverse: the counter blocks from the second on (annex A.2.3)."""
        first = bytes((1,)) + nonce + b"\x00\x01"
        return Cipher(AES128(self.key), CTR(first)).encryptor().update(payload)


def aes_mmo(message: bytes) -> bytes:
    """The hash of Matyas, Meyer and Oseas with AES-128: 16 bytes (annex B.6).

    Raises:
        OutOfRange: 2^29 bytes or more.
    """
    bits = 8 * len(message)
    if bits >= 1 << 32:
        raise OutOfRange(f"has {len(message)} bytes, at most 2^29 - 1 can be hashed", field="message")
    long = bits >= 1 << 16  # the length needs more than two bytes
    length = bits.to_bytes(4, "big") + bytes(2) if long else bits.to_bytes(2, "big")
    padded = message + b"\x80" + bytes(-(len(message) + 1 + len(length)) % BLOCK) + length
    state = bytes(BLOCK)
    for place in range(0, len(padded), BLOCK):
        block = padded[place : place + BLOCK]
        sealed = _from_bytes(aes_encrypt(state, block), "big")
        state = (sealed ^ _from_bytes(block, "big")).to_bytes(BLOCK, "big")
    return state


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """HMAC with `aes_mmo` and a key of one block (annex B.1.4)."""
    check_key("key", key)
    inner = aes_mmo(bytes(byte ^ 0x36 for byte in key) + message)
    return aes_mmo(bytes(byte ^ 0x5C for byte in key) + inner)


def key_transport_key(link_key: bytes) -> bytes:
    """What protects a network key on its way to a device (section 4.5.3.4)."""
    return keyed_hash(link_key, bytes((_KEY_TRANSPORT,)))


def key_load_key(link_key: bytes) -> bytes:
    """What protects a link key on its way to a device (section 4.5.3.4)."""
    return keyed_hash(link_key, bytes((_KEY_LOAD,)))


def verify_key_hash(link_key: bytes) -> bytes:
    """What a device shows to prove that it has a link key (section 4.4.10.7)."""
    return keyed_hash(link_key, bytes((_KEY_VERIFY,)))


def install_code_checksum(code: bytes) -> bytes:
    """The two bytes that follow an install code: CRC-16/X-25, little endian (13-0402-13, section 10.1)."""
    crc = crc_hqx(code.translate(MIRRORED), 0xFFFF) ^ 0xFFFF
    return crc.to_bytes(2, "big").translate(MIRRORED)


def install_code_key(code: bytes) -> bytes:
    """The link key of an install code with its checksum (13-0402-13, section 10.1).

    Raises:
        OutOfRange: not 6, 8, 12 or 16 bytes and two of checksum.
        WrongChecksum: mistyped.
    """
    size = len(code) - 2
    if size not in _INSTALL_CODE_SIZES:
        raise OutOfRange(f"has {len(code)} bytes, must have 8, 10, 14 or 18", field="install code")
    if install_code_checksum(code[:size]) != code[size:]:
        raise WrongChecksum(
            f"is {code[size:].hex()}, must be {install_code_checksum(code[:size]).hex()}",
            offset=size,
            field="install code",
        )
    return aes_mmo(code)


def _out_of_range(nonce: bytes, payload: bytes) -> OutOfRange:
    """Which of the lengths is wrong."""
    if len(nonce) != NONCE_BYTES:
        return OutOfRange(f"has {len(nonce)} bytes, must have {NONCE_BYTES}", field="nonce")
    return OutOfRange(f"has {len(payload)} bytes, at most {MAX_BYTES} fit", field="payload")

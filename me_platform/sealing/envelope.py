"""Sealed blobs: what is said by or about a person, closed so that only the right key at the right place opens it.

The first byte of a blob is its format, and each format is final: a change of algorithm or layout takes a new number,
so that a record sealed years ago still opens.

====== =============================================== =====================================================
format made by                                         after the first byte
====== =============================================== =====================================================
1      ``seal_to_person`` (HPKE, RFC 9180, base mode)  ephemeral public key (32), ciphertext, tag (16)
2      ``seal_with_key`` (AES-256-GCM)                 nonce (12), ciphertext, tag (16)
3      ``wrap_with_secret`` (HKDF-SHA-256, then GCM)   nonce (12), ciphertext, tag (16)
4      ``wrap_with_code`` (scrypt, then GCM)           salt (16), nonce (12), ciphertext, tag (16)
====== =============================================== =====================================================

Formats 1 and 2 hold texts and are padded: the length of the blob tells its size class and nothing else. Formats 3 and
4 hold keys, whose length is no secret. Chance comes in as an argument; only HPKE makes its ephemeral key itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from me_platform.errors import SealBroken

STEP = 1024
"""Texts are padded to a multiple of this many bytes (architecture, "Sealed records")."""

KEY_BYTES = 32
"""Length of every key here: X25519 keys, AES-256 keys, HMAC-SHA-256 outputs."""

Random = Callable[[int], bytes]
"""A source of chance: returns that many bytes nobody can foresee (``Sources.random``)."""

_TO_PERSON, _WITH_KEY, _WITH_SECRET, _WITH_CODE = b"\x01", b"\x02", b"\x03", b"\x04"
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_NONCE_BYTES = 12
_SALT_BYTES = 16
_TAG_BYTES = 16
_LENGTH_BYTES = 4


@dataclass(frozen=True)
class Place:
    """Where a sealed blob lies. A blob that is moved to another row, table or partner does not open there."""

    table: str
    row: UUID
    partner: UUID

    def __str__(self) -> str:
        return f"{self.table} {self.row} of partner {self.partner}"


def make_public_key(private: bytes) -> bytes:
    """The X25519 public key (32 bytes) of a private key; any 32 random bytes are a private key (RFC 7748, 5)."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_to_person(public_key: bytes, plaintext: bytes, place: Place, size: int = 0) -> bytes:
    """Seal for the holder of the private key, so that the writer cannot read it again (format 1).

    Every plaintext of up to ``size`` bytes gives a blob of one and the same length.
    Raises ValueError where ``public_key`` is none.
    """
    padded = _pad(plaintext, size)
    recipient = X25519PublicKey.from_public_bytes(public_key)
    return _TO_PERSON + _HPKE.encrypt(padded, recipient, info=_bind(_TO_PERSON, place))


def open_as_person(private_key: bytes, sealed: bytes, place: Place) -> bytes:
    """The plaintext of a format 1 blob. Raises SealBroken for another key, place or format and for changed bytes."""
    body = _take_format(_TO_PERSON, sealed, place)
    try:
        padded = _HPKE.decrypt(body, X25519PrivateKey.from_private_bytes(private_key), info=_bind(_TO_PERSON, place))
    except (InvalidTag, ValueError) as error:
        raise SealBroken(str(place)) from error
    return _unpad(padded, place)


def reseal_to_person(public_key: bytes, plaintext: bytes, place: Place, before: bytes) -> bytes:
    """Seal a text in the place of ``before``, a format 1 blob, at the same length where the text is no longer."""
    frame = len(_TO_PERSON) + KEY_BYTES + _TAG_BYTES + _LENGTH_BYTES
    return seal_to_person(public_key, plaintext, place, len(before) - frame)


def seal_with_key(key: bytes, plaintext: bytes, place: Place, random: Random, size: int = 0) -> bytes:
    """Seal under a 32-byte key that also opens it (format 2); lengths as in ``seal_to_person``."""
    return _WITH_KEY + _encrypt(key, _pad(plaintext, size), _bind(_WITH_KEY, place), random)


def open_with_key(key: bytes, sealed: bytes, place: Place) -> bytes:
    """The plaintext of a format 2 blob. Raises SealBroken for another key, place or format and for changed bytes."""
    body = _take_format(_WITH_KEY, sealed, place)
    return _unpad(_decrypt(key, body, _bind(_WITH_KEY, place), place), place)


def wrap_with_secret(secret: bytes, key: bytes, place: Place, random: Random) -> bytes:
    """Seal a key under a long random secret, such as a cookie's 32 bytes or a key above it (format 3, not padded).

    The secret itself encrypts nothing: each place gets a key of its own from it by HKDF.
    """
    bound = _bind(_WITH_SECRET, place)
    return _WITH_SECRET + _encrypt(_expand(secret, bound), key, bound, random)


def unwrap_with_secret(secret: bytes, wrapped: bytes, place: Place) -> bytes:
    """The key in a format 3 blob. Raises SealBroken for another secret, place or format and for changed bytes."""
    body = _take_format(_WITH_SECRET, wrapped, place)
    bound = _bind(_WITH_SECRET, place)
    return _decrypt(_expand(secret, bound), body, bound, place)


def wrap_with_code(code: str, key: bytes, place: Place, random: Random) -> bytes:
    """Seal a key under a code a person can write down (format 4, not padded); slow on purpose, 32 MiB of memory.

    The caller brings the code into its one canonical spelling.
    """
    salt = random(_SALT_BYTES)
    return _WITH_CODE + salt + _encrypt(_stretch(code, salt), key, _bind(_WITH_CODE, place), random)


def unwrap_with_code(code: str, wrapped: bytes, place: Place) -> bytes:
    """The key in a format 4 blob. Raises SealBroken for another code, place or format and for changed bytes."""
    body = _take_format(_WITH_CODE, wrapped, place)
    salt, rest = body[:_SALT_BYTES], body[_SALT_BYTES:]
    return _decrypt(_stretch(code, salt), rest, _bind(_WITH_CODE, place), place)


def make_subkey(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose, from which neither ``key`` nor the key of another purpose can be found (HKDF)."""
    return _expand(key, b"me_platform subkey " + purpose.encode())


def derive_notice_key(pepper: bytes, partner_id: UUID) -> bytes:
    """The 32-byte key under which a partner's notices lie: staff write them, the survey site reads them.

    Made from the pepper, which both hold and the database does not; the survey site never comes near the vault.
    """
    return _expand(pepper, b"me_platform notice " + partner_id.bytes)


def derive_use_key(pepper: bytes, partner_id: UUID) -> bytes:
    """The 32-byte key under which lies when a session's card was used first; only the survey site reads the column."""
    return _expand(pepper, b"me_platform door use " + partner_id.bytes)


def compute_code_mac(pepper: bytes, purpose: str, code: str | bytes) -> bytes:
    """What the database keeps of a code: HMAC-SHA-256 (32 bytes) under a pepper it does not hold.

    ``purpose`` (door, sitting, receipt) keeps equal codes of different purposes apart. Nothing is normalised here.
    """
    text = code.encode() if isinstance(code, str) else code
    return hmac.digest(pepper, b"%b\x00%b" % (purpose.encode(), text), "sha256")


def compute_body_mac(draft_key: bytes, body: bytes) -> bytes:
    """HMAC-SHA-256 (32 bytes) that recognises "same submission key, other body" and tells nothing without the key."""
    return hmac.digest(make_subkey(draft_key, "body"), body, "sha256")


def _bind(format_: bytes, place: Place) -> bytes:
    """Bytes that name format and place; the fields before the table have fixed lengths, so no two places agree."""
    return b"me_platform sealed " + format_ + place.partner.bytes + place.row.bytes + place.table.encode()


def _take_format(format_: bytes, sealed: bytes, place: Place) -> bytes:
    if sealed[:1] != format_:
        raise SealBroken(str(place))
    return sealed[1:]


def _pad(plaintext: bytes, size: int) -> bytes:
    """Length, plaintext and zeros; the length counts on top of ``size``, so that a full ``size`` still fits."""
    framed = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    steps = -(-max(len(framed), _LENGTH_BYTES + size) // STEP)
    return framed.ljust(steps * STEP, b"\x00")


def _unpad(padded: bytes, place: Place) -> bytes:
    """Undo ``_pad``. Anyone can seal to a public key, so what opens may still be no padded text: SealBroken."""
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    if len(padded) < _LENGTH_BYTES or end > len(padded) or padded[end:].strip(b"\x00"):
        raise SealBroken(str(place))
    return padded[_LENGTH_BYTES:end]


def _encrypt(key: bytes, plaintext: bytes, bound: bytes, random: Random) -> bytes:
    nonce = random(_NONCE_BYTES)
    return nonce + AESGCM(_check_key(key)).encrypt(nonce, plaintext, bound)


def _decrypt(key: bytes, body: bytes, bound: bytes, place: Place) -> bytes:
    try:
        return AESGCM(_check_key(key)).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise SealBroken(str(place)) from error


def _check_key(key: bytes) -> bytes:
    """AESGCM would take shorter keys for AES-128 and AES-192."""
    if len(key) != KEY_BYTES:
        message = f"a key has {KEY_BYTES} bytes, not {len(key)}"
        raise ValueError(message)
    return key


def _expand(secret: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret)


def _stretch(code: str, salt: bytes) -> bytes:
    """Format 4 fixes the cost: n = 2^15, r = 8, p = 1."""
    return Scrypt(salt, KEY_BYTES, n=2**15, r=8, p=1).derive(code.encode())

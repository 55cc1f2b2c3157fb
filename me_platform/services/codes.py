"""The codes people type, read aloud or write down: door codes, links, receipt codes, codes of persons.

Pure: chance is an argument and nothing is looked up. What the database keeps of a code is only its
HMAC (``sealing.envelope.compute_code_mac``) under one of the purposes named here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from enum import StrEnum

from me_platform.sealing.envelope import compute_code_mac

READ_ALOUD = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""30 characters nobody confuses on paper: no 0 or O, no 1, I or L, no U (which sounds and looks like V)."""

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 characters, 5 bits each; a typed O is read as 0, a typed I or L as 1."""

DOOR_LENGTH = 10
RECEIPT_LENGTH = 16
LINK_LENGTH = 26
PERSON_LENGTH = 8

_LINK_BYTES = 17
_BYTE_MASK = 31
_SEPARATORS = str.maketrans("", "", " \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212.")
_CROCKFORD = str.maketrans("OIL", "011")


class CodePurpose(StrEnum):
    """What a code's HMAC stands for, so that equal codes of two purposes never meet."""

    DOOR = "door"
    LINK = "link"
    SITTING = "sitting"
    RECEIPT = "receipt"
    CARD_CODE = "card code"
    CARD = "card"
    CARD_ROW = "card row"


def make_door_code(random: Callable[[int], bytes]) -> str:
    """A door code: 10 characters of the read-aloud alphabet, 49 random bits (privacy-and-safety 1.1)."""
    return _draw(random, READ_ALOUD, DOOR_LENGTH)


def make_receipt_code(random: Callable[[int], bytes]) -> str:
    """A receipt code: 16 characters, 80 random bits (privacy-and-safety 1.2)."""
    return _draw(random, RECEIPT_ALPHABET, RECEIPT_LENGTH)


def make_card_code(pepper: bytes, receipt_code: str) -> str:
    """The code of the link card that goes with a receipt code: as long, and telling nothing of it (R13).

    Always the same for the same receipt code, of whose 80 random bits it keeps as many.
    """
    mac = compute_code_mac(pepper, CodePurpose.CARD_CODE, receipt_code)
    number = int.from_bytes(mac[:10], "big")
    return "".join(RECEIPT_ALPHABET[number >> 5 * place & _BYTE_MASK] for place in range(RECEIPT_LENGTH))


def is_card_code(code: str) -> bool:
    """Whether a canonical code can be that of a link card."""
    return is_receipt_code(code) and set(code) <= set(RECEIPT_ALPHABET)


def make_person_code(random: Callable[[int], bytes]) -> str:
    """The code staff call a person by: 8 characters of the read-aloud alphabet. It opens nothing."""
    return _draw(random, READ_ALOUD, PERSON_LENGTH)


def make_link_token(random: Callable[[int], bytes]) -> str:
    """The token of a link or QR code: 26 lower-case base32 characters, 130 random bits (privacy-and-safety 1.1)."""
    return base64.b32encode(random(_LINK_BYTES)).decode().lower()[:LINK_LENGTH]


def read_typed_code(typed: str) -> str:
    """The canonical spelling of a code as a person typed it: upper case, without spaces, dashes and dots.

    Only a text of a receipt code's length gets Crockford's substitutions: in a door code O and 0 cannot occur, so
    they stay what they are and the code is simply wrong.
    """
    code = typed.translate(_SEPARATORS).upper()
    return code.translate(_CROCKFORD) if is_receipt_code(code) else code


def is_receipt_code(code: str) -> bool:
    """Whether a canonical code is a receipt code; it is told apart from a door code by its length alone."""
    return len(code) == RECEIPT_LENGTH


def format_code(code: str) -> str:
    """A code in groups that are easy to copy: a door code in fives, a receipt code in fours."""
    size = 4 if is_receipt_code(code) else 5
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def _draw(random: Callable[[int], bytes], alphabet: str, length: int) -> str:
    """Draw evenly: five bits of a byte choose a character, a value beyond the alphabet is thrown away."""
    code = ""
    while len(code) < length:
        values = (byte & _BYTE_MASK for byte in random(2 * length))
        code += "".join(alphabet[value] for value in values if value < len(alphabet))
    return code[:length]

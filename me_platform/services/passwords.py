"""Which passwords will do. Pure.

NIST SP 800-63B: a length, no rules about kinds of characters, and a refusal of what everybody tries first. The list of
what everybody tries is a rule here, not a file: a common word with digits around it, a run of the keyboard or the
alphabet, a few characters over and over, the own address.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

SHORTEST, LONGEST = 12, 256
"""Characters. The upper bound only keeps a log-in from hashing megabytes."""

_FEWEST_DIFFERENT = 5
_COMMON = frozenset(
    {
        "",
        *("admin", "administrator", "password", "passwort", "letmein", "welcome", "iloveyou", "monkey", "dragon"),
        *("parole", "manaparole", "latvija", "riga", "sveiki"),
        *("qwerty", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    }
)
_RUNS = ("01234567890" * 3, "qwertyuiopasdfghjklzxcvbnm" * 2, "abcdefghijklmnopqrstuvwxyz" * 2)


class PasswordFault(StrEnum):
    """What is wrong with a password; the value is the sentence of the command line."""

    TOO_SHORT = f"it needs at least {SHORTEST} characters"
    TOO_LONG = f"it may have {LONGEST} characters at most"
    OWN_ADDRESS = "it is the e-mail address"
    COMMON = "it is one that everybody tries first"


def find_password_fault(raw: str, email: str = "") -> PasswordFault | None:
    """What is wrong with a password somebody chose for the account of this address; None when it will do."""
    text = unicodedata.normalize("NFC", raw)
    if len(text) < SHORTEST:
        return PasswordFault.TOO_SHORT
    if len(text) > LONGEST:
        return PasswordFault.TOO_LONG
    plain = text.casefold().strip()
    if email and plain == email.casefold():
        return PasswordFault.OWN_ADDRESS
    return PasswordFault.COMMON if _is_common(plain) else None


def _is_common(plain: str) -> bool:
    word = "".join(character for character in plain if character.isalpha())
    half = word[: len(word) // 2]
    return (
        len(set(plain)) < _FEWEST_DIFFERENT
        or word in _COMMON
        or (bool(half) and word == half * 2 and half in _COMMON)
        or any(run.find(plain) >= 0 or run[::-1].find(plain) >= 0 for run in _RUNS)
    )

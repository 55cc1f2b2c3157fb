"""Codes people type: alphabets, lengths, randomness and forgiving reading (privacy-and-safety 1.1, 1.2)."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from me_platform.services.codes import (
    DOOR_LENGTH,
    READ_ALOUD,
    RECEIPT_ALPHABET,
    RECEIPT_LENGTH,
    format_code,
    is_receipt_code,
    make_door_code,
    make_link_token,
    make_person_code,
    make_receipt_code,
    read_typed_code,
)

CHANCE = random.Random(7).randbytes  # noqa: S311 - a fixed seed is what the tests want


def test_the_read_aloud_alphabet_has_no_two_signs_that_look_alike() -> None:
    """privacy-and-safety 1.1: a code can be read aloud and copied by hand."""
    assert not set("0O1ILU") & set(READ_ALOUD)
    assert len(set(READ_ALOUD)) == len(READ_ALOUD) == 30


def test_codes_have_the_promised_lengths_and_bits() -> None:
    """privacy-and-safety 1.1, 1.2: 10 characters; 130 bits; 16 characters of 5 bits."""
    assert len(make_door_code(CHANCE)) == 10
    assert len(make_link_token(CHANCE)) == 26
    assert len(make_receipt_code(CHANCE)) == 16
    assert len(RECEIPT_ALPHABET) == 2**5
    assert len(make_person_code(CHANCE)) == 8


def test_every_character_of_the_alphabet_is_drawn_equally_often() -> None:
    counts = Counter("".join(make_door_code(CHANCE) for _ in range(3000)))
    assert set(counts) == set(READ_ALOUD)
    assert max(counts.values()) < 1.25 * min(counts.values())


def test_a_link_uses_every_bit_of_its_chance() -> None:
    tokens = {make_link_token(CHANCE) for _ in range(500)}
    assert len(tokens) == 500
    for place in range(26):
        assert len({token[place] for token in tokens}) == 32


@given(st.text(READ_ALOUD, min_size=DOOR_LENGTH, max_size=DOOR_LENGTH))
def test_a_door_code_is_read_however_it_is_typed(code: str) -> None:
    for typed in (code.lower(), f"  {code} ", format_code(code), " ".join(code), format_code(code).replace("-", " – ")):
        assert read_typed_code(typed) == code
    assert not is_receipt_code(code)


@given(st.text(RECEIPT_ALPHABET, min_size=RECEIPT_LENGTH, max_size=RECEIPT_LENGTH))
def test_a_receipt_code_is_read_however_it_is_typed(code: str) -> None:
    for typed in (code.lower(), format_code(code), code.replace("0", "o").replace("1", "l"), code.replace("1", "i")):
        assert read_typed_code(typed) == code
    assert is_receipt_code(code)
    assert [len(group) for group in format_code(code).split("-")] == [4, 4, 4, 4]


@given(st.text(max_size=400))
def test_any_text_at_all_can_be_read(typed: str) -> None:
    """Bad input: oversized or binary fields are simply wrong codes."""
    code = read_typed_code(typed)
    assert read_typed_code(code) == code

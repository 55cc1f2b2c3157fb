"""The envelope: what is sealed opens with its key at its place, and nothing else opens it or can be told from it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_platform.errors import SealBroken
from me_platform.sealing import envelope
from me_platform.sealing.envelope import (
    KEY_BYTES,
    STEP,
    Place,
    compute_body_mac,
    compute_code_mac,
    derive_notice_key,
    make_public_key,
    make_subkey,
    open_as_person,
    open_with_key,
    seal_to_person,
    seal_with_key,
    unwrap_with_code,
    unwrap_with_secret,
    wrap_with_code,
    wrap_with_secret,
)

PLACE = Place("response", UUID(int=1), UUID(int=2))
KEY = bytes(range(KEY_BYTES))
OTHER_KEY = bytes(range(1, KEY_BYTES + 1))

keys = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
places = st.builds(Place, st.text("abcdefghij_.", min_size=1, max_size=20), st.uuids(), st.uuids())
calm = settings(deadline=None, max_examples=50)
slow = settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.too_slow])


def foreseen(count: int) -> bytes:
    """Chance that is none, for values that are compared with recorded ones."""
    return bytes(range(100, 100 + count))


@dataclass(frozen=True)
class Kind:
    """One format: how to seal (key, plaintext, place), how to open (key, blob, place), and its first byte."""

    seal: Callable[[bytes, bytes, Place], bytes]
    open: Callable[[bytes, bytes, Place], bytes]
    format: int


KINDS = {
    "to person": Kind(lambda key, text, place: seal_to_person(make_public_key(key), text, place), open_as_person, 1),
    "with key": Kind(lambda key, text, place: seal_with_key(key, text, place, secrets.token_bytes), open_with_key, 2),
    "with secret": Kind(
        lambda key, text, place: wrap_with_secret(key, text, place, secrets.token_bytes), unwrap_with_secret, 3
    ),
    "with code": Kind(
        lambda key, text, place: wrap_with_code(key.hex(), text, place, secrets.token_bytes),
        lambda key, blob, place: unwrap_with_code(key.hex(), blob, place),
        4,
    ),
}
PADDED = ["to person", "with key"]
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
quick_kinds = pytest.mark.parametrize("kind", list(KINDS.values())[:3], ids=list(KINDS)[:3])
padded_kinds = pytest.mark.parametrize("kind", [KINDS[name] for name in PADDED], ids=PADDED)


@quick_kinds
@given(key=keys, text=st.binary(max_size=3 * STEP), place=places)
@calm
def test_what_was_sealed_opens_unchanged(kind: Kind, key: bytes, text: bytes, place: Place) -> None:
    assert kind.open(key, kind.seal(key, text, place), place) == text


@given(code=st.text(min_size=1, max_size=16), key=keys, place=places)
@slow
def test_a_key_wrapped_with_a_code_opens_with_the_code(code: str, key: bytes, place: Place) -> None:
    assert unwrap_with_code(code, wrap_with_code(code, key, place, secrets.token_bytes), place) == key


@padded_kinds
@pytest.mark.parametrize("text", [b"", b"\x00", bytes(STEP), b"x" * 10_000, "Paldies, man palīdzēja.".encode()])
def test_empty_long_and_zero_texts_open_unchanged(kind: Kind, text: bytes) -> None:
    assert kind.open(KEY, kind.seal(KEY, text, PLACE), PLACE) == text


@every_kind
def test_the_first_byte_is_the_format(kind: Kind) -> None:
    assert kind.seal(KEY, KEY, PLACE)[0] == kind.format


@every_kind
def test_another_key_is_refused_and_the_error_names_the_place_only(kind: Kind) -> None:
    sealed = kind.seal(KEY, b"what she said", PLACE)
    with pytest.raises(SealBroken) as refused:
        kind.open(OTHER_KEY, sealed, PLACE)
    assert refused.value.place == f"response {UUID(int=1)} of partner {UUID(int=2)}"
    assert "what she said" not in str(refused.value)


@every_kind
@pytest.mark.parametrize(
    "elsewhere",
    [replace(PLACE, table="narrative"), replace(PLACE, row=UUID(int=3)), replace(PLACE, partner=UUID(int=3))],
    ids=["other table", "other row", "other partner"],
)
def test_a_blob_moved_to_another_place_is_refused(kind: Kind, elsewhere: Place) -> None:
    sealed = kind.seal(KEY, b"text", PLACE)
    with pytest.raises(SealBroken):
        kind.open(KEY, sealed, elsewhere)


@quick_kinds
@given(data=st.data())
@calm
def test_a_blob_with_one_changed_bit_is_refused(kind: Kind, data: st.DataObject) -> None:
    sealed = bytearray(kind.seal(KEY, b"text", PLACE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        kind.open(KEY, bytes(sealed), PLACE)


@pytest.mark.parametrize("position", [0, 1, 16, 17, 28, 29, -1])
def test_a_code_wrapped_key_with_one_changed_bit_is_refused(position: int) -> None:
    wrapped = bytearray(wrap_with_code("CODE", KEY, PLACE, secrets.token_bytes))
    wrapped[position] ^= 1
    with pytest.raises(SealBroken):
        unwrap_with_code("CODE", bytes(wrapped), PLACE)


@quick_kinds
def test_a_blob_cut_short_anywhere_or_lengthened_is_refused(kind: Kind) -> None:
    sealed = kind.seal(KEY, b"text", PLACE)
    for part in [*(sealed[:end] for end in range(0, len(sealed), 7)), sealed[:-1], sealed + b"\x00"]:
        with pytest.raises(SealBroken):
            kind.open(KEY, part, PLACE)


@pytest.mark.parametrize("end", [0, 1, 10, 20, -1])
def test_a_code_wrapped_key_cut_short_is_refused(end: int) -> None:
    with pytest.raises(SealBroken):
        unwrap_with_code("CODE", wrap_with_code("CODE", KEY, PLACE, secrets.token_bytes)[:end], PLACE)


@every_kind
def test_an_unknown_format_and_every_other_format_are_refused(kind: Kind) -> None:
    sealed = kind.seal(KEY, KEY, PLACE)
    for other in {0, 1, 2, 3, 4, 5, 255} - {kind.format}:
        with pytest.raises(SealBroken):
            kind.open(KEY, bytes([other]) + sealed[1:], PLACE)


@quick_kinds
@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_opening_with_a_key_of_another_length_is_refused(kind: Kind, length: int) -> None:
    """Among them 16 bytes, which AES would take for a weaker cipher."""
    sealed = kind.seal(KEY, b"text", PLACE)
    with pytest.raises(SealBroken):
        kind.open(bytes(length), sealed, PLACE)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_sealing_with_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_with_key(bytes(length), b"text", PLACE, secrets.token_bytes)
    with pytest.raises(ValueError, match="32 bytes"):
        seal_to_person(bytes(length), b"text", PLACE)


@padded_kinds
@given(first=st.binary(max_size=STEP - 4), second=st.binary(max_size=STEP - 4))
@calm
def test_texts_of_one_size_class_give_blobs_of_equal_length(kind: Kind, first: bytes, second: bytes) -> None:
    assert len(kind.seal(KEY, first, PLACE)) == len(kind.seal(KEY, second, PLACE))


@given(size=st.integers(0, 5 * STEP), data=st.data())
@calm
def test_every_text_up_to_the_capacity_gives_a_blob_of_one_length(size: int, data: st.DataObject) -> None:
    """Whoever reads the database learns nothing from lengths (privacy-and-safety part 2); a full capacity fits."""
    text = data.draw(st.binary(max_size=size))
    public_key = make_public_key(KEY)
    to_person = {len(seal_to_person(public_key, one, PLACE, size)) for one in (b"", text, b"x" * size)}
    with_key = {len(seal_with_key(KEY, one, PLACE, secrets.token_bytes, size)) for one in (b"", text, b"x" * size)}
    assert len(to_person) == len(with_key) == 1
    assert open_as_person(KEY, seal_to_person(public_key, text, PLACE, size), PLACE) == text


@pytest.mark.parametrize(("length", "steps"), [(0, 1), (STEP - 4, 1), (STEP - 3, 2), (10_000, 10)])
def test_padding_goes_in_steps_of_1024_bytes(length: int, steps: int) -> None:
    assert len(seal_to_person(make_public_key(KEY), bytes(length), PLACE)) == 1 + 32 + steps * STEP + 16
    assert len(seal_with_key(KEY, bytes(length), PLACE, secrets.token_bytes)) == 1 + 12 + steps * STEP + 16


@every_kind
def test_sealing_twice_gives_two_different_blobs(kind: Kind) -> None:
    assert kind.seal(KEY, KEY, PLACE) != kind.seal(KEY, KEY, PLACE)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x00\x00", b"\x00\x00\x00\x05text", b"\xff" * STEP, b"\x00\x00\x00\x01ab" + bytes(STEP - 6)],
    ids=["empty", "no length", "length past the end", "wild length", "no zeros after the text"],
)
def test_a_blob_that_opens_but_holds_no_padded_text_is_refused(content: bytes) -> None:
    """Anyone who knows a public key can seal to it."""
    forged = envelope._HPKE.encrypt(
        content, X25519PublicKey.from_public_bytes(make_public_key(KEY)), info=envelope._bind(b"\x01", PLACE)
    )
    with pytest.raises(SealBroken):
        open_as_person(KEY, b"\x01" + forged, PLACE)


@given(first=places, second=places)
@calm
def test_two_places_never_share_their_bytes(first: Place, second: Place) -> None:
    assert (envelope._bind(b"\x01", first) == envelope._bind(b"\x01", second)) == (first == second)


def test_code_macs_differ_by_purpose_pepper_and_code_and_take_text_and_bytes_alike() -> None:
    """A code is stored as an HMAC under a pepper (privacy-and-safety 1.1)."""
    macs = {
        compute_code_mac(KEY, "door", "ABC"),
        compute_code_mac(KEY, "sitting", "ABC"),
        compute_code_mac(KEY, "receipt", "ABC"),
        compute_code_mac(OTHER_KEY, "door", "ABC"),
        compute_code_mac(KEY, "door", "ABD"),
    }
    assert len(macs) == 5
    assert {len(mac) for mac in macs} == {32}
    assert compute_code_mac(KEY, "door", b"ABC") == compute_code_mac(KEY, "door", "ABC")


def test_body_macs_and_subkeys_depend_on_the_key_and_on_their_text() -> None:
    assert len({compute_body_mac(KEY, b"a"), compute_body_mac(KEY, b"b"), compute_body_mac(OTHER_KEY, b"a")}) == 3
    assert len({KEY, make_subkey(KEY, "a"), make_subkey(KEY, "b"), make_subkey(OTHER_KEY, "a")}) == 4


RECORDED_HPKE = (
    "AXXtnxttfcCZ8l4RUJT0iLQNUsjAIzI25UCNwMiLiJlXaakOvFIuE2wmndEkhEA2Epwnsy+YEjMqzs8fHG1Po/cr6HYtwHquE/Ee"
    "k0vSIVD90JwkC7PeXGs9yvKDDQm7KjKNHzjESk8WlkCU/25rGOtH5YDW7uDqQPQUn3eqV3EFRBxLrp1Q02Bp39B0gNFSKJ/f7y4/"
    "N7aR3FmMfVgPu9NoD7T3JFxeKPznUWJjEybQj1Lm/ZuBke8APte1HA0KvWwr0kKqNCW0/aR4/+SqdNiv3PjF1/s1EK5rDEjUpE2H"
    "Ybfi2Hoa/iCZJLON2anaJVwoCPwKHs9cuoThIDBd6VnMsLrKyoGHMhU9cJE1iYPGXLZQYWKlvqflKZfLiE9E6bkjiwgFRAo/9MPv"
    "V5BNp2J/KBEg2tY2VJNaI/rLoHThmnmd6a+WwGv3q0r1OVophL01ZGix8vZ0lN6FtBDrhjLsDLivrPw37M12o60+PmCweIBTtOSq"
    "vTngII6YaOgqYgSrZoaq381Yz1sye363e3cPW/8cVxCwAGvrqzMbRoIfZyFNIRzQmcYyls5n7auZSOtCNMuXmhccMUyLMcAHsoT4"
    "DJPmeXuH4QfEOTraMRJ3ahV9S+XtW1BNUOMWD2fJkJTdRP8X2qp/mVfHXm+6IuKJKC2eVG2t60N3Y2cen74LATPvUt71+25LBnFP"
    "tREP3zWFTbXT+9tt2CCbTD+AL3thNFocuwLDc2x0XWf3pdGlZ0oa23SydRDxaEY3n2lMNeZp6ehIjgcTSgzrb+jDEsBBAQnQqCdu"
    "etvhquBzzXLrOqrSROmv86wvxiSyOcgfYeY9rH/loEceKYyFFy+QcP48jA9mCP82l8xXOtxTuOwpSbrqFjtkMypaKMRrlY64bWFR"
    "mZaKSJg9RX7RzeMAoBQIb3EgLGb/6M0vdkokurn8NaPoi8POenE11U54ZeFZP4g3XDYmDdMaQmhLID8C+H93cBCVtEt0XsaAukBl"
    "5BeKxYU+/DJ+8ye75e1nvZRcwrni+P51vFR0GCt5CQKOiNb0ZsXdz8G1CKcmHULabuJ8fyGRY3wAMtJoE5z9TuqKJAwqig88/GXd"
    "aIMNaaUOQN6XDnYoL6aSTdWZx2lty7Ts+5PamEnqUu/zkiNLc8+Gv9sid8p5fe0RwWLEFtV6qocw8NIr2/Ka2QKjEmLzJbaHfvjW"
    "lsabAmxDfC69xthE0HxQL2u/slUdW00V3RM2rlZofWrH9vAD9i6wy5CAuqNKPA30I1Q4giJM1bw2PVNtOA9o/RtR0wk1F+Owb6V2"
    "AYrzm+wnnXppAi0mbxaj3/LCZN0OSTKV/iEgwgvE2RqH2CLz1cJXETwkQvy7dZA2+EfdnPetPCDwbUwm256/iR79UoIGGx0EuSvO"
    "LKkSAl5tWTIO3yQOFgUWk59hDGn1bCs="
)


def test_blobs_sealed_by_the_first_release_still_open() -> None:
    """Formats are final. A change that breaks this test needs a new format number beside the old one."""
    assert open_as_person(KEY, base64.b64decode(RECORDED_HPKE), PLACE) == b"an answer"
    sealed = seal_with_key(KEY, b"an answer", PLACE, foreseen)
    assert hashlib.sha256(sealed).hexdigest() == "1f8a81645ce623a9eb0157783c40601f4922dcb7875ce1e0cf4a6b0b7fac1d51"
    assert wrap_with_secret(KEY, KEY, PLACE, foreseen).hex() == (
        "036465666768696a6b6c6d6e6f15faa45da3939e77071cf628c71e1a51"
        "ebc20738a6f30c93c0d5d83498fecef71f1718f71b9ad178a946bc5aee99c6bb"
    )
    assert wrap_with_code("CODE", KEY, PLACE, foreseen).hex() == (
        "046465666768696a6b6c6d6e6f707172736465666768696a6b6c6d6e6fe8527b55f1ae126167d7374ca1baa45e"
        "bf8e768a7574eaf75d186dd8b13cc710a7d3a33594b63eb4e2857af77dde3bf7"
    )


def test_macs_and_subkeys_of_the_first_release_are_still_the_same() -> None:
    assert compute_code_mac(KEY, "door", "ABC").hex() == (
        "f65fb8c59216e3d94f7c5ee3a813cbb8efee92e28a0316220db7ce53ac83601a"
    )
    assert compute_body_mac(KEY, b"body").hex() == "52bb722ddbbb80cebea41bfebd8dbc20862de04c188dc8868e307fa0ffde320f"
    assert make_subkey(KEY, "x").hex() == "e78ea2eb23ff8bcaab4e199977e270b79f522f6201a915a9fd6b4ecb20d01bdb"


def test_a_notice_key_is_of_one_partner_and_of_the_pepper() -> None:
    """The survey site opens notices without the vault; the database alone opens none."""
    keys = {derive_notice_key(pepper, UUID(int=number)) for pepper in (b"p" * 32, b"q" * 32) for number in (1, 2)}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert derive_notice_key(b"p" * 32, UUID(int=1)) == derive_notice_key(b"p" * 32, UUID(int=1))
    assert compute_code_mac(b"p" * 32, "notice", UUID(int=1).bytes) not in keys

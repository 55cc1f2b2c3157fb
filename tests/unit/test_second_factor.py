"""Codes of the second factor, and which passwords will do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from me_platform.access import OPENS_CONTENT, Membership, Role, User
from me_platform.errors import InputInvalid
from me_platform.services.passwords import PasswordFault, find_password_fault
from me_platform.services.second_factor import (
    STEP,
    compute_code,
    find_step,
    make_address,
    make_offer,
    needs_factor,
    read_offer,
    write_secret,
)
from me_platform.staff_site.qr import draw_qr

SECRET = b"12345678901234567890"
KEY = b"k" * 32
random = Random(1).randbytes  # noqa: S311


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, mode SHA1; its codes have eight digits, ours are their last six."""
    assert compute_code(SECRET, seconds // STEP) == code[-6:]


@pytest.mark.parametrize(("step", "code"), [(0, "755224"), (1, "287082"), (2, "359152"), (9, "520489")])
def test_codes_are_those_of_the_older_standard(step: int, code: str) -> None:
    """RFC 4226, appendix D."""
    assert compute_code(SECRET, step) == code


def test_a_code_stands_for_one_step_and_its_neighbours() -> None:
    now = datetime(2026, 10, 15, 9, 0, 29, tzinfo=UTC)
    step = int(now.timestamp()) // STEP
    for drift in range(-4, 5):
        found = find_step(SECRET, compute_code(SECRET, step + drift), now)
        assert found == (step + drift if abs(drift) <= 1 else None)
    later = now + timedelta(seconds=1)
    assert find_step(SECRET, compute_code(SECRET, step - 1), later) is None
    for after in (step, step + 1):
        assert find_step(SECRET, compute_code(SECRET, step), now, after) is None
    assert find_step(SECRET, compute_code(SECRET, step), now, step - 1) == step


@pytest.mark.parametrize("code", ["", "ā", "28708", "2870820", " 287082", "287 082"])
def test_what_is_no_code_stands_for_nothing(code: str) -> None:
    assert find_step(SECRET, code, datetime.fromtimestamp(STEP, UTC)) is None


def test_the_address_of_a_secret_is_what_apps_read() -> None:
    address = urlsplit(make_address(SECRET, "anna+x@alfa.example"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Monitoring%20and%20evaluation%3Aanna%2Bx%40alfa.example"
    assert parse_qs(address.query) == {"secret": [write_secret(SECRET)], "issuer": ["Monitoring and evaluation"]}
    assert write_secret(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_an_offer_opens_for_its_account_only() -> None:
    mine, other = UUID(int=1), UUID(int=2)
    offer = make_offer(KEY, mine, random)
    assert read_offer(KEY, mine, offer.sealed).secret == offer.secret
    assert offer.typed.replace(" ", "") == write_secret(offer.secret)
    for account, sealed in ((other, offer.sealed), (mine, offer.sealed[:-8]), (mine, ""), (mine, "ā"), (mine, "x")):
        with pytest.raises(InputInvalid):
            read_offer(KEY, account, sealed)


@pytest.mark.parametrize("role", Role)
def test_whoever_opens_content_or_lets_others_in_needs_a_factor(role: Role) -> None:
    user = User(UUID(int=1), (Membership(UUID(int=2), "ALFA", Role.FUNDER), Membership(UUID(int=2), "ALFA", role)))
    assert needs_factor(user) is (role is not Role.FUNDER) is (role in OPENS_CONTENT)


def test_a_picture_of_a_code_needs_nothing_from_elsewhere() -> None:
    picture = draw_qr(make_address(SECRET, "anna@alfa.example"), 'A "code"')
    assert picture.startswith('<svg class="qr" role="img" aria-label="A &#34;code&#34;"')
    assert "http" not in picture
    assert "style" not in picture


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", PasswordFault.TOO_SHORT),
        ("ā" * 11, PasswordFault.TOO_SHORT),
        ("four quiet green rivers " * 11, PasswordFault.TOO_LONG),
        (" Anna@Alfa.Example ", PasswordFault.OWN_ADDRESS),
        ("aaaaaaaaaaaa", PasswordFault.COMMON),
        ("121212121212", PasswordFault.COMMON),
        ("123456789012", PasswordFault.COMMON),
        ("98765432109876", PasswordFault.COMMON),
        ("qwertyuiopas", PasswordFault.COMMON),
        ("abcdefghijklm", PasswordFault.COMMON),
        ("Password2026!", PasswordFault.COMMON),
        ("password-password", PasswordFault.COMMON),
        ("2026-11-27 12:30", PasswordFault.COMMON),
        ("!!administrator!!", PasswordFault.COMMON),
        ("four quiet green rivers", None),
        ("anna@alfa.example and more", None),
        ("correct horse battery", None),
        ("šķērsiela pie upes", None),
        ("sample-only-2026", None),
    ],
)
def test_a_password_is_judged_by_length_and_by_what_everybody_tries(password: str, fault: PasswordFault | None) -> None:
    assert find_password_fault(password, "anna@alfa.example") is fault

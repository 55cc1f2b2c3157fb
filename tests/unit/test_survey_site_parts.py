"""Small parts of the survey site: the limit on wrong codes, the operator's contacts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.errors import ContentInvalid
from me_platform.survey_site.bucket import Bucket
from me_platform.survey_site.contacts import load_contacts
from me_platform.survey_site.pages import SCRIPT, STYLE
from me_platform.survey_site.telling import tell_in


@given(st.lists(st.floats(0, 120), max_size=60))
def test_a_bucket_never_gives_more_than_its_size_and_one_a_second(pauses: list[float]) -> None:
    """privacy-and-safety 1.1: a bucket of 30, refilled by one a second."""
    now = [1000.0]
    bucket = Bucket(30, lambda: now[0])
    taken = 0
    for pause in pauses:
        now[0] += pause
        taken += sum(bucket.take() for _ in range(40))
    assert taken <= 30 + (now[0] - 1000)


def test_processes_that_share_a_site_share_its_limit() -> None:
    """privacy-and-safety 1.1: wrong codes are limited in total, however many processes there are."""
    now = [0.0]
    shares = [Bucket(30, lambda: now[0], 3) for _ in range(3)]
    assert sum(share.take() for share in shares for _ in range(40)) == 30
    now[0] += 6
    assert sum(share.take() for share in shares for _ in range(40)) == 6


def test_a_bucket_fills_up_to_its_size_and_no_further() -> None:
    now = [0.0]
    bucket = Bucket(30, lambda: now[0])
    assert [bucket.take() for _ in range(31)] == [True] * 30 + [False]
    now[0] += 2.5
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] += 10_000
    assert [bucket.take() for _ in range(31)] == [True] * 30 + [False]


GOOD = """
checked: 2026-10-01
contacts:
  - name: {en: "Emergency", lv: "Ārkārtas palīdzība"}
    phone: "112"
    hours: {en: "day and night", lv: "visu diennakti"}
  - name: {en: "Listening line"}
    phone: "+371 67 000 000"
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "contacts.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_the_operators_contacts_are_read_with_their_date(tmp_path: Path) -> None:
    """privacy-and-safety 1.8: support contacts from settings with a last-checked date."""
    contacts = load_contacts(write(tmp_path, GOOD))
    assert contacts.checked == date(2026, 10, 1)
    assert [contact.phone for contact in contacts.contacts] == ["112", "+371 67 000 000"]
    assert tell_in(contacts.contacts[0].name, "lv") == "Ārkārtas palīdzība"
    assert tell_in(contacts.contacts[1].name, "ar") == '<span lang="en" dir="ltr">Listening line</span>'
    assert tell_in({"ar": "<b>"}, "lv") == '<span lang="ar" dir="rtl">&lt;b&gt;</span>'
    assert tell_in(contacts.contacts[1].hours, "lv") == ""


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("2026-10-01", "yesterday", 2),
        ('phone: "112"', "phone: 112", 5),
        ('phone: "112"', 'phone: "call us"', 5),
        ('phone: "112"', 'mobile: "112"', 5),
        ("contacts:", "contact:", 3),
    ],
)
def test_a_fault_in_the_contacts_is_named_with_its_line(tmp_path: Path, before: str, after: str, line: int) -> None:
    """Issue, bad input: broken content files name file and line in plain words."""
    with pytest.raises(ContentInvalid) as refused:
        load_contacts(write(tmp_path, GOOD.replace(before, after)))
    assert line in {problem.line for problem in refused.value.problems}
    assert {problem.file for problem in refused.value.problems} == {"contacts.yaml"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match=r"contacts\.yaml: The file is missing"):
        load_contacts(tmp_path / "contacts.yaml")


def test_style_and_script_can_stand_in_the_page() -> None:
    """Inline, so that a page is one request; nothing in them may end their element."""
    for asset in (STYLE, SCRIPT):
        assert "</" not in asset
        assert "http" not in asset
        assert asset.count("{") == asset.count("}")
    assert len(STYLE) + len(SCRIPT) < 5_000

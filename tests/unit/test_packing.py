"""Pages as gzip: whatever is packed comes out as it was."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.survey_site.packing import Page

OWN = st.text(max_size=200)


@given(st.lists(st.text(), min_size=1, max_size=5), OWN)
def test_a_page_unpacks_to_what_it_says(pieces: list[str], own: str) -> None:
    page = Page(pieces)
    assert gzip.decompress(page.pack(own)) == page.fill(own) == own.join(pieces).encode()


def test_what_repeats_gets_smaller() -> None:
    words = "<p>The same words.</p>" * 100
    assert len(Page([words, words]).pack("own")) < len(words) / 10


def test_a_damaged_page_is_found() -> None:
    packed = bytearray(Page(["one", "two"]).pack("own"))
    packed[-5] ^= 1
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(bytes(packed))

"""Pages packed: whatever is packed comes out as it was."""

from __future__ import annotations

import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.survey_site.packing import Page

OWN = st.text(max_size=200)


@given(st.lists(st.text(), min_size=1, max_size=5), OWN)
def test_a_page_unpacks_to_what_it_says(pieces: list[str], own: str) -> None:
    page = Page(pieces)
    assert gzip.decompress(page.pack(own)) == page.fill(own) == own.join(pieces).encode()


@given(st.text(), OWN)
def test_a_page_made_for_one_goes_as_brotli_to_whoever_knows_it(page: str, own: str) -> None:
    body, encoding = Page([page]).send(own, {"br", "gzip"})
    assert (encoding, brotli.decompress(body)) == ("br", page.encode())


def test_a_page_goes_as_the_browser_wants_it() -> None:
    kept, own = Page(["<p>", "</p>"]), Page(["<p></p>"])
    assert kept.send("x", {"br", "gzip"})[1] == own.send("x", {"gzip"})[1] == "gzip"
    assert kept.send("x", {"br"}) == (b"<p>x</p>", "")
    assert own.send("x", ()) == (b"<p></p>", "")


def test_what_repeats_gets_smaller() -> None:
    words = "<p>The same words.</p>" * 100
    assert len(Page([words, words]).pack("own")) < len(words) / 10


def test_a_damaged_page_is_found() -> None:
    packed = bytearray(Page(["one", "two"]).pack("own"))
    packed[-5] ^= 1
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(bytes(packed))

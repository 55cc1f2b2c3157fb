"""A figure in words, in English and Latvian, for every state."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_platform.disclosure.figures import Figure, FigureState
from me_platform.disclosure.wording import (
    LANGUAGES,
    NBSP,
    STATE_WORDS,
    SYMBOLS,
    Facet,
    format_number,
    make_figure_text,
    make_number_text,
    make_spoken_text,
)
from tests.report_samples import make_figure

VALUE, BANDED = FigureState.VALUE, FigureState.BANDED


def make(state: FigureState = VALUE, unit: str = "percent", **numbers: Any) -> Figure:  # noqa: ANN401 - fields
    return make_figure("x", "ALFA", state, unit, **numbers)


SHARE = make(value=63, numerator=12, denominator=19, n=19, low=41, high=81, target=70, progress="83.5")
ZERO = make(value=0, numerator=0, denominator=12, n=12, low=0, high=24)
MEAN = make(unit="points", value="6.3", n=41, low="5.6", high="7.0")


@pytest.mark.parametrize(
    ("number", "english", "latvian"),
    [
        ("0", "0", "0"),
        ("7.5", "7.5", "7,5"),
        ("7.0", "7.0", "7,0"),
        ("1284", "1284", "1284"),
        ("10500", "10 500", "10 500"),
        ("1234567.25", "1 234 567.25", "1 234 567,25"),
        ("-3", "−3", "−3"),
        ("1E+4", "10 000", "10 000"),
    ],
)
def test_numbers_keep_their_digits_and_take_the_marks_of_the_language(number: str, english: str, latvian: str) -> None:
    """R29: rounding happened when the figure was computed."""
    assert format_number(Decimal(number), "en") == english.replace(" ", NBSP)
    assert format_number(Decimal(number), "lv") == latvian.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("facet", "english", "latvian"),
    [
        (Facet.FULL, "12 of 19 (63 %, 41–81 %)", "12 no 19 (63 %, 41–81 %)"),
        (Facet.SHORT, "63 %", "63 %"),
        (Facet.COUNTS, "12 of 19", "12 no 19"),
        (Facet.COUNT, "12", "12"),
        (Facet.SHARE, "63 %", "63 %"),
        (Facet.BASE, "19", "19"),
        (Facet.INTERVAL, "41–81 %", "41–81 %"),
        (Facet.SPAN, "from 41 % to 81 %", "no 41 % līdz 81 %"),
        (Facet.TARGET, "70 %", "70 %"),
        (Facet.PROGRESS, "83.5 %", "83,5 %"),
    ],
)
def test_a_share_says_each_of_its_facets(facet: Facet, english: str, latvian: str) -> None:
    """R4: every percentage prints n/N."""
    assert make_figure_text(SHARE, "en", facet).replace(NBSP, " ") == english
    assert make_figure_text(SHARE, "lv", facet).replace(NBSP, " ") == latvian


@pytest.mark.parametrize(
    ("figure", "english", "latvian"),
    [
        (make(value=57, numerator=4, denominator=7, n=7, low=25, high=84), "4 of 7", "4 no 7"),
        (
            make(value=0, numerator=0, denominator=12, n=12, low=0, high=24),
            "0 of 12 (0 %, 0–24 %)",
            "0 no 12 (0 %, 0–24 %)",
        ),
        (make(value=63), "63 %", "63 %"),
        (make(unit="persons", value=60, n=60), "60", "60"),
        (make(unit="persons", value=12, numerator=12, denominator=46, n=46), "12 of 46", "12 no 46"),
        (
            make(unit="points", value="6.3", n=41, low="5.6", high="7.0"),
            "6.3 (5.6–7.0), n = 41",
            "6,3 (5,6–7,0), n = 41",
        ),
        (make(unit="points", value="6.3", low="5.6", high="7.0"), "6.3 (5.6–7.0)", "6,3 (5,6–7,0)"),
        (make(unit="points", value="6.3", n=9), "6.3, n = 9", "6,3, n = 9"),
        (make(unit="attendances", value=328, low=328), "328 or more", "328 vai vairāk"),
        (make(unit="USD", value=25000, low=25000), "USD 25 000 or more", "25 000 USD vai vairāk"),
        (make(unit="USD", value=25000), "USD 25 000", "25 000 USD"),
        (make(BANDED, low=14, high=19, denominator=19), "14 or more of 19", "14 vai vairāk no 19"),
        (make(BANDED, low=0, high=5, denominator=19), "5 or fewer of 19", "5 vai mazāk no 19"),
        (make(BANDED, low=5, high=14, denominator=19), "between 5 and 14 of 19", "5–14 no 19"),
        (make(BANDED, low=0, high=9), "9 or fewer answered", "9 vai mazāk atbilžu"),
        (make(BANDED, "persons", low=60, high=79), "between 60 and 79", "no 60 līdz 79"),
        (make(BANDED, "persons", low=0, high=5), "5 or fewer", "5 vai mazāk"),
        (make(BANDED, "attendances", low=328), "328 or more", "328 vai vairāk"),
        (make(BANDED, "persons", low=15, high=19, denominator=19), "15 or more of 19", "15 vai vairāk no 19"),
        (make(FigureState.SUPPRESSED, target=70), "×", "×"),
        (make(FigureState.NO_VALUE), "÷", "÷"),
        (make(FigureState.NOT_COLLECTED), "…", "…"),
        (make(FigureState.NOT_OFFERED), "–", "–"),
    ],
)
def test_every_state_and_unit_has_its_full_text(figure: Figure, english: str, latvian: str) -> None:
    """R3, R20: under ten people a count without a percentage; a band in words, never a point."""
    assert make_figure_text(figure, "en").replace(NBSP, " ") == english
    assert make_figure_text(figure, "lv").replace(NBSP, " ") == latvian


@pytest.mark.parametrize("facet", [Facet.SHARE, Facet.INTERVAL, Facet.SPAN])
@pytest.mark.parametrize("state", [state for state in FigureState if state is not VALUE])
def test_no_percentage_and_no_interval_without_a_value(state: FigureState, facet: Facet) -> None:
    """privacy-and-safety part 3: the same decision everywhere."""
    assert make_figure_text(make(state, low=0, high=5, denominator=19), "en", facet) == ""


def test_under_ten_people_prints_neither_percentage_nor_interval() -> None:
    """R20."""
    few = make(value=57, numerator=4, denominator=7, n=7, low=25, high=84)
    texts = {facet: make_figure_text(few, "en", facet).replace(NBSP, " ") for facet in Facet}
    assert [texts[facet] for facet in (Facet.SHARE, Facet.INTERVAL, Facet.SPAN)] == ["", "", ""]
    assert texts[Facet.SHORT] == texts[Facet.COUNTS] == "4 of 7"


def test_each_state_without_a_number_has_a_symbol_of_its_own_and_words() -> None:
    """R3: one symbol each, legend printed."""
    assert len(set(SYMBOLS.values())) == len(SYMBOLS) == len(FigureState) - 2
    assert all(STATE_WORDS[state][language] for state in FigureState for language in LANGUAGES)


def test_a_symbol_is_spoken_with_its_meaning() -> None:
    assert make_spoken_text(make(FigureState.SUPPRESSED), "en") == "× (hidden to protect people)"
    assert make_spoken_text(make(FigureState.NOT_OFFERED), "lv") == "– (šeit netiek piedāvāts)"
    assert make_spoken_text(SHARE, "en") == make_figure_text(SHARE, "en")


def test_a_target_stands_in_every_state() -> None:
    assert make_figure_text(make(FigureState.SUPPRESSED, target=70), "en", Facet.TARGET) == f"70{NBSP}%"


def test_a_value_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="carries none"):
        make_figure_text(make(VALUE), "en")


@given(
    state=st.sampled_from([state for state in FigureState if state is not VALUE]),
    secret=st.integers(min_value=1000, max_value=9999),
    facet=st.sampled_from([facet for facet in Facet if facet not in {Facet.TARGET, Facet.PROGRESS}]),
    language=st.sampled_from(LANGUAGES),
)
def test_what_is_not_a_value_never_tells_its_number(
    state: FigureState, secret: int, facet: Facet, language: str
) -> None:
    """privacy-and-safety part 3: even a figure that wrongly still carries numbers prints none of them."""
    leaking = make(state, value=secret, numerator=secret, low=0, high=5, denominator=19)
    assert str(secret) not in make_figure_text(leaking, language, facet)


@given(number=st.decimals(min_value=-(10**9), max_value=10**9, places=2), unit=st.sampled_from(("percent", "EUR")))
def test_a_printed_number_can_be_read_back(number: Decimal, unit: str) -> None:
    text = make_number_text(number, unit, "lv").replace(NBSP, "").replace("−", "-").replace(",", ".")
    assert Decimal(text.removesuffix("%").removesuffix("EUR")) == number

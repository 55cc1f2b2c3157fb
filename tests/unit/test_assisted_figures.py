"""How many had help is told beside the other figures, under the rules of shares (privacy-and-safety 1.12, part 3)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from me_platform.disclosure.figures import Audience, FigureState
from me_platform.disclosure.protect import protect
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.indicators.results import Role
from tests.disclosure_samples import make_count, make_raw, make_share


@pytest.mark.parametrize(
    ("helped", "whole", "served", "text"),
    [
        (7, 20, 20, "7 of 20"),
        (3, 20, 20, "5 or fewer of 20"),
        (0, 20, 20, "5 or fewer of 20"),
        (20, 20, 20, "15 or more of 20"),
        # 18 beside 20 served would tell that two did not answer: out of the 20, then.
        (7, 18, 20, "between 5 and 10 of 20"),
        (0, 18, 20, "5 or fewer of 20"),
        (2, 8, 20, "×"),
        (2, 12, 20, "×"),
    ],
)
def test_the_number_of_those_who_had_help_is_banded_like_a_share(
    helped: int, whole: int, served: int, text: str
) -> None:
    """privacy-and-safety part 3: a true 0 is told as a few are, so that the line being there tells of nobody."""
    raw = make_raw(
        Role.ASSISTED, "assisted", value=Decimal(1), numerator=helped, denominator=whole, n=whole, unit="percent"
    )
    [_, figure] = protect([make_count(served), raw], Audience.FUNDER)
    assert make_figure_text(figure, "en", Facet.COUNTS).replace("\N{NO-BREAK SPACE}", " ") == text


def test_it_takes_no_number_away_from_the_figures_it_stands_beside() -> None:
    """What is said of help gives way to the figures themselves."""
    others = [make_count(30), make_share(12, 19), make_share(9, 17, "safe")]
    helped = make_raw(Role.ASSISTED, "assisted", value=Decimal(1), numerator=6, denominator=27, n=27, unit="percent")
    *beside, figure = protect([*others, helped], Audience.FUNDER)
    assert tuple(beside) == protect(others, Audience.FUNDER)
    assert figure.state is FigureState.BANDED
    assert figure.denominator == 30

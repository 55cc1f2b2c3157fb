"""Equations in few words: they say the same, stay in whole numbers, and tell what they are made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from me_platform.disclosure.elimination import eliminate
from me_platform.disclosure.programmes import Programme, Rows, Solver


@st.composite
def systems(draw: st.DrawFn) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Some sums of a few numbers of people, and what the numbers are."""
    width = draw(st.integers(1, 6))
    row = st.lists(st.sampled_from([-1, 0, 0, 1]), min_size=width, max_size=width)
    rows = draw(st.lists(row, min_size=1, max_size=6))
    world = draw(st.lists(st.integers(0, 9), min_size=width, max_size=width))
    return np.array(rows, dtype=np.int64), np.array(world, dtype=np.int64)


@given(systems())
@settings(max_examples=60, deadline=None)
def test_eliminated_equations_say_the_same_in_whole_numbers(
    system: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> None:
    """Each row is the sum of those it is made of, no rank is lost, and a column that is solved for is in one row."""
    rows, world = system
    equations = eliminate(csr_array(rows), rows @ world)
    left = equations.rows.toarray()
    assert (equations.origin.toarray() @ rows == left).all()
    assert (left @ world == equations.values).all()
    assert np.linalg.matrix_rank(left) == np.linalg.matrix_rank(rows)
    for line, pivot in enumerate(equations.pivots):
        if pivot >= 0:
            assert left[line, pivot] == 1
            assert np.count_nonzero(left[:, pivot]) == 1


def test_sums_that_differ_by_what_everybody_knows_are_told_alike() -> None:
    """Two totals that count the same people (a + b = c + d) are the same number to a reader; a alone is not."""
    equations = eliminate(csr_array(np.array([[1, 1, -1, -1]])), np.array([0]))
    both, others, one = equations.reduce(csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]])))
    assert both == others != one


def make_programme(sign: float, total: float) -> Programme:
    """The first of two numbers that come to a total, made small or large."""
    rows = Rows(np.ones(2), np.array([0, 1]), np.array([0, 2]))
    ends = np.array([total])
    return Programme(np.array([sign, 0.0]), rows, ends, ends, np.zeros(2), np.full(2, 100.0))


def test_programmes_asked_for_together_are_answered_as_each_alone() -> None:
    programmes = [make_programme(1.0, 7), make_programme(-1.0, 9), make_programme(-1.0, 4)]
    solver = Solver()
    answers = solver.relax(programmes, 10)
    assert [None if answer is None else answer.round().tolist() for answer in answers] == [[0, 7], [9, 0], [4, 0]]
    assert solver.calls == 1
    assert all(answer is None for answer in solver.relax(programmes, 0))


@pytest.mark.parametrize("total", [0.0, 9.0])
def test_prices_prove_what_an_objective_cannot_fall_below(total: float) -> None:
    """Weak duality: the floor that the prices prove is the best value, and without prices nothing is proved."""
    programme = make_programme(-1.0, total)
    ((answer, prices),) = [each for each in Solver().price([programme], 10) if each is not None]
    assert programme.compute_floor(prices) == pytest.approx(programme.objective @ answer) == -total
    assert programme.compute_floor(np.zeros(1)) == -100

"""What a printed mean tells of the answers behind it: with one decimal and few people, nearly everything.

The answers are whole numbers on a known scale. The mean leaves few sums for them, and its interval, where one is
printed, few sums of squares for each of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scipy import special

from me_platform.disclosure.attack.knowledge import Aim
from me_platform.disclosure.attack.lines import PublishedLine
from me_platform.disclosure.attack.notebook import Notebook, Place
from me_platform.disclosure.attack.vocabulary import Meaning

MOST_STEPS = 12
"""Answers of longer scales are not told apart: so many possible answers hide each other."""
_MOST_SUMS = 60
_CONFIDENCE = 0.975
"""Where the upper end of a two-sided 95 % interval lies."""


def find_half(value: Decimal) -> float:
    """Half a unit of the last printed digit."""
    exponent = value.as_tuple().exponent
    return 0.5 * 10.0**exponent if isinstance(exponent, int) else 0.5


def note_mean(book: Notebook, place: Place, line: PublishedLine, meaning: Meaning, threshold: int) -> None:
    """Note a mean over the quantity N of its cell: the sum of answers, and each answer where the scale is short."""
    people = book.add_quantity(place, line.cell, "N")
    if line.people is not None:
        book.note_value(people, line.people, f"n = {line.people} is printed", line.source)
    if line.value is None or meaning.scale is None:
        return
    lowest, highest = meaning.scale
    total = note_sum_of_answers(book, place, line.cell, meaning)
    half, factor = find_half(line.value), float(meaning.factor)
    # factor * (sum + lowest * people) / people lies within half a digit of what is printed.
    for side, (low, high) in ((-1, (0.0, math.inf)), (1, (-math.inf, 0.0))):
        end = (float(line.value) + side * half) / factor - lowest
        book.note({total: 1, people: -end}, low, high, f"the mean {line.value} is printed", line.source)
    if highest - lowest >= MOST_STEPS:
        return
    steps = _list_answers(book, place, line.cell, meaning)
    if line.people and line.low is not None and line.high is not None:
        _note_spread(book, place, line, meaning, steps)
    _ask_answers(book, place, line, steps, threshold)


def note_sum_of_answers(book: Notebook, place: Place, cell: str, meaning: Meaning) -> str:
    """The sum of answers counted from the lowest as 0, and how it is made of the answers where the scale is short."""
    fresh = not book.has(place.name(cell, "sum"))
    total = book.add_quantity(place, cell, "sum")
    people = book.add_quantity(place, cell, "N")
    lowest, highest = meaning.scale or (0, 0)
    if fresh:
        book.note({people: highest - lowest, total: -1}, 0, math.inf, "answers lie on their scale")
        if highest - lowest < MOST_STEPS:
            steps = _list_answers(book, place, cell, meaning)
            book.note_sum(people, steps, "everybody counted gave one answer")
            book.note(
                [(total, 1.0), *((step, -float(number)) for number, step in enumerate(steps))],
                0,
                0,
                "the answers add up to the sum",
            )
    return total


def _list_answers(book: Notebook, place: Place, cell: str, meaning: Meaning) -> list[str]:
    lowest, highest = meaning.scale or (0, 0)
    return [book.add_quantity(place, cell, f"answer {step}") for step in range(lowest, highest + 1)]


def _note_spread(book: Notebook, place: Place, line: PublishedLine, meaning: Meaning, steps: Sequence[str]) -> None:
    """Note the sum of squares that the printed interval leaves for each sum the printed mean leaves."""
    sums = list(_list_sums(line, meaning))
    if not sums or len(sums) > _MOST_SUMS:
        return
    chosen = {each.total: book.add_quantity(place, line.cell, f"sum is {each.total}") for each in sums}
    why = f"the interval {line.low} to {line.high} is printed"
    book.note(dict.fromkeys(chosen.values(), 1), 1, 1, why, line.source)
    total = place.name(line.cell, "sum")
    book.note([(total, 1.0), *((chosen[each.total], -float(each.total)) for each in sums)], 0, 0, why, line.source)
    squares = [(step, float(number**2)) for number, step in enumerate(steps)]
    book.note([*squares, *((chosen[each.total], -each.least) for each in sums)], 0, math.inf, why, line.source)
    book.note([*squares, *((chosen[each.total], -each.most) for each in sums)], -math.inf, 0, why, line.source)


@dataclass(frozen=True)
class _Sums:
    """A sum of answers, and the least and the largest sum of their squares."""

    total: int
    least: float
    most: float


def _list_sums(line: PublishedLine, meaning: Meaning) -> Iterator[_Sums]:
    people = line.people or 0
    if line.value is None or line.low is None or line.high is None or meaning.scale is None or people <= 1:
        return
    lowest, factor, half = meaning.scale[0], float(meaning.factor), find_half(line.value)
    first = math.ceil(((float(line.value) - half) / factor - lowest) * people - 1e-9)
    last = math.floor(((float(line.value) + half) / factor - lowest) * people + 1e-9)
    width_of_one = float(special.stdtrit(people - 1, _CONFIDENCE)) * factor
    for total in range(max(first, 0), last + 1):
        mean = (total / people + lowest) * factor
        narrow = max(mean - float(line.low), float(line.high) - mean) - half - 1e-9
        wide = min(mean - float(line.low), float(line.high) - mean) + half + 1e-9
        if wide < max(narrow, 0):
            continue
        least, most = (
            total**2 / people + people * (people - 1) * (max(reach, 0) / width_of_one) ** 2 for reach in (narrow, wide)
        )
        yield _Sums(total, least - 1e-6, most + 1e-6)


def _ask_answers(book: Notebook, place: Place, line: PublishedLine, steps: Sequence[str], threshold: int) -> None:
    """Ask how many gave each answer, one up to it and one from it on."""
    said = f"{line.cell}, {place.partner}, {place.issue}"
    for number in range(len(steps)):
        questions: Mapping[str, Sequence[str]] = {
            "answered step": steps[number : number + 1],
            "answered at most step": steps[: number + 1] if 0 < number < len(steps) - 1 else (),
            "answered at least step": steps[number:] if 0 < number < len(steps) - 1 else (),
        }
        for words, names in questions.items():
            if names:
                book.ask(
                    f"{said}: {words} {number + 1} of {len(steps)}",
                    dict.fromkeys(names, 1.0),
                    Aim.UNPRINTED,
                    threshold,
                    place.partner,
                )


def note_steps(book: Notebook, place: Place, meaning: Meaning) -> None:
    """Note how far sums before and after can lie apart, by how many changed for the better and for the worse."""
    if meaning.scale is None:
        return
    cells = {part: f"{meaning.code}:{part}" for part in ("baseline_paired", "followup_paired", "same", "worse")}
    before, after = (place.name(cells[part], "sum") for part in ("baseline_paired", "followup_paired"))
    if not (book.has(before) and book.has(after)):
        return
    improved = place.name(meaning.code)
    same, worse = (place.name(cells[part]) for part in ("same", "worse"))
    longest, little = meaning.scale[1] - meaning.scale[0], max(meaning.points - 1, 0)
    gain = {before: 1.0, after: -1.0} if meaning.falling else {after: 1.0, before: -1.0}
    why = "improved means at least so many steps"
    most = {improved: -float(longest), same: -float(little), worse: float(max(meaning.points, 1))}
    least = {improved: -float(max(meaning.points, 1)), same: float(little), worse: float(longest)}
    book.note({**gain, **most}, -math.inf, 0, why)
    book.note({**gain, **least}, 0, math.inf, why)

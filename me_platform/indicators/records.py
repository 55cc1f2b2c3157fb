"""What is known of a plan on the cut-off day, laid out for counting: one line per record, a column per field.

Records of organisations outside the plan and records dated after the cut-off are not known (R22), but for a consent
that was taken back since. Responses become one row each, with the columns of ``conditions`` for every question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.indicators.conditions import CHOICE, STATE, Mask
from me_platform.indicators.definition import Plan
from me_platform.indicators.frames import UNKNOWN, Frames
from me_platform.indicators.periods import Period
from me_platform.indicators.sources import SOURCES, About
from me_platform.indicators.unions import group_people
from me_platform.surveys.definition import AnswerState, Choice, Question, Survey

NUMBER = "number:"
"""For each question the number answered, or the step of the choice: 1 for the first choice, 2 for the second ..."""

STATES = tuple(state.value for state in AnswerState)
ATTRIBUTES = ("age_band", "language")
"""Attributes of a person that stand beside every record of that person."""

Codes = npt.NDArray[np.int64]

UP_TO_END = frozenset({"cumulative", "status_at_end"})
"""Period bases [9] for which everything up to the end of the period counts, however early it happened."""

FIRST_TIME = "new_in_period"

CHILD_AGES = frozenset({"0-11", "12-15", "16-17"})
"""Categories of ``age_band`` in the taxonomy that hold children."""


@dataclass(frozen=True)
class Known:
    """The records of a plan's organisations up to the cut-off, each with the day that places it as ``day``.

    ``responses`` has one frame per survey of the plan, in order of time; ``sources`` one for each kind of staff's other
    records; ``bounds`` the lowest and highest number that
    can be answered, by survey and question. ``persons`` is the number of person codes,
    ``partners`` the organisations by partner code, ``groups`` who is known by link card to be one and the same
    (``unions.group_people``). ``cutoff`` is the last day that is known.
    """

    people: pd.DataFrame
    consents: pd.DataFrame
    invitations: pd.DataFrame
    submissions: pd.DataFrame
    services: pd.DataFrame
    narratives: pd.DataFrame
    activities: pd.DataFrame
    responses: Mapping[str, pd.DataFrame]
    sources: Mapping[str, pd.DataFrame]
    bounds: Mapping[str, Mapping[str, tuple[int, int]]]
    persons: int
    partners: tuple[str, ...]
    groups: Codes
    cutoff: date


def make_known(frames: Frames, plan: Plan, surveys: Mapping[str, Survey], cutoff: date) -> Known:
    """Lay out the frames of a freeze for one plan. Raises KeyError when the plan names a survey that is not given."""
    codes = [partner.code for partner in plan.partners]
    people = _keep(frames.people, "enrolled", codes, cutoff)
    responses = _keep(frames.responses, "day", codes, cutoff)
    activities = frames.activities
    # What is only planned is known before its day; what is known by its year alone is placed at the year's end.
    listed = (activities["start"] <= np.datetime64(cutoff)) | (activities["status"] == "planned")
    return Known(
        people=people,
        consents=_keep_consents(frames.consents, codes, cutoff),
        invitations=_keep(frames.invitations, "issued", codes, cutoff),
        submissions=_keep(frames.submissions, "day", codes, cutoff),
        services=_add_attributes(_keep(frames.services, "date", codes, cutoff), frames.people),
        narratives=_add_attributes(_keep(frames.narratives, "date", codes, cutoff), frames.people),
        activities=activities[listed & activities["partner"].isin(codes)]
        .sort_values(["end", "activity_id"])
        .reset_index(drop=True),
        responses={
            name: _add_attributes(make_wide(surveys[name], responses, frames.answers), frames.people)
            for name in plan.surveys
        },
        sources={
            name: _add_attributes(frame, frames.people) if SOURCES[name].about is About.PEOPLE else frame
            for name, frame in (
                *((name, _keep(frame, "day", codes, cutoff)) for name, frame in frames.sources.items()),
                ("consents", _keep_consents(frames.consents, codes, cutoff)),
            )
        },
        bounds={name: {each.name: find_bounds(each) for each in surveys[name].questions} for name in plan.surveys},
        persons=len(frames.people["person"].cat.categories),
        partners=tuple(map(str, frames.people["partner"].cat.categories)),
        groups=_make_groups(frames, codes),
        cutoff=cutoff,
    )


def _make_groups(frames: Frames, partners: Sequence[str]) -> Codes:
    """Who is one and the same by the link cards of a plan's partners, by person code."""
    cards = frames.cards[frames.cards["partner"].isin(partners)]
    persons = len(frames.people["person"].cat.categories)
    return group_people(get_codes(cards["person"]), get_codes(cards["card"]), persons)


def make_served(known: Known, period: Period) -> pd.DataFrame:
    """One row for each person an organisation served in the period, with what is known of the person in it.

    ``narrative`` says whether a progress narrative of the period counts, ``statistics`` whether the person agreed that
    narratives and answers do.
    """
    served = known.services[is_placed(known.services["day"], period)]
    rows = served.drop_duplicates(["person", "partner"], keep="last")[["person", "partner", "day"]]
    rows = rows.reset_index(drop=True)
    told = known.narratives[is_placed(known.narratives["day"], period)]
    pairs = get_codes(rows["person"]) * len(known.partners) + get_codes(rows["partner"])
    written = np.isin(pairs, get_codes(told["person"]) * len(known.partners) + get_codes(told["partner"]))
    agreed = np.isin(get_codes(rows["person"]), get_codes(known.people["person"])[known.people["statistics"]])
    rows["narrative"] = _say_yes(written)
    rows["statistics"] = _say_yes(agreed)
    return _add_attributes(rows, known.people, (*ATTRIBUTES, "entry"))


def _say_yes(flags: Mask) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(flags.astype(np.int64), categories=pd.Index(["no", "yes"]))


def make_wide(survey: Survey, responses: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The responses to a survey in order of time, with state, choice and number of every question.

    A question a response does not have (another version) was not asked. Choice and number are there only where the
    state is "answered": what a form held besides is no answer (defect j).
    """
    rows = responses[responses["survey"] == survey.id].sort_values(["day", "response"]).reset_index(drop=True)
    states, choices, numbers, values = _place_answers(survey, rows, answers)
    columns: dict[str, pd.Categorical[str] | npt.NDArray[np.float64]] = {}
    for place, question in enumerate(survey.questions):
        columns[STATE + question.name] = pd.Categorical.from_codes(states[place], categories=pd.Index(STATES))
        columns[CHOICE + question.name] = _make_choices(choices[place], values)
        columns[NUMBER + question.name] = numbers[place]
    return pd.concat([rows, pd.DataFrame(columns, index=rows.index)], axis="columns")


def _place_answers(
    survey: Survey, rows: pd.DataFrame, answers: pd.DataFrame
) -> tuple[Codes, Codes, npt.NDArray[np.float64], tuple[str, ...]]:
    """State, choice and number of every question (down) for every response (across), in one pass over the answers.

    States are places in ``STATES``; choices are places in the values that come last, -1 for none.
    """
    shape = (len(survey.questions), len(rows))
    row_of = np.full(len(answers["response"].cat.categories), -1, dtype=np.int64)
    row_of[get_codes(rows["response"])] = np.arange(len(rows))
    names = [question.name for question in survey.questions]
    question, row = _look_up(answers["question"], names), row_of[get_codes(answers["response"])]
    # Answers to other surveys go to one place behind all others, which is left out.
    at = np.where((question >= 0) & (row >= 0), question * len(rows) + row, -1)
    counted = answers["number"].to_numpy(dtype=np.float64)
    numbered = np.flatnonzero(~np.isnan(counted))
    known, place = np.unique(counted[numbered], return_inverse=True)
    chosen = [str(value) for value in answers["choice"].cat.categories]
    values = tuple(dict.fromkeys([*chosen, *(f"{number:g}" for number in known.tolist())]))
    choice = get_codes(answers["choice"])
    choice[numbered] = np.array([values.index(f"{one:g}") for one in known.tolist()], dtype=np.int64)[place]

    def lay(values: npt.NDArray[Any], nothing: float) -> npt.NDArray[Any]:
        laid = np.full(shape[0] * shape[1] + 1, nothing, dtype=values.dtype)
        laid[at] = values
        return laid[:-1].reshape(shape)

    states = lay(_look_up(answers["state"], STATES), STATES.index(AnswerState.NOT_ASKED))
    choices, numbers = lay(choice, -1), lay(counted, np.nan)
    for place_of, asked in enumerate(survey.questions):
        steps = {one.value: float(step) for step, one in enumerate(_list_scored(asked), 1)}
        step = np.array([*(steps.get(value, np.nan) for value in values), np.nan])[choices[place_of]]
        numbers[place_of] = np.where(np.isnan(numbers[place_of]), step, numbers[place_of])
    unanswered = states != STATES.index(AnswerState.ANSWERED)
    choices[unanswered], numbers[unanswered] = -1, np.nan
    return states, choices, numbers, values


def _look_up(column: pd.Series, known: Sequence[str]) -> Codes:
    """The place of each value of a categorical column in a list, -1 for values that are not in it."""
    places = {value: place for place, value in enumerate(known)}
    return np.array([*(places.get(str(value), -1) for value in column.cat.categories), -1])[get_codes(column)]


def _make_choices(codes: Codes, values: Sequence[str]) -> pd.Categorical[str]:
    """The choices of one question; its categories are those that were chosen, in order of their text."""
    found = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(values)))
    ordered = sorted(found.tolist(), key=lambda place: values[place])
    place = np.full(len(values) + 1, -1, dtype=np.int64)
    place[ordered] = np.arange(len(ordered))
    return pd.Categorical.from_codes(place[codes], categories=pd.Index([values[each] for each in ordered], dtype="str"))


def get_codes(column: pd.Series, at: Codes | None = None) -> Codes:
    """The category codes of a column, of all rows or of those at some places, -1 for no value."""
    codes = cast("pd.Categorical[str]", column.array).codes
    return (codes if at is None else codes[at]).astype(np.int64)


def is_placed(days: pd.Series, period: Period, basis: str = "") -> Mask:
    """Rows whose day counts for the period: the event date decides (R22)."""
    day = days.to_numpy()
    placed: Mask = day <= np.datetime64(period.end)
    if basis not in UP_TO_END:
        placed &= day >= np.datetime64(period.start)
    return placed


def _keep(frame: pd.DataFrame, day: str, partners: list[str], cutoff: date) -> pd.DataFrame:
    known = frame["partner"].isin(partners) & (frame[day] <= np.datetime64(cutoff))
    return frame[known].rename(columns={day: "day"}).sort_values("day", kind="stable").reset_index(drop=True)


def _keep_consents(consents: pd.DataFrame, partners: list[str], cutoff: date) -> pd.DataFrame:
    """Consents given up to the cut-off, and every decision against: who took it back since has not agreed (R25)."""
    late = (consents["decision"] == "given") & (consents["day"] > np.datetime64(cutoff))
    return _keep(consents[~late], "day", partners, date.max)


def find_bounds(question: Question) -> tuple[int, int]:
    """The lowest and the highest number a question can be answered with: that of a choice is its step."""
    steps = len(_list_scored(question))
    return (1, steps) if steps else (question.low, question.high)


def _list_scored(question: Question) -> list[Choice]:
    return [choice for choice in question.choices if choice.state is AnswerState.ANSWERED]


def _add_attributes(
    frame: pd.DataFrame, people: pd.DataFrame, attributes: tuple[str, ...] = ATTRIBUTES
) -> pd.DataFrame:
    """The frame with each record's person's attributes, "unknown" for people who are not in the list."""
    added = frame.copy()
    person = get_codes(frame["person"])
    for attribute in attributes:
        categories = people[attribute].cat.categories
        value = np.full(len(people["person"].cat.categories), categories.get_loc(UNKNOWN), dtype=np.int64)
        value[get_codes(people["person"])] = get_codes(people[attribute])
        added[attribute] = pd.Categorical.from_codes(value[person], categories=categories)
    return added

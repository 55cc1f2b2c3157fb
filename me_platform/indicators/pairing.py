"""Baseline and follow-up of the same person (R6, R7, R8), and who was due to be asked.

Baseline is the first valid answer of wave ``baseline``; follow-up the last valid one of a ``followup-*`` or the
``exit`` wave within the period, to the same version of the instrument. One person is one pair at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.indicators.conditions import FOLLOWUP, Mask
from me_platform.indicators.periods import Period
from me_platform.indicators.records import CHILD_AGES, Codes, Known, get_codes, is_placed
from me_platform.surveys.definition import Survey
from me_platform.surveys.waves import SESSION, make_windows

BASELINE = "baseline"
EXIT = "exit"


@dataclass(frozen=True)
class Pairs:
    """Rows of a frame of responses by person key; -1 where a person has none. Both are of one length."""

    baseline: Codes
    followup: Codes


@dataclass(frozen=True)
class Due:
    """Which people (by person code) were due a survey in a period, and which of them a wave after the baseline.

    Due is who received a service in the period and had a window of the survey open in it (R4). ``session`` marks a
    survey that is answered around sessions, for which nobody is due by the calendar.
    """

    any_wave: Mask
    later_wave: Mask
    session: bool = False


def find_first(keys: Codes, rows: Mask, size: int) -> Codes:
    """For each key below ``size`` the first of the chosen rows that has it, -1 for none. Rows lie in time order."""
    first = np.full(size, len(keys), dtype=np.int64)
    at = np.flatnonzero(rows)
    np.minimum.at(first, keys[at], at)
    return np.where(first == len(keys), -1, first)


def find_last(keys: Codes, rows: Mask, size: int) -> Codes:
    """For each key below ``size`` the last of the chosen rows that has it, -1 for none. Rows lie in time order."""
    last = np.full(size, -1, dtype=np.int64)
    at = np.flatnonzero(rows)
    np.maximum.at(last, keys[at], at)
    return last


def make_pairs(responses: pd.DataFrame, keys: Codes, valid: Mask, period: Period, size: int) -> Pairs:
    """Pair the valid rows of each key (R6).

    ``keys`` gives each row its person (and line), ``valid`` the rows that hold a valid answer. The baseline may lie
    before the period, the follow-up lies in it and after the baseline.
    """
    day = responses["day"].to_numpy()
    end = np.datetime64(period.end)
    baseline = find_first(keys, valid & is_wave(responses, BASELINE) & (day <= end), size)
    mine = baseline[keys]
    version = get_codes(responses["version"])
    later = (mine >= 0) & (version == version[mine]) & (day > day[mine])
    asked_again = is_wave(responses, FOLLOWUP) | is_wave(responses, EXIT)
    followup = find_last(keys, valid & later & asked_again & (day >= np.datetime64(period.start)) & (day <= end), size)
    return Pairs(baseline, followup)


def make_session_pairs(responses: pd.DataFrame, keys: Codes, valid: Mask, period: Period, size: int) -> Pairs:
    """Pair the valid rows before and after a session, for each key the last complete pair of the period.

    Both lie on one day. One person is one pair, so that who comes often does not count for more. Who answered before a
    session and never after one has no follow-up.
    """
    placed = is_placed(responses["day"], period)
    before, after = (valid & placed & is_wave(responses, wave) for wave in SESSION)
    days, day = np.unique(responses["day"].to_numpy(), return_inverse=True)
    sessions, session = np.unique(keys * max(len(days), 1) + day, return_inverse=True)
    opened = find_first(session, before, len(sessions))
    closed = find_last(session, after, len(sessions))
    whole = np.flatnonzero((opened >= 0) & (closed >= 0))
    baseline = find_first(keys, before, size)
    followup = np.full(size, -1, dtype=np.int64)
    # Sessions are in order of key and day: of those of one key the last assignment stays.
    key = sessions[whole] // max(len(days), 1)
    baseline[key], followup[key] = opened[whole], closed[whole]
    return Pairs(baseline, followup)


def is_wave(frame: pd.DataFrame, name: str) -> Mask:
    """Rows of a wave; ``followup`` stands for all that are numbered."""
    hit = [str(wave).partition("-")[0] == name for wave in frame["wave"].cat.categories]
    return np.array([*hit, False], dtype=np.bool_)[get_codes(frame["wave"])]


def compute_due(survey: Survey, known: Known, period: Period) -> Due:
    """Who was due a survey in the period, as known on the cut-off day (R4).

    Windows are worked out once for all people with the same days. The end of a person's last service is known from
    a service that is marked as the last.
    """
    enrolled = _get_days(known.people, known.persons, latest=False)
    first_wave = SESSION[0] if survey.session else BASELINE
    begun = known.submissions[
        (known.submissions["survey"] == survey.id).to_numpy() & is_wave(known.submissions, first_wave)
    ]
    answered = _get_days(begun, known.persons, latest=False)
    ended = _get_days(known.services[known.services["ended"].notna()], known.persons, latest=True)
    until = min(period.end, known.cutoff)
    moments = np.stack([enrolled, answered, ended]).astype(np.int64)
    days, person = np.unique(moments, axis=1, return_inverse=True)
    any_wave, later_wave = np.zeros(days.shape[1], dtype=np.bool_), np.zeros(days.shape[1], dtype=np.bool_)
    for place, (start, first, last) in enumerate(days.T.astype("datetime64[s]").astype("datetime64[D]").tolist()):
        if start is None:
            continue
        waves = {
            window.wave
            for window in make_windows(survey, cast("date", start), first, last, until)
            if window.first <= until and window.last >= period.start
        }
        any_wave[place], later_wave[place] = bool(waves), bool(waves - {BASELINE})
    served = np.zeros(known.persons, dtype=np.bool_)
    meant = _is_meant(survey, known)
    in_period = is_placed(known.services["day"], period)
    served[get_codes(known.services["person"])[in_period]] = True
    return Due(meant & served & any_wave[person.ravel()], meant & served & later_wave[person.ravel()], survey.session)


def _is_meant(survey: Survey, known: Known) -> Mask:
    """People the survey is meant for: children for one of theirs, everybody else for the others."""
    young = known.people["age_band"].isin(CHILD_AGES).to_numpy()
    children = np.zeros(known.persons, dtype=np.bool_)
    children[get_codes(known.people["person"])[young]] = True
    return children if survey.audience == "child" else ~children


def _get_days(frame: pd.DataFrame, persons: int, *, latest: bool) -> npt.NDArray[np.datetime64]:
    """The earliest or latest day of each person's rows, NaT for people without any."""
    rows = frame.sort_values("day", kind="stable")
    person = get_codes(rows["person"])
    chosen = np.ones(len(rows), dtype=np.bool_)
    at = find_last(person, chosen, persons) if latest else find_first(person, chosen, persons)
    days = np.full(persons, np.datetime64("NaT"), dtype="datetime64[s]")
    days[at >= 0] = rows["day"].to_numpy()[at[at >= 0]]
    return days

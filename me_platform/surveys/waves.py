"""When a survey is due: the windows of its waves, from a person's days.

Windows never overlap: the exit wave begins where the last service ends, and the others stop there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from me_platform.surveys.definition import Survey, Wave

SESSION = ("before", "after")
"""The waves of one session, in their order."""


@dataclass(frozen=True)
class Window:
    """The days, both included, in which answers belong to a wave (``baseline``, ``followup-1`` ..., ``exit``)."""

    wave: str
    first: date
    last: date


def make_windows(
    survey: Survey, enrolled: date, baseline_day: date | None, last_service_end: date | None, until: date
) -> tuple[Window, ...]:
    """The windows of one person that open up to ``until``, in order of time.

    ``baseline_day`` is the day of the first answers, None where there are none yet: follow-ups are counted from it.
    ``last_service_end`` is None while the person is being served.
    """
    anchors = {"enrolment": enrolled, "baseline": baseline_day, "exit": last_service_end, "session": None}
    found = [
        window
        for wave in survey.waves
        for window in _list_windows(wave, anchors[wave.anchor], survey.repeat_every, until)
    ]
    stop = next((window.first for window in found if window.wave == "exit"), None)
    if stop is None and last_service_end is not None:
        stop = last_service_end + timedelta(days=1)
    kept = (_cut(window, stop) for window in found)
    return tuple(sorted((w for w in kept if w.first <= w.last), key=lambda window: window.first))


def find_wave(
    survey: Survey, enrolled: date, baseline_day: date | None, last_service_end: date | None, day: date
) -> str | None:
    """The wave whose window holds ``day``, or None; whether it was answered already is the caller's to know."""
    windows = make_windows(survey, enrolled, baseline_day, last_service_end, day)
    return next((window.wave for window in windows if window.first <= day <= window.last), None)


def _list_windows(wave: Wave, anchor: date | None, repeat_every: int, until: date) -> Iterator[Window]:
    """The windows of a wave that open up to a day: one, or of a wave that repeats one after the other."""
    if anchor is None:
        return
    repeats = wave.name == "followup" and repeat_every > 0
    for number in count(1):
        centre = anchor + timedelta(days=wave.day + repeat_every * (number - 1))
        first, last = centre - timedelta(days=wave.before), centre + timedelta(days=wave.after)
        if first <= until:
            yield Window(f"followup-{number}" if wave.name == "followup" else wave.name, first, last)
        if first > until or not repeats:
            return


def _cut(window: Window, stop: date | None) -> Window:
    """The window up to the day before ``stop``; the exit window is left as it is."""
    if stop is None or window.wave == "exit" or window.last < stop:
        return window
    return Window(window.wave, window.first, stop - timedelta(days=1))


def find_stem(wave: str) -> str:
    """The name a survey's file gives a wave: ``followup`` for ``followup-2``."""
    return wave.partition("-")[0]

"""The response flow of a survey: from everyone who could have been asked to those measured twice (R4, R5).

Each stage is counted among the one before, so that the flow only narrows. Stages up to "responded" are facts about the
process; "valid" and "paired" are about answers and rest on the ``statistics`` consent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from me_platform.indicators.conditions import STATE, Mask, compile_condition
from me_platform.indicators.definition import Text
from me_platform.indicators.pairing import Due, make_pairs
from me_platform.indicators.periods import Period
from me_platform.indicators.readings import Cut, Reading, count_keys, count_lines, make_keys
from me_platform.indicators.records import Codes, Known, get_codes, is_placed
from me_platform.indicators.results import Availability, Role
from me_platform.surveys.definition import AnswerState, Mode, Purpose, Survey

FLOW = "flow"

ASSISTED = "assisted"
ASSISTED_TITLE: Text = {
    "en": "Answered with somebody's help or on paper",
    "lv": "Atbildēja ar kāda palīdzību vai uz papīra",
}
"""What is told beside every survey, so that answers given with help are never mixed in silently (1.12)."""

STAGES: Mapping[str, Text] = {
    "eligible": {"en": "Could have been asked", "lv": "Varēja aicināt atbildēt"},
    "invited": {"en": "Were handed a code", "lv": "Saņēma kodu"},
    "consented": {"en": "Agreed to answer", "lv": "Piekrita atbildēt"},
    "responded": {"en": "Sent their answers", "lv": "Iesniedza atbildes"},
    "valid": {"en": "Gave at least one valid answer", "lv": "Sniedza vismaz vienu derīgu atbildi"},
    "paired": {"en": "Gave valid answers at both times", "lv": "Sniedza derīgas atbildes abās reizēs"},
}
"""The stages in their order, with the words of their titles."""


def compute_flow(survey: Survey, known: Known, due: Due, period: Period, cut: Cut) -> Iterator[Reading]:
    """The number of people at each stage, for every line (``find_stages``)."""
    line = np.repeat(np.arange(len(cut.names)), known.persons)
    base: Codes | None = None
    for order, (part, reached) in enumerate(find_stages(survey, known, due, period, cut).items()):
        counts = count_lines(line[reached], cut)
        base = counts if base is None else base
        for place, count in enumerate(counts.tolist()):
            yield Reading(
                place,
                Role.CHAIN,
                part=part,
                value=Fraction(count),
                numerator=count,
                n=count,
                base=int(base[place]),
                order=order,
            )


def find_stages(survey: Survey, known: Known, due: Due, period: Period, cut: Cut) -> dict[str, Mask]:
    """The keys that reach each stage, each among those of the one before.

    Eligible: at least one service in the period, and a window open in it or an answer given in it. Invited: a code
    issued in the period. Consented: agreed to answer in the period and did not withdraw. Responded: submitted in the
    period; who did was invited and had agreed, even where that lies before the period. Valid: at least one question
    answered. Paired: valid answers in the baseline and in a later wave of the period.
    """
    submitted = known.submissions[(known.submissions["survey"] == survey.id).to_numpy()]
    responded = _mark(submitted, is_placed(submitted["day"], period), known, cut)
    invited = known.invitations[(known.invitations["survey"] == survey.id).to_numpy()]
    person = np.tile(np.arange(known.persons), len(cut.names))
    served = _mark(known.services, is_placed(known.services["day"], period), known, cut)
    valid, paired = _find_answered(survey, known, period, cut)
    stages = (
        served & (due.any_wave[person] | responded),
        _mark(invited, is_placed(invited["day"], period), known, cut) | responded,
        _mark(known.consents, _is_agreed(known.consents, period), known, cut) | responded,
        responded,
        valid,
        paired,
    )
    among = np.ones(count_keys(cut, known), dtype=np.bool_)
    found: dict[str, Mask] = {}
    for part, reached in zip(STAGES, stages, strict=True):
        among = among & reached
        found[part] = among
    return found


def compute_assisted(survey: Survey, known: Known, period: Period, cut: Cut) -> Iterator[Reading]:
    """How many of those with a valid answer in the period gave one in another mode than alone.

    For every line in which somebody gave one.
    """
    valid, _ = _find_answered(survey, known, period, cut)
    rows = known.responses[survey.id]
    helped = (rows["mode"] != Mode.SELF.value).to_numpy() & is_placed(rows["day"], period)
    assisted = valid & _mark(rows, helped, known, cut)
    line = np.repeat(np.arange(len(cut.names)), known.persons)
    bases, counts = count_lines(line[valid], cut), count_lines(line[assisted], cut)
    for place, (base, count) in enumerate(zip(bases.tolist(), counts.tolist(), strict=True)):
        if base:
            share = Fraction(100 * count, base)
            yield Reading(place, Role.ASSISTED, value=share, numerator=count, denominator=base, n=base, base=base)


def list_not_offered(line: int) -> Iterator[Reading]:
    """The flow of an organisation that does not ask."""
    for order, part in enumerate(STAGES):
        yield Reading(line, Role.CHAIN, part=part, availability=Availability.NOT_OFFERED, order=order)


def _mark(frame: pd.DataFrame, rows: Mask, known: Known, cut: Cut) -> Mask:
    """The keys that have one of the rows."""
    marked = np.zeros(count_keys(cut, known), dtype=np.bool_)
    chosen = rows & (cut.get_lines(frame) >= 0)
    marked[make_keys(cut, known, frame)[chosen]] = True
    return marked


def _is_agreed(consents: pd.DataFrame, period: Period) -> Mask:
    """Events of the period that agree to answer, of people whose last event about it is no withdrawal."""
    about = (consents["purpose"] == Purpose.ANSWER.value).to_numpy()
    last = consents[about].drop_duplicates("person", keep="last")
    withdrawn = last.loc[last["decision"] == "withdrawn", "person"].cat.codes
    given = (consents["decision"] == "given").to_numpy() & is_placed(consents["day"], period)
    return about & given & ~np.isin(get_codes(consents["person"]), withdrawn.to_numpy())


def _find_answered(survey: Survey, known: Known, period: Period, cut: Cut) -> tuple[Mask, Mask]:
    """Keys with at least one valid answer in the period, and keys with one in the baseline and one later."""
    rows = known.responses[survey.id]
    lines, keys, size = cut.get_lines(rows), make_keys(cut, known, rows), count_keys(cut, known)
    answered = [
        compile_condition({"question": question.name, "state": [AnswerState.ANSWERED.value]}, rows)
        for question in survey.questions
        if STATE + question.name in rows
    ]
    valid = np.any(np.stack([np.zeros(len(rows), dtype=np.bool_), *answered]), axis=0) & (lines >= 0)
    pairs = make_pairs(rows, keys, valid, period, size)
    return _mark(rows, valid & is_placed(rows["day"], period), known, cut), pairs.followup >= 0

"""Every printed figure is explained, in both languages, and no explanation tells a number that is not printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from me_platform.disclosure.figures import Figure, FigureState, make_figure
from me_platform.disclosure.wording import Facet, make_figure_text
from me_platform.errors import NotFound
from me_platform.indicators.frozen import Definitions, choose_definitions, decode_definitions, encode_definitions
from me_platform.indicators.loading import compute_fingerprint
from me_platform.reports.explanation import CHILDREN, Explanation, make_explanation, say
from me_platform.services.explaining import make_words
from tests.report_samples import Sample
from tests.world_samples import load_content, make_world

LANGUAGES = ("en", "lv")
CATALOGUE = load_content()
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SAMPLES = {
    "sixty people": ("GAISMA", 60, 13),
    "nineteen people": ("BERZ", 19, 0),
    "six people": ("OSTA", 6, 0),
    "nobody": ("UPE", 0, 0),
}


def open_sample(name: str) -> tuple[Sample, Definitions]:
    partner, people, young = SAMPLES[name]
    sample = make_world(partner, people, young=young)
    return sample, choose_definitions(sample.plan, CATALOGUE.indicators, CATALOGUE.surveys)


def list_numbers(text: str) -> set[str]:
    """The numbers of a text, each as its digits."""
    return {re.sub(r"\D", "", found) for found in NUMBER.findall(text.replace("\N{NO-BREAK SPACE}", ""))}


@cache
def list_defined(code: str, survey: str) -> frozenset[str]:
    """The numbers of a definition and of its survey."""
    known = [CATALOGUE.indicators.get(code), CATALOGUE.surveys.get(survey)]
    lists = [CATALOGUE.taxonomy.lists[name] for name in ("age_bands", "service_types")]
    return frozenset(list_numbers(repr([*known, *lists])))


def list_printed(figure: Figure, language: str) -> Iterator[str]:
    yield from (make_figure_text(figure, language, facet) for facet in Facet)


def list_allowed(explanation: Explanation, language: str) -> set[str]:
    """Numbers that are printed of the figure and beside it, those of its definition, of rules and of the calendar."""
    told = [
        *list_printed(explanation.figure, language),
        *(f"{key} {value}" for key, value in explanation.figure.disaggregation.items()),
    ]
    for each in (*explanation.states, *explanation.left_out):
        told += list_printed(each, language)
    told += [explanation.figure.title[language]]
    told += [each.isoformat() for each in (explanation.start, explanation.end, explanation.cutoff)]
    told += [explanation.indicator.fingerprint[:12] if explanation.indicator else ""]
    waves = explanation.survey.waves if explanation.survey else ()
    told += [f"{max(wave.day - wave.before, 0)} {wave.day + wave.after}" for wave in waves]
    # Nobody and nothing, a percentage's base and factor, the level of intervals, T and that for children; the days of a
    # month stand without a leading 0.
    rules = {"0", "10", "95", "100", str(explanation.threshold), str(CHILDREN)}
    days = {str(each.day) for each in (explanation.start, explanation.end, explanation.cutoff)}
    defined = list_defined(explanation.figure.indicator, explanation.survey.id if explanation.survey else "")
    return {number for text in told for number in list_numbers(text)} | defined | rules | days


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_figure_is_explained_and_tells_no_other_number(name: str, language: str) -> None:
    """R26, privacy-and-safety part 3: one decision for the table and for what is said of it."""
    sample, definitions = open_sample(name)
    words = make_words(CATALOGUE, language)
    figures = [make_figure(each) for each in sample.snapshot["figures"]]
    assert len(figures) > 70
    for figure in figures:
        explanation = make_explanation(sample.snapshot, definitions, figure.id)
        paragraphs = say(explanation, words)
        assert len(paragraphs) == 9
        assert all(each.heading and each.sentences for each in paragraphs), figure.id
        text = " ".join(sentence for each in paragraphs for sentence in each.sentences)
        assert not re.search("[{}]", text), figure.id
        foreign = list_numbers(text) - list_allowed(explanation, language)
        assert not foreign, (figure.id, foreign, text)


def test_a_number_that_is_not_printed_would_be_found() -> None:
    sample, definitions = open_sample("nineteen people")
    explanation = make_explanation(sample.snapshot, definitions, sample.snapshot["figures"][0]["id"])
    assert "97531" not in list_allowed(explanation, "en")
    assert list_numbers("there were 97\N{NO-BREAK SPACE}531 of them") == {"97531"}


def explain(name: str, start: str, state: FigureState, language: str = "en") -> str:
    """The words of the first figure whose id begins so and that is in that state."""
    sample, definitions = open_sample(name)
    figures = map(make_figure, sample.snapshot["figures"])
    figure = next(each for each in figures if each.id.startswith(start) and each.state is state)
    paragraphs = say(make_explanation(sample.snapshot, definitions, figure.id), make_words(CATALOGUE, language))
    text = " ".join(f"{each.heading}: {' '.join(each.sentences)}" for each in paragraphs)
    return text.replace("\N{NO-BREAK SPACE}", " ")


SAID = {
    ("sixty people", "support-useful@", FigureState.VALUE): (
        "100 = ",
        "Numerator: ",
        "Only with consent to statistics in force",
        "dated in the period",
        "Known up to 15 October 2026",
        "the last valid answer of the period counts",
        "Wilson, 95 %",
        "no group of fewer than 5 people",
    ),
    ("nineteen people", "support-useful@", FigureState.BANDED): (
        "It is shown as a range.",
        "None, as there is no exact",
    ),
    ("sixty people", "feels-safe-change@", FigureState.VALUE): (
        "First answer: the first valid one of the first round, from 0 to 30 days after entry.",
        "Better means at least so many steps: 1.",
    ),
    ("six people", "support-useful@", FigureState.SUPPRESSED): (
        "Here there is no number: hidden to protect people.",
        "does not say that it is small",
    ),
    ("nobody", "support-useful@", FigureState.NO_VALUE): ("That is not the same as 0.",),
    ("sixty people", "people-supported/age_band=", FigureState.VALUE): ("It counts one group only, by age: ",),
    ("nobody", "flow:invited", FigureState.VALUE): ("Of these, people who were handed a code in the period.",),
    ("sixty people", "child-safe@", FigureState.SUPPRESSED): ("stands for 10 people or more",),
    ("sixty people", "hidden-share@", FigureState.VALUE): ("It counts figures, not people.",),
}


@pytest.mark.parametrize("case", SAID, ids=str)
def test_what_is_said_of_a_figure(case: tuple[str, str, FigureState]) -> None:
    text = explain(*case)
    for said in SAID[case]:
        assert said in text, text


@pytest.mark.parametrize(
    ("joined", "said", "unsaid"),
    [
        (None, "Here nothing is taken off: fewer than 5 people were recognised, or none.", "are taken off:"),
        (10, "Here 10 are taken off: so many people, or up to 4 more, were recognised.", "nothing is taken off"),
    ],
)
def test_where_bounds_over_organisations_come_from_is_said(joined: int | None, said: str, unsaid: str) -> None:
    """R12, R26: how many cards matched is told in whole steps of T only (privacy-and-safety part 3)."""
    sample, definitions = open_sample("sixty people")
    name = next(each["id"] for each in sample.snapshot["figures"] if each["indicator"] == "people-supported")
    alone = make_explanation(sample.snapshot, definitions, name)
    assert "link card" not in " ".join(say(alone, make_words(CATALOGUE, "en"))[2].sentences)
    both = replace(alone, across=True, figure=replace(alone.figure, joined=joined))
    text = " ".join(say(both, make_words(CATALOGUE, "en"))[2].sentences)
    assert "the largest is the sum over the organisations" in text
    assert said in text
    assert unsaid not in text
    assert "savienošanas kartītes" in " ".join(say(both, make_words(CATALOGUE, "lv"))[2].sentences)


NEAR_MISSES = {
    "suport-useful@GAISMA@2025-10-01..2026-09-30": "support-useful@GAISMA@2025-10-01..2026-09-30",
    "support-useful:nonsense@GAISMA@2025-10-01..2026-09-30": "support-useful:state:",
    "support-useful@GAISMA@2026": "support-useful@GAISMA@2025-10-01..2026-09-30",
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_told_what_it_may_have_meant(name: str) -> None:
    sample, definitions = open_sample("sixty people")
    with pytest.raises(NotFound) as missed:
        make_explanation(sample.snapshot, definitions, name)
    assert any(each.startswith(NEAR_MISSES[name]) for each in missed.value.known)
    assert len(missed.value.known) <= 5


def test_without_its_definition_a_figure_is_still_explained() -> None:
    """R28: nothing of a later definition is read into an older figure."""
    sample, definitions = open_sample("nineteen people")
    name = next(each["id"] for each in sample.snapshot["figures"] if each["indicator"] == "support-useful")
    for known in (None, replace(definitions, indicators={})):
        paragraphs = say(make_explanation(sample.snapshot, known, name), make_words(CATALOGUE, "en"))
        assert all(each.sentences for each in paragraphs)
        assert "is not kept and has changed since" in " ".join(paragraphs[1].sentences)


@pytest.mark.parametrize("plan", CATALOGUE.plans)
def test_definitions_are_kept_whole(plan: str) -> None:
    """R28: what a snapshot keeps is what was in force, to the last field; emblems and words of consent are not kept."""
    chosen = choose_definitions(CATALOGUE.plans[plan], CATALOGUE.indicators, CATALOGUE.surveys)
    kept = decode_definitions(encode_definitions(chosen))
    assert kept.plan == replace(chosen.plan, emblems=())
    assert kept.indicators == dict(chosen.indicators)
    assert all(compute_fingerprint(each) == each.fingerprint for each in kept.indicators.values())
    assert kept.surveys == {name: replace(survey, consent=(), guardian=()) for name, survey in chosen.surveys.items()}
    assert encode_definitions(kept) == encode_definitions(chosen)
    assert date(2020, 1, 1) <= min((each.valid_from for each in kept.indicators.values()), default=date.max)

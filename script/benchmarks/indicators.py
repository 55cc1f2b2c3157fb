"""Counting the indicators of a survey over a million answers: this program, a pandas loop, DuckDB and polars.

All four get the same answers in memory, in the form each likes best, and count for every organisation and for the
consortium: people with a valid answer, people who answered favourably, and people by state of answer. They must agree
to the last person. Ours counts the response flow and the intervals as well, and its time holds these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from me_platform.catalogue import load_catalogue
from me_platform.demo.build import FREEZE_DAY, PERIOD, PLAN
from me_platform.indicators.calculation import compute_figures
from me_platform.indicators.conditions import list_values
from me_platform.indicators.definition import Indicator, Kind, Plan
from me_platform.indicators.frames import ConsentRow as Consent
from me_platform.indicators.frames import Frames, PersonRow, ResponseRow, ServiceRow, make_frames
from me_platform.indicators.periods import Period, read_period
from me_platform.indicators.records import STATES
from me_platform.surveys.definition import AnswerState, Survey
from script.benchmarks.rounds import Line, Size, at_least, compare

if TYPE_CHECKING:
    import duckdb

SURVEY = "outcome-checkin"
SEED = 1
_ANSWERED = AnswerState.ANSWERED.value

_VARIED = (
    ("25-34", "18-24", "35-49", "50+", "unknown"),
    ("lv", "ru", "en", "uk", "unknown"),
    ("self", "interpreter", "paper"),
)
"""Ages, languages and ways of answering; the first of each where people do not vary."""

Count = tuple[int, int, tuple[int, ...]]
"""People who answered favourably, people with a valid answer, people by state in the order of ``STATES``."""
Counts = Mapping[tuple[str, str], Count]
"""By indicator and organisation; only organisations somebody answered at."""


@dataclass(frozen=True)
class World:
    """Invented answers and what is counted over them. ``asked`` are the indicators as (code, question, favourable)."""

    plan: Plan
    indicators: Mapping[str, Indicator]
    surveys: Mapping[str, Survey]
    frames: Frames
    period: Period
    asked: tuple[tuple[str, str, tuple[str, ...]], ...]


def list_lines(
    root: Path, size: Size, rivals: tuple[str, ...] = ("pandas-text", "pandas", "duckdb", "polars")
) -> Iterator[Line]:
    """Ratios of each rival's time to ours. ``rivals`` are names of ``RIVALS``; DuckDB and polars must be installed."""
    world = make_world(root, size.answers)
    contenders = {"ours": prepare_ours(world), **{name: RIVALS[name](world) for name in rivals}}
    results = {name: count() for name, count in contenders.items()}
    for name, found in results.items():
        assert found == results["ours"], f"{name} counts other people than we do"  # noqa: S101
    seconds = compare(contenders, size.rounds)
    size_text = f"{len(world.frames.answers):,} answers, {len(world.asked)} indicators".replace(",", " ")
    for name in rivals:
        yield Line(
            "indicators",
            f"{_WORDS[name]} : one pass ({size_text})",
            seconds[name] / seconds["ours"],
            at_least(4.0) if name.startswith("pandas") else None,
            f"{seconds[name] * 1000:.0f} ms : {seconds['ours'] * 1000:.0f} ms",
        )


_WORDS = {
    "pandas-text": "a pandas loop over text, as files give it",
    "pandas": "a pandas loop over categories, as our frames are",
    "duckdb": "DuckDB, one query",
    "polars": "polars, one query",
}


def make_world(root: Path, answers: int, *, varied: bool = False) -> World:
    """About so many answers by people of the sample plan's organisations, in order of nothing; some go to two.

    ``varied`` people have several ages and languages and answered in several ways.
    """
    catalogue = load_catalogue(root)
    survey = catalogue.surveys[SURVEY]
    whole = catalogue.get_plan(PLAN)
    chosen = tuple(
        each
        for each in whole.indicators
        if (found := catalogue.indicators[each.indicator]).source.survey == SURVEY
        and found.kind is Kind.PROPORTION
        and found.source.question
    )
    plan = replace(whole, surveys=(SURVEY,), indicators=chosen)
    indicators = {each.indicator: catalogue.indicators[each.indicator] for each in chosen}
    chance = np.random.default_rng(SEED)
    responses = max(1, round(answers / len(survey.questions)))
    asking = [each.code for each in whole.partners if not each.consortium and SURVEY in whole.list_asked(each)]
    frames = _make_frames(survey, asking, responses, chance, varied=varied)
    asked = tuple((code, each.source.question, list_values(each.numerator["in"])) for code, each in indicators.items())
    return World(plan, indicators, catalogue.surveys, frames, read_period(PERIOD), asked)


def _make_frames(
    survey: Survey, partners: list[str], responses: int, chance: np.random.Generator, *, varied: bool
) -> Frames:
    """Facts of people and submissions as rows; the answers as columns, for a million rows would only be thrown away."""
    persons = max(2, responses // 4)
    start = date(2025, 7, 1)
    home = chance.integers(len(partners), size=persons)
    person = chance.integers(persons, size=responses)
    # One submission in twenty is made at another organisation, by people who agreed to be known as the same.
    partner = np.where(chance.random(responses) < 0.05, chance.integers(len(partners), size=responses), home[person])  # noqa: PLR2004
    day = chance.integers(500, size=responses)
    waves = ("baseline", "followup-1", "followup-2", "exit")
    wave = chance.integers(len(waves), size=responses)
    names = [f"p{number:07}" for number in range(persons)]
    ages, languages, modes = _VARIED if varied else (each[:1] for each in _VARIED)
    age = chance.integers(len(ages), size=persons)
    language = chance.integers(len(languages), size=persons)
    mode = chance.integers(len(modes), size=responses)
    frames = make_frames(
        people=[
            PersonRow(name, partners[home[at]], start, ages[age[at]], languages[language[at]], objected=False)
            for at, name in enumerate(names)
        ],
        consents=[Consent(name, partners[home[at]], "statistics", "given", start) for at, name in enumerate(names)],
        invitations=[],
        responses=[
            ResponseRow(
                f"r{number:07}",
                names[person[number]],
                partners[partner[number]],
                survey.id,
                survey.version,
                waves[wave[number]],
                start + timedelta(days=int(day[number])),
                modes[mode[number]],
                "lv",
            )
            for number in range(responses)
        ],
        answers=[],
        services=[
            ServiceRow(name, partners[home[at]], "PSY1", start + timedelta(days=120), 1.0, "in_person")
            for at, name in enumerate(names)
        ],
        narratives=[],
        activities=[],
    )
    return replace(frames, answers=_make_answers(survey, frames.responses, chance))


def _make_answers(survey: Survey, responses: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """The columns of ``Frames.answers``: every question of every submission, submission by submission."""
    row = np.repeat(np.arange(len(responses)), len(survey.questions))
    question = np.tile(np.arange(len(survey.questions)), len(responses))
    states = sorted(STATES)
    odds = np.array([0.8 if state == _ANSWERED else 0.2 / (len(states) - 1) for state in states])
    state = chance.choice(len(states), size=len(row), p=odds)
    values = sorted({choice.value for each in survey.questions for choice in _list_valid(each.choices)})
    steps = [[values.index(one.value) for one in _list_valid(each.choices)] for each in survey.questions]
    choice = np.full(len(row), -1, dtype=np.int64)
    answered = state == states.index(_ANSWERED)
    for number, known in enumerate(steps):
        mine = (question == number) & answered
        if known:
            choice[mine] = chance.choice(known, size=int(mine.sum()))
    scale = np.isin(question, [at for at, each in enumerate(survey.questions) if each.kind == "scale"]) & answered
    facts = responses[["response", "person", "partner", "survey", "version", "wave", "day", "mode"]]
    names = [each.name for each in survey.questions]
    order = np.argsort(names)
    return pd.DataFrame(
        {
            "response": facts["response"].take(row).array,
            "question": pd.Categorical.from_codes(
                np.argsort(order)[question], pd.Index(np.array(names)[order], dtype="str")
            ),
            "state": pd.Categorical.from_codes(state, pd.Index(states, dtype="str")),
            "choice": pd.Categorical.from_codes(choice, pd.Index(values, dtype="str")),
            "number": np.where(scale, chance.integers(11, size=len(row)), np.nan),
            **{name: facts[name].take(row).array for name in facts.columns[1:]},
        }
    )


def _list_valid(choices: Any) -> list[Any]:  # noqa: ANN401
    return [choice for choice in choices if choice.state is AnswerState.ANSWERED]


# -- the contenders: each is prepared once and then counts -------------------------------------------------------------


def prepare_ours(world: World) -> Callable[[], Counts]:
    """The program's own way, from frames to figures."""

    def count() -> Counts:
        found: dict[tuple[str, str], list[int | None]] = {}
        states: dict[tuple[str, str], list[int]] = {}
        figures = compute_figures(world.plan, world.indicators, world.surveys, world.frames, world.period, FREEZE_DAY)
        for figure in figures:
            key = (figure.indicator, figure.partner)
            if figure.part.startswith("state:"):
                states.setdefault(key, []).append(figure.numerator or 0)
            elif not figure.part and figure.indicator in world.indicators:
                found[key] = [figure.numerator, figure.denominator]
        return {key: (found[key][0] or 0, found[key][1] or 0, tuple(counts)) for key, counts in states.items()}

    return count


def prepare_text(world: World) -> Callable[[], Counts]:
    """The loop over answers as a file or a database gives them: words, no codes."""
    answers = world.frames.answers
    words = {str(name): column.astype("str") for name, column in answers.items() if column.dtype == "category"}
    # Where nothing was chosen the cell is empty.
    words["choice"] = words["choice"].where(answers["choice"].notna())
    return _loop(world, answers.assign(**words))


def prepare_pandas(world: World) -> Callable[[], Counts]:
    """The loop over the very frame our own counting starts from."""
    return _loop(world, world.frames.answers)


def _loop(world: World, answers: pd.DataFrame) -> Callable[[], Counts]:
    """What an analyst writes: for each indicator the rows of its question, each person's last word, a count."""
    consortium = world.plan.consortium.code
    start, end = (pd.Timestamp(day) for day in (world.period.start, world.period.end))

    def count() -> Counts:
        counts: dict[tuple[str, str], Count] = {}
        for code, question, favourable in world.asked:
            mine = answers[
                (answers["survey"] == SURVEY)
                & (answers["question"] == question)
                & (answers["day"] >= start)
                & (answers["day"] <= end)
            ][["partner", "person", "day", "response", "state", "choice"]]
            valid = mine["state"] == _ANSWERED
            mine = mine.assign(valid=valid, hit=valid & mine["choice"].isin(favourable))
            # A person's last valid answer, or her last one where none is valid.
            mine = mine.sort_values(["valid", "day", "response"])
            last = mine.drop_duplicates(["partner", "person"], keep="last")
            grouped = last.groupby("partner", observed=True)
            totals = grouped[["hit", "valid"]].sum()
            states = last.groupby(["partner", "state"], observed=True).size().to_dict()
            for partner, (hit, base) in zip(totals.index, totals.to_numpy().tolist(), strict=True):
                told = tuple(int(states.get((partner, state), 0)) for state in STATES)
                counts[code, str(partner)] = (int(hit), int(base), told)
            once = mine.drop_duplicates("person", keep="last")
            said = once["state"].value_counts().to_dict()
            if len(once):
                counts[code, consortium] = (
                    int(once["hit"].sum()),
                    int(once["valid"].sum()),
                    tuple(int(said.get(state, 0)) for state in STATES),
                )
        return counts

    return count


def open_duckdb(world: World, answers: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """A connection to DuckDB with the answers and, row by row, which choices of which question an indicator counts."""
    import duckdb  # noqa: PLC0415 - installed for the bench alone

    connection: duckdb.DuckDBPyConnection = duckdb.connect()
    connection.register("frame", answers)
    connection.execute("create table answers as select * from frame")
    asked = pd.DataFrame(
        [(code, question, choice) for code, question, choices in world.asked for choice in choices],
        columns=["indicator", "question", "choice"],
    ).astype("object")
    connection.register("asked", asked)
    connection.execute("create table favourable as select * from asked")
    return connection


def prepare_duckdb(world: World) -> Callable[[], Counts]:
    """One query over all indicators; the table lies in DuckDB's memory, texts as its own enumerations."""
    connection = open_duckdb(world, world.frames.answers)

    def count() -> Counts:
        found = connection.execute(_SQL, [SURVEY, world.period.start, world.period.end]).fetchall()
        return _gather(world, found)

    return count


_SQL = """
with named as (select distinct indicator, question from favourable),
mine as (
    select n.indicator, a.partner, a.person, a.state = 'answered' as valid, a.day, a.response, a.state,
        a.state = 'answered' and f.choice is not null as hit
    from answers a
    join named n on n.question = a.question::varchar
    left join favourable f on f.indicator = n.indicator and f.choice = a.choice::varchar
    where a.survey = ? and a.day between ? and ?
),
last as (
    select indicator, partner::varchar as line, arg_max(state, (valid, day, response)) as state,
        arg_max(hit, (valid, day, response)) as hit
    from mine group by indicator, partner, person
    union all
    select indicator, '' as line, arg_max(state, (valid, day, response)) as state,
        arg_max(hit, (valid, day, response)) as hit
    from mine group by indicator, person
)
select indicator, line, state::varchar, count(*), sum(hit::integer) from last group by all
"""


def prepare_polars(world: World) -> Callable[[], Counts]:
    """One lazy query over all indicators; texts as polars' enumerations."""
    import polars as pl  # noqa: PLC0415 - installed for the bench alone

    table = pl.DataFrame({name: make_polars_column(pl, world.frames.answers[name]) for name in _COLUMNS})
    codes = {question: code for code, question, _ in world.asked}
    favourable = pl.any_horizontal(
        (pl.col("question") == question) & pl.col("choice").is_in(list(choices)) for _, question, choices in world.asked
    )

    def count() -> Counts:
        valid = pl.col("state") == _ANSWERED
        mine = (
            table.lazy()
            .filter(
                pl.col("survey") == SURVEY,
                pl.col("day").is_between(world.period.start, world.period.end),
                pl.col("question").is_in(list(codes)),
            )
            .with_columns(valid=valid, hit=valid & favourable.fill_null(value=False))
            .sort("valid", "day", "response")
        )
        last = pl.col("state").last(), pl.col("hit").last()
        apart = (
            mine.group_by("question", "partner", "person").agg(*last).with_columns(pl.col("partner").cast(pl.String))
        )
        joined = mine.group_by("question", "person").agg(*last).with_columns(partner=pl.lit(""))
        columns = ["question", "partner", "state", "hit"]
        told = pl.concat([apart.select(columns), joined.select(columns)])
        found = told.group_by("question", "partner", "state").agg(pl.len(), pl.col("hit").sum().alias("hits")).collect()
        return _gather(world, ((codes[question], *rest) for question, *rest in found.iter_rows()))

    return count


_COLUMNS = ("response", "question", "state", "choice", "person", "partner", "survey", "day")


def make_polars_column(pl: Any, column: pd.Series) -> Any:  # noqa: ANN401 - the module, and a column of its own
    """A column as polars likes it best: days as dates, categories as an enumeration."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pl.Series(column.to_numpy().astype("datetime64[ms]")).cast(pl.Date)
    names = [str(each) for each in column.cat.categories]
    values: npt.NDArray[np.object_] = np.array([*names, None], dtype=object)[column.cat.codes.to_numpy()]
    return pl.Series(values.tolist(), dtype=pl.Enum(names))


def _gather(world: World, found: Any) -> Counts:  # noqa: ANN401 - rows of two libraries
    """Rows of indicator, organisation (empty: the consortium), state, people and people who answered favourably."""
    states: dict[tuple[str, str], dict[str, int]] = {}
    hits: dict[tuple[str, str], int] = {}
    for indicator, partner, state, people, hit in found:
        key = (indicator, partner or world.plan.consortium.code)
        states.setdefault(key, {})[state] = people
        hits[key] = hits.get(key, 0) + int(hit)
    return {
        key: (hits[key], told.get(_ANSWERED, 0), tuple(told.get(state, 0) for state in STATES))
        for key, told in states.items()
    }


RIVALS: Mapping[str, Callable[[World], Callable[[], Counts]]] = {
    "pandas-text": prepare_text,
    "pandas": prepare_pandas,
    "duckdb": prepare_duckdb,
    "polars": prepare_polars,
}

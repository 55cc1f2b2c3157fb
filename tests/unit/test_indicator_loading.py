"""Loading indicators, plans and code lists: defaults by kind, refusals with file and line, fingerprints."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from me_platform.disclosure.figures import THRESHOLDS
from me_platform.errors import ContentInvalid
from me_platform.indicators.defaults import KIND_DEFAULTS, SOURCE_DEFAULTS
from me_platform.indicators.definition import LEGAL_AGGREGATIONS, Aggregation, Direction, Indicator, Kind
from me_platform.indicators.files import (
    LANGUAGES,
    AssessmentFile,
    ChangeFile,
    GrantFile,
    ImprovementFile,
    IndicatorFile,
    LadderStepFile,
    MilestoneFile,
    PartnerFile,
    PlanFile,
    PlanIndicatorFile,
    ResultFile,
    RubricLevelFile,
    ScaleBandFile,
    ScaleFile,
    ScaleItemFile,
    SourceFile,
    SourcesFile,
    TermFile,
)
from me_platform.indicators.kind_checks import SMALLEST_THRESHOLD, find_misfit
from me_platform.indicators.loading import NEEDED_LISTS, compute_fingerprint, load_indicators, load_plans, load_taxonomy
from me_platform.surveys.definition import AnswerState, Choice, Purpose, Question, Survey, Wave

WORDS = {"en": "words", "lv": "vārdi"}
CHOICES = (*(Choice(value, WORDS) for value in ("no", "yes")), Choice("declined", WORDS, AnswerState.DECLINED))
SURVEYS = {
    "check": Survey(
        id="check",
        version="1",
        title=WORDS,
        languages=LANGUAGES,
        respondent="survivor",
        note=WORDS,
        questions=(
            Question("useful", "single_choice", WORDS, choices=CHOICES),
            Question("near", "scale", WORDS),
            Question("own", "text", WORDS),
        ),
        waves=(Wave("baseline", "enrolment", 0, 0, 30), Wave("followup", "baseline", 90, 14, 30)),
        repeat_every=90,
        purposes=(Purpose.ANSWER,),
        consent=(),
        fingerprint="",
    )
}

TAXONOMY = """
    areas: {LEG: {title: {en: Legal, lv: Juridiskais}}}
    service_types: {LEG1: {parent: LEG, title: {en: Advice, lv: Padoms}}}
    activity_kinds: {training: {title: {en: Training, lv: Apmācības}}}
    activity_statuses: {delivered: {title: {en: Delivered, lv: Īstenots}}}
    mscos: {M1: {title: {en: Housing, lv: Mājoklis}}}
"""
TAXONOMY += "".join(f"    {name}: {{}}\n" for name in sorted(set(NEEDED_LISTS)) if f"    {name}:" not in TAXONOMY)

PROPORTION = """
    title: {en: People who find it useful, lv: "Cilvēki, kam tas noder"}
    kind: proportion
    source: {kind: survey, survey: check, question: useful}
    direction: higher
    numerator: {question: useful, in: [yes]}
    denominator: {question: useful, state: [answered]}
"""

IMPROVEMENT = "improvement: {rule: steps, points: 1, source: {en: Any step, lv: Jebkurš solis}}"

EMBLEM = "{file: fund.svg, alt: {en: F, lv: F}}"

PLAN = """
    title: {en: Plan, lv: Plāns}
    project: {en: Project, lv: Projekts}
    grant: {funder: {en: Fund, lv: Fonds}, programme: {en: Programme, lv: Programma}}
    disclaimer: {en: Words, lv: Vārdi}
    objective: {en: Words, lv: Vārdi}
    measurement: {en: Words, lv: Vārdi}
    ground: {en: Words, lv: Vārdi}
    gender_statement: {en: Words, lv: Vārdi}
    sources: {providers_quantitative: {en: Numbers, lv: Skaitļi}}
    surveys: [check]
    partners:
      - {code: AA, name: {en: A, lv: A}, country: {en: Latvia, lv: Latvija}, scope: [LEG1]}
      - {code: ALL, name: {en: All, lv: Visi}, country: {en: Latvia, lv: Latvija}, consortium: true}
    results:
      - {code: IM1, level: impact, title: {en: Impact, lv: Ietekme}}
      - {code: OC1, level: outcome, parent: IM1, title: {en: Outcome, lv: Rezultāts}}
    indicators:
      - indicator: useful
        result: OC1
        baseline: 50
        baseline_date: 2025-01-01
        target: 70.5
        target_date: 2026-12-31
        rationale: {en: Ours, lv: Mūsu}
"""


def change(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a content root; a text of None leaves the file out."""

    def write_root(
        indicator: str = PROPORTION, plan: str = PLAN, taxonomy: str = TAXONOMY, name: str = "useful"
    ) -> Path:
        folder = tmp_path / "indicators"
        (folder / "plans").mkdir(parents=True, exist_ok=True)
        (tmp_path / "surveys" / "check").mkdir(parents=True, exist_ok=True)
        (tmp_path / "surveys" / "check" / "survey.yaml").write_text("id: check\n")
        for file, text in ((f"{name}.yaml", indicator), ("taxonomy.yaml", taxonomy), ("plans/one.yaml", plan)):
            (folder / file).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return tmp_path

    return write_root


def load(root: Path) -> Indicator:
    return load_indicators(root, SURVEYS)["useful"]


def refuse(root: Path) -> list[str]:
    with pytest.raises(ContentInvalid) as caught:
        load_indicators(root, SURVEYS)
    return [str(problem) for problem in caught.value.problems]


def refuse_plan(root: Path) -> list[str]:
    with pytest.raises(ContentInvalid) as caught:
        load_plans(root)
    return [str(problem) for problem in caught.value.problems]


def test_a_short_file_is_a_whole_indicator_and_remembers_what_it_left_out(write: Write) -> None:
    """rules-of-numbers part 1: everything else has a default, printed on the sheet as default."""
    indicator = load(write())
    assert indicator.kind is Kind.PROPORTION
    assert indicator.direction is Direction.HIGHER
    assert indicator.short_title == indicator.title
    assert (indicator.unit, indicator.factor, indicator.decimals) == ("percent", Decimal(100), 0)
    assert (indicator.over_periods, indicator.over_partners) == (Aggregation.RECOMPUTE, Aggregation.RECOMPUTE)
    assert (indicator.level, indicator.consent, indicator.interval) == ("outcome", "statistics", "wilson")
    assert indicator.source.respondent == "survivor"
    assert indicator.numerator == {"question": "useful", "in": ["yes"]}
    assert {"definition", "unit", "decimals", "over_periods", "missing", "limitations"} <= indicator.defaults
    assert not {"title", "kind", "numerator", "source", "direction", "improvement"} & indicator.defaults


def test_who_says_it_is_whoever_answers_the_survey(write: Write) -> None:
    """Never mixed in one figure: what the file leaves out comes from the survey, not from a guess."""
    surveys = {"check": replace(SURVEYS["check"], respondent="caseworker")}
    assert load_indicators(write(PROPORTION), surveys)["useful"].source.respondent == "caseworker"


def test_what_is_written_is_kept_and_is_no_default(write: Write) -> None:
    text = change(PROPORTION, ("direction: higher", "direction: lower\n    decimals: 1\n    unit: percent"))
    indicator = load(write(text))
    assert (indicator.decimals, indicator.direction) == (1, Direction.LOWER)
    assert not {"decimals", "unit"} & indicator.defaults


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_defaults_it_may_take_itself(kind: Kind) -> None:
    defaults = KIND_DEFAULTS[kind]
    assert {defaults.over_periods, defaults.over_partners} <= LEGAL_AGGREGATIONS[kind]
    assert set(defaults.sources) <= set(SOURCE_DEFAULTS)


@pytest.mark.parametrize("kind", [Kind.PROPORTION, Kind.MEAN, Kind.PAIRED_CHANGE, Kind.RATIO])
def test_shares_means_and_changes_are_only_ever_recomputed(kind: Kind) -> None:
    """R1: no code path averages percentages; defect k."""
    assert LEGAL_AGGREGATIONS[kind] == {Aggregation.RECOMPUTE}


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([("direction: higher", "direction: higher\n    over_partners: sum")], "cannot be `sum`"),
        ([("direction: higher", "direction: higher\n    over_periods: last")], "cannot be `last`"),
        ([("direction: higher", "direction: upwards")], "`direction` cannot be `upwards`"),
        ([("direction: higher", "direction: higher\n    unit: persons")], "A proportion has no unit `persons`"),
        ([("kind: proportion", "kind: odds")], "`kind` cannot be `odds`"),
        ([("kind: survey, survey: check, question: useful", "kind: activities")], "cannot come from activities"),
        ([("    numerator: {question: useful, in: [yes]}\n", "")], "A proportion needs a `numerator`"),
        ([("    denominator: {question: useful, state: [answered]}\n", "")], "A proportion needs a `denominator`"),
        ([("survey: check", "survey: check1")], "There is no survey `check1`. Did you mean `check`?"),
        ([("question: useful}\n    direction", "question: use-ful}\n    direction")], "has no question `use-ful`"),
        ([("numerator: {question: useful", "numerator: {question: use-ful")], "There is no question 'use-ful'"),
        ([("in: [yes]", "in: [yess]")], "'yess' is not an answer to 'useful'"),
        ([("in: [yes]", "in: [declined]")], "'declined' is not an answer to 'useful'"),
        ([("{question: useful, in: [yes]}", "{field: country, in: [LV]}")], "There is no field 'country'"),
        ([("{question: useful, in: [yes]}", "{wave: [middle]}")], "'middle' is not a wave"),
        ([("direction: higher", "direction: higher\n    mscos: [M9]")], "`mscos`: there is no `M9`"),
        ([("direction: higher", "direction: higher\n    disaggregations: [religion]")], "there is no `religion`"),
        ([("direction: higher", "direction: higher\n    consent: quote")], "needs the consent `statistics`"),
        ([("direction: higher", "direction: higher\n    consent: quotes")], "`consent` cannot be `quotes`"),
        ([("direction: higher", f"direction: higher\n    {IMPROVEMENT}")], "A proportion has no `improvement`"),
        ([("direction: higher", "direction: higher\n    measure: near")], "A proportion cannot measure `near`"),
        ([('lv: "Cilvēki, kam tas noder"', 'lv: ""')], "the words in `lv` are missing"),
        ([('lv: "Cilvēki, kam tas noder"', "de: Leute")], "the words in `lv` are missing"),
        ([('lv: "Cilvēki, kam tas noder"', 'lv: "..."')], "the words in `lv` are missing"),
        ([("useful}\n    direction", "useful, respondent: joint}\n    direction")], "`respondent`: `survivor`."),
        ([("en: People who find it useful", "en: Number and percent of people")], "The title names two things"),
        ([("en: People who find it useful", f"en: {'long ' * 11}")], "has 54 characters in `en`"),
        ([("kind: proportion", "kind: proportion\n    colour: red")], "`colour` is not known here"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_file_line_and_reason(
    write: Write, edits: list[tuple[str, str]], words: str
) -> None:
    problems = refuse(write(change(PROPORTION, *edits)))
    assert any(words in problem for problem in problems)
    assert all(problem.startswith("indicators/useful.yaml:") for problem in problems)


def test_a_fault_in_a_condition_is_told_at_its_own_line(write: Write) -> None:
    text = change(
        PROPORTION,
        (
            "numerator: {question: useful, in: [yes]}",
            "numerator:\n      all:\n      - {question: useful, in: [yes]}\n      - not: {question: use-ful, in: [no]}",
        ),
    )
    (problem,) = refuse(write(text))
    assert problem.startswith("indicators/useful.yaml:8: There is no question 'use-ful'")


def test_every_fault_of_every_file_is_told_at_once(write: Write) -> None:
    write(change(PROPORTION, ("direction: higher", "direction: up"), ("kind: proportion", "kind: share")))
    root = write(change(PROPORTION, ("in: [yes]", "in: [maybe]"), ("survey: check", "survey: other")), name="another")
    problems = refuse(root)
    assert sum(problem.startswith("indicators/useful.yaml:") for problem in problems) == 2
    assert sum(problem.startswith("indicators/another.yaml:") for problem in problems) >= 1


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("mean", "source: {kind: survey, survey: check, question: useful}", "answered with a number"),
        ("mean", "source: {kind: survey, survey: check}", "A mean needs a `question`"),
        ("paired_change", "source: {kind: survey, survey: check, question: useful}", "needs an `improvement`"),
        ("paired_change", "source: {kind: survey, survey: check, question: own}", "answers with an order"),
        ("sum", "source: {kind: activities}", "A sum needs a `measure`"),
        ("sum", "source: {kind: activities}\n    measure: people", "A sum cannot add up `people`"),
        ("unique_persons", "source: {kind: activities}", "cannot come from activities"),
        ("unique_persons", "source: {kind: services}\n    over_periods: sum", "cannot be `sum`"),
        ("count", "source: {kind: survey, survey: check}", "A count cannot come from survey"),
        ("count", "source: {kind: activities, survey: check}", "of the kind activities has no `survey`"),
        ("count", "source: {kind: activities}\n    numerator: {status: done}", "'done' is not a value of 'status'"),
        ("count", "source: {kind: services}\n    numerator: {field: service_type, in: [X1]}", "'X1' is not a value"),
    ],
)
def test_every_kind_says_what_it_needs(write: Write, kind: str, more: str, words: str) -> None:
    text = f"""
    title: {{en: Title, lv: Nosaukums}}
    kind: {kind}
    direction: neutral
    {more}
"""
    assert any(words in problem for problem in refuse(write(text)))


def test_a_mean_measures_the_question_of_its_source(write: Write) -> None:
    text = """
    title: {en: Nearness, lv: Tuvums}
    kind: mean
    direction: higher
    source: {kind: survey, survey: check, question: near}
"""
    indicator = load(write(text))
    assert (indicator.measure, indicator.unit, indicator.decimals, indicator.interval) == ("near", "points", 1, "t")


def test_a_paired_change_carries_its_improvement_rule(write: Write) -> None:
    text = """
    title: {en: Change, lv: Pārmaiņas}
    kind: paired_change
    direction: higher
    source: {kind: survey, survey: check, question: useful}
"""
    improvement = load(write(f"{text}    {IMPROVEMENT}\n")).improvement
    assert improvement is not None
    assert (improvement.rule, improvement.points) == ("steps", Decimal(1))


def test_a_fingerprint_changes_with_the_definition_and_with_nothing_else(write: Write) -> None:
    """R23, R28; defect i: editing a definition never passes for the old one."""
    first = load(write())
    assert load(write()).fingerprint == first.fingerprint == compute_fingerprint(first)
    reordered = change(PROPORTION, ("    direction: higher\n", "")) + "    direction: higher\n"
    assert load(write(reordered)).fingerprint == first.fingerprint
    spelled_out = PROPORTION + "    factor: 100\n"
    assert load(write(spelled_out)).fingerprint != first.fingerprint
    assert load(write(change(PROPORTION, ("in: [yes]", "in: [yes, no]")))).fingerprint != first.fingerprint


def test_numbers_that_are_equal_give_one_fingerprint(write: Write) -> None:
    assert (
        load(write(PROPORTION + "    factor: 100\n")).fingerprint
        == load(write(PROPORTION + "    factor: 100.0\n")).fingerprint
    )


def test_a_plan_is_read_whole(write: Write) -> None:
    plan = load_plans(write())["one"]
    assert [partner.code for partner in plan.partners] == ["AA", "ALL"]
    assert plan.consortium.code == "ALL"
    chosen = plan.indicators[0]
    assert (chosen.baseline, chosen.baseline_date) == (Decimal(50), date(2025, 1, 1))
    assert (chosen.target, chosen.target_date) == (Decimal("70.5"), date(2026, 12, 31))
    assert plan.sources == {"providers_quantitative": {"en": "Numbers", "lv": "Skaitļi"}}
    assert plan.grant_number == ""
    assert plan.fingerprint == compute_fingerprint(plan)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([("parent: IM1", "parent: IM2")], "There is no result `IM2` that `OC1` could serve"),
        ([("level: outcome", "level: impact")], "`IM1` is not of a higher level than `OC1`"),
        ([("code: OC1", "code: IM1")], "Two results have the code `IM1`"),
        ([("code: ALL", "code: AA")], "Two partners have the code `AA`"),
        ([("consortium: true", "consortium: false")], "One partner, and only one, stands for the consortium"),
        ([("scope: [LEG1]", "scope: [LEG9]")], "`scope`: there is no `LEG9`"),
        ([("surveys: [check]", "surveys: [other]")], "`surveys`: there is no `other`"),
        ([("indicator: useful", "indicator: use-ful")], "There is no indicator `use-ful`. Did you mean `useful`?"),
        ([("result: OC1", "result: OC2")], "There is no result `OC2` in this plan"),
        ([("        baseline_date: 2025-01-01\n", "")], "`useful`: `baseline_date` is missing"),
        ([("        target_date: 2026-12-31\n", "")], "`useful`: `target_date` is missing"),
        ([("        baseline: 50\n        baseline_date: 2025-01-01\n", "")], "a target needs a `baseline`"),
        ([("        rationale: {en: Ours, lv: Mūsu}\n", "")], "a target needs a `rationale`"),
        ([("target_date: 2026-12-31", "target_date: 2024-12-31")], "does not lie after the `baseline_date`"),
        ([("baseline_date: 2025-01-01", "baseline_date: 01.01.2025")], "must be a day written YYYY-MM-DD"),
        ([("providers_quantitative", "everybody")], "`everybody` is not known here"),
        (
            [("        result: OC1\n", "        result: OC1\n        trend: better\n")],
            "the trend `better` is no indicator",
        ),
        ([("surveys: [check]", f"surveys: [check]\n    emblems: [{EMBLEM}]")], "one/fund.svg is missing. Put it into"),
        ([("surveys: [check]", f"surveys: [check]\n    emblems: [{EMBLEM}]"), ("svg, ", "gif, ")], "`file`"),
        (
            [("surveys: [check]", f"surveys: [check]\n    emblems: [{EMBLEM}]"), ("lv: F}}", "lv: F}, partner: BB}")],
            "There is no partner `BB` in this plan",
        ),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused(write: Write, edits: list[tuple[str, str]], words: str) -> None:
    problems = refuse_plan(write(plan=change(PLAN, *edits)))
    assert any(words in problem for problem in problems)
    assert all(problem.startswith("indicators/plans/one.yaml:") for problem in problems)


def test_an_emblem_is_read_with_its_bytes_and_is_part_of_the_plan(write: Write, tmp_path: Path) -> None:
    text = change(PLAN, ("surveys: [check]", f"surveys: [check]\n    emblems: [{EMBLEM}]"))
    file = tmp_path / "indicators" / "plans" / "one" / "fund.svg"
    file.parent.mkdir(parents=True)
    prints = []
    for drawing in (b"<svg/>", b"<svg></svg>"):
        file.write_bytes(drawing)
        plan = load_plans(write(plan=text))["one"]
        assert [(each.file, each.partner, each.content) for each in plan.emblems] == [("fund.svg", "", drawing)]
        prints.append(plan.fingerprint)
    assert prints[0] != prints[1]


def test_an_indicator_is_chosen_once(write: Write) -> None:
    twice = PLAN + "      - {indicator: useful, result: OC1}\n"
    assert any("chosen twice" in problem for problem in refuse_plan(write(plan=twice)))


def test_code_lists_say_what_a_code_belongs_to(write: Write) -> None:
    taxonomy = load_taxonomy(write())
    assert taxonomy.lists["service_types"]["LEG1"].parent == "LEG"
    assert taxonomy.get_title("areas", "LEG", "lv") == "Juridiskais"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("parent: LEG", "parent: PSY", "There is no `PSY` that `LEG1` could belong to"),
        ("lv: Padoms", "de: Rat", "the words in `lv` are missing"),
        ("    stages: {}\n", "", "The list `stages` is missing"),
    ],
)
def test_a_faulty_code_list_is_refused(write: Write, old: str, new: str, words: str) -> None:
    with pytest.raises(ContentInvalid, match=words):
        load_taxonomy(write(taxonomy=change(TAXONOMY, (old, new))))


def test_missing_code_lists_are_told_once(write: Write) -> None:
    root = write()
    (root / "indicators" / "taxonomy.yaml").unlink()
    with pytest.raises(ContentInvalid, match="The file is missing"):
        load_taxonomy(root)
    assert load(root).code == "useful"


@pytest.mark.parametrize(
    "model",
    [
        IndicatorFile,
        LadderStepFile,
        RubricLevelFile,
        AssessmentFile,
        MilestoneFile,
        SourceFile,
        ImprovementFile,
        ChangeFile,
        PlanFile,
        PartnerFile,
        ResultFile,
        PlanIndicatorFile,
        GrantFile,
        SourcesFile,
        TermFile,
        ScaleFile,
        ScaleItemFile,
        ScaleBandFile,
    ],
)
def test_every_key_an_officer_may_write_carries_its_help(model: type[BaseModel]) -> None:
    assert all(one.description for one in model.model_fields.values())


# -- the other fields of the sheet ---------------------------------------------------------------------------------


def test_what_a_file_leaves_out_of_the_later_fields_leaves_its_fingerprint_as_it_was(write: Write) -> None:
    """R28: fields that definitions did not have from the start change nothing where they are left out."""
    indicator = load(write())
    assert (indicator.analysed, indicator.sensitivity, indicator.rounding) == ("person", "answers", "half_up")
    assert indicator.late["en"].startswith("The day of the event")
    assert {"analysed", "sensitivity", "rounding", "late"} <= indicator.defaults
    bare = replace(indicator, analysed="", sensitivity="", rounding="", late={})
    assert compute_fingerprint(bare) == indicator.fingerprint
    more = '    analysed: case\n    sdg: ["5.2", "16.2.2"]\n    sensitivity: records\n'
    written = load(write(PROPORTION + more))
    assert (written.analysed, written.sdg, written.sensitivity) == ("case", ("5.2", "16.2.2"), "records")
    assert written.fingerprint != indicator.fingerprint


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("valid_from: 2026-01-01\n    valid_to: 2025-12-31", "`valid_to` lies before `valid_from`"),
        ("pairing: {en: First and last, lv: Pirmā un pēdējā}", "A proportion has no `pairing`"),
        ('sdg: ["18.1"]', "sdg"),
        ("rounding: down", "rounding"),
    ],
)
def test_a_later_field_that_makes_no_sense_is_refused(write: Write, more: str, words: str) -> None:
    problems = refuse(write(PROPORTION + f"    {more}\n"))
    assert any(words in problem for problem in problems)


MILESTONES = """        baseline_n: 34
        milestones:
          - {date: 2025-12-31, value: 60}
          - {date: 2026-06-30, text: {en: Guide written, lv: Vadlīnijas uzrakstītas}}
"""


def test_a_target_has_milestones_on_the_way(write: Write) -> None:
    """R17, fields 21 to 23: the end target is written down beside them, never made of them."""
    chosen = load_plans(write(plan=PLAN + MILESTONES))["one"].indicators[0]
    assert chosen.baseline_n == 34
    assert [(each.day, each.value) for each in chosen.milestones] == [
        (date(2025, 12, 31), Decimal(60)),
        (date(2026, 6, 30), None),
    ]
    assert chosen.target == Decimal("70.5")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 60", "value: 60, text: {en: A, lv: B}", "either a `value` or a `text`"),
        ("2026-06-30", "2025-12-31", "the milestones are not in order"),
        ("2026-06-30", "2026-12-31", "does not lie before the target's day"),
    ],
)
def test_a_milestone_that_makes_no_sense_is_refused(write: Write, old: str, new: str, words: str) -> None:
    problems = refuse_plan(write(plan=PLAN + change(MILESTONES, (old, new))))
    assert any(words in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 60", "value: 60, reached: 2025-12-01", "whether a `value` is reached is told by the figure"),
        ("value: 60", "value: 60, done: 2025-12-01", "`done` is not known here"),
    ],
)
def test_a_day_of_being_reached_belongs_to_a_milestone_in_words(write: Write, old: str, new: str, words: str) -> None:
    problems = refuse_plan(write(plan=PLAN + change(MILESTONES, (old, new))))
    assert any(words in problem and problem.startswith("indicators/plans/one.yaml:") for problem in problems)


def test_trends_that_go_in_a_circle_are_named_with_their_line(write: Write) -> None:
    """Issue, bad input: a circular formula."""
    write(name="other")
    circle = PLAN + "        trend: other\n      - {indicator: other, result: OC1, trend: useful}\n"
    first, second = refuse_plan(write(plan=circle))
    assert first.startswith("indicators/plans/one.yaml:")
    assert "`useful`: `trend` goes in a circle: `useful` -> `other` -> `useful`" in first
    assert "`other` -> `useful` -> `other`" in second


def test_a_condition_can_name_no_indicator_so_that_a_formula_cannot_go_in_a_circle(write: Write) -> None:
    """Issue, bad input: a circular formula."""
    (problem,) = refuse(write(change(PROPORTION, ("{question: useful, in: [yes]}", "{indicator: useful, in: [yes]}"))))
    assert problem.startswith("indicators/useful.yaml:5: A condition cannot have the keys in, indicator together")


# -- ratios, rubrics, milestones, thresholds and ladders -----------------------------------------------------------

RATIO = """
    title: {en: Services for each person, lv: Pakalpojumi uz cilvēku}
    kind: ratio
    direction: neutral
    source: {kind: services}
"""
OF_EVENTS = change(RATIO, ("{kind: services}", "{kind: activities}"))
RUBRIC = """
    title: {en: How useful, lv: Cik noderīgi}
    kind: scored_qualitative
    direction: higher
    source: {kind: survey, survey: check, question: useful}
    rubric:
      - {code: no, title: {en: Not at all, lv: Nemaz}}
      - {code: yes, title: {en: Yes, lv: Jā}}
"""
MILESTONE = """
    title: {en: Milestones, lv: Starpmērķi}
    kind: milestone
    direction: higher
    source: {kind: plan}
"""
TABLE = """
    title: {en: People, lv: Cilvēki}
    kind: unique_persons
    direction: neutral
    source: {kind: services}
    disaggregations: [service_type, age_band]
"""


def test_a_ratio_takes_people_where_there_are_any_and_else_records(write: Write) -> None:
    """Field 5: a value and no percentage, recomputed, without an interval."""
    ratio = load(write(RATIO))
    assert (ratio.per, ratio.unit, ratio.factor, ratio.decimals, ratio.interval) == (
        "person",
        "per_person",
        Decimal(1),
        1,
        "",
    )
    assert (ratio.over_periods, ratio.over_partners) == (Aggregation.RECOMPUTE, Aggregation.RECOMPUTE)
    listed = change(RATIO, ("{kind: services}", "{kind: activities}\n    measure: participants"))
    assert (load(write(listed)).per, load(write(listed)).unit) == ("record", "per_record")


def test_a_rubric_and_milestones_load_with_their_defaults(write: Write) -> None:
    """Fields 5 and 8."""
    rubric = load(write(RUBRIC))
    assert [(level.code, level.title["lv"]) for level in rubric.rubric] == [("no", "Nemaz"), ("yes", "Jā")]
    assert (rubric.unit, rubric.over_periods, rubric.source.respondent) == ("level", Aggregation.LAST, "survivor")
    milestone = load(write(MILESTONE))
    assert (milestone.unit, milestone.over_partners, milestone.period_basis) == (
        "milestones",
        Aggregation.NONE,
        "status_at_end",
    )


def test_a_threshold_and_a_ladder_are_kept_and_change_the_fingerprint(write: Write) -> None:
    """Field 16, R28: a definition without them keeps its fingerprint."""
    step = "{dimension: age_band, merge: {a: young, b: young}, titles: {young: {en: Young, lv: Jauni}}}"
    bands = "age_bands: {a: {title: {en: A, lv: A}}, b: {title: {en: B, lv: B}}}"
    taxonomy = change(TAXONOMY, ("age_bands: {}", bands))
    plain = load(write(TABLE, taxonomy=taxonomy))
    made = load(write(f"{TABLE}    threshold: 8\n    ladder: [{step}]\n", taxonomy=taxonomy))
    assert (made.threshold, made.ladder[0].merge) == (8, {"a": "young", "b": "young"})
    assert made.ladder[0].titles["young"]["lv"] == "Jauni"
    assert made.fingerprint != plain.fingerprint == compute_fingerprint(replace(made, threshold=None, ladder=()))


def test_a_dimension_is_marked_sensitive_and_changes_the_fingerprint(write: Write) -> None:
    """Field 15, P3, R28: a definition without the mark keeps its fingerprint."""
    plain, made = load(write(TABLE)), load(write(f"{TABLE}    sensitive: [age_band]\n"))
    assert (plain.sensitive, made.sensitive) == ((), ("age_band",))
    assert made.fingerprint != plain.fingerprint == compute_fingerprint(replace(made, sensitive=()))


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        (RATIO, "over_partners: sum", "`over_partners` of a ratio cannot be `sum`. It can be: recompute."),
        (RATIO, "over_periods: sum", "`over_periods` of a ratio cannot be `sum`"),
        (RATIO, "interval: byar", "A ratio has no `interval`"),
        (RATIO, "per: record", "The ratio counts the same records above and below"),
        (RATIO, "measure: rooms", "A ratio cannot add up `rooms`"),
        (RATIO, "unit: per_event", "A ratio for each person has no unit `per_event`"),
        (RATIO, "disaggregations: [mode]", "it would be a crossed table"),
        (
            change(RATIO, ("{kind: services}", "{kind: activities}")),
            "measure: amount",
            "A ratio cannot add up `amount`",
        ),
        (change(RATIO, ("{kind: services}", "{kind: activities}")), "per: person", "counted one by one, not by person"),
        (change(RATIO, ("{kind: services}", "{kind: survey, survey: check}")), "", "A ratio cannot come from survey"),
        (RUBRIC, "over_partners: sum", "`over_partners` of a scored_qualitative cannot be `sum`"),
        (RUBRIC, "numerator: {question: useful, in: [yes]}", "A scored_qualitative has no `numerator`"),
        (RUBRIC, "interval: t\n    per: record", "Ratings of survey are not counted by record"),
        (change(RUBRIC, ("code: no,", "code: never,")), "", "Nobody can be rated `never`"),
        (change(RUBRIC, ("code: no,", "code: yes,")), "", "Two levels have the code `yes`"),
        (change(RUBRIC, ("question: useful", "question: near")), "", "Nobody can be rated `no`"),
        (change(RUBRIC, ("question: useful", "question: own")), "", "A rubric needs a question with levels"),
        (change(RUBRIC, (", question: useful", "")), "", "A scored_qualitative needs a `question`"),
        (RUBRIC[: RUBRIC.index("      - {code: yes")], "", "can be answered with `yes`, which is no level"),
        (RUBRIC[: RUBRIC.index("    rubric")], "", "needs a `rubric` with two levels or more"),
        (PROPORTION, RUBRIC[RUBRIC.index("rubric") :], "A proportion has no `rubric`"),
        (MILESTONE, "numerator: {status: done}", "A milestone has no `numerator`"),
        (change(MILESTONE, ("kind: plan", "kind: services")), "", "A milestone cannot come from services"),
        (TABLE, "threshold: 3", "`threshold` can only raise the smallest number of people, which is 5 anyway"),
        (TABLE, "sensitive: [ended]", "`sensitive`: there is no `ended`"),
        (TABLE, "ladder: [{dimension: ended, merge: {a: b}}]", "`ended` is no dimension this indicator is shown"),
        (TABLE, "ladder: [{dimension: service_type, merge: {LEG9: LEG1}}]", "`LEG9` is no category"),
        (TABLE, "ladder: [{dimension: service_type, merge: {LEG1: LEG}}]", "`LEG` has no words"),
        (TABLE, "ladder: [{dimension: service_type, merge: {LEG1: LEG1}}]", "makes the table no coarser"),
        (
            TABLE,
            "ladder: [{dimension: service_type, merge: {LEG1: LEG1}, titles: {X: {en: X, lv: X}}}]",
            "Nothing becomes `X`",
        ),
    ],
)
def test_what_these_kinds_and_fields_cannot_have_is_named_with_its_line(
    write: Write, text: str, more: str, words: str
) -> None:
    """Issue, bad input; R1, R9: illegal pairs are refused."""
    problems = refuse(write(text.rstrip() + f"\n    {more}\n"))
    assert any(words in problem for problem in problems), problems
    assert all(problem.startswith("indicators/useful.yaml:") for problem in problems)


@pytest.mark.parametrize("respondent", ["survivor", "joint"])
def test_a_rating_is_never_called_anothers(write: Write, respondent: str) -> None:
    """rules-of-numbers part 2: what survivors, caseworkers and both together say is never mixed."""
    text = change(
        RUBRIC, ("{kind: survey, survey: check, question: useful}", f"{{kind: standards, respondent: {respondent}}}")
    )
    problems = refuse(write(text + "    measure: rating\n"))
    assert any("Records of standards are rated by another `respondent`: `organisation`" in each for each in problems)


def test_the_smallest_threshold_is_that_of_a_funder() -> None:
    assert min(THRESHOLDS.values()) == SMALLEST_THRESHOLD


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        (PROPORTION, "101", "101 can never be reached"),
        (PROPORTION, "100", ""),
        (PROPORTION, "-1", "-1 can never be reached"),
        (TABLE, "12.5", "12.5 is no whole number"),
        (RATIO, "12.5", ""),
        (RUBRIC, "1", ""),
        (RUBRIC, "2", "2 is no level of the rubric"),
        (RUBRIC, "0.5", "0.5 is no level of the rubric"),
        (MILESTONE, "3", "milestones have no value of their own"),
    ],
)
def test_a_target_is_of_the_kind_its_indicator_has(write: Write, text: str, value: str, words: str) -> None:
    """Issue, bad input: a target of the wrong kind."""
    found = find_misfit(load(write(text)), Decimal(value))
    assert (words in found) if words else not found

"""Officers' surveys are checked whole: every fault of every file at once, with file, line and a way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from me_platform.content import ContentModel, Problems
from me_platform.errors import ContentInvalid
from me_platform.surveys import files
from me_platform.surveys.definition import AnswerState, Purpose, Survey, Wave
from me_platform.surveys.loading import check_surveys, load_surveys
from me_platform.surveys.question_types import QUESTION_TYPES
from me_platform.surveys.versions import compute_survey_fingerprint
from me_platform.surveys.wording import CHECKED_LANGUAGES, NEVER_ASKED, find_forbidden, find_gendered_word

LISTS = """\
agree:
  positive: [yes]
  choices:
    - {value: no, label: {en: No, lv: Nē}}
    - {value: yes, label: {en: Yes, lv: Jā}}
    - {value: dont_know, state: dont_know, label: {en: I do not know, lv: Nezinu}}
    - {value: declined, state: declined, label: {en: I do not want to say, lv: Nevēlos teikt}}
    - {value: not_applicable, state: not_applicable, label: {en: Does not apply, lv: Neattiecas}}
none:
  choices:
    - {value: dont_know, state: dont_know, label: {en: I do not know, lv: Nezinu}}
    - {value: declined, state: declined, label: {en: I do not want to say, lv: Nevēlos teikt}}
    - {value: not_applicable, state: not_applicable, label: {en: Does not apply, lv: Neattiecas}}
"""
WITHOUT_STATES = LISTS.splitlines(keepends=True)[6] + LISTS.splitlines(keepends=True)[7] + "none"
CONSENT = """\
version: 2026-1
purposes:
  answer:
    title: {en: "May we ask?", lv: "Vai drīkstam jautāt?"}
    body: {en: "You choose.", lv: "Jūs izlemjat."}
  quote:
    title: {en: "May we quote?", lv: "Vai drīkstam citēt?"}
    body: {en: "You choose.", lv: "Jūs izlemjat."}
"""
SURVEY = """\
id: check
version: 2026-1
title: {en: Check, lv: Aptauja}
note: {en: Own items, lv: Savi jautājumi}
languages: [en, lv]
respondent: survivor
consent: 2026-1
purposes: [answer, quote]
waves:
  baseline: {last_day: 30}
  followup: {every: 90, before: 14, after: 30}
  exit: {after: 30}
questions:
  - name: hello
    kind: note
    prompt: {en: "Take your time.", lv: "Nesteidzieties."}
  - name: useful
    kind: single_choice
    about: organisation
    prompt: {en: "Useful?", lv: "Vai noderīgi?"}
    choices: agree
  - name: near
    kind: scale
    prompt: {en: "How near?", lv: "Cik tuvu?"}
    ends:
      - {en: Far, lv: Tālu}
      - {en: Near, lv: Tuvu}
    choices: none
  - name: months
    kind: number
    prompt: {en: "How many months?", lv: "Cik mēnešu?"}
    low: 0
    high: 60
    choices: none
  - name: why
    kind: text
    prompt: {en: "Why?", lv: "Kāpēc?"}
    hint: {en: "A few words.", lv: "Daži vārdi."}
    max_length: 200
    choices: none
    when: "${useful} = 'no' and ${near} < 5"
  - name: helped
    kind: multiple_choice
    prompt: {en: "What helped?", lv: "Kas palīdzēja?"}
    choices: agree
  - name: since
    kind: date
    prompt: {en: "Since when?", lv: "Kopš kura laika?"}
    first: 2020-01
    last: 2026-12
    choices: none
"""

Write = Callable[..., Problems]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a content folder in which texts of the given files are replaced, and checks it."""

    def write_and_check(old: str = "", new: str = "", *, survey: str = SURVEY) -> Problems:
        texts = {"lists.yaml": LISTS, "consent/2026-1.yaml": CONSENT, "check/survey.yaml": survey}
        assert any(old in text for text in texts.values())
        for name, text in texts.items():
            path = tmp_path / "surveys" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        problems = Problems()
        check_surveys(tmp_path, problems)
        return problems

    return write_and_check


def get_faults(problems: Problems) -> list[str]:
    return [str(fault).removeprefix("surveys/") for fault in problems.faults]


@pytest.fixture
def survey(write: Write, tmp_path: Path) -> Survey:
    assert write().faults == ()
    return load_surveys(tmp_path)["check"]


def test_a_survey_without_faults_becomes_a_definition(survey: Survey) -> None:
    assert (survey.id, survey.version, survey.languages) == ("check", "2026-1", ("en", "lv"))
    assert survey.respondent == "survivor"
    assert survey.title == {"en": "Check", "lv": "Aptauja"}
    assert survey.purposes == (Purpose.ANSWER, Purpose.QUOTE)
    assert [question.name for question in survey.questions] == [
        "hello",
        "useful",
        "near",
        "months",
        "why",
        "helped",
        "since",
    ]
    useful = survey.get_question("useful")
    assert [choice.value for choice in useful.choices] == ["no", "yes", "dont_know", "declined", "not_applicable"]
    assert [choice.label["lv"] for choice in useful.choices][:2] == ["Nē", "Jā"]
    assert useful.choices[3].state is AnswerState.DECLINED
    assert useful.positive == {"yes"}
    assert useful.about == "organisation"
    near, months, why = (survey.get_question(name) for name in ("near", "months", "why"))
    assert (near.low, near.high, near.ends) == (0, 10, ({"en": "Far", "lv": "Tālu"}, {"en": "Near", "lv": "Tuvu"}))
    assert (months.low, months.high) == (0, 60)
    assert (why.max_length, why.hint["lv"]) == (200, "Daži vārdi.")
    assert why.when == "${useful} = 'no' and ${near} < 5"


def test_an_expression_may_use_a_calculation_of_earlier_questions_only(write: Write, tmp_path: Path) -> None:
    late = SURVEY.replace("questions:", "calculate: {both: '${one} + 1', one: '${since} + 1'}\nquestions:")
    faults = get_faults(write(survey=late.replace("${near} < 5", "${both} < 5")))
    expected = "check/survey.yaml:42: `when` of the question `why` refers to `since`, which is asked on line 47."
    assert [fault[: len(expected)] for fault in faults] == [expected]
    early = late.replace("${since} + 1", "${near} * 2").replace("${near} < 5", "${both} < 5")
    assert write(survey=early.replace('"Why?"', '"Why ${both}?"')).faults == ()
    made = load_surveys(tmp_path)["check"]
    assert made.calculations == {"both": "${one} + 1", "one": "${near} * 2"}
    assert made.fingerprint == compute_survey_fingerprint("check", ("en", "lv"), made.questions, made.calculations)
    assert made.fingerprint != compute_survey_fingerprint("check", ("en", "lv"), made.questions)


def test_the_waves_of_a_survey_are_windows_after_an_anchor(survey: Survey) -> None:
    assert survey.repeat_every == 90
    assert survey.waves == (
        Wave("baseline", "enrolment", 0, 0, 30),
        Wave("followup", "baseline", 90, 14, 30),
        Wave("exit", "exit", 0, 0, 30),
    )


@pytest.mark.parametrize(
    ("written", "waves", "repeat_every", "session"),
    [
        (
            "session: true\n  followup: {day: 120, before: 30, after: 60}",
            (
                Wave("before", "session", 0, 0, 0),
                Wave("after", "session", 0, 0, 0),
                Wave("followup", "baseline", 120, 30, 60),
            ),
            0,
            True,
        ),
        (
            "baseline: {first_day: 1, last_day: 30}\n  exit: {day: 70, before: 14, after: 30}",
            (Wave("baseline", "enrolment", 1, 0, 29), Wave("exit", "baseline", 70, 14, 30)),
            0,
            False,
        ),
    ],
)
def test_waves_of_a_session_and_waves_on_a_day(
    write: Write, tmp_path: Path, written: str, waves: tuple[Wave, ...], repeat_every: int, *, session: bool
) -> None:
    start, end = SURVEY.index("baseline:"), SURVEY.index("questions:")
    assert write(survey=f"{SURVEY[:start]}{written}\n{SURVEY[end:]}").faults == ()
    survey = load_surveys(tmp_path)["check"]
    assert (survey.waves, survey.repeat_every, survey.session) == (waves, repeat_every, session)


def test_a_question_of_one_wave_faces_and_an_audience_are_read(write: Write, tmp_path: Path) -> None:
    lists = "agree:\n  look: faces\n  positive"
    faces = LISTS.replace("agree:\n  positive", lists).replace("value: no,", "value: no, face: 1,")
    survey = SURVEY.replace("max_length: 200", "waves: [exit, followup]").replace(
        "respondent: survivor", "respondent: participant\naudience: child\nguardian: 2026-1"
    )
    assert write(LISTS, faces.replace("value: yes,", "value: yes, face: 5,"), survey=survey).faults == ()
    made = load_surveys(tmp_path)["check"]
    assert (made.respondent, made.audience) == ("participant", "child")
    assert made.get_question("why").waves == ("exit", "followup")
    assert [choice.face for choice in made.get_question("useful").choices] == [1, 5, 0, 0, 0]


@pytest.mark.parametrize("respondent", ["caseworker", "joint"])
def test_what_staff_fill_in_needs_no_consent(write: Write, tmp_path: Path, respondent: str) -> None:
    survey = SURVEY.replace("consent: 2026-1\npurposes: [answer, quote]\n", "")
    assert write(survey=survey.replace("respondent: survivor", f"respondent: {respondent}")).faults == ()
    made = load_surveys(tmp_path)["check"]
    assert (made.purposes, made.consent) == ((), ())


def test_the_consent_comes_with_its_words_version_and_fingerprint(survey: Survey) -> None:
    """privacy-and-safety 1.6: versioned text with fingerprint."""
    answer, quote = (survey.get_consent(purpose) for purpose in survey.purposes)
    assert answer.title["lv"] == "Vai drīkstam jautāt?"
    assert answer.version == "2026-1"
    assert len({answer.fingerprint, quote.fingerprint, survey.fingerprint}) == 3
    assert all(len(text.fingerprint) == 64 for text in survey.consent)


def test_every_kind_of_question_can_be_written(survey: Survey) -> None:
    assert {question.kind for question in survey.questions} == set(QUESTION_TYPES)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: check", "id: other", "check/survey.yaml:1: `id` is not the name of the folder."),
        ("version: 2026-1\ntitle", "version: 1.10\ntitle", "check/survey.yaml:2: `version` must be text."),
        ("version: 2026-1\npurposes", "version: 2026-2\npurposes", "consent/2026-1.yaml:1: `version` is not the name"),
        ("consent: 2026-1", "consent: 2025-9", "check/survey.yaml:7: There is no consent version `2025-9`. Did you"),
        ("[answer, quote]", "[quote]", "check/survey.yaml:8: `answer` is not among the purposes."),
        ("[answer, quote]", "[answer, answer]", "check/survey.yaml:8: The purpose `answer` is there twice."),
        (
            "[answer, quote]",
            "[answer, quotex]",
            "check/survey.yaml:8: Entry 2 of `purposes` cannot be `quotex`. Did you",
        ),
        ("[answer, quote]", "[answer, link]", "check/survey.yaml:8: The consent `2026-1` has no words for `link`."),
        ("title: {en: Check, lv: Aptauja}", "title: {en: Check}", "check/survey.yaml:3: `title` has no text in `lv`."),
        ("lv: Savi jautājumi}", "lv: }", "check/survey.yaml:4: `note` has no text in `lv`."),
        (
            '{en: "Useful?", lv: "Vai noderīgi?"}',
            '{en: "Useful?", lv: " "}',
            "check/survey.yaml:20: `prompt` of the question `useful` has no text in `lv`. Add `lv: ...`.",
        ),
        (', lv: "Daži vārdi."', "", "check/survey.yaml:38: `hint` of the question `why` has no text in `lv`."),
        (
            "{en: Near, lv: Tuvu}",
            "{en: Near}",
            "check/survey.yaml:27: `ends` of the question `near` has no text in `lv`",
        ),
        ("{en: Yes, lv: Jā}", "{en: Yes}", "lists.yaml:5: `label` of the choice `yes` has no text in `lv`."),
        (
            'body: {en: "You choose.", lv: "Jūs izlemjat."}\n  quote',
            'body: {en: "You choose."}\n  quote',
            "consent/2026-1.yaml:5: `body` of `answer` has no text in `lv`.",
        ),
        (
            '"Kāpēc?"}',
            '"Kāpēc?", fr: "Quoi"}',
            "check/survey.yaml:37: `prompt` of the question `why` is written in `fr`",
        ),
        ("choices: agree", "choices: agrees", "check/survey.yaml:21: There is no list `agrees`. Did you mean `agree`?"),
        ("    choices: agree\n", "", "check/survey.yaml:17: The question `useful` has no `choices`. Name a list"),
        ("choices: agree", "choices: none", "check/survey.yaml:21: The list `none` has fewer than two answers"),
        (
            "choices: none\n    when",
            "choices: agree\n    when",
            "check/survey.yaml:40: The list `agree` has answers, but",
        ),
        (
            WITHOUT_STATES,
            "none",
            "check/survey.yaml:21: The list `agree` does not offer declined, not_applicable.",
        ),
        (
            "positive: [yes]",
            "positive: [yess]",
            "lists.yaml:2: `yess` is no choice of the list `agree`. Did you mean `yes`?",
        ),
        ("positive: [yes]", "positive: [declined]", "lists.yaml:2: `declined` is no choice of the list `agree`."),
        ("{value: yes,", "{value: no,", "lists.yaml:2: `yes` is no choice of the list `agree`."),
        (
            "kind: scale",
            "kind: scala",
            "check/survey.yaml:23: There is no kind of question `scala`. Did you mean `scale`?",
        ),
        ("    low: 0\n", "", "check/survey.yaml:29: The question `months` has no `low`. Add `low: ...`."),
        ("low: 0", "low: 60", "check/survey.yaml:32: `low` of the question `months` is not smaller than `high`."),
        ("max_length: 200", "max_length: 9000", "check/survey.yaml:39: `max_length` must be at most 4000."),
        (
            "max_length: 200",
            "low: 1",
            "check/survey.yaml:39: `low` of the question `why` goes with the kind `number` only.",
        ),
        ("    kind: note\n", "    kind: note\n    choices: none\n", "check/survey.yaml:16: A note has no choices."),
        ("name: months", "name: Months", "check/survey.yaml:29: `name` cannot be written like this: `Months`."),
        (
            "name: months",
            "name: near",
            "check/survey.yaml:29: Two questions are called `near`: on line 22 and on line 29.",
        ),
        (
            "${near} < 5",
            "${naer} < 5",
            "check/survey.yaml:41: `when` of the question `why` refers to `naer`, which is no",
        ),
        ("${near} < 5", "${near} <", "check/survey.yaml:41: `when` of the question `why`: At character 31: a value is"),
        (
            "${near} < 5",
            "near < 5",
            "check/survey.yaml:41: `when` of the question `why`: At character 22: `near` has no",
        ),
        (
            "${near} < 5",
            "${why} = ''",
            "check/survey.yaml:41: `when` of the question `why` goes in a circle: `why` -> `why`. Refer to questions",
        ),
        (
            "choices: agree\n",
            "choices: agree\n    when: \"${why} = ''\"\n",
            "check/survey.yaml:22: `when` of the question `useful` goes in a circle: `useful` -> `why` -> `useful`.",
        ),
        (
            "choices: agree\n",
            'choices: agree\n    when: "${near} > 1"\n',
            "check/survey.yaml:22: `when` of the question `useful` refers to `near`, which is asked on line 23.",
        ),
        (
            "respondent: survivor\n",
            'alert: "${naer} < 5"\nrespondent: survivor\n',
            "check/survey.yaml:6: `alert` refers to `naer`, which is no question here. Did you mean",
        ),
        (
            "respondent: survivor\n",
            'alert: "${near} <"\nrespondent: survivor\n',
            "check/survey.yaml:6: `alert`: At character 10: a value is missing",
        ),
        (
            "respondent: survivor\n",
            'alert: "true()"\nrespondent: survivor\n',
            "check/survey.yaml:6: `alert` speaks of no question",
        ),
        (
            "respondent: survivor\n",
            "room: true\nrespondent: survivor\n",
            "check/survey.yaml:6: `room` and `waves` do not go together.",
        ),
        (
            "{last_day: 30}",
            "{first_day: 31, last_day: 30}",
            "check/survey.yaml:10: The baseline's `last_day` comes before",
        ),
        (
            "{last_day: 30}",
            "{last_day: 76}",
            "check/survey.yaml:11: The first follow-up can open while the baseline is",
        ),
        (
            "before: 14, after: 30",
            "before: 60, after: 30",
            "check/survey.yaml:11: Two follow-ups overlap: 60 days before",
        ),
        ("every: 90", "every: 0", "check/survey.yaml:11: `every` must be at least 1."),
        ("every: 90, ", "", "check/survey.yaml:11: A follow-up has either `every` or `day`. Give one of them."),
        ("every: 90", "every: 90, day: 90", "check/survey.yaml:11: A follow-up has either `every` or `day`."),
        (
            "exit: {after: 30}",
            "exit: {day: 40, before: 10, after: 30}",
            "check/survey.yaml:12: The exit can open while",
        ),
        (
            "every: 90, before: 14, after: 30}\n  exit: {after: 30}",
            "day: 90, before: 14, after: 30}\n  exit: {day: 120, after: 30}",
            "check/survey.yaml:11: The follow-up and the exit overlap. Move one of them.",
        ),
        ("  baseline: {last_day: 30}\n", "", "check/survey.yaml:9: The waves have no `baseline`. Give one of them:"),
        (
            "  baseline: {last_day: 30}\n",
            "  baseline: {last_day: 30}\n  session: true\n",
            "check/survey.yaml:9: The waves have both a `baseline` and a `session`.",
        ),
        (
            "baseline: {last_day: 30}\n  followup: {every: 90, before: 14",
            "session: true\n  followup: {day: 14, before: 14",
            "check/survey.yaml:11: The first follow-up can open while the session is still open.",
        ),
        (
            "    max_length: 200\n",
            "    waves: [exitt]\n",
            "check/survey.yaml:39: The question `why` is asked in the wave `exitt`, which the survey does not have.",
        ),
        (
            "    max_length: 200\n",
            "    waves: [before]\n",
            "check/survey.yaml:39: The question `why` is asked in the wave",
        ),
        ("respondent: survivor", "respondent: joint", "check/survey.yaml:7: A survey that staff fill in asks for no"),
        (
            "respondent: survivor",
            "respondent: caseworker",
            "check/survey.yaml:8: A survey that staff fill in asks for no",
        ),
        (
            "respondent: survivor",
            "respondent: survivor\naudience: baby",
            "check/survey.yaml:7: `audience` cannot be `baby`.",
        ),
        ("positive: [yes]", "look: faces", "lists.yaml:4: `no` of the list `agree` has no `face`. Add `face: 1` to"),
        ("positive: [yes]", "look: smiles", "lists.yaml:2: `look` cannot be `smiles`."),
        ("{value: yes,", "{value: yes, face: 5,", "lists.yaml:5: `yes` of the list `agree` cannot have a `face`. Only"),
        ("{value: yes,", "{value: yes, face: 6,", "lists.yaml:5: `face` must be at most 5."),
        ("    first: 2020-01\n", "", "check/survey.yaml:46: The question `since` has no `first`. Add `first: ...`."),
        ("first: 2020-01", "first: 2020", "check/survey.yaml:49: `first` must be text."),
        ("first: 2020-01", "first: 2020-13", "check/survey.yaml:49: `first` of the question `since` is no month: `20"),
        (
            "first: 2020-01",
            "precision: day\n    first: 2020-01-31",
            "check/survey.yaml:51: `last` of the question `since` is no day: `2026-12`. Write 2026-03-01.",
        ),
        (
            "last: 2026-12",
            "last: 2020-01",
            "check/survey.yaml:49: `first` of the question `since` is not before `last`",
        ),
        ("first: 2020-01", "first: 1900-01", "check/survey.yaml:49: The question `since` offers more than 120 years."),
        ("first: 2020-01", "precision: year", "check/survey.yaml:49: `precision` cannot be `year`."),
        (
            "max_length: 200",
            "precision: day",
            "check/survey.yaml:39: `precision` of the question `why` goes with the kind `date` only.",
        ),
        (
            "{value: declined,",
            "{value: declined, exclusive: true,",
            "lists.yaml:7: `declined` of the list `agree` has a `state`, and goes with no other anyway.",
        ),
        ("{value: yes,", "{value: yes, picture: police,", "lists.yaml:5: `picture` cannot be `police`."),
        (
            "- {value: yes,",
            "- {value: yes, face: 5, picture: home,",
            "lists.yaml:5: `yes` of the list `agree` has both a `face` and a `picture`. Keep one of them.",
        ),
        ("{value: yes,", "{value: yes, exclusive: yes please,", "lists.yaml:5: `exclusive` must be"),
        (
            "    - {value: yes, label",
            "".join(f"    - {{value: x{n}, label: {{en: X, lv: X}}}}\n" for n in range(16))
            + "    - {value: yes, label",
            "check/survey.yaml:45: The list `agree` has more than 20 choices, of which several can be taken.",
        ),
        (
            "    max_length: 200\n",
            '    check: "${why} != 1"\n',
            "check/survey.yaml:39: The question `why` has a `check` alone. A `check` and its `message` go together.",
        ),
        (
            "    max_length: 200\n",
            "    message: {en: Look, lv: Skat}\n",
            "check/survey.yaml:39: The question `why` has a `message` alone.",
        ),
        (
            "    max_length: 200\n",
            '    check: "${why} >"\n    message: {en: Look, lv: Skat}\n',
            "check/survey.yaml:39: `check` of the question `why`: At character 9: a value is missing at the end.",
        ),
        (
            "    max_length: 200\n",
            '    check: "${since} > 1"\n    message: {en: Look, lv: Skat}\n',
            "check/survey.yaml:39: `check` of the question `why` refers to `since`, which is asked on line 47.",
        ),
        (
            "    max_length: 200\n",
            '    check: "${why} != 1"\n    message: {en: Look}\n',
            "check/survey.yaml:40: `message` of the question `why` has no text in `lv`.",
        ),
        ('"Why?"', '"Why ${naer}?"', "check/survey.yaml:37: `prompt` of the question `why` refers to `naer`, which is"),
        ('"Why?"', '"Why ${since}?"', "check/survey.yaml:37: `prompt` of the question `why` refers to `since`, "),
        ('"A few words."', '"${Near}"', "check/survey.yaml:38: `hint` of the question `why` has a `${` that names no"),
        (
            "questions:",
            "calculate: {sum: '${near} +'}\nquestions:",
            "check/survey.yaml:13: The calculation `sum`: At character 10: a value is missing at the end.",
        ),
        (
            "questions:",
            "calculate: {sum: '${naer} + 1'}\nquestions:",
            "check/survey.yaml:13: The calculation `sum` refers to `naer`, which is no question or calculation here.",
        ),
        (
            "questions:",
            "calculate: {near: '1'}\nquestions:",
            "check/survey.yaml:13: `near` is a calculation and a question. Give one another name.",
        ),
        (
            "questions:",
            "calculate: {one: '${two}', two: '${one} + 1'}\nquestions:",
            "check/survey.yaml:13: The calculation `one` goes in a circle: `one` -> `two` -> `one`.",
        ),
        (
            "questions:",
            "calculate: {one: '${one} + 1'}\nquestions:",
            "check/survey.yaml:13: The calculation `one` goes in a circle: `one` -> `one`.",
        ),
        (
            "respondent: survivor",
            "respondent: victim",
            "check/survey.yaml:6: `respondent` cannot be `victim`. Known here:",
        ),
        ("languages: [en, lv]", "languages: []", "check/survey.yaml:5: `languages` must have at least 1 entries."),
        ("languages: [en, lv]", "languages: [en]", "check/survey.yaml:5: `languages` has no `lv`. Reports tell of"),
        (
            "    kind: text",
            "    kind: text\n    requiredd: true",
            "check/survey.yaml:37: `requiredd` is not known here.",
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_a_way_out(write: Write, old: str, new: str, expected: str) -> None:
    faults = get_faults(write(old, new))
    assert any(fault.startswith(expected) for fault in faults), faults


@pytest.mark.parametrize(
    ("asked", "language", "topic"),
    [
        ("Were you exploited?", "en", "the exploitation"),
        ("Have you talked to the police?", "en", "cooperation with the police"),
        ("Do you have a residence permit?", "en", "the residence or asylum status"),
        ("What is your address?", "en", "the address"),
        ("What is your religion?", "en", "religion"),
        ("Are you pregnant?", "en", "pregnancy"),
        ("How much are your savings?", "en", "savings"),
        ("Where are your children?", "en", "where children are"),
        ("Do you have an illness?", "en", "illness"),
        ("Do you work without a contract?", "en", "undocumented work"),
        ("What is your sexual orientation?", "en", "sexual acts or orientation"),
        ("Who was the trafficker?", "en", "the exploit"),
        ("Vai runājāt ar policiju?", "lv", "cooperation with the police"),
        ("Vai Jums ir uzturēšanās atļauja?", "lv", "the residence or asylum status"),
        ("Kāda ir Jūsu adrese?", "lv", "the address"),
        ("Kāda ir Jūsu ticība?", "lv", "religion"),
        ("Vai Jums ir uzkrājumi?", "lv", "savings"),
        ("Vai Jums ir iestājusies grūtniecība?", "lv", "pregnancy"),
    ],
)
def test_what_is_never_asked_is_refused(write: Write, asked: str, language: str, topic: str) -> None:
    """privacy-and-safety 1.9: never asked and never inferable."""
    old = {"en": 'en: "Useful?"', "lv": 'lv: "Vai noderīgi?"'}[language]
    faults = get_faults(write(old, f'{language}: "{asked}"'))
    assert len(faults) == 1
    assert faults[0].startswith(f"check/survey.yaml:20: The question `useful` touches what is never asked: {topic}")


def test_hints_and_choices_are_searched_for_forbidden_topics_too(write: Write) -> None:
    """privacy-and-safety 1.9."""
    assert "The question `why` touches" in get_faults(write("A few words.", "Such as your address."))[0]
    faults = get_faults(write("en: Yes,", "en: I am a refugee,"))
    assert faults[0].startswith("lists.yaml:5: The label of the choice `yes` touches what is never asked")


def test_what_only_explains_is_looked_at_and_not_refused(write: Write) -> None:
    """privacy-and-safety 1.9: a note may say that something is never asked; somebody looks whether it may."""
    problems = write("Take your time.", "We never ask about the police.")
    assert not problems.faults
    [warning] = problems.warnings
    assert str(warning).startswith("surveys/check/survey.yaml:16: The note `hello` speaks of what is never asked: coop")
    [warning] = write("Own items", "Own items about faith").warnings
    assert "`note` speaks of what is never asked: religion (`faith`)" in str(warning)
    assert "The question `near` touches" in get_faults(write("{en: Far,", "{en: As a refugee,"))[0]


def test_every_topic_has_words_in_every_language_of_the_list() -> None:
    """privacy-and-safety 1.9."""
    for words in NEVER_ASKED.values():
        assert set(words) == CHECKED_LANGUAGES
        assert all(words.values())
    for topic, by_language in NEVER_ASKED.items():
        for language, group in by_language.items():
            for word in group:
                assert find_forbidden(f"x {word.replace('*', 'x')}, y", language), (topic, language, word)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Do you feel safe where you live now?", "en"),
        ("Is the policy clear?", "en"),
        ("Do you believe in yourself?", "en"),
        ("Do the people treat you with respect?", "en"),
        ("Vai vietā, kur tagad dzīvojat, Jūs jūtaties droši?", "lv"),
        ("Vai patversmē Jums ir pietiekami daudz privātuma?", "lv"),
        ("La tratta con rispetto?", "it"),
        ("On vous traite avec respect ?", "fr"),
        ("¿Le trata con respeto?", "es"),
        ("Stimmst du dieser Aussage zu?", "de"),
        ("Вам безопасно в убежище?", "ru"),
        ("Чи безпечно Вам у притулку?", "uk"),
    ],
)
def test_ordinary_questions_are_not_taken_for_forbidden_ones(text: str, language: str) -> None:
    assert find_forbidden(text, language) is None


def test_a_long_sentence_is_a_warning_and_no_fault(write: Write) -> None:
    long = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
    problems = write("Useful?", f"Short one. {long}")
    assert problems.faults == ()
    (warning,) = problems.warnings
    assert (warning.line, warning.way_out) == (20, "Split it.")
    assert warning.message.endswith(f"`useful` has a sentence of more than 15 words in `en`: {long}")
    assert write("Useful?", long.replace(" sixteen", "")).warnings == ()


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("Vai Jūs esat sapratusi?", "sapratusi"),
        ("Vai Jūs jutāties, it kā būtu atgriezies?", None),
        ("Vai esat atgriezusies?", "atgriezusies"),
        ("Vai esat informēta?", "esat informēta"),
        ("Vai esat bijis šeit?", "bijis"),
        ("Vai to izlēmāt Jūs pati?", "pati"),
        ("Izdzīvojušais (-usī)", "(-usī)"),
        ("Drošs/-a", "Drošs/-a"),
        ("Vai Jūs jūtaties droši?", None),
        ("Ja atteiksieties, atbalsts nemainīsies.", None),
        ("Uz otru pusi, klusi.", None),
        ("Vai esat drošībā 24/7 un/vai mājās?", None),
    ],
)
def test_a_gendered_form_is_a_warning(write: Write, words: str, form: str | None) -> None:
    """privacy-and-safety 1.8: no gendered endings."""
    assert find_gendered_word(words) == form
    problems = write("Vai noderīgi?", words)
    assert problems.faults == ()
    assert len(problems.warnings) == (form is not None)


def test_a_language_without_a_list_of_forbidden_words_is_a_warning(write: Write) -> None:
    text = SURVEY.replace("languages: [en, lv]", "languages: [en, lv, ka]")
    problems = write(survey=text)
    (warning,) = problems.warnings
    assert (warning.line, warning.message) == (5, "The program has no list of what is never asked in `ka`.")
    # A new language is asked for text by text, in the lists and the consent too.
    assert len(problems.faults) == 2 + 7 + 1 + 2 + 8 + 4
    assert all("no text in `ka`" in fault.message for fault in problems.faults)


def test_all_faults_of_all_files_are_told_at_once(write: Write, tmp_path: Path) -> None:
    text = SURVEY.replace("id: check", "id: 5").replace("kind: scale", "kind: scala").replace(", lv: Aptauja", "")
    write(survey=text.replace("${near} < 5", "${gone} < 5"))
    (tmp_path / "surveys" / "lists.yaml").write_text(LISTS.replace("positive: [yes]", "positive: yes"), "utf-8")
    (tmp_path / "surveys" / "consent" / "2026-1.yaml").write_text(CONSENT + "extra: 1\n", "utf-8")
    (tmp_path / "surveys" / "empty").mkdir()
    with pytest.raises(ContentInvalid) as caught:
        load_surveys(tmp_path)
    places = [(problem.file.removeprefix("surveys/"), problem.line) for problem in caught.value.problems]
    assert places == [
        ("check/survey.yaml", 1),
        ("check/survey.yaml", 3),
        ("check/survey.yaml", 23),
        ("check/survey.yaml", 41),
        ("consent/2026-1.yaml", 9),
        ("empty/survey.yaml", 0),
        ("lists.yaml", 2),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("positive: [yes]", "positive: yes", "lists.yaml:2: `positive` must be a list."),
        (
            "choices:\n    - {value: dont_know",
            "choices:\n    - {valuex: dont_know",
            "lists.yaml:11: `valuex` is not known",
        ),
        ("quote:\n    title", "quote:\n    titel", "consent/2026-1.yaml:6: `title` is missing."),
        ("agree:", "agree: &a", "lists.yaml:1: The anchor `&a` is not allowed."),
    ],
)
def test_a_fault_in_a_shared_file_stops_the_surveys_that_use_it(
    write: Write, tmp_path: Path, old: str, new: str, expected: str
) -> None:
    faults = get_faults(write(old, new))
    assert any(fault.startswith(expected) for fault in faults), faults
    assert check_surveys(tmp_path, Problems()) == {}


def test_questions_without_a_name_are_told_apart(write: Write) -> None:
    faults = get_faults(write("  - name: near\n    kind", "  - kind"))
    assert faults[0] == "check/survey.yaml:22: `name` is missing. Add a line `name: ...`."
    text = "questions:\n  - just text\n  - {kind: note}\n  - {kind: note}\n"
    faults = get_faults(write(survey=SURVEY[: SURVEY.index("questions:")] + text))
    assert [fault.split(":")[1] for fault in faults] == ["14", "15", "15", "16", "16"]


def test_a_broken_survey_does_not_hide_a_sound_one(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "surveys" / "other").mkdir()
    (tmp_path / "surveys" / "other" / "survey.yaml").write_text("id: other\n", "utf-8")
    problems = Problems()
    assert list(check_surveys(tmp_path, problems)) == ["check"]
    assert problems.faults


def test_a_file_nobody_reads_is_a_warning(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "surveys" / "check.yaml").write_text("a: 1\n", "utf-8")
    problems = Problems()
    check_surveys(tmp_path, problems)
    assert [warning.file for warning in problems.warnings] == ["surveys/check.yaml"]


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match="surveys: The folder is missing"):
        load_surveys(tmp_path)


def test_every_key_an_officer_may_write_carries_its_help() -> None:
    models = [thing for thing in vars(files).values() if isinstance(thing, type) and issubclass(thing, ContentModel)]
    described = [model for model in models if model is not ContentModel]
    assert len(described) > 5
    for model in described:
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"

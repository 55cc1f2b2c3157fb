"""The stranger test: a new survey, indicators, a target and a report section from the two guides alone.

Every content file comes from the examples of docs/writing-surveys.md and docs/writing-indicators.md, every command from
their command lines. What is expected is counted by hand from ``PEOPLE``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pypdf
import pytest

from me_platform import cli
from me_platform.catalogue import load_catalogue
from me_platform.demo.walk import Offices
from me_platform.services.answering import submit_directly
from me_platform.services.doors import issue_doors
from me_platform.services.instance import open_office
from me_platform.services.people import Profile, Service, enrol_person, record_service
from me_platform.settings import load_settings
from me_platform.surveys.definition import Answer, AnswerState, Purpose
from tests.acceptance.conftest import ROOT, Me
from tests.conftest import lend_folder
from tests.guides import Example, follow, read_commands, read_examples

GUIDES = tuple(ROOT / "docs" / name for name in ("writing-surveys.md", "writing-indicators.md"))
EXAMPLES: tuple[Example, ...] = tuple(each for guide in GUIDES for each in read_examples(guide))
CONTENT = ("surveys", "indicators", "report_templates")
PARTNER = "KALNS"
FIRST, AGAIN, FREEZE = date(2026, 1, 5), date(2026, 4, 5), date(2026, 4, 10)
"""Entry and first answers, the follow-up 90 days later, the freeze: all in the half year of the guide's command."""

NO, RATHER_NO, RATHER_YES, YES = (
    Answer(AnswerState.ANSWERED, value) for value in ("no", "rather_no", "rather_yes", "yes")
)
DECLINED, WORDS = Answer(AnswerState.DECLINED), Answer(AnswerState.ANSWERED, "Less noise at night.")
PEOPLE = (
    *[(RATHER_NO, YES)] * 6,  # better
    *[(YES, YES)] * 5,  # the same
    *[(RATHER_YES, NO)] * 5,  # worse
    *[(DECLINED, DECLINED)] * 5,  # would not say
)
"""First and second answer of 21 people to "Do you sleep well?".

16 gave valid answers, and of these 11 (6 and 5) say yes in the end. Of the 16, 6 rose, 5 stayed, 5 fell. The mean step
was 47 / 16 = 2.9 at first (6 of 2, 5 of 4, 5 of 3) and is 49 / 16 = 3.1 now (11 of 4, 5 of 1). What would help is
asked of whoever says no: 6 people at first, 5 others the second time.
"""
CONSENTS = {Purpose.ANSWER: True, Purpose.STATISTICS: True}

SECTION = {
    "en": (
        "Sleep How people sleep, and whether that changed since they came.",
        "People who sleep well 11 of 16 (69 %, 44–86 %) 65 % Target reached",
        "People who sleep better than at the start 6 of 16 (38 %, 18–61 %) none set",
        "People who told us what would help them to sleep 11 none set",
        "Sleeps better 6 5 5 0 2.9 3.1",
        "One question cannot tell why somebody sleeps badly.",
    ),
    "lv": (
        "Miegs Kā cilvēki guļ un vai tas mainījies, kopš viņi ieradās.",
        "Cilvēki, kuriem ir labs miegs 11 no 16 (69 %, 44–86 %) 65 % Sasniegta",
        "Cilvēki, kuriem miegs ir labāks nekā sākumā 6 no 16 (38 %, 18–61 %) nav noteikta",
        "Miegs ir labāks 6 5 5 0 2,9 3,1",
        "Viens jautājums nepasaka, kāpēc kāds guļ slikti.",
    ),
}
ELSEWHERE = {
    "en": (
        "People at each stage: How things are",
        "People who sleep well 55 % 31 Jan 2026 65 % 30 Sept 2027 11 of 16 (69 %, 44–86 %) Target reached (138 %)",
    ),
    "lv": (
        "Cilvēki katrā posmā: Kā klājas",
        "Cilvēki, kuriem ir labs miegs 55 % 31.01.2026. 65 % 30.09.2027. 11 no 16 (69 %, 44–86 %) Sasniegta (138 %)",
    ),
}
"""The survey in the flow; baseline, target and progress in the framework: 68.75 - 55 is 137.5 % of 65 - 55."""


@dataclass(frozen=True)
class Stranger:
    """Somebody with a content folder, an instance and the guides; ``freeze`` is the id of a snapshot."""

    content: Path
    me: Me
    freeze: str = ""

    def type(self, start: str, words: Mapping[str, str] = MappingProxyType({}), day: date = FREEZE) -> str:
        """Type the one command line of the guides that starts so, with some of its words replaced."""
        [line] = dict.fromkeys(line for guide in GUIDES for line in read_commands(guide) if line.startswith(start))
        outcome = self.me(*(words.get(word, word) for word in line.split()[1:]), ME_TODAY=day.isoformat())
        assert outcome.status == 0, outcome.err
        return outcome.out.strip()

    def list_figures(self) -> dict[str, Any]:
        return {each["id"]: each for each in self.me("figures", "--snapshot", self.freeze, "--json").json}


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    """The guides followed to the letter, and half a year lived with what they made."""
    with lend_folder() as folder, ExitStack() as stack:
        content = folder / "content"
        for name in CONTENT:
            shutil.copytree(ROOT / name, content / name)
        follow(EXAMPLES, content)
        me = Me({"ME_INSTANCE": str(folder / "instance"), "ME_CONTENT": str(content), "ME_TODAY": FREEZE.isoformat()})
        made = me("init", "--sample", ME_TODAY="")
        assert made.status == 0, made.err
        settings = load_settings(me.environment, ROOT)
        staff, worker, survey = (
            stack.enter_context(open_office(settings, role)) for role in ("me_staff", "me_worker", "me_survey")
        )
        someone = Stranger(content, me)
        live(someone, Offices(staff, worker, survey, load_catalogue(content)))
        yield Stranger(content, me, someone.type("me snapshot freeze"))


def live(stranger: Stranger, offices: Offices) -> None:
    """Everybody comes, is served and answers twice: the first person by the guides' commands, the others likewise."""
    survey = offices.catalogue.get_survey("wellbeing")
    early, late = offices.on(FIRST), offices.on(AGAIN)
    for number, (first, again) in enumerate(PEOPLE):
        person = enrol_person(early.staff, PARTNER, Profile()) if number else stranger.type("me enrol", day=FIRST)
        record_service(early.staff, PARTNER, person, Service("PSY4", FIRST, 1.0))
        for today, answer in ((early, first), (late, again)):
            if number:
                code = issue_doors(today.staff, survey, PARTNER, person_code=person)[0].code
            else:
                code = stranger.type("me door new", {"CODE": person}, today.staff.sources.today()).split()[0]
            answers = {"sleep": answer, **({"sleep_help": WORDS} if answer in {NO, RATHER_NO} else {})}
            assert submit_directly(today.doorstep, code, "lv", CONSENTS, answers, survey=survey.id)


def test_the_guides_make_files_in_which_nothing_is_to_be_found(stranger: Stranger) -> None:
    outcome = stranger.me("check")
    assert outcome.status == 0
    assert "\nAll good: " in outcome.err, outcome.err


def test_nothing_but_the_files_the_guides_name_was_touched(stranger: Stranger) -> None:
    """Above all no Python: the program that ran is the one that ships, and what changed is the officers' YAML."""
    files = {each.relative_to(stranger.content).as_posix() for each in stranger.content.rglob("*") if each.is_file()}
    shipped = {name for name in files if (ROOT / name).is_file()}
    changed = {name for name in shipped if (ROOT / name).read_bytes() != (stranger.content / name).read_bytes()}
    assert (files - shipped) | changed == {each.file for each in EXAMPLES}
    assert {Path(each.file).suffix for each in EXAMPLES} == {".yaml"}
    assert Path(cli.__file__).is_relative_to(ROOT)


def test_the_figures_are_those_counted_by_hand(stranger: Stranger) -> None:
    figures = stranger.list_figures()
    own, whole = (figures[f"sleeps-well@{partner}@2026-H1"] for partner in (PARTNER, "KONSORCIJS"))
    for each in (own, whole):
        assert (each["state"], each["numerator"], each["denominator"], each["value"]) == ("value", 11, 16, 69)
    # 68.75 - 55 of 65 - 55, and 68.75 - 50 of 75 - 50.
    assert (own["target"], own["progress"]) == (65, 138)
    assert (whole["target"], whole["progress"]) == (75, 75)
    change = figures[f"sleeps-better@{PARTNER}@2026-H1"]
    assert (change["numerator"], change["denominator"], change["value"]) == (6, 16, 38)
    parts = {part: figures[f"sleeps-better:{part}@{PARTNER}@2026-H1"] for part in ("improved", "same", "worse")}
    assert {part: each["numerator"] for part, each in parts.items()} == {"improved": 6, "same": 5, "worse": 5}
    assert figures[f"sleep-help-wanted@{PARTNER}@2026-H1"]["value"] == 11
    assert figures["sleeps-well@BERZ@2026-H1"]["state"] == "not_offered"


@pytest.mark.parametrize("language", sorted(SECTION))
def test_the_report_prints_the_new_section_with_figures_target_and_status(
    stranger: Stranger, language: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    start = f"me report build --snapshot ID --template partner-impact --lang {language}"
    stranger.type(start, {"ID": stranger.freeze, f"report-{language}.pdf": str(file)})
    text = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(file).pages).split())
    beginning, end = text.index(SECTION[language][0]), text.index(SECTION[language][-1])
    section = text[beginning : end + len(SECTION[language][-1])]
    assert [line for line in SECTION[language] if line not in section] == []
    assert [line for line in ELSEWHERE[language] if line not in text] == []


def test_a_partner_that_asks_a_choice_of_surveys_asks_the_new_one_once_it_is_added(
    stranger: Stranger, tmp_path: Path
) -> None:
    """writing-surveys.md, section 8."""
    shutil.copytree(stranger.content, tmp_path, dirs_exist_ok=True)
    plan = tmp_path / "indicators" / "plans" / "sample.yaml"
    ask = ("door", "new", "--survey", "wellbeing", "--partner", "BERZ")
    refused = stranger.me(*ask, ME_CONTENT=str(tmp_path))
    assert refused.status == 2
    assert "under `asks` of the partner" in refused.err
    before, mark, after = plan.read_text("utf-8").partition("  - code: BERZ\n")
    plan.write_text(before + mark + after.replace("asks: [", "asks: [wellbeing, ", 1), "utf-8")
    assert stranger.me("check", ME_CONTENT=str(tmp_path)).err.splitlines()[-1].startswith("All good: ")
    assert stranger.me(*ask, ME_CONTENT=str(tmp_path)).status == 0

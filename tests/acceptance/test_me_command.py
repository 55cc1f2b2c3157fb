"""The contract of the `me` command, run as an officer runs it, against a real instance."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from me_platform.access import Role
from me_platform.demo.build import ACCOUNTS, FACTOR_SECRET, add_sample_users
from me_platform.services.instance import find_role_url, open_office, read_secrets
from me_platform.services.second_factor import STEP, compute_code, make_credential_key
from me_platform.settings import load_settings, make_sample_clock
from me_platform.storage.database import OWNER, downgrade, make_engine
from tests.acceptance.conftest import ROOT, Me

FIGURE_FIELDS = {
    "id",
    "indicator",
    "part",
    "title",
    "partner",
    "period",
    "disaggregation",
    "state",
    "value",
    "numerator",
    "denominator",
    "n",
    "low",
    "high",
    "unit",
    "target",
    "progress",
    "snapshot",
}
ACTIVITIES = ROOT / "indicators" / "plans" / "latvia-activities.csv"
PAPER = ("survey", "paper", "outcome-checkin", "--language", "lv")
REGISTER = ("--plan", "latvia-activities", "--period", "2003..2019")


def test_init_prints_the_recovery_sheet_once_and_refuses_a_second_time(me: Me, folder: Path) -> None:
    fresh = {"ME_INSTANCE": str(folder / "second"), "ME_TODAY": ""}
    first = me("init", **fresh)
    assert first.status == 0
    assert len(re.findall(r"^[1-8]: ", first.out, re.MULTILINE)) == 8
    again = me("init", **fresh)
    assert (again.status, again.out) == (1, "")
    assert "already holds an instance; nothing was changed" in again.err


def test_an_instance_of_an_earlier_release_is_brought_up_to_this_one(me: Me, tmp_path: Path) -> None:
    """The tables of 0002 are missing: what needs them works after `me update`, and what was there is still there."""
    person = me("enrol", "--partner", "BERZ", "--json").json["code"]
    settings = load_settings(me.environment, ROOT)
    with open_office(settings, "me_staff"):
        owner = make_engine(find_role_url(settings, OWNER))
        downgrade(owner, "0001")
        owner.dispose()
    file = tmp_path / "barrier.yaml"
    file.write_text("barrier: B5\ndate: 2026-03-01\nstatus: open\n", "utf-8")
    for _ in range(2):
        outcome = me("update")
        assert (outcome.status, outcome.out) == (0, "")
        assert outcome.err.endswith("is up to date.\n")
    assert me("record", "add", "barrier", "--partner", "BERZ", "--person", person, str(file)).status == 0


def test_check_finds_the_shipped_content_in_order(me: Me) -> None:
    outcome = me("check")
    assert outcome.status == 0
    assert "All good" in outcome.err


def test_check_names_every_fault_at_once(me: Me, tmp_path: Path) -> None:
    """A fault in a survey, an indicator and a plan: each is named with file and line, one run, nothing else."""
    for folder in ("surveys", "indicators", "report_templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    survey = tmp_path / "surveys" / "outcome-checkin" / "survey.yaml"
    survey.write_text(survey.read_text("utf-8").replace("choices: agreement", "choices: agreemint", 1), "utf-8")
    indicator = tmp_path / "indicators" / "support-useful.yaml"
    indicator.write_text(indicator.read_text("utf-8").replace("direction: higher", "direction: hihger", 1), "utf-8")
    plan = tmp_path / "indicators" / "plans" / "sample.yaml"
    plan.write_text(plan.read_text("utf-8").replace("indicator: support-useful", "indicator: useful", 1), "utf-8")
    outcome = me("check", ME_CONTENT=str(tmp_path))
    assert outcome.status == 1
    assert re.search(r"surveys/outcome-checkin/survey\.yaml:\d+: .*agreemint", outcome.err)
    assert re.search(r"indicators/support-useful\.yaml:\d+: .*hihger.*higher", outcome.err)
    assert re.search(r"indicators/plans/sample\.yaml:\d+: .*`useful`", outcome.err)
    assert len(outcome.err.splitlines()) == 3, outcome.err


def test_doors_are_issued_as_the_contract_says(me: Me) -> None:
    """`me door new --json` gives a list of {code, link, expires}; the chosen partner is named on stderr."""
    outcome = me("door", "new", "--survey", "outcome-checkin", "--n", "3", "--json")
    assert outcome.status == 0
    assert [set(each) for each in outcome.json] == [{"code", "link", "expires"}] * 3
    assert len({each["code"] for each in outcome.json}) == 3
    assert all(re.fullmatch(r"[A-HJKMNP-TV-Z2-9]{5}-[A-HJKMNP-TV-Z2-9]{5}", each["code"]) for each in outcome.json)
    assert all(re.fullmatch(r"http://127\.0\.0\.1:8000/[a-z2-7]{26}", each["link"]) for each in outcome.json)
    assert {each["expires"] for each in outcome.json} == {"2026-03-09"}
    assert "first surveying partner" in outcome.err


def test_the_codes_of_a_session_come_in_pairs(me: Me) -> None:
    outcome = me("door", "new", "--survey", "session-pulse", "--n", "2", "--wave", "both", "--json")
    assert [each["wave"] for each in outcome.json] == ["before", "after"] * 2
    first, second = ({each["person"] for each in outcome.json[start : start + 2]} for start in (0, 2))
    assert (len(first), len(second), len(first | second)) == (1, 1, 2)
    printed = me("door", "new", "--survey", "session-pulse", "--wave", "before")
    assert re.search(r"until 2026-03-09  before, [A-HJKMNP-TV-Z2-9]{8}$", printed.out)
    refused = me("door", "new", "--survey", "session-pulse")
    assert (refused.status, refused.out) == (2, "")
    assert "--wave" in refused.err


def test_codes_are_listed_without_them_revoked_issued_again_and_ended(me: Me, tmp_path: Path) -> None:
    """Issue D, in bulk; the sheet is the one place of the codes that are on it."""
    partner, sheet = ("--partner", "BERZ"), tmp_path / "cards" / "cards.pdf"
    made = me("door", "new", "--survey", "group-card", *partner, "--n", "2", "--sheet", str(sheet), "--language", "lv")
    batch = made.out.strip()
    assert sheet.read_bytes().startswith(b"%PDF")
    assert "2 codes on the sheet and nowhere else" in made.err
    codes = [each for each in me("door", "list", *partner, "--json").json if each["batch"] == batch]
    assert [(each["kind"], each["state"], each["until"]) for each in codes] == [("card", "issued", "2026-03-09")] * 2
    assert me("door", "revoke", *partner, codes[0]["id"], "--json").json == [codes[0]["id"]]
    [new] = me("door", "reissue", *partner, codes[1]["id"], "--json").json
    assert set(new) == {"code", "link", "expires"}
    ended = me("door", "expire", *partner, "--survey", "group-card", "--json").json
    assert len(ended) >= 1
    left = me("door", "list", *partner, "--survey", "group-card", "--json").json
    assert left == []
    unknown = me("door", "revoke", *partner, "00000000-0000-4000-8000-000000000000")
    assert (unknown.status, unknown.out) == (1, "")
    no_place = me("door", "new", "--survey", "group-card", *partner, "--sheet", "/proc/nowhere/cards.pdf")
    assert (no_place.status, me("door", "list", *partner, "--survey", "group-card", "--json").json) == (1, [])


def test_a_paper_form_is_entered_once_and_whole(me: Me, tmp_path: Path) -> None:
    """Issue, printable paper: entered later with the mode `paper`; a form with a fault leaves the code unspent."""
    [door] = me("door", "new", "--survey", "outcome-checkin", "--json").json
    form = tmp_path / "form.yaml"
    form.write_text("language: lv\nconsents: {answer: true}\nanswers: {useful: perhaps, goal_near: 12}\n", "utf-8")
    enter = ("answer", "enter", "--survey", "outcome-checkin", "--code", door["code"], str(form))
    outcome = me(*enter)
    assert (outcome.status, outcome.out) == (1, "")
    assert len(re.findall(r"form\.yaml:3: ", outcome.err)) == 2
    form.write_text("language: lv\nconsents: {answer: true}\nanswers: {useful: yes, knows_next: yes}\n", "utf-8")
    unasked = me(*enter)
    assert (unasked.status, unasked.out) == (2, "")
    assert "only asked after another answer: knows_next." in unasked.err
    form.write_text("language: lv\nconsents: {answer: true}\nanswers: {useful: yes, goal_near: 9}\n", "utf-8")
    other = me("answer", "enter", "--survey", "lotus", "--code", door["code"], str(form))
    assert (other.status, other.out) == (1, "")
    entered = me(*enter)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}\n", entered.out), entered.err
    assert me(*enter).err == "The code opens no survey.\n"


def test_a_survey_is_printed_and_its_key_types_it_in(me: Me, tmp_path: Path) -> None:
    """Issue, printable paper: a neutral form in the person's language; the names are in the key alone."""
    pdf = tmp_path / "forms" / "wellbeing.pdf"
    printed = me(*PAPER, "--out", str(pdf), ME_INSTANCE=str(tmp_path / "none"))
    assert (printed.status, printed.out) == (0, f"{pdf}\n"), printed.err
    assert pdf.read_bytes().startswith(b"%PDF-")
    key = me("survey", "key", "outcome-checkin", "--language", "lv")
    assert "me answer enter --survey outcome-checkin --code CODE FILE" in key.out
    form = tmp_path / "form.yaml"
    filled = re.sub(r"^(  \w+:)(?=  # May|  # Vai|  # Ja)", r"\1 true", key.out, flags=re.MULTILINE)
    form.write_text(
        filled.replace("  useful:", "  useful: rather_yes").replace("  goal:", '  goal: "Māja: klusa"'), "utf-8"
    )
    [door] = me("door", "new", "--survey", "outcome-checkin", "--json").json
    entered = me("answer", "enter", "--survey", "outcome-checkin", "--code", door["code"], str(form))
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}\n", entered.out), entered.err


def test_a_file_that_cannot_be_written_is_one_sentence(me: Me, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    outcome = me(*PAPER, "--out", str(tmp_path / "taken" / "form.pdf"))
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "form.pdf cannot be written" in outcome.err
    assert "Choose another place" in outcome.err


def test_a_caseworkers_day(me: Me, tmp_path: Path) -> None:
    """Enrol, hand over a code, record a service, a narrative, another record and a decision."""
    person = me("enrol", "--partner", "BERZ", "--age-band", "25-34", "--entry", "police", "--json").json["code"]
    whom = ("--partner", "BERZ", "--person", person)
    assert len(me("door", "new", "--survey", "outcome-checkin", *whom, "--json").json) == 1
    noted = ("--interpreter", "provided", "--woman", "honoured", "--ended", "moved")
    service = me("service", "add", *whom, "--type", "LEG5", "--date", "2026-03-01", "--hours", "1.5", *noted)
    assert service.status == 0, service.err
    text = tmp_path / "narrative.yaml"
    text.write_text("date: 2026-03-01\nareas: [LEG]\nstage: integration\nchanged_staff: A word.\n", "utf-8")
    assert me("narrative", "add", *whom, str(text)).status == 0
    text.write_text("barrier: B5\ndate: 2026-03-01\nstatus: open\n", "utf-8")
    record = me("record", "add", "barrier", *whom, str(text))
    assert re.fullmatch(r"[0-9a-f-]{36}\n", record.out), record.err
    assert me("consent", "record", *whom, "--purpose", "object", "--decision", "given").status == 0


def test_every_fault_of_a_record_is_told_with_its_line(me: Me, tmp_path: Path) -> None:
    file = tmp_path / "barrier.yaml"
    file.write_text("barrier: B99\ndate: 2027-01-01\nstatus: resolved\ncolour: red\n", "utf-8")
    outcome = me("record", "add", "barrier", "--partner", "BERZ", "--person", "X", str(file))
    assert (outcome.status, outcome.out) == (1, "")
    assert "barrier.yaml:4: `colour` is not known here." in outcome.err
    file.write_text("barrier: B99\ndate: 2027-01-01\nstatus: resolved\n", "utf-8")
    outcome = me("record", "add", "barrier", "--partner", "BERZ", "--person", "X", str(file))
    assert "barrier.yaml:1: `barrier`: `B99` is not known." in outcome.err
    assert "barrier.yaml:2: `date` lies ahead." in outcome.err
    assert "`resolved`" in outcome.err


def test_the_kinds_of_records_are_listed_with_their_keys(me: Me) -> None:
    outcome = me("record", "kinds")
    assert outcome.status == 0
    kinds = re.findall(r"^(\w+) \(about a (\w+)\)", outcome.out, re.MULTILINE)
    assert len(kinds) == 13
    assert ("need", "person") in kinds
    assert ("practice", "partner") in kinds


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("door", "new", "--survey", "nothing"), 1, "There is no survey 'nothing'. Known: "),
        (("door", "new", "--survey", "outcome-checkin", "--n", "0"), 2, "Between 1 and 500"),
        (("door", "new", "--survey", "lotus", "--partner", "BERZ"), 2, "BERZ does not ask the survey 'lotus'"),
        (("door", "new", "--survey", "lotus", "--partner", "NOBODY"), 1, "There is no partner 'NOBODY'"),
        (("enrol", "--partner", "NOBODY"), 1, "There is no partner 'NOBODY'. Known: "),
        (("enrol",), 2, "Missing option '--partner'"),
        (("service", "add", "--partner", "BERZ", "--person", "X", "--type", "ZZZ", "--date", "2026-01-01"), 2, "LEG1"),
        (("service", "add", "--partner", "BERZ", "--person", "X", "--type", "LEG1", "--date", "01.02.2026"), 2, "date"),
        (("enrol", "--partner", "BERZ", "--entry", "nobody"), 2, "Known: police"),
        (("record", "add", "wish", "--partner", "BERZ", "-"), 1, "There is no kind of record 'wish'. Known: need"),
        (("record", "add", "need", "--partner", "BERZ", "-"), 2, "give --person"),
        (("record", "add", "practice", "--partner", "BERZ", "--person", "X", "-"), 2, "about a partner"),
        (("snapshot", "freeze", "--plan", "nothing", "--period", "2026"), 1, "There is no plan 'nothing'"),
        (("snapshot", "freeze", "--plan", "sample", "--period", "last year"), 2, "last year"),
        (("figures", "--snapshot", "nothing"), 1, "There is no snapshot 'nothing'"),
        (("snapshot", "verify", "nothing"), 1, "There is no snapshot 'nothing'"),
        (("snapshot", "diff", "one", "other"), 1, "There is no snapshot 'one'"),
        (("snapshot", "bundle", "nothing", "--partner", "BERZ", "--out", "x"), 1, "There is no snapshot 'nothing'"),
        (("explain", "people-supported"), 2, "code[:part][/dimension=category]@PARTNER@PERIOD"),
        (("explain", "people-supported@NOBODY@2026"), 1, "There is no partner 'NOBODY'. Known: "),
        (("survey", "paper", "nothing", *PAPER[3:], "--out", "x.pdf"), 1, "There is no survey 'nothing'. Known: "),
        ((*PAPER[:4], "et", "--out", "x.pdf"), 2, "has no language 'et'. Known: en, lv, ru, uk, ar."),
        ((*PAPER, "--wave", "last", "--out", "x.pdf"), 2, "has no wave 'last'. Known: baseline, followup, exit."),
        (("survey", "key", "group-card", "--language", "lv", "--wave", "exit"), 2, "answered once and has no waves"),
        ((*PAPER, "--out", "/"), 2, "is a directory"),
        (
            ("report", "build", "--snapshot", "x", "--template", "paper-form", "--lang", "lv", "--out", "x.pdf"),
            2,
            "The template 'paper-form' is for surveys on paper: use `me survey paper`.",
        ),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_a_wrong_request_is_answered_in_one_clear_sentence(
    me: Me, arguments: tuple[str, ...], status: int, said: str
) -> None:
    outcome = me(*arguments)
    assert (outcome.status, outcome.out) == (status, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_importing_twice_changes_nothing(me: Me) -> None:
    first = me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    assert first.status == 0, first.err
    assert "44 rows taken" in first.out
    again = me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    assert again.status == 0
    assert "nothing was changed" in again.out
    assert again.out.startswith(first.out)


def test_a_file_with_bad_rows_is_refused_whole(me: Me, tmp_path: Path) -> None:
    rows = ACTIVITIES.read_text("utf-8-sig").splitlines()
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join([rows[0], rows[1], rows[1].replace(rows[1][:10], "Z2019-9999", 1), rows[1]]), "utf-8")
    outcome = me("import", "activities", str(broken), "--plan", "latvia-activities")
    assert (outcome.status, outcome.out) == (1, "")
    assert "Nothing was imported" in outcome.err
    assert "row 4" in outcome.err


def test_a_freeze_twice_is_the_same_freeze(me: Me) -> None:
    """R23: a second run gives the same hash; also listed once."""
    me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    first, again = (me("snapshot", "freeze", *REGISTER) for _ in range(2))
    assert first.status == 0, first.err
    assert first.out == again.out
    assert "the same as before" in again.err
    listed = [each for each in me("snapshot", "list", "--json").json if each["id"] == first.out.strip()]
    assert len(listed) == 1
    assert listed[0]["period"] == {"start": "2003-01-01", "end": "2019-12-31"}


def test_a_frozen_figure_is_verified_explained_and_followed_to_its_records(me: Me, tmp_path: Path) -> None:
    """R26, R27, issue E done 4: verify and the auditor's script find every figure of the list of activities again."""
    me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    freeze = me("snapshot", "freeze", *REGISTER).out.strip()
    verified = me("snapshot", "verify", freeze)
    assert (verified.status, verified.err) == (0, "")
    assert verified.out.startswith("LV-REGISTRS: unchanged\n")
    assert "erased since: 5 people or fewer" in verified.out
    [part] = me("snapshot", "verify", freeze, "--partner", "LV-REGISTRS", "--json").json["recomputed"]
    assert (part["differences"], part["figures"] > 8) == ([], True)

    name = "grants@LV-REGISTRS@2003..2019"
    english, latvian = (me("explain", name, "--lang", language).out for language in ("en", "lv"))
    assert "It is about nobody who receives support" in english
    assert "Kas rādīts un kāpēc\n" in latvian
    near = me("explain", "grant@LV-REGISTRS@2003..2019", "--freeze", freeze)
    assert (near.status, near.out) == (1, "")
    assert f"Known: {name}" in near.err

    folder = tmp_path / "audit"
    assert me("snapshot", "bundle", freeze, "--partner", "LV-REGISTRS", "--out", str(folder)).status == 0
    done = subprocess.run([sys.executable, folder / "recompute.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"agrees {name}" in done.stdout
    log = me("audit", "list", "--partner", "LV-REGISTRS", "--json").json
    assert "bundle" in str(log)


def test_figures_have_the_promised_fields_and_nulls(me: Me) -> None:
    """R3: numbers are null unless the state is value; banded carries low, high and its public denominator only."""
    me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    freezes = [
        me("snapshot", "freeze", *REGISTER),
        me("snapshot", "freeze", "--plan", "sample", "--period", "2026-Q1"),
    ]
    figures = [figure for each in freezes for figure in me("figures", "--snapshot", each.out.strip(), "--json").json]
    assert figures
    for figure in figures:
        assert set(figure) == FIGURE_FIELDS
        numbers = {name: figure[name] for name in ("value", "numerator", "denominator", "n", "low", "high")}
        known = {name for name, number in numbers.items() if number is not None}
        match figure["state"]:
            case "value":
                assert figure["value"] is not None
            case "banded":
                assert known <= {"low", "high", "denominator"}
                assert {"low", "high"} <= known
            case _:
                assert not known, figure["id"]


@pytest.mark.full
def test_a_report_is_built_twice_with_the_same_bytes(me: Me, tmp_path: Path) -> None:
    me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    freeze = me("snapshot", "freeze", *REGISTER).out.strip()
    files = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    for file in files:
        outcome = me(
            "report",
            "build",
            "--snapshot",
            freeze,
            "--template",
            "activity-register",
            "--lang",
            "lv",
            "--out",
            str(file),
        )
        assert outcome.status == 0, outcome.err
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes().startswith(b"%PDF-")


def test_what_was_built_stands_in_a_log_that_can_be_verified(me: Me, tmp_path: Path) -> None:
    """Issue C, audit: `me audit list` and `me audit verify`, exit 1 where the log is not what was written."""
    me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    freeze = me("snapshot", "freeze", *REGISTER).out.strip()
    order = ("--snapshot", freeze, "--template", "activity-register", "--no-annex")
    for language in ("en", "lv"):
        built = me("report", "build", *order, "--lang", language, "--out", str(tmp_path / f"{language}.pdf"))
        assert built.status == 0
    lines = me("audit", "list", "--partner", "LV-REGISTRS", "--json").json
    assert {("built", "report", "")} <= {(each["deed"], each["thing"], each["who"]) for each in lines}
    assert [each["line"] for each in lines] == sorted((each["line"] for each in lines), reverse=True)
    said = me("audit", "list", "--partner", "LV-REGISTRS", "--before", "1")
    assert (said.status, len(said.out.splitlines())) == (0, 1)
    states = me("audit", "verify", "--json").json
    state = states["LV-REGISTRS"]
    assert state["lines"] == len(lines)
    assert f"LV-REGISTRS  {state['lines']} lines  {state['head']}\n" in me("audit", "verify").out
    verify = ("audit", "verify", "--partner", "LV-REGISTRS", "--head")
    assert me(*verify, state["head"].upper()).status == 0
    gone = me(*verify, "0" * 64)
    assert (gone.status, gone.out) == (1, "")
    assert "The audit log of LV-REGISTRS is broken" in gone.err
    assert "name its partner" in me("audit", "verify", "--head", state["head"]).err
    assert me("audit", "verify", "--partner", "NONE").err.startswith("There is no partner 'NONE'. Known:")


def test_the_table_of_roles_is_printed(me: Me) -> None:
    outcome = me("roles")
    assert (outcome.status, outcome.out) == (0, (ROOT / "docs" / "roles.md").read_text("utf-8"))


def test_a_user_is_added_with_a_password_printed_once(me: Me) -> None:
    outcome = me("user", "add", "--email", "officer@example.org", "--role", "officer", "--partner", "BERZ")
    assert outcome.status == 0, outcome.err
    assert len(outcome.out.strip()) >= 12
    assert me("user", "add", "--email", "officer@example.org", "--role", "officer", "--partner", "BERZ").status != 0
    assert me("user", "add", "--email", "x@example.org", "--role", "king", "--partner", "BERZ").status == 2


def test_a_user_is_invited_by_a_link_printed_once(me: Me) -> None:
    """Issue C, accounts: invitation on the command line; asked again it is a new link for a forgotten password."""
    options = ("--email", "New@Example.org", "--role", "manager", "--partner", "BERZ")
    here = {"ME_STAFF_URL": "https://staff.example/"}
    first = me("user", "invite", *options, **here)
    assert first.status == 0
    assert first.out.startswith("https://staff.example/invitation/")
    assert len(first.out.rstrip().rsplit("/", 1)[1]) == 43
    assert "new@example.org may choose a password until" in first.err
    second = me("user", "invite", *options)
    assert second.status == 0
    assert second.out.startswith("http://127.0.0.1:")
    assert second.out.rsplit("/", 1)[1] != first.out.rsplit("/", 1)[1]
    other = me("user", "invite", *options[:3], "auditor", *options[4:])
    assert (other.status, other.out) == (2, "")
    assert "in this organisation already" in other.err
    elsewhere = me("user", "invite", *options[:5], "GAISMA")
    assert (elsewhere.status, elsewhere.out) == (0, "")
    assert "it is manager of GAISMA now" in elsewhere.err
    for wrong in (("king", "BERZ"), ("manager", "NOWHERE")):
        assert me("user", "invite", "--email", "x@example.org", "--role", wrong[0], "--partner", wrong[1]).status != 0


def test_the_samples_accounts_have_a_printed_code(me: Me) -> None:
    """One account of each role; the code is the one the staff site of that day asks for."""
    settings = load_settings(me.environment, ROOT)
    with open_office(settings, "me_staff") as office:
        add_sample_users(office, make_credential_key(read_secrets(settings).keys["staff"]))
    assert {role for _, role, _ in ACCOUNTS} == set(Role)
    assert settings.today
    now = make_sample_clock(settings.today, settings.zone)
    for email, role, _ in ACCOUNTS:
        before = int(now().timestamp()) // STEP
        outcome = me("user", "code", "--email", email)
        after = int(now().timestamp()) // STEP
        if role == Role.FUNDER:
            assert outcome.status == 1
        else:
            assert outcome.out.strip() in {compute_code(FACTOR_SECRET, step) for step in range(before, after + 1)}


def test_codes_are_printed_in_a_sample_only(me: Me, tmp_path: Path) -> None:
    assert me("user", "code", "--email", "nobody@example.org").status == 1
    refused = me("user", "code", "--email", "nobody@example.org", ME_INSTANCE=str(tmp_path), ME_TODAY="")
    assert refused.status == 2
    assert "sample instance only" in refused.err


def test_config_prints_every_setting_and_no_secret(me: Me) -> None:
    outcome = me("config", ME_DATABASE_URL="postgresql://me_owner:geheim@localhost/me")
    assert outcome.status == 0
    assert "ME_INSTANCE" in outcome.out
    assert "geheim" not in outcome.out + outcome.err


def test_only_a_sample_instance_works_on_another_day(me: Me, folder: Path) -> None:
    """architecture.md: an instance marked `sample` honours ME_TODAY; others refuse it."""
    real = {"ME_INSTANCE": str(folder / "real")}
    assert me("init", **real, ME_TODAY="").status == 0
    refused = me("enrol", "--partner", "BERZ", **real, ME_TODAY="2020-01-01")
    assert refused.status == 2
    assert refused.err.startswith("ME_TODAY: only an instance made with `me init --sample`")
    assert (
        me("door", "new", "--survey", "outcome-checkin", "--json", ME_TODAY="2026-04-01").json[0]["expires"]
        == date(2026, 4, 8).isoformat()
    )


def test_what_is_missing_or_wrong_is_one_sentence_with_the_way_out(me: Me, tmp_path: Path) -> None:
    """Issue, bad input: no instance, wrong or missing root key, vault missing, wrong password, no database."""
    instance = Path(me.environment["ME_INSTANCE"])
    enrol = ("enrol", "--partner", "BERZ")

    def refuse(**changes: str) -> str:
        outcome = me(*enrol, **changes)
        assert (outcome.status, outcome.out) == (1, "")
        assert outcome.err.count("\n") == 1, outcome.err
        return outcome.err

    assert "Run `me init` first" in refuse(ME_INSTANCE=str(tmp_path / "none"))
    assert "is missing. Name it in ME_ROOT_KEY_FILE, or type the recovery sheet" in refuse(
        ME_ROOT_KEY_FILE=str(tmp_path / "none.key")
    )
    wrong = tmp_path / "wrong.key"
    wrong.write_text("ab" * 32)
    wrong.chmod(0o600)
    assert "does not open this instance's vault" in refuse(ME_ROOT_KEY_FILE=str(wrong))
    vault = instance / "vault" / "vault.sqlite"
    vault.rename(tmp_path / "vault.sqlite")
    assert "Restore it from a backup" in refuse()
    shutil.move(tmp_path / "vault.sqlite", vault)
    password = instance / "secrets" / "me_staff.password"
    right = password.read_text()
    password.write_text("wrong")
    assert "refuses the password of me_staff" in refuse()
    password.write_text(right)
    assert "or correct ME_DATABASE_URL" in refuse(ME_DATABASE_URL="postgresql+psycopg://me_owner:x@127.0.0.1:9/me")
    assert me(*enrol).status == 0  # nothing was lost


def test_the_recovery_sheet_brings_the_root_key_back(me: Me, folder: Path) -> None:
    """The way out that the error names works, and a slip of the pen is named by its line."""
    here = {"ME_INSTANCE": str(folder / "recovered"), "ME_TODAY": ""}
    sheet = me("init", **here).out
    key = folder / "recovered" / "secrets" / "root.key"
    key.unlink()
    assert "me restore-key" in me("enrol", "--partner", "BERZ", **here).err
    slip = folder / "slip.txt"
    third = next(line for line in sheet.splitlines() if line.startswith("3: "))
    slip.write_text(sheet.replace(third, third[:-1] + ("0" if third[-1] != "0" else "1")), "utf-8")
    refused = me("restore-key", str(slip), **here)
    assert refused.status != 0
    assert "3" in refused.err
    assert not key.exists()
    right = folder / "sheet.txt"
    right.write_text(sheet, "utf-8")
    assert me("restore-key", str(right), **here).status == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert me("enrol", "--partner", "BERZ", **here).status == 0


def test_a_full_disk_is_one_sentence(me: Me) -> None:
    """Issue, bad input: full disk. /dev/full is a disk without space."""
    me("import", "activities", str(ACTIVITIES), "--plan", "latvia-activities")
    freeze = me("snapshot", "freeze", *REGISTER).out.strip()
    outcome = me(
        "report", "build", "--snapshot", freeze, "--template", "activity-register", "--lang", "en", "--out", "/dev/full"
    )
    assert outcome.status == 1
    assert "There is no space left to write" in outcome.err


def test_a_taken_port_is_named_with_its_setting(me: Me) -> None:
    """Issue, bad input: port taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = me("serve", ME_SURVEY_PORT=port)
    assert outcome.status == 1
    assert f"Port {port} is in use by another program" in outcome.err
    assert "ME_SURVEY_PORT" in outcome.err

"""Walk the invented people through a year of a fresh sample instance, day by day, then freeze and render.

What happens to a person goes through the same use cases as in a real instance, never into tables; on the survey
days the survey site itself is walked over HTTP.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from tqdm import tqdm

from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.demo.lives import Life, Sitting, make_lives
from me_platform.demo.respondent import Respondent
from me_platform.errors import ProgramError
from me_platform.indicators.definition import Plan
from me_platform.indicators.periods import read_period
from me_platform.services.accounts import add_user
from me_platform.services.answering import submit_directly
from me_platform.services.doors import IssuedDoor, issue_doors
from me_platform.services.freezing import Freeze, freeze_plan, list_figures
from me_platform.services.importing import import_activities
from me_platform.services.instance import Office, build_instance, open_office
from me_platform.services.people import enrol_person, record_decision, record_service, write_narrative
from me_platform.services.reporting import ReportOrder, build_reports
from me_platform.services.sittings import Doorstep
from me_platform.services.upkeep import carry_out_requests
from me_platform.settings import Settings, Sources
from me_platform.supervisor import WELCOME, make_survey_part, run_part, wait_for_port
from me_platform.surveys.definition import Survey

PEOPLE: Mapping[str, int] = {"BERZ": 19, "GAISMA": 60, "UPE": 0}
"""How many people each partner of the sample plan has."""

PLAN, REGISTER = "sample", "latvia-activities"
PERIOD, REGISTER_PERIOD = "2025-10-01..2026-09-30", "2003..2019"
FREEZE_DAY = date(2026, 10, 15)
LANGUAGES = ("lv", "en")
MARK = "This folder holds a sample instance made by `me demo`; it is made anew by every run.\n"

ACCOUNTS = (
    ("officer@berz.example", "officer", "BERZ"),
    ("manager@gaisma.example", "manager", "GAISMA"),
    ("funder@fonds.example", "funder", "KONSORCIJS"),
)
PASSWORD = "sample-only-2026"  # noqa: S105 - printed with the addresses; the instance holds invented people only

CONTACTS = """\
# Sample contacts: invented, nobody answers these numbers.
checked: 2026-10-01
contacts:
  - name: {en: "Sample helpline", lv: "Parauga palīdzības tālrunis"}
    phone: "000 00 001"
    hours: {en: "day and night", lv: "visu diennakti"}
  - name: {en: "Complaints, not to your caseworker", lv: "Sūdzības (Jūsu lietu pārzinis tās nesaņem)"}
    phone: "000 00 002"
    hours: {en: "weekdays 9–17", lv: "darbdienās 9–17"}
"""


@dataclass(frozen=True)
class Offices:
    """The three roles of the sample, each with its own connections."""

    staff: Office
    worker: Office
    survey: Office
    catalogue: Catalogue

    def on(self, day: date) -> Offices:
        """The same offices at noon of a day."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        staff, worker, survey = (
            replace(office, sources=replace(office.sources, now=lambda: noon))
            for office in (self.staff, self.worker, self.survey)
        )
        return Offices(staff, worker, survey, self.catalogue)

    @property
    def doorstep(self) -> Doorstep:
        """What the survey site would work with."""
        return Doorstep(self.survey.engine, self.catalogue.surveys, self.survey.pepper, self.survey.sources)


def build_demo(settings: Settings, out: Path, seed: int, say: Callable[[str], None]) -> None:
    """Make the sample under ``out``: instance, PDFs, figures.json. Prints seconds per step and the paths.

    Raises whatever the use cases raise; an ``out`` that is no sample folder is never emptied.
    """
    start = time.perf_counter()
    _empty(out)
    sample = replace(
        settings,
        instance=out / "instance",
        root_key_file=out / "instance" / "secrets" / "root.key",
        contacts_file=out / "instance" / "contacts.yaml",
        database_url="",
        today=None,
    )
    with _step("Content checked", say):
        catalogue = load_catalogue(settings.content)
    with _step("Instance made", say):
        build_instance(sample, catalogue.partner_codes, sample=True, sources=Sources(zone=settings.zone))
        sample.contacts_file.write_text(CONTACTS, encoding="utf-8")
    with ExitStack() as stack:
        staff, worker, survey = (
            stack.enter_context(open_office(sample, role)) for role in ("me_staff", "me_worker", "me_survey")
        )
        offices = Offices(staff, worker, survey, catalogue)
        lives = make_lives(seed, PEOPLE)
        with _step(f"{len(lives)} people walked through the year", say):
            counts = _walk(sample, offices, lives)
        say(f"  surveys over HTTP: {counts['http']}, through the same use case: {counts['direct']}")
        late = offices.on(FREEZE_DAY)
        with _step("Activities imported", say):
            plan = catalogue.get_plan(REGISTER)
            file = settings.content / "indicators" / "plans" / "latvia-activities.csv"
            outcome = import_activities(late.staff, plan, plan.consortium.code, file.read_bytes(), file.name)
        say(f"  {outcome.lines[0]}")
        _write_welcome(sample)
        for email, role, partner in ACCOUNTS:
            add_user(
                late.staff.engine,
                late.staff.sources,
                email=email,
                password=PASSWORD,
                role=role,
                partner_code=partner,
                language="en",
            )
        with _step("Figures frozen", say):
            freezes = [
                (catalogue.get_plan(name), freeze_plan(late.worker, catalogue, catalogue.get_plan(name), span, cutoff))
                for name, span, cutoff in (
                    (PLAN, read_period(PERIOD), FREEZE_DAY),
                    (REGISTER, read_period(REGISTER_PERIOD), FREEZE_DAY),
                )
            ]
        with _step("Reports rendered", say):
            paths = _render(late.worker, catalogue, freezes, out)
        figures = [figure for _, freeze in freezes for figure in list_figures(late.worker, freeze.id)]
    (out / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for path in (*paths, out / "figures.json"):
        say(f"  {path}")
    say(f"Done in {time.perf_counter() - start:.0f} s. Everything here is invented sample data.")


def _empty(out: Path) -> None:
    """Make the folder anew, if it is ours."""
    mark = out / "SAMPLE.txt"
    if out.exists() and not mark.is_file() and any(out.iterdir()):
        raise ProgramError(f"{out} holds something else than a sample; nothing was changed. Choose another --out.")
    shutil.rmtree(out, ignore_errors=False) if out.exists() else None
    out.mkdir(parents=True)
    mark.write_text(MARK, encoding="utf-8")


def _write_welcome(settings: Settings) -> None:
    """What `me serve` says to whoever tries the sample: log-ins, and how to get a code for the survey site."""
    lines = [
        "Sample log-ins (invented people only):",
        *(f"  {email}  {PASSWORD}  ({role} of {partner})" for email, role, partner in ACCOUNTS),
        "A code to try the survey site, in another terminal:",
        f"  ME_INSTANCE={settings.instance} .venv/bin/me door new --survey outcome-checkin",
    ]
    (settings.instance / WELCOME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _walk(settings: Settings, offices: Offices, lives: Sequence[Life]) -> dict[str, int]:
    """Live every day on which something happens, in order."""
    survey = offices.catalogue.get_survey("outcome-checkin")
    codes: dict[int, str] = {}
    counts = {"http": 0, "direct": 0}
    days = sorted({day for life in lives for day in _list_days(life)})
    for day in tqdm(days, desc="days", unit="day", leave=False, disable=None):
        today = offices.on(day)
        for number, life in enumerate(lives):
            if life.enrolled == day:
                codes[number] = enrol_person(today.staff, life.partner, life.profile)
            for service in (each for each in life.services if each.date == day):
                record_service(today.staff, life.partner, codes[number], service)
        visits = [
            (life, sitting, issue_doors(today.staff, survey, life.partner, person_code=codes[number])[0])
            for number, life in enumerate(lives)
            for sitting in life.sittings
            if sitting.day == day
        ]
        over_http = [visit for visit in visits if visit[1].over_http]
        if over_http:
            _visit_site(replace(settings, today=day), over_http, survey)
            carry_out_requests(today.worker)
            counts["http"] += len(over_http)
        for _, sitting, door in (visit for visit in visits if not visit[1].over_http):
            submit_directly(today.doorstep, door.code, sitting.language, sitting.consents, sitting.answers)
            counts["direct"] += 1
        for number, life in enumerate(lives):
            _record_decisions(today, life, codes.get(number, ""), day)
    return counts


def _list_days(life: Life) -> Iterator[date]:
    yield life.enrolled
    yield from (service.date for service in life.services)
    yield from (sitting.day for sitting in life.sittings)
    yield from (narrative.date for narrative in life.narratives)
    if life.withdraws:
        yield life.withdraws[1]
    if life.objects:
        yield life.objects


def _record_decisions(today: Offices, life: Life, code: str, day: date) -> None:
    for narrative in (each for each in life.narratives if each.date == day):
        write_narrative(today.staff, life.partner, code, narrative)
    if life.withdraws and life.withdraws[1] == day:
        purpose = life.withdraws[0]
        text = today.catalogue.find_consent_text(purpose)
        record_decision(today.worker, life.partner, code, purpose=purpose, decision="withdrawn", text=text)
    if life.objects == day:
        record_decision(today.worker, life.partner, code, purpose="object", decision="given", text=("", ""))


def _visit_site(settings: Settings, visits: Sequence[tuple[Life, Sitting, IssuedDoor]], survey: Survey) -> None:
    """Run the survey site for a day and let each person answer in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    local = replace(settings, host="127.0.0.1", survey_port=port, survey_url=f"http://127.0.0.1:{port}", tls=False)
    with run_part(make_survey_part(local)) as site:
        wait_for_port(local.host, port, site)
        for _, sitting, door in tqdm(
            visits, desc=f"survey site, {settings.today}", unit="person", leave=False, disable=None
        ):
            person = Respondent(port, survey)
            receipt = person.answer(door.code, sitting.language, sitting.consents, sitting.answers)
            if sitting.takes_back and receipt:
                Respondent(port, survey).take_back(receipt)


def _render(office: Office, catalogue: Catalogue, freezes: Sequence[tuple[Plan, Freeze]], out: Path) -> list[Path]:
    """Render every report, two at a time: each renders in a process of its own."""
    folder = out / "reports"
    folder.mkdir()
    orders = [
        ReportOrder(freeze.id, "activity-register" if plan.id == REGISTER else "partner-impact", language, partner.code)
        for plan, freeze in freezes
        for partner in plan.partners
        for language in LANGUAGES
    ]
    paths = [folder / f"{order.template}-{order.partner.lower()}-{order.language}.pdf" for order in orders]
    with ThreadPoolExecutor(2) as pool:
        results = build_reports(office, catalogue, orders, pool, sample=True)
        bar = tqdm(zip(paths, results, strict=True), total=len(orders), desc="reports", leave=False, disable=None)
        for path, result in bar:
            path.write_bytes(result.pdf)
    return paths


@contextmanager
def _step(name: str, say: Callable[[str], None]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    say(f"{name}: {time.perf_counter() - start:.1f} s")

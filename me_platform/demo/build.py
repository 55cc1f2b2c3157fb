"""Make the sample: an instance with invented people and organisations, its frozen figures and its reports."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

from tqdm import tqdm

from me_platform.access import OPENS_CONTENT, Role, User
from me_platform.catalogue import Catalogue, load_catalogue
from me_platform.demo.caseloads import assign_sample_caseloads
from me_platform.demo.lives import Crowd, make_lives
from me_platform.demo.narratives import add_sample_narratives
from me_platform.demo.organisations import TRAINING, load_organisations, make_trainees
from me_platform.demo.walk import Offices, Walk
from me_platform.errors import NotFound, ProgramError
from me_platform.indicators.definition import Plan
from me_platform.indicators.periods import read_period
from me_platform.services.accounts import add_user, find_login, grant_role
from me_platform.services.audio import build_audio
from me_platform.services.freezing import Freeze, freeze_plan, list_figures
from me_platform.services.importing import import_activities
from me_platform.services.instance import Office, build_instance, open_office, read_secrets
from me_platform.services.reporting import ReportOrder, build_reports
from me_platform.services.seats import Seat
from me_platform.services.seats import load_organisations as load_places
from me_platform.services.second_factor import give_factor, make_credential_key, write_secret
from me_platform.services.staff_reports import accept_report, list_reports
from me_platform.settings import Settings, Sources
from me_platform.supervisor import WELCOME

CROWDS: Mapping[str, Crowd] = {
    "KALNS": Crowd(85, young=14, online=6),
    "GAISMA": Crowd(60, young=13, online=6),
    "VEJI": Crowd(27, online=4),
    "BERZ": Crowd(19, online=19),
    "DZIRNAS": Crowd(12),
    "OSTA": Crowd(6),
    "LIGZDA": Crowd(3),
    "UPE": Crowd(0),
    "TILTI": Crowd(0),
}
"""The people of each partner of the sample plan: from none to 85, shelters of six and three among them."""

PLAN, REGISTER = "sample", "latvia-activities"
PERIOD, REGISTER_PERIOD = "2025-10-01..2026-09-30", "2003..2019"
FREEZE_DAY = date(2026, 10, 15)

TEMPLATES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    PLAN: {"partner-impact": ("lv", "en"), "plain-summary": ("lv", "en", "ar")},
    REGISTER: {"activity-register": ("lv", "en")},
}
"""What is rendered for each partner of each plan, in which languages."""

MARK = "This folder holds a sample instance made by `me demo`; it is made anew by every run.\n"

ACCOUNTS = (
    ("caseworker@gaisma.example", "caseworker", "GAISMA"),
    ("manager@gaisma.example", "manager", "GAISMA"),
    ("officer@konsorcijs.example", "officer", "KONSORCIJS"),
    ("reader@konsorcijs.example", "officer", "KONSORCIJS"),
    ("officer@berz.example", "officer", "BERZ"),
    ("funder@fonds.example", "funder", "KONSORCIJS"),
    ("administrator@konsorcijs.example", "administrator", "KONSORCIJS"),
    ("auditor@konsorcijs.example", "auditor", "KONSORCIJS"),
)
BUILDER, READER = "officer@konsorcijs.example", "reader@konsorcijs.example"
"""Who has the sample's reports built, and who reads and accepts them as the second person."""

PASSWORD = "sample-only-2026"  # noqa: S105 - printed with the addresses; the instance holds invented people only
FACTOR_SECRET = b"sample-instance-only"
"""What an authenticator app shows the sample's codes from, for all accounts that need one; printed as well."""

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


def build_demo(
    settings: Settings,
    out: Path,
    seed: int,
    say: Callable[[str], None],
    *,
    reports: Callable[[ReportOrder], bool] = lambda _order: True,
) -> None:
    """Make the sample under ``out``: instance, audio, PDFs, figures.json. Prints seconds per step and the paths.

    ``reports`` chooses which of the reports are rendered: all of them unless told.
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
        codes = [partner.code for name in TEMPLATES for partner in catalogue.get_plan(name).partners]
        build_instance(sample, codes, sample=True, sources=Sources(zone=settings.zone))
        sample.contacts_file.write_text(CONTACTS, encoding="utf-8")
    with _step("Surveys spoken", say):
        key = read_secrets(sample).keys["survey"]
        spoken = build_audio(catalogue.surveys.values(), settings.content, sample.audio, key, settings.voice)
    for language, each in spoken.items():
        say(
            f"  {language}: {each.texts - each.missing} of {each.texts} texts, {each.size / 1000:.0f} kB {each.failure}"
        )
    with ExitStack() as stack:
        staff, worker, survey = (
            stack.enter_context(open_office(sample, role)) for role in ("me_staff", "me_worker", "me_survey")
        )
        offices = Offices(staff, worker, survey, catalogue)
        live_sample_year(sample, offices, seed, CROWDS, say)
        late = offices.on(FREEZE_DAY)
        with _step("Register of activities imported", say):
            plan = catalogue.get_plan(REGISTER)
            file = settings.content / "indicators" / "plans" / f"{REGISTER}.csv"
            outcome = import_activities(late.staff, plan, plan.consortium.code, file.read_bytes(), file.name)
        say(f"  {outcome.lines[0]}")
        _write_welcome(sample)
        add_sample_users(late.staff, make_credential_key(read_secrets(sample).keys["staff"]))
        assign_sample_caseloads(late.staff)
        add_sample_narratives(late.staff)
        with _step("Figures frozen", say):
            freezes = [
                (catalogue.get_plan(name), freeze_plan(late.worker, catalogue, catalogue.get_plan(name), span, cutoff))
                for name, span, cutoff in (
                    (PLAN, read_period(PERIOD), FREEZE_DAY),
                    (REGISTER, read_period(REGISTER_PERIOD), FREEZE_DAY),
                )
            ]
        with _step("Reports rendered", say):
            orders = [order for order in list_orders(freezes) if reports(order)]
            paths = _make_reports(late, catalogue, freezes, orders, out)
        figures = [figure for _, freeze in freezes for figure in list_figures(late.worker, freeze.id)]
    (out / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for path in (*paths, out / "figures.json"):
        say(f"  {path}")
    say(
        f"Done in {time.perf_counter() - start:.0f} s. People, organisations and grant are invented; only the register "
        "of activities tells of real events."
    )


def add_sample_users(office: Office, key: bytes) -> None:
    """The sample's accounts, with the second factor where a role demands one. ``key`` seals credentials."""
    for email, role, partner in ACCOUNTS:
        made = add_user(
            office.engine,
            office.sources,
            email=email,
            password=PASSWORD,
            role=role,
            partner_code=partner,
            language="en",
        )
        if Role(role) in OPENS_CONTENT:
            give_factor(office, key, made.id, FACTOR_SECRET)


def live_sample_year(
    settings: Settings,
    offices: Offices,
    seed: int,
    crowds: Mapping[str, Crowd],
    say: Callable[[str], None],
    *,
    over_http: bool = True,
) -> Walk:
    """Walk the people and organisations of these crowds through their year; see ``Walk`` for ``over_http``."""
    plan, surveys = offices.catalogue.get_plan(PLAN), offices.catalogue.surveys
    lives = make_lives(seed, plan, surveys, crowds)
    organisations = {code: each for code, each in load_organisations().items() if code in crowds}
    trainees = {
        code: [
            trainee
            for training in organisation.trainings
            for trainee in make_trainees(seed, code, training, surveys[TRAINING])
        ]
        for code, organisation in organisations.items()
    }
    walk = Walk(settings, offices, over_http=over_http)
    with _step(f"{len(lives)} people and {sum(map(len, trainees.values()))} trainees walked through the year", say):
        walk.take(plan, lives, organisations, trainees)
    say(f"  surveys over HTTP: {walk.http}, through the same use case: {walk.direct}")
    return walk


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
        "All but the funder type a code as well. In another terminal:",
        f"  ME_INSTANCE={settings.instance} .venv/bin/me user code --email {ACCOUNTS[0][0]}",
        f"or in an authenticator app, whose key for all of them is {write_secret(FACTOR_SECRET)}",
        "A code to try the survey site, in another terminal:",
        f"  ME_INSTANCE={settings.instance} .venv/bin/me door new --survey outcome-checkin",
    ]
    (settings.instance / WELCOME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def list_orders(freezes: Sequence[tuple[Plan, Freeze]]) -> list[ReportOrder]:
    """Every report of the sample: each template in its languages for each partner of its plan."""
    return [
        # The sheets are the same for all partners: they stand in the consortium's edition.
        ReportOrder(freeze.id, template, language, partner.code, annex=partner.consortium)
        for plan, freeze in freezes
        for template, languages in TEMPLATES[plan.id].items()
        for partner in plan.partners
        for language in languages
    ]


def _make_reports(
    offices: Offices,
    catalogue: Catalogue,
    freezes: Sequence[tuple[Plan, Freeze]],
    orders: Sequence[ReportOrder],
    out: Path,
) -> list[Path]:
    """Have every report built by one person and accepted by another, so that the sample's funder has them."""
    staff = offices.staff
    consortia = {plan.consortium.code for plan, _ in freezes}
    for email in (BUILDER, READER):
        for code in consortia:
            grant_role(staff.engine, staff.sources, email=email, role=Role.OFFICER, partner_code=code)
    builder, reader = (_get_user(staff, email) for email in (BUILDER, READER))
    paths = _render(offices.worker, catalogue, orders, out, builder.id)
    for organisation in load_places(staff.engine, catalogue.plans).values():
        seat = Seat(reader, organisation)
        for report in list_reports(staff, catalogue, seat):
            accept_report(staff, catalogue, seat, report.id)
    return paths


def _get_user(office: Office, email: str) -> User:
    login = find_login(office.engine, email=email)
    if login is None:
        raise NotFound("account", email)
    return login.user


def _render(
    office: Office, catalogue: Catalogue, orders: Sequence[ReportOrder], out: Path, account: UUID
) -> list[Path]:
    """Render every report, two at a time: each renders in a process of its own. ``account`` has them built."""
    folder = out / "reports"
    folder.mkdir()
    paths = [folder / f"{order.template}-{order.partner.lower()}-{order.language}.pdf" for order in orders]
    with ThreadPoolExecutor(2) as pool:
        results = build_reports(office, catalogue, orders, pool, sample=True, account=account)
        bar = tqdm(zip(paths, results, strict=True), total=len(orders), desc="reports", leave=False, disable=None)
        for path, result in bar:
            path.write_bytes(result.pdf)
    return paths


@contextmanager
def _step(name: str, say: Callable[[str], None]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    say(f"{name}: {time.perf_counter() - start:.1f} s")

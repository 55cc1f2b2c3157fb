"""The ``me`` command. Results go to standard output, messages to standard error; exit status 0, 1 or 2.

1 means the program could not do it (one sentence says why and what helps), 2 means it was asked in a wrong way.
Heavy parts are imported inside the commands that need them, so that the light ones answer at once.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

import click

from me_platform.errors import DiskFull, FileUnwritable, InputInvalid, ProgramError
from me_platform.settings import RawSettings, Settings, load_settings

if TYPE_CHECKING:
    from me_platform.catalogue import Catalogue
    from me_platform.services.doors import IssuedDoor
    from me_platform.services.instance import Office
    from me_platform.services.known_codes import KnownCode

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="me-platform", prog_name="me")
def me() -> None:
    """Monitoring and evaluation for organisations that support survivors of trafficking."""


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; errors of the program become one message on standard error."""
    try:
        result = me.main(arguments, prog_name="me", standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except click.exceptions.Abort:
        say("Stopped.")
        return 1
    except ProgramError as error:
        say(str(error))
        return error.exit_code
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        say(str(DiskFull(error.filename or "the output")))
        return 1
    return result if isinstance(result, int) else 0


def say(message: str) -> None:
    """A message for the person at the keyboard."""
    click.echo(message, err=True)


def show(result: object) -> None:
    """A result as JSON on standard output."""
    click.echo(json.dumps(result, ensure_ascii=False, indent=2, default=_plain))


def make_table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Lines with columns below each other; the first column is text, the others end where their heads end."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if position else cell.ljust(width)
            for position, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _settings() -> Settings:
    return load_settings(os.environ, Path.cwd())


# -- the instance ---------------------------------------------------------------------------------------------------


@me.command()
@click.option("--sample", is_flag=True, help="An instance for invented people only; such a one honours ME_TODAY.")
def init(*, sample: bool) -> None:
    """Make a new instance: database, vault, secrets. Prints the recovery sheet of the root key, once."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.instance import build_instance
    from me_platform.settings import Sources

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    sheet = build_instance(settings, catalogue.partner_codes, sample=sample, sources=Sources(zone=settings.zone))
    say(f"The instance {settings.instance} is ready.")
    say("Print the recovery sheet below and lock it away. It is shown once. Without it and the file of the root key")
    say("no sealed record can ever be opened again.")
    click.echo(sheet)


@me.command()
def update() -> None:
    """Bring the instance up to this release: new tables, and the partners that the plans have gained."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.instance import update_instance

    settings = _settings()
    codes = load_catalogue(settings.content).partner_codes
    new = update_instance(settings, codes, sources=settings.make_sources())
    say(f"The instance {settings.instance} is up to date." + (f" New partners: {', '.join(new)}." if new else ""))


@me.command("restore-key")
@click.argument("sheet", type=click.File(encoding="utf-8"))
def restore_key(*, sheet: TextIO) -> None:
    """Write the root key file again from a typed recovery SHEET (- for standard input)."""
    from me_platform.services.instance import restore_root_key

    settings = _settings()
    restore_root_key(settings, sheet.read())
    say(f"The root key is back in {settings.root_key_file} and opens this instance's vault.")


@me.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(*, target: Path) -> None:
    """Save the instance in one file: TARGET, or a file named after day and time where TARGET is a folder.

    The instance may be running. Database, vault and keys are in it, sealed where they have to be under the key of the
    day; the root key is not. The journal of erasures lies beside it. Day keys are destroyed on day 8.
    """
    from me_platform.services.backups import build_backup, turn_over_day_keys

    settings = _settings()
    sources = settings.make_sources()
    # First and whatever happens next: erased people leave the backups on day 8 (privacy-and-safety, part 2).
    turned = turn_over_day_keys(settings, sources)
    for day in turned.destroyed:
        say(f"The day key of {day} is destroyed: backups of that day cannot be opened again, and may be deleted.")
    for day in turned.ahead:
        say(f"There is a day key of {day}, which lies ahead: was the clock wrong? It is destroyed on its own day 8.")
    made = build_backup(settings, target, sources)
    say(f"Saved, with the journal of erasures in {made.journal.name}. On {made.last_day} its day key is destroyed.")
    if settings.instance in settings.day_keys.parents and not settings.sample:
        say("The day keys lie in the instance: were its disk lost, no backup would open. See ME_DAY_KEYS.")
    click.echo(made.path)


@me.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", "only_check", is_flag=True, help="Only say whether it could be restored; changes nothing.")
@click.option(
    "--erasures",
    "later",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The newest journal of erasures, where it is newer than the backup.",
)
@click.option("--sheet", type=click.File(encoding="utf-8"), help="The typed recovery sheet (- for standard input).")
def restore(*, archive: Path, only_check: bool, later: Path | None, sheet: TextIO | None) -> None:
    """Make the instance again from the backup ARCHIVE, in an empty place. People erased since stay erased.

    Needs the day key of the backup, and the root key from its file or the recovery sheet.
    """
    from me_platform.services.backups import check_backup, restore_instance
    from me_platform.settings import Sources

    settings = _settings()
    typed = sheet.read() if sheet else ""
    if only_check:
        found = check_backup(settings, archive, later=later, sheet=typed)
        say(f"All good: the backup of {found.day} can be restored; {found.erased} erased people stay erased.")
        return
    made = restore_instance(settings, archive, sources=Sources(zone=settings.zone), later=later, sheet=typed)
    say(f"The instance {settings.instance} is back as of {made.day}; {made.erased} erased people stay erased.")
    say("What was decided after the backup is not in it: read docs/deploying.md before you serve it.")


@me.command()
def erasures() -> None:
    """Print the journal of erasures, random ids only: keep it elsewhere, for --erasures of `me restore`."""
    from me_platform.services.backups import build_journal

    settings = _settings()
    journal = build_journal(settings, settings.make_sources())
    click.echo(journal.text, nl=False)
    if not journal.whole:
        say("The database cannot be reached: answers that were taken back by people who stay are not in it.")


@me.command()
def config() -> None:
    """Print every setting: variable, meaning, value in force."""
    settings = _settings()
    for field in fields(RawSettings):
        value = os.environ.get(field.metadata["variable"], "") or str(field.default) or "-"
        if field.name == "database_url" and value != "-":
            value = "set"  # it holds a password
        click.echo(f"{field.metadata['variable']:<20} {value:<32} {field.metadata['help']}")
    say(f"Instance {settings.instance}, content {settings.content}")


@me.group()
def plan() -> None:
    """Monitoring and evaluation plans."""


@plan.command("show")
@click.argument("name", metavar="PLAN")
@click.option("--language", type=click.Choice(["en", "lv"]), default="en", show_default=True, help="Language.")
def plan_show(*, name: str, language: str) -> None:
    """Print a plan: project, grant, objective, partners and their part, results, indicators, targets."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.content_texts import make_plan_text

    catalogue = load_catalogue(_settings().content)
    click.echo(make_plan_text(catalogue.get_plan(name), catalogue, language), nl=False)


@me.group()
def indicator() -> None:
    """Indicators."""


@indicator.command("new")
@click.argument("kind")
@click.option("--source", default="survey", show_default=True, help="Where the data come from.")
def indicator_new(*, kind: str, source: str) -> None:
    """Print the file of an indicator of a KIND, to be filled in: save it as indicators/<code>.yaml."""
    from me_platform.indicators.defaults import KIND_DEFAULTS
    from me_platform.indicators.definition import Kind
    from me_platform.services.content_texts import make_indicator_text

    kinds = [each.value for each in Kind]
    if kind not in kinds:
        raise InputInvalid(f"There is no kind '{kind}'. Known: {', '.join(kinds)}.")
    known = KIND_DEFAULTS[Kind(kind)].sources
    if source not in known:
        raise InputInvalid(f"--source: a {kind} cannot come from '{source}'. Known: {', '.join(known)}.")
    click.echo(make_indicator_text(Kind(kind), source), nl=False)


@me.command()
def check() -> None:
    """Check all content files: every fault with file and line, all at once; then each survey in figures."""
    from me_platform.catalogue import check_catalogue
    from me_platform.content import Problems
    from me_platform.survey_site.languages import check_screens
    from me_platform.surveys.audio import check_recordings, read_library
    from me_platform.surveys.review import make_review, tell_gaps

    settings, problems = _settings(), Problems()
    catalogue = check_catalogue(settings.content, problems)
    for survey in catalogue.surveys.values():
        check_recordings(settings.content, survey, problems)
    check_screens(settings.content, catalogue.surveys.values(), problems)
    for warning in problems.warnings:
        say(f"Please look: {warning}")
    problems.raise_faults()
    languages = sorted({language for survey in catalogue.surveys.values() for language in survey.languages})
    library = read_library(settings.audio, catalogue.surveys)
    reviews = [make_review(each, languages, library, settings.content) for each in catalogue.surveys.values()]
    click.echo(
        make_table(
            ("survey", "questions", "minutes", "long sentences", "untranslated", "without audio"),
            [
                (
                    each.survey,
                    each.questions,
                    f"{each.minutes:.1f}",
                    *(tell_gaps(each, name) for name in ("long_sentences", "untranslated", "unheard")),
                )
                for each in reviews
            ],
        )
    )
    say(f"Untranslated: texts that a survey has not in all of {', '.join(languages)}. Audio: see `me audio`.")
    say(
        f"All good: {len(catalogue.surveys)} surveys, {len(catalogue.indicators)} indicators,"
        f" {len(catalogue.plans)} plans, {len(catalogue.templates)} report templates."
    )


@me.command()
def audio() -> None:
    """Make what can be listened to at the survey site: recordings are taken over, the rest is spoken (ME_VOICE)."""
    from me_platform.content import Problems
    from me_platform.services.audio import build_audio
    from me_platform.services.instance import read_secrets
    from me_platform.surveys.audio import check_recordings
    from me_platform.surveys.loading import load_surveys

    settings = _settings()
    key = read_secrets(settings).keys["survey"]
    surveys, problems = load_surveys(settings.content), Problems()
    for survey in surveys.values():
        check_recordings(settings.content, survey, problems)
    for warning in problems.warnings:
        say(f"Please look: {warning}")
    found = build_audio(surveys.values(), settings.content, settings.audio, key, settings.voice)
    click.echo(
        make_table(
            ("language", "texts", "recorded", "spoken", "made now", "missing", "kB in all", "kB a text"),
            [
                (
                    language,
                    each.texts,
                    each.recorded,
                    each.spoken,
                    each.made,
                    each.missing,
                    f"{each.size / 1000:.0f}",
                    f"{each.mean_size / 1000:.1f}",
                )
                for language, each in found.items()
            ],
        )
    )
    for language, each in found.items():
        if each.failure:
            say(f"No voice for `{language}`: {each.failure} Its pages are read, unless there are recordings.")
    say("A site that runs shows it after a restart.")


@me.command()
def serve() -> None:
    """Run survey site, staff site and worker until stopped."""
    from me_platform.supervisor import serve as run_supervisor

    run_supervisor(_settings(), say)


@me.command()
@click.option(
    "--out",
    default="out/demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the sample; made anew.",
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same figures.")
def demo(*, out: Path, seed: int) -> None:
    """Make a fresh sample instance, walk invented people through a year, and render every report."""
    from me_platform.demo.build import build_demo

    build_demo(_settings(), Path.cwd() / out, seed, say)


# -- people and doors -----------------------------------------------------------------------------------------------


@me.command()
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--age-band", default="unknown", show_default=True, help="Age band of the taxonomy.")
@click.option("--language", default="", help="Language the person prefers.")
@click.option("--term", default="", help="Word the person prefers about herself or himself.")
@click.option("--entry", default="", help="Who referred the person, e.g. police; a code of the taxonomy.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def enrol(*, partner: str, age_band: str, language: str, term: str, entry: str, as_json: bool) -> None:
    """Enrol a person at a partner; prints the new random code."""
    from me_platform.services.instance import open_office
    from me_platform.services.people import Profile, enrol_person

    settings = _settings()
    if entry:
        _check_code(settings, "--entry", "referral_sources", entry)
    with open_office(settings, "me_staff") as office:
        code = enrol_person(office, partner, Profile(age_band=age_band, language=language, term=term, entry=entry))
    if as_json:
        show({"code": code})
    else:
        click.echo(code)


@me.group()
def door() -> None:
    """Codes that open a survey."""


@door.command("new")
@click.option("--survey", required=True, help="Id of the survey.")
@click.option("--partner", default="", help="Code of the partner; without it the first surveying partner of a plan.")
@click.option("--person", default="", help="Code of a person; without it each code makes a new participant.")
@click.option("--due", is_flag=True, help="A code for everybody of the partner who is due for the survey today.")
@click.option("--room", is_flag=True, help="One code for a whole room, for --n people, each of them somebody new.")
@click.option("--activity", default="", help="Code of the activity the codes are handed out at.")
@click.option("--n", "number", default=1, show_default=True, help="How many codes; of a room, how many people.")
@click.option(
    "--wave",
    default="",
    help="before, after or both, for a survey of a session; both: one code, first one, then other.",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of a PDF with cards to cut apart. The codes are then printed nowhere else, unless as JSON.",
)
@click.option("--language", type=click.Choice(["en", "lv"]), default="en", show_default=True, help="Of the PDF's edge.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def door_new(  # noqa: PLR0913 - each is an option of the command
    *,
    survey: str,
    partner: str,
    person: str,
    due: bool,
    room: bool,
    activity: str,
    number: int,
    wave: str,
    sheet: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Issue door codes: what to type, what to link to, and until which day. They are stored nowhere."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.doors import issue_doors
    from me_platform.services.instance import open_office
    from me_platform.services.known_codes import issue_due
    from me_platform.services.publishing import check_words

    if due and (person or room or activity or wave or number != 1):
        raise InputInvalid("--due says whom the codes are for: leave --person, --room, --activity, --wave and --n out.")
    settings = _settings()
    catalogue = load_catalogue(settings.content)
    chosen = catalogue.get_survey(survey)
    partner_code = partner or catalogue.find_first_partner(survey, sample=settings.sample)
    catalogue.check_asks(partner_code, survey)
    if not partner:
        say(f"Partner: {partner_code} (the plan's first surveying partner)")
    if sheet:
        _write_file(sheet, b"")  # a file that cannot be written is found before any code is issued
    with open_office(settings, "me_staff") as office:
        check_words(settings, {chosen.id: chosen})
        if due:
            doors = issue_due(office, catalogue, partner_code, chosen)
        else:
            doors = issue_doors(
                office,
                chosen,
                partner_code,
                person_code=person,
                number=number,
                activity=activity,
                wave=wave,
                room=room,
            )
        if due and not doors:
            say(f"Nobody of {partner_code} is due for the survey '{survey}' today.")
        if sheet and doors:
            note = f"{doors[0].expires:%Y-%m-%d} · {chosen.title[language]}" + (f" · {activity}" if activity else "")
            _write_sheet(office, catalogue, settings, partner_code, doors, sheet, note, language)
    _show_doors(settings, doors, as_json=as_json, named=bool(wave) or due, hidden=sheet is not None)


def _write_sheet(
    office: Office,
    catalogue: Catalogue,
    settings: Settings,
    partner: str,
    doors: Sequence[IssuedDoor],
    out: Path,
    note: str,
    language: str,
) -> None:
    """Write the cards of codes that were just issued. Where that fails nobody has them: they are revoked."""
    from me_platform.services.door_sheets import build_sheet
    from me_platform.services.known_codes import revoke_codes

    try:
        pdf = build_sheet(
            catalogue, doors, survey_url=settings.survey_url, language=language, note=note, sample=settings.sample
        )
        _write_file(out, pdf)
    except (ProgramError, OSError):
        revoke_codes(office, partner, {each.batch for each in doors})
        say("The codes that were issued are revoked again.")
        raise


def _show_doors(settings: Settings, doors: Sequence[IssuedDoor], *, as_json: bool, named: bool, hidden: bool) -> None:
    """Codes that were just issued, the one time they can be shown."""
    rows = [
        {
            "code": each.code,
            "link": f"{settings.survey_url}/{each.token}",
            "expires": each.expires.isoformat(),
            # The two doors of a session belong together, on one card; who is due has to be told whose code it is.
            **({"wave": each.wave, "person": each.person} if named else {}),
            **({"places": each.places} if each.kind == "room" else {}),
        }
        for each in doors
    ]
    if as_json:
        show(rows)
        return
    if hidden:
        batches = dict.fromkeys(str(each.batch) for each in doors)
        say(f"{len({each.code for each in doors})} codes on the sheet and nowhere else; they are named by these ids:")
        for batch in batches:
            click.echo(batch)
        return
    for row in {row["code"]: row for row in rows}.values():
        waves = "+".join(str(each["wave"]) or "-" for each in rows if each["code"] == row["code"]) if named else ""
        session = f"  {waves}, {row['person']}" if named else ""
        places = f"  for {row['places']} people" if "places" in row else ""
        click.echo(f"{row['code']}  {row['link']}  until {row['expires']}{session}{places}")


@door.command("list")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--survey", default="", help="Only codes of this survey.")
@click.option("--person", default="", help="Only codes of the person of this code.")
@click.option("--all", "whole", is_flag=True, help="Also codes that are expired or revoked.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def door_list(*, partner: str, survey: str, person: str, whole: bool, as_json: bool) -> None:
    """List issued codes without the codes: id, kind, survey, wave, days, state. Whether one was used is not told."""
    from me_platform.services.instance import open_office
    from me_platform.services.known_codes import CodeState, list_codes

    with open_office(_settings(), "me_staff") as office:
        codes = list_codes(office, partner, survey, person)
    rows = [_make_code_row(each) for each in codes if whole or each.state is CodeState.ISSUED]
    if as_json:
        show(rows)
        return
    head = ("id", "mark", "kind", "survey", "wave", "issued", "until", "state", "person", "places")
    click.echo(make_table(head, [[row[name] or "-" for name in head] for row in rows]))


def _make_code_row(code: KnownCode) -> dict[str, Any]:
    return {
        "id": str(code.id),
        "batch": str(code.batch),
        "mark": code.mark,
        "kind": code.kind,
        "survey": code.survey,
        "wave": code.wave,
        "issued": code.issued.isoformat(),
        "until": code.until.isoformat(),
        "state": code.state.value,
        "person": code.person,
        "places": code.places,
    }


@door.command("revoke")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
@click.argument("ids", nargs=-1, required=True, type=click.UUID, metavar="ID...")
def door_revoke(*, partner: str, ids: tuple[UUID, ...], as_json: bool) -> None:
    """Revoke codes by the IDs of `me door list`, or all of a batch by its id. Who is answering cannot send any more."""
    from me_platform.services.instance import open_office
    from me_platform.services.known_codes import revoke_codes

    with open_office(_settings(), "me_staff") as office:
        _tell_ended(revoke_codes(office, partner, ids), "revoked", as_json=as_json)


@door.command("expire")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--survey", default="", help="Only codes of this survey.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
@click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID...]")
def door_expire(*, partner: str, survey: str, ids: tuple[UUID, ...], as_json: bool) -> None:
    """End codes nobody has opened, now: those of IDs, else all of a partner. Who has opened one may still send.

    Without this a code ends by itself 7 days after it was issued.
    """
    from me_platform.services.instance import open_office
    from me_platform.services.known_codes import expire_codes

    if ids and survey:
        raise InputInvalid("Name codes by their ids or by --survey, not by both.")
    with open_office(_settings(), "me_staff") as office:
        _tell_ended(expire_codes(office, partner, ids, survey), "ended", as_json=as_json)


def _tell_ended(codes: Sequence[KnownCode], done: str, *, as_json: bool) -> None:
    if as_json:
        show([str(each.id) for each in codes])
    say(f"{len(codes)} codes {done}." if len(codes) != 1 else f"1 code {done}.")


@door.command("reissue")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="File of a PDF with the new cards.")
@click.option("--language", type=click.Choice(["en", "lv"]), default="en", show_default=True, help="Of the PDF's edge.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
@click.argument("ids", nargs=-1, required=True, type=click.UUID, metavar="ID...")
def door_reissue(*, partner: str, sheet: Path | None, language: str, ids: tuple[UUID, ...], as_json: bool) -> None:
    """Revoke codes by the IDs of `me door list` and issue new ones for the same people: for a lost card."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.instance import open_office
    from me_platform.services.known_codes import reissue_codes

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    if sheet:
        _write_file(sheet, b"")
    with open_office(settings, "me_staff") as office:
        doors = reissue_codes(office, catalogue, partner, ids)
        if sheet:
            _write_sheet(office, catalogue, settings, partner, doors, sheet, f"{doors[0].expires:%Y-%m-%d}", language)
    _show_doors(settings, doors, as_json=as_json, named=False, hidden=sheet is not None)


@me.group()
def answer() -> None:
    """Answers that did not come through the survey site."""


@answer.command("enter")
@click.option("--survey", required=True, help="Id of the survey.")
@click.option("--code", required=True, help="The code on the form; it is spent.")
@click.argument("file", type=click.File(encoding="utf-8"))
def answer_enter(*, survey: str, code: str, file: TextIO) -> None:
    """Enter a paper form from a YAML FILE (- for standard input): language, consents, answers. Prints the receipt code.

    The answers are sealed at once and kept as given on paper. The file is not kept: destroy it and the form.
    """
    from me_platform.content import Problems, read_yaml_text
    from me_platform.services.answering import submit_directly
    from me_platform.services.instance import open_office
    from me_platform.services.publishing import check_words
    from me_platform.services.sittings import Doorstep
    from me_platform.surveys.definition import Mode
    from me_platform.surveys.loading import load_surveys
    from me_platform.surveys.paper import check_paper

    settings = _settings()
    surveys = load_surveys(settings.content)
    if survey not in surveys:
        raise InputInvalid(f"--survey: there is no survey '{survey}'. Known: {', '.join(surveys)}.")
    problems = Problems()
    node = read_yaml_text(file.read(), file.name, problems)
    form = check_paper(node, surveys[survey], problems) if node else None
    problems.raise_faults()
    assert form is not None, "a form without faults is there"  # noqa: S101
    with open_office(settings, "me_survey") as office:
        check_words(settings, surveys)
        doorstep = Doorstep(office.engine, surveys, office.pepper, office.sources)
        receipt = submit_directly(
            doorstep, code, form.language, form.consents, form.answers, mode=Mode.PAPER, survey=survey
        )
    say("The form is sealed." if receipt else "Nothing was kept but the refusal.")
    if receipt:
        click.echo(receipt)


@me.group()
def survey() -> None:
    """Surveys on paper, and the words around them in a further language."""


@survey.command("screens")
@click.argument("language")
def survey_screens(*, language: str) -> None:
    """Print the words around the questions in a LANGUAGE, to be filled in: save it as surveys/translations/LANGUAGE.po.

    People are offered the language once not one text is empty; `me check` says what is missing.
    """
    from me_platform.survey_site.languages import load_screens, make_screen_words
    from me_platform.wording import is_language

    if not is_language(language):
        raise InputInvalid(f"There is no language '{language}'. Write its code, such as fa or pt-BR.")
    click.echo(make_screen_words(load_screens(_settings().content), language), nl=False)


@survey.command("paper")
@click.argument("survey_id", metavar="SURVEY")
@click.option("--language", required=True, help="Language of the form, one of the survey's.")
@click.option("--wave", default="", help="Wave it is for; without it the first one.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File of the PDF.")
def survey_paper(*, survey_id: str, language: str, wave: str, out: Path) -> None:
    """Print a SURVEY as a form to fill in by hand, ready for a photocopier. It needs no instance.

    Nothing on it tells what the organisation does. `me survey key` prints what is needed to type it in.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.services.paper_forms import build_paper_form

    _write_file(out, build_paper_form(load_catalogue(_settings().content), survey_id, language, wave))
    click.echo(out)


@survey.command("key")
@click.argument("survey_id", metavar="SURVEY")
@click.option("--language", required=True, help="Language of the questions beside the names.")
@click.option("--wave", default="", help="Wave of the form; without it the first one.")
def survey_key(*, survey_id: str, language: str, wave: str) -> None:
    """Print the file to type a paper form of a SURVEY into: save it, fill it in, give it to the command it names.

    It is for the typist only: the names of the questions may tell what the form does not.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.services.paper_forms import make_key_text

    click.echo(make_key_text(load_catalogue(_settings().content), survey_id, language, wave), nl=False)


# -- records --------------------------------------------------------------------------------------------------------


@me.group()
def service() -> None:
    """Services given to people."""


@service.command("add")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--person", required=True, help="Code of the person.")
@click.option("--type", "type_", required=True, help="Service type of the taxonomy, e.g. LEG5.")
@click.option("--date", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Day of the service.")
@click.option("--hours", default=0.0, show_default=True, help="Hours; 0 when not noted.")
@click.option("--mode", default="in_person", show_default=True, help="How it was given.")
@click.option("--interpreter", default="", help="not_needed, provided or not_provided.")
@click.option("--mediator", default="", help="A cultural mediator: not_needed, provided or not_provided.")
@click.option("--comfortable", default="", help="Whether the person was comfortable with them: yes or no.")
@click.option("--woman", default="", help="The choice of a woman professional: not_asked, honoured or not_honoured.")
@click.option("--started", is_flag=True, help="It is the first service of its kind.")
@click.option("--ended", default="", help="Support ended with it, for this reason; a code of the taxonomy.")
def service_add(*, partner: str, person: str, type_: str, day: datetime, **noted: Any) -> None:  # noqa: ANN401
    """Record a service."""
    from me_platform.services.instance import open_office
    from me_platform.services.people import Service, record_service

    settings = _settings()
    _check_code(settings, "--type", "service_types", type_)
    if noted["ended"]:
        _check_code(settings, "--ended", "end_reasons", noted["ended"])
    with open_office(settings, "me_staff") as office:
        record = record_service(office, partner, person, Service(type_, day.date(), **noted))
    click.echo(record)


def _check_code(settings: Settings, option: str, list_name: str, code: str) -> None:
    """Refuse a code that is not in a list of the taxonomy."""
    from me_platform.catalogue import load_catalogue

    known = load_catalogue(settings.content).taxonomy.lists[list_name]
    if code not in known:
        raise InputInvalid(f"{option}: there is no '{code}'. Known: {', '.join(known)}.")


@me.group()
def narrative() -> None:
    """Caseworkers' progress narratives."""


@narrative.command("add")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--person", required=True, help="Code of the person.")
@click.argument("file", type=click.File(encoding="utf-8"))
def narrative_add(*, partner: str, person: str, file: TextIO) -> None:
    """Store a narrative from a YAML FILE (- for standard input); it is sealed at once, the file is not kept."""
    from me_platform.catalogue import load_catalogue
    from me_platform.exchange.narratives import read_narrative
    from me_platform.services.instance import open_office
    from me_platform.services.narrative_texts import make_narrative
    from me_platform.services.narratives import write_narrative

    settings = _settings()
    taxonomy = load_catalogue(settings.content).taxonomy
    text = read_narrative(file.read(), file.name, taxonomy)
    with open_office(settings, "me_staff") as office:
        click.echo(write_narrative(office, partner, person, make_narrative(text, taxonomy.book.version)))


@me.group()
def record() -> None:
    """Other records of staff: needs, barriers, referrals, practices, feedback and the like."""


@record.command("kinds")
def record_kinds() -> None:
    """List the kinds of records and the keys of their files."""
    from me_platform.exchange.records import RECORD_KINDS
    from me_platform.reference import write_value

    for kind in RECORD_KINDS.values():
        click.echo(f"{kind.name} (about a {kind.about}): {kind.title}")
        for name, field in kind.model.model_fields.items():
            value, left_out = write_value(field).replace("`", ""), "" if field.is_required() else "; may be left out"
            click.echo(f"  {name:<20} {field.description} ({value}{left_out})")


@record.command("add")
@click.argument("kind")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--person", default="", help="Code of the person, for the kinds that are about a person.")
def record_add(*, kind: str, file: TextIO, partner: str, person: str) -> None:
    """Store a record of a KIND from a YAML FILE (- for standard input); it is sealed at once, the file is not kept."""
    from me_platform.catalogue import load_catalogue
    from me_platform.exchange.records import PERSON, read_record
    from me_platform.services.instance import open_office
    from me_platform.services.records import get_record_kind, make_setting, write_case_record, write_partner_record

    settings = _settings()
    chosen = get_record_kind(kind)
    if (chosen.about == PERSON) != bool(person):
        raise InputInvalid(f"A record of the kind '{kind}' is about a {chosen.about}: give --person for a person only.")
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_staff") as office:
        made = read_record(file.read(), file.name, chosen, make_setting(office, catalogue))
        if person:
            click.echo(write_case_record(office, partner, person, made))
        else:
            click.echo(write_partner_record(office, partner, made))


@me.group()
def consent() -> None:
    """Decisions people told a caseworker."""


@consent.command("record")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--person", required=True, help="Code of the person.")
@click.option(
    "--purpose",
    required=True,
    type=click.Choice(["statistics", "quote", "recontact", "link", "object"]),
    help="What was decided about; object is an objection to being counted.",
)
@click.option(
    "--decision", required=True, type=click.Choice(["given", "refused", "withdrawn"]), help="What was decided."
)
def consent_record(*, partner: str, person: str, purpose: str, decision: str) -> None:
    """Note a consent given, refused or withdrawn, or an objection, told to a caseworker."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.instance import open_office
    from me_platform.services.people import record_decision

    settings = _settings()
    text = load_catalogue(settings.content).find_consent_text(purpose)
    with open_office(settings, "me_worker") as office:
        record_decision(office, partner, person, purpose=purpose, decision=decision, text=text)
    say("Noted.")


@consent.command("guardian")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--person", required=True, help="Code of the child.")
@click.option(
    "--ground",
    default="guardian",
    type=click.Choice(["guardian", "legal_representative", "old_enough"]),
    help="Who decides beside the child; with another one than guardian none is needed.",
)
@click.option(
    "--how",
    default="",
    type=click.Choice(["", "in_person", "phone", "interpreter", "cultural_mediator", "writing"]),
    help="How the guardian's word was given.",
)
@click.option("--yes", multiple=True, help="Purpose the guardian agrees to; as often as needed.")
@click.option("--no", multiple=True, help="Purpose the guardian does not agree to, or no longer.")
def consent_guardian(
    *, partner: str, person: str, ground: str, how: str, yes: tuple[str, ...], no: tuple[str, ...]
) -> None:
    """Note what a child's guardian decided, or why none is needed; without it no code for a child is issued."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.guardians import Said, record_guardian
    from me_platform.services.instance import open_office

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    said = Said(ground, how, {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)})
    with open_office(settings, "me_staff") as staff, open_office(settings, "me_worker") as worker:
        record_guardian(staff, worker, catalogue, partner, person, said)
    say("Noted.")


# -- imports --------------------------------------------------------------------------------------------------------


@me.group("import")
def import_() -> None:
    """Bring lists in."""


@import_.command("activities")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plan", required=True, help="Id of the plan the activities belong to.")
@click.option("--partner", default="", help="Code of the partner; without it the plan's consortium.")
@click.option("--json", "as_json", is_flag=True, help="The receipt as JSON on standard output.")
def import_activities(*, file: Path, plan: str, partner: str, as_json: bool) -> None:
    """Import a list of activities; prints a receipt: rows taken, values left empty and why."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.importing import import_activities as run_import
    from me_platform.services.instance import open_office

    settings = _settings()
    chosen = load_catalogue(settings.content).get_plan(plan)
    with open_office(settings, "me_staff") as office:
        outcome = run_import(office, chosen, partner or chosen.consortium.code, file.read_bytes(), file.name)
    if as_json:
        show(outcome.receipt)
    else:
        for line in outcome.lines:
            click.echo(line)


# -- figures and reports --------------------------------------------------------------------------------------------


@me.group()
def snapshot() -> None:
    """Frozen figures."""


@snapshot.command("freeze")
@click.option("--plan", required=True, help="Id of the plan.")
@click.option("--period", required=True, help="2026, 2026-Q3, 2026-H1 or START..END.")
@click.option("--cutoff", type=click.DateTime(["%Y-%m-%d"]), help="Last day of what is known; default: today.")
def snapshot_freeze(*, plan: str, period: str, cutoff: datetime | None) -> None:
    """Compute every figure of a plan and freeze it; prints the snapshot's id.

    Where it takes the place of an older snapshot of the period, the restatement is recorded (`me snapshot diff`).
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.indicators.periods import read_period
    from me_platform.services.instance import open_office
    from me_platform.services.restating import freeze_and_restate

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    chosen, span = catalogue.get_plan(plan), read_period(period)
    with open_office(settings, "me_worker") as office:
        last = cutoff.date() if cutoff else office.sources.today()
        frozen = freeze_and_restate(office, catalogue, chosen, span, last)
    say(f"{frozen.figures} figures for {frozen.partners} partners; {'new' if frozen.new else 'the same as before'}.")
    click.echo(frozen.id)


@snapshot.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def snapshot_list(*, as_json: bool) -> None:
    """List the snapshots there are."""
    from me_platform.services.freezing import list_freezes
    from me_platform.services.instance import open_office

    with open_office(_settings(), "me_worker") as office:
        freezes = list_freezes(office)
    if as_json:
        show(
            [
                {
                    "id": each.id,
                    "plan": each.plan,
                    "period": {"start": each.start, "end": each.end},
                    "cutoff": each.cutoff,
                    "day": each.day,
                    "partners": dict(each.partners),
                }
                for each in freezes
            ]
        )
    else:
        for each in freezes:
            click.echo(f"{each.id}  {each.plan}  {each.start}..{each.end}  cut-off {each.cutoff}")


@snapshot.command("verify")
@click.argument("freeze")
@click.option("--partner", default="", help="Code of the partner; without it every part is told of.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def snapshot_verify(*, freeze: str, partner: str, as_json: bool) -> None:
    """Recompute the hash of every part of the snapshot FREEZE, and every figure from the living records.

    People who were erased since, or took something out, are missing in the records: how many is told as a range. Ends
    with 1 where something else is not what was frozen.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.errors import SnapshotBroken
    from me_platform.services.instance import open_office
    from me_platform.services.lineage import verify_freeze

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_worker") as office:
        found = verify_freeze(office, catalogue, freeze, partner)
    if as_json:
        show(asdict(found))
    else:
        for part in found.parts:
            click.echo(f"{part.partner}: {'; '.join(part.faults) or 'unchanged'}")
        for each in found.recomputed:
            same = each.figures - len({one.id for one in each.differences})
            click.echo(
                f"{each.partner}: {same} of {each.figures} figures computed again and equal; erased since:"
                f" {_say_range(each.erased)}, took something out since, these among them: {_say_range(each.gone)}"
            )
            for one in each.differences:
                why = "people took something out since" if one.explained else "NOT explained"
                click.echo(f"  {one.id}: {'true, and told otherwise by the rules of today' if one.told else why}")
        if not found.recomputed:
            say(f"No figure was computed again: {found.reason}.")
    if found.faults:
        raise SnapshotBroken(freeze, found.faults)


@snapshot.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def snapshot_diff(*, old: str, new: str, as_json: bool) -> None:
    """Say which figures differ between the snapshots OLD and NEW of one plan and period, by how much and why.

    Steps are those of what people took out, mistakes, corrections, late data and definitions; they add up to the
    difference. Where a step could point at few people, none of the figure is told.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.disclosure.wording import make_figure_text
    from me_platform.services.instance import open_office
    from me_platform.services.restating import compare_freezes, find_approver, make_restated_content

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_worker") as office:
        found = compare_freezes(office, catalogue, old, new)
        approver = find_approver(office, old, new)
    if as_json:
        figures = [make_restated_content(each) for each in found.figures]
        show({"old": old, "new": new, "figures": figures, "people": found.people, "approver": approver})
        return
    for each in found.figures:
        before, after = (make_figure_text(one, "en") if one else "not there" for one in (each.old, each.new))
        apart = "" if each.difference is None else f" (difference {each.difference})"
        click.echo(f"{each.id}: {before} -> {after}{apart}")
        if each.steps is None:
            click.echo("  causes are not told: few people, a range, or an older snapshot")
        for step in each.steps or ():
            click.echo(f"  {' and '.join(step.causes)}: {step.amount:+}")
    for partner, people in found.people.items():
        click.echo(f"{partner}: " + ", ".join(f"{cause} {_say_range(count)}" for cause, count in people.items()))
    click.echo(approver)


@snapshot.command("bundle")
@click.argument("freeze")
@click.option("--partner", required=True, help="Code of the partner; that of the consortium stands for all of them.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the files.")
def snapshot_bundle(*, freeze: str, partner: str, out: Path) -> None:
    """Write what an auditor needs to recompute the headline figures of the snapshot FREEZE, records among it.

    Persons are pseudonyms made for this snapshot; there are no days and nobody's words. It is noted in the audit log.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.services.bundles import build_bundle
    from me_platform.services.instance import open_office

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_worker") as office:
        bundle = build_bundle(office, catalogue, freeze, partner)
    for name, content in bundle.files.items():
        _write_file(out / name, content)
    say("The bundle holds records of people under pseudonyms: keep it sealed, and delete it when the audit is over.")
    click.echo(out)


def _say_range(people: tuple[int, int | None]) -> str:
    low, high = people
    return f"{low} people or more" if high is None else f"{high} people or fewer"


@me.command()
@click.option("--snapshot", "freeze", required=True, help="Id of the snapshot.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def figures(*, freeze: str, as_json: bool) -> None:
    """Print every figure of a snapshot."""
    from me_platform.services.freezing import list_figures
    from me_platform.services.instance import open_office

    with open_office(_settings(), "me_worker") as office:
        found = list_figures(office, freeze)
    if as_json:
        show(found)
    else:
        for figure in found:
            click.echo(f"{figure['id']}  {figure['state']}  {figure['value'] if figure['value'] is not None else ''}")


@me.command()
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--period", required=True, help="2026, 2026-Q3, 2026-H1 or START..END.")
@click.option("--plan", default="", help="Id of the plan; without it the newest snapshot of the period.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def quality(*, partner: str, period: str, plan: str, as_json: bool) -> None:
    """Print how good a partner's data of a period are: how people answered, and which records are in doubt.

    How people answered is read from the newest snapshot of exactly that period, protected as it was frozen. Records
    are looked at as they are today, and doubts are counted, nobody is named.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.indicators.periods import read_period
    from me_platform.services.data_quality import read_quality
    from me_platform.services.instance import open_office

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_worker") as office:
        found = read_quality(office, catalogue, partner, read_period(period), plan)
    if as_json:
        show(found.make_content())
        return
    click.echo("\n".join(found.list_lines()))


@me.command()
@click.argument("figure")
@click.option("--freeze", default="", help="Id of the snapshot; without it the newest that has the figure.")
@click.option("--lang", "language", type=click.Choice(["en", "lv"]), default="en", show_default=True, help="Language.")
def explain(*, figure: str, freeze: str, language: str) -> None:
    """Explain a printed figure in plain words: what it says, how it was counted, what is in it, what is not, and why.

    FIGURE is its id in figures.json: code[:part][/dimension=category]@PARTNER@PERIOD.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.services.explaining import explain_figure
    from me_platform.services.instance import open_office

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_worker") as office:
        paragraphs = explain_figure(office, catalogue, figure, language, freeze)
    for paragraph in paragraphs:
        click.echo(f"{paragraph.heading}\n  " + "\n  ".join(paragraph.sentences))


@me.group()
def report() -> None:
    """PDF reports."""


@report.command("build")
@click.option("--snapshot", "freeze", required=True, help="Id of the snapshot.")
@click.option("--template", required=True, help="Id of the report template.")
@click.option("--lang", "language", required=True, help="en or lv; the plain page also ru, uk, ar.")
@click.option("--partner", default="", help="Code of the partner; without it the consortium.")
@click.option("--no-annex", is_flag=True, help="Leave the indicator sheets out.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File of the PDF.")
def report_build(*, freeze: str, template: str, language: str, partner: str, no_annex: bool, out: Path) -> None:
    """Render one report from a snapshot."""
    from me_platform.catalogue import load_catalogue
    from me_platform.services.instance import open_office
    from me_platform.services.reporting import ReportOrder, build_reports

    settings = _settings()
    catalogue = load_catalogue(settings.content)
    with open_office(settings, "me_worker") as office:
        order = ReportOrder(freeze, template, language, partner, annex=not no_annex)
        with ThreadPoolExecutor(1) as pool:
            (result,) = build_reports(office, catalogue, [order], pool, sample=settings.sample)
    _write_file(out, result.pdf)
    click.echo(out)


def _write_file(out: Path, content: bytes) -> None:
    """Write a file and the folders above it. Raises FileUnwritable; a full disk is told by ``run``."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise
        raise FileUnwritable(str(out), error.strerror or "no reason given") from error


@me.group()
def disclosure() -> None:
    """Protection of small numbers, seen from outside."""


@disclosure.command("attack")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@click.option(
    "--threshold",
    default=0,
    show_default=True,
    help="T, the smallest number of people a figure may stand for; raises that of funders, never lowers it.",
)
@click.option(
    "--own",
    multiple=True,
    metavar="PARTNER=FILE",
    help="A file only this partner's staff see, known in their scenario; once for each file.",
)
@click.option("--seconds", default=10.0, show_default=True, help="Longest a single question may take.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def disclosure_attack(
    *, files: tuple[Path, ...], threshold: int, own: tuple[str, ...], seconds: float, as_json: bool
) -> int:
    """Try to break published reports (PDF), figures.json and CSV files of figures from outside, all of them together.

    Prints what a hostile reader, or the staff of one partner, can prove of hidden numbers. Exit status 1 when
    anything was recovered.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.services.attacking import attack_files, list_report, make_content

    inside = dict(each.split("=", 1) for each in own if "=" in each)
    if len(inside) != len(own):
        raise InputInvalid("--own: write PARTNER=FILE, once for each partner.")
    paths = {code: Path(name) for code, name in inside.items()}
    assault = attack_files(load_catalogue(_settings().content), files, paths, threshold, seconds)
    if as_json:
        show(make_content(assault))
    else:
        for text in list_report(assault):
            click.echo(text)
    return 1 if assault.outcome.findings or assault.outcome.contradicted else 0


# -- staff ----------------------------------------------------------------------------------------------------------


@me.group()
def user() -> None:
    """People who may log in to the staff site."""


@user.command("invite")
@click.option("--email", required=True, help="Address the person logs in with.")
@click.option("--role", required=True, help="manager, officer, funder, caseworker, administrator or auditor.")
@click.option("--partner", required=True, help="Code of the partner (the consortium has one too).")
@click.option("--language", default="en", show_default=True, help="Language of the pages: en or lv.")
def user_invite(*, email: str, role: str, partner: str, language: str) -> None:
    """Print a link by which a person chooses the password of a new account, once and within 72 hours.

    For an account that holds the role there already it is a new link: the way back for a forgotten password. Hand it
    over in a safe way; no mail is sent.
    """
    from me_platform.services.instance import open_office, read_secrets
    from me_platform.services.invitations import invite_by_code
    from me_platform.services.second_factor import make_credential_key

    settings = _settings()
    key = make_credential_key(read_secrets(settings).keys["staff"])
    with open_office(settings, "me_staff") as office:
        made = invite_by_code(office, key, email=email, role=role, partner_code=partner, language=language)
    if made.token:
        say(f"{made.email} may choose a password until {made.until:%Y-%m-%d %H:%M} UTC. The link is shown once:")
        click.echo(f"{settings.staff_url}/invitation/{made.token}")
    else:
        say(f"{made.email} had an account already; it is {role} of {partner} now, with the password it has.")


@user.command("code")
@click.option("--email", required=True, help="Address of the account.")
def user_code(*, email: str) -> None:
    """Print the code an account's authenticator app would show now. In a sample instance only."""
    from me_platform.services.instance import open_office, read_secrets
    from me_platform.services.second_factor import find_code, make_credential_key
    from me_platform.settings import Sources, make_sample_clock

    settings = _settings()
    if not settings.sample:
        raise InputInvalid("Codes are printed in a sample instance only; elsewhere they belong to a person's own app.")
    now = make_sample_clock(settings.today, settings.zone)() if settings.today else Sources().now()
    with open_office(settings, "me_staff") as office:
        click.echo(find_code(office, make_credential_key(read_secrets(settings).keys["staff"]), email, now))


@user.command("add")
@click.option("--email", required=True, help="Address the person logs in with.")
@click.option("--role", required=True, help="manager, officer, funder, caseworker, administrator or auditor.")
@click.option("--partner", required=True, help="Code of the partner (the consortium has one too).")
@click.option("--language", default="en", show_default=True, help="Language of the pages: en or lv.")
def user_add(*, email: str, role: str, partner: str, language: str) -> None:
    """Add an account with a password that is printed once. For scripts; `me user invite` tells it nobody."""
    from me_platform.services.accounts import add_user
    from me_platform.services.instance import open_office

    with open_office(_settings(), "me_staff") as office:
        made = add_user(
            office.engine,
            office.sources,
            email=email,
            role=role,
            partner_code=partner,
            language=language,
        )
    say(f"{email} may log in as {role} of {partner}.")
    click.echo(made.password)


# -- the audit log --------------------------------------------------------------------------------------------------


@me.group()
def audit() -> None:
    """Logs of who opened, wrote, built or handed on what."""


@audit.command("list")
@click.option("--partner", required=True, help="Code of the partner.")
@click.option("--before", type=click.IntRange(1), help="Show the lines below this one; without it the newest.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def audit_list(*, partner: str, before: int | None, as_json: bool) -> None:
    """Print a page of a partner's log, newest line first: when, who, what was done, with which thing."""
    from me_platform.services.audit_reading import read_partner_log
    from me_platform.services.instance import find_partners, open_office

    with open_office(_settings(), "me_staff") as office:
        [row] = find_partners(office, partner)
        page = read_partner_log(office, row, before=before)
    rows = [
        {
            "line": line.position,
            "at": line.at,
            "who": email,
            "deed": line.deed.value,
            "thing": line.thing,
            "id": str(line.record or ""),
        }
        for line, email in page.lines
    ]
    if as_json:
        show(rows)
        return
    for each in rows:
        about = f"{each['thing']} {each['id']}".strip()
        click.echo(f"{each['line']:>6}  {each['at']:%Y-%m-%d %H:%M}  {each['who'] or '-'}  {each['deed']}  {about}")


@audit.command("verify")
@click.option("--partner", default="", help="Code of the partner; without it every partner's log is checked.")
@click.option("--head", default="", help="A head that was noted earlier: it must still be in the partner's log.")
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def audit_verify(*, partner: str, head: str, as_json: bool) -> None:
    """Check that the logs are what was written; prints how many lines each has, and its head to be noted elsewhere."""
    from me_platform.services.audit import verify_log
    from me_platform.services.instance import find_partners, open_office

    if head and not partner:
        raise InputInvalid("--head: a head belongs to one log: name its partner with --partner.")
    with open_office(_settings(), "me_staff") as office:
        states = {row.code: verify_log(office, row, head.lower()) for row in find_partners(office, partner)}
    if as_json:
        show({code: {"lines": state.lines, "head": state.head} for code, state in states.items()})
        return
    for code, state in states.items():
        click.echo(f"{code}  {state.lines} lines  {state.head}".rstrip())


# -- documentation --------------------------------------------------------------------------------------------------


@me.command()
def roles() -> None:
    """Print who may do what: every action with the roles that may do it, and how far (docs/roles.md)."""
    from me_platform.reference import make_roles

    click.echo(make_roles(), nl=False)


@me.command()
@click.option(
    "--kind",
    type=click.Choice(["code-book", "indicator", "plan", "scale", "taxonomy"]),
    required=True,
    help="Kind of file.",
)
def schema(*, kind: str) -> None:
    """Print the JSON Schema of a kind of file, with which an editor completes and checks it while it is written."""
    from me_platform.reference import make_schema

    show(make_schema(kind))


@me.command(hidden=True)
def reference() -> None:
    """Print docs/reference.md: every command, setting and key, from the same words the program itself uses."""
    from me_platform.reference import make_reference

    click.echo(make_reference(me), nl=False)

"""Where the parts meet: each function builds one site from its own environment and nothing else.

The environments are made by ``supervisor`` (or, in production, by the service manager: docs/deploying.md). Imports
stand inside the functions, so that a survey-site worker never loads what only the staff site needs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from me_platform.duty_hours import WORKING_DAYS, read_duty_hours
from me_platform.errors import SettingInvalid
from me_platform.settings import Sources

if TYPE_CHECKING:
    from flask import Flask


def build_survey_site(environment: Mapping[str, str]) -> Flask:
    """The survey site. Its environment holds neither root key nor vault nor another role's address."""
    from me_platform.services.sittings import Doorstep
    from me_platform.storage.database import make_engine
    from me_platform.survey_site.contacts import load_contacts
    from me_platform.survey_site.site import make_survey_site
    from me_platform.surveys.audio import read_library
    from me_platform.surveys.loading import load_surveys

    contacts = Path(_get(environment, "ME_CONTACTS_FILE"))
    doorstep = Doorstep(
        engine=make_engine(_get(environment, "ME_SURVEY_DATABASE_URL"), name="survey site"),
        surveys=load_surveys(Path(_get(environment, "ME_CONTENT"))),
        pepper=bytes.fromhex(_get(environment, "ME_SURVEY_PEPPER")),
        sources=_make_sources(environment),
        duty_hours=read_duty_hours(environment.get("ME_DUTY_HOURS") or str(WORKING_DAYS)),
    )
    return make_survey_site(
        doorstep,
        secret_key=_get(environment, "ME_SURVEY_KEY"),
        exit_url=_get(environment, "ME_EXIT_URL"),
        contacts=load_contacts(contacts) if contacts.is_file() else None,
        library=read_library(Path(environment.get("ME_SURVEY_AUDIO", "")), doorstep.surveys),
        content=Path(_get(environment, "ME_CONTENT")),
        sample=bool(environment.get("ME_SAMPLE")),
        tls=bool(environment.get("ME_TLS")),
        processes=int(environment.get("ME_SURVEY_PROCESSES") or 1),
    )


def build_staff_site(environment: Mapping[str, str]) -> Flask:
    """The staff site: its own role's address, and the vault to open what its users may read.

    Of the survey site it gets what draws a page, for those who look at a survey, and nothing that opens one.
    """
    from me_platform.catalogue import load_catalogue
    from me_platform.sealing.vault import Vault, open_vault, read_root_key
    from me_platform.settings import load_settings, make_sample_clock
    from me_platform.staff_site.app import make_staff_site
    from me_platform.staff_site.desk import StaffDesk
    from me_platform.storage.database import make_engine
    from me_platform.survey_site.contacts import load_contacts
    from me_platform.survey_site.languages import load_screens
    from me_platform.survey_site.preview import make_preview_pages
    from me_platform.surveys.audio import read_library

    settings = load_settings(environment, Path("/"))
    catalogue = load_catalogue(settings.content)
    sources = _make_sources(environment)
    if settings.today:
        # Log-ins idle out and codes of the second factor change: on a sample's day the time goes on.
        sources = replace(sources, now=make_sample_clock(settings.today, sources.zone))

    def open_instance_vault() -> Vault:
        key_file = settings.root_key_file
        return open_vault(settings.vault_file, read_root_key(key_file), sources.random, key_file)

    desk = StaffDesk(
        engine=make_engine(_get(environment, "ME_STAFF_DATABASE_URL"), name="staff site"),
        open_vault=open_instance_vault,
        catalogue=catalogue,
        sources=sources,
        pepper=bytes.fromhex(_get(environment, "ME_PEPPER")),
        survey_url=settings.survey_url,
        narrative_days=settings.narrative_days,
    )
    screens = load_screens(settings.content)
    return make_staff_site(
        desk,
        pages=make_preview_pages(
            screens,
            contacts=load_contacts(settings.contacts_file) if settings.contacts_file.is_file() else None,
            exit_url=settings.exit_url,
            sample=bool(environment.get("ME_SAMPLE")),
            duty_hours=settings.duty_hours,
            library=read_library(settings.audio, catalogue.surveys),
        ),
        secret_key=bytes.fromhex(_get(environment, "ME_STAFF_KEY")),
        tls=settings.tls,
        sample=bool(environment.get("ME_SAMPLE")),
        clock=time.monotonic,
    )


def _get(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise SettingInvalid(name, "is missing in this process's environment; start it with `me serve`.")
    return environment[name]


def _make_sources(environment: Mapping[str, str]) -> Sources:
    """Time and chance; another day than today for a sample instance only."""
    zone = ZoneInfo(environment.get("ME_ZONE") or "Europe/Riga")
    if not environment.get("ME_TODAY"):
        return Sources(zone=zone)
    if not environment.get("ME_SAMPLE"):
        raise SettingInvalid("ME_TODAY", "only a sample instance may work on another day.")
    noon = datetime.combine(date.fromisoformat(environment["ME_TODAY"]), time_of_day(12), tzinfo=zone)
    return Sources(now=lambda: noon, zone=zone)

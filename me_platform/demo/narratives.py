"""Narratives of sample staff that are not approved yet, so that the pages have something to show.

They are in no figure: only approved narratives are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.access import Membership, Role, User
from me_platform.services.instance import Office
from me_platform.services.narrative_texts import Finding, NarrativeText, Quote
from me_platform.services.narratives import (
    DRAFT,
    RETURNED,
    SUBMITTED,
    Stamp,
    return_narrative,
    save_narrative,
    start_narrative,
)
from me_platform.services.seats import Organisation, Seat
from me_platform.storage.accounts import list_members
from me_platform.storage.caseloads import list_caseload
from me_platform.storage.partners import list_partners
from me_platform.storage.tenancy import enter_partner

COMMENT = "Lūdzu, aprakstiet vispārīgāk, kur notika nodarbības: pēc tā cilvēku varētu atpazīt."


def add_sample_narratives(office: Office) -> int:
    """Write them in every organisation with a caseworker, a manager and a caseload. Returns how many there are."""
    with Session(office.engine) as session:
        partners = list_partners(session)
        staff = {
            role: [list(list_members(session, partner.id, (role,))) for partner in partners]
            for role in (Role.CASEWORKER, Role.MANAGER)
        }
    written = 0
    for partner, authors, reviewers in zip(partners, *staff.values(), strict=True):
        if not authors or not reviewers:
            continue
        with Session(office.engine) as session:
            enter_partner(session, partner.id)
            people = [row.person for row in list_caseload(session) if row.account == authors[0]]
        if people:
            author, reviewer = (
                Seat(User(account, (Membership(partner.id, partner.code, role),)), Organisation(partner, frozenset()))
                for role, account in ((Role.CASEWORKER, authors[0]), (Role.MANAGER, reviewers[0]))
            )
            written += len(write_sample_narratives(office, author, reviewer, people))
    return written


def write_sample_narratives(office: Office, author: Seat, reviewer: Seat, people: Sequence[UUID]) -> Mapping[str, UUID]:
    """Write a draft, a submitted and a returned narrative about people of the author's caseload, in turn.

    ``reviewer`` is a manager of the same organisation. Returns the narratives by state. Raises NotPermitted for
    somebody outside the caseload.
    """
    today = office.sources.today()
    text = NarrativeText(
        date=today,
        since=today - timedelta(days=60),
        areas=("PSY", "EEM"),
        stage="integration",
        direction={"PSY": "forward", "EEM": "same"},
        goals="Atrast darbu tuvāk mājām.",
        changed_own="Tagad es zinu, kam zvanīt, ja ir grūti.",
        changed_staff="Izdomāts parauga ziņojums. Uz tikšanos ierodas laikus un pati uzdod jautājumus.",
        factors="Bērns sāka apmeklēt bērnudārzu.",
        barriers=("B6",),
        barriers_done="Atrasts tulks.",
        interpreter="provided",
        gender_choice="honoured",
        change_needed="Vairāk laika sarunām pirms kursa.",
        next_steps="Sagatavot pieteikumu kursam.",
        review_date=today + timedelta(days=30),
    )
    text = text.set_themes(("learning_work", "choice"), "1")
    told = {
        DRAFT: replace(text, stage="", next_steps=""),
        SUBMITTED: replace(
            text,
            finding=Finding(
                {"en": "A person knows whom to call on a hard day.", "lv": "Cilvēks zina, kam zvanīt grūtā dienā."},
                checked=False,
            ),
            quote=Quote("Tagad es zinu, kam zvanīt.", "lv", checked=False, agreed=True),
        ),
        RETURNED: replace(text, changed_staff="Izdomāts parauga ziņojums. Apmeklē nodarbības bibliotēkā."),
    }
    written = {}
    for number, (state, words) in enumerate(told.items()):
        person = people[number % len(people)]
        narrative = start_narrative(office, author, person, another=True).new
        if narrative is None:
            continue
        save_narrative(office, author, person, narrative, words, Stamp(1), submit=state != DRAFT)
        if state == RETURNED:
            return_narrative(office, reviewer, narrative, 2, COMMENT)
        written[state] = narrative
    return written

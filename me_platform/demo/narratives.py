"""Narratives of sample staff that are not approved yet, so that the pages have something to show.

They are in no figure: only approved narratives are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

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
from me_platform.services.seats import Seat

COMMENT = "Lūdzu, aprakstiet vispārīgāk, kur notika nodarbības: pēc tā cilvēku varētu atpazīt."


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

"""What invented organisations record about themselves: trainings, good practices, feedback they acted on, standards.

The records stand in ``organisations.yaml``; everything in it is made up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from me_platform.content import ContentModel, Problems, check_model, read_yaml_text
from me_platform.demo.answers import make_answers
from me_platform.demo.lives import Note, Sitting
from me_platform.errors import ContentInvalid
from me_platform.exchange.activities import COLUMNS, TRANSLATED
from me_platform.surveys.definition import Purpose, Survey

_NAME = "organisations.yaml"
TRAINING = "training-feedback"
FOLLOWUP_DAYS = 120
"""Days after a training on which its participants are asked once more."""

_PROFESSIONS = ("social_worker", "police", "health_worker", "teacher", "lawyer")
_INSTITUTIONS = ("municipality", "state", "ngo", "health_care", "school")


@dataclass(frozen=True)
class Training:
    """A training an organisation gave: when, how many came, and how many of them hold a card for the survey."""

    id: str
    day: date
    came: int
    cards: int
    title: Mapping[str, str]


@dataclass(frozen=True)
class Trainee:
    """One participant of a training: what the attendance list says, and the answers on the card."""

    training: Training
    attendance: Mapping[str, object]
    sittings: tuple[Sitting, ...]


@dataclass(frozen=True)
class Organisation:
    """What an organisation brings besides its people; ``outreach`` are further rows of its list of activities."""

    trainings: tuple[Training, ...] = ()
    outreach: tuple[Mapping[str, str], ...] = ()
    records: tuple[Note, ...] = ()


class _TrainingFile(ContentModel):
    day: date
    came: int
    cards: int
    title: dict[str, str]


class _RecordFile(ContentModel):
    kind: str
    content: dict[str, Any]


class _OrganisationFile(ContentModel):
    trainings: tuple[str, ...] = ()
    outreach: tuple[dict[str, str], ...] = ()
    records: tuple[str, ...] = ()


class _File(ContentModel):
    organisations: dict[str, _OrganisationFile]
    trainings: dict[str, _TrainingFile]
    records: dict[str, _RecordFile]


def load_organisations() -> dict[str, Organisation]:
    """The organisations by partner code. Raises ContentInvalid with every fault of the file."""
    problems = Problems()
    text = files("me_platform.demo").joinpath(_NAME).read_text("utf-8")
    node = read_yaml_text(text, _NAME, problems)
    file = check_model(node, _File, problems) if node else None
    problems.raise_faults()
    if file is None:
        raise ContentInvalid(())
    trainings = {name: Training(name, **dict(training)) for name, training in file.trainings.items()}
    notes = {
        name: Note(date.fromisoformat(record.content["date"]), record.kind, record.content)
        for name, record in file.records.items()
    }
    return {
        code: Organisation(
            trainings=tuple(trainings[name] for name in organisation.trainings),
            outreach=organisation.outreach,
            records=tuple(notes[name] for name in organisation.records),
        )
        for code, organisation in file.organisations.items()
    }


def make_trainees(seed: int, partner: str, training: Training, survey: Survey) -> tuple[Trainee, ...]:
    """Everybody who came; those with a card answer before and after, and some of them months later."""
    random = Random(f"{seed}:{partner}:{training.id}")
    trainees = []
    for number in range(training.came):
        sittings: list[Sitting] = []
        if number < training.cards:
            knowledge = random.gauss(1.1, 0.7)
            plan = [("before", training.day, 0.0), ("after", training.day, 1.0)]
            if random.random() < 0.6:
                plan.append(("followup-1", training.day + timedelta(days=FOLLOWUP_DAYS), 0.8))
            for wave, day, gain in plan:
                answers = make_answers(random, survey, knowledge + gain, "lv")
                consents = dict.fromkeys(Purpose, True)
                sittings.append(Sitting(TRAINING, wave, day, "lv", consents, answers, activity=training.id))
        attendance = {
            "activity": training.id,
            "date": training.day,
            "participant": f"{partner}-{number % (training.came - 2):03d}",
            "profession": random.choice(_PROFESSIONS),
            "institution": random.choice(_INSTITUTIONS),
            "first": training.id.endswith("1"),
        }
        trainees.append(Trainee(training, attendance, tuple(sittings)))
    return tuple(trainees)


def make_activity_list(partner: str, organisation: Organisation) -> bytes:
    """The organisation's list of activities as the CSV an officer would import."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *TRANSLATED), restval="")
    writer.writeheader()
    common = {"funder_basis": "not stated", "source_file": "sample", "date_precision": "day"}
    for training in organisation.trainings:
        writer.writerow(
            {
                **common,
                "id": training.id,
                "year": training.day.year,
                "date_start": training.day.isoformat(),
                "date_end": training.day.isoformat(),
                "activity": training.title["en"],
                "activity_lv": training.title["lv"],
                "activity_type": "training",
                "organiser": f"{partner} (sample)",
                "organiser_lv": f"{partner} (paraugs)",
                "participants": training.came,
                "participants_qualifier": "exact",
                "participants_latvia": training.came,
                "participants_unit": "professionals",
                "participants_unit_lv": "speciālisti",
            }
        )
    for outreach in organisation.outreach:
        writer.writerow({**common, **outreach})
    return text.getvalue().encode()

"""Support contacts shown on every page, from the operator's file (privacy-and-safety 1.8).

    checked: 2026-10-01
    contacts:
      - name: {en: "Ambulance, police, fire", lv: "Mediķi, policija, ugunsdzēsēji"}
        phone: "112"
        hours: {en: "day and night", lv: "visu diennakti"}

They stand on the neutral start page too: give them neutral names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from me_platform.content import ContentModel, Problems, check_model, read_yaml

Words = Mapping[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?$")], str]


class Contact(ContentModel):
    """Somebody to turn to."""

    name: Words = Field(min_length=1, description="who answers there, per language; nothing that gives a person away")
    phone: str = Field(pattern=r"^\+?[0-9 ]{3,20}$", description='the number in quotes, e.g. "112"')
    hours: Words = Field(default={}, description="when somebody answers, per language")


class Contacts(ContentModel):
    """The contacts and the day somebody last made sure that they are right."""

    checked: date = Field(description="day (YYYY-MM-DD) on which somebody last tried every number")
    contacts: tuple[Contact, ...] = Field(min_length=1, max_length=12, description="the most urgent one first")


def load_contacts(path: Path) -> Contacts:
    """Read the operator's file. Raises ContentInvalid with every fault in it, or when it is missing."""
    problems = Problems()
    node = read_yaml(path, path.parent, problems)
    contacts = None if node is None else check_model(node, Contacts, problems)
    problems.raise_faults()
    assert contacts is not None, "what has no fault was read"  # noqa: S101
    return contacts

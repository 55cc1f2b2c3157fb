"""A progress narrative (handbook digest 7.3): how long its texts may be, which codes it knows, and its file.

The limits and codes here are those of the YAML file of ``me narrative add`` and of the form on the staff site. The
text is checked whole and in the caseworker's words; it is never quoted in a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args

from pydantic import Field

from me_platform.content import ContentModel, Problems, check_model, read_yaml_text, suggest
from me_platform.errors import ContentInvalid, Problem
from me_platform.indicators.definition import Taxonomy

LIMITS: Mapping[str, int] = {
    "goals": 2000,
    "changed_own": 4000,
    "changed_staff": 4000,
    "factors": 2000,
    "barriers_done": 2000,
    "culture": 1000,
    "emergency_done": 1000,
    "resources": 500,
    "change_needed": 2000,
    "next_steps": 2000,
    "gender_specificity": 1000,
    "safety_note": 2000,
    "finding": 600,
    "quote": 600,
}
"""Characters each text may have; a finding in each of its languages."""

Given = Literal["not_needed", "provided", "not_provided"]
Answer = Literal["yes", "no"]
Choice = Literal["not_asked", "no_wish", "honoured", "not_honoured"]
Considered = Literal["considered", "not_considered", "no_children"]
Emergency = Literal["none", "covid", "other"]
Nothing = Literal[""]
Day = date
"""A day beside a key that is itself called ``date``."""

CODES: Mapping[str, tuple[str, ...]] = {
    "interpreter": get_args(Given),
    "mediator": get_args(Given),
    "comfortable": get_args(Answer),
    "gender_choice": get_args(Choice),
    "children": get_args(Considered),
    "child_care": get_args(Given),
    "emergency": get_args(Emergency),
}
"""What can be noted by code (N13, N14, N15, N19); nothing noted is the empty text."""

Direction = Literal["backward", "same", "forward", "reached", "not_applicable"]


class _Finding(ContentModel):
    en: str = Field(max_length=LIMITS["finding"])
    lv: str = Field(max_length=LIMITS["finding"])
    checked: bool = False


class _Quote(ContentModel):
    text: str = Field(max_length=LIMITS["quote"])
    language: str
    checked: bool = False
    agreed: bool = False


class NarrativeModel(ContentModel):
    """The fields of a narrative file; all but date, areas and stage may be left out."""

    date: date
    areas: tuple[str, ...]
    stage: str
    since: Day | None = None
    direction: dict[str, Direction] = Field(default_factory=dict)
    goals: str = Field(default="", max_length=LIMITS["goals"])
    changed_own: str = Field(default="", max_length=LIMITS["changed_own"])
    changed_staff: str = Field(default="", max_length=LIMITS["changed_staff"])
    factors: str = Field(default="", max_length=LIMITS["factors"])
    barriers: tuple[str, ...] = ()
    barriers_done: str = Field(default="", max_length=LIMITS["barriers_done"])
    interpreter: Given | Nothing = ""
    mediator: Given | Nothing = ""
    comfortable: Answer | Nothing = ""
    gender_choice: Choice | Nothing = ""
    children: Considered | Nothing = ""
    child_care: Given | Nothing = ""
    culture: str = Field(default="", max_length=LIMITS["culture"])
    emergency: Emergency | Nothing = ""
    emergency_done: str = Field(default="", max_length=LIMITS["emergency_done"])
    resources: str = Field(default="", max_length=LIMITS["resources"])
    change_needed: str = Field(default="", max_length=LIMITS["change_needed"])
    next_steps: str = Field(default="", max_length=LIMITS["next_steps"])
    review_date: Day | None = None
    gender_specificity: str = Field(default="", max_length=LIMITS["gender_specificity"])
    safety_note: str = Field(default="", max_length=LIMITS["safety_note"])
    support_needed: bool = False
    finding: _Finding | None = None
    quote: _Quote | None = None
    themes: tuple[str, ...] = ()


def read_narrative(text: str, file: str, taxonomy: Taxonomy) -> NarrativeModel:
    """Read and check a narrative. Raises ContentInvalid with every fault and its line."""
    problems = Problems()
    node = read_yaml_text(text, file, problems)
    model = check_model(node, NarrativeModel, problems) if node is not None else None
    if node is not None and model is not None:
        lists = (
            ("areas", model.areas, "areas"),
            ("stage", (model.stage,), "stages"),
            ("barriers", model.barriers, "barriers"),
            ("direction", tuple(model.direction), "areas"),
        )
        offered = tuple(theme.code for theme in taxonomy.book.offered)
        for code in model.themes:
            if code not in offered:
                place = node.at("themes")
                problems.add(place.make_problem(f"themes: `{code}` is no theme in use.", suggest(code, offered)))
        for field, codes, list_name in lists:
            known = tuple(taxonomy.lists[list_name])
            for code in codes:
                if code not in known:
                    problems.add(node.at(field).make_problem(f"{field}: `{code}` is not known.", suggest(code, known)))
        if model.since is not None and model.since > model.date:
            problems.add(node.at("since").make_problem("`since` lies after `date`.", "Check both days."))
    problems.raise_faults()
    if model is None:
        raise ContentInvalid([Problem(file, 0, "The file is empty.", "Write date, areas and stage at least.")])
    return model

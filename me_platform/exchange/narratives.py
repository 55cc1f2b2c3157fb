"""A progress narrative written as YAML by a caseworker, for ``me narrative add``.

The text is checked whole and in the caseworker's words; it is never quoted in a message.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from me_platform.content import ContentModel, Problems, check_model, read_yaml_text, suggest
from me_platform.errors import ContentInvalid, Problem
from me_platform.indicators.definition import Taxonomy


class _Finding(ContentModel):
    en: str = Field(max_length=600)
    lv: str = Field(max_length=600)
    checked: bool = False


class _Quote(ContentModel):
    text: str = Field(max_length=600)
    language: str
    checked: bool = False


class NarrativeModel(ContentModel):
    """The fields of a narrative file; all but date, areas and stage may be left out."""

    date: date
    areas: tuple[str, ...]
    stage: str
    direction: dict[str, Literal["backward", "same", "forward", "reached", "not_applicable"]] = Field(
        default_factory=dict
    )
    changed_own: str = Field(default="", max_length=4000)
    changed_staff: str = Field(default="", max_length=4000)
    factors: str = Field(default="", max_length=2000)
    barriers: tuple[str, ...] = ()
    next_steps: str = Field(default="", max_length=2000)
    finding: _Finding | None = None
    quote: _Quote | None = None


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
        for field, codes, list_name in lists:
            known = tuple(taxonomy.lists[list_name])
            for code in codes:
                if code not in known:
                    problems.add(node.at(field).make_problem(f"{field}: `{code}` is not known.", suggest(code, known)))
    problems.raise_faults()
    if model is None:
        raise ContentInvalid([Problem(file, 0, "The file is empty.", "Write date, areas and stage at least.")])
    return model

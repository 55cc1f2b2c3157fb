"""Where figures can come from: one entry for each kind of source, in ``SOURCES``.

An entry says which fields a condition may name and which values they have, by what figures may be shown, what can be
added up, and whom the records are about: that decides what a figure of it has to be protected as.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from me_platform.surveys.definition import Mode, Purpose


class About(StrEnum):
    """Whom the records of a source are about.

    ``PEOPLE`` receive support: every figure about them is protected. ``PARTICIPANTS`` came to a public training, and
    ``NOBODY`` is in a list of activities or an organisation's record about itself.
    """

    PEOPLE = "people"
    PARTICIPANTS = "participants"
    NOBODY = "nobody"


Values = str | tuple[str, ...] | None
"""Values of a field: the name of a list of the taxonomy, the values themselves, or None where any is possible."""

_PERSON: Mapping[str, Values] = {"age_band": "age_bands", "language": "languages"}
_YES_NO = ("yes", "no")
_PROVIDED = ("not_needed", "provided", "not_provided")


@dataclass(frozen=True)
class SourceKind:
    """One kind of source.

    ``fields`` are what a condition may name, ``dimensions`` by what people or records may be counted one by one,
    ``numbers`` what a sum may add up. ``by_person`` says that a share is one of people, each with the last record,
    and not one of records.
    """

    about: About
    fields: Mapping[str, Values] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    by_person: bool = False


SOURCES: Mapping[str, SourceKind] = {
    "survey": SourceKind(
        About.PEOPLE,
        {**_PERSON, "mode": tuple(mode.value for mode in Mode), "version": None},
        dimensions=("age_band", "language", "mode"),
        by_person=True,
    ),
    "services": SourceKind(
        About.PEOPLE,
        {
            "service_type": "service_types",
            "service_area": "areas",
            "mode": "delivery_modes",
            "interpreter": _PROVIDED,
            "mediator": _PROVIDED,
            "comfortable": _YES_NO,
            "woman": ("not_asked", "honoured", "not_honoured"),
            "ended": "end_reasons",
            **_PERSON,
        },
        dimensions=("age_band", "language", "service_type", "service_area", "ended"),
        numbers=("hours",),
    ),
    "narratives": SourceKind(
        About.PEOPLE, {"stage": "stages", **_PERSON}, dimensions=("age_band", "language", "stage")
    ),
    "progress": SourceKind(
        About.PEOPLE,
        {"area": "areas", "stage": "stages", "direction": "progress", **_PERSON},
        dimensions=("area", "stage"),
        by_person=True,
    ),
    "people": SourceKind(
        About.PEOPLE,
        {"narrative": _YES_NO, "statistics": _YES_NO, "entry": "referral_sources", **_PERSON},
        dimensions=("age_band", "language", "entry"),
        by_person=True,
    ),
    "consents": SourceKind(
        About.PEOPLE,
        {
            "purpose": (*(purpose.value for purpose in Purpose), "object"),
            "decision": ("given", "refused", "withdrawn"),
        },
        dimensions=("purpose",),
    ),
    "needs": SourceKind(
        About.PEOPLE,
        {
            "category": "needs",
            "status": ("open", "met", "unmet"),
            "reason": "unmet_reasons",
            "review": ("on_time", "late", "not_due"),
            **_PERSON,
        },
        dimensions=("category", "reason"),
    ),
    "barriers": SourceKind(
        About.PEOPLE, {"barrier": "barriers", "status": ("open", "resolved"), **_PERSON}, dimensions=("barrier",)
    ),
    "referrals": SourceKind(
        About.PEOPLE,
        {
            "service_type": "service_types",
            "consent": _YES_NO,
            "outcome": ("pending", "received", "not_received", "declined"),
            **_PERSON,
        },
        dimensions=("service_type",),
    ),
    "checklists": SourceKind(
        About.PEOPLE,
        {"list": None, "item": "legal_checklist", "answer": ("done", "not_done", "not_applicable"), **_PERSON},
        dimensions=("item",),
    ),
    "activities": SourceKind(
        About.NOBODY,
        {
            "kind": "activity_kinds",
            "status": "activity_statuses",
            "precision": "date_precisions",
            "qualifier": "qualifiers",
            "unit": None,
            "counts_as": ("attendance", "reached"),
            "currency": None,
            "funder": None,
            "funder_state": "funder_states",
            "organiser": None,
        },
        dimensions=("kind", "precision", "funder_state", "year"),
        numbers=("participants", "participants_latvia", "potential", "amount"),
    ),
    "attendances": SourceKind(
        About.PARTICIPANTS,
        {"profession": "professions", "institution": "institution_types", "first": _YES_NO},
        dimensions=("profession", "institution"),
    ),
    "feedback": SourceKind(
        About.NOBODY,
        {"survey": None, "decision": ("done", "planned", "not_possible"), "replied": _YES_NO},
        dimensions=("decision",),
    ),
    "standards": SourceKind(
        About.NOBODY,
        {"standard": "quality_standards", "rating": ("met", "partly", "not_met", "not_applicable")},
        dimensions=("rating",),
    ),
    "involvement": SourceKind(About.NOBODY, {"kind": "involvement_kinds", "survivors": _YES_NO}, dimensions=("kind",)),
    "practices": SourceKind(
        About.NOBODY,
        {"category": "model_categories", "tense": ("ongoing", "past", "planned")},
        dimensions=("category",),
    ),
    "flow": SourceKind(About.PEOPLE),
    "figures": SourceKind(About.NOBODY),
    "plan": SourceKind(About.NOBODY),
}
"""One entry for each kind. ``people`` are those served in the period, ``flow`` the stages of a survey's response flow,
``figures`` the figures of the report itself, ``plan`` what the plan itself says: its milestones."""

PEOPLE_RECORDS = tuple(
    name
    for name, kind in SOURCES.items()
    if kind.about is About.PEOPLE and kind.fields and name not in {"survey", "services", "narratives"}
)
"""Sources of staff's records about people, besides services and narratives."""

PLAIN_RECORDS = tuple(
    name for name, kind in SOURCES.items() if kind.about is not About.PEOPLE and kind.fields and name != "activities"
)
"""Sources about participants of trainings or about nobody, besides the list of activities."""


def list_code_lists(name: str) -> tuple[str, ...]:
    """The lists of the taxonomy that have words for the values of a field of that name, whatever the source."""
    return tuple(
        dict.fromkeys(
            values
            for kind in SOURCES.values()
            for one, values in kind.fields.items()
            if one == name
            if isinstance(values, str)
        )
    )


CODE_LISTS = tuple(dict.fromkeys(v for kind in SOURCES.values() for v in kind.fields.values() if isinstance(v, str)))
"""Every list of the taxonomy that a field takes its values from."""

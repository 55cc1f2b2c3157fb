"""Use case: explain a printed figure in plain words, from the snapshot it is in (rules-of-numbers R26)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, NotFound
from me_platform.indicators.definition import Taxonomy
from me_platform.reports.explanation import Paragraph, make_explanation, say, suggest_figures
from me_platform.reports.words import Words, find_merged_words
from me_platform.services.freezing import open_part
from me_platform.services.instance import Office, find_partners
from me_platform.services.lineage import read_definitions, read_taxonomy
from me_platform.services.staff_figures import make_left_out
from me_platform.storage.snapshots import find_snapshot, list_snapshot_heads
from me_platform.storage.tenancy import enter_partner

TEMPLATE = "partner-impact"
"""The report whose words figures are said in; where officers took it away, another one's."""

_FORM = "Write it as in figures.json: code[:part][/dimension=category]@PARTNER@PERIOD."


def explain_figure(
    office: Office, catalogue: Catalogue, name: str, language: str, freeze: str = ""
) -> tuple[Paragraph, ...]:
    """What is behind a figure, from the snapshot named or from the newest that has it.

    ``name`` is its id in figures.json. Raises InputInvalid for what is no id, NotFound, which names what may have been
    meant, and SealBroken.
    """
    code, _, rest = name.partition("@")
    partner_code, _, period = rest.partition("@")
    if not (code and partner_code and period):
        raise InputInvalid(f"'{name}' is no id of a figure. {_FORM}")
    [partner] = find_partners(office, partner_code)
    key = office.vault.get_partner_key(partner.id)
    near: list[str] = []
    with Session(office.engine) as session:
        enter_partner(session, partner.id)
        heads = [head for head in list_snapshot_heads(session) if freeze in {"", head.freeze}]
        if not heads:
            raise NotFound("snapshot", freeze or f"of {partner_code}")
        for head in heads:
            row = find_snapshot(session, head.freeze)
            assert row is not None  # noqa: S101 - it was listed in this transaction
            part = open_part(key, row)
            known = [each["id"] for each in part["figures"]]
            if name in known:
                explanation = make_explanation(part, read_definitions(part, catalogue), name, make_left_out(part))
                return say(explanation, make_words(catalogue, language, read_taxonomy(part, catalogue)))
            near += suggest_figures(name, known)
    raise NotFound("figure", name, suggest_figures(name, list(dict.fromkeys(near))))


def make_words(catalogue: Catalogue, language: str, taxonomy: Taxonomy | None = None) -> Words:
    """The words figures are said in, with the code lists of today unless others are given.

    Raises InputInvalid for a language the template does not have.
    """
    template = catalogue.templates[find_template(catalogue)]
    if language not in template.languages:
        raise InputInvalid(f"--lang: there are no words in '{language}'. Known: {', '.join(template.languages)}.")
    merged = find_merged_words(catalogue.indicators.values())
    return Words(template.id, template.words, template.terms, taxonomy or catalogue.taxonomy, language, merged)


def find_template(catalogue: Catalogue) -> str:
    """The template whose words figures are said in."""
    if TEMPLATE in catalogue.templates:
        return TEMPLATE
    return next(each.id for each in catalogue.templates.values() if not each.plain and not each.form)

"""Use case: render one report from a snapshot, and only from it; keep the PDF, sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.catalogue import Catalogue
from me_platform.errors import InputInvalid, KeysDestroyed, NotFound
from me_platform.indicators.definition import Plan
from me_platform.reports.build import ReportResult, build_report
from me_platform.reports.definition import SectionKind
from me_platform.sealing.envelope import Place, open_with_key, seal_with_key
from me_platform.sealing.vault import Vault
from me_platform.services.audit import Deed, note_deed
from me_platform.services.freezing import get_freeze, read_part
from me_platform.services.instance import Office
from me_platform.services.opening import hash_text, list_agreements
from me_platform.services.report_history import needs_building, note_report
from me_platform.services.restating import read_told
from me_platform.services.steps import Step
from me_platform.storage.consents import list_partner_events
from me_platform.storage.narratives import list_approved
from me_platform.storage.partners import get_partner
from me_platform.storage.records import RecordRow
from me_platform.storage.snapshots import ReportRow, add_report, find_report_head, get_same_report
from me_platform.storage.tenancy import enter_partner
from me_platform.surveys.definition import Purpose


@dataclass(frozen=True)
class ReportOrder:
    """One report to render: snapshot, template, language, and partner code (empty: the consortium).

    Without ``annex`` the indicator sheets are left out. ``texts`` are an officer's own words by place.
    """

    freeze: str
    template: str
    language: str
    partner: str = ""
    annex: bool = True
    texts: Mapping[str, str] = field(default_factory=dict)


def build_reports(
    office: Office,
    catalogue: Catalogue,
    orders: Sequence[ReportOrder],
    executor: Executor,
    *,
    sample: bool,
    blank: bool = False,
    account: UUID | None = None,
) -> Iterator[ReportResult]:
    """Render reports from their freezes, store each sealed, and give them back in the order asked for.

    Only the rendering goes to ``executor``; records are opened and PDFs stored by the caller's thread. Texts of
    findings and quotes are read where they lie and must match the hash in the snapshot; a quote whose consent is gone
    by now renders as withdrawn, such a finding is left out (R25). ``blank`` renders without figures and stores
    nothing. ``account`` is who has them built (None: the command line); a second person accepts them. Raises NotFound,
    InputInvalid, ReportUnfit.
    """
    jobs = [
        (order, executor.submit(_prepare(office, catalogue, order, sample=sample, blank=blank))) for order in orders
    ]
    for order, job in jobs:
        result = job.result()
        if not blank:
            _store(office, catalogue, order, result.pdf, account)
        yield result


def build_ordered_reports(
    office: Office, catalogue: Catalogue, order: Mapping[str, Any], step: Step
) -> Mapping[str, Any]:
    """Carry out a job of the kind "report": one step for each language.

    ``order`` holds what a ReportOrder does, with ``languages`` in place of one language and ``texts`` by place and
    language. Returns the ids of the reports
    in their order; bytes that were there already keep the report they are. Raises what ``build_reports`` does.
    """
    languages = order["languages"]
    reports = []
    for place, language in enumerate(languages):
        step(place, len(languages))
        texts = {name: said[language] for name, said in order["texts"].items() if said.get(language)}
        one = ReportOrder(order["freeze"], order["template"], language, order["partner"], order["annex"], texts)
        result = step.run(_prepare(office, catalogue, one, sample=office.sample, blank=False))
        reports.append(str(_store(office, catalogue, one, result.pdf, UUID(order["account"]))))
    step(len(languages), len(languages))
    return {"reports": reports}


def _prepare(
    office: Office, catalogue: Catalogue, order: ReportOrder, *, sample: bool, blank: bool
) -> Callable[[], ReportResult]:
    """Open everything a report needs; what is left is pure rendering."""
    template = catalogue.get_template(order.template)
    if template.form:
        cards = any(section.kind is SectionKind.CARDS for section in template.sections)
        what = "cards: use `me door new --sheet`" if cards else "surveys on paper: use `me survey paper`"
        raise InputInvalid(f"The template '{order.template}' is for {what}.")
    if order.language not in template.languages:
        known = ", ".join(template.languages)
        raise InputInvalid(f"The template '{order.template}' has no language '{order.language}'. Known: {known}.")
    plan = catalogue.get_plan(get_freeze(office, order.freeze).plan)
    code = _find_partner_code(plan, order)
    part = read_part(office, order.freeze, code)
    findings, quotes = read_texts(office, code, part)
    return partial(
        build_report,
        template,
        order.language,
        plan,
        catalogue.indicators,
        catalogue.taxonomy,
        {**part, "sample": bool(part["sample"]) or sample, "restatements": read_told(office, order.freeze, code)},
        findings,
        quotes,
        order.texts,
        blank=blank,
        annex=order.annex,
    )


_PURPOSES: Mapping[str, Purpose] = {"finding": Purpose.STATISTICS, "quote": Purpose.QUOTE}
"""The consent each text of a narrative needs (R0)."""


def _find_partner_code(plan: Plan, order: ReportOrder) -> str:
    code = order.partner or plan.consortium.code
    if code not in {partner.code for partner in plan.partners}:
        raise NotFound("partner of the plan", code, [partner.code for partner in plan.partners])
    return code


def read_texts(
    office: Office, partner_code: str, part: Mapping[str, Any]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The texts a partner's part of a snapshot refers to, from the living narratives, each with its partner.

    A quote that is gone, changed or no longer agreed to comes without text; such a finding does not come at all.
    """
    shelves: dict[str, _Shelf] = {}

    def read(reference: Mapping[str, str], name: str) -> Mapping[str, Any] | None:
        # The consortium's part tells of all partners; in parts of old each reference is the partner's own.
        code = reference.get("partner", partner_code)
        if code not in shelves:
            shelves[code] = _open_shelf(office, code)
        return shelves[code].read(reference, name)

    findings = [
        {"partner": reference.get("partner", partner_code), "id": reference["id"], "text": found["text"]}
        for reference in part["findings"]
        if (found := read(reference, "finding")) is not None
    ]
    quotes = [
        {
            "partner": reference.get("partner", partner_code),
            "id": reference["id"],
            "text": found["text"] if (found := read(reference, "quote")) is not None else None,
            "language": found["language"] if found is not None else "",
        }
        for reference in part["quotes"]
    ]
    return findings, quotes


@dataclass(frozen=True)
class _Shelf:
    """One partner's narratives as they lie today, with the decisions that stand."""

    partner: UUID
    vault: Vault
    narratives: Mapping[UUID, RecordRow]
    agreed: Mapping[UUID, frozenset[str]]

    def read(self, reference: Mapping[str, str], name: str) -> Mapping[str, Any] | None:
        """The finding or quote a reference means; None where it is gone, changed or no longer agreed to."""
        record = self.narratives.get(UUID(reference["id"]))
        if record is None or _PURPOSES[name] not in self.agreed.get(record.person, frozenset()):
            return None
        try:
            keys = self.vault.get_person(self.partner, record.person)
        except KeysDestroyed:
            return None  # erased since the freeze: the report says "withdrawn"
        content = json.loads(open_with_key(keys.data_key, record.sealed, Place("narrative", record.id, self.partner)))
        found: Mapping[str, Any] | None = content[name]
        return found if found is not None and hash_text(found["text"]) == reference["hash"] else None


def _open_shelf(office: Office, partner_code: str) -> _Shelf:
    today = office.sources.today()
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        narratives = {record.id: record for record in list_approved(session, recorded_until=today)}
        events = list_partner_events(session, until=today)
    return _Shelf(partner.id, office.vault, narratives, list_agreements(events))


def _store(office: Office, catalogue: Catalogue, order: ReportOrder, pdf: bytes, account: UUID | None) -> UUID:
    """Keep the PDF for the staff site, sealed under the partner's key, and who built it. Returns its id.

    The same bytes are kept once. Built anew after somebody rejected them, they wait anew to be accepted.
    """
    row = office.sources.new_id()
    plan = catalogue.get_plan(get_freeze(office, order.freeze).plan)
    partner_code = _find_partner_code(plan, order)
    with Session(office.engine) as session:
        partner = get_partner(session, partner_code)
        enter_partner(session, partner.id)
        report = ReportRow(
            id=row,
            partner=partner.id,
            freeze=order.freeze,
            template=order.template,
            language=order.language,
            day=office.sources.today(),
            hash=hashlib.sha256(pdf).hexdigest(),
            sealed=seal_with_key(
                office.vault.get_partner_key(partner.id),
                pdf,
                Place("report", row, partner.id),
                office.sources.random,
            ),
        )
        kept = row if add_report(session, report) else get_same_report(session, report)
        head = find_report_head(session, kept)
        history = head.history if head else ()
        if needs_building(history, account):
            note_report(office, session, partner, kept, history, account, "built")
            note_deed(office, session, partner, account, Deed.BUILT, "report", kept)
        session.commit()
    return kept

"""Hand-made plans, indicators and snapshots for the tests of reports: everything in them is invented.

Three partners with 60, 19 and 0 people, their consortium, and the register of activities with its shipped list. The
numbers fit each other; nothing is computed from records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from me_platform.disclosure.figures import Figure, FigureState, make_figure_content, make_figure_id
from me_platform.exchange.activities import read_activities
from me_platform.exchange.activity_records import ActivityRecord, CountsAs, Status, make_content
from me_platform.indicators.definition import (
    Aggregation,
    Direction,
    Improvement,
    Indicator,
    Kind,
    Plan,
    PlanIndicator,
    PlanPartner,
    Result,
    Source,
    Taxonomy,
    Term,
    Text,
)
from me_platform.indicators.loading import load_indicators, load_plans, load_taxonomy
from me_platform.reports.definition import ReportTemplate, load_report_templates
from me_platform.surveys.loading import load_surveys

ROOT = Path(__file__).resolve().parents[1]
V, B, S, N = FigureState.VALUE, FigureState.BANDED, FigureState.SUPPRESSED, FigureState.NO_VALUE
PERIOD = "2025-10-01..2026-09-30"


@dataclass(frozen=True)
class Sample:
    """All that one report is built from."""

    plan: Plan
    indicators: Mapping[str, Indicator]
    taxonomy: Taxonomy
    snapshot: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]] = ()
    quotes: Sequence[Mapping[str, Any]] = ()


@cache
def load_templates() -> Mapping[str, ReportTemplate]:
    """The shipped templates."""
    return load_report_templates(ROOT)


# -- plan and indicators ----------------------------------------------------------------------------------------------


def make_indicator(code: str, title: Text, kind: Kind, **given: Any) -> Indicator:  # noqa: ANN401 - fields of a dataclass
    """An indicator with all texts a sheet can print."""
    plain: dict[str, Any] = {
        "version": "1",
        "short_title": title,
        "level": "outcome",
        "definition": {
            "en": "Share of people who gave a positive answer among all who gave a valid answer in the period.",
            "lv": "To cilvēku īpatsvars, kuri pārskata periodā atbildējuši apstiprinoši, no visiem, kas snieguši "
            "derīgu atbildi.",
        },
        "inclusions": {
            "en": "The last valid answer of the period; one answer per person.",
            "lv": "Pārskata perioda pēdējā derīgā atbilde; no katra cilvēka viena atbilde.",
        },
        "exclusions": {
            "en": "Answers without the statistics consent in force at the cut-off.",
            "lv": "Atbildes, kurām datu slēgšanas dienā nav spēkā piekrišanas statistikai.",
        },
        "unit": "percent",
        "source": Source("survey", "outcome-checkin", code, "survivor"),
        "direction": Direction.HIGHER,
        "numerator": {"question": code, "in": ["rather_yes", "yes"]},
        "denominator": {"all": [{"question": code, "state": ["answered"]}, {"not": {"wave": ["exit"]}}]},
        "missing": {
            "en": "Nothing is filled in. “I do not know” is counted as an answer state of its own.",
            "lv": "Trūkstošais netiek aizstāts. „Nezinu” tiek skaitīts kā atsevišķs atbildes veids.",
        },
        "interval": "wilson",
        "consent": "statistics",
        "analysed": "person",
        "sensitivity": "answers",
        "rounding": "half_up",
        "mscos": ("MSCOS3",),
        "amif": ("R.2.9",),
        "limitations": {
            "en": "Own item, not a validated scale. Who depends on support may find it hard to criticise it.",
            "lv": "Projektā izstrādāts jautājums, nevis validēta skala. Kam atbalsts ir vajadzīgs, tam var būt grūti "
            "to kritizēt.",
        },
        "contribution": {
            "en": "The partners give the support themselves, so the project answers for how useful it is.",
            "lv": "Atbalstu sniedz paši partneri, tāpēc par tā noderīgumu atbild projekts.",
        },
        "changes": ((date(2025, 10, 1), {"en": "First version.", "lv": "Pirmā versija."}),),
        "defaults": frozenset({"interval", "over_periods", "over_partners", "period_basis", "missing"}),
        "fingerprint": f"{abs(sum(map(ord, code))):064x}",
    }
    return Indicator(code=code, title=title, kind=kind, **{**plain, **given})


INDICATORS: Mapping[str, Indicator] = {
    each.code: each
    for each in (
        make_indicator(
            "people-supported",
            {"en": "People who received support", "lv": "Cilvēki, kuri saņēma atbalstu"},
            Kind.UNIQUE_PERSONS,
            short_title={"en": "People supported", "lv": "Atbalstītie cilvēki"},
            level="output",
            unit="persons",
            source=Source("services", respondent="caseworker"),
            direction=Direction.NEUTRAL,
            numerator={},
            denominator={},
            interval="",
            consent="",
            over_periods=Aggregation.DISTINCT,
            over_partners=Aggregation.DISTINCT,
            definition={
                "en": "Different people who received at least one service in the period, each counted once.",
                "lv": "Dažādi cilvēki, kuri pārskata periodā saņēma vismaz vienu pakalpojumu; katrs skaitīts vienreiz.",
            },
            disaggregations=("age_band", "language"),
        ),
        make_indicator(
            "services-given",
            {"en": "Services given", "lv": "Sniegtie pakalpojumi"},
            Kind.COUNT,
            level="output",
            unit="records",
            source=Source("services", respondent="caseworker"),
            direction=Direction.NEUTRAL,
            numerator={"field": "service_type", "in": ["LEG1", "PSY4"]},
            denominator={},
            interval="",
            consent="",
            over_periods=Aggregation.SUM,
            over_partners=Aggregation.SUM,
            disaggregations=("service_type",),
            definition={
                "en": "Recorded services of every type in the period.",
                "lv": "Pārskata periodā reģistrētie visu veidu pakalpojumi.",
            },
        ),
        make_indicator(
            "support-useful",
            {"en": "People who find the support useful", "lv": "Cilvēki, kuriem saņemtais atbalsts ir noderīgs"},
            Kind.PROPORTION,
            short_title={"en": "Support is useful", "lv": "Atbalsts ir noderīgs"},
        ),
        make_indicator(
            "knows-whom-to-call",
            {
                "en": "People who know whom to call in danger",
                "lv": "Cilvēki, kuri zina, kam zvanīt, ja draud briesmas",
            },
            Kind.PROPORTION,
            short_title={"en": "Knows whom to call in danger", "lv": "Zina, kam zvanīt briesmās"},
            mscos=("MSCOS2",),
            amif=(),
        ),
        make_indicator(
            "goal-nearness",
            {
                "en": "How near people are to what matters most to them",
                "lv": "Cik tuvu cilvēki ir tam, kas viņiem vissvarīgākais",
            },
            Kind.MEAN,
            short_title={"en": "Nearness to own goal", "lv": "Tuvums savam mērķim"},
            unit="points",
            measure="goal_near",
            interval="t",
            numerator={},
            decimals=1,
        ),
        make_indicator(
            "feels-safe-change",
            {
                "en": "People who feel safer where they live than at the start",
                "lv": "Cilvēki, kuri savā dzīvesvietā jūtas drošāk nekā sākumā",
            },
            Kind.PAIRED_CHANGE,
            short_title={"en": "Feels safer than at the start", "lv": "Jūtas drošāk nekā sākumā"},
            interval="wilson",
            improvement=Improvement(
                "steps",
                Decimal(1),
                {"en": "Any step on the four-step scale.", "lv": "Jebkurš solis četru soļu skalā."},
            ),
        ),
    )
}

TAXONOMY = Taxonomy(
    {
        "levels": {
            code: Term(code, {"en": en, "lv": lv})
            for code, en, lv in (
                ("impact", "Impact", "Ietekme"),
                ("outcome", "Outcome", "Rezultāts"),
                ("output", "Output", "Iznākums"),
                ("activity", "Activity", "Darbība"),
            )
        },
        "mscos": {
            "MSCOS2": Term("MSCOS2", {"en": "Safety from any abuser", "lv": "Drošība no varmākas"}),
            "MSCOS3": Term("MSCOS3", {"en": "Long-term consistent support", "lv": "Ilgstošs un pastāvīgs atbalsts"}),
        },
        "amif": {"R.2.9": Term("R.2.9", {"en": "Participants helped", "lv": "Dalībnieki, kam palīdzēts"})},
        "age_bands": {
            "18-24": Term("18-24", {"en": "18–24 years", "lv": "18–24 gadi"}),
            "25-34": Term("25-34", {"en": "25–34 years", "lv": "25–34 gadi"}),
            "35-49": Term("35-49", {"en": "35–49 years", "lv": "35–49 gadi"}),
            "50+": Term("50+", {"en": "50 years and over", "lv": "50 gadi un vairāk"}),
        },
        "service_types": {
            "LEG1": Term(
                "LEG1", {"en": "Identification and recognition", "lv": "Identificēšana un atzīšana par cietušo"}
            ),
            "PSY1": Term("PSY1", {"en": "Suitable housing", "lv": "Piemērots mājoklis"}),
            "PSY4": Term("PSY4", {"en": "Psychological support", "lv": "Psiholoģiskais atbalsts"}),
            "EEM2": Term(
                "EEM2",
                {"en": "Education and vocational training", "lv": "Izglītība un profesionālā apmācība"},
            ),
        },
        "activity_kinds": {
            code: Term(code, {"en": en, "lv": lv})
            for code, en, lv in (
                ("training", "Training", "Apmācības"),
                ("seminar", "Seminar", "Seminārs"),
                ("conference", "Conference", "Konference"),
                ("meeting", "Meeting", "Sanāksme"),
                ("recognition", "Award or recognition", "Apbalvošana vai atzinība"),
                ("visit", "Visit", "Vizīte"),
                ("study_visit", "Study visit abroad", "Mācību brauciens uz ārzemēm"),
                ("tech_camp", "Technology camp", "Tehnoloģiju nometne"),
                ("project_launch", "Project launch", "Projekta atklāšana"),
                ("fellowship", "Fellowship", "Stipendiju programma"),
                ("campaign", "Campaign", "Kampaņa"),
                ("project", "Project", "Projekts"),
                ("curriculum", "Curriculum", "Studiju programma"),
                ("research_film", "Research or film", "Pētījums vai filma"),
                ("materials", "Materials", "Materiāli"),
                ("grant", "Grant", "Grants"),
            )
        },
        "activity_statuses": {
            "delivered": Term("delivered", {"en": "Delivered", "lv": "Īstenots"}),
            "planned": Term("planned", {"en": "Planned", "lv": "Plānots"}),
        },
        "qualifiers": {
            "exact": Term("exact", {"en": "exactly", "lv": "precīzi"}),
            "approx": Term("approx", {"en": "about", "lv": "aptuveni"}),
            "more_than": Term("more_than", {"en": "more than", "lv": "vairāk nekā"}),
        },
        "funder_states": {"not_stated": Term("not_stated", {"en": "not stated", "lv": "nav norādīts"})},
    }
)

PLAN = Plan(
    id="sample",
    sample=True,
    title={"en": "Monitoring and evaluation plan", "lv": "Uzraudzības un izvērtēšanas plāns"},
    project={"en": "A place to begin again", "lv": "Vieta, kur sākt no jauna"},
    grant_number="SAMPLE-0000",
    funder={"en": "Invented Integration Fund", "lv": "Izdomātais integrācijas fonds"},
    programme={"en": "Integration of survivors of trafficking", "lv": "Cilvēku tirdzniecībā cietušo integrācija"},
    disclaimer={
        "en": "The content of this report is the sole responsibility of the partners.",
        "lv": "Par šī ziņojuma saturu pilnībā atbild partneri.",
    },
    objective={
        "en": "Survivors of trafficking live in safety and decide about their own lives.",
        "lv": "Cilvēku tirdzniecībā cietušie dzīvo drošībā un paši lemj par savu dzīvi.",
    },
    measurement={
        "en": "Change is measured by asking survivors the same short questions at entry, every three months and at "
        "exit, and by the records and narratives of caseworkers.",
        "lv": "Pārmaiņas mēra, uzdodot atbalsta saņēmējiem vienus un tos pašus īsos jautājumus sākumā, ik pēc trim "
        "mēnešiem un noslēgumā, kā arī pēc lietu pārziņu ierakstiem un stāstījuma veida progresa ziņojumiem.",
    },
    ground={
        "en": "Service records are kept on the partners' legitimate interest in accounting for the support they give.",
        "lv": "Pakalpojumu ieraksti tiek glabāti, pamatojoties uz partneru leģitīmajām interesēm atskaitīties par "
        "sniegto atbalstu.",
    },
    sources={
        "recipients_quantitative": {"en": "Outcome check-in", "lv": "Rezultātu aptauja"},
        "providers_quantitative": {"en": "Service records", "lv": "Pakalpojumu uzskaite"},
        "recipients_qualitative": {"en": "Open answers and quotes", "lv": "Atvērtās atbildes un citāti"},
        "providers_qualitative": {"en": "Progress narratives", "lv": "Stāstījuma veida progresa ziņojumi"},
    },
    surveys=("outcome-checkin",),
    partners=(
        PlanPartner(
            "ALFA",
            {"en": "Harbour House (invented)", "lv": "„Ostas nams” (izdomāts)"},
            {"en": "Latvia", "lv": "Latvija"},
        ),
        PlanPartner(
            "BETA",
            {"en": "North Bridge (invented)", "lv": "„Ziemeļu tilts” (izdomāts)"},
            {"en": "Latvia", "lv": "Latvija"},
        ),
        PlanPartner(
            "GAMMA",
            {"en": "Open Door (invented)", "lv": "„Atvērtās durvis” (izdomāts)"},
            {"en": "Latvia", "lv": "Latvija"},
        ),
        PlanPartner("ALL", {"en": "The whole consortium", "lv": "Viss konsorcijs"}, {}, consortium=True),
    ),
    results=(
        Result(
            "I1",
            "impact",
            {
                "en": "Survivors live in safety and take part in society.",
                "lv": "Cietušie dzīvo drošībā un piedalās sabiedrības dzīvē.",
            },
            assumptions={"en": "Residence rules stay as they are.", "lv": "Uzturēšanās noteikumi nemainās."},
        ),
        Result(
            "O1",
            "outcome",
            {
                "en": "People feel safe and find the support useful.",
                "lv": "Cilvēki jūtas droši, un atbalsts viņiem ir noderīgs.",
            },
            parent="I1",
            assumptions={
                "en": "People can be reached after they leave.",
                "lv": "Ar cilvēkiem var sazināties arī pēc atbalsta beigām.",
            },
        ),
        Result(
            "O2",
            "outcome",
            {"en": "People move towards their own goals.", "lv": "Cilvēki tuvojas saviem mērķiem."},
            parent="I1",
        ),
        Result(
            "P1",
            "output",
            {
                "en": "People receive legal, psychosocial and economic support.",
                "lv": "Cilvēki saņem juridisku, psihosociālu un ekonomisku atbalstu.",
            },
            parent="O1",
            assumptions={"en": "Partners keep their staff.", "lv": "Partneriem ir pietiekami darbinieku."},
        ),
    ),
    indicators=(
        PlanIndicator("people-supported", "P1", headline=True),
        PlanIndicator("services-given", "P1"),
        PlanIndicator(
            "support-useful",
            "O1",
            headline=True,
            baseline=Decimal(60),
            baseline_date=date(2025, 9, 30),
            target=Decimal(75),
            target_date=date(2027, 9, 30),
            rationale={
                "en": "Three in four was agreed by the partners.",
                "lv": "Par trim no četriem vienojās partneri.",
            },
        ),
        PlanIndicator("knows-whom-to-call", "O1", headline=True, target=Decimal(80), target_date=date(2027, 9, 30)),
        PlanIndicator("feels-safe-change", "O1", headline=True),
        PlanIndicator("goal-nearness", "O2", headline=True),
    ),
)


# -- figures ----------------------------------------------------------------------------------------------------------


def make_figure(indicator: str, partner: str, state: FigureState = V, unit: str = "percent", **given: Any) -> Figure:  # noqa: ANN401
    """A figure with its id; numbers may be given as text or whole numbers."""
    part, cells = str(given.pop("part", "")), dict(given.pop("cells", {}))
    for name in ("value", "low", "high", "target", "progress"):
        if given.get(name) is not None:
            given[name] = Decimal(str(given[name]))
    period = str(given.pop("period", PERIOD))
    title = INDICATORS[indicator].title if indicator in INDICATORS else {"en": indicator, "lv": indicator}
    return Figure(
        id=make_figure_id(indicator, partner, period, part, cells),
        indicator=indicator,
        title=title,
        partner=partner,
        period=period,
        state=state,
        unit=unit,
        part=part,
        disaggregation=cells,
        **given,
    )


def make_share(indicator: str, partner: str, counts: tuple[int, int], span: tuple[int, int], **given: Any) -> Figure:  # noqa: ANN401
    """A share as a value with its interval in percent."""
    numerator, denominator = counts
    share = round(100 * numerator / denominator)
    numbers: dict[str, Any] = {"value": share, "numerator": numerator, "denominator": denominator, "n": denominator}
    return make_figure(indicator, partner, low=span[0], high=span[1], **numbers, **given)


def make_parts(indicator: str, partner: str, whole: int, parts: Mapping[str, int | None]) -> list[Figure]:
    """Counts of people that add up to ``whole``; None is a hidden count."""
    return [
        make_figure(indicator, partner, S, "persons", part=part)
        if count is None
        else make_figure(
            indicator, partner, unit="persons", part=part, value=count, numerator=count, denominator=whole, n=whole
        )
        for part, count in parts.items()
    ]


def make_flow(partner: str, stages: Sequence[int | tuple[int, int] | None]) -> list[Figure]:
    """The six stages; a pair of numbers is a band, None is hidden."""
    names = ("eligible", "invited", "consented", "responded", "valid", "paired")
    return [
        make_figure("flow", partner, S, "persons", part=name)
        if count is None
        else make_figure("flow", partner, B, "persons", part=name, low=count[0], high=count[1])
        if isinstance(count, tuple)
        else make_figure("flow", partner, unit="persons", part=name, value=count, n=count)
        for name, count in zip(names, stages, strict=True)
    ]


def _states(indicator: str, partner: str, counts: Sequence[int | None], whole: int) -> list[Figure]:
    names = ("answered", "declined", "dont_know", "not_applicable", "skipped", "not_asked")
    return make_parts(indicator, partner, whole, {f"state:{n}": c for n, c in zip(names, counts, strict=True)})


def _categories(
    indicator: str, partner: str, unit: str, dimension: str, counts: Mapping[str, int | None]
) -> list[Figure]:
    return [
        make_figure(indicator, partner, V if count is not None else S, unit, cells={dimension: category}, value=count)
        for category, count in counts.items()
    ]


def make_figures_of_60() -> list[Figure]:
    """A partner with 60 people: values, one hidden cell, one range."""
    p = "ALFA"
    return [
        *make_flow(p, (60, 57, 52, 46, 44, 34)),
        make_figure("people-supported", p, unit="persons", value=60, n=60),
        *_categories(
            "people-supported",
            p,
            "persons",
            "age_band",
            {"18-24": 14, "25-34": 21, "35-49": 17, "50+": None, "unknown": None},
        ),
        make_figure("services-given", p, unit="records", value=1284, n=60),
        *_categories(
            "services-given", p, "records", "service_type", {"LEG1": 212, "PSY1": 188, "PSY4": 641, "EEM2": 243}
        ),
        make_share("support-useful", p, (35, 44), (65, 89), target=75, progress="126.7"),
        *_states("support-useful", p, (44, None, None, 0, 0, 0), 46),
        make_figure("knows-whom-to-call", p, B, low=39, high=44, denominator=44, target=80),
        *_states("knows-whom-to-call", p, (44, None, None, None, 0, 0), 46),
        make_figure("goal-nearness", p, unit="points", value="6.3", n=41, low="5.6", high="7.0"),
        *_states("goal-nearness", p, (41, None, None, 0, None, 0), 46),
        make_share("feels-safe-change", p, (19, 34), (39, 71)),
        *make_parts("feels-safe-change", p, 46, {"improved": 19, "same": 9, "worse": 6, "not_measurable": 12}),
        make_figure(
            "feels-safe-change", p, unit="points", value="1.6", n=34, low="1.3", high="1.9", part="baseline_paired"
        ),
        make_figure(
            "feels-safe-change", p, unit="points", value="1.4", n=12, low="0.8", high="2.0", part="baseline_lost"
        ),
        *_states("feels-safe-change", p, (44, None, None, 0, 0, 0), 46),
    ]


def make_figures_of_19() -> list[Figure]:
    """A partner with 19 people: mostly ranges."""
    p = "BETA"
    return [
        *make_flow(p, (19, (15, 19), (15, 19), 13, None, None)),
        make_figure("people-supported", p, unit="persons", value=19, n=19),
        make_figure("services-given", p, unit="records", value=217, n=19),
        *_categories(
            "services-given", p, "records", "service_type", {"LEG1": None, "PSY1": None, "PSY4": 118, "EEM2": 61}
        ),
        make_share("support-useful", p, (8, 13), (36, 82), target=75, progress="10.0"),
        make_figure("knows-whom-to-call", p, B, low=8, high=13, denominator=13, target=80),
        make_figure("goal-nearness", p, unit="points", value="5.1", n=11, low="3.4", high="6.8"),
        make_figure("feels-safe-change", p, B, low=0, high=9),
        *make_parts("feels-safe-change", p, 13, {"improved": None, "not_improved": None, "not_measurable": None}),
    ]


def make_figures_of_0() -> list[Figure]:
    """A partner nobody came to, that does not offer everything."""
    p = "GAMMA"
    empty: dict[str, Any] = {"value": 0, "n": 0}
    return [
        *(
            make_figure("flow", p, unit="persons", part=part, **empty)
            for part in ("eligible", "invited", "consented", "responded", "valid", "paired")
        ),
        make_figure("people-supported", p, unit="persons", **empty),
        make_figure("services-given", p, unit="records", **empty),
        make_figure("support-useful", p, N, target=75),
        *_states("support-useful", p, (0, 0, 0, 0, 0, 0), 0),
        make_figure("knows-whom-to-call", p, N, target=80),
        make_figure("goal-nearness", p, FigureState.NOT_COLLECTED, "points"),
        make_figure("feels-safe-change", p, FigureState.NOT_OFFERED),
        *(
            make_figure("feels-safe-change", p, FigureState.NOT_OFFERED, "persons", part=part)
            for part in ("improved", "same", "worse", "not_measurable")
        ),
    ]


def make_figures_of_all() -> list[Figure]:
    """The consortium: bounds where people cannot be joined."""
    p = "ALL"
    return [
        *make_flow(p, (79, 75, 68, 59, 56, 43)),
        make_figure("people-supported", p, B, "persons", low=60, high=79),
        make_figure("services-given", p, unit="records", value=1501, n=79),
        *_categories(
            "services-given", p, "records", "service_type", {"LEG1": 231, "PSY1": 207, "PSY4": 759, "EEM2": 304}
        ),
        make_share("support-useful", p, (43, 57), (63, 85), target=75, progress="100.0"),
        *_states("support-useful", p, (57, None, None, 0, 0, 0), 59),
        make_share("knows-whom-to-call", p, (51, 57), (79, 95), target=80, progress="111.0"),
        make_share("knows-whom-to-call", p, (28, 30), (79, 98), cells={"age_band": "25-34"}),
        make_share("knows-whom-to-call", p, (15, 20), (53, 89), cells={"age_band": "35-49"}),
        make_figure("knows-whom-to-call", p, S, cells={"age_band": "unknown"}),
        make_figure("goal-nearness", p, unit="points", value="6.0", n=52, low="5.4", high="6.6"),
        make_share("feels-safe-change", p, (24, 43), (41, 70)),
        *make_parts("feels-safe-change", p, 59, {"improved": 24, "same": 12, "worse": 7, "not_measurable": 16}),
    ]


# -- snapshots --------------------------------------------------------------------------------------------------------


def make_snapshot(partner: str, figures: Sequence[Figure], plan: Plan = PLAN, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """The content of a snapshot."""
    return {
        "format": 1,
        "freeze": "5f0d6c1e-7d3b-4a55-9c1e-2f0a4b7c9d10",
        "plan": plan.id,
        "partner": partner,
        "period": {"label": PERIOD, "start": "2025-10-01", "end": "2026-09-30"},
        "cutoff": "2026-10-15",
        "program": "0.1.0",
        "sample": plan.sample,
        "audience": "funder",
        "definitions": {},
        "surveys": {},
        "members": [],
        "excluded": {},
        "figures": [make_figure_content(figure) for figure in figures],
        "findings": [],
        "quotes": [],
        "activities": [],
        "hash": "9b1f4c6e0d2a83b7" * 4,
        **given,
    }


FINDINGS: Sequence[Mapping[str, Any]] = (
    {
        "id": "f1",
        "text": {
            "en": "Where an interpreter was booked for every meeting, agreed steps were carried out more often.",
            "lv": "Kur tulks bija pieaicināts uz katru tikšanos, norunātie soļi tika paveikti biežāk.",
        },
    },
    {
        "id": "f2",
        "text": {
            "en": "Waiting for a place in a language course was named most often as what held people back.",
            "lv": "Visbiežāk kā šķērslis minēta gaidīšana uz vietu valodas kursos.",
        },
    },
)
QUOTES: Sequence[Mapping[str, Any]] = (
    {"id": "q1", "text": "Tagad es pati izlemju, kad runāt un kad klusēt.", "language": "lv"},
    {"id": "q2", "text": None},
    {"id": "q3", "text": "I sleep through the night again.", "language": "en"},
)

PEOPLE: Mapping[str, Sample] = {
    "60": Sample(PLAN, INDICATORS, TAXONOMY, make_snapshot("ALFA", make_figures_of_60()), FINDINGS, QUOTES),
    "19": Sample(PLAN, INDICATORS, TAXONOMY, make_snapshot("BETA", make_figures_of_19()), FINDINGS[:1], QUOTES[1:2]),
    "0": Sample(PLAN, INDICATORS, TAXONOMY, make_snapshot("GAMMA", make_figures_of_0())),
    "all": Sample(PLAN, INDICATORS, TAXONOMY, make_snapshot("ALL", make_figures_of_all()), FINDINGS, QUOTES),
}


# -- the register of activities, with its shipped plan and list -------------------------------------------------------

YEARS = range(2003, 2020)
EVENTS = frozenset(
    {
        "conference",
        "meeting",
        "project_launch",
        "recognition",
        "seminar",
        "study_visit",
        "tech_camp",
        "training",
        "visit",
    }
)


@cache
def make_register() -> Sample:
    """The shipped register: its plan, indicators, words and 44 entries, with figures counted here."""
    plan = load_plans(ROOT)["latvia-activities"]
    file = ROOT / "indicators" / "plans" / "latvia-activities.csv"
    records = read_activities(file.read_bytes(), file.name).records
    snapshot = make_snapshot(
        plan.partners[0].code,
        list(_make_register_figures(plan.partners[0].code, records)),
        plan,
        period={"label": "2003..2019", "start": "2003-01-01", "end": "2019-12-31"},
        activities=[make_content(record) for record in records],
    )
    return Sample(plan, load_indicators(ROOT, load_surveys(ROOT)), load_taxonomy(ROOT), snapshot)


def _make_register_figures(partner: str, records: Sequence[ActivityRecord]) -> Iterator[Figure]:
    delivered = [each for each in records if each.status is Status.DELIVERED]
    events = [each for each in delivered if each.kind in EVENTS]
    planned = [each for each in records if each.status is Status.PLANNED]

    def figure(code: str, unit: str, value: int, **given: Any) -> Figure:  # noqa: ANN401
        return make_figure(code, partner, unit=unit, value=value, period="2003..2019", **given)

    def count_people(counts_as: CountsAs) -> int:
        return sum(each.participants or 0 for each in delivered if each.counts_as is counts_as)

    for code, unit, rows in (
        ("events-held", "events", events),
        ("activities-delivered", "records", delivered),
        ("activities-planned", "records", planned),
    ):
        yield figure(code, unit, len(rows))
        for kind in sorted({each.kind for each in rows}):
            yield figure(code, unit, sum(each.kind == kind for each in rows), cells={"kind": kind})
        for year in YEARS:
            yield figure(code, unit, sum(each.last_day.year == year for each in rows), cells={"year": str(year)})
    sure = count_people(CountsAs.ATTENDANCE)
    yield figure("attendances", "attendances", sure, low=sure)
    yield figure("participation-abroad", "attendances", 65)
    reached = count_people(CountsAs.REACHED)
    yield figure("people-reached", "people", reached, low=reached)
    yield figure("potential-reach", "people", sum(each.potential or 0 for each in records))
    yield figure("grants", "USD", 25000)

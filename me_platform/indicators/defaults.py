"""What an indicator takes when its file does not say: by kind, and by where its data come from.

An officer's file needs title, kind, numerator, denominator, source, direction, and the improvement rule where paired
(rules-of-numbers part 1); the sheet prints every field taken from here as "default".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from me_platform.indicators.definition import Aggregation, Kind, Text
from me_platform.indicators.sources import PEOPLE_RECORDS, PLAIN_RECORDS, SOURCES, About

VALID_FROM = date(2020, 1, 1)

_RECORDS = (*PEOPLE_RECORDS, *PLAIN_RECORDS)


@dataclass(frozen=True)
class KindDefaults:
    """Defaults of a kind. ``sources`` and ``units`` are those it may have; the first unit is the default."""

    definition: Text
    sources: tuple[str, ...]
    units: tuple[str, ...]
    over_periods: Aggregation
    over_partners: Aggregation
    interval: str = ""
    factor: Decimal = Decimal(1)
    decimals: int = 0
    rounding: str = "half_up"
    pairing: Text = field(default_factory=dict)


KIND_DEFAULTS: Mapping[Kind, KindDefaults] = {
    Kind.COUNT: KindDefaults(
        definition={
            "en": "Number of records that meet the condition.",
            "lv": "To ierakstu skaits, kas atbilst nosacījumam.",
        },
        sources=("services", "activities", "narratives", *_RECORDS),
        units=("records", "events", "attendances"),
        over_periods=Aggregation.SUM,
        over_partners=Aggregation.SUM,
    ),
    Kind.UNIQUE_PERSONS: KindDefaults(
        definition={
            "en": "Number of different people with at least one record that meets the condition, each counted once.",
            "lv": "To dažādo cilvēku skaits, kuriem ir vismaz viens nosacījumam atbilstošs ieraksts; katrs skaitīts "
            "vienreiz.",
        },
        # A list of activities knows attendances, never persons, so it is no source of unique people.
        sources=("services", "narratives", "survey", *PEOPLE_RECORDS, "attendances"),
        units=("persons",),
        over_periods=Aggregation.DISTINCT,
        over_partners=Aggregation.DISTINCT,
        interval="byar",
    ),
    Kind.SUM: KindDefaults(
        definition={
            "en": "Sum of the stated numbers of the records that meet the condition.",
            "lv": "Nosacījumam atbilstošajos ierakstos norādīto skaitļu summa.",
        },
        sources=("services", "activities"),
        units=("people", "attendances", "hours", "USD", "EUR"),
        over_periods=Aggregation.SUM,
        over_partners=Aggregation.SUM,
    ),
    Kind.PROPORTION: KindDefaults(
        definition={
            "en": "Share of people whose last valid answer in the period meets the condition, among all who gave a "
            "valid answer in the period.",
            "lv": "To cilvēku īpatsvars, kuru pēdējā derīgā atbilde pārskata periodā atbilst nosacījumam, no visiem, "
            "kas pārskata periodā snieguši derīgu atbildi.",
        },
        sources=("survey", "services", *_RECORDS, "flow", "figures"),
        units=("percent",),
        over_periods=Aggregation.RECOMPUTE,
        over_partners=Aggregation.RECOMPUTE,
        interval="wilson",
        factor=Decimal(100),
    ),
    Kind.MEAN: KindDefaults(
        definition={
            "en": "Mean of the last valid answers in the period, one from each person.",
            "lv": "Pēdējo derīgo atbilžu vidējā vērtība pārskata periodā; no katra cilvēka – viena atbilde.",
        },
        sources=("survey",),
        units=("points",),
        over_periods=Aggregation.RECOMPUTE,
        over_partners=Aggregation.RECOMPUTE,
        interval="t",
        decimals=1,
    ),
    Kind.PAIRED_CHANGE: KindDefaults(
        definition={
            "en": "Share of people whose last valid answer in the period lies above their first one by the declared "
            "number of steps, among all with both answers.",
            "lv": "To cilvēku īpatsvars, kuru pēdējā derīgā atbilde pārskata periodā ir par noteikto pakāpju "
            "skaitu augstāka nekā pirmā, no visiem, kam ir abas atbildes.",
        },
        sources=("survey",),
        units=("percent",),
        over_periods=Aggregation.RECOMPUTE,
        over_partners=Aggregation.RECOMPUTE,
        interval="wilson",
        factor=Decimal(100),
        pairing={
            "en": "The first valid answer in the window of the first wave and the last valid one in that of a later "
            "wave, to one version of the survey; one pair from each person.",
            "lv": "Pirmā derīgā atbilde pirmās aptaujas laikā un pēdējā derīgā atbilde vēlākas aptaujas laikā, abas uz "
            "vienu aptaujas versiju; no katra cilvēka – viens pāris.",
        },
    ),
    Kind.RATIO: KindDefaults(
        definition={
            "en": "The records that meet the numerator, or the numbers stated in them, for each person or record "
            "that meets the denominator.",
            "lv": "Skaitītājam atbilstošo ierakstu skaits vai tajos norādīto skaitļu summa uz katru saucējam "
            "atbilstošo cilvēku vai ierakstu.",
        },
        sources=("services", "activities", "narratives", *_RECORDS),
        units=("per_person", "per_record", "per_event"),
        over_periods=Aggregation.RECOMPUTE,
        over_partners=Aggregation.RECOMPUTE,
        decimals=1,
    ),
    Kind.SCORED_QUALITATIVE: KindDefaults(
        definition={
            "en": "The middle one of the levels that were given by the rubric, and how many stand at each level.",
            "lv": "Vidējais no līmeņiem, kas piešķirti pēc vērtēšanas skalas, un cik vērtējumu ir katrā līmenī.",
        },
        sources=("survey", "standards", "progress"),
        units=("level",),
        over_periods=Aggregation.LAST,
        over_partners=Aggregation.RECOMPUTE,
    ),
    Kind.MILESTONE: KindDefaults(
        definition={
            "en": "How many of the plan's milestones were reached by the end of the period; each has a day it is due.",
            "lv": "Cik no plāna starpmērķiem sasniegti līdz perioda beigām; katram norādīts termiņš.",
        },
        sources=("plan",),
        units=("milestones",),
        over_periods=Aggregation.LAST,
        over_partners=Aggregation.NONE,
    ),
}
"""One entry for each kind."""


def find_per(kind: Kind, source: str) -> str:
    """What a share is one of, and for each of which a ratio is told: people where the records are about people."""
    known = SOURCES[source]
    return "person" if (known.about is not About.NOBODY if kind is Kind.RATIO else known.by_person) else "record"


@dataclass(frozen=True)
class SourceDefaults:
    """Defaults by where the data come from."""

    level: str
    respondent: str
    period_basis: str
    consent: str
    analysed: str
    sensitivity: str
    inclusions: Text
    exclusions: Text
    missing: Text
    frequency: Text
    responsible: Text
    limitations: Text
    verification: Text
    assumptions: Text
    contribution: Text
    licence: Text
    late: Text = field(
        default_factory=lambda: {
            "en": "The day of the event places it in a period. What became known after the cut-off day is in the next "
            "snapshot, as a restatement.",
            "lv": "Periodu nosaka notikuma diena. Kas kļuvis zināms pēc datu slēgšanas dienas, nonāk nākamajā "
            "fiksētajā datu stāvoklī kā precizējums.",
        }
    )


_OFFICER: Text = {
    "en": "The partner's M&E officer; no figure is made by caseworker.",
    "lv": "Partnera uzraudzības un izvērtēšanas speciālists; par atsevišķiem lietu pārziņiem skaitļus neveido.",
}
_TOGETHER: Text = {
    "en": "The project contributes together with others; the figure does not show what caused a change.",
    "lv": "Projekts dod savu ieguldījumu kopā ar citiem; skaitlis nerāda, kas pārmaiņas izraisījis.",
}
_OWN_DEFINITION: Text = {
    "en": "The project's own definition; free to use with attribution.",
    "lv": "Projekta definīcija; brīvi izmantojama ar atsauci.",
}

_SURVEY = SourceDefaults(
    level="outcome",
    respondent="survivor",
    period_basis="in_period",
    consent="statistics",
    analysed="person",
    sensitivity="answers",
    inclusions={
        "en": "People whose statistics consent is in force at the cut-off and who gave a valid answer in the "
        "period; each counts once, with the last valid answer.",
        "lv": "Cilvēki, kuru piekrišana statistikai datu slēgšanas datumā ir spēkā un kuri pārskata periodā "
        "snieguši derīgu atbildi; katrs skaitīts vienreiz, pēc pēdējās derīgās atbildes.",
    },
    exclusions={
        "en": "“I do not know”, “I do not want to say”, “Does not apply to me” and skipped questions; answers "
        "that were taken back.",
        "lv": "Atbildes „Nezinu”, „Nevēlos teikt”, „Uz mani neattiecas” un izlaisti jautājumi; atsauktas atbildes.",
    },
    missing={
        "en": "Nothing is filled in. What is missing is in neither numerator nor denominator; how many there are "
        "of each kind stands beside the figure.",
        "lv": "Trūkstošais netiek aizstāts. Tas nav ne skaitītājā, ne saucējā; cik katra veida trūkstošo ir, "
        "norādīts blakus.",
    },
    frequency={
        "en": "Asked in the rounds of its survey; reported for each period.",
        "lv": "Jautā aptaujas kārtās; ziņo par katru periodu.",
    },
    responsible=_OFFICER,
    limitations={
        "en": "Own item, not a validated scale. In a small group a few answers move the share much.",
        "lv": "Projektā izstrādāts jautājums, nevis validēta skala. Mazā grupā īpatsvaru jūtami maina jau "
        "dažas atbildes.",
    },
    verification={
        "en": "Submitted survey answers, sealed for each person; recomputed from the frozen snapshot.",
        "lv": "Iesniegtās aptaujas atbildes, katram cilvēkam šifrētas atsevišķi; pārrēķināmas no fiksētā "
        "datu stāvokļa.",
    },
    assumptions={
        "en": "Answers are given freely: refusing has no consequences, and nobody sees who answered what.",
        "lv": "Atbild brīvi: atteikumam nav seku, un neviens neredz, kurš ko atbildējis.",
    },
    contribution=_TOGETHER,
    licence=_OWN_DEFINITION,
)
_SERVICES = SourceDefaults(
    level="output",
    respondent="caseworker",
    period_basis="served_in_period",
    consent="",
    analysed="event",
    sensitivity="records",
    inclusions={
        "en": "Every recorded service in the period that meets the condition.",
        "lv": "Visi pārskata periodā reģistrētie pakalpojumi, kas atbilst nosacījumam.",
    },
    exclusions={
        "en": "Services of people who objected to the use of their service records.",
        "lv": "Pakalpojumi cilvēkiem, kuri iebilduši pret šo ierakstu izmantošanu.",
    },
    missing={
        "en": "Nothing is filled in. Unknown attributes are shown as “not known”.",
        "lv": "Trūkstošais netiek aizstāts. Nezināmas pazīmes rādītas kā „nav zināms”.",
    },
    frequency={
        "en": "Recorded when the service is given; reported for each period.",
        "lv": "Reģistrē, sniedzot pakalpojumu; ziņo par katru periodu.",
    },
    responsible=_OFFICER,
    limitations={
        "en": "Tells what was given, not what changed through it.",
        "lv": "Rāda, kas sniegts, nevis kas līdz ar to mainījies.",
    },
    verification={
        "en": "Service records of the partners, sealed for each person; recomputed from the frozen snapshot.",
        "lv": "Partneru pakalpojumu ieraksti, katram cilvēkam šifrēti atsevišķi; pārrēķināmi no fiksētā datu stāvokļa.",
    },
    assumptions={
        "en": "Services are recorded soon after they were given and by the same list of types.",
        "lv": "Pakalpojumus reģistrē drīz pēc sniegšanas un pēc viena veidu saraksta.",
    },
    contribution={
        "en": "Services are given by the project's partners themselves.",
        "lv": "Pakalpojumus sniedz paši projekta partneri.",
    },
    licence=_OWN_DEFINITION,
)
_NARRATIVES = SourceDefaults(
    level="output",
    respondent="caseworker",
    period_basis="in_period",
    consent="statistics",
    analysed="case",
    sensitivity="records",
    inclusions={
        "en": "Progress narratives dated in the period of people whose statistics consent is in force.",
        "lv": "Pārskata periodā datētie progresa ziņojumi par cilvēkiem, kuru piekrišana statistikai ir spēkā.",
    },
    exclusions={
        "en": "Narratives of people without that consent.",
        "lv": "Ziņojumi par cilvēkiem bez šīs piekrišanas.",
    },
    missing={
        "en": "Nothing is filled in.",
        "lv": "Trūkstošais netiek aizstāts.",
    },
    frequency={
        "en": "Written at least once in each period; reported for each period.",
        "lv": "Raksta vismaz reizi katrā periodā; ziņo par katru periodu.",
    },
    responsible=_OFFICER,
    limitations={
        "en": "Told by the caseworker; never mixed with what the person answered.",
        "lv": "Raksta lietu pārzinis; to nekad neapvieno ar paša cilvēka atbildēm.",
    },
    verification={
        "en": "Progress narratives, sealed for each person.",
        "lv": "Stāstījuma veida progresa ziņojumi, katram cilvēkam šifrēti atsevišķi.",
    },
    assumptions={
        "en": "Narratives are written with the person's knowledge.",
        "lv": "Cilvēks zina, ka par viņu raksta ziņojumus.",
    },
    contribution=_TOGETHER,
    licence=_OWN_DEFINITION,
)
_ACTIVITIES = SourceDefaults(
    level="output",
    respondent="organisation",
    period_basis="in_period",
    consent="",
    analysed="event",
    sensitivity="public",
    inclusions={
        "en": "Entries of the list that meet the condition.",
        "lv": "Saraksta ieraksti, kas atbilst nosacījumam.",
    },
    exclusions={
        "en": "Planned activities, unless the figure is about plans.",
        "lv": "Plānotās aktivitātes, ja vien indikators nav par plāniem.",
    },
    missing={
        "en": "A number that is not stated stays not stated: it is in no sum, and how many entries have none is "
        "told. An activity known by its year alone counts in that year.",
        "lv": "Nenorādīts skaitlis paliek nenorādīts: tas nav nevienā summā, un ir norādīts, cik ierakstiem tā "
        "nav. Aktivitāte, kurai zināms tikai gads, ieskaitīta šajā gadā.",
    },
    frequency={
        "en": "When a list is imported; reported for each period.",
        "lv": "Importējot sarakstu; ziņo par katru periodu.",
    },
    responsible={
        "en": "The M&E officer who imported the list.",
        "lv": "Uzraudzības un izvērtēšanas speciālists, kas sarakstu importējis.",
    },
    limitations={
        "en": "Tells what the list states; the list need not be complete.",
        "lv": "Rāda to, kas norādīts sarakstā; saraksts var nebūt pilnīgs.",
    },
    verification={
        "en": "The imported list of activities and the receipt of its import.",
        "lv": "Importētais aktivitāšu saraksts un importa apliecinājums.",
    },
    assumptions={
        "en": "The list tells correctly what took place.",
        "lv": "Sarakstā pareizi aprakstīts notikušais.",
    },
    contribution={
        "en": "Activities of several organisers and funders; none of them is credited with an effect.",
        "lv": "Vairāku rīkotāju un finansētāju aktivitātes; nevienam no tiem netiek piedēvēta ietekme.",
    },
    licence=_OWN_DEFINITION,
)
_PEOPLE_RECORDS = replace(
    _SERVICES,
    period_basis="in_period",
    analysed="case",
    sensitivity="records",
    inclusions={
        "en": "Every record of the period that meets the condition, as it was last brought up to date by the cut-off.",
        "lv": "Visi pārskata perioda ieraksti, kas atbilst nosacījumam, tādi, kādi tie pēdējoreiz atjaunināti līdz "
        "datu slēgšanas datumam.",
    },
    exclusions={
        "en": "Records of people who objected to the use of their records.",
        "lv": "Ieraksti par cilvēkiem, kuri iebilduši pret savu ierakstu izmantošanu.",
    },
    frequency={
        "en": "Recorded as it happens; reported for each period.",
        "lv": "Reģistrē notikuma brīdī; ziņo par katru periodu.",
    },
    limitations={
        "en": "Told by staff; never mixed with what people answered.",
        "lv": "Reģistrē darbinieki; to nekad neapvieno ar pašu cilvēku atbildēm.",
    },
    verification={
        "en": "Records of the partners, sealed for each person; recomputed from the frozen snapshot.",
        "lv": "Partneru ieraksti, katram cilvēkam šifrēti atsevišķi; pārrēķināmi no fiksētā datu stāvokļa.",
    },
    assumptions={
        "en": "Staff record soon after the event and by the same lists.",
        "lv": "Darbinieki reģistrē drīz pēc notikuma un pēc vieniem un tiem pašiem sarakstiem.",
    },
    contribution=_TOGETHER,
)
_PLAIN_RECORDS = replace(
    _ACTIVITIES,
    analysed="organisation",
    sensitivity="public",
    inclusions={
        "en": "Every record of the organisation in the period that meets the condition.",
        "lv": "Visi organizācijas ieraksti pārskata periodā, kas atbilst nosacījumam.",
    },
    exclusions={"en": "Records of other periods.", "lv": "Citu periodu ieraksti."},
    missing={
        "en": "Nothing is filled in: what was not noted is in no figure.",
        "lv": "Trūkstošais netiek aizstāts: kas nav pierakstīts, nav nevienā skaitlī.",
    },
    frequency={
        "en": "Recorded as it happens; reported for each period.",
        "lv": "Reģistrē notikuma brīdī; ziņo par katru periodu.",
    },
    responsible=_OFFICER,
    limitations={
        "en": "Told by the organisation about itself.",
        "lv": "Organizācija to saka pati par sevi.",
    },
    verification={
        "en": "The organisation's own records; recomputed from the frozen snapshot.",
        "lv": "Organizācijas pašas ieraksti; pārrēķināmi no fiksētā datu stāvokļa.",
    },
    assumptions={
        "en": "The organisation records what went well and what did not.",
        "lv": "Organizācija reģistrē gan to, kas izdevās, gan to, kas ne.",
    },
    contribution=_TOGETHER,
)
_FLOW = replace(
    _SURVEY,
    level="activity",
    consent="",
    analysed="person",
    sensitivity="records",
    inclusions={
        "en": "People with at least one service in the period for whom the survey was due, stage by stage.",
        "lv": "Cilvēki, kuri pārskata periodā saņēma vismaz vienu pakalpojumu un kurus bija paredzēts aptaujāt, pa "
        "posmiem.",
    },
    exclusions={"en": "Nobody who was due.", "lv": "Neviens no tiem, ko bija paredzēts aptaujāt."},
    missing={
        "en": "Not answering is a choice and is counted as such.",
        "lv": "Neatbildēt ir izvēle, un tā arī tiek uzskaitīta.",
    },
    limitations={
        "en": "Low consent is information, not failure: there is no target for it.",
        "lv": "Mazs piekrišanu skaits ir informācija, nevis neveiksme: mērķvērtības tam nav.",
    },
)
_FIGURES = replace(
    _PLAIN_RECORDS,
    level="activity",
    inclusions={
        "en": "All figures of the organisation in this report that have a number behind them.",
        "lv": "Visi organizācijas skaitļi šajā ziņojumā, aiz kuriem ir kāda vērtība.",
    },
    exclusions={
        "en": "Figures without a number: nobody to count, not collected, not offered.",
        "lv": "Skaitļi bez vērtības: nav ko skaitīt, dati nav vākti, šeit netiek piedāvāts.",
    },
    frequency={"en": "With each freeze.", "lv": "Ar katru datu fiksēšanu."},
    limitations={
        "en": "Hiding protects people; a high share is no fault of the organisation.",
        "lv": "Slēpšana aizsargā cilvēkus; liels īpatsvars nav organizācijas vaina.",
    },
    verification={"en": "The frozen snapshot.", "lv": "Fiksētais datu stāvoklis."},
    assumptions={
        "en": "The rules of protection are those of this version.",
        "lv": "Ir spēkā šīs versijas aizsardzības noteikumi.",
    },
)
_PLAN = replace(
    _PLAIN_RECORDS,
    level="activity",
    period_basis="status_at_end",
    inclusions={
        "en": "All milestones that the plan sets for the indicator, whenever they are due.",
        "lv": "Visi plānā šim indikatoram noteiktie starpmērķi neatkarīgi no termiņa.",
    },
    exclusions={"en": "Milestones of other indicators.", "lv": "Citu indikatoru starpmērķi."},
    missing={
        "en": "A milestone without a day on which it was reached counts as not reached.",
        "lv": "Starpmērķis, kuram nav norādīta sasniegšanas diena, uzskatāms par nesasniegtu.",
    },
    frequency={
        "en": "Written into the plan when it is reached; reported for each period.",
        "lv": "Ieraksta plānā, kad tas sasniegts; ziņo par katru periodu.",
    },
    limitations={
        "en": "Tells that something was done by a day, not what it changed.",
        "lv": "Rāda, ka kaut kas līdz noteiktai dienai paveikts, nevis kas līdz ar to mainījies.",
    },
    verification={"en": "The plan, and what it names as reached.", "lv": "Plāns un tajā par sasniegtu norādītais."},
    assumptions={
        "en": "The day is written down when the milestone is reached.",
        "lv": "Dienu ieraksta, kad starpmērķis sasniegts.",
    },
)

SOURCE_DEFAULTS: Mapping[str, SourceDefaults] = {
    "survey": _SURVEY,
    "services": _SERVICES,
    "narratives": _NARRATIVES,
    "activities": _ACTIVITIES,
    **dict.fromkeys(PEOPLE_RECORDS, _PEOPLE_RECORDS),
    "progress": _NARRATIVES,
    **dict.fromkeys(PLAIN_RECORDS, _PLAIN_RECORDS),
    "flow": _FLOW,
    "figures": _FIGURES,
    "plan": _PLAN,
}
"""One entry for each kind of source."""

"""What is behind a printed figure, in plain words: first as data (``make_explanation``), then said (``say``).

Everything comes from the protected figure, the figures printed beside it, and the definitions it was frozen with: there
is no other number to say, so that an explanation never tells more than the figure does. Source: rules-of-numbers R26.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from me_platform.disclosure.figures import THRESHOLDS, Audience, Figure, FigureState, make_figure
from me_platform.disclosure.wording import (
    SMALLEST_PERCENTAGE_BASE,
    STATE_WORDS,
    Facet,
    format_number,
    has_percentage,
    make_figure_text,
    make_number_text,
    make_spoken_text,
)
from me_platform.errors import NotFound
from me_platform.indicators.definition import Indicator, Kind, Text
from me_platform.indicators.flow import ASSISTED, FLOW
from me_platform.indicators.frozen import Definitions
from me_platform.indicators.measures import LEVEL
from me_platform.indicators.milestones import MILESTONE
from me_platform.indicators.milestones import STATES as MILESTONE_STATES
from me_platform.indicators.sources import SEVERAL, SOURCES, About
from me_platform.reports.words import Words, make_condition_text, make_day, make_period
from me_platform.surveys.definition import Survey

CHILDREN = 10
"""The threshold for what children said (privacy-and-safety part 3)."""

STATE_PREFIX = "state:"
SURVEY = "survey"


@dataclass(frozen=True)
class Explanation:
    """What there is to say of a figure; ``indicator`` and ``survey`` as they were frozen, None where there is none.

    ``states`` are the figures beside it that say how people dealt with its question, ``left_out`` those of what the
    whole snapshot left out, for whoever may see them. ``across`` says that it is a figure over several organisations.
    """

    figure: Figure
    indicator: Indicator | None
    survey: Survey | None
    start: date
    end: date
    cutoff: date
    threshold: int
    states: tuple[Figure, ...] = ()
    left_out: tuple[Figure, ...] = ()
    across: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A heading and the sentences under it."""

    heading: str
    sentences: tuple[str, ...]


def make_explanation(
    part: Mapping[str, Any], definitions: Definitions | None, name: str, left_out: Sequence[Figure] = ()
) -> Explanation:
    """What is behind the figure of that id in a part of a snapshot.

    ``definitions`` are those it was frozen with, None where nobody knows them any more. Raises NotFound, naming the
    figures it may have meant.
    """
    figures = {each["id"]: make_figure(each) for each in part["figures"]}
    if name not in figures:
        raise NotFound("figure", name, suggest_figures(name, list(figures)))
    figure = figures[name]
    indicator = definitions.indicators.get(figure.indicator) if definitions else None
    asked = indicator.source.survey if indicator else figure.disaggregation.get(SURVEY, "")
    survey = definitions.surveys.get(asked) if definitions else None
    if definitions and survey is None and indicator is None and len(definitions.surveys) == 1:
        [survey] = definitions.surveys.values()
    threshold = THRESHOLDS[Audience(part["audience"])]
    return Explanation(
        figure,
        indicator,
        survey,
        date.fromisoformat(part["period"]["start"]),
        date.fromisoformat(part["period"]["end"]),
        date.fromisoformat(part["cutoff"]),
        max(
            threshold,
            CHILDREN if survey is not None and survey.audience == "child" else 0,
            (indicator.threshold or 0) if indicator else 0,
        ),
        tuple(
            each
            for each in figures.values()
            if each.indicator == figure.indicator and each.part.startswith(STATE_PREFIX) and each.id != name
        ),
        tuple(left_out),
        definitions is not None
        and any(each.consortium and each.code == figure.partner for each in definitions.plan.partners),
    )


def suggest_figures(name: str, known: Sequence[str]) -> list[str]:
    """The ids somebody may have meant: those of the same indicator, else those that look alike."""
    code = re.split("[@:/]", name)[0]
    same = [each for each in known if re.split("[@:/]", each)[0] == code]
    return get_close_matches(name, same or known, n=5, cutoff=0.0 if same else 0.75)


def say(explanation: Explanation, words: Words) -> tuple[Paragraph, ...]:
    """The explanation in the language of the words: a paragraph for each of ``_PARAGRAPHS``, none of them empty."""
    return tuple(
        Paragraph(_HEADINGS[name][words.language], tuple(filter(None, make(explanation, words))))
        for name, make in _PARAGRAPHS.items()
    )


# -- words -------------------------------------------------------------------------------------------------------------

_HEADINGS: Mapping[str, Text] = {
    "figure": {"en": "The figure", "lv": "Skaitlis"},
    "definition": {"en": "What it says", "lv": "Ko tas rāda"},
    "formula": {"en": "How it was counted", "lv": "Kā tas iegūts"},
    "included": {"en": "Counted", "lv": "Kas ieskaitīts"},
    "excluded": {"en": "Not counted", "lv": "Kas nav ieskaitīts"},
    "period": {"en": "Period and cut-off", "lv": "Periods un datu slēgšana"},
    "pairing": {"en": "Which answers of a person", "lv": "Kuras cilvēka atbildes"},
    "interval": {"en": "Plausible range", "lv": "Ticamais diapazons"},
    "protection": {"en": "What is shown, and why", "lv": "Kas rādīts un kāpēc"},
}

_KINDS: Mapping[str, Text] = {
    "count": {
        "en": "The records that fit the definition were counted, each once.",
        "lv": "Saskaitīti definīcijai atbilstošie ieraksti, katrs vienreiz.",
    },
    "unique_persons": {
        "en": "Different people with a record that fits the definition were counted, each once, however often they"
        " came.",
        "lv": "Saskaitīti dažādi cilvēki, kuriem ir definīcijai atbilstošs ieraksts; katrs skaitīts vienreiz neatkarīgi"
        " no ierakstu skaita.",
    },
    "sum": {
        "en": "The numbers noted in the records that fit the definition were added up. What was not noted is in no"
        " sum.",
        "lv": "Saskaitīti definīcijai atbilstošajos ierakstos norādītie skaitļi. Nenorādītais nav nevienā summā.",
    },
    "proportion": {
        "en": "Those who fit the numerator were divided by all who fit the denominator, each person once. Percentages"
        " are never averaged, and nothing missing is filled in.",
        "lv": "Skaitītājam atbilstošo cilvēku skaits dalīts ar saucējam atbilstošo cilvēku skaitu; katrs skaitīts"
        " vienreiz. No procentiem nekad nerēķina vidējo vērtību, un trūkstošais netiek aizstāts.",
    },
    "proportion_records": {
        "en": "The records that fit the numerator were divided by all that fit the denominator. Percentages are never"
        " averaged, and nothing missing is filled in.",
        "lv": "Skaitītājam atbilstošo ierakstu skaits dalīts ar saucējam atbilstošo ierakstu skaitu. No procentiem"
        " nekad nerēķina vidējo vērtību, un trūkstošais netiek aizstāts.",
    },
    "proportion_flow": {
        "en": "Those who reached one stage of the response flow were divided by those who reached an earlier one.",
        "lv": "Vienu aptaujas norises posmu sasniegušo skaits dalīts ar agrāku posmu sasniegušo skaitu.",
    },
    "proportion_figures": {
        "en": "The hidden figures of this organisation and period were divided by all that have a number behind them.",
        "lv": "Šīs organizācijas un perioda slēpto skaitļu skaits dalīts ar visu to skaitļu skaitu, aiz kuriem ir"
        " dati.",
    },
    "mean": {
        "en": "The last valid answers, one from each person, were added up and divided by their number. Nothing missing"
        " is filled in.",
        "lv": "Pēdējās derīgās atbildes, no katra cilvēka viena, saskaitītas un summa dalīta ar to skaitu. Trūkstošais"
        " netiek aizstāts.",
    },
    "paired_change": {
        "en": "The first and the last valid answer of the same person were compared. Those who changed for the better"
        " by the improvement rule were divided by all who answered both times.",
        "lv": "Salīdzināta viena un tā paša cilvēka pirmā un pēdējā derīgā atbilde. To cilvēku skaits, kuriem pēc"
        " uzlabojuma noteikuma ir pārmaiņas uz labo pusi, dalīts ar visu to skaitu, kuri atbildēja abās reizēs.",
    },
    "ratio": {
        "en": "The records that fit the numerator, or the numbers noted in them, were added up and divided by the"
        " number of different people who fit the denominator. Of several organisations or periods both are counted"
        " afresh. Who has records and no number noted in any of them is in neither part.",
        "lv": "Skaitītājam atbilstošie ieraksti vai tajos norādītie skaitļi saskaitīti un dalīti ar saucējam atbilstošo"
        " dažādo cilvēku skaitu. Vairākām organizācijām vai periodiem abus skaita no jauna. Kam ir ieraksti, bet"
        " nevienā no tiem skaitlis nav norādīts, tas nav ne skaitītājā, ne saucējā.",
    },
    "ratio_records": {
        "en": "The records that fit the numerator, or the numbers noted in them, were added up and divided by the"
        " number of records that fit the denominator. Of several organisations or periods both are counted afresh. A"
        " record whose number was not noted is in neither part.",
        "lv": "Skaitītājam atbilstošie ieraksti vai tajos norādītie skaitļi saskaitīti un dalīti ar saucējam atbilstošo"
        " ierakstu skaitu. Vairākām organizācijām vai periodiem abus skaita no jauna. Ieraksts, kurā skaitlis nav"
        " norādīts, nav ne skaitītājā, ne saucējā.",
    },
    "scored_qualitative": {
        "en": "Each rating is one of the levels of the rubric. All ratings were put in order, and the level of the one"
        " in the middle is given; of an even number, the lower of the two. Levels are words: no mean is made of them,"
        " and ratings of different roles are never mixed.",
        "lv": "Katrs vērtējums ir viens no vērtēšanas skalas līmeņiem. Visi vērtējumi sakārtoti, un norādīts vidējā"
        " vērtējuma līmenis; ja to skaits ir pāra skaitlis, zemākais no abiem vidējiem. Līmeņi ir vārdi: no tiem"
        " neaprēķina vidējo vērtību, un dažādu lomu vērtējumus nekad nesajauc.",
    },
    "milestone": {
        "en": "The plan's milestones whose day of being reached lies in the period or before it were counted, out of"
        " all of them. One that was reached after its day is reached late; one that is not reached is open before its"
        " day and overdue from it on.",
        "lv": "Saskaitīti plāna starpmērķi, kuri sasniegti periodā vai agrāk, no visiem starpmērķiem. Pēc termiņa"
        " sasniegts starpmērķis ir sasniegts ar nokavēšanos; nesasniegts līdz termiņam vēl ir priekšā, bet no termiņa"
        " dienas – nokavēts.",
    },
}
"""Kind of a definition, and what it counts where that makes a difference -> how its figure is made."""

_PARTS: Mapping[str, Text] = {
    STATE_PREFIX: {
        "en": "This part counts those who dealt with the question in this way, among all who sent answers in the"
        " period: {part}.",
        "lv": "Šī daļa rāda, cik cilvēku no visiem, kas periodā iesniedza atbildes, uz jautājumu reaģēja šādi: {part}.",
    },
    "change": {
        "en": "This part counts people by what became of their answers: {part}. Improved, same, worse and not"
        " measurable together are everybody who gave a valid first answer and was due to be asked again.",
        "lv": "Šī daļa rāda cilvēkus pēc viņu atbilžu pārmaiņām: {part}. „Labāk”, „tāpat”, „sliktāk” un „nav izmērāms”"
        " kopā ir visi, kas snieguši derīgu pirmo atbildi un ko bija paredzēts aptaujāt atkārtoti.",
    },
    "means": {"en": "This part is a mean: {part}.", "lv": "Šī daļa ir vidējā vērtība: {part}."},
    "level": {
        "en": "This part counts the ratings at one level, or those who were not rated: {part}.",
        "lv": "Šī daļa rāda vienā līmenī esošo vērtējumu skaitu vai to skaitu, kuri nav novērtēti: {part}.",
    },
    "milestones": {
        "en": "This part counts milestones, out of all of them: {part}.",
        "lv": "Šī daļa skaita starpmērķus no visiem starpmērķiem: {part}.",
    },
    "milestone": {
        "en": "This part is one milestone, due on {part}: 1 where it was reached, 0 where it was not.",
        "lv": "Šī daļa ir viens starpmērķis, termiņš – {part}: 1, ja tas sasniegts, 0, ja nav.",
    },
}
_CHANGES = frozenset({"improved", "same", "worse", "not_improved", "not_measurable"})

_STAGES: Mapping[str, Text] = {
    "eligible": {
        "en": "People who received at least one service in the period and had a round of the survey open in it, or"
        " answered in it.",
        "lv": "Cilvēki, kuri periodā saņēma vismaz vienu pakalpojumu un kuriem tajā bija atvērta aptaujas kārta"
        " vai kuri tajā atbildēja.",
    },
    "invited": {
        "en": "Of these, people who were handed a code in the period.",
        "lv": "No tiem – cilvēki, kuri periodā saņēma kodu.",
    },
    "consented": {
        "en": "Of these, people who agreed to answer and did not take it back.",
        "lv": "No tiem – cilvēki, kuri piekrita atbildēt un piekrišanu nav atsaukuši.",
    },
    "responded": {
        "en": "Of these, people who sent their answers in the period.",
        "lv": "No tiem – cilvēki, kuri periodā iesniedza atbildes.",
    },
    "valid": {
        "en": "Of these, people who gave at least one valid answer and agreed to statistics.",
        "lv": "No tiem – cilvēki, kuri sniedza vismaz vienu derīgu atbildi un piekrita statistikai.",
    },
    "paired": {
        "en": "Of these, people with a valid answer in the first round and in a later one.",
        "lv": "No tiem – cilvēki, kuriem ir derīga atbilde pirmajā kārtā un kādā no vēlākajām.",
    },
}
"""What each stage of the response flow counts (R4)."""

_STATES: Mapping[FigureState, Text] = {
    FigureState.VALUE: {
        "en": "It is shown exactly: by the rules it points at no group of fewer than {least} people.",
        "lv": "Tas norādīts precīzi: pēc noteikumiem tas neatklāj nevienu grupu, kurā būtu mazāk par {least}"
        " cilvēkiem.",
    },
    FigureState.BANDED: {
        "en": "It is shown as a range. The exact number, or what it leaves over, could point at few people; or somebody"
        " may be counted by two organisations, or the source gives a rough number only. The range says all that may be"
        " said.",
        "lv": "Tas norādīts kā diapazons. Precīzs skaitlis vai atlikums varētu atklāt dažus cilvēkus; vai arī kādu var"
        " skaitīt divas organizācijas, vai avotā ir tikai aptuvens skaitlis. Diapazons pasaka visu, ko drīkst teikt.",
    },
    FigureState.SUPPRESSED: {
        "en": "It is hidden: it is known, and could point at few people, on its own or beside another number. That"
        " it is hidden does not say that it is small.",
        "lv": "Tas ir slēpts: tas ir zināms, bet viens pats vai kopā ar citu skaitli varētu atklāt dažus cilvēkus. Tas,"
        " ka skaitlis slēpts, nenozīmē, ka tas ir mazs.",
    },
    FigureState.NO_VALUE: {
        "en": "There was nobody and nothing to count, so that there is no number. That is not the same as 0.",
        "lv": "Nebija ko skaitīt, tāpēc skaitļa nav. Tas nav tas pats, kas 0.",
    },
    FigureState.NOT_COLLECTED: {
        "en": "It was not asked or not recorded in this period, or is not added up over organisations. Nothing is known"
        " of it; that is not the same as 0.",
        "lv": "Šajā periodā tas nav jautāts vai reģistrēts, vai arī organizāciju skaitļus nesaskaita. Par to nekas nav"
        " zināms; tas nav tas pats, kas 0.",
    },
    FigureState.NOT_OFFERED: {
        "en": "This organisation does not offer or ask this within the project.",
        "lv": "Šī organizācija projektā to nepiedāvā vai nejautā.",
    },
}

_LEFT_OUT: Mapping[str, Text] = {
    "objected": {"en": "people who objected to being counted", "lv": "cilvēki, kuri iebilda pret ieskaitīšanu"},
    "no_statistics_consent": {
        "en": "answers without consent to statistics",
        "lv": "atbildes bez piekrišanas statistikai",
    },
    "narratives_no_statistics_consent": {
        "en": "progress narratives without consent to statistics",
        "lv": "progresa ziņojumi bez piekrišanas statistikai",
    },
}

_SAID: Mapping[str, Text] = {
    "as_printed": {"en": "As printed: {text}.", "lv": "Kā ziņojumā: {text}."},
    "cell": {
        "en": "It counts one group only, {dimension}: {category}.",
        "lv": "Ietverta tikai viena grupa, {dimension}: {category}.",
    },
    "of_survey": {"en": "It is about the survey “{title}”.", "lv": "Tas attiecas uz aptauju „{title}”."},
    "version": {
        "en": "Counted by version {version} of the definition, fingerprint {fingerprint}.",
        "lv": "Skaitīts pēc definīcijas versijas {version}, kontrolsumma {fingerprint}.",
    },
    "unknown": {
        "en": "The definition it was frozen with is not kept and has changed since, so that it is not told here.",
        "lv": "Definīcija, ar kuru tas fiksēts, nav saglabāta un kopš tā laika ir mainīta, tāpēc šeit nav norādīta.",
    },
    "flow": {
        "en": "One stage of the way from those who could be asked to those measured twice.",
        "lv": "Viens posms ceļā no tiem, ko varēja aicināt atbildēt, līdz tiem, kas izmērīti divreiz.",
    },
    "assisted": {
        "en": "How many of those with a valid answer gave one with the help of staff, an interpreter or a cultural"
        " mediator, or on paper. Answers given with help are never mixed in silently.",
        "lv": "Cik no tiem, kas sniedza derīgu atbildi, atbildēja ar darbinieka, tulka vai kultūras mediatora palīdzību"
        " vai uz papīra. Ar palīdzību sniegtas atbildes nekad netiek klusējot sajauktas ar pārējām.",
    },
    "several": {
        "en": "Records are counted, not people. A record may stand in several groups, so that the groups together may"
        " be more than the total.",
        "lv": "Skaitīti ieraksti, nevis cilvēki. Viens ieraksts var būt vairākās grupās, tāpēc visu grupu summa var"
        " pārsniegt kopskaitu.",
    },
    "counted": {
        "en": "{numerator} : {denominator} × {factor} = {share}.",
        "lv": "{numerator} : {denominator} × {factor} = {share}.",
    },
    "few": {
        "en": "Here it is {text}. With fewer than {base} people the count stands without a percentage.",
        "lv": "Šeit tas ir {text}. Ja cilvēku ir mazāk par {base}, skaitlis norādīts bez procentiem.",
    },
    "here": {"en": "Here it is {text}.", "lv": "Šeit tas ir {text}."},
    "no_number": {"en": "Here there is no number: {text}.", "lv": "Šeit skaitļa nav: {text}."},
    "condition": {"en": "{field}: {text}.", "lv": "{field}: {text}."},
    "across": {
        "en": "Over organisations: {how}. The figure of the consortium is counted afresh over all records.",
        "lv": "Pa organizācijām: {how}. Konsorcija skaitlis iegūts, no jauna saskaitot visus ierakstus.",
    },
    "bounds": {
        "en": "A person may be supported by several organisations. Where records cannot be joined, the smallest and the"
        " largest possible number of people are given: the smallest is that of the organisation that counts most, as if"
        " everybody else were among its people; the largest is the sum over the organisations, as if nobody were"
        " counted by two.",
        "lv": "Vienu cilvēku var atbalstīt vairākas organizācijas. Ja ierakstus nevar savienot, norādīts mazākais un"
        " lielākais iespējamais cilvēku skaits: mazākais ir tās organizācijas skaits, kurā cilvēku ir visvairāk, it kā"
        " visi pārējie būtu starp tiem; lielākais ir visu organizāciju skaitļu summa, it kā neviens nebūtu skaitīts"
        " divās.",
    },
    "cards": {
        "en": "Organisations recognise a person only by a link card she chose to show, and only while she agrees. Such"
        " people are taken off the sum, in whole steps of {least}, so that no small number of them can be worked out.",
        "lv": "Organizācijas cilvēku atpazīst tikai pēc savienošanas kartītes, kuru viņš pats izvēlējies uzrādīt, un"
        " tikai tik ilgi, kamēr viņš tam piekrīt. Šādi cilvēki no summas atņemti pilnos soļos pa {least}, lai nevarētu"
        " izrēķināt nelielu viņu skaitu.",
    },
    "joined": {
        "en": "Here {joined} are taken off: so many people, or up to {more} more, were recognised.",
        "lv": "Šeit atņemti {joined}: tik cilvēku vai vēl līdz {more} vairāk ir atpazīti.",
    },
    "none_joined": {
        "en": "Here nothing is taken off: fewer than {least} people were recognised, or none.",
        "lv": "Šeit nekas nav atņemts: atpazīti mazāk nekā {least} cilvēki vai neviens.",
    },
    "everybody": {"en": "Everybody the paragraph above describes.", "lv": "Visi, kas aprakstīti iepriekšējā rindkopā."},
    "consent": {
        "en": "Only with {consent} in force at the cut-off; who took it back since is in no later snapshot.",
        "lv": "Tikai tad, ja datu slēgšanas dienā spēkā ir {consent}; kas to vēlāk atsaukuši, nav nevienā nākamajā datu"
        " stāvoklī.",
    },
    "no_consent": {
        "en": "People who objected to being counted.",
        "lv": "Cilvēki, kuri iebilda pret ieskaitīšanu.",
    },
    "states": {
        "en": "How the others dealt with the question: {text}.",
        "lv": "Kā uz jautājumu reaģēja pārējie: {text}.",
    },
    "left_out": {
        "en": "Left out of the whole snapshot: {text}.",
        "lv": "Visā datu stāvoklī nav ieskaitīts: {text}.",
    },
    "period": {"en": "Period: {period}.", "lv": "Periods: {period}."},
    "basis": {"en": "What belongs to it: {basis}.", "lv": "Kas tam pieder: {basis}."},
    "cutoff": {
        "en": "Known up to {day}, the cut-off. What was recorded later is not in it; it goes into the next"
        " snapshot as a restatement.",
        "lv": "Dati slēgti: {day}. Vēlāk reģistrētais tajā nav; tas nonāk nākamajā datu stāvoklī kā precizējums.",
    },
    "first": {
        "en": "First answer: the first valid one of the first round, from {low} to {high} days after {anchor}.",
        "lv": "Pirmā atbilde: pirmā derīgā pirmās kārtas atbilde, kas sniegta no {low}. līdz {high}. dienai pēc"
        " {anchor}.",
    },
    "later": {
        "en": "Later answer: the last valid one of a later round in the period, to the same version of the survey. One"
        " person is one pair.",
        "lv": "Vēlākā atbilde: pēdējā derīgā kādas vēlākas kārtas atbilde periodā uz to pašu aptaujas versiju. Viens"
        " cilvēks ir viens pāris.",
    },
    "session": {
        "en": "The answer before a session was compared with the one after it, of the same day; of each person the last"
        " pair of the period. One person is one pair.",
        "lv": "Atbilde pirms nodarbības salīdzināta ar atbildi pēc tās tajā pašā dienā; katram cilvēkam – pēdējais"
        " pāris periodā. Viens cilvēks ir viens pāris.",
    },
    "improvement": {"en": "Better means {rule}.", "lv": "Par labāku uzskata šo: {rule}."},
    "points": {"en": "{rule}: {points}", "lv": "{rule} – {points}"},
    "last": {
        "en": "Of each person the last valid answer of the period counts, once.",
        "lv": "No katra cilvēka ieskaitīta perioda pēdējā derīgā atbilde, vienreiz.",
    },
    "no_pair": {
        "en": "No first and later answers of a person are compared.",
        "lv": "Viena cilvēka pirmā un vēlākā atbilde netiek salīdzināta.",
    },
    "interval": {
        "en": "{span} by the method: {method}. This is everyone who answered; the range shows how much a small"
        " group can swing.",
        "lv": "{span}; metode: {method}. Tie ir visi, kas atbildēja; diapazons rāda, cik ļoti var svārstīties maza"
        " grupa.",
    },
    "interval_count": {
        "en": "{span} by the method: {method}. The count itself is exact; the range shows how much it could swing by"
        " chance.",
        "lv": "{span}; metode: {method}. Pats skaits ir precīzs; diapazons rāda, cik ļoti tas varētu svārstīties"
        " nejaušības dēļ.",
    },
    "no_interval_few": {
        "en": "None is printed with fewer than {base} people.",
        "lv": "Ja cilvēku ir mazāk par {base}, to nenorāda.",
    },
    "no_interval_state": {"en": "None, as there is no exact number.", "lv": "Nav, jo nav precīza skaitļa."},
    "no_interval": {
        "en": "None is printed beside this figure.",
        "lv": "Pie šā skaitļa tas netiek norādīts.",
    },
    "threshold": {
        "en": "A printed number stands for {least} people or more, or for none.",
        "lv": "Ziņojumā norādīts skaitlis attiecas uz vismaz {least} cilvēkiem vai ne uz vienu.",
    },
    "nobody": {
        "en": "It is about nobody who receives support, so that nothing has to be hidden.",
        "lv": "Tas neattiecas ne uz vienu atbalsta saņēmēju, tāpēc nekas nav jāslēpj.",
    },
    "about_figures": {
        "en": "It counts figures, not people.",
        "lv": "Tas skaita skaitļus, nevis cilvēkus.",
    },
    "target": {"en": "Target: {target}.", "lv": "Mērķvērtība: {target}."},
    "progress": {
        "en": "Share of the way from the baseline to the target: {progress}.",
        "lv": "Noietā ceļa daļa no bāzes vērtības līdz mērķvērtībai: {progress}.",
    },
}

_ANCHORS: Mapping[str, Text] = {
    "enrolment": {"en": "entry", "lv": "iesaistīšanās"},
    "baseline": {"en": "the first answers", "lv": "pirmajām atbildēm"},
    "exit": {"en": "the end of support", "lv": "atbalsta beigām"},
}


# -- paragraphs --------------------------------------------------------------------------------------------------------


def _say(name: str, words: Words, **given: object) -> str:
    return _SAID[name][words.language].format(**given)


def _say_figure(one: Explanation, words: Words) -> Iterator[str]:
    figure = one.figure
    yield f"{words.pick(figure.title)}."
    for dimension, category in figure.disaggregation.items():
        if dimension == SURVEY:
            yield _say("of_survey", words, title=words.pick(one.survey.title) if one.survey else category)
        else:
            title = words.find_term("dimension", dimension) or dimension
            yield _say("cell", words, dimension=title, category=name_category(dimension, category, words))
    yield _say("as_printed", words, text=make_spoken_text(figure, words.language))
    if figure.target is not None:
        yield _say("target", words, target=make_figure_text(figure, words.language, Facet.TARGET))
    if figure.progress is not None:
        yield _say("progress", words, progress=make_figure_text(figure, words.language, Facet.PROGRESS))


def name_category(dimension: str, category: str, words: Words) -> str:
    """The words for a category, or its code where there are none."""
    return words.find_category(dimension, category) or category


def _say_definition(one: Explanation, words: Words) -> Iterator[str]:
    if one.figure.indicator == FLOW:
        yield _say("flow", words)
        yield _STAGES[one.figure.part][words.language]
    elif one.figure.indicator == ASSISTED:
        yield _say("assisted", words)
    elif one.indicator is None:
        yield _say("unknown", words)
    else:
        yield words.pick(one.indicator.definition)
        fingerprint = one.indicator.fingerprint[:12]
        yield _say("version", words, version=one.indicator.version, fingerprint=fingerprint)


def _say_formula(one: Explanation, words: Words) -> Iterator[str]:
    indicator, figure = one.indicator, one.figure
    if indicator is not None:
        yield _KINDS[_find_kind(indicator)][words.language]
        for field in ("numerator", "denominator"):
            text = make_condition_text(getattr(indicator, field), words)
            if text:
                yield _say("condition", words, field=words.term("field", field), text=text)
        if not SEVERAL.isdisjoint((*indicator.disaggregations, *figure.disaggregation)):
            yield _say("several", words)
        yield _say_part(figure, words)
    elif figure.indicator in {FLOW, ASSISTED}:
        yield _KINDS["unique_persons" if figure.indicator == FLOW else "proportion"][words.language]
    yield _say_counts(one, words)
    if one.across and indicator is not None:
        yield _say("across", words, how=words.term("aggregation", indicator.over_partners))
        if indicator.kind is Kind.UNIQUE_PERSONS:
            yield from _say_bounds(one, words)


def _say_bounds(one: Explanation, words: Words) -> Iterator[str]:
    """Where the bounds of people over several organisations come from (R12)."""
    yield _say("bounds", words)
    if one.figure.part or one.figure.disaggregation:
        return
    yield _say("cards", words, least=one.threshold)
    if one.figure.joined:
        yield _say("joined", words, joined=format_number(one.figure.joined, words.language), more=one.threshold - 1)
    elif one.figure.state in {FigureState.VALUE, FigureState.BANDED}:
        yield _say("none_joined", words, least=one.threshold)


def _find_kind(indicator: Indicator) -> str:
    if indicator.kind is Kind.RATIO and indicator.per != "person":
        return "ratio_records"
    if indicator.kind is not Kind.PROPORTION:
        return indicator.kind.value
    if indicator.source.kind in {"flow", "figures"}:
        return f"proportion_{indicator.source.kind}"
    return "proportion" if indicator.per == "person" else "proportion_records"


def _say_part(figure: Figure, words: Words) -> str:
    if not figure.part:
        return ""
    if figure.part.startswith(MILESTONE):
        day = make_day(date.fromisoformat(figure.part.removeprefix(MILESTONE)), words.language)
        return _PARTS["milestone"][words.language].format(part=day)
    if figure.part.startswith(LEVEL):
        code = figure.part.removeprefix(LEVEL)
        said = words.term("part", code) if code.startswith(STATE_PREFIX) else words.pick(figure.title)
        return _PARTS["level"][words.language].format(part=said)
    if figure.part in MILESTONE_STATES:
        return _PARTS["milestones"][words.language].format(part=words.pick(figure.title))
    name = STATE_PREFIX if figure.part.startswith(STATE_PREFIX) else "means"
    if figure.part in _CHANGES:
        name = "change"
    return _PARTS[name][words.language].format(part=words.term("part", figure.part))


def _say_counts(one: Explanation, words: Words) -> str:
    """The formula with the numbers that are printed, and with no others."""
    figure, language = one.figure, words.language
    if figure.state not in {FigureState.VALUE, FigureState.BANDED}:
        return _say("no_number", words, text=STATE_WORDS[figure.state][language])
    text = make_figure_text(figure, language, Facet.COUNTS)
    if figure.state is FigureState.BANDED or figure.unit != "percent":
        return _say("here", words, text=text)
    if not has_percentage(figure):
        return _say("few", words, text=text, base=SMALLEST_PERCENTAGE_BASE)
    if figure.numerator is None or figure.denominator is None:
        return _say("here", words, text=text)
    return _say(
        "counted",
        words,
        numerator=format_number(figure.numerator, language),
        denominator=format_number(figure.denominator, language),
        factor=format_number(one.indicator.factor if one.indicator else 100, language),
        share=make_figure_text(figure, language, Facet.SHARE),
    )


def _say_included(one: Explanation, words: Words) -> Iterator[str]:
    if one.indicator is None:
        yield _say("everybody", words)
        return
    yield words.pick(one.indicator.inclusions)
    text = make_condition_text(one.indicator.population, words)
    if text:
        yield _say("condition", words, field=words.term("field", "population"), text=text)
    if one.indicator.consent:
        yield _say("consent", words, consent=words.term("consent", one.indicator.consent))


def _say_excluded(one: Explanation, words: Words) -> Iterator[str]:
    indicator, language = one.indicator, words.language
    if indicator is None:
        yield _say("no_consent", words)
    else:
        yield words.pick(indicator.exclusions)
        yield words.pick(indicator.missing)
    told = [
        f"{words.term('part', each.part)} – {make_spoken_text(each, language)}"
        for each in one.states
        if each.part != f"{STATE_PREFIX}answered"
    ]
    if told:
        yield _say("states", words, text="; ".join(told))
    if one.left_out:
        left = "; ".join(
            f"{_LEFT_OUT.get(each.part, {language: each.part})[language]}: {make_figure_text(each, language)}"
            for each in one.left_out
        )
        yield _say("left_out", words, text=left)


def _say_period(one: Explanation, words: Words) -> Iterator[str]:
    yield _say("period", words, period=make_period(one.start, one.end, words.language))
    basis = one.indicator.period_basis if one.indicator else "in_period"
    yield _say("basis", words, basis=words.term("period_basis", basis))
    yield _say("cutoff", words, day=make_day(one.cutoff, words.language))


def _say_pairing(one: Explanation, words: Words) -> Iterator[str]:
    indicator, survey = one.indicator, one.survey
    if indicator is None or survey is None or indicator.source.kind != SURVEY:
        yield _say("no_pair", words)
    elif indicator.kind is not Kind.PAIRED_CHANGE:
        yield _say("last", words)
    else:
        if survey.session:
            yield _say("session", words)
        else:
            yield from _say_windows(survey, words)
            yield _say("later", words)
        rule = indicator.improvement
        if rule is not None:
            told = words.term("improvement", rule.rule)
            if rule.points:
                points = make_number_text(rule.points, "points", words.language)
                told = _say("points", words, rule=told, points=points)
            yield _say("improvement", words, rule=told)
            yield words.pick(rule.source)


def _say_windows(survey: Survey, words: Words) -> Iterator[str]:
    for wave in survey.waves:
        if wave.name == "baseline":
            anchor = _ANCHORS[wave.anchor][words.language]
            yield _say("first", words, low=max(wave.day - wave.before, 0), high=wave.day + wave.after, anchor=anchor)


def _say_interval(one: Explanation, words: Words) -> Iterator[str]:
    figure, language = one.figure, words.language
    span = make_figure_text(figure, language, Facet.SPAN)
    if span:
        method = _find_method(one)
        said = words.find_term("interval", method) or method
        name = "interval_count" if figure.unit == "persons" else "interval"
        yield _say(name, words, span=span[:1].upper() + span[1:], method=said)
    elif figure.state is not FigureState.VALUE:
        yield _say("no_interval_state", words)
    elif figure.unit == "percent" and not has_percentage(figure):
        yield _say("no_interval_few", words, base=SMALLEST_PERCENTAGE_BASE)
    else:
        yield _say("no_interval", words)


def _find_method(one: Explanation) -> str:
    """The method of the interval that is printed: that of the means beside a change is not its own."""
    if one.figure.unit == "points":
        return "t"
    return one.indicator.interval if one.indicator else "none"


def _say_protection(one: Explanation, words: Words) -> Iterator[str]:
    about = SOURCES[one.indicator.source.kind].about if one.indicator else About.PEOPLE
    if one.indicator is not None and one.indicator.source.kind == "figures":
        yield _say("about_figures", words)
    elif about is not About.PEOPLE:
        yield _say("nobody", words)
    else:
        yield _say("threshold", words, least=one.threshold)
    if about is About.PEOPLE or one.figure.state is not FigureState.VALUE:
        yield _STATES[one.figure.state][words.language].format(least=one.threshold)


_PARAGRAPHS = {
    "figure": _say_figure,
    "definition": _say_definition,
    "formula": _say_formula,
    "included": _say_included,
    "excluded": _say_excluded,
    "period": _say_period,
    "pairing": _say_pairing,
    "interval": _say_interval,
    "protection": _say_protection,
}
"""One entry for each paragraph, in their order."""

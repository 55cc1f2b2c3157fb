"""Invented lives: who comes when, receives what, answers what, and what staff write down. Pure and seeded.

No line describes a real person. The organisations have the shape of a real consortium of nine: four that give and
evaluate support, shelters of six and three, two that contribute what they know, one whose service has not begun.
Each organisation has a seed of its own, so that its people are the same whoever else is in the sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from me_platform.demo.answers import MIDDLE, make_answers
from me_platform.demo.words import BARRIERS_DONE, FINDINGS, QUOTES
from me_platform.indicators.definition import Plan, PlanPartner
from me_platform.services.narrative_texts import Finding, NarrativeText, Quote
from me_platform.services.people import Profile, Service
from me_platform.surveys.definition import Answer, Mode, Purpose, Survey

SURVEY_DAYS = (date(2025, 11, 11), date(2026, 2, 10), date(2026, 5, 12))
"""Days on which the survey site itself is walked over HTTP; 91 days apart, so every window fits."""

SESSION_DAYS = tuple(date(2026, 1, 14) + timedelta(days=14 * number) for number in range(10))
"""Days of group sessions: the pulse before and after, and a card at the end."""

PERIOD_START, PERIOD_END = date(2025, 10, 1), date(2026, 9, 30)

CHECKIN, CHILD, MIRROR = "outcome-checkin", "outcome-checkin-child", "caseworker-mirror"
PULSE, CARD, LOTUS, SKILLS, LATER = "session-pulse", "group-card", "lotus", "life-skills", "post-integration"

WAVES = ("baseline", "followup-1", "followup-2")
_TWO_STEPS = 0.45
"""How much better the mood is, on average, from one wave to the next."""

_WEIGHTS: Mapping[str, int] = {"PSY4": 26, "PSY1": 14, "LEG3": 12, "LEG5": 10, "PSY5": 10, "PSY2": 9, "EEM2": 9}
_BANDS = (("18-24", 22), ("25-34", 40), ("35-49", 26), ("50+", 6), ("unknown", 6))
_YOUNG = (("12-15", 45), ("16-17", 55))
_LANGUAGES = (("lv", 40), ("en", 25), ("ru", 15), ("uk", 12), ("ar", 8))
_ENTRIES = (("police", 15), ("social_services", 25), ("self", 20), ("helpline", 15), ("other_organisation", 25))
_STAGES = ("early_assistance", "stabilisation", "integration", "transition")
_ENDS = (("goal_reached", 50), ("time_limit", 20), ("own_choice", 15), ("moved", 15))
_REASONS = (("no_resource", 4), ("not_available", 3), ("time_limit", 2), ("declined", 1))
_THEMES: Mapping[str, str] = {
    "LEG": "rights",
    "EEM": "learning_work",
    "PSY1": "housing",
    "PSY2": "health_access",
    "PSY4": "wellbeing",
    "PSY5": "ties",
}
"""Service type, or its area -> the theme narratives about it are marked with."""
_ALSO = ("safety", "choice", "support")
"""What the first, second and third narrative about somebody is also about; later ones are not marked."""
_CODE_BOOK = "1"
_BARRIERS = (("B4", 2), ("B5", 4), ("B6", 3), ("B7", 3), ("B8", 2))


@dataclass(frozen=True)
class Sitting:
    """One survey a person sits down to: day, language, consents by purpose, and answers; what is not named is skipped.

    ``over_http`` says whether the survey site itself is walked. ``consents`` without ``answer`` is a refusal.
    ``takes_back`` says that the person comes back with the receipt code and takes every answer back; ``activity`` is
    the training whose card is handed out.
    """

    survey: str
    wave: str
    day: date
    language: str
    consents: Mapping[Purpose, bool]
    answers: Mapping[str, Answer]
    over_http: bool = False
    takes_back: bool = False
    mode: Mode = Mode.SELF
    activity: str = ""


@dataclass(frozen=True)
class Note:
    """One thing staff write down about a person: kind and content of the record.

    ``key`` names a record within a life; ``replaces`` is the key of the record it follows.
    """

    day: date
    kind: str
    content: Mapping[str, object]
    key: str = ""
    replaces: str = ""


@dataclass(frozen=True)
class Life:
    """One invented person at one partner."""

    partner: str
    enrolled: date
    profile: Profile
    services: tuple[Service, ...]
    narratives: tuple[NarrativeText, ...]
    sittings: tuple[Sitting, ...]
    notes: tuple[Note, ...]
    withdraws: tuple[str, date] | None
    objects: date | None


@dataclass(frozen=True)
class Crowd:
    """How many people an organisation has, how many of them are young, and how many walk the survey site itself."""

    people: int
    young: int = 0
    online: int = 0


class Inventor:
    """Invents the people of one organisation of a plan."""

    def __init__(self, seed: int, plan: Plan, partner: str, surveys: Mapping[str, Survey]) -> None:
        self.random = Random(f"{seed}:{partner}")
        self.partner: PlanPartner = plan.get_partner(partner)
        self.surveys = {name: surveys[name] for name in plan.list_asked(self.partner)}

    def make_lives(self, crowd: Crowd) -> tuple[Life, ...]:
        """All people of the organisation, those who walk the survey site first, the young last."""
        return tuple(
            self.make_life(position, online=position < crowd.online, young=position >= crowd.people - crowd.young)
            for position in range(crowd.people)
        )

    def make_life(self, position: int, *, online: bool, young: bool) -> Life:
        """One person, from the day of enrolment to the last answer."""
        random = self.random
        enrolled = (
            SURVEY_DAYS[0] - timedelta(days=random.randint(3, 28))
            if online
            else date(2025, 10, 6) + timedelta(days=random.randint(0, 120))
        )
        language = _pick(random, _LANGUAGES)
        leaves = random.random() < 0.3
        ending = enrolled + timedelta(days=random.randint(190, 230) if leaves else random.randint(240, 330))
        ending = min(ending, PERIOD_END)
        services = self.make_services(enrolled, ending, leaves=leaves)
        mood = random.gauss(MIDDLE, 0.8)
        facts = {"age": random.choice(("age_12_13", "age_14_15", "age_16_17"))} if young else {}
        checkins = self.make_checkins(enrolled, language, mood, online=online, survey=CHILD if young else CHECKIN)
        if checkins and position == 1 and online:
            # One person of each organisation comes back later and takes everything back.
            checkins = (*checkins[:-1], replace(checkins[-1], takes_back=True))
        sittings = (
            *checkins,
            *self.make_exit(services, checkins, language, mood),
            *self.make_sessions(position, enrolled, services[-1].date, language, mood, young=young),
            *(self.make_course(enrolled, language, mood, facts) if young else ()),
        )
        withdraws = None
        if checkins and random.random() < 0.05:
            withdraws = ("statistics", checkins[-1].day + timedelta(days=random.randint(2, 20)))
        return Life(
            partner=self.partner.code,
            enrolled=enrolled,
            profile=Profile(
                age_band=_pick(random, _YOUNG if young else _BANDS),
                language=language,
                term=random.choice(("dalībniece", "atbalsta saņēmēja", "")),
                entry=_pick(random, _ENTRIES),
            ),
            services=services,
            narratives=self.make_narratives(services, checkins),
            sittings=tuple(sorted(sittings, key=lambda each: (each.day, each.wave == "after", each.survey))),
            notes=(
                *self.make_needs(enrolled, ending),
                *self.make_barriers(services),
                *self.make_referrals(services),
                *self.make_checklists(services),
                *self.make_ratings(enrolled, mood, young=young),
            ),
            withdraws=withdraws,
            objects=enrolled + timedelta(days=60) if random.random() < 0.02 else None,
        )

    # -- services and what is written about them ---------------------------------------------------------------------

    def make_services(self, start: date, end: date, *, leaves: bool) -> tuple[Service, ...]:
        """Services of the kinds the organisation offers; who leaves has a last one with its reason."""
        random = self.random
        number = random.randint(3, 12)
        days = sorted(start + timedelta(days=random.randint(0, (end - start).days)) for _ in range(number))
        favourites = random.choices(self.partner.scope, [_WEIGHTS.get(code, 5) for code in self.partner.scope], k=3)
        foreign = random.random() < 0.5
        return tuple(
            Service(
                type=random.choice(favourites),
                date=day,
                hours=random.choice((0.5, 1.0, 1.0, 1.5, 2.0)),
                mode=_pick(random, (("in_person", 70), ("phone", 20), ("video", 10))),
                interpreter=_pick(random, (("provided", 7), ("not_provided", 2))) if foreign else "not_needed",
                mediator=_pick(random, (("not_needed", 7), ("provided", 2), ("not_provided", 1))),
                woman=_pick(random, (("not_asked", 5), ("honoured", 4), ("not_honoured", 1))),
                started=place == 0,
                ended=_pick(random, _ENDS) if leaves and place == number - 1 else "",
            )
            for place, day in enumerate(days)
        )

    def make_narratives(
        self, services: tuple[Service, ...], checkins: tuple[Sitting, ...]
    ) -> tuple[NarrativeText, ...]:
        """A progress narrative after every fourth service; findings and quotes in some of them."""
        random = self.random
        if random.random() < 0.12:
            return ()
        quoted = any(sitting.consents[Purpose.QUOTE] and sitting.consents[Purpose.ANSWER] for sitting in checkins)
        narratives = []
        for number, service in enumerate(services[2::4]):
            area = service.type[:3]
            finding = Finding(random.choice(FINDINGS), checked=True) if random.random() < 0.12 else None
            words = random.choice(QUOTES)
            quote = Quote(words[0], words[1], checked=True) if quoted and random.random() < 0.15 else None
            narratives.append(
                NarrativeText(
                    date=service.date,
                    areas=(area,),
                    stage=_STAGES[min(number, len(_STAGES) - 1)],
                    direction={area: _pick(random, (("forward", 6), ("same", 3), ("backward", 1), ("reached", 2)))},
                    changed_staff="Invented sample narrative.",
                    barriers=tuple(random.sample(("B5", "B6", "B7", "B8"), k=random.randint(0, 2))),
                    finding=finding,
                    quote=quote,
                ).set_themes(_list_themes(service.type, number), _CODE_BOOK)
            )
        return tuple(narratives)

    def make_needs(self, start: date, end: date) -> tuple[Note, ...]:
        """Needs as they are found, reviewed after about two months, and then met, unmet or still open."""
        random, notes = self.random, []
        for number, category in enumerate(random.sample(("N1", "N2", "N3", "N4", "N5"), k=random.randint(1, 3))):
            key, due = f"need-{number}", start + timedelta(days=60)
            need: dict[str, object] = {"category": category, "identified": start, "review_due": due, "status": "open"}
            notes.append(Note(start, "need", need, key))
            reviewed = due + timedelta(days=random.choice((-7, -3, 0, 0, 9)))
            if reviewed > end or random.random() < 0.1:
                continue
            status = _pick(random, (("met", 6), ("open", 2), ("unmet", 3)))
            need = {**need, "status": status, "reviewed": reviewed}
            if status == "unmet":
                need["reason"] = _pick(random, _REASONS)
            if status != "open":
                need["closed"] = reviewed
            notes.append(Note(reviewed, "need", need, f"{key}-reviewed", key))
        return tuple(notes)

    def make_barriers(self, services: tuple[Service, ...]) -> tuple[Note, ...]:
        """Barriers met on the way, more than half of them overcome later."""
        random, notes = self.random, []
        for number, service in enumerate(random.sample(services, k=min(random.randint(0, 2), len(services)))):
            key = f"barrier-{number}"
            barrier: dict[str, object] = {
                "barrier": _pick(random, _BARRIERS),
                "date": service.date,
                "status": "open",
                "done": "",
            }
            notes.append(Note(service.date, "barrier", barrier, key))
            resolved = service.date + timedelta(days=random.randint(5, 40))
            if resolved <= PERIOD_END and random.random() < 0.6:
                done = {**barrier, "status": "resolved", "resolved": resolved, "done": random.choice(BARRIERS_DONE)}
                notes.append(Note(resolved, "barrier", done, f"{key}-resolved", key))
        return tuple(notes)

    def make_referrals(self, services: tuple[Service, ...]) -> tuple[Note, ...]:
        """Referrals to others, always with consent."""
        random = self.random
        return tuple(
            Note(
                service.date,
                "referral",
                {
                    "service_type": random.choice(("PSY2", "PSY4", "LEG3", "EEM2")),
                    "date": service.date,
                    "consent": True,
                    "outcome": _pick(random, (("received", 7), ("pending", 2), ("not_received", 1))),
                },
            )
            for service in services[1::5]
        )

    def make_checklists(self, services: tuple[Service, ...]) -> tuple[Note, ...]:
        """The legal-support checklist, once for everybody who received legal support."""
        legal = [service.date for service in services if service.type.startswith("LEG")]
        if not legal:
            return ()
        items = {
            f"L{number}": _pick(self.random, (("done", 8), ("not_done", 1), ("not_applicable", 1)))
            for number in range(1, 10)
        }
        content = {"list": "legal_support", "date": legal[-1], "items": items}
        return (Note(legal[-1], "checklist", content),)

    def make_ratings(self, enrolled: date, mood: float, *, young: bool) -> tuple[Note, ...]:
        """What the caseworker saw, and for the young the skills rated together: at entry and half a year later."""
        notes = []
        for number, day in enumerate((enrolled + timedelta(days=14), enrolled + timedelta(days=190))):
            for name in (SKILLS,) if young else (MIRROR,):
                survey = self.surveys.get(name)
                if survey is None or self.random.random() < 0.2:
                    continue
                answers = make_answers(self.random, survey, mood + 0.3 + _TWO_STEPS * number, "lv")
                content = {"survey": name, "date": day, "answers": _write_answers(survey, answers)}
                notes.append(Note(day, "rating", content))
        return tuple(notes)

    # -- surveys -------------------------------------------------------------------------------------------------------

    def make_checkins(
        self, enrolled: date, language: str, mood: float, *, online: bool, survey: str
    ) -> tuple[Sitting, ...]:
        """The check-in at entry and twice more, with those who drop out, refuse or answer on paper."""
        random = self.random
        if survey not in self.surveys or random.random() < 0.04:
            return ()  # was never invited: left before the window closed
        baseline = SURVEY_DAYS[0] if online else enrolled + timedelta(days=random.randint(4, 27))
        sittings = []
        for number, wave in enumerate(WAVES):
            day = SURVEY_DAYS[number] if online else baseline + timedelta(days=90 * number + random.randint(0, 14))
            if number and random.random() < 0.16:
                break  # dropped out
            sitting = self.sit(survey, wave, day, language, mood + _TWO_STEPS * number)
            on_paper = not online and random.random() < 0.05
            sittings.append(replace(sitting, over_http=online, mode=Mode.PAPER if on_paper else Mode.SELF))
            if not sitting.consents[Purpose.ANSWER]:
                break
        return tuple(sittings)

    def make_exit(
        self, services: tuple[Service, ...], checkins: tuple[Sitting, ...], language: str, mood: float
    ) -> tuple[Sitting, ...]:
        """The last answers, soon after support ended, and with consent a question or two some months later."""
        if not services[-1].ended or not checkins or not checkins[-1].consents[Purpose.ANSWER]:
            return ()
        day = services[-1].date + timedelta(days=self.random.randint(2, 20))
        if checkins[-1].day >= services[-1].date or day > PERIOD_END:
            return ()
        last = self.sit(checkins[-1].survey, "exit", day, language, mood + 2 * _TWO_STEPS)
        later = day + timedelta(days=60)
        if LATER not in self.surveys or later > PERIOD_END or not checkins[-1].consents[Purpose.RECONTACT]:
            return (last,)
        return last, self.sit(LATER, "baseline", later, language, mood + _TWO_STEPS)

    def make_sessions(
        self, position: int, enrolled: date, last: date, language: str, mood: float, *, young: bool
    ) -> tuple[Sitting, ...]:
        """Every third person goes to the group sessions, with the pulse before and after and a card at the end."""
        if young or position % 3 or PULSE not in self.surveys:
            return ()
        sittings = []
        for day in SESSION_DAYS:
            if enrolled < day <= last and self.random.random() < 0.7:
                sittings.append(self.sit(PULSE, "before", day, language, mood - 0.2))
                sittings.append(self.sit(PULSE, "after", day, language, mood + 0.5))
        if sittings and CARD in self.surveys:
            sittings.append(self.sit(CARD, "baseline", sittings[-1].day, language, mood + 0.6))
        return tuple(sittings)

    def make_course(self, enrolled: date, language: str, mood: float, facts: Mapping[str, str]) -> tuple[Sitting, ...]:
        """The ten weeks of the youth group: the same questions at its beginning and its end."""
        if LOTUS not in self.surveys:
            return ()
        first = enrolled + timedelta(days=self.random.randint(3, 20))
        found = [self.sit(LOTUS, "baseline", first, language, mood, facts)]
        if self.random.random() < 0.85 and found[0].consents[Purpose.ANSWER]:
            found.append(self.sit(LOTUS, "exit", first + timedelta(days=70), language, mood + 0.7, facts))
        return tuple(found)

    def sit(
        self, name: str, wave: str, day: date, language: str, mood: float, facts: Mapping[str, str] | None = None
    ) -> Sitting:
        """One sitting with its consents; nobody answers who refused."""
        random, survey = self.random, self.surveys[name]
        told = language if language in survey.languages else survey.languages[0]
        answers_at_all = random.random() > 0.05
        consents = {
            Purpose.ANSWER: answers_at_all,
            Purpose.STATISTICS: random.random() > 0.04,
            Purpose.QUOTE: random.random() < 0.4,
            Purpose.RECONTACT: random.random() < 0.6,
            Purpose.LINK: random.random() < 0.2,
        }
        answers = make_answers(random, survey, mood, told, facts) if answers_at_all else {}
        return Sitting(name, wave, day, told, consents, answers)


def make_lives(seed: int, plan: Plan, surveys: Mapping[str, Survey], crowds: Mapping[str, Crowd]) -> tuple[Life, ...]:
    """Invent the people of each organisation of the plan."""
    return tuple(
        life
        for partner, crowd in crowds.items()
        for life in (Inventor(seed, plan, partner, surveys).make_lives(crowd) if crowd.people else ())
    )


def _pick(random: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return random.choices([each for each, _ in weighted], [weight for _, weight in weighted])[0]


def _list_themes(service_type: str, number: int) -> tuple[str, ...]:
    """The themes of a narrative about a service; without chance, so that nothing else changes by them."""
    if number >= len(_ALSO):
        return ()
    own = _THEMES.get(service_type) or _THEMES.get(service_type[:3])
    return (*([own] if own else []), _ALSO[number])


def _write_answers(survey: Survey, answers: Mapping[str, Answer]) -> dict[str, object]:
    """Answers as staff write them down: the value, or the choice that stands for a state."""
    found: dict[str, object] = {}
    for name, answer in answers.items():
        states = {choice.state: choice.value for choice in survey.get_question(name).choices}
        found[name] = answer.value if answer.value is not None else states[answer.state]
    return found

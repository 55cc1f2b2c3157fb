"""Invented lives: who comes when, receives what, and answers what. Pure and seeded: same seed, same lives.

No line describes a real person. The numbers of people per partner (0, 19 and 60) are those of the issue that asked
for the sample: a contributor without services, the average partner of COALESCE, and a large one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from me_platform.services.people import Finding, NarrativeText, Profile, Quote, Service
from me_platform.surveys.definition import Answer, AnswerState, Purpose

SURVEY_DAYS = (date(2025, 11, 11), date(2026, 2, 10), date(2026, 5, 12))
"""Days on which the survey site itself is walked over HTTP; 91 days apart, so every window fits."""

WAVES = ("baseline", "followup-1", "followup-2")
PERIOD_END = date(2026, 9, 30)

_LADDER = ("no", "rather_no", "rather_yes", "yes")
_ITEMS = (
    "useful",
    "safe_home",
    "in_danger",
    "decide",
    "rights",
    "say_no",
    "respect",
    "private",
    "hard_day",
    "people",
)
_WARM_ITEMS = frozenset({"useful", "respect", "private", "rights", "say_no"})
_SERVICES = (
    ("LEG5", 10),
    ("LEG3", 12),
    ("LEG7", 6),
    ("PSY1", 14),
    ("PSY2", 9),
    ("PSY3", 8),
    ("PSY4", 26),
    ("PSY5", 10),
    ("EEM2", 9),
    ("EEM4", 6),
    ("EEM7", 5),
)
_BANDS = (("18-24", 22), ("25-34", 40), ("35-49", 26), ("50+", 6), ("unknown", 6))

_GOALS = {
    "lv": (
        "Atrast darbu, kas patīk",
        "Sava istaba",
        "Iemācīties valodu",
        "Mierīga dzīve",
        "Pabeigt kursus",
        "Mācīties",
    ),
    "en": ("Find work I like", "A room of my own", "Learn the language", "To feel calm", "Finish my course", "Study"),
}
_CHANGES = {
    "lv": (
        "Tulks arī vakaros.",
        "Vairāk laika sarunām.",
        "Lai viss nav jāstāsta vairākas reizes.",
        "Vēstules vienkāršā valodā.",
    ),
    "en": (
        "An interpreter in the evening too.",
        "More time to talk.",
        "Not having to tell everything again and again.",
        "Letters in simple words.",
    ),
}
_FINDINGS = (
    {
        "en": "Women who chose their own interpreter came to the next meeting more often.",
        "lv": "Sievietes, kuras pašas izvēlējās tulku, biežāk atnāca uz nākamo tikšanos.",
    },
    {
        "en": "A written plan in plain words made the first legal meeting calmer.",
        "lv": "Vienkārši uzrakstīts plāns padarīja pirmo tikšanos ar juristu mierīgāku.",
    },
    {
        "en": "Waiting for a place in a language course was the most frequent obstacle to work.",
        "lv": "Biežākais šķērslis ceļā uz darbu bija rinda uz valodas kursiem.",
    },
    {
        "en": "Child care during group sessions decided whether mothers could take part.",
        "lv": "Mātes varēja piedalīties grupas nodarbībās, ja kāds pieskatīja viņu bērnus.",
    },
)
_QUOTES = (
    ("Beidzot kāds paskaidroja, kas notiks tālāk.", "lv"),
    ("Here nobody hurries me.", "en"),
    ("Es pati izvēlējos, ar ko runāt.", "lv"),
    ("I know now whom I can call.", "en"),
)
_AREAS = {"LEG": "LEG", "PSY": "PSY", "EEM": "EEM"}
_STAGES = ("early_assistance", "stabilisation", "integration", "transition")


@dataclass(frozen=True)
class Sitting:
    """One survey a person sits down to: day, language, consents by purpose, and answers; what is not named is skipped.

    ``over_http`` says whether the survey site itself is walked. ``consents`` without ``answer`` is a refusal.
    ``takes_back`` says that the person comes back with the receipt code and takes every answer back.
    """

    wave: str
    day: date
    language: str
    consents: Mapping[Purpose, bool]
    answers: Mapping[str, Answer]
    over_http: bool
    takes_back: bool = False


@dataclass(frozen=True)
class Life:
    """One invented person at one partner."""

    partner: str
    enrolled: date
    profile: Profile
    services: tuple[Service, ...]
    narratives: tuple[NarrativeText, ...]
    sittings: tuple[Sitting, ...]
    withdraws: tuple[str, date] | None
    objects: date | None


def make_lives(seed: int, people: Mapping[str, int]) -> tuple[Life, ...]:
    """Invent that many people for each partner code."""
    random = Random(seed)
    return tuple(
        _make_life(random, partner, position, large=count > 30)
        for partner, count in people.items()
        for position in range(count)
    )


def _make_life(random: Random, partner: str, position: int, *, large: bool) -> Life:
    # In the small partner everybody answers on the survey days; in the large one a share does.
    on_survey_days = not large or position % 5 == 0
    if on_survey_days:
        enrolled = SURVEY_DAYS[0] - timedelta(days=random.randint(3, 28))
    else:
        enrolled = date(2025, 10, 6) + timedelta(days=random.randint(0, 120))
    language = random.choices(("lv", "en"), (55, 45))[0]
    ending = min(enrolled + timedelta(days=random.randint(190, 330)), PERIOD_END)
    services = _make_services(random, enrolled, ending)
    sittings = _make_sittings(random, enrolled, language, on_survey_days=on_survey_days)
    if sittings and large and position == 0:
        # One person of the large partner comes back later and takes everything back.
        sittings = (*sittings[:-1], replace(sittings[-1], takes_back=True))
    withdraws = None
    if sittings and random.random() < 0.05:
        withdraws = ("statistics", sittings[-1].day + timedelta(days=random.randint(2, 20)))
    return Life(
        partner=partner,
        enrolled=enrolled,
        profile=Profile(
            age_band=random.choices([band for band, _ in _BANDS], [weight for _, weight in _BANDS])[0],
            language=language,
            term=random.choice(("survivor", "support_recipient", "no_preference")),
        ),
        services=services,
        narratives=_make_narratives(random, services, sittings),
        sittings=sittings,
        withdraws=withdraws,
        objects=enrolled + timedelta(days=60) if random.random() < 0.02 else None,
    )


def _make_services(random: Random, start: date, end: date) -> tuple[Service, ...]:
    days = sorted(start + timedelta(days=random.randint(0, (end - start).days)) for _ in range(random.randint(3, 12)))
    codes = [code for code, _ in _SERVICES]
    weights = [weight for _, weight in _SERVICES]
    favourites = random.choices(codes, weights, k=3)
    return tuple(
        Service(
            type=random.choice(favourites),
            date=max(day, start),
            hours=random.choice((0.5, 1.0, 1.0, 1.5, 2.0)),
            mode=random.choices(("in_person", "phone", "video"), (70, 20, 10))[0],
        )
        for day in days
    )


def _make_sittings(random: Random, enrolled: date, language: str, *, on_survey_days: bool) -> tuple[Sitting, ...]:
    if random.random() < 0.04:
        return ()  # was never invited: left before the window closed
    baseline = SURVEY_DAYS[0] if on_survey_days else enrolled + timedelta(days=random.randint(4, 27))
    mood = random.gauss(1.6, 0.8)
    sittings = []
    for number, wave in enumerate(WAVES):
        day = SURVEY_DAYS[number] if on_survey_days else baseline + timedelta(days=90 * number + random.randint(0, 14))
        if number and random.random() < 0.16:
            break  # dropped out
        answers_at_all = random.random() > 0.05
        consents = {
            Purpose.ANSWER: answers_at_all,
            Purpose.STATISTICS: random.random() > 0.04,
            Purpose.QUOTE: random.random() < 0.4,
            Purpose.RECONTACT: random.random() < 0.6,
            Purpose.LINK: random.random() < 0.2,
        }
        answers = _make_answers(random, mood + 0.45 * number, language) if answers_at_all else {}
        sittings.append(Sitting(wave, day, language, consents, answers, over_http=on_survey_days))
        if not answers_at_all:
            break
    return tuple(sittings)


def _make_answers(random: Random, mood: float, language: str) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for item in _ITEMS:
        chance = random.random()
        step = round(random.gauss(mood + (0.6 if item in _WARM_ITEMS else 0.0), 0.8))
        if chance < 0.03:
            continue  # skipped
        if chance < 0.06:
            answers[item] = Answer(AnswerState.DECLINED)
        elif chance < 0.09:
            answers[item] = Answer(AnswerState.DONT_KNOW)
        elif chance < 0.10:
            answers[item] = Answer(AnswerState.NOT_APPLICABLE)
        else:
            answers[item] = Answer(AnswerState.ANSWERED, _LADDER[min(max(step, 0), 3)])
    if random.random() < 0.7:
        answers["goal"] = Answer(AnswerState.ANSWERED, random.choice(_GOALS[language]))
    near = min(max(round(random.gauss(2.0 + 1.6 * mood, 2.0)), 0), 10)
    if random.random() < 0.9:
        answers["goal_near"] = Answer(AnswerState.ANSWERED, near)
    if random.random() < 0.35:
        answers["change"] = Answer(AnswerState.ANSWERED, random.choice(_CHANGES[language]))
    return answers


def _make_narratives(
    random: Random, services: tuple[Service, ...], sittings: tuple[Sitting, ...]
) -> tuple[NarrativeText, ...]:
    if random.random() < 0.12:
        return ()
    quoted = any(sitting.consents[Purpose.QUOTE] and sitting.consents[Purpose.ANSWER] for sitting in sittings)
    narratives = []
    for number, service in enumerate(services[2::4]):
        area = _AREAS[service.type[:3]]
        finding = Finding(random.choice(_FINDINGS), checked=True) if random.random() < 0.12 else None
        words = random.choice(_QUOTES)
        quote = Quote(words[0], words[1], checked=True) if quoted and random.random() < 0.15 else None
        narratives.append(
            NarrativeText(
                date=service.date,
                areas=(area,),
                stage=_STAGES[min(number, len(_STAGES) - 1)],
                direction={area: random.choices(("forward", "same", "backward"), (6, 3, 1))[0]},
                changed_staff="Invented sample narrative.",
                barriers=tuple(random.sample(("B5", "B6", "B7", "B8"), k=random.randint(0, 2))),
                finding=finding,
                quote=quote,
            )
        )
    return tuple(narratives)

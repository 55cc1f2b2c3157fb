"""What an officer wants to know of a survey before people answer it: how long it is, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from me_platform.surveys.audio import Library, find_recording, list_spoken
from me_platform.surveys.definition import FILLED_IN_BY_STAFF, Survey, Text
from me_platform.surveys.wording import list_long_sentences

WORDS_A_MINUTE = 183
"""Words read aloud in a minute: the mean of 77 studies with 5,965 people (Brysbaert 2019, How many words do we read
per minute?, Journal of Memory and Language 109). Slow readers read about so fast, and who listens hears so much."""

SECONDS = {"single_choice": 5, "multiple_choice": 10, "scale": 5, "number": 10, "date": 10, "text": 45, "note": 2}
"""Seconds to decide and tap, by kind of question; the project's own assumption, to be replaced by what is seen with
people. A question of 17 words with its choices comes to some 10 seconds, which is what the Pew Research Center counts
for a question that stands alone (How we keep our online surveys from running too long, 2022)."""
_CONSENT = 5


@dataclass(frozen=True)
class LanguageReview:
    """What somebody should look at in one language of a survey.

    ``long_sentences`` are sentences of more than 15 words, ``untranslated`` texts a person who wants to read the
    language would not find in it, ``unheard`` texts that cannot be listened to.
    """

    long_sentences: int
    untranslated: int
    unheard: int


@dataclass(frozen=True)
class SurveyReview:
    """One survey in figures.

    ``questions`` are those that are answered, all waves together; ``minutes`` is what somebody needs who is asked
    all of them. ``languages`` are those the survey was looked at in, its own and others.
    """

    survey: str
    questions: int
    minutes: float
    languages: Mapping[str, LanguageReview]

    @property
    def whole(self) -> LanguageReview:
        """All languages together, each text counted once for each language."""
        found = self.languages.values()
        return LanguageReview(
            long_sentences=sum(each.long_sentences for each in found),
            untranslated=sum(each.untranslated for each in found),
            unheard=sum(each.unheard for each in found),
        )


def make_review(survey: Survey, languages: Collection[str], library: Library, root: Path) -> SurveyReview:
    """Review a survey; ``languages`` are those its texts are looked for in, ``root`` is where recordings lie."""
    texts = tuple(_list_texts(survey))
    by_staff = survey.respondent in FILLED_IN_BY_STAFF
    return SurveyReview(
        survey=survey.id,
        questions=sum(question.kind != "note" for question in survey.questions),
        minutes=compute_minutes(survey),
        languages={
            language: LanguageReview(
                long_sentences=sum(len(list_long_sentences(text.get(language, ""))) for text in texts),
                untranslated=sum(language not in text for text in texts),
                unheard=0 if by_staff else _count_unheard(survey, language, library, root),
            )
            for language in dict.fromkeys((*survey.languages, *languages))
        },
    )


def tell_gaps(review: SurveyReview, name: str) -> str:
    """One figure of all languages (a field of LanguageReview): ``45 (ar 40, uk 5)``, or ``50`` where all are alike."""
    found = {language: int(getattr(each, name)) for language, each in review.languages.items()}
    named = [f"{language} {number}" for language, number in found.items() if number]
    total = str(sum(found.values()))
    return total if len(set(found.values())) == 1 else f"{total} ({', '.join(named)})"


def compute_minutes(survey: Survey) -> float:
    """Minutes somebody needs for consent and all questions: (words / 183) + the seconds of each page / 60.

    Words are those of the English texts with every choice; a plainer wording is left out. See ``WORDS_A_MINUTE`` and
    ``SECONDS`` for where the numbers are from.
    """
    words = sum(
        len(re.findall(r"[\w'’-]+", spoken.text["en"]))
        for spoken in list_spoken(survey)
        if not spoken.item.endswith(".again")
    )
    seconds = sum(SECONDS[question.kind] for question in survey.questions)
    return words / WORDS_A_MINUTE + (seconds + _CONSENT * len(survey.consent)) / 60


def _list_texts(survey: Survey) -> Iterator[Text]:
    """Every text that stands on a page, but for the title, which is for staff."""
    yield survey.note
    for consent in survey.consent:
        yield from filter(None, (consent.title, consent.body, consent.again))
    for question in survey.questions:
        yield from filter(None, (question.prompt, question.hint, question.message, *(question.ends or ())))
        yield from (choice.label for choice in question.choices)


def _count_unheard(survey: Survey, language: str, library: Library, root: Path) -> int:
    return sum(
        not library.find_name(survey.id, language, spoken.item)
        and find_recording(root, survey, language, spoken) is None
        for spoken in list_spoken(survey)
        if language in survey.languages
    )

"""The order of pages at the survivor's door and what a tap on one of them leads to. Pure: decides, does nothing.

One page asks one thing. Every form names the page it answers; a form for another page (a second tab, the Back
button, a doubled tap) changes nothing. Source: privacy-and-safety 1.2, 1.6, 1.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from me_platform.errors import ProgramError
from me_platform.surveys.answers import find_doubt, list_asked
from me_platform.surveys.definition import Answer, AnswerState, Mode, Purpose, Question, Survey
from me_platform.surveys.question_types import AnswerProblem, check_answer
from me_platform.surveys.taking_back import list_takeable
from me_platform.surveys.text import make_text

LANGUAGE, ABOUT, SEND, REVIEW, PAUSED = "language", "about", "send", "review", "paused"
HELPER = "helper"
THANKS, REFUSED, CLOSED, AGREED = "thanks", "refused", "closed", "agreed"
TAKE_ONE, TALK, ASKED = "take_one", "talk", "asked"
CARD = "card"
CARD_TAKEN, CARD_WRONG = f"{CARD}-taken", f"{CARD}-wrong"
"""The page of the link card, after a card from elsewhere was typed, and after something that is none."""

DONE_PAGES = frozenset({THANKS, REFUSED, CLOSED, AGREED, TAKE_ONE, TALK, ASKED, CARD, CARD_TAKEN, CARD_WRONG})
"""Pages of a sitting in which nothing can be answered any more."""

HELPERS = (Mode.SELF, Mode.IN_PERSON, Mode.PHONE, Mode.INTERPRETER, Mode.CULTURAL_MEDIATOR)
"""Who may help with the answers, nobody first. Paper is no help: such a form is typed in by staff."""

MAX_WORDS = 200
"""Longest text of somebody who asks to be talked to, in characters."""

NOT_AN_ACTION = "not_an_action"
OTHER_BODY = "other_body"


class StepRefused(ProgramError):
    """A form that no page of ours sends: an unknown action, a choice outside the list, a text that is too long.

    ``problem`` is a value of AnswerProblem, ``not_an_action`` or ``other_body``; ``language`` is the person's.
    """

    def __init__(self, problem: str, language: str) -> None:
        self.problem, self.language = problem, language
        super().__init__(f"The form was refused: {problem}.")


@dataclass(frozen=True)
class Draft:
    """Everything a sitting remembers, sealed between two requests.

    ``page`` is the page to show. ``answers`` holds what was answered, states included, and nothing for what was
    skipped. ``door`` is the HMAC of the door's code, spent at submission. ``seen`` is the time of the last tap, where
    the instance is: its day is what a survey's logic calls today. ``sent`` is the HMAC of what was sent, empty before.
    ``mode`` is how the answers are given. ``reviewing`` says that a question's page leads back to the review.
    ``alerted``: whoever is on duty was told that somebody may need support when this was sent. ``linked``: what was
    sent agrees to be linked, so that its last page offers the link card.
    """

    survey: str
    fingerprint: str
    wave: str
    door: bytes
    language: str
    page: str
    submission_key: bytes
    receipt_code: str
    seen: datetime
    consents: Mapping[Purpose, bool] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    paused: bool = False
    sent: bytes = b""
    mode: Mode = Mode.SELF
    alerted: bool = False
    reviewing: bool = False
    linked: bool = False

    @property
    def day(self) -> date:
        """The day of the last tap."""
        return self.seen.date()


@dataclass(frozen=True)
class Form:
    """What a page sent: the page it answers, the action, and the fields an action may need.

    ``values`` and ``state`` are as in ``question_types.check_answer``. ``submission_key`` and ``seal`` are what the
    page before sending carries; ``body`` is every field but the token, in one fixed order.
    """

    page: str
    do: str
    values: tuple[str, ...] = field(default=(), repr=False)
    state: str = field(default="", repr=False)
    language: str = ""
    purpose: str = ""
    question: str = ""
    submission_key: str = ""
    seal: str = ""
    body: bytes = field(default=b"", repr=False)


class Effect(StrEnum):
    """What has to happen to make a step true."""

    NOTHING = "nothing"
    SAVE = "save"
    PAUSE = "pause"
    REFUSE = "refuse"
    SUBMIT = "submit"
    GIVE = "give"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"
    TAKE_ONE = "take_one"
    ASK = "ask"
    CARD = "card"
    END = "end"


@dataclass(frozen=True)
class Step:
    """A decision: the effect, the draft after it, and the purpose or question where the effect is about one.

    ``words`` are what somebody writes who asks to be talked to, or the code of a card as it was typed; no draft keeps
    them.
    """

    effect: Effect
    draft: Draft
    purpose: Purpose | None = None
    question: str = ""
    words: str = field(default="", repr=False)


def make_consent_page(purpose: Purpose) -> str:
    """The name of the page that asks for a purpose."""
    return f"consent-{purpose.value}"


def make_question_page(question: Question) -> str:
    """The name of a question's page."""
    return f"question-{question.name}"


def list_purposes(survey: Survey) -> tuple[Purpose, ...]:
    """What the survey asks consent for, ``answer`` first: without it nothing else is asked."""
    return tuple(sorted(survey.purposes, key=lambda purpose: purpose is not Purpose.ANSWER))


def list_pages(
    survey: Survey, answers: Mapping[str, Answer], wave: str = "", day: date | None = None
) -> tuple[str, ...]:
    """The pages up to sending in a wave, in order, given the answers so far; ``day`` as in ``list_asked``."""
    return (
        *dict.fromkeys((get_first_page(survey), ABOUT)),
        *(make_consent_page(purpose) for purpose in list_purposes(survey)),
        *(make_question_page(question) for question in list_asked(survey, answers, wave, day)),
        SEND,
    )


def get_first_page(survey: Survey) -> str:
    """The page a sitting starts with: a survey in one language does not ask which."""
    return LANGUAGE if len(survey.offered) > 1 else ABOUT


def make_language_page(page: str) -> str:
    """The name of the page that asks for another language and leads back to a page."""
    return f"{LANGUAGE}-{page}"


def make_helper_page(page: str) -> str:
    """The name of the page that asks who helps and leads back to a page."""
    return f"{HELPER}-{page}"


def get_current_page(draft: Draft) -> str:
    """The page to show now."""
    return PAUSED if draft.paused else draft.page


def find_question(draft: Draft, survey: Survey) -> Question | None:
    """The question the current page asks, or None on a page of another kind."""
    kind, _, name = draft.page.partition("-")
    return survey.get_question(name) if kind == "question" else None


def find_purpose(draft: Draft) -> Purpose | None:
    """The purpose the current page asks consent for, or None on a page of another kind."""
    kind, _, name = draft.page.partition("-")
    return Purpose(name) if kind == "consent" else None


def has_page_before(draft: Draft, survey: Survey) -> bool:
    """Whether there is a page to go back to."""
    return draft.page not in DONE_PAGES and draft.page != get_first_page(survey)


def take_step(draft: Draft, survey: Survey, form: Form) -> Step:
    """Decide what a form leads to.

    A form for another page than the current one changes nothing. Raises StepRefused for what no page sends.
    """
    page = get_current_page(draft)
    if form.page != page:
        return Step(Effect.NOTHING, draft)
    action = _ACTIONS[page.partition("-")[0]].get(form.do)
    if action is None:
        raise StepRefused(NOT_AN_ACTION, draft.language)
    return action(draft, survey, form)


def restart(draft: Draft, survey: Survey) -> Draft:
    """The same sitting from the start of the survey as it is now: what was asked has changed meanwhile."""
    return replace(
        draft,
        language=draft.language if draft.language in survey.offered else survey.offered[0],
        page=get_first_page(survey),
        consents={},
        answers={},
        reviewing=False,
    )


def _go(draft: Draft, survey: Survey, offset: int) -> Draft:
    if draft.reviewing:
        return replace(draft, page=REVIEW, reviewing=False)
    pages = list_pages(survey, draft.answers, draft.wave, draft.day)
    return replace(draft, page=pages[max(pages.index(draft.page) + offset, 0)])


def _go_on(draft: Draft, survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, _go(draft, survey, +1))


def _go_back(draft: Draft, survey: Survey, form: Form) -> Step:
    return Step(Effect.SAVE, _go(_keep(draft, survey, form), survey, -1))


def _pause(draft: Draft, survey: Survey, form: Form) -> Step:
    return Step(Effect.PAUSE, replace(_keep(draft, survey, form), paused=True))


def _resume(draft: Draft, _survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, replace(draft, paused=False))


def _choose_language(draft: Draft, survey: Survey, form: Form) -> Step:
    if form.language not in survey.offered:
        raise StepRefused(AnswerProblem.NOT_A_CHOICE, draft.language)
    chosen = replace(draft, language=form.language)
    return Step(Effect.SAVE, _leave_languages(chosen) or _go(chosen, survey, +1))


def _ask_language(draft: Draft, survey: Survey, form: Form) -> Step:
    if len(survey.offered) == 1:
        raise StepRefused(NOT_AN_ACTION, draft.language)
    kept = _keep(draft, survey, form)
    return Step(Effect.SAVE, replace(kept, page=make_language_page(draft.page)))


def _keep_language(draft: Draft, _survey: Survey, _form: Form) -> Step:
    back = _leave_languages(draft)
    if back is None:
        raise StepRefused(NOT_AN_ACTION, draft.language)
    return Step(Effect.SAVE, back)


def _leave_languages(draft: Draft) -> Draft | None:
    """Where the page that asks for another language leads back; None on the first page, which leads on."""
    page = draft.page.partition("-")[2]
    return replace(draft, page=page) if page else None


def _ask_helper(draft: Draft, _survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, replace(draft, page=make_helper_page(draft.page)))


def _choose_helper(draft: Draft, survey: Survey, form: Form) -> Step:
    chosen = next((mode for mode in HELPERS if form.values == (mode.value,)), None)
    if chosen is None:
        raise StepRefused(AnswerProblem.NOT_A_CHOICE, draft.language)
    return _keep_helper(replace(draft, mode=chosen), survey, form)


def _keep_helper(draft: Draft, _survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, replace(draft, page=draft.page.partition("-")[2]))


def _agree(draft: Draft, survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, _go(_decide(draft, given=True), survey, +1))


def _decline(draft: Draft, survey: Survey, _form: Form) -> Step:
    decided = _decide(draft, given=False)
    if find_purpose(draft) is Purpose.ANSWER:
        # Without this consent nothing is stored but the refusal (privacy-and-safety part 2).
        return Step(Effect.REFUSE, replace(decided, page=REFUSED, answers={}, consents={Purpose.ANSWER: False}))
    return Step(Effect.SAVE, _go(decided, survey, +1))


def _decide(draft: Draft, *, given: bool) -> Draft:
    purpose = find_purpose(draft)
    return draft if purpose is None else replace(draft, consents={**draft.consents, purpose: given})


def _answer(draft: Draft, survey: Survey, form: Form) -> Step:
    answered = _set_answer(draft, survey, form)
    if isinstance(answered, AnswerProblem):
        raise StepRefused(answered, draft.language)
    question = find_question(draft, survey)
    if question is not None and find_doubt(survey, question, answered.answers, draft.wave, draft.day):
        # Kept as it is, so that nothing is lost; the page says what to look at.
        return Step(Effect.SAVE, answered)
    return Step(Effect.SAVE, _go(answered, survey, +1))


def _skip(draft: Draft, survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, _go(_drop_answer(draft, survey), survey, +1))


def _clear(draft: Draft, survey: Survey, _form: Form) -> Step:
    return Step(Effect.SAVE, _drop_answer(draft, survey))


def _keep(draft: Draft, survey: Survey, form: Form) -> Draft:
    """Keep what a question's form holds when the person goes back or pauses; what is no answer is left out."""
    if find_question(draft, survey) is None:
        return draft
    answered = _set_answer(draft, survey, form)
    return draft if isinstance(answered, AnswerProblem) else answered


def _set_answer(draft: Draft, survey: Survey, form: Form) -> Draft | AnswerProblem:
    question = find_question(draft, survey)
    assert question is not None, "only a question's page has an answer"  # noqa: S101
    answer = check_answer(question, form.values, form.state)
    if isinstance(answer, AnswerProblem):
        return answer
    if answer.state in {AnswerState.SKIPPED, AnswerState.NOT_ASKED}:
        return _drop_answer(draft, survey)
    return replace(draft, answers={**draft.answers, question.name: answer})


def _drop_answer(draft: Draft, survey: Survey) -> Draft:
    question = find_question(draft, survey)
    kept = {name: answer for name, answer in draft.answers.items() if question is None or name != question.name}
    return replace(draft, answers=kept)


def _send(draft: Draft, survey: Survey, _form: Form) -> Step:
    """Send, or go to the first answer in doubt: left with "Back", or questioned by what was answered later."""
    asked = list_asked(survey, draft.answers, draft.wave, draft.day)
    doubtful = next((each for each in asked if find_doubt(survey, each, draft.answers, draft.wave, draft.day)), None)
    if doubtful is None:
        return Step(Effect.SUBMIT, draft)
    return Step(Effect.SAVE, replace(draft, page=make_question_page(doubtful), reviewing=True))


def _change(draft: Draft, survey: Survey, form: Form) -> Step:
    asked = {each.name: each for each in list_asked(survey, draft.answers, draft.wave, draft.day)}
    if form.question not in asked:
        raise StepRefused(AnswerProblem.NOT_A_CHOICE, draft.language)
    return Step(Effect.SAVE, replace(draft, page=make_question_page(asked[form.question]), reviewing=True))


def _show(page: str) -> Callable[[Draft, Survey, Form], Step]:
    return lambda draft, _survey, _form: Step(Effect.SAVE, replace(draft, page=page))


def _change_consent(effect: Effect) -> Callable[[Draft, Survey, Form], Step]:
    def change(draft: Draft, survey: Survey, form: Form) -> Step:
        # The consent to answer ends with the answers themselves: they are taken back, by a button of their own.
        changeable = {purpose.value: purpose for purpose in survey.purposes if purpose is not Purpose.ANSWER}
        if form.purpose not in changeable:
            raise StepRefused(AnswerProblem.NOT_A_CHOICE, draft.language)
        return Step(effect, draft, changeable[form.purpose])

    return change


def _take_back(draft: Draft, _survey: Survey, _form: Form) -> Step:
    return Step(Effect.TAKE_BACK, draft)


def _take_one(draft: Draft, survey: Survey, form: Form) -> Step:
    """The questions are known by their number on the page; where none was chosen the page is shown again."""
    questions = list_takeable(survey, draft.wave)
    numbers = {str(number): question.name for number, question in enumerate(questions, 1)}
    if not form.values:
        return Step(Effect.NOTHING, draft)
    if len(form.values) > 1 or form.values[0] not in numbers:
        raise StepRefused(AnswerProblem.NOT_A_CHOICE, draft.language)
    return Step(Effect.TAKE_ONE, replace(draft, page=AGREED), question=numbers[form.values[0]])


def _ask(draft: Draft, _survey: Survey, form: Form) -> Step:
    words = make_text("\n".join(form.values)[: 100 * MAX_WORDS])
    if len(words) > MAX_WORDS:
        raise StepRefused(AnswerProblem.TOO_LONG, draft.language)
    return Step(Effect.ASK, replace(draft, page=ASKED), words=words)


def _return(draft: Draft, _survey: Survey, _form: Form) -> Step:
    """Back to where somebody was asked for: the end of the survey, or what was agreed to."""
    return Step(Effect.SAVE, replace(draft, page=THANKS if draft.sent else AGREED))


def _get_card(draft: Draft, survey: Survey, _form: Form) -> Step:
    if Purpose.LINK not in survey.purposes:
        raise StepRefused(NOT_AN_ACTION, draft.language)
    return Step(Effect.CARD, replace(draft, page=CARD))


def _show_card(draft: Draft, _survey: Survey, form: Form) -> Step:
    """A card from another organisation; what was typed is longer than any code where it cannot be one."""
    typed = "".join(form.values)
    if not typed.strip():
        return Step(Effect.SAVE, replace(draft, page=CARD))
    return Step(Effect.CARD, replace(draft, page=CARD_TAKEN), words=typed[:MAX_WORDS])


def _end(draft: Draft, _survey: Survey, _form: Form) -> Step:
    return Step(Effect.END, draft)


_ACTIONS: Mapping[str, Mapping[str, Callable[[Draft, Survey, Form], Step]]] = {
    LANGUAGE: {"language": _choose_language, "back": _keep_language, "pause": _pause},
    ABOUT: {
        "next": _go_on,
        "helper": _ask_helper,
        "languages": _ask_language,
        "back": _go_back,
        "pause": _pause,
    },
    HELPER: {"helped": _choose_helper, "back": _keep_helper, "pause": _pause, "languages": _ask_language},
    "consent": {"yes": _agree, "no": _decline, "languages": _ask_language, "back": _go_back, "pause": _pause},
    "question": {
        "next": _answer,
        "skip": _skip,
        "clear": _clear,
        "back": _go_back,
        "pause": _pause,
        "languages": _ask_language,
    },
    SEND: {
        "send": _send,
        "review": _show(REVIEW),
        "helper": _ask_helper,
        "back": _go_back,
        "pause": _pause,
        "languages": _ask_language,
    },
    REVIEW: {"change": _change, "next": _show(SEND), "pause": _pause, "languages": _ask_language},
    PAUSED: {"resume": _resume},
    THANKS: {"agreed": _show(AGREED), "card": _get_card, "talk": _show(TALK), "end": _end},
    REFUSED: {"end": _end},
    CLOSED: {"end": _end},
    AGREED: {
        "give": _change_consent(Effect.GIVE),
        "withdraw": _change_consent(Effect.WITHDRAW),
        "take_back": _take_back,
        "take_one": _show(TAKE_ONE),
        "card": _get_card,
        "talk": _show(TALK),
        "thanks": _show(THANKS),
        "end": _end,
    },
    TAKE_ONE: {"take_one": _take_one, "agreed": _show(AGREED)},
    CARD: {"show": _show_card, "agreed": _show(AGREED), "end": _end},
    TALK: {"ask": _ask, "return": _return},
    ASKED: {"return": _return, "end": _end},
}
"""What can be done on each kind of page; leaving at once is possible everywhere and needs no decision."""

"""Use cases of the survivor's door: open it, answer page by page, pause, send, see what was agreed to, leave.

Each use case is one transaction. What was sent is sealed to the person: nothing here can read it again. Source:
privacy-and-safety 1.1, 1.2, 1.6, 1.7.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from me_platform.errors import InputInvalid
from me_platform.sealing.envelope import (
    Place,
    compute_body_mac,
    compute_code_mac,
    derive_notice_key,
    open_with_key,
    seal_to_person,
)
from me_platform.services.asking import Reason, ask_for_somebody, can_ask
from me_platform.services.codes import (
    CodePurpose,
    is_card_code,
    is_receipt_code,
    make_receipt_code,
    read_typed_code,
)
from me_platform.services.door_choice import choose_door, take_door
from me_platform.services.link_cards import find_card, take_card
from me_platform.services.receipts import (
    Agreement,
    add_decisions,
    change_consent,
    find_agreement,
    take_back_answer,
    take_back_answers,
)
from me_platform.services.sittings import (
    Doorstep,
    OpenSitting,
    finish_sitting,
    forget_sitting,
    look_in,
    open_sitting,
    pause_sitting,
    save_at_once,
    save_draft,
    sit_down,
    take_up_sitting,
)
from me_platform.storage.doors import find_doors
from me_platform.storage.notices import find_notices
from me_platform.storage.receipts import ReceiptRow, add_receipt, find_receipt
from me_platform.storage.responses import ResponseRow, add_response, find_own_response, find_public_key
from me_platform.storage.sittings import delete_sitting
from me_platform.storage.tenancy import enter_person, present_code
from me_platform.surveys import flow
from me_platform.surveys.answers import compute_capacity, encode_response, is_alert, make_response
from me_platform.surveys.definition import Answer, AnswerState, Mode, Purpose, Survey
from me_platform.surveys.flow import Draft, Effect, Form, Step, StepRefused
from me_platform.surveys.question_types import QUESTION_TYPES, ChoiceRule

SUBMISSION_KEY_BYTES = 16
"""Length of the key a submission carries once and only once (architecture, "Once and only once")."""


@dataclass(frozen=True)
class Told:
    """What people asked for in a survey, and what was changed: language -> words."""

    asked: Mapping[str, str]
    changed: Mapping[str, str]


@dataclass(frozen=True)
class Visit:
    """What a page needs of a sitting.

    ``seal`` is what the page before sending carries (see ``Form.seal``); ``told`` is what was changed since people
    were last asked, for the page that opens a survey. ``card`` is the code of her link card, on its page and while
    she agrees. ``reachable``: a wish to be talked to would reach somebody.
    """

    survey: Survey
    draft: Draft
    seal: str
    agreement: Agreement | None = None
    card: str = ""
    reachable: bool = False
    told: tuple[Told, ...] = ()


def open_code(doorstep: Doorstep, typed: str, languages: Sequence[str]) -> bytes | None:
    """Open what a typed code belongs to: a door, a paused draft or a receipt. Returns the cookie's secret.

    None for a wrong, used, expired or never-issued code alike. ``languages`` are the browser's, best first.
    """
    code = read_typed_code(typed)
    if is_receipt_code(code):
        return _open_receipt(doorstep, code, languages)
    return _open_door(doorstep, compute_code_mac(doorstep.pepper, CodePurpose.DOOR, code), languages)


def open_link(doorstep: Doorstep, token: str, languages: Sequence[str]) -> bytes | None:
    """Open the door of a link or QR code; as ``open_code``."""
    mac = compute_code_mac(doorstep.pepper, CodePurpose.LINK, token.lower())
    return _open_door(doorstep, mac, languages)


def find_visit(doorstep: Doorstep, cookie: bytes) -> Visit | None:
    """The sitting of a cookie as it is; None where there is none or it has been idle too long. Changes nothing."""
    sitting = look_in(doorstep, cookie)
    if sitting is None:
        return None
    page = flow.get_current_page(sitting.draft).partition("-")[0]
    visit = Visit(sitting.survey, sitting.draft, _make_seal(sitting))
    if page not in {flow.AGREED, flow.ABOUT, flow.TALK, flow.CARD}:
        return visit
    with Session(doorstep.engine) as session:
        enter_person(session, sitting.row.partner, sitting.row.person)
        if page == flow.AGREED:
            return replace(visit, agreement=find_agreement(session, doorstep, sitting))
        if page == flow.CARD:
            return replace(visit, card=find_card(session, doorstep, sitting))
        if page == flow.TALK:
            return replace(visit, reachable=can_ask(session, sitting))
        return replace(visit, told=_list_told(session, doorstep, sitting))


def _list_told(session: Session, doorstep: Doorstep, sitting: OpenSitting) -> tuple[Told, ...]:
    """The notices of the partner whose code was used, the newest first."""
    key = derive_notice_key(doorstep.pepper, sitting.row.partner)
    opened = (
        json.loads(open_with_key(key, notice.sealed, Place("notice", notice.id, notice.partner)))
        for notice in find_notices(session, sitting.survey.id)
    )
    return tuple(Told(content["asked"], content["changed"]) for content in opened)


def take_step(doorstep: Doorstep, cookie: bytes, form: Form) -> Effect | None:
    """Carry out what a page sent; None where the sitting is over.

    A submission sent again with the same body changes nothing; with another body it raises StepRefused, as does a
    form that no page of ours sends.
    """
    sitting = look_in(doorstep, cookie)
    if sitting is None:
        return None
    step = _decide(sitting, form)
    if step.effect is Effect.NOTHING or (step.effect is Effect.SAVE and save_at_once(doorstep, sitting, step.draft)):
        return step.effect
    return _take_whole_step(doorstep, cookie, form)


def _decide(sitting: OpenSitting, form: Form) -> Step:
    if _is_sent_again(sitting, form):
        return Step(Effect.NOTHING, sitting.draft)
    return flow.take_step(sitting.draft, sitting.survey, form)


def _take_whole_step(doorstep: Doorstep, cookie: bytes, form: Form) -> Effect | None:
    """A step that changes more than the draft, or that another tab has to wait for; decided anew under the lock."""
    with Session(doorstep.engine) as session:
        sitting = open_sitting(session, doorstep, cookie)
        if sitting is None:
            return None
        step = _decide(sitting, form)
        _EFFECTS[step.effect](session, doorstep, sitting, step, form)
        session.commit()
        return step.effect


def leave(doorstep: Doorstep, cookie: bytes) -> None:
    """Quick exit and end: forget the sitting and what was not sent; a paused draft stays for its receipt code."""
    with Session(doorstep.engine) as session:
        forget_sitting(session, doorstep, cookie)
        session.commit()


def submit_directly(
    doorstep: Doorstep,
    code: str,
    language: str,
    consents: Mapping[Purpose, bool],
    answers: Mapping[str, Answer],
    *,
    mode: Mode = Mode.SELF,
    survey: str = "",
) -> str | None:
    """Answer a whole survey with a door code, through every page's decision, without a browser.

    ``mode`` says how the answers were given; a paper form typed in by staff is never mixed silently with the rest
    (privacy-and-safety 1.12).

    Purposes not named are refused, questions not named skipped. Returns the receipt code, or None where `answer` was
    refused. Raises InputInvalid for a code that opens nothing or another survey than the one named and for answers to
    questions that are not asked, StepRefused for what no page takes; the code stays unspent.
    """
    cookie = None if is_receipt_code(read_typed_code(code)) else open_code(doorstep, code, [language])
    if cookie is None:
        raise InputInvalid("The code opens no survey.")
    with Session(doorstep.engine) as session:
        sitting = open_sitting(session, doorstep, cookie)
        assert sitting is not None, "it was made a moment ago"  # noqa: S101
        if survey and sitting.survey.id != survey:
            raise InputInvalid("The code is for another survey.")
        step = Step(Effect.SAVE, replace(sitting.draft, mode=mode))
        while step.effect is Effect.SAVE:
            form = _fill_in(step.draft, sitting.survey, language, consents, answers)
            page, step = step.draft.page, flow.take_step(step.draft, sitting.survey, form)
            if step.effect is Effect.SAVE and step.draft.page == page:
                name = page.partition("-")[2]
                raise InputInvalid(f"The answer to '{name}' contradicts itself or another answer. Nothing was kept.")
        unasked = [name for name in answers if name not in step.draft.answers]
        if unasked and step.effect is Effect.SUBMIT:
            raise InputInvalid(
                f"Not asked in this wave, or only asked after another answer: {', '.join(unasked)}. Nothing was kept; "
                "take these answers out, or use the code that belongs to the form."
            )
        filled = replace(sitting, draft=step.draft)
        key, seal = step.draft.submission_key.hex(), _make_seal(filled)
        form = Form(step.draft.page, "send", submission_key=key, seal=seal, body=f"{key} {seal}".encode())
        _EFFECTS[step.effect](session, doorstep, filled, step, form)
        forget_sitting(session, doorstep, cookie)
        session.commit()
    return step.draft.receipt_code if step.effect is Effect.SUBMIT else None


def _open_door(doorstep: Doorstep, mac: bytes, languages: Sequence[str]) -> bytes | None:
    with Session(doorstep.engine) as session:
        present_code(session, mac)
        door = choose_door(doorstep, find_doors(session, mac))
        if door is None or door.person is None:
            return None
        enter_person(session, door.partner, door.person)
        if find_public_key(session, door.person) is None:
            return None
        survey = doorstep.surveys[door.survey]
        draft = Draft(
            survey=survey.id,
            fingerprint=survey.fingerprint,
            wave=door.wave,
            door=door.code_mac,
            language=_choose_language(survey, languages),
            page=flow.get_first_page(survey),
            submission_key=doorstep.sources.random(SUBMISSION_KEY_BYTES),
            receipt_code=make_receipt_code(doorstep.sources.random),
            seen=doorstep.sources.now_here(),
        )
        cookie = sit_down(session, doorstep, door.partner, door.person, draft, "open")
        session.commit()
        return cookie


def _open_receipt(doorstep: Doorstep, code: str, languages: Sequence[str]) -> bytes | None:
    """A paused draft of this code, else what was agreed to with it. Both are looked up whatever the code."""
    mac = compute_code_mac(doorstep.pepper, CodePurpose.RECEIPT, code)
    with Session(doorstep.engine) as session:
        present_code(session, mac)
        receipt = find_receipt(session, mac)
        cookie = take_up_sitting(session, doorstep, code)
        if cookie is None and receipt is not None and receipt.survey in doorstep.surveys:
            cookie = _look_back(session, doorstep, receipt, code, languages)
        session.commit()
        return cookie


def _look_back(session: Session, doorstep: Doorstep, receipt: ReceiptRow, code: str, languages: Sequence[str]) -> bytes:
    """A sitting in which nothing can be answered: what was agreed to, and changing it."""
    enter_person(session, receipt.partner, receipt.person)
    survey = doorstep.surveys[receipt.survey]
    response = None if receipt.response is None else find_own_response(session, receipt.response)
    draft = Draft(
        survey=survey.id,
        fingerprint=survey.fingerprint,
        wave=response.wave if response else "",
        door=b"",
        language=_choose_language(survey, languages),
        page=flow.AGREED,
        submission_key=b"",
        receipt_code=code,
        seen=doorstep.sources.now_here(),
    )
    return sit_down(session, doorstep, receipt.partner, receipt.person, draft, "done")


def _is_sent_again(sitting: OpenSitting, form: Form) -> bool:
    """Whether a form repeats the submission of a sitting that is done. Raises StepRefused for another body."""
    draft = sitting.draft
    if not draft.sent or form.do != "send" or form.submission_key != draft.submission_key.hex():
        return False
    if compute_body_mac(sitting.key, form.body) != draft.sent:
        raise StepRefused(flow.OTHER_BODY, draft.language)
    return True


def _leave_as_is(_session: Session, _doorstep: Doorstep, _sitting: OpenSitting, _step: Step, _form: Form) -> None:
    """A form for another page changes nothing."""


def _save(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    save_draft(session, doorstep, sitting, step.draft)


def _pause(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    pause_sitting(session, doorstep, sitting, step.draft)


def _refuse(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    seated = _spend_door(session, doorstep, sitting, step.draft)
    if seated is None:
        finish_sitting(session, doorstep, sitting, replace(step.draft, page=flow.CLOSED))
        return
    add_decisions(session, doorstep, seated, step.draft.consents)
    finish_sitting(session, doorstep, seated, step.draft)


def _submit(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, form: Form) -> None:
    """Spent door, sealed response, consents, receipt and finished sitting: all of it or nothing."""
    draft = step.draft
    if (form.submission_key, form.seal) != (draft.submission_key.hex(), _make_seal(sitting)):
        raise StepRefused(flow.OTHER_BODY, draft.language)
    seated = _spend_door(session, doorstep, sitting, draft)
    public_key = None if seated is None else find_public_key(session, seated.row.person)
    if seated is None or public_key is None:
        finish_sitting(session, doorstep, sitting, replace(draft, page=flow.CLOSED))
        return
    sitting, row = seated, seated.row
    response = _seal_response(doorstep, sitting, draft, public_key)
    if not add_response(session, response):
        raise StepRefused(flow.OTHER_BODY, draft.language)
    if find_public_key(session, row.person) != public_key:
        # Erased while this was being written (the insert waits for the worker): sealed to a key that is gone.
        raise StepRefused(flow.OTHER_BODY, draft.language)
    add_decisions(session, doorstep, sitting, draft.consents)
    receipt = ReceiptRow(
        id=doorstep.sources.new_id(),
        partner=row.partner,
        person=row.person,
        response=response.id,
        survey=sitting.survey.id,
        code_mac=compute_code_mac(doorstep.pepper, CodePurpose.RECEIPT, draft.receipt_code),
        day=response.day,
    )
    add_receipt(session, receipt)
    alerted = _is_alerting(draft, sitting.survey) and ask_for_somebody(
        session, doorstep, sitting, Reason.ALERT, response=response.id
    )
    sent = compute_body_mac(sitting.key, form.body)
    linked = draft.consents.get(Purpose.LINK, False)
    done = replace(draft, page=flow.THANKS, sent=sent, alerted=alerted, linked=linked)
    finish_sitting(session, doorstep, sitting, done)


def _is_alerting(draft: Draft, survey: Survey) -> bool:
    """A paper form cannot say beforehand that an answer will be told of: then none is."""
    return draft.mode is not Mode.PAPER and is_alert(survey, draft.answers, draft.wave, draft.day)


def _change_consent(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    assert step.purpose is not None, "a change is about a purpose"  # noqa: S101
    change_consent(session, doorstep, sitting, step.purpose, given=step.effect is Effect.GIVE)
    save_draft(session, doorstep, sitting, step.draft)


def _take_back(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    take_back_answers(session, doorstep, sitting)
    save_draft(session, doorstep, sitting, step.draft)


def _take_one(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    take_back_answer(session, doorstep, sitting, step.question)
    save_draft(session, doorstep, sitting, step.draft)


def _ask(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    """Where nobody would be reached, the page that says so is shown again."""
    asked = ask_for_somebody(session, doorstep, sitting, Reason.WISH, step.words)
    save_draft(session, doorstep, sitting, step.draft if asked else sitting.draft)


def _take_card(session: Session, doorstep: Doorstep, sitting: OpenSitting, step: Step, _form: Form) -> None:
    """Keep her own card, and one that was typed. A receipt code is no card, least of all her own: it is not kept."""
    code = read_typed_code(step.words)
    wrong = bool(step.words) and (not is_card_code(code) or code == sitting.draft.receipt_code)
    page = flow.CARD_WRONG if wrong else step.draft.page
    taken = take_card(session, doorstep, sitting, "" if wrong else code)
    save_draft(session, doorstep, sitting, replace(step.draft, page=page if taken else flow.AGREED))


def _end(session: Session, _doorstep: Doorstep, sitting: OpenSitting, _step: Step, _form: Form) -> None:
    delete_sitting(session, sitting.row.id)


_EFFECTS: Mapping[Effect, Callable[[Session, Doorstep, OpenSitting, Step, Form], None]] = {
    Effect.NOTHING: _leave_as_is,
    Effect.SAVE: _save,
    Effect.PAUSE: _pause,
    Effect.REFUSE: _refuse,
    Effect.SUBMIT: _submit,
    Effect.GIVE: _change_consent,
    Effect.WITHDRAW: _change_consent,
    Effect.TAKE_BACK: _take_back,
    Effect.TAKE_ONE: _take_one,
    Effect.ASK: _ask,
    Effect.CARD: _take_card,
    Effect.END: _end,
}


def _spend_door(session: Session, doorstep: Doorstep, sitting: OpenSitting, draft: Draft) -> OpenSitting | None:
    """Close the door for good; the sitting is from then on that of the person whose door it is.

    None where somebody else used the door, or staff revoked it, since it was opened. In a room whose place was taken
    meanwhile she gets another one, and with it the keys of another participant; nothing is sealed before.
    """
    present_code(session, draft.door)
    door = take_door(session, doorstep, draft, sitting.row.person)
    if door is None or door.person is None:
        return None
    if door.person == sitting.row.person:
        return sitting
    enter_person(session, door.partner, door.person)
    return replace(sitting, row=replace(sitting.row, person=door.person))


def _seal_response(doorstep: Doorstep, sitting: OpenSitting, draft: Draft, public_key: bytes) -> ResponseRow:
    row, survey, response = sitting.row, sitting.survey, doorstep.sources.new_id()
    place = Place("response", response, row.partner)
    return ResponseRow(
        id=response,
        partner=row.partner,
        person=row.person,
        survey=survey.id,
        survey_version=survey.version,
        survey_fingerprint=survey.fingerprint,
        wave=draft.wave,
        day=doorstep.sources.today(),
        submission_key=draft.submission_key,
        sealed=seal_to_person(public_key, _encode_answers(draft, survey), place, compute_capacity(survey)),
    )


def _encode_answers(draft: Draft, survey: Survey) -> bytes:
    response = make_response(survey, draft.wave, draft.language, draft.mode, draft.answers, draft.day)
    return encode_response(response, survey)


def _make_seal(sitting: OpenSitting) -> str:
    """An HMAC over all that would be sent: what the page offered to send is sent, or nothing is."""
    draft = sitting.draft
    if draft.page != flow.SEND:
        return ""
    consents = json.dumps({purpose.value: given for purpose, given in draft.consents.items()}, sort_keys=True)
    return compute_body_mac(sitting.key, consents.encode() + _encode_answers(draft, sitting.survey)).hex()


def _choose_language(survey: Survey, languages: Sequence[str]) -> str:
    return next((language for language in languages if language in survey.offered), survey.offered[0])


def _fill_in(
    draft: Draft, survey: Survey, language: str, consents: Mapping[Purpose, bool], answers: Mapping[str, Answer]
) -> Form:
    """The form a person with these choices would send from the current page."""
    question, purpose = flow.find_question(draft, survey), flow.find_purpose(draft)
    if purpose is not None:
        return Form(draft.page, "yes" if consents.get(purpose, False) else "no")
    if question is not None:
        answer = answers.get(question.name, Answer(AnswerState.SKIPPED))
        if answer.state is AnswerState.ANSWERED:
            values = answer.value if isinstance(answer.value, tuple) else (str(answer.value),)
            return Form(draft.page, "next", values=values)
        state = next((choice.value for choice in question.choices if choice.state is answer.state), "")
        if QUESTION_TYPES[question.kind].choices is ChoiceRule.ANSWERS:
            return Form(draft.page, "next", values=(state,))
        return Form(draft.page, "next", state=state)
    return Form(draft.page, {flow.LANGUAGE: "language", flow.SEND: "send"}.get(draft.page, "next"), language=language)

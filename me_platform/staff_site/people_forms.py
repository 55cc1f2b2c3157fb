"""The forms about a person: enrolment, profile, services, and one for each kind of record.

A form of a record makes the record's content, which the record's own model checks (``exchange.records``); what the
model finds wrong with the record as a whole is said at the field, in the words of ``_FAULTS``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import ValidationError
from wtforms.widgets import Select, TextInput

from me_platform.exchange.records import Record, RecordKind, Setting, find_faulty_keys
from me_platform.indicators.definition import Taxonomy
from me_platform.services.channels import Channel
from me_platform.services.people import Profile, Service
from me_platform.staff_site.forms import PASSAGE, StaffForm, at_most, list_choices, needed, optional
from me_platform.staff_site.frame import mark
from me_platform.wording import Translate

TERM = 40
"""Characters of the word a person prefers for herself."""

MOST_HOURS = 200
_FIRST_YEAR = 1990
_KEY_LENGTH = 32


def tidy(text: str | None) -> str:
    """A text as it is kept: composed, without control characters and outer spaces."""
    lines = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in lines if each == "\n" or unicodedata.category(each) not in {"Cc", "Cs"}).strip()


def come(form: Form, field: Field) -> None:
    """A day that has come, of a year somebody now at work can mean."""
    if field.data is not None and field.data > form.today:  # type: ignore[attr-defined]
        raise ValidationError(form.translate(mark("This day lies ahead.")))  # type: ignore[attr-defined]
    meant(form, field)


def meant(form: Form, field: Field) -> None:
    """A day of a year somebody now at work can mean."""
    if field.data is not None and not _FIRST_YEAR <= field.data.year <= form.today.year + 10:  # type: ignore[attr-defined]
        raise ValidationError(form.translate(mark("Please check the year.")))  # type: ignore[attr-defined]


class GroupedSelect(Select):
    """A list whose first choice, where it is empty, stands before the groups."""

    def __call__(self, field: SelectFieldBase, **kwargs: object) -> Markup:
        """Draw it: a group without a name is none."""
        drawn = str(super().__call__(field, **kwargs))
        nameless = '<optgroup label="">'
        if nameless in drawn:
            drawn = drawn.replace(nameless, "", 1).replace("</optgroup>", "", 1)
        return Markup(drawn)  # noqa: S704 - drawn and escaped by WTForms


class ListField(SelectField):
    """A list to choose from; nothing is chosen beforehand."""

    widget = GroupedSelect()

    def __init__(self, label: str, *, default: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own
        super().__init__(label, default=default, **kwargs)


class HoursField(DecimalField):
    """Hours with a decimal point or comma: typed as text, for a number field takes the browser's sign only."""

    widget = TextInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed."""
        super().process_formdata([each.strip().replace(",", ".") for each in valuelist])
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(self.gettext("Not a valid decimal value."))


def few_hours(form: Form, field: Field) -> None:
    """From no hours to as many as anybody gives in one record."""
    if field.data is not None and not 0 <= field.data <= MOST_HOURS:
        translate: Translate = form.translate  # type: ignore[attr-defined]
        raise ValidationError(
            translate(mark("Please write a number from %(low)s to %(high)s."), low=0, high=MOST_HOURS)
        )


@dataclass(frozen=True)
class Desktop:
    """What a form about a person is made with: the reader's words, code lists, the day, and a key for a new form."""

    translate: Translate
    language: str
    taxonomy: Taxonomy
    today: date
    key: str

    def choose(self, name: str, empty: str | None = None) -> list[tuple[str, str]]:
        """The choices of one of the taxonomy's lists; ``empty`` is the word of a first, empty choice."""
        entries = ((code, entry.title) for code, entry in self.taxonomy.lists[name].items())
        return list_choices(entries, self.language, empty=None if empty is None else self.translate(empty))

    def list_service_types(self, empty: str | None = None) -> dict[str, list[tuple[str, str]]]:
        """The service types under the areas they belong to."""
        areas = dict(self.choose("areas"))
        parents = {code: entry.parent for code, entry in self.taxonomy.lists["service_types"].items()}
        groups: dict[str, list[tuple[str, str]]] = {} if empty is None else {"": [("", self.translate(empty))]}
        for code, title in self.choose("service_types"):
            groups.setdefault(areas[parents[code]], []).append((code, title))
        return groups

    def say(self, words: Mapping[str, str]) -> list[tuple[str, str]]:
        """Choices whose words are texts of the site."""
        return [(code, self.translate(text)) for code, text in words.items()]


NOT_NOTED = mark("Not noted")
CHOOSE = mark("Please choose")


class PersonForm(StaffForm):
    """A form about a person. ``key`` names this very form: sent twice, it is written once."""

    key = HiddenField()

    def __init__(self, desktop: Desktop, **kwargs: object) -> None:
        self.today = desktop.today
        super().__init__(desktop.translate, **kwargs)
        self.desktop = desktop
        if not self.is_submitted():
            self.key.data = desktop.key
        self.prepare(desktop)

    def prepare(self, desktop: Desktop) -> None:
        """Give the fields their choices."""

    def start(self, values: Mapping[str, object]) -> None:
        """Fill fields before the form is shown for the first time."""
        for name, value in values.items():
            self[name].data = value

    @property
    def sent_key(self) -> str:
        """The key of a form that was checked."""
        return self.key.data or ""

    def validate_key(self, field: Field) -> None:
        """A key as the site makes them; else the form gets a new one, to be sent again."""
        if len(field.data or "") != _KEY_LENGTH or set(field.data) - set("0123456789abcdef"):
            field.data = self.desktop.key
            self.form_errors.append(self.translate(mark("The form was incomplete. Please check it and send it again.")))

    def validate(self, *args: object, **kwargs: object) -> bool:
        """Check the fields and the form as a whole."""
        return bool(super().validate(*args, **kwargs)) and not self.form_errors


class EnrolForm(PersonForm):
    """What is noted of a person at enrolment."""

    term = StringField(
        mark("Preferred word"),
        filters=[tidy],
        validators=[at_most(TERM)],
        description=mark("How the person wants to be spoken of. Never a name."),
    )
    language = ListField(mark("Language to speak in"))
    age_band = ListField(mark("Age"), default="unknown")
    entry = ListField(mark("Who referred the person"))

    def prepare(self, desktop: Desktop) -> None:
        """The taxonomy's lists."""
        self.language.choices = desktop.choose("languages", NOT_NOTED)
        self.age_band.choices = desktop.choose("age_bands")
        self.entry.choices = desktop.choose("referral_sources", NOT_NOTED)

    def make_profile(self) -> Profile:
        """The profile that was typed."""
        return Profile(self.age_band.data, self.language.data, self.term.data or "", self.entry.data)


class ProfileForm(EnrolForm):
    """The profile as it reads today. ``version`` names the state it was opened in."""

    speaks = ListField(mark("Language to speak in now"))
    version = HiddenField()

    def prepare(self, desktop: Desktop) -> None:
        """The taxonomy's lists."""
        super().prepare(desktop)
        self.language.label.text = desktop.translate(mark("Language at enrolment"))
        self.age_band.label.text = desktop.translate(mark("Age at enrolment"))
        self.speaks.choices = desktop.choose("languages", NOT_NOTED)

    def make_profile(self) -> Profile:
        """The profile that was typed."""
        speaks = "" if self.speaks.data == self.language.data else self.speaks.data
        return Profile(self.age_band.data, self.language.data, self.term.data or "", self.entry.data, speaks)

    def read_version(self) -> int:
        """The state it was opened in; 0 where that was tampered with."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0  # noqa: PLR2004


PROVIDED = {
    "": NOT_NOTED,
    "not_needed": mark("Not needed"),
    "provided": mark("Needed and provided"),
    "not_provided": mark("Needed, not provided"),
}
COMFORTABLE = {"": NOT_NOTED, "yes": mark("Yes"), "no": mark("No")}
WOMAN = {
    "": NOT_NOTED,
    "not_asked": mark("Not asked for"),
    "honoured": mark("Asked for, and it was a woman"),
    "not_honoured": mark("Asked for, and it was not possible"),
}


class ServiceForm(PersonForm):
    """A service that was given."""

    type = ListField(mark("Service"), validators=[needed])
    date = DateField(mark("Day"), validators=[needed, come])
    hours = HoursField(
        mark("Hours"),
        validators=[optional, few_hours],
        description=mark("For example 1.5"),
        places=None,
        render_kw={"inputmode": "decimal"},
    )
    mode = ListField(mark("How"), default="in_person")
    interpreter = ListField(mark("Interpreter"), description=mark("Translates what is said."))
    mediator = ListField(mark("Cultural mediator"), description=mark("Explains both cultures to both sides."))
    comfortable = ListField(mark("Was the person comfortable with them?"))
    woman = ListField(mark("A woman professional"))
    started = BooleanField(mark("Support of this kind started on this day"))
    ended = ListField(
        mark("Support ended with this service"),
        description=mark("Leave this empty while support goes on. Nothing here makes an end a success or a failure."),
    )
    void = BooleanField(mark("This was written down by mistake"))
    replaces = HiddenField()

    def prepare(self, desktop: Desktop) -> None:
        """The taxonomy's lists."""
        self.type.choices = desktop.list_service_types(CHOOSE)
        self.mode.choices = desktop.choose("delivery_modes")
        self.interpreter.choices = self.mediator.choices = desktop.say(PROVIDED)
        self.comfortable.choices = desktop.say(COMFORTABLE)
        self.woman.choices = desktop.say(WOMAN)
        self.ended.choices = desktop.choose("end_reasons", mark("It goes on"))
        if not self.is_submitted() and self.date.data is None:
            self.date.data = desktop.today

    def make_service(self) -> Service:
        """The service that was typed."""
        plain = {each.name: self[each.name].data for each in fields(Service) if each.name not in {"hours", "replaces"}}
        replaces = read_id(self.replaces.data)
        hours = float(self.hours.data or 0)
        return Service(**{**plain, "hours": hours, "replaces": str(replaces) if replaces else ""})


def fill_service(service: Service) -> dict[str, object]:
    """What a form starts with that corrects a service."""
    values = {
        each.name: getattr(service, each.name) for each in fields(Service) if each.name not in {"replaces", "void"}
    }
    return {**values, "hours": Decimal(str(service.hours)) if service.hours else None}


def read_id(text: str | None) -> UUID | None:
    """The id in a hidden field, if it is one."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


# -- records -----------------------------------------------------------------------------------------------------------


class RecordForm(PersonForm):
    """A record about a person. Fields have the names of the record's keys; ``dates`` are those that are days."""

    names: tuple[str, ...] = ()
    replaces = HiddenField()

    def make_content(self) -> dict[str, object]:
        """What was typed, as the record's model takes it."""
        content = {name: self[name].data for name in self.names}
        return {**content, "replaces": read_id(self.replaces.data)}

    def check(self, kind: RecordKind, setting: Setting) -> bool:
        """Let the record's model look at it; its faults are said at the fields. Returns whether there was none."""
        keys = find_faulty_keys(self.make_content(), kind, setting)
        for key in keys:
            text = self.translate(_FAULTS.get((kind.name, key)) or _FAULTS["", key if not key else "*"])
            if key in self.names:
                self[key].errors = [*self[key].errors, text]
            else:
                self.form_errors.append(text)
        return not keys

    def fill(self, record: Record) -> dict[str, object]:
        """What a form starts with that follows on a record."""
        values: dict[str, object] = {}
        for name in self.names:
            value = record.content.get(name)
            is_day = isinstance(self[name], DateField) and isinstance(value, str)
            values[name] = date.fromisoformat(str(value)) if is_day else value
        return values


_FAULTS: Mapping[tuple[str, str], str] = {
    ("need", "reason"): mark("A need that stays unmet has a reason; other needs have none."),
    ("need", "closed"): mark(
        "A need that is met or stays unmet has the day of that, not before it was found; an open need has none."
    ),
    ("need", "review_due"): mark("This day lies before the day the need was found."),
    ("need", "reviewed"): mark("This day lies before the day the need was found."),
    ("barrier", "resolved"): mark(
        "A barrier that is overcome has the day of that, not before it was met; an open barrier has none."
    ),
    ("", ""): mark("This is too long together. Please shorten the texts."),
    ("", "*"): mark("Please check this."),
}
"""What is said of a fault, by kind and key: that of the whole record under an empty key, any other under ``*``."""


NEED_STATES = {"open": mark("Not met yet"), "met": mark("Met"), "unmet": mark("Stays unmet")}
BARRIER_STATES = {"open": mark("Not overcome yet"), "resolved": mark("Overcome")}
GOAL_STATES = {"open": mark("On the way"), "reached": mark("Reached"), "left": mark("Set aside")}
OUTCOMES = {
    "pending": mark("Not known yet"),
    "received": mark("The service was received"),
    "not_received": mark("The service was not received"),
    "declined": mark("The person declined it"),
}
ANSWERS = {"done": mark("Done"), "not_done": mark("Not done"), "not_applicable": mark("Does not apply")}
CONSENT = {"yes": mark("Yes, to exactly this referral"), "no": mark("No")}


class NeedForm(RecordForm):
    """A need found together with the person."""

    names = ("category", "identified", "review_due", "reviewed", "status", "reason", "closed")
    category = ListField(mark("Need"), validators=[needed])
    identified = DateField(mark("Found on"), validators=[needed, come])
    reviewed = DateField(mark("Looked at again on"), validators=[optional, come])
    status = ListField(mark("How it stands"), default="open")
    reason = ListField(mark("Why it stays unmet"))
    closed = DateField(mark("Met or given up on"), validators=[optional, come])
    review_due = DateField(mark("Look at it again by"), validators=[optional, meant])

    def prepare(self, desktop: Desktop) -> None:
        """Lists, and today for a new need."""
        self.category.choices = desktop.choose("needs", CHOOSE)
        self.status.choices = desktop.say(NEED_STATES)
        self.reason.choices = desktop.choose("unmet_reasons", mark("No reason"))
        if not self.is_submitted():
            self.identified.data = desktop.today


class GoalForm(RecordForm):
    """A goal in the person's own words."""

    names = ("words", "date", "rating", "status")
    words = TextAreaField(
        mark("The goal, in the person’s own words"),
        filters=[tidy],
        validators=[needed, at_most(PASSAGE)],
        description=mark("As the person says it. It is never printed or counted."),
    )
    rating = ListField(
        mark("How near is it, from 0 to 10?"),
        description=mark("As the person rates it: 0 is far away, 10 is reached."),
    )
    status = ListField(mark("How it stands"), default="open")
    date = DateField(mark("Day"), validators=[needed, come])

    def prepare(self, desktop: Desktop) -> None:
        """Lists, and today for each look."""
        self.rating.choices = [
            ("", desktop.translate(mark("Not rated"))),
            *((str(n), str(n)) for n in range(11)),
        ]
        self.status.choices = desktop.say(GOAL_STATES)
        if not self.is_submitted():
            self.date.data = desktop.today

    def make_content(self) -> dict[str, object]:
        """The rating as a number."""
        content = super().make_content()
        return {**content, "rating": int(self.rating.data) if self.rating.data else None}

    def fill(self, record: Record) -> dict[str, object]:
        """Words and state stay; the rating and its day are asked anew at each look."""
        return {**super().fill(record), "rating": "", "date": self.today}


class BarrierForm(RecordForm):
    """Something that stands in the way."""

    names = ("barrier", "date", "status", "resolved", "done")
    barrier = ListField(mark("Barrier"), validators=[needed])
    date = DateField(mark("Met on"), validators=[needed, come])
    done = TextAreaField(
        mark("What was done about it"),
        filters=[tidy],
        validators=[at_most(PASSAGE)],
        description=mark("It is never printed."),
    )
    status = ListField(mark("How it stands"), default="open")
    resolved = DateField(mark("Overcome on"), validators=[optional, come])

    def prepare(self, desktop: Desktop) -> None:
        """Lists, and today for a new barrier."""
        self.barrier.choices = desktop.choose("barriers", CHOOSE)
        self.status.choices = desktop.say(BARRIER_STATES)
        if not self.is_submitted():
            self.date.data = desktop.today


class ReferralForm(RecordForm):
    """A referral to somebody else."""

    names = ("service_type", "date", "consent", "outcome")
    service_type = ListField(mark("What for"), validators=[needed])
    date = DateField(mark("Referred on"), validators=[needed, come])
    consent = RadioField(
        mark("Does the person agree?"),
        validators=[needed],
        description=mark("Nothing is passed on without the person’s agreement to this one referral."),
    )
    outcome = ListField(mark("What came of it"), default="pending")

    def prepare(self, desktop: Desktop) -> None:
        """Lists, and today for a new referral."""
        self.service_type.choices = desktop.list_service_types(CHOOSE)
        self.consent.choices = desktop.say(CONSENT)
        self.outcome.choices = desktop.say(OUTCOMES)
        if not self.is_submitted():
            self.date.data = desktop.today

    def make_content(self) -> dict[str, object]:
        """Agreement as yes or no."""
        return {**super().make_content(), "consent": self.consent.data == "yes"}

    def fill(self, record: Record) -> dict[str, object]:
        """Agreement as a choice."""
        return {**super().fill(record), "consent": "yes" if record.content["consent"] else "no"}


class ChecklistForm(RecordForm):
    """The checklist of legal support; its items are fields of their own (``make_checklist_form``)."""

    names = ("date",)
    items: tuple[str, ...] = ()
    date = DateField(mark("Gone through on"), validators=[needed, come])

    def prepare(self, desktop: Desktop) -> None:
        """The items in the reader's language, and today."""
        titles = dict(desktop.choose("legal_checklist"))
        for item in self.items:
            self[item].label.text = titles[item]
            self[item].choices = desktop.say(ANSWERS)
        if not self.is_submitted():
            self.date.data = desktop.today

    def make_content(self) -> dict[str, object]:
        """The answers by item."""
        items = {item: self[item].data for item in self.items}
        return {**super().make_content(), "list": "legal_support", "items": items}

    def fill(self, record: Record) -> dict[str, object]:
        """The answers given before, as of today."""
        return {**record.content["items"], "date": self.today}


def make_checklist_form(taxonomy: Taxonomy) -> type[ChecklistForm]:
    """The form with a field for each item of the list."""
    items = tuple(taxonomy.lists["legal_checklist"])
    choices: dict[str, object] = {item: RadioField("", validators=[needed]) for item in items}
    return type("LegalChecklistForm", (ChecklistForm,), {**choices, "items": items})


@dataclass(frozen=True)
class RecordPage:
    """The page on which a kind of record is written: its titles, and the fields it shows for a new one and later."""

    make_form: Callable[[Taxonomy], type[RecordForm]]
    title: str
    later: str
    fields: tuple[str, ...]
    later_fields: tuple[str, ...]


def _page(form: type[RecordForm], title: str, later: str, shown: Iterable[str], more: Iterable[str]) -> RecordPage:
    return RecordPage(lambda _taxonomy: form, title, later, tuple(shown), tuple(more))


RECORD_PAGES: Mapping[str, RecordPage] = {
    "need": _page(
        NeedForm,
        mark("A new need"),
        mark("Look at a need again"),
        ("category", "identified", "review_due"),
        ("category", "reviewed", "status", "reason", "closed", "review_due", "identified"),
    ),
    "goal": _page(
        GoalForm,
        mark("A new goal"),
        mark("Look at a goal together"),
        ("words", "rating", "date"),
        ("rating", "date", "status", "words"),
    ),
    "barrier": _page(
        BarrierForm,
        mark("A new barrier"),
        mark("What became of a barrier"),
        ("barrier", "date", "done"),
        ("status", "resolved", "done", "barrier", "date"),
    ),
    "referral": _page(
        ReferralForm,
        mark("A new referral"),
        mark("What came of a referral"),
        ("service_type", "date", "consent"),
        ("outcome", "service_type", "date", "consent"),
    ),
    "checklist": RecordPage(
        make_checklist_form, mark("Legal checklist"), mark("Go through the legal checklist again"), (), ()
    ),
}
"""The kinds of records that are written on a page of their own, by name."""


# -- codes, decisions, caseloads ---------------------------------------------------------------------------------------


class HandoverForm(PersonForm):
    """Which survey a code is for; a choice is a survey's id, and its wave where it has to be named."""

    offer = RadioField(mark("Which survey?"), validators=[needed])


class DecisionForm(PersonForm):
    """What she said; a choice is purpose and decision."""

    told = RadioField(mark("What did the person say?"), validators=[needed])


GROUNDS = {
    "guardian": mark("A guardian decides beside the child"),
    "legal_representative": mark("None is needed: the organisation is the child’s legal representative"),
    "old_enough": mark("None is needed: the child is old enough to decide alone"),
}
WAYS = {
    "in_person": mark("In person"),
    "phone": mark("By phone"),
    "interpreter": mark("Through an interpreter"),
    "cultural_mediator": mark("With a cultural mediator"),
    "writing": mark("In writing"),
}
GUARDIANS = {"given": mark("Yes"), "refused": mark("No"), "": mark("Not asked now")}


_PURPOSES = ("answer", "statistics", "quote", "recontact", "link")


class GuardianForm(PersonForm):
    """What a child's guardian said, purpose by purpose, or why none is needed."""

    ground = RadioField(mark("Who decides?"), validators=[needed])
    how = ListField(mark("How was it said?"), validate_choice=False)
    answer = RadioField(validate_choice=False, default="")
    statistics = RadioField(validate_choice=False, default="")
    quote = RadioField(validate_choice=False, default="")
    recontact = RadioField(validate_choice=False, default="")
    link = RadioField(validate_choice=False, default="")

    def offer(self, grounds: Iterable[str], purposes: Mapping[str, str]) -> None:
        """Offer the grounds there may be and the purposes there are words for, each with its name."""
        self.purposes = tuple(purposes)
        self.ground.choices = [(name, self.translate(GROUNDS[name])) for name in grounds]
        self.how.choices = [("", ""), *((name, self.translate(text)) for name, text in WAYS.items())]
        for purpose in _PURPOSES:
            if purpose not in purposes:
                del self[purpose]
                continue
            self[purpose].label.text = purposes[purpose]
            self[purpose].choices = [(name, self.translate(text)) for name, text in GUARDIANS.items()]

    def validate(self, *args: object, **kwargs: object) -> bool:
        """A guardian says something, in some way."""
        good = bool(super().validate(*args, **kwargs))
        if good and self.ground.data == "guardian":
            if self.how.data not in WAYS:
                self.how.errors = [self.translate(mark("Please choose."))]
                good = False
            if not self.make_decisions():
                self.form_errors.append(self.translate(mark("Say yes or no for at least one purpose.")))
                good = False
        return good

    def make_decisions(self) -> Mapping[str, bool]:
        """Yes or no by purpose; what was not asked is left out."""
        said = {name: self[name].data for name in self.purposes}
        return {name: word == "given" for name, word in said.items() if word in {"given", "refused"}}


CHANNELS = {
    "call": mark("A call"),
    "message": mark("A text message"),
    "app": mark("A message in an app"),
    "email": mark("An e-mail"),
    "meeting": mark("At the next meeting only"),
    "other": mark("Another way"),
}


class ChannelForm(PersonForm):
    """How somebody may be contacted again, and that she agrees to it."""

    agrees = BooleanField(
        mark("The words above were explained, and the person agrees today to be contacted again."), validators=[needed]
    )
    way = ListField(mark("Way"), validators=[needed])
    reach = TextAreaField(
        mark("How to reach this person"),
        description=mark("For example a number. Write no name."),
        validators=[needed, at_most(300)],
        filters=[tidy],
    )
    safe = TextAreaField(
        mark("When it is safe"),
        description=mark("Days, hours, and what shows that it is not safe."),
        validators=[needed, at_most(300)],
        filters=[tidy],
    )
    never = TextAreaField(
        mark("What never to say or do"),
        description=mark("For example: leave no message, do not say who is calling."),
        validators=[optional, at_most(300)],
        filters=[tidy],
    )
    code = BooleanField(mark("A code or link may be sent this way"))

    def prepare(self, desktop: Desktop) -> None:
        """Offer the ways there are."""
        self.way.choices = [("", ""), *((name, desktop.translate(text)) for name, text in CHANNELS.items())]

    def make_channel(self) -> Channel:
        """The note."""
        texts = (self.reach.data or "", self.safe.data or "", self.never.data or "")
        return Channel(self.way.data, *texts, code=bool(self.code.data))


class ForgetForm(PersonForm):
    """That the note goes."""


class CaseloadForm(StaffForm):
    """Which account; the people come beside it as boxes of one name."""

    account = ListField(mark("Who"), validators=[needed])

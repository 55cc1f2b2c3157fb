"""Forms of the staff site: WTForms whose labels, hints and faults speak the reader's language.

Labels and descriptions are written in English with ``mark`` and translated when the form is made. The validators here
say what is wrong and how to put it right; those of WTForms itself speak through ``_SAID_BY_WTFORMS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from flask_wtf import FlaskForm
from wtforms import Field, Form
from wtforms.validators import StopValidation, ValidationError

from me_platform.indicators.definition import Text
from me_platform.staff_site.frame import mark
from me_platform.wording import SOURCE_LANGUAGE, Translate

SHORT, LINE, PASSAGE, LONG = 80, 200, 1000, 4000
"""Characters: a name, a line, some sentences, a page."""

_SAID_BY_WTFORMS = (
    mark("Not a valid choice."),
    mark("Not a valid date value."),
    mark("Not a valid integer value."),
    mark("Not a valid decimal value."),
    mark("Not a valid float value."),
    mark("'%(value)s' is not a valid choice for this field."),
    mark("Invalid Choice: could not coerce."),
)

Check = Callable[[Form, Field], None]


class StaffForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A form in the language of ``translate``."""

    def __init__(self, translate: Translate, *args: object, **kwargs: object) -> None:
        self.translate = translate
        # WTForms asks for its own words while the fields are made.
        meta = {**dict(kwargs.pop("meta", None) or {}), "translations": _Words(translate)}  # type: ignore[call-overload]
        super().__init__(*args, meta=meta, **kwargs)
        for field in self:
            field.label.text = translate(field.label.text)
            if field.description:
                field.description = translate(field.description)

    class Meta:
        """WTForms' settings of a form."""

        translations: _Words

        def get_translations(self, _form: object) -> _Words:
            """Where WTForms looks for the words of its own faults."""
            return self.translations


class _Words:
    """WTForms' view of the site's wording."""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate

    def gettext(self, text: str) -> str:
        return self._translate(text)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self._translate(singular if number == 1 else plural)


def _say(form: Form, text: str, **values: object) -> str:
    translate: Translate = form.translate  # type: ignore[attr-defined]
    return translate(text, **values)


def needed(form: Form, field: Field) -> None:
    """Something has to be there; what is there and cannot be read has its own fault already."""
    if field.process_errors and field.raw_data and str(field.raw_data[0]).strip():
        raise StopValidation
    if not field.data or (isinstance(field.data, str) and not field.data.strip()):
        field.errors = []
        raise StopValidation(_say(form, mark("Please fill this in.")))


def optional(_form: Form, field: Field) -> None:
    """Nothing has to be there; what is empty needs no further check."""
    if not field.raw_data or not str(field.raw_data[0]).strip():
        field.errors = []
        raise StopValidation


def at_most(limit: int) -> Check:
    """A text of so many characters at most; the fault says how many there are."""

    def check(form: Form, field: Field) -> None:
        length = len(field.data or "")
        if length > limit:
            raise ValidationError(
                _say(
                    form,
                    mark("This has %(length)s characters; %(limit)s fit here. Please shorten it."),
                    length=length,
                    limit=limit,
                )
            )

    return check


def not_ahead(today: Callable[[], date]) -> Check:
    """A day that has come."""

    def check(form: Form, field: Field) -> None:
        if field.data is not None and field.data > today():
            raise ValidationError(_say(form, mark("This day lies ahead.")))

    return check


def between(low: float, high: float) -> Check:
    """A number within its bounds, both included."""

    def check(form: Form, field: Field) -> None:
        if field.data is not None and not low <= field.data <= high:
            raise ValidationError(
                _say(form, mark("Please write a number from %(low)s to %(high)s."), low=low, high=high)
            )

    return check


def list_choices(
    texts: Mapping[str, Text] | Iterable[tuple[str, Text]], language: str, *, empty: str | None = None
) -> list[tuple[str, str]]:
    """Choices of a code list in a language; ``empty`` is the word of a first, empty choice."""
    pairs = texts.items() if isinstance(texts, Mapping) else texts
    named = [(code, text.get(language) or text.get(SOURCE_LANGUAGE) or code) for code, text in pairs]
    return [("", empty), *named] if empty is not None else named

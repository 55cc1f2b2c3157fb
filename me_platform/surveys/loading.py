"""Loading surveys: the officers' files in ``surveys/``, checked whole before a single question is asked.

    surveys/lists.yaml               lists of choices that questions share
    surveys/consent/<version>.yaml   words of the consent, per purpose
    surveys/<id>/survey.yaml         a survey
    surveys/translations/<language>.po   the words around the questions, in a further language

Faults make the content unusable; warnings (a long sentence, a gendered form) ask somebody to look again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from me_platform.content import Node, Problems, check_model, read_yaml, suggest
from me_platform.errors import Problem
from me_platform.surveys.definition import (
    FILLED_IN_BY_STAFF,
    AnswerState,
    Bridge,
    Carried,
    Choice,
    ConsentText,
    Purpose,
    Question,
    Survey,
    Text,
    Wave,
)
from me_platform.surveys.expressions import ExpressionInvalid, read_expression
from me_platform.surveys.files import ConsentFile, ListFile, QuestionFile, SurveyFile, WavesFile, Words
from me_platform.surveys.piping import find_piped, has_fault
from me_platform.surveys.question_types import QUESTION_TYPES, ChoiceRule, is_date
from me_platform.surveys.versions import compute_consent_fingerprint, compute_survey_fingerprint
from me_platform.surveys.waves import SESSION
from me_platform.surveys.wording import CHECKED_LANGUAGES, find_forbidden, find_gendered_word, find_long_sentence
from me_platform.wording import is_language

FOLDER = "surveys"
TRANSLATIONS = "translations"
"""Folder of the words of the survey site's screens in further languages (survey_site.languages reads it)."""
_CONSENT = "consent"
_LISTS = "lists.yaml"
_SPEAKING = ("prompt", "hint", "message")
"""Words of a question that may tell earlier answers."""
_STATES = (AnswerState.DONT_KNOW, AnswerState.DECLINED, AnswerState.NOT_APPLICABLE)
NEEDED = ("en", "lv")
"""Languages every survey is written in: those of the reports that tell of it."""
_MONTH = "month"
_MOST_YEARS = 120
"""The years of a date stand in a list to choose from."""
_MOST_CHOICES = 20
"""Choices of which several can be taken: as many as still can be read on one page."""


@dataclass(frozen=True)
class _Shared:
    """What surveys refer to: each with its place, so that a missing language is told where it has to be added.

    Files that are not ``sound`` are still there as far as they can be read, so that surveys can be checked; no
    survey is made from them.
    """

    lists: Mapping[str, tuple[Node, ListFile]]
    list_names: tuple[str, ...]
    consents: Mapping[str, tuple[Node, ConsentFile]]
    consent_names: tuple[str, ...]
    sound: bool


def load_surveys(root: Path) -> dict[str, Survey]:
    """All surveys below the content root, by id. Raises ContentInvalid with every fault of every file."""
    problems = Problems()
    surveys = check_surveys(root, problems)
    problems.raise_faults()
    return surveys


def check_surveys(root: Path, problems: Problems) -> dict[str, Survey]:
    """The surveys without faults, by id; faults and warnings of all files go into ``problems``."""
    folder = root / FOLDER
    if not folder.is_dir():
        problems.add(Problem(FOLDER, 0, "The folder is missing.", "Check ME_CONTENT, or add the folder."))
        return {}
    shared_problems = Problems()
    shared = _check_shared(root, shared_problems)
    problems.extend(shared_problems)
    surveys = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in {_CONSENT, TRANSLATIONS} and not path.name.startswith("."):
            own = Problems()
            survey = _check_survey(path / "survey.yaml", root, shared, own)
            problems.extend(own)
            if survey is not None and not own.faults:
                surveys[survey.id] = survey
        elif path.suffix in {".yaml", ".yml"} and path.name != _LISTS:
            file = path.relative_to(root).as_posix()
            problems.warn(Problem(file, 0, "This file is not used.", "A survey is surveys/<its id>/survey.yaml."))
    return surveys


def _check_shared(root: Path, problems: Problems) -> _Shared:
    lists: dict[str, tuple[Node, ListFile]] = {}
    node = read_yaml(root / FOLDER / _LISTS, root, problems)
    for name, entry in node.entries.items() if node else ():
        model = check_model(entry, ListFile, problems)
        if model is not None:
            lists[name] = (entry, model)
            _check_list(name, entry, model, problems)
    consents: dict[str, tuple[Node, ConsentFile]] = {}
    files = sorted((root / FOLDER / _CONSENT).glob("*.yaml"))
    for path in files:
        written = read_yaml(path, root, problems)
        consent = check_model(written, ConsentFile, problems) if written is not None else None
        if written is not None and consent is not None:
            consents[path.stem] = (written, consent)
            if consent.version != path.stem:
                way_out = "Give both the same name."
                problems.add(written.at("version").make_problem("`version` is not the name of the file.", way_out))
    list_names = tuple(node.entries) if node else ()
    return _Shared(lists, list_names, consents, tuple(path.stem for path in files), sound=not problems.faults)


def _check_list(name: str, node: Node, model: ListFile, problems: Problems) -> None:
    lines: dict[str, int] = {}
    for position, choice in enumerate(model.choices):
        place = node.at("choices", position)
        if choice.value in lines:
            message = f"`{choice.value}` is twice in the list `{name}`: on line {lines[choice.value]} and {place.line}."
            problems.add(place.make_problem(message, "Give each choice a value of its own."))
        lines.setdefault(choice.value, place.line)
    answers = [choice.value for choice in model.choices if choice.state == AnswerState.ANSWERED.value]
    for position, choice in enumerate(model.choices):
        wants = model.look == "faces" and choice.state == AnswerState.ANSWERED.value
        if wants != (choice.face is not None):
            message = f"`{choice.value}` of the list `{name}` {'has no' if wants else 'cannot have a'} `face`."
            way_out = "Add `face: 1` to `face: 5`." if wants else "Only answers of a list with `look: faces` have one."
            problems.add(node.at("choices", position).make_problem(message, way_out))
        if choice.picture and choice.face:
            message = f"`{choice.value}` of the list `{name}` has both a `face` and a `picture`."
            problems.add(node.at("choices", position).make_problem(message, "Keep one of them."))
        if choice.exclusive and choice.state != AnswerState.ANSWERED.value:
            message = f"`{choice.value}` of the list `{name}` has a `state`, and goes with no other anyway."
            problems.add(node.at("choices", position).make_problem(message, "Take `exclusive` out."))
    for position, value in enumerate(model.positive):
        if value not in answers:
            place = node.at("positive", position)
            problems.add(place.make_problem(f"`{value}` is no choice of the list `{name}`.", suggest(value, answers)))


def _check_survey(path: Path, root: Path, shared: _Shared, problems: Problems) -> Survey | None:
    node = read_yaml(path, root, problems)
    if node is None:
        return None
    model = check_model(node, SurveyFile, problems)
    # A fault in the head must not hide those in the questions: what is needed from it is read off the file.
    languages = _check_languages(node, problems)
    for key in ("title", "note"):
        _check_words(node.find(key), f"`{key}`", languages, problems)
        _look_at_topics(node.find(key), f"`{key}`", problems)
    calculations = _check_calculations(node, problems)
    questions = _check_questions(node.at("questions"), languages, shared, calculations, problems)
    if model is None:
        return None
    if model.id != path.parent.name:
        problems.add(node.at("id").make_problem("`id` is not the name of the folder.", "Give both the same name."))
    if model.respondent in FILLED_IN_BY_STAFF:
        _refuse_consent(node, model, problems)
    else:
        _check_consent(node, model, shared, problems)
    _check_room(node, model, problems)
    _check_guardian(node, model, shared, problems)
    _check_alert(node, model, [question.name for question in questions], calculations, problems)
    _check_bridges(node, model, questions, shared, problems)
    if model.waves is not None:
        _check_waves(node.at("waves"), model.waves, problems)
    _check_question_waves(node.at("questions"), questions, model.waves, problems)
    return _make_survey(model, questions, shared) if shared.sound and not problems.faults else None


def _check_languages(node: Node, problems: Problems) -> list[str]:
    """The languages as written: those every survey needs are among them, and each is one that CLDR knows."""
    place = node.at("languages")
    languages = [item.value for item in place.items if isinstance(item.value, str)]
    for language in NEEDED if languages else ():
        if language not in languages:
            message = f"`languages` has no `{language}`."
            problems.add(place.make_problem(message, "Reports tell of every survey in it: add it."))
    for language in languages:
        if not is_language(language):
            message = f"There is no language `{language}`."
            problems.add(place.make_problem(message, "Write its code, such as `fa` or `pt-BR`."))
        elif language not in CHECKED_LANGUAGES:
            message = f"The program has no list of what is never asked in `{language}`."
            problems.warn(place.make_problem(message, "Let a person who knows the language read it."))
    return languages


def _check_calculations(node: Node, problems: Problems) -> Mapping[str, frozenset[str]]:
    """Each calculation with the questions its value depends on; one that cannot be worked out is told."""
    place = node.find("calculate")
    written = {name: item.value for name, item in place.entries.items()} if place else {}
    questions = {str(item.at("name").value) for item in node.at("questions").items}
    spoken_of = {}
    for name, text in written.items():
        spot = node.at("calculate", name)
        spoken_of[name] = _read_names(text, spot, f"The calculation `{name}`", problems)
        if name in questions:
            problems.add(spot.make_problem(f"`{name}` is a calculation and a question.", "Give one another name."))
        for each in sorted(spoken_of[name] - questions - set(written)):
            message = f"The calculation `{name}` refers to `{each}`, which is no question or calculation here."
            problems.add(spot.make_problem(message, suggest(each, [*questions, *written])))
    for name in written:
        circle = _find_way(spoken_of, name, name, from_next=True)
        if circle:
            message = f"The calculation `{name}` goes in a circle: {' -> '.join(f'`{each}`' for each in circle)}."
            problems.add(node.at("calculate", name).make_problem(message, "Refer to questions, or to other ones."))
    return {name: _spread(names, spoken_of) & questions for name, names in spoken_of.items()}


def _read_names(text: object, place: Node, subject: str, problems: Problems) -> frozenset[str]:
    """The names an expression speaks of; none where it cannot be read, which is told."""
    try:
        return read_expression(text).names if isinstance(text, str) and text else frozenset()
    except ExpressionInvalid as error:
        problems.add(place.make_problem(f"{subject}: {error}"))
        return frozenset()


def _spread(names: Iterable[str], calculations: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The names with, in the place of each calculation, all that its value depends on."""
    found, waiting = set(names), list(names)
    while waiting:
        more = calculations.get(waiting.pop(), frozenset()) - found
        found |= more
        waiting += more
    return frozenset(found.difference(calculations))


def _check_questions(
    node: Node,
    languages: Sequence[str],
    shared: _Shared,
    calculations: Mapping[str, frozenset[str]],
    problems: Problems,
) -> tuple[QuestionFile, ...]:
    """The questions as written; expressions may refer to earlier ones only."""
    names = [
        str(item.at("name").value) if item.find("name") else f"number {position}"
        for position, item in enumerate(node.items, 1)
    ]
    lines = {name: item.at("name").line for name, item in zip(reversed(names), reversed(node.items), strict=True)}
    models = []
    for position, (name, item) in enumerate(zip(names, node.items, strict=True)):
        if name in names[:position]:
            message = f"Two questions are called `{name}`: on line {lines[name]} and on line {item.at('name').line}."
            problems.add(item.at("name").make_problem(message, "Give each question a name of its own."))
        for key in _SPEAKING:
            _check_words(item.find(key), f"`{key}` of the question `{name}`", languages, problems)
            if item.at("kind").value != "note":
                _check_topics(item.find(key), f"The question `{name}`", problems)
            else:
                _look_at_topics(item.find(key), f"The note `{name}`", problems)
        for end in item.at("ends").items if item.find("ends") else ():
            _check_words(end, f"`ends` of the question `{name}`", languages, problems)
            _check_topics(end, f"The question `{name}`", problems)
        model = check_model(item, QuestionFile, problems)
        if model is not None:
            models.append(model)
            _check_kind(item, model, problems)
            _check_choices(item, model, languages, shared, problems)
    _check_logic(node, models, names, calculations, problems)
    return tuple(models)


def _check_kind(node: Node, model: QuestionFile, problems: Problems) -> None:
    """The kind exists, and the keys that only some kinds have go with it."""
    if model.kind not in QUESTION_TYPES:
        way_out = suggest(model.kind, list(QUESTION_TYPES))
        problems.add(node.at("kind").make_problem(f"There is no kind of question `{model.kind}`.", way_out))
        return
    belonging = {"ends": "scale", "low": "number", "high": "number", "first": "date", "last": "date"}
    optional = {"max_length": "text", "precision": "date"}
    for key, kind in (belonging | optional).items():
        present = getattr(model, key) is not None
        if present and model.kind != kind:
            message = f"`{key}` of the question `{model.name}` goes with the kind `{kind}` only."
            problems.add(node.at(key).make_problem(message, "Take it out."))
        if not present and model.kind == kind and key in belonging:
            problems.add(node.make_problem(f"The question `{model.name}` has no `{key}`.", f"Add `{key}: ...`."))
    if model.low is not None and model.high is not None and model.low >= model.high:
        message = f"`low` of the question `{model.name}` is not smaller than `high`."
        problems.add(node.at("low").make_problem(message, "Exchange or correct them."))
    if model.kind == "date" and model.first and model.last:
        _check_dates(node, model, model.first, model.last, problems)


def _check_dates(node: Node, model: QuestionFile, first: str, last: str, problems: Problems) -> None:
    """The bounds of a date are dates as exact as the answer, in their order, and years that a list can show."""
    precision = model.precision or _MONTH
    for key, written in (("first", first), ("last", last)):
        if not is_date(written, precision):
            message = f"`{key}` of the question `{model.name}` is no {precision}: `{written}`."
            way_out = "Write 2026-03." if precision == _MONTH else "Write 2026-03-01."
            problems.add(node.at(key).make_problem(message, way_out))
    if first >= last:
        message = f"`first` of the question `{model.name}` is not before `last`."
        problems.add(node.at("first").make_problem(message, "Exchange or correct them."))
    elif int(last[:4] if last[:4].isdigit() else 0) - int(first[:4] if first[:4].isdigit() else 0) > _MOST_YEARS:
        message = f"The question `{model.name}` offers more than {_MOST_YEARS} years."
        problems.add(node.at("first").make_problem(message, "Bring `first` and `last` closer together."))


def _check_logic(
    node: Node,
    models: Sequence[QuestionFile],
    names: Sequence[str],
    calculations: Mapping[str, frozenset[str]],
    problems: Problems,
) -> None:
    """Every expression can be read, and like the words speaks of earlier questions only.

    A circle of `when` is told as one, by its questions. A check may speak of its own question as well.
    """
    items = dict(zip(reversed(names), reversed(node.items), strict=True))
    spoken_of: dict[str, dict[str, frozenset[str]]] = {}
    for model in models:
        item, subject = items[model.name], f"of the question `{model.name}`"
        found = {
            key: _read_names(getattr(model, key), item.at(key), f"`{key}` {subject}", problems)
            for key in ("when", "check")
        }
        found |= {key: _find_spoken(item.find(key), f"`{key}` {subject}", problems) for key in _SPEAKING}
        spoken_of[model.name] = {key: _spread(each, calculations) for key, each in found.items()}
        if bool(model.check) != (model.message is not None):
            message = f"The question `{model.name}` has a `{'check' if model.check else 'message'}` alone."
            problems.add(item.at("check", "message").make_problem(message, "A `check` and its `message` go together."))
    whens = {name: keys["when"] for name, keys in spoken_of.items()}
    for model in models:
        asked = names[: names.index(model.name)]
        for key, spoken in spoken_of[model.name].items():
            itself = {model.name} if key in {"check", "message"} else set()
            for name in sorted(spoken.difference(asked, itself)):
                message = f"`{key}` of the question `{model.name}` "
                way_out = "Refer to questions that are asked earlier only."
                if name not in items:
                    message += f"refers to `{name}`, which is no question here."
                    way_out = suggest(name, [*asked, *calculations])
                elif key == "when" and (circle := _find_way(whens, name, model.name)):
                    message += f"goes in a circle: {' -> '.join(f'`{each}`' for each in (model.name, *circle))}."
                else:
                    message += f"refers to `{name}`, which is asked on line {items[name].at('name').line}."
                problems.add(items[model.name].at(key).make_problem(message, way_out))


def _find_spoken(node: Node | None, name: str, problems: Problems) -> frozenset[str]:
    """The names that words speak of in any language."""
    for language, text in _list_texts(node) if node else ():
        if has_fault(text) and node:
            message = f"{name} has a `${{` that names no answer in `{language}`."
            problems.add(node.at(language).make_problem(message, "Write `${name}`, with the name of a question."))
    return frozenset(each for _, text in (_list_texts(node) if node else ()) for each in find_piped(text))


def _check_room(node: Node, model: SurveyFile, problems: Problems) -> None:
    """One code for a room pairs nothing and leads nobody back (privacy-and-safety, doors without a person)."""
    if not model.room:
        return
    place = node.at("room")
    if model.respondent in FILLED_IN_BY_STAFF:
        problems.add(place.make_problem("A survey that staff fill in has no code for a room.", "Take `room` out."))
    if model.waves is not None:
        problems.add(
            place.make_problem("`room` and `waves` do not go together.", "Whose answers are whose is not known.")
        )
    for purpose in (Purpose.RECONTACT, Purpose.LINK):
        if purpose in model.purposes:
            message = f"`room` and the purpose `{purpose}` do not go together."
            problems.add(place.make_problem(message, "Nobody can be found again by the code of a room."))


def _check_alert(
    node: Node,
    model: SurveyFile,
    names: Sequence[str],
    calculations: Mapping[str, frozenset[str]],
    problems: Problems,
) -> None:
    """`alert` can be read and speaks of questions of the survey; staff who fill in a survey alert nobody."""
    if not model.alert:
        return
    place = node.at("alert")
    if model.respondent in FILLED_IN_BY_STAFF:
        problems.add(place.make_problem("A survey that staff fill in has no `alert`.", "Take it out."))
    try:
        spoken_of = read_expression(model.alert).names
    except ExpressionInvalid as error:
        problems.add(place.make_problem(f"`alert`: {error}"))
        return
    for name in sorted(spoken_of.difference(names, calculations)):
        problems.add(
            place.make_problem(f"`alert` refers to `{name}`, which is no question here.", suggest(name, names))
        )
    if not _spread(spoken_of, calculations):
        message = "`alert` speaks of no question: everybody would need support."
        problems.add(place.make_problem(message, "Name the answer that shows it."))


def _check_bridges(
    node: Node, model: SurveyFile, questions: Sequence[QuestionFile], shared: _Shared, problems: Problems
) -> None:
    """Bridges lead from other versions, each once, to questions and choices that are there."""
    seen = {model.version}
    lists = {question.name: shared.lists.get(question.choices) for question in questions}
    names = list(lists)
    for position, bridge in enumerate(model.bridges):
        place = node.at("bridges", position)
        if bridge.version in seen:
            message = f"`{bridge.version}` is this version, or is bridged twice."
            problems.add(place.at("version").make_problem(message, "Name each earlier version once."))
        seen.add(bridge.version)
        for name, carried in bridge.questions.items():
            if name not in names:
                message = f"`bridges` refers to `{name}`, which is no question here."
                problems.add(place.at("questions").make_problem(message, suggest(name, names)))
                continue
            found = lists[name]
            choices = found[1].choices if found else ()
            known = [choice.value for choice in choices if choice.state == AnswerState.ANSWERED.value]
            for value in sorted(set(carried.values.values()).difference(known)):
                message = f"`bridges` turns an answer to `{name}` into `{value}`, which is no choice of it."
                problems.add(place.at("questions", name).make_problem(message, suggest(value, known)))


def _find_way(
    spoken_of: Mapping[str, frozenset[str]], start: str, end: str, *, from_next: bool = False
) -> tuple[str, ...]:
    """The shortest way from one name to another along what each speaks of; empty where there is none.

    ``from_next`` looks for a way that leaves its start, where that is the end as well.
    """
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set() if from_next else {start}
    for way in ways:
        if way[-1] == end and (len(way) > 1 or not from_next):
            return way
        following = sorted(spoken_of.get(way[-1], frozenset()) - seen)
        seen.update(following)
        ways += [(*way, name) for name in following]
    return ()


def _check_choices(
    node: Node, model: QuestionFile, languages: Sequence[str], shared: _Shared, problems: Problems
) -> None:
    """The list of choices exists, fits the kind and is written in every language."""
    if model.kind not in QUESTION_TYPES:
        return
    rule = QUESTION_TYPES[model.kind].choices
    if rule is ChoiceRule.NONE:
        if model.choices:
            problems.add(node.at("choices").make_problem("A note has no choices.", "Take them out."))
    elif not model.choices:
        message = f"The question `{model.name}` has no `choices`."
        way_out = "Name a list of lists.yaml: every question lets a person not know, not say, not be concerned."
        problems.add(node.make_problem(message, way_out))
    elif model.choices not in shared.list_names:
        way_out = suggest(model.choices, shared.list_names)
        problems.add(node.at("choices").make_problem(f"There is no list `{model.choices}`.", way_out))
    elif model.choices in shared.lists:
        place, found = shared.lists[model.choices]
        _check_offer(node, model, found, rule, problems)
        for position, choice in enumerate(found.choices):
            label, name = place.at("choices", position, "label"), f"the choice `{choice.value}`"
            _check_words(label, f"`label` of {name}", languages, problems, shared=True)
            _check_topics(label, f"The label of {name}", problems)


def _check_offer(node: Node, model: QuestionFile, found: ListFile, rule: ChoiceRule, problems: Problems) -> None:
    """A list fits the kind and offers every state as an answer of equal weight (privacy-and-safety 1.8)."""
    place, states = node.at("choices"), [choice.state for choice in found.choices]
    answers = states.count(AnswerState.ANSWERED.value)
    if rule is ChoiceRule.STATES and answers:
        message = f"The list `{model.choices}` has answers, but `{model.name}` is answered by a {model.kind}."
        problems.add(place.make_problem(message, "Name a list that has only choices with a `state`."))
    if rule is ChoiceRule.ANSWERS and answers < len(("one", "another")):
        message = f"The list `{model.choices}` has fewer than two answers to choose from."
        problems.add(place.make_problem(message, "Name another list."))
    if model.kind == "multiple_choice" and len(found.choices) > _MOST_CHOICES:
        message = f"The list `{model.choices}` has more than {_MOST_CHOICES} choices, of which several can be taken."
        problems.add(place.make_problem(message, "Make two questions of it."))
    missing = [state.value for state in _STATES if state.value not in states]
    if missing:
        message = f"The list `{model.choices}` does not offer {', '.join(missing)}."
        problems.add(place.make_problem(message, "Every question lets a person not know, not say, not be concerned."))


def _refuse_consent(node: Node, model: SurveyFile, problems: Problems) -> None:
    """What staff fill in asks nobody for consent: what the person decided before holds (R0)."""
    for key in ("consent", "purposes"):
        if getattr(model, key):
            message = f"A survey that staff fill in asks for no `{key}`."
            problems.add(node.at(key).make_problem(message, "Take it out: what was agreed to before holds."))


def _check_consent(node: Node, model: SurveyFile, shared: _Shared, problems: Problems) -> None:
    """The consent has words for every purpose of a survey, in its languages."""
    place = node.at("purposes")
    if Purpose.ANSWER not in model.purposes:
        problems.add(place.make_problem("`answer` is not among the purposes.", "Nothing is asked without it: add it."))
    for purpose in {purpose for purpose in model.purposes if model.purposes.count(purpose) > 1}:
        problems.add(place.make_problem(f"The purpose `{purpose}` is there twice.", "Keep one."))
    if model.consent not in shared.consent_names:
        way_out = suggest(model.consent, shared.consent_names)
        problems.add(node.at("consent").make_problem(f"There is no consent version `{model.consent}`.", way_out))
    if model.consent not in shared.consents:
        return
    written, consent = shared.consents[model.consent]
    for purpose in model.purposes:
        if consent.purposes.find(purpose) is None:
            message = f"The consent `{model.consent}` has no words for `{purpose}`."
            problems.add(place.make_problem(message, f"Add them to {written.file}."))
            continue
        for key in ("title", "body", "again"):
            text = written.find("purposes", purpose.value, key)
            _check_words(text, f"`{key}` of `{purpose}`", model.languages, problems, shared=True)
            _look_at_topics(text, f"`{key}` of `{purpose}`", problems)


def _check_guardian(node: Node, model: SurveyFile, shared: _Shared, problems: Problems) -> None:
    """A survey of children has words for their guardians, of `answer` at least, in its languages."""
    asks_children = model.audience == "child" and model.respondent not in FILLED_IN_BY_STAFF
    if asks_children != bool(model.guardian):
        message = (
            "A survey of children names no `guardian`." if asks_children else "Only a survey of children asks one."
        )
        way_out = (
            "Name the consent a guardian is asked with, such as 2026-1-guardian." if asks_children else "Take it out."
        )
        problems.add(node.at("guardian").make_problem(message, way_out))
        return
    if not asks_children:
        return
    if model.guardian not in shared.consent_names:
        way_out = suggest(model.guardian, shared.consent_names)
        problems.add(node.at("guardian").make_problem(f"There is no consent version `{model.guardian}`.", way_out))
    if model.guardian not in shared.consents:
        return
    written, consent = shared.consents[model.guardian]
    if consent.purposes.find(Purpose.ANSWER) is None:
        message = f"The consent `{model.guardian}` has no words for `answer`."
        problems.add(node.at("guardian").make_problem(message, f"Add them to {written.file}."))
    for purpose in model.purposes:
        if consent.purposes.find(purpose) is not None:
            for key in ("title", "body", "again"):
                text = written.find("purposes", purpose.value, key)
                _check_words(text, f"`{key}` of `{purpose}`", model.languages, problems, shared=True)
                _look_at_topics(text, f"`{key}` of `{purpose}`", problems)


def _check_waves(node: Node, waves: WavesFile, problems: Problems) -> None:
    """Windows of one person never overlap, on whichever day of its window the baseline was answered."""
    baseline, followup, leaving = waves.baseline, waves.followup, waves.exit
    if (baseline is None) != waves.session:
        message = "The waves have both a `baseline` and a `session`." if baseline else "The waves have no `baseline`."
        problems.add(node.make_problem(message, "Give one of them: `baseline: ...` or `session: true`."))
    if baseline and baseline.last_day < baseline.first_day:
        message = "The baseline's `last_day` comes before its `first_day`."
        problems.add(node.at("baseline").make_problem(message, "Exchange or correct them."))
    # The latest day on which the first answers can still be given, counted from the earliest.
    open_until = baseline.last_day - baseline.first_day if baseline else 0
    if leaving and leaving.day is not None and leaving.day - leaving.before <= open_until:
        message = "The exit can open while the baseline is still open."
        problems.add(node.at("exit").make_problem(message, "Make `before` shorter, or `day` later."))
    if followup is None:
        return
    place = node.at("followup")
    if (followup.every is None) == (followup.day is None):
        problems.add(place.make_problem("A follow-up has either `every` or `day`.", "Give one of them."))
    key, first = ("every", followup.every) if followup.every is not None else ("day", followup.day or 0)
    if followup.every is not None and followup.before + followup.after >= followup.every:
        message = f"Two follow-ups overlap: {followup.before} days before and {followup.after} days after"
        message += f" do not fit into {followup.every} days."
        problems.add(place.make_problem(message, "Make the windows shorter, or `every` longer."))
    if first - followup.before <= open_until:
        message = f"The first follow-up can open while the {'baseline is' if baseline else 'session is'} still open."
        problems.add(place.make_problem(message, f"Make `before` shorter, or `{key}` longer."))
    if leaving and leaving.day is not None and followup.day is not None:
        apart = followup.day + followup.after < leaving.day - leaving.before
        if not (apart or leaving.day + leaving.after < followup.day - followup.before):
            problems.add(place.make_problem("The follow-up and the exit overlap.", "Move one of them."))


def _check_question_waves(
    node: Node, questions: Sequence[QuestionFile], waves: WavesFile | None, problems: Problems
) -> None:
    """A question is asked in waves the survey has."""
    known = [wave.name for wave in _make_waves(waves)] if waves else []
    lines = {str(item.at("name").value): item for item in node.items}
    for question in questions:
        for wave in question.waves:
            if wave not in known:
                message = (
                    f"The question `{question.name}` is asked in the wave `{wave}`, which the survey does not have."
                )
                problems.add(lines[question.name].at("waves").make_problem(message, suggest(wave, known)))


def _check_words(
    node: Node | None, name: str, languages: Sequence[str], problems: Problems, *, shared: bool = False
) -> None:
    """A text is there in every language, and only in those unless it is shared; hard sentences give a warning."""
    if node is None or not node.entries:
        return
    for language in languages:
        found = node.find(language)
        if found is None or (isinstance(found.value, str | None) and not (found.value or "").strip()):
            place = found or node
            problems.add(place.make_problem(f"{name} has no text in `{language}`.", f"Add `{language}: ...`."))
    for language, child in node.entries.items():
        if language not in languages and not shared:
            message = f"{name} is written in `{language}`, which is no language of this survey."
            problems.add(child.make_problem(message, suggest(language, languages)))
    for language, text in _list_texts(node):
        sentence = find_long_sentence(text)
        if sentence:
            message = f"{name} has a sentence of more than 15 words in `{language}`: {sentence}"
            problems.warn(node.at(language).make_problem(message, "Split it."))
        if _is_left_in_english(node.entries, language):
            message = f"{name} has the English words in `{language}`."
            problems.warn(node.at(language).make_problem(message, "Translate it."))
        gendered = find_gendered_word(text) if language == "lv" else None
        if gendered:
            message = f"{name} has a form that fixes the reader's gender: {gendered}."
            problems.warn(node.at(language).make_problem(message, "Word it without the ending."))


def _check_topics(node: Node | None, name: str, problems: Problems) -> None:
    """A text does not ask what is never asked (privacy-and-safety 1.9)."""
    for language, text in _list_texts(node) if node else ():
        found = find_forbidden(text, language)
        if found and node:
            topic, word = found
            message = f"{name} touches what is never asked: {topic} (`{word}`)."
            problems.add(node.at(language).make_problem(message, "Take the question out."))


def _look_at_topics(node: Node | None, name: str, problems: Problems) -> None:
    """What only explains may speak of a topic that is never asked; somebody looks whether it may."""
    for language, text in _list_texts(node) if node else ():
        found = find_forbidden(text, language)
        if found and node:
            message = f"{name} speaks of what is never asked: {found[0]} (`{found[1]}`)."
            problems.warn(node.at(language).make_problem(message, "Word it so that nobody can infer it."))


def _is_left_in_english(entries: Mapping[str, Node], language: str) -> bool:
    """Whether a text of several words stands in another language just as in English."""
    english, words = (entries[each].value if each in entries else None for each in ("en", language))
    return language != "en" and isinstance(words, str) and words == english and len(words.split()) > 1


def _list_texts(node: Node) -> Iterator[tuple[str, str]]:
    return ((language, child.value) for language, child in node.entries.items() if isinstance(child.value, str))


def _make_text(words: Words, languages: Sequence[str]) -> Text:
    return {language: (words.get(language) or "").strip() for language in languages}


def _make_survey(model: SurveyFile, questions: Sequence[QuestionFile], shared: _Shared) -> Survey:
    """The survey of files without faults."""
    made = tuple(_make_question(question, model.languages, shared) for question in questions)
    return Survey(
        id=model.id,
        version=model.version,
        title=_make_text(model.title, model.languages),
        languages=model.languages,
        respondent=model.respondent,
        note=_make_text(model.note, model.languages),
        questions=made,
        waves=_make_waves(model.waves) if model.waves else (),
        repeat_every=(model.waves.followup.every or 0) if model.waves and model.waves.followup else 0,
        purposes=model.purposes,
        consent=tuple(_make_consent(shared.consents[model.consent][1], model.purposes, model.languages))
        if model.consent
        else (),
        fingerprint=compute_survey_fingerprint(model.id, model.languages, made, model.calculate),
        audience=model.audience,
        calculations=model.calculate,
        alert=model.alert,
        bridges=tuple(
            Bridge(
                bridge.version,
                {name: Carried(each.question or name, each.values) for name, each in bridge.questions.items()},
            )
            for bridge in model.bridges
        ),
        room=model.room,
        guardian=tuple(_make_consent(shared.consents[model.guardian][1], model.purposes, model.languages))
        if model.guardian
        else (),
    )


def _make_question(model: QuestionFile, languages: Sequence[str], shared: _Shared) -> Question:
    defaults = Question("", "", {})
    ends = tuple(_make_text(end, languages) for end in model.ends or ())
    found = shared.lists[model.choices][1] if model.choices else None
    return Question(
        name=model.name,
        kind=model.kind,
        prompt=_make_text(model.prompt, languages),
        hint=_make_text(model.hint, languages) if model.hint else {},
        choices=tuple(
            Choice(
                choice.value,
                _make_text(choice.label, languages),
                AnswerState(choice.state),
                choice.face or 0,
                exclusive=choice.exclusive,
                picture=choice.picture or "",
            )
            for choice in (found.choices if found else ())
        ),
        positive=frozenset(found.positive if found else ()),
        low=defaults.low if model.low is None else model.low,
        high=defaults.high if model.high is None else model.high,
        ends=(ends[0], ends[1]) if ends else None,
        max_length=model.max_length or defaults.max_length,
        precision=(model.precision or _MONTH) if model.kind == "date" else "",
        first=model.first or "",
        last=model.last or "",
        when=model.when,
        check=model.check,
        message=_make_text(model.message, languages) if model.message else {},
        about=model.about,
        waves=model.waves,
    )


def _make_consent(consent: ConsentFile, purposes: Sequence[Purpose], languages: Sequence[str]) -> Iterator[ConsentText]:
    for purpose in purposes:
        words = consent.purposes.find(purpose)
        if words is not None:
            title, body = _make_text(words.title, languages), _make_text(words.body, languages)
            again = _make_text(words.again, languages) if words.again else {}
            fingerprint = compute_consent_fingerprint(purpose, consent.version, title, body, again)
            yield ConsentText(purpose, consent.version, title, body, fingerprint, again)


def _make_waves(waves: WavesFile) -> tuple[Wave, ...]:
    baseline, followup, leaving = waves.baseline, waves.followup, waves.exit
    made = []
    if baseline:
        made.append(Wave("baseline", "enrolment", baseline.first_day, 0, baseline.last_day - baseline.first_day))
    if waves.session:
        made += [Wave(name, "session", 0, 0, 0) for name in SESSION]
    if followup:
        day = followup.day if followup.every is None else followup.every
        made.append(Wave("followup", "baseline", day or 0, followup.before, followup.after))
    if leaving and leaving.day is not None:
        made.append(Wave("exit", "baseline", leaving.day, leaving.before, leaving.after))
    elif leaving:
        made.append(Wave("exit", "exit", 0, leaving.before, leaving.after))
    return tuple(made)

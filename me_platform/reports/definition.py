"""What a report template is, and how it is loaded from ``report_templates/<id>/``.

A template is a folder: ``report.yaml`` (its sections in order, its words in every language), ``template.html``
(Jinja), ``theme.css`` and ``images/``. It can use nothing outside its folder but the charts made for it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from me_platform.charts.kinds import ChartKind
from me_platform.content import ContentModel, Node, Problems, check_model, read_asset, read_yaml, suggest
from me_platform.disclosure.wording import LANGUAGES
from me_platform.errors import Problem
from me_platform.indicators.definition import Text
from me_platform.indicators.loading import find_codes
from me_platform.reports.html import check_template

SHARED = "shared"
"""Folder of what all templates have in common: one visual language."""


class SectionKind(StrEnum):
    """What a section shows; ``template.html`` has a part for each kind it uses."""

    COVER = "cover"
    SUMMARY = "summary"
    REACH = "reach"
    NARRATIVES = "narratives"
    FRAMEWORK = "framework"
    YEARS = "years"
    REGISTER = "register"
    QUALITY = "quality"
    FIGURES = "figures"
    DOMAINS = "domains"
    PRACTICES = "practices"
    FEEDBACK = "feedback"
    STANDARDS = "standards"
    GLOSSARY = "glossary"
    QUIET = "quiet"
    TOLD = "told"
    RIGHTS = "rights"
    WRITTEN = "written"
    FORM = "form"
    CONSENTS = "consents"
    QUESTIONS = "questions"
    CARDS = "cards"
    METHOD = "method"
    RESTATED = "restated"
    ANNEX = "annex"


class TableKind(StrEnum):
    """The tables of figures a section may print."""

    FLOW = "flow"
    STATES = "states"
    CHANGE = "change"
    PARTS = "parts"
    CATEGORIES = "categories"
    YEARS = "years"


@dataclass(frozen=True)
class WrittenPart:
    """A place in a section for what an officer writes for one report, in each of its languages.

    ``title`` is printed above the text; without one the section's own stands for it. ``help`` is for who writes,
    ``limit`` the most characters a text may have.
    """

    name: str
    help: Text
    limit: int
    title: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """One section: its kind, title, opening sentence, paragraphs, and which charts and tables it prints.

    ``indicators`` are the codes of the indicators it prints, where its kind does not choose them itself; no other
    section prints these.
    """

    kind: SectionKind
    title: Text
    lead: Text = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    charts: tuple[ChartKind, ...] = ()
    tables: tuple[TableKind, ...] = ()
    indicators: tuple[str, ...] = ()
    written: WrittenPart | None = None


@dataclass(frozen=True)
class ReportTemplate:
    """A report template, whole.

    ``words`` are the template's own texts by name. ``terms`` are the words for codes, ``group.code`` -> text
    (``unit.percent``, ``part.improved``, ``category.unknown``). ``files`` are stylesheet, images and what
    is shared, path inside the folder -> bytes. ``fingerprint`` is SHA-256 over every file.
    """

    id: str
    version: str
    title: Text
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    words: Mapping[str, Text]
    terms: Mapping[str, Text]
    html: str
    files: Mapping[str, bytes]
    fingerprint: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is a page for those who answered, and not a report (``reports.plain``)."""
        return any(section.kind is SectionKind.TOLD for section in self.sections)

    @property
    def writings(self) -> tuple[tuple[WrittenPart, Text], ...]:
        """The places for an officer's own words in the order they are printed, each with its heading."""
        return tuple(
            (section.written, section.written.title or section.title) for section in self.sections if section.written
        )

    @property
    def form(self) -> bool:
        """Whether it is a survey on paper, or cards to hand out: made without any figure (``form``, ``cards``)."""
        return any(section.kind in {SectionKind.FORM, SectionKind.CARDS} for section in self.sections)


_PRINTABLE = ((0x20, 0x3E1), (0x400, 0x52F), (0x1E00, 0x206F), (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122))
"""First and last code points Noto Sans has of Latin, Greek, Cyrillic and the signs that go with them."""


def find_unprintable(text: str) -> str:
    """The characters of an officer's text that the reports' fonts do not have, each once: emoji, other scripts."""
    return "".join(dict.fromkeys(each for each in text if each != "\n" and not _is_printable(each)))


def _is_printable(character: str) -> bool:
    known = any(first <= ord(character) <= last for first, last in _PRINTABLE)
    return known and unicodedata.category(character)[0] in "LNPSZ"


_CHOOSING = frozenset({SectionKind.FIGURES, SectionKind.TOLD})
"""Kinds of sections that print the indicators they name."""


class WrittenFile(ContentModel):
    """``written`` of a section: what an officer writes on the staff site for one report."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="its name, which no other section has")
    title: dict[str, str] = Field(
        default_factory=dict, description="heading above the text; left out, the section's own stands for it"
    )
    help: dict[str, str] = Field(description="what to write, for the officer; it is not printed")
    limit: int = Field(ge=100, le=6000, description="most characters of a text")


class SectionFile(ContentModel):
    """One section of a report."""

    kind: SectionKind = Field(
        description="what it shows; figures is for indicators of your choice, written for an officer's own words"
    )
    title: dict[str, str] = Field(description="heading")
    lead: dict[str, str] = Field(default_factory=dict, description="opening sentence")
    notes: tuple[dict[str, str], ...] = Field(default=(), description="paragraphs")
    charts: tuple[ChartKind, ...] = Field(default=(), description="charts it draws; what is not named is not drawn")
    tables: tuple[TableKind, ...] = Field(default=(), description="tables it prints; what is not named is not printed")
    indicators: tuple[str, ...] = Field(
        default=(), description="codes of its indicators, for the kinds figures and told; no other section has them"
    )
    written: WrittenFile | None = Field(
        default=None, description="place for an officer's own words; nothing is printed where none are written"
    )


class ReportFile(ContentModel):
    """``report.yaml`` of a template."""

    version: str = Field(description="version of the template")
    title: dict[str, str] = Field(description="title of the report")
    languages: tuple[str, ...] = Field(min_length=1, description="languages every text of the template is written in")
    sections: tuple[SectionFile, ...] = Field(min_length=1, description="the sections in the order they are printed")
    words: dict[str, dict[str, str]] = Field(description="texts of the page, by the name template.html uses")
    terms: dict[str, dict[str, dict[str, str]]] = Field(description="words for codes, by group and code")


def load_report_templates(root: Path) -> dict[str, ReportTemplate]:
    """Every template below ``root/report_templates``, by id. Raises ContentInvalid with every fault of every file."""
    problems = Problems()
    folder = root / "report_templates"
    common = _read_shared(folder / SHARED, root, problems)
    folders = sorted(path for path in folder.glob("*") if path.is_dir() and path.name != SHARED)
    templates = [_load_template(folder, root, common, problems) for folder in folders]
    problems.raise_faults()
    return {template.id: template for template in templates if template is not None}


def _read_shared(folder: Path, root: Path, problems: Problems) -> dict[str, bytes]:
    """What all templates may use: stylesheet, macros and images, by the path a template names them with."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {f"{SHARED}/{path.relative_to(folder).as_posix()}": _read_file(path, root, problems) for path in paths}
    for name, content in found.items():
        if name.endswith(".html"):
            for line, message in check_template(content.decode("utf-8", errors="replace")):
                problems.add(Problem(f"report_templates/{name}", line, message))
    return found


def _load_template(folder: Path, root: Path, common: Mapping[str, bytes], problems: Problems) -> ReportTemplate | None:
    node = read_yaml(folder / "report.yaml", root, problems)
    file = check_model(node, ReportFile, problems) if node is not None else None
    html = _read_file(folder / "template.html", root, problems)
    paths = [folder / "theme.css", *sorted((folder / "images").glob("*"))]
    own = {path.relative_to(folder).as_posix(): _read_file(path, root, problems) for path in paths}
    files = {**common, **own}
    source = html.decode("utf-8", errors="replace")
    for line, message in check_template(source):
        problems.add(Problem((folder / "template.html").relative_to(root).as_posix(), line, message))
    if node is None or file is None:
        return None
    _check_languages(node, file.languages, problems)
    _check_indicators(node, file.sections, find_codes(root), problems)
    _check_written(node, file.sections, problems)
    everything = [(folder / "report.yaml").read_bytes(), html, *(path.encode() + files[path] for path in sorted(files))]
    return ReportTemplate(
        id=folder.name,
        version=file.version,
        title=file.title,
        languages=file.languages,
        sections=tuple(_make_section(section) for section in file.sections),
        words=file.words,
        terms={f"{group}.{code}": text for group, terms in file.terms.items() for code, text in terms.items()},
        html=source,
        files=files,
        fingerprint=hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in everything)).hexdigest(),
    )


def _make_section(file: SectionFile) -> Section:
    written = WrittenPart(**dict(file.written)) if file.written else None
    return Section(**{**dict(file), "written": written})


def _read_file(path: Path, root: Path, problems: Problems) -> bytes:
    return read_asset(path, root, problems, image=path.parent.name == "images")


def _check_languages(node: Node, languages: Iterable[str], problems: Problems) -> None:
    """Every text must exist in every language of the template, and every language be one figures can be said in."""
    wanted = tuple(languages)
    for language in wanted:
        if language not in LANGUAGES:
            place = node.at("languages")
            problems.add(place.make_problem(f"Figures cannot be said in `{language}`.", f"Use {', '.join(LANGUAGES)}."))
    for text in _find_texts(node):
        for language in wanted:
            if not str(text.entries[language].value if language in text.entries else "").strip():
                problems.add(text.make_problem(f"The text has no words in `{language}`.", f"Add a line `{language}:`."))
        for language in text.entries:
            if language not in wanted:
                problems.add(text.make_problem(f"`{language}` is no language of this template.", "Take it out."))


def _check_indicators(node: Node, sections: Iterable[SectionFile], known: Collection[str], problems: Problems) -> None:
    """Sections name indicators there are, each in one section; one that prints what it names names some."""
    seen: set[str] = set()
    for number, section in enumerate(sections):
        place = node.at("sections", number)
        if section.kind in _CHOOSING and not section.indicators:
            message = f"A section of the kind {section.kind} prints the `indicators` it names, and names none."
            problems.add(place.make_problem(message, "Add `indicators: [...]`."))
        for position, code in enumerate(section.indicators):
            spot = place.at("indicators", position)
            if code not in known:
                problems.add(spot.make_problem(f"There is no indicator `{code}`.", suggest(code, sorted(known))))
            elif code in seen:
                problems.add(spot.make_problem(f"`{code}` is printed twice.", "Keep it in one section."))
            seen.add(code)


def _check_written(node: Node, sections: Iterable[SectionFile], problems: Problems) -> None:
    """Each place for an officer's words has a name of its own, and a section of that kind has one."""
    seen: set[str] = set()
    for number, section in enumerate(sections):
        place = node.at("sections", number)
        if section.written is None:
            if section.kind is SectionKind.WRITTEN:
                message = "A section of the kind written is for an officer's words, and has no place for any."
                problems.add(place.make_problem(message, "Add `written:` with name, help and limit."))
        elif section.written.name in seen:
            message = f"`{section.written.name}` is the name of two places to write."
            problems.add(place.at("written", "name").make_problem(message, "Give each a name of its own."))
        else:
            seen.add(section.written.name)


def _find_texts(node: Node) -> Iterator[Node]:
    """The language maps of a report.yaml, by their places in it."""
    for section in node.at("sections").items:
        for name in ("title", "lead"):
            if name in section.entries:
                yield section.entries[name]
        yield from section.at("notes").items if "notes" in section.entries else ()
        if "written" in section.entries:
            written = section.entries["written"].entries
            yield from (written[name] for name in ("title", "help") if name in written)
    yield from filter(None, [node.find("title")])
    yield from node.at("words").entries.values()
    for group in node.at("terms").entries.values():
        yield from group.entries.values()

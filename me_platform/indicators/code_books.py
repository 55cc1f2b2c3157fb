"""The code book of themes in narratives: ``indicators/code-book.yaml``, checked whole before use (R30).

A book grows by versions. Reports that were marked with an earlier one keep their marks and the version; so a theme is
never taken out or given another meaning: it is retired, and another one comes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from me_platform.content import Node, Problems, check_model, read_yaml, suggest
from me_platform.indicators.definition import BookChange, CodeBook, Taxonomy, Term, Theme
from me_platform.indicators.files import CodeBookFile
from me_platform.indicators.frames import UNKNOWN
from me_platform.surveys.wording import find_forbidden

CODE_BOOK = "code-book.yaml"
THEMES = "themes"
"""The code list a book makes."""

NO_BOOK = CodeBook("", "", {}, (), ())
"""What stands for a code book where nobody wrote one."""

_TEXTS = ("title", "definition", "include", "exclude")


def check_code_book(root: Path, folder: str, problems: Problems) -> CodeBook | None:
    """The code book below ``folder`` of the content root, or one without themes where there is none.

    None where it has faults, which go into ``problems``.
    """
    path = root / folder / CODE_BOOK
    if not path.exists():
        return NO_BOOK
    own = Problems()
    node = read_yaml(path, root, own)
    model = check_model(node, CodeBookFile, own) if node else None
    if node and model:
        _check_versions(node, model, own)
        _check_themes(node, model, own)
    problems.extend(own)
    return _make_book(model) if model and not own.faults else None


def place_book(taxonomy: Taxonomy, book: CodeBook | None) -> Taxonomy:
    """The code lists with the themes of a book, those that were retired among them; without a list for None."""
    if book is None:
        return taxonomy
    themes = {theme.code: Term(theme.code, theme.title, note=theme.definition) for theme in book.themes}
    return replace(taxonomy, lists={**taxonomy.lists, THEMES: themes}, book=book)


def _check_versions(node: Node, model: CodeBookFile, problems: Problems) -> None:
    """Versions are told once and in order, and the book is in the last one."""
    for position, change in enumerate(model.changes):
        place, before = node.at("changes", position), model.changes[:position]
        if change.version in {each.version for each in before}:
            problems.add(place.at("version").make_problem(f"Version `{change.version}` is there twice.", "Keep one."))
        if before and change.date <= before[-1].date:
            problems.add(place.at("date").make_problem("The versions are not in order.", "Begin with the oldest."))
    if model.version != model.changes[-1].version:
        message = f"`version` is `{model.version}`, and the last of `changes` is `{model.changes[-1].version}`."
        problems.add(node.at("version").make_problem(message, "Say under `changes` what is different in it."))


def _check_themes(node: Node, model: CodeBookFile, problems: Problems) -> None:
    """Codes are there once, themes came before they went, and none is about what is never asked."""
    order = [change.version for change in model.changes]
    codes = [theme.code for theme in model.themes]
    for position, theme in enumerate(model.themes):
        place = node.at("themes", position)
        if theme.code in codes[:position]:
            problems.add(place.at("code").make_problem(f"Two themes have the code `{theme.code}`.", "Keep one."))
        if theme.code == UNKNOWN:
            message = f"`{UNKNOWN}` stands for reports without a theme."
            problems.add(place.at("code").make_problem(message, "Choose another code."))
        for key in ("since", "retired"):
            version = getattr(theme, key)
            if version and version not in order:
                message = f"`{key}`: there is no version `{version}`."
                problems.add(place.at(key).make_problem(message, suggest(version, order)))
        if {theme.since, theme.retired} <= set(order) and order.index(theme.retired) <= order.index(theme.since):
            message = f"`{theme.code}` went before it was in use."
            problems.add(place.at("retired").make_problem(message, "Correct one of the versions."))
        for key, language, topic, word in _list_forbidden(place):
            message = f"The theme `{theme.code}` touches what is never inferred: {topic} (`{word}`)."
            problems.add(place.at(key, language).make_problem(message, "Word it without, or take the theme out."))
    if not any(not theme.retired for theme in model.themes):
        problems.add(node.at("themes").make_problem("No theme is in use.", "Add one."))


def _list_forbidden(theme: Node) -> Iterator[tuple[str, str, str, str]]:
    """Key and language of a text that touches a topic of privacy-and-safety 1.9, the topic, and the word."""
    for key in _TEXTS:
        for language, text in theme.at(key).entries.items():
            found = find_forbidden(str(text.value), language)
            if found:
                yield key, language, *found


def _make_book(model: CodeBookFile) -> CodeBook:
    """The book of a file without faults, with the SHA-256 of all it says."""
    book = CodeBook(
        model.id,
        model.version,
        model.title,
        tuple(Theme(**dict(theme)) for theme in model.themes),
        tuple(BookChange(**dict(change)) for change in model.changes),
    )
    text = json.dumps(asdict(book), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return replace(book, fingerprint=hashlib.sha256(text.encode()).hexdigest())

"""What the documents say can be followed: links lead somewhere, commands exist, examples can be read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from me_platform import cli
from me_platform.content import Problems, read_yaml_text
from me_platform.indicators.conditions import Vocabulary, check_condition
from me_platform.indicators.defaults import KIND_DEFAULTS
from me_platform.indicators.loading import load_taxonomy
from me_platform.indicators.sources import SOURCES
from tests.guides import read_examples

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")))
GUIDES = (DOCS / "writing-surveys.md", DOCS / "writing-indicators.md")
INDICATORS = GUIDES[1].read_text(encoding="utf-8")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def list_anchors(page: Path) -> set[str]:
    """The headings of a page as its links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def list_commands(page: Path) -> Iterator[str]:
    """Every `me ...` of a page: set apart, or within a sentence."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^    (me .+)$", text, re.MULTILINE)
    yield from (" ".join(found.split()) for found in re.findall(r"`(me\s[^`]+)`", text))


def check_command(line: str) -> None:
    """Raise click.UsageError where the program knows no such command or option."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli.me
    context = click.Context(command)
    while isinstance(command, click.Group):
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, parent=context)
    given, _, _ = command.make_parser(context).parse_args(words)
    for parameter in command.params:
        value = given.get(parameter.name or "")
        if isinstance(value, str) and not isinstance(parameter.type, click.File | click.Path):
            parameter.type_cast_value(context, value)


@each_page
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in list_anchors(target)):
            dead.append(link)
    assert dead == []


@each_page
def test_every_command_exists_with_the_options_it_is_given(page: Path) -> None:
    for line in list_commands(page):
        try:
            check_command(line)
        except click.UsageError as error:
            pytest.fail(f"{line}: {error.format_message()}")


def test_a_command_that_does_not_exist_is_found() -> None:
    for line in ("me nonsense", "me door open", "me check --quickly", "me plan show sample --language de"):
        with pytest.raises(click.UsageError):
            check_command(line)


@each_page
def test_every_example_in_yaml_can_be_read(page: Path) -> None:
    for text in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        problems = Problems()
        assert read_yaml_text(text, page.name, problems) is not None
        assert problems.faults == ()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_example_of_a_guide_has_its_place(guide: Path) -> None:
    assert read_examples(guide)


def test_the_guide_names_every_kind_with_the_sources_it_can_come_from() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (`[^|]+) \|$", INDICATORS, re.MULTILINE)
    told = {kind: set(re.findall(r"`(\w+)`", sources)) for kind, sources in rows}
    assert told == {kind.value: set(defaults.sources) for kind, defaults in KIND_DEFAULTS.items()}


def test_every_condition_the_guide_shows_is_one() -> None:
    lists = load_taxonomy(ROOT).lists
    vocabulary = Vocabulary(
        questions={"sleep": ("no", "rather_no", "rather_yes", "yes")},
        fields={"age_band": lists["age_bands"], "language": lists["languages"], "status": ("open", "met", "unmet")},
        waves=("baseline", "followup", "exit"),
    )
    assert {"age_band", "language"} <= set(SOURCES["survey"].fields)
    assert "status" in SOURCES["needs"].fields
    shown = re.findall(r"^\| `(\{.+\})` \|", INDICATORS, re.MULTILINE)
    assert len(shown) >= 6
    for condition in shown:
        node = read_yaml_text(condition, "guide", Problems())
        assert node is not None
        assert check_condition(node.make_plain(), vocabulary) == (), condition

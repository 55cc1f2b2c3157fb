"""From a template and its context to one HTML text: the only door to the Jinja sandbox.

Every number of the snapshot is behind a figure's id in the context. Two filters turn ids into text: ``figure`` prints
one and writes down what it printed, ``alt`` says a chart's figures as they are shown. What is not known is an error,
never an empty place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from me_platform.disclosure.figures import Figure
from me_platform.disclosure.wording import Facet, make_figure_text, make_spoken_text
from me_platform.errors import ReportUnfit

BLANK_STYLE = Markup("<style>.figure, img.chart { visibility: hidden }</style>")
"""Added to the head of a blank report: every figure keeps its place and leaves the page."""


@dataclass(frozen=True)
class Printed:
    """One printing of a figure: its id, which facet of it, and the text on the page."""

    figure: str
    facet: str
    text: str


@dataclass(frozen=True)
class Page:
    """A rendered template: the HTML text and every figure printed in it, in order."""

    html: str
    printed: tuple[Printed, ...]


def render_html(
    template: str,
    source: str,
    context: Mapping[str, object],
    figures: Mapping[str, Figure],
    language: str,
    *,
    blank: bool = False,
    shared: Mapping[str, bytes] | None = None,
) -> Page:
    """Fill the template's source; ``template`` names it in errors, ``shared`` are the files it may import.

    Raises ReportUnfit for anything the source asks for that is not there, and for whatever the sandbox refuses.
    """
    printed: list[Printed] = []

    def find(name: object) -> Figure:
        if not isinstance(name, str) or name not in figures:
            raise ReportUnfit(template, f"it prints a figure '{name}' that the snapshot does not have.")
        return figures[name]

    def alt(chart: Mapping[str, Any]) -> str:
        """The alternative text of a chart: its title and every figure in words; of a blank one the title alone."""
        said = [f"{bar['label']}: {make_spoken_text(find(bar['figure']), language)}" for bar in chart["bars"]]
        return (
            f"{chart['title']}."
            if blank
            else f"{chart['title']}. {'; '.join(each.removeprefix(': ') for each in said)}."
        )

    def figure(name: object, facet: str = "full") -> Markup:
        """Print a figure by its id; facets are those of ``wording.Facet``."""
        found = find(name)
        text = make_figure_text(found, language, Facet(facet))
        if not text:
            return Markup()
        printed.append(Printed(found.id, facet, text))
        return Markup('<span class="figure" data-id="{}" data-facet="{}">{}</span>').format(found.id, facet, text)

    environment = _make_environment()
    texts = {name: content.decode("utf-8") for name, content in (shared or {}).items() if name.endswith(".html")}
    environment.loader = DictLoader(texts)
    environment.filters |= {"figure": figure, "alt": alt}
    try:
        filled = environment.from_string(source).render(**context, blank_style=BLANK_STYLE if blank else Markup())
    except TemplateSyntaxError as error:
        raise ReportUnfit(template, f"line {error.lineno} of template.html: {error.message}") from error
    except SecurityError as error:
        raise ReportUnfit(template, f"template.html does what templates may not do: {error}") from error
    except (TemplateError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ReportUnfit(template, f"template.html: {error}") from error
    return Page(filled, tuple(printed))


def check_template(source: str) -> list[tuple[int, str]]:
    """Faults of a template's source as (line, message); filled with nothing, only read."""
    environment = _make_environment()
    environment.filters |= dict.fromkeys(("figure", "alt"), str)
    try:
        environment.from_string(source)
    except TemplateSyntaxError as error:
        return [(error.lineno, error.message or "The template cannot be read.")]
    return []


def _make_environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )

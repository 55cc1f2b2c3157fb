"""Build one report from a snapshot, a paper form or cards: context, charts, HTML and PDF, in a child with limits.

A template is written by people and its texts by others; whatever it does, it does in a process of its own that may
use so much memory and so much time and then is ended (privacy-and-safety part 4).
"""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import resource
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from markupsafe import escape

from me_platform.disclosure.figures import Figure
from me_platform.errors import ReportUnfit
from me_platform.indicators.definition import Indicator, Plan, Taxonomy
from me_platform.reports.cards import CardsContext
from me_platform.reports.context import ChartOrder, Material, make_material
from me_platform.reports.definition import ReportTemplate, SectionKind
from me_platform.reports.form import make_form_context
from me_platform.reports.html import Page, Printed, render_html
from me_platform.reports.views import ReportContext
from me_platform.surveys.definition import Survey

_HELPERS = ("me_platform.charts.draw", "me_platform.reports.pdf", "me_platform.reports.build")


@dataclass(frozen=True)
class Limits:
    """What the rendering of one report may use: seconds on the clock, bytes of memory (address space)."""

    seconds: float = 90.0
    memory: int = 3 * 1024**3


@dataclass(frozen=True)
class ReportResult:
    """A report: the PDF's bytes, every figure printed in it, and the ids of figures it left out."""

    pdf: bytes
    printed: tuple[Printed, ...]
    unprinted: tuple[str, ...]


@dataclass(frozen=True)
class _Job:
    """What goes to the child: only values, nothing open."""

    template: ReportTemplate
    material: Material
    identifier: bytes
    blank: bool
    memory: int
    seconds: float


def build_report(  # noqa: PLR0913, PLR0917 - what a report is made of
    template: ReportTemplate,
    language: str,
    plan: Plan,
    indicators: Mapping[str, Indicator],
    taxonomy: Taxonomy,
    snapshot: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]] = (),
    quotes: Sequence[Mapping[str, Any]] = (),
    texts: Mapping[str, str] | None = None,
    *,
    blank: bool = False,
    annex: bool = True,
    limits: Limits | None = None,
) -> ReportResult:
    """Build the report of a partner from the content of its snapshot.

    ``findings`` are ``{"id", "text": {language: words}}``; ``quotes`` are ``{"id", "text", "language"}`` with a text
    of None where consent is gone. ``texts`` are an officer's own words by the names of their places; numbers in them
    are hers and no figures. ``blank`` gives the same pages with every figure and chart invisible; without ``annex``
    the sheets are left out. The same arguments give the same bytes. Raises ReportUnfit.
    """
    if not annex:
        template = replace(
            template, sections=tuple(each for each in template.sections if each.kind is not SectionKind.ANNEX)
        )
    material = make_material(template, language, plan, indicators, taxonomy, snapshot, findings, quotes, texts)
    limits = limits or Limits()
    kind = f"{template.fingerprint} {plan.fingerprint} {language} {len(template.sections)}"
    if snapshot.get("restatements"):
        kind += " restated"
    if texts:
        kind += f" {json.dumps(texts, sort_keys=True)}"
    identifier = hashlib.sha256(f"{snapshot['hash']} {kind}".encode()).digest()[:16]
    page, pdf = _render_apart(_Job(template, material, identifier, blank, limits.memory, limits.seconds))
    shown = {each.figure for each in page.printed}
    return ReportResult(pdf, page.printed, tuple(each for each in material.figures if each not in shown))


def build_form(
    template: ReportTemplate,
    survey: Survey,
    language: str,
    wave: str,
    code_groups: Sequence[int],
    limits: Limits | None = None,
) -> bytes:
    """The PDF of a survey as a paper form; arguments as in ``reports.form.make_form_context``.

    The same arguments give the same bytes. Raises ReportUnfit.
    """
    material = Material(make_form_context(template, survey, language, wave, code_groups), {}, {})
    limits = limits or Limits()
    consents = "".join(text.fingerprint for text in survey.consent)
    kind = f"{template.fingerprint} {survey.fingerprint} {consents} {language} {wave}"
    identifier = hashlib.sha256(kind.encode()).digest()[:16]
    _, pdf = _render_apart(
        _Job(template, material, identifier, blank=False, memory=limits.memory, seconds=limits.seconds)
    )
    return pdf


def build_cards(
    template: ReportTemplate,
    context: CardsContext,
    pictures: Mapping[str, bytes],
    name: str,
    limits: Limits | None = None,
) -> bytes:
    """The PDF of cards to hand out; ``pictures`` are their QR codes by file name, ``name`` is what tells sheets apart.

    Codes are handed to the child through a pipe and stand nowhere but in the PDF. Raises ReportUnfit.
    """
    limits = limits or Limits()
    kind = f"{template.fingerprint} {context.language} {name}"
    identifier = hashlib.sha256(kind.encode()).digest()[:16]
    job = _Job(
        template,
        Material(context, {}, {}, pictures),
        identifier,
        blank=False,
        memory=limits.memory,
        seconds=limits.seconds,
    )
    return _render_apart(job)[1]


def render_report(
    template: ReportTemplate, material: Material, identifier: bytes, *, blank: bool
) -> tuple[Page, bytes]:
    """HTML and PDF of a report, in this process and without limits."""
    from me_platform.reports.pdf import render_pdf  # noqa: PLC0415 - heavy, and wanted in the child only

    page = render_html(
        template.id,
        template.html,
        asdict(material.context),
        material.figures,
        material.context.language,
        blank=blank,
        shared=template.files,
    )
    _check_written(template, material.context, page.html)
    charts = {
        source: _draw(order, material.figures, material.context.language)
        for source, order in material.charts.items()
        if f'src="{source}"' in page.html
    }
    return page, render_pdf(template.id, page.html, {**template.files, **material.files, **charts}, identifier)


def _check_written(template: ReportTemplate, context: object, html: str) -> None:
    """Nothing an officer wrote is lost: a template that has a place for it prints it. Raises ReportUnfit."""
    if isinstance(context, ReportContext):
        for section in context.sections:
            if not all(str(escape(paragraph)) in html for paragraph in section.written):
                raise ReportUnfit(template.id, f"template.html does not print what was written in a {section.kind}.")


def _draw(order: ChartOrder, figures: Mapping[str, Figure], language: str) -> bytes:
    from me_platform.charts.draw import CHARTS, Bar  # noqa: PLC0415 - heavy, and wanted in the child only

    bars = [Bar(label, figures[figure], series, order.scales.get(series)) for label, figure, series in order.bars]
    return CHARTS[order.kind](bars, language, order.width)


def _render_apart(job: _Job) -> tuple[Page, bytes]:
    """Let a child render; end it when its time is over."""
    context = multiprocessing.get_context("forkserver")
    # The server process loads the libraries once; every child is a copy of it.
    context.set_forkserver_preload(list(_HELPERS))
    mine, its = context.Pipe(duplex=False)
    child = context.Process(target=_serve, args=(its, job), daemon=True)
    child.start()
    its.close()
    try:
        if not mine.poll(job.seconds):
            raise ReportUnfit(job.template.id, f"it was not ready after {job.seconds:g} seconds.")
        outcome = mine.recv()
    except EOFError as error:
        raise ReportUnfit(job.template.id, "its rendering broke off: out of memory, or ended from outside.") from error
    finally:
        child.kill()
        child.join()
        mine.close()
    if isinstance(outcome, str):
        raise ReportUnfit(job.template.id, outcome)
    page, pdf = outcome
    return page, pdf


def _serve(pipe: Connection, job: _Job) -> None:
    """The child's work: sends (page, bytes), or a sentence that says why not."""
    resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    seconds = int(job.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))
    # Nearly all that is made here lives until the end, and the process ends with it: looking through it for garbage
    # again and again would take a third of the time.
    gc.disable()
    outcome: tuple[Page, bytes] | str
    try:
        with warnings.catch_warnings():
            # A library that warns of a missing glyph would otherwise leave a hole in the page.
            warnings.simplefilter("error")
            outcome = render_report(job.template, job.material, job.identifier, blank=job.blank)
    except ReportUnfit as unfit:
        outcome = unfit.why
    except MemoryError:
        outcome = f"it needs more than {job.memory // 1024**2} MB of memory."
    except Warning as warning:
        outcome = str(warning)
    pipe.send(outcome)
    pipe.close()

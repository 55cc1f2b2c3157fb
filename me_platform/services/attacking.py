"""Use case: read published files and try to break them from outside, with the published definitions at hand."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from me_platform.catalogue import Catalogue
from me_platform.disclosure.attack.exports import read_csv, read_json
from me_platform.disclosure.attack.lines import Issue, PublishedLine, Reading
from me_platform.disclosure.attack.meaning import make_knowledge
from me_platform.disclosure.attack.recovery import SECONDS, Finding, Outcome, attack
from me_platform.disclosure.attack.reports import list_differences, read_pdf
from me_platform.disclosure.attack.vocabulary import Meaning, Member, Vocabulary
from me_platform.disclosure.figures import THRESHOLDS, Audience
from me_platform.errors import InputInvalid, PublicationUnreadable
from me_platform.indicators.definition import Direction, Indicator, Kind
from me_platform.indicators.ladders import list_finest, list_merged
from me_platform.indicators.records import CHILD_AGES
from me_platform.indicators.sources import SEVERAL, SOURCES, list_code_lists

CHILD = "child"
_MOST_REASONS = 5
"""Reasons and places of a proof that are named on a line; JSON holds all of them."""
_SERVED = ("services", "served_in_period")
_ONCE = ("age_band", "language", "entry", "mode")
"""Dimensions that are attributes of a person: nobody stands in two lines of such a table."""


@dataclass(frozen=True)
class Coverage:
    """How much of what an export says a report was read to say.

    ``figures`` are those of the export for the report's organisation and issue, ``read`` those of them that were read
    from the report, ``missing`` the names of the others, ``different`` where both say something else.
    """

    file: str
    kind: str
    figures: int
    read: int
    missing: tuple[str, ...]
    different: tuple[str, ...]


@dataclass(frozen=True)
class Assault:
    """An attack on files: what was read, how well, and what came of it."""

    readings: tuple[Reading, ...]
    coverage: tuple[Coverage, ...]
    outcome: Outcome


def attack_files(
    catalogue: Catalogue,
    files: Sequence[Path],
    own: Mapping[str, Path],
    threshold: int = 0,
    seconds: float = SECONDS,
) -> Assault:
    """Read all files, join them, and attack them in public and as the staff of every partner that is in them.

    ``own`` are by partner code files that only its staff see. ``threshold`` raises T above the funder's, and never
    lowers it. Raises PublicationUnreadable, and InputInvalid for a partner of no plan.
    """
    vocabulary = make_vocabulary(catalogue)
    least = max(THRESHOLDS[Audience.FUNDER], threshold)
    readings = tuple(read_publication(path, vocabulary) for path in files)
    lines = join_issues([line for reading in readings for line in reading.lines], vocabulary)
    inside = {}
    for code, path in own.items():
        if code not in catalogue.partner_codes:
            raise InputInvalid(f"There is no partner '{code}'. Known: {', '.join(catalogue.partner_codes)}.")
        mine = [line for line in read_publication(path, vocabulary).lines if line.partner == code]
        inside[code] = make_knowledge(join_issues(mine, vocabulary), vocabulary, least)
    consortia = {member.code for plan in vocabulary.plans.values() for member in plan if member.consortium}
    partners = [code for code in dict.fromkeys(line.partner for line in lines) if code not in consortia]
    with keep_solver_quiet():
        outcome = attack(make_knowledge(lines, vocabulary, least), partners, inside, seconds)
    return Assault(readings, tuple(list_coverage(readings, lines)), outcome)


def read_publication(path: Path, vocabulary: Vocabulary) -> Reading:
    """What a file publishes, by the kind of file it is. Raises PublicationUnreadable."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PublicationUnreadable(str(path), error.strerror or "it cannot be opened") from error
    readers: Mapping[bool, Callable[[str, bytes], Reading]] = {
        content.startswith(b"%PDF"): lambda name, data: read_pdf(name, data, vocabulary),
        content.lstrip()[:1] == b"[": read_json,
    }
    return readers.get(True, read_csv)(str(path), content)


def join_issues(lines: Iterable[PublishedLine], vocabulary: Vocabulary) -> list[PublishedLine]:
    """The lines with their snapshots: a page that names none belongs to that of the same partner and days."""
    told = list(lines)
    known: dict[tuple[str, object, object], Issue] = {}
    for line in told:
        if line.issue.snapshot:
            known.setdefault((line.partner, line.issue.start, line.issue.end), line.issue)
    plans = {member.code: plan for plan, members in vocabulary.plans.items() for member in members}
    joined = []
    for line in told:
        if not line.issue.snapshot:
            unnamed = replace(line.issue, snapshot=f"{plans.get(line.partner, '')}-no-snapshot")
            line = replace(line, issue=known.get((line.partner, line.issue.start, line.issue.end), unnamed))  # noqa: PLW2901
        joined.append(line)
    return joined


def list_coverage(readings: Sequence[Reading], lines: Sequence[PublishedLine]) -> Iterator[Coverage]:
    """For each report beside an export of the same figures, how much of it was read."""
    exports = {reading.file for reading in readings if not reading.kind.startswith("PDF")}
    exported = {(line.partner, line.issue, line.cell): line for line in lines if line.file in exports}
    for reading in readings:
        mine = [line for line in lines if line.file == reading.file]
        places = {(line.partner, line.issue) for line in mine}
        wanted = [key for key in exported if key[:2] in places]
        if reading.file in exports or not wanted:
            continue
        told = {(line.partner, line.issue, line.cell) for line in mine}
        missing = tuple(key[2] for key in wanted if key not in told)
        different = tuple(list_differences(mine, exported.values()))
        yield Coverage(reading.file, reading.kind, len(wanted), len(wanted) - len(missing), missing, different)


def say_range(finding: Finding) -> str:
    """What a number is proved to lie in, for people: "3", "1 to 4"."""
    if finding.low is None or finding.high is None:
        return "known to them"
    return f"{finding.low:g}" if finding.high - finding.low < 1 else f"{finding.low:g} to {finding.high:g}"


def say_proof(finding: Finding) -> str:
    """By what it is proved: the method, what is known, and where it stands."""
    known = "; ".join(finding.because[:_MOST_REASONS])
    more = f" and {len(finding.because) - _MOST_REASONS} more" if len(finding.because) > _MOST_REASONS else ""
    places = ", ".join(finding.sources[:_MOST_REASONS])
    return f"{finding.method.value}: {known}{more}" + (f" [{places}]" if places else "")


def list_report(assault: Assault) -> Iterator[str]:
    """All of an attack as lines of text: what was read, what was not, what was recovered and by what."""
    for reading in assault.readings:
        yield f"{reading.file}: {reading.kind}, {len(reading.lines)} figures read"
    for each in assault.coverage:
        yield f"{each.file}: {each.read} of the export's {each.figures} figures are in it"
        if each.missing:
            yield f"  not in it: {', '.join(each.missing)}"
        yield from (f"  says otherwise: {text}" for text in each.different)
    for reading in assault.readings:
        for unread in reading.unread:
            yield f"not read: {unread.file}, {unread.place}: {unread.text} ({unread.why})"
    outcome = assault.outcome
    for relation in outcome.given_up:
        yield f"given up, as the printed numbers contradict it: {relation.why}"
    for relation in outcome.contradicted:
        yield f"contradicted by other lines: {relation.why} [{', '.join(relation.sources)}]"
    for scenario, question in outcome.unanswered:
        yield f"no answer in time: {scenario}: {question.what}"
    for finding in outcome.findings:
        yield f"{finding.scenario:<10}  {say_range(finding):<12}  {finding.question.what}"
        yield f"{'':<26}by {say_proof(finding)}"
    asked = sum(outcome.asked.values())
    yield f"{len(outcome.findings)} recovered; {asked} questions asked in {len(outcome.asked)} scenarios."


def make_content(assault: Assault) -> Mapping[str, object]:
    """All of an attack as JSON holds it."""
    outcome = assault.outcome
    return {
        "files": [
            {"file": each.file, "kind": each.kind, "figures": len(each.lines)}
            | {"unread": [{"place": one.place, "text": one.text, "why": one.why} for one in each.unread]}
            for each in assault.readings
        ],
        "coverage": [
            {"file": each.file, "figures": each.figures, "read": each.read}
            | {"missing": list(each.missing), "different": list(each.different)}
            for each in assault.coverage
        ],
        "asked": dict(outcome.asked),
        "recovered": [
            {
                "scenario": each.scenario,
                "what": each.question.what,
                "aim": each.question.aim.value,
                "low": each.low,
                "high": each.high,
                "method": each.method.value,
                "because": list(each.because),
                "sources": list(each.sources),
            }
            for each in outcome.findings
        ],
        "given_up": [each.why for each in outcome.given_up],
        "contradicted": [{"why": each.why, "sources": list(each.sources)} for each in outcome.contradicted],
        "unanswered": [{"scenario": scenario, "what": each.what} for scenario, each in outcome.unanswered],
    }


@contextmanager
def keep_solver_quiet() -> Iterator[None]:
    """Keep what the solver's library writes by itself off standard output, which holds the result."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)


def make_vocabulary(catalogue: Catalogue) -> Vocabulary:
    """What the published content files say of figures."""
    children = frozenset(name for name, survey in catalogue.surveys.items() if survey.audience == CHILD)
    words: dict[str, Mapping[str, str]] = {}
    for template in catalogue.templates.values():
        words |= {f"{template.id}:word.{name}": dict(text) for name, text in template.words.items()}
        words |= {f"{template.id}:{name}": dict(text) for name, text in template.terms.items()}
    dimensions = dict.fromkeys(name for kind in SOURCES.values() for name in kind.dimensions)
    return Vocabulary(
        indicators={code: _make_meaning(each, children) for code, each in catalogue.indicators.items()},
        plans={
            name: tuple(
                Member(each.code, dict(each.name), each.consortium, frozenset(plan.list_asked(each)))
                for each in plan.partners
            )
            for name, plan in catalogue.plans.items()
        },
        surveys={name: dict(survey.title) for name, survey in catalogue.surveys.items()},
        categories={name: _list_categories(catalogue, name, words) for name in dimensions},
        words=words,
        child_surveys=children,
        child_bands=CHILD_AGES,
    )


def _make_meaning(indicator: Indicator, children: Iterable[str]) -> Meaning:
    source = indicator.source
    kind = SOURCES[source.kind]
    conditions = (indicator.numerator, indicator.denominator, indicator.population)
    everyone = indicator.kind is Kind.UNIQUE_PERSONS and not any(conditions)
    return Meaning(
        code=indicator.code,
        kind=indicator.kind.value,
        titles=(dict(indicator.title), dict(indicator.short_title)),
        about=kind.about.value,
        children=source.survey in children,
        source=source.kind,
        survey=source.survey,
        question=source.question,
        asked_of=json.dumps(indicator.population, sort_keys=True, default=str) if indicator.population else "",
        stage=source.stage,
        of=source.of,
        scale=indicator.scale,
        factor=indicator.factor,
        points=int(indicator.improvement.points) if indicator.improvement else 1,
        falling=indicator.direction is Direction.LOWER,
        per_record=indicator.kind is Kind.PROPORTION and (indicator.per == "record"),
        over_partners=indicator.over_partners.value,
        everyone=everyone and (source.kind, indicator.period_basis) == _SERVED,
        respondent=source.respondent,
        once=frozenset(_ONCE),
        several=SEVERAL,
        unit=indicator.unit,
        dimensions=indicator.disaggregations,
        merged=list_finest(indicator),
    )


def _list_categories(
    catalogue: Catalogue, dimension: str, words: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    """The words of a dimension's categories by code: those of report templates before those of the code lists."""
    found: dict[str, Mapping[str, str]] = {
        code: dict(term.title)
        for name in list_code_lists(dimension)
        for code, term in catalogue.taxonomy.lists.get(name, {}).items()
    }
    for indicator in catalogue.indicators.values():
        found |= {code: dict(text) for name, code, text, _ in list_merged(indicator) if name == dimension and text}
    for group in ("category", dimension):
        found |= {
            name.rpartition(".")[2]: text
            for name, text in words.items()
            if name.partition(":")[2].startswith(f"{group}.")
        }
    return found

"""Hundreds of people answering at once, through the whole survey, beside a bare application with as many pages.

Everybody answers one question a page, as fast as the site lets her, and sends; then the next person takes her place.
The bare application shows a form and takes it as often: one WTForms check and one committed row a page. Processor time
is the servers' own, database included, whatever the people cost.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from statistics import fmean
from urllib.parse import urlencode

from sqlalchemy import create_engine, text

from me_platform.services.doors import LARGEST_BATCH, issue_doors
from me_platform.services.instance import find_role_url, open_office
from me_platform.storage.database import OWNER
from me_platform.supervisor import make_survey_part, wait_for_port
from script.benchmarks.instance import PARTNER, lend_instance
from script.benchmarks.load import make_request
from script.benchmarks.rivals import VALUES
from script.benchmarks.rounds import Line, Size, at_least, at_most
from script.benchmarks.site import SURVEY, make_table, run_application

_PATIENCE = 120
_EARLY = 100
"""Surveys after which a worker's memory is looked at first."""
_POST = make_request("POST", body=urlencode({"answer": VALUES[0]}).encode())
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Crowd:
    """What people see: seconds of every answer, surveys that ended, and all that went wrong."""

    seconds: list[float] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    finished: int = 0
    faults: int = 0

    def tell(self, taken: float) -> str:
        """Surveys a second and how long an answer took, in words."""
        self.seconds.sort()
        shares = [
            self.seconds[min(int(len(self.seconds) * share), len(self.seconds) - 1)] for share in (0.5, 0.95, 0.99)
        ]
        return (
            f"{self.finished / taken:.1f} surveys/s, p50/95/99 {'/'.join(f'{1000 * each:.0f}' for each in shares)} ms"
        )


def list_lines(root: Path, size: Size) -> Iterator[Line]:
    """Processor time of a survey beside the bare application's; what was lost or doubled; a worker's memory."""
    _allow_connections(size.crowd)
    with lend_instance(root) as (settings, catalogue), ExitStack() as stack:
        make_table(settings)
        part = make_survey_part(settings)
        office = stack.enter_context(open_office(settings, "me_staff"))
        survey = catalogue.get_survey(SURVEY)
        most = size.surveys + size.crowd
        codes = [
            door.code
            for first in range(0, most, LARGEST_BATCH)
            for door in issue_doors(office, survey, PARTNER, number=min(LARGEST_BATCH, most - first))
        ]
        (port, site), (other, bare) = (
            stack.enter_context(run_application(part, root, name))
            for name in ("", "script.benchmarks.rivals:make_form_app()")
        )
        for each, process in ((port, site), (other, bare)):
            wait_for_port("127.0.0.1", each, process)
        mine = Crowd()
        early, taken, spent = asyncio.run(_measure(mine, port, site.pid, codes, size))
        late = _read_memory(site.pid)
        pages = len(mine.seconds) / mine.finished / 2
        theirs = Crowd()
        ours = spent / mine.finished
        taken_there, spent_there = asyncio.run(_measure_bare(theirs, other, bare.pid, round(pages), size))
        beside = spent_there / theirs.finished
        stored = _count(find_role_url(settings, OWNER))
    yield Line(
        "crowd",
        f"{size.crowd} at once, processor time of a survey : a bare application's",
        ours / beside,
        at_most(2.5),
        f"{1000 * ours:.1f} ms : {1000 * beside:.1f} ms for {pages:.1f} pages;"
        f" {mine.tell(taken)} : {theirs.tell(taken_there)}",
    )
    thanked = len(set(mine.receipts))
    yield Line(
        "crowd",
        "surveys stored : surveys thanked for",
        stored / thanked,
        at_least(1.0),
        f"{stored} : {thanked}, of {mine.finished} sent; {mine.faults} requests failed",
    )
    yield Line(
        "crowd",
        f"memory of a worker, after {mine.finished} surveys : after {min(_EARLY, mine.finished)}",
        late / early,
        at_most(1.10),
        f"{late:.0f} MB : {early:.0f} MB",
    )


async def _measure(crowd: Crowd, port: int, site: int, codes: Sequence[str], size: Size) -> tuple[float, float, float]:
    """Memory early on (MB), seconds it took, and the servers' processor time (seconds)."""
    waiting = iter(codes)
    early: list[float] = []
    before, start = _read_time(site), time.perf_counter()

    async def take_turns() -> None:
        while crowd.finished < size.surveys or time.perf_counter() - start < size.crowd_seconds:
            code = next(waiting, None)
            if code is None:
                return
            crowd.receipts.append(await _answer(crowd, port, code))
            crowd.finished += 1
            if crowd.finished == min(_EARLY, size.surveys):
                early.append(_read_memory(site))

    async with asyncio.TaskGroup() as group:
        for _ in range(size.crowd):
            group.create_task(take_turns())
    return early[0], time.perf_counter() - start, _read_time(site) - before


async def _measure_bare(crowd: Crowd, port: int, site: int, pages: int, size: Size) -> tuple[float, float]:
    before, start = _read_time(site), time.perf_counter()

    async def take_turns() -> None:
        while time.perf_counter() - start < size.crowd_seconds / 5 or not crowd.finished:
            for _ in range(pages):
                for request in (make_request("GET"), _POST):
                    await _ask(crowd, port, request)
            crowd.finished += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(size.crowd):
            group.create_task(take_turns())
    return time.perf_counter() - start, _read_time(site) - before


async def _answer(crowd: Crowd, port: int, code: str) -> str:
    """One person, from the code to the receipt."""
    cookie = ""
    while True:
        head, page = await _ask(crowd, port, make_request("GET", cookie))
        cookie = _find_cookie(head) or cookie
        if "seal" not in page and (found := re.search(r'class="notice code" dir="ltr">([^<]+)<', page)):
            return found[1]
        head, _ = await _ask(crowd, port, make_request("POST", cookie, urlencode(_fill_in(page, code)).encode()))
        cookie = _find_cookie(head) or cookie


def _fill_in(page: str, code: str) -> dict[str, str]:
    form = page.partition("<main>")[2]
    fields = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    }
    here = fields.get("page", "")
    if not here:
        return fields | {"code": code, "do": "open"}
    if here == "language":
        return fields | {"do": "language", "language": "en"}
    if here.startswith("consent-"):
        return fields | {"do": "yes"}
    if here.startswith("question-"):
        value = re.search(r'name="answer" value="([^"]*)"', form)
        return fields | {"answer": value[1] if value else "In some words.", "do": "next"}
    return fields | {"do": "send" if "seal" in fields else "next"}


async def _ask(crowd: Crowd, port: int, request: bytes) -> tuple[str, str]:
    start = time.perf_counter()
    reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), _PATIENCE)
    writer.write(request)
    answer = (await asyncio.wait_for(reader.read(), _PATIENCE)).decode()
    writer.close()
    crowd.seconds.append(time.perf_counter() - start)
    crowd.faults += answer[9:12] not in {"200", "303"}
    head, _, body = answer.partition("\r\n\r\n")
    return head, body


def _find_cookie(head: str) -> str:
    found = re.search(r"(?i)set-cookie: ([^;]+)", head)
    return found[1] if found else ""


def _list_servers(site: int) -> list[int]:
    """The site's processes, and the database's that work for it."""
    children = [int(each) for each in Path(f"/proc/{site}/task/{site}/children").read_text().split()]
    backends = [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _read_command(folder).startswith(b"postgres: me_survey")
    ]
    return [site, *children, *backends]


def _read_command(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""  # it ended meanwhile


def _read_time(site: int) -> float:
    """Processor time of the servers so far, in seconds."""
    ticks = 0
    for process in _list_servers(site):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def _read_memory(site: int) -> float:
    """Mean resident memory of the site's workers, in MB."""
    children = Path(f"/proc/{site}/task/{site}/children").read_text().split()
    lines = [Path(f"/proc/{each}/status").read_text() for each in children]
    return fmean(int(found[1]) / 1024 for line in lines if (found := re.search(r"VmRSS:\s+(\d+)", line)))


def _count(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as owner:
        stored = int(owner.execute(text("select count(*) from response")).scalar_one())
    engine.dispose()
    return stored


def _allow_connections(number: int) -> None:
    """As many files as the people need; the limit of a shell is often lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number * 2 + 100
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))

"""The pictures of README and guides, taken from a copy of a sample instance that is served for them.

Whoever is in a picture logs in as people do, with the sample's second factor; every page says that it is a sample. Day,
size and colours are fixed, so a picture changes where its page does (codes of people are random in each sample).
``PICTURES`` is the whole of ``docs/images``; a test follows it. Run through ``script/pictures``.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from me_platform.demo.build import FACTOR_SECRET, PASSWORD
from me_platform.services.second_factor import STEP, compute_code
from me_platform.settings import make_sample_clock

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
TODAY = date(2026, 10, 20)
"""The day of the pictures: five days after the sample's figures were frozen."""
WIDE, PHONE, MARGIN = 1280, 360, 60
"""Pixels: a desk, a small phone, and what is cut off at both sides of a desk's page, where nothing stands."""
SAMPLE = 41
"""Pixels of the line at the top of every page that says that this is a sample."""
COLOURS = 64
"""So many colours tell everything on these pages, and keep a picture below 60 kB."""
SURVEY_PORT, STAFF_PORT = 8310, 8311
SURVEY, STAFF = (f"http://127.0.0.1:{port}" for port in (SURVEY_PORT, STAFF_PORT))
PATIENCE = 60.0
"""Seconds until both sites must answer."""
LANGUAGES = ("en", "lv")

Way = Callable[[Page], None]


@dataclass(frozen=True)
class Picture:
    """One picture: who sees it (an address of the sample), the way there from ``path``, and its size in pixels.

    ``top``: what stands first in it, below the line that says that this is a sample; else the page from its beginning.
    """

    name: str
    who: str
    path: str
    way: Way = lambda _page: None
    width: int = WIDE
    height: int = 800
    top: str = ""
    languages: Sequence[str] = LANGUAGES

    @property
    def files(self) -> Mapping[str, str]:
        """The file of each language."""
        if len(self.languages) == 1:
            return {self.languages[0]: f"{self.name}.png"}
        return {language: f"{self.name}-{language}.png" for language in self.languages}


def _press(page: Page, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state()


def _open_returned(page: Page) -> None:
    """The person of whom a narrative came back."""
    _press(page, "li:has-text('↩') h2 a")


def _write_narrative(page: Page) -> None:
    _open_returned(page)
    _press(page, "a[href$='/narratives']")
    _press(page, "main a[href$='/edit']")


def _make_code(page: Page) -> None:
    _press(page, "li:has-text('✉') h2 a")
    _press(page, "a[href$='/code']")
    page.locator("main input[type=radio]").first.check()
    _press(page, "main form button")


def _ask(page: Page) -> None:
    """The first question of the check-in for adults, on the phone of somebody who was just given a code."""
    for address in [link.get_attribute("href") for link in page.locator("main h2 a").all()]:
        page.goto(f"{STAFF}{address}/code")
        offer = page.get_by_label("Pārmaiņu aptauja")
        if offer.count():
            offer.first.check()
            break
    _press(page, "main form button")
    code = page.locator(".slip-code").inner_text()
    page.goto(f"{SURVEY}/")
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    page.wait_for_load_state()
    while not page.locator("p.step").count():
        if page.locator("button[lang=lv]").count():
            _press(page, "button[lang=lv]")
            continue
        choice = page.locator("main input[type=radio]")
        if choice.count():
            choice.first.check()
        _press(page, "main form button")


def _review(page: Page) -> None:
    _press(page, "main a[href$='/review']")


def _draft_report(page: Page) -> None:
    page.locator("main select[name=template]").select_option("partner-impact")
    for language in LANGUAGES:
        page.locator(f"main input[value={language}]").check()
    _press(page, "main form button")


CASEWORKER, MANAGER = "caseworker@gaisma.example", "manager@gaisma.example"
OFFICER, FUNDER = "officer@konsorcijs.example", "funder@fonds.example"
ADMINISTRATOR, AUDITOR = "administrator@konsorcijs.example", "auditor@konsorcijs.example"

PICTURES = (
    Picture("caseworker-people", CASEWORKER, "/o/GAISMA/people", height=620),
    Picture("caseworker-person", CASEWORKER, "/o/GAISMA/people", _open_returned, width=PHONE, height=860),
    Picture("caseworker-code", CASEWORKER, "/o/GAISMA/people", _make_code, height=720),
    Picture("caseworker-narrative", CASEWORKER, "/o/GAISMA/people", _write_narrative, height=760),
    Picture("manager-review", MANAGER, "/o/GAISMA/narratives", _review, top="section.group", height=860),
    Picture("manager-caseloads", MANAGER, "/o/GAISMA/caseload", height=560),
    Picture("officer-figures", OFFICER, "/o/KONSORCIJS/figures", top="main h2 >> nth=1", height=640),
    Picture("officer-report", OFFICER, "/o/KONSORCIJS/reports/new", _draft_report, height=760),
    Picture("funder-reports", FUNDER, "/o/KONSORCIJS/reports", height=500),
    Picture("administrator-accounts", ADMINISTRATOR, "/o/GAISMA/accounts", height=360),
    Picture("auditor-log", AUDITOR, "/o/GAISMA/log", height=620),
    Picture("survey-question", CASEWORKER, "/o/GAISMA/people", _ask, width=PHONE, height=820, languages=("lv",)),
)
"""Pictures of pages, in the order they are taken."""

REPORT = "report-summary.png"
"""The picture of paper: the second page of a partner's report, as the funder downloads it."""


def list_files() -> tuple[str, ...]:
    """The names of all files of ``docs/images``."""
    return (*(file for picture in PICTURES for file in picture.files.values()), REPORT)


def main(names: Sequence[str]) -> int:
    """Take the pictures (all, or those whose names begin so) and print one path and its size a line."""
    clock = make_sample_clock(TODAY, ZoneInfo("Europe/Riga"))
    wanted = [each for each in PICTURES if not names or each.name.startswith(tuple(names))]
    with _serve(Path(os.environ["ME_INSTANCE"])), sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*flags, "--lang=en-GB"])
        for who in dict.fromkeys(picture.who for picture in wanted):
            page = _log_in(browser, who, compute_code(FACTOR_SECRET, int(clock().timestamp()) // STEP))
            for language in LANGUAGES:
                _press(page, f"header button[lang={language}]")
                for picture in wanted:
                    if picture.who == who and language in picture.languages:
                        _save(_take(page, picture), IMAGES / picture.files[language])
            page.context.close()
        if not names or REPORT.startswith(tuple(names)):
            page = _log_in(browser, FUNDER, "")
            _save(_draw_report(page), IMAGES / REPORT)
        browser.close()
    return 0


@contextmanager
def _serve(instance: Path) -> Iterator[None]:
    """Both sites of a copy of the instance: what is pressed for a picture leaves the sample as it is."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database runs under a user of its own
        subprocess.run(["cp", "-a", instance, folder / "instance"], check=True)  # noqa: S607 - keeps the owners
        environment = {
            **os.environ,
            "ME_INSTANCE": str(folder / "instance"),
            "ME_TODAY": TODAY.isoformat(),
            "ME_SURVEY_PORT": str(SURVEY_PORT),
            "ME_STAFF_PORT": str(STAFF_PORT),
            "ME_SURVEY_URL": "https://questions.example",
        }
        command = [sys.executable, "-c", "from me_platform.cli import main; main()", "serve"]
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            _wait(server)
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def _wait(server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            for site in (SURVEY, STAFF):
                urlopen(f"{site}/health", timeout=PATIENCE).close()  # noqa: S310 - our own two
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("pictures: the sample could not be served; what it said stands above")


def _log_in(browser: Browser, who: str, code: str) -> Page:
    """Log in as people do; whoever needs no second factor is not asked for the code."""
    page = browser.new_context(locale="en-GB", reduced_motion="reduce").new_page()
    page.goto(f"{STAFF}/")
    page.get_by_label("E-mail address").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    _press(page, "main form button")
    if page.get_by_label("Code").count():
        page.get_by_label("Code").fill(code)
        _press(page, "main form button")
    return page


def _take(page: Page, picture: Picture) -> Image.Image:
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(f"{STAFF}{picture.path}")
    picture.way(page)
    start = page.locator(picture.top).first.bounding_box() if picture.top else None
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide", full_page=bool(start))))
    margin = MARGIN if picture.width == WIDE else 0
    if not start:
        return shot.crop((margin, 0, picture.width - margin, picture.height))
    y = int(start["y"]) - SAMPLE
    shot.paste(shot.crop((0, 0, picture.width, SAMPLE)), (0, y - SAMPLE // 2))
    y -= SAMPLE // 2
    return shot.crop((margin, y, picture.width - margin, min(y + picture.height, shot.height)))


def _draw_report(page: Page) -> Image.Image:
    """The summary of the first report of the list, the impact report in English."""
    page.goto(f"{STAFF}/o/KALNS/reports")
    address = page.locator("a[href$='.pdf']").first
    pdf = page.request.get(f"{STAFF}{address.get_attribute('href')}").body()
    command = ["pdftoppm", "-png", "-r", "70", "-f", "2", "-l", "2", "-"]
    drawn = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(drawn.stdout))


def _save(picture: Image.Image, path: Path) -> None:
    small = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

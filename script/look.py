"""Pictures of what people will see: contact sheets of PDF files, screenshots of the sites' pages.

Everything goes to ``out/look/<name>/``; the folder of a name is made anew at each run. Run through ``script/look``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageOps
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Locator, Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "out" / "look"
WIDTHS = (360, 1280)
"""Pixels: a small phone and a desk."""
WALK_LIMIT = 60
"""Most pages one walk takes; a survey that loops must not run for ever."""
BROWSER_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def main(arguments: Sequence[str]) -> int:
    """Make the pictures and print one path a line; 1 when a file or page cannot be shown."""
    parser = argparse.ArgumentParser(prog="script/look", description=__doc__)
    if arguments[:1] == ["pages"]:
        parser.add_argument("addresses", nargs="+", metavar="ADDRESS", help="a page, or a survey's door link")
        parser.add_argument("--name", default="pages", help="folder under out/look (default: pages)")
        parser.add_argument("--walk", action="store_true", help="press each page's main button until there is none")
        parser.add_argument("--language", default="en", help="the language a walk chooses where it is asked")
        parser.add_argument("--no-js", action="store_true", help="with JavaScript switched off")
        options = parser.parse_args(arguments[1:])
        language = options.language if options.walk else None
        made = shoot_pages(options.addresses, _fresh(options.name), language, javascript=not options.no_js)
    else:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE.pdf")
        parser.add_argument("--dpi", type=int, default=80, help="points of the picture per inch of paper (default: 80)")
        parser.add_argument("--per-sheet", type=int, default=4, help="pages on one sheet (default: 4)")
        parser.add_argument("--grey", action="store_true", help="as a black-and-white printer shows it")
        options = parser.parse_args(arguments)
        made = (
            sheet
            for file in options.files
            for sheet in draw_sheets(file, _fresh(file.stem), options.dpi, options.per_sheet, grey=options.grey)
        )
    try:
        for path in made:
            print(path, flush=True)
    except (BrowserError, OSError, subprocess.CalledProcessError) as error:
        print(f"look: {error}", file=sys.stderr)
        return 1
    return 0


def _fresh(name: str) -> Path:
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def draw_sheets(file: Path, folder: Path, dpi: int, per_sheet: int, *, grey: bool) -> Iterator[Path]:
    """Draw the pages of a PDF side by side, ``per_sheet`` to a picture, and give the pictures' paths."""
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", file, folder / "page"], check=True)  # noqa: S607
    pages = sorted(folder.glob("page-*.png"))
    for start in range(0, len(pages), per_sheet):
        group = [Image.open(path).convert("L" if grey else "RGB") for path in pages[start : start + per_sheet]]
        sheet = folder / f"pages-{start + 1:02}.png"
        _tile(group, columns=2 if per_sheet > 1 else 1).save(sheet)
        yield sheet
    for path in pages:
        path.unlink()


def _tile(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures in rows of ``columns``, each with a thin frame so that the edge of the paper shows."""
    framed = [ImageOps.expand(picture, border=2, fill="grey") for picture in pictures]
    columns = min(columns, len(framed))
    width, height = max(picture.width for picture in framed), max(picture.height for picture in framed)
    sheet = Image.new(framed[0].mode, (columns * width, -(-len(framed) // columns) * height), "white")
    for index, picture in enumerate(framed):
        sheet.paste(picture, (index % columns * width, index // columns * height))
    return sheet


def shoot_pages(addresses: Sequence[str], folder: Path, language: str | None, *, javascript: bool) -> Iterator[Path]:
    """Screenshot every address, whole page, at each width.

    With a ``language`` also the pages behind the main buttons, in that language, until a page comes a second time.
    """
    flags = [*BROWSER_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_context(java_script_enabled=javascript, ignore_https_errors=True).new_page()
        number = 0
        for address in addresses:
            page.goto(address)
            seen = set()
            for _ in range(WALK_LIMIT if language else 1):
                number += 1
                yield from _shoot(page, folder / f"{number:02}")
                seen.add(page.inner_text("body"))
                if language is None or not _press_on(page, urlsplit(address).netloc, language):
                    break
                if page.inner_text("body") in seen:
                    break
        browser.close()


def _shoot(page: Page, stem: Path) -> Iterator[Path]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        path = stem.with_name(f"{stem.name}-{width}.png")
        page.screenshot(path=path, full_page=True)
        yield path


def _press_on(page: Page, host: str, language: str) -> bool:
    """Answer what the page asks with its first choices and press the main button; False where the way ends."""
    form = page.locator("main form").first
    button = form.locator(f"button[lang={language}]").or_(form.locator("button:not([lang])")).first
    if not form.count() or not button.count():
        return False
    for group in _choice_groups(form):
        group.check()
    button.click()
    page.wait_for_load_state()
    return urlsplit(page.url).netloc == host


def _choice_groups(form: Locator) -> Iterator[Locator]:
    """The first choice of each question on the page."""
    seen = set()
    for choice in form.locator("input[type=radio]").all():
        name = choice.get_attribute("name")
        if name not in seen:
            seen.add(name)
            yield choice


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""From HTML to PDF/UA-1: the only door to WeasyPrint.

WeasyPrint skips what it cannot load and logs it; here every such line makes the report unfit. It may read the files
it is given and nothing else: no network, no disk. The same input gives the same bytes: no dates, a given identifier.
"""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from weasyprint import HTML
from weasyprint.logger import LOGGER
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from me_platform.errors import ReportUnfit

BASE = "https://report.invalid/"
"""Where the files of a report seem to lie; the name exists nowhere (RFC 2606)."""
FONTS = "Noto"
"""Every font in a report is of this family of families; anything else is a system without its fonts."""
_COMPLAINTS_TOLD = 5


class _Shelf(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Gives out the files of one report by their addresses and stops the rendering at any other address."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.files = {BASE + path: content for path, content in files.items()}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url not in self.files:
            raise FatalURLFetchingError(f"it asks for {url.removeprefix(BASE)}, which is not one of its own files.")
        kind = mimetypes.guess_type(url)[0] or "application/octet-stream"
        return URLFetcherResponse(url, self.files[url], {**(headers or {}), "Content-Type": kind})


class _Complaints(logging.Handler):
    """Collects what WeasyPrint warns about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def render_pdf(template: str, html: str, files: Mapping[str, bytes], identifier: bytes) -> bytes:
    """The PDF of an HTML text; ``files`` are stylesheet, images and charts by path, ``template`` names it in errors.

    Raises ReportUnfit for an address outside ``files``, for anything WeasyPrint would skip, and for characters no
    installed font has.
    """
    with _hear_complaints() as complaints:
        try:
            document = HTML(string=html, base_url=BASE, url_fetcher=_Shelf(files)).render(pdf_variant="pdf/ua-1")
            pdf = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
        except FatalURLFetchingError as error:
            raise ReportUnfit(template, str(error)) from error
    fonts = list(document.fonts.values())
    foreign = sorted({font.family for font in fonts if not font.family.startswith(FONTS)})
    if foreign:
        complaints.append(f"the fonts {', '.join(foreign)} stand in for Noto Sans; install fonts-noto-core.")
    lost = sorted({chr(character) for font in fonts for character in font.missing})
    if lost:
        complaints.append(f"no installed font has the characters {' '.join(lost)}.")
    if complaints:
        raise ReportUnfit(template, " ".join(dict.fromkeys(complaints[:_COMPLAINTS_TOLD])))
    return bytes(pdf)


@contextmanager
def _hear_complaints() -> Iterator[list[str]]:
    listener = _Complaints()
    LOGGER.addHandler(listener)
    try:
        yield listener.lines
    finally:
        LOGGER.removeHandler(listener)

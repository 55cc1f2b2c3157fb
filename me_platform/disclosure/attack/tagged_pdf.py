"""Reading tagged PDFs: the tree of headings, paragraphs and tables a screen reader would hear, with their texts.

A report is PDF/UA, so its own structure says which words are the head of a row and which a cell; where something stands
on the page does not matter. Of the content streams only marked text is read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject

from me_platform.errors import PublicationUnreadable

MOST_BYTES = 50_000_000
MOST_PAGES = 2_000


@dataclass(frozen=True)
class Element:
    """A piece of the document: its tag ("Table", "TR", "TH", "P" ...), page (from 1), alternative text and content."""

    tag: str
    page: int
    alt: str = ""
    children: tuple[Element | str, ...] = ()

    def list_texts(self) -> Iterator[str]:
        """Every piece of text in its order."""
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child.list_texts()

    @property
    def text(self) -> str:
        """The text with single spaces; words broken at the end of a line are whole again."""
        joined = " ".join(filter(None, (each.strip() for each in self.list_texts())))
        return re.sub(r"\s+", " ", joined.replace("\N{HYPHEN} ", "").replace("\N{SOFT HYPHEN}", "")).strip()

    def list_elements(self, *tags: str) -> Iterator[Element]:
        """Elements of these tags inside it, in their order; what lies inside one that is found is not looked at."""
        for child in self.children:
            if isinstance(child, Element):
                if child.tag in tags:
                    yield child
                else:
                    yield from child.list_elements(*tags)


@dataclass(frozen=True)
class Document:
    """A tagged PDF: its language and title, and its structure."""

    language: str
    title: str
    root: Element


def read_document(name: str, content: bytes) -> Document:
    """Read a tagged PDF. Raises PublicationUnreadable."""
    if len(content) > MOST_BYTES:
        raise PublicationUnreadable(name, f"it is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        reader = PdfReader(io.BytesIO(content))
        catalog: DictionaryObject = reader.root_object
        if len(reader.pages) > MOST_PAGES:
            raise PublicationUnreadable(name, f"it has more than {MOST_PAGES} pages")
        tree = catalog.get("/StructTreeRoot")
        if tree is None:
            raise PublicationUnreadable(name, "it is no tagged PDF, so that rows and cells cannot be told apart")
        root = _TreeReader(reader).read(tree.get_object())
        title = str(reader.metadata.title or "") if reader.metadata else ""
        return Document(str(catalog.get("/Lang", "")), title, root)
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise PublicationUnreadable(name, "it is no sound PDF") from error


class _TreeReader:
    """Walks the structure and fetches the texts of its marks, page by page."""

    def __init__(self, reader: PdfReader) -> None:
        self.reader = reader
        self.numbers = {
            page.indirect_reference.idnum: number
            for number, page in enumerate(reader.pages, 1)
            if page.indirect_reference is not None
        }
        self.texts: dict[int, Mapping[int, str]] = {}
        self.fonts: dict[int, _Font] = {}

    def read(self, tree: DictionaryObject) -> Element:
        return Element("Root", 0, "", tuple(self._read_children(tree.get("/K"), 0)))

    def _read_children(self, kids: Any, page: int) -> Iterator[Element | str]:  # noqa: ANN401 - pypdf's objects
        kids = kids.get_object() if isinstance(kids, IndirectObject) else kids
        if kids is None:
            return
        if isinstance(kids, ArrayObject):
            for kid in kids:
                yield from self._read_children(kid, page)
        elif isinstance(kids, int):
            yield self._get_texts(page).get(kids, "")
        elif isinstance(kids, DictionaryObject):
            own = self._find_page(kids, page)
            if kids.get("/Type") == "/MCR":
                yield self._get_texts(own).get(_read_mark(kids), "")
            elif "/S" in kids:
                children = tuple(self._read_children(kids.get("/K"), own))
                tag, alt = str(kids["/S"]).removeprefix("/"), str(kids.get("/Alt", ""))
                yield Element(tag, own or _find_first_page(children), alt, children)

    def _find_page(self, element: DictionaryObject, page: int) -> int:
        reference = element.raw_get("/Pg") if "/Pg" in element else None
        return self.numbers.get(reference.idnum, page) if isinstance(reference, IndirectObject) else page

    def _get_texts(self, page: int) -> Mapping[int, str]:
        """The text of each mark of a page."""
        if page and page not in self.texts:
            self.texts[page] = dict(self._read_marks(page))
        return self.texts.get(page, {})

    def _read_marks(self, number: int) -> Iterator[tuple[int, str]]:
        page = self.reader.pages[number - 1]
        content = page.get_contents()
        if content is None:
            return
        resources = page.get("/Resources", DictionaryObject()).get_object()
        fonts = resources.get("/Font", DictionaryObject()).get_object()
        font: _Font | None = None
        open_marks: list[int | None] = []
        found: dict[int, list[str]] = {}
        for operands, operator in ContentStream(content, self.reader).operations:
            if operator == b"Tf":
                font = self._get_font(fonts.raw_get(operands[0]) if operands[0] in fonts else None)
            elif operator in {b"BDC", b"BMC"}:
                properties = operands[1] if len(operands) > 1 else None
                marked = isinstance(properties, DictionaryObject) and "/MCID" in properties
                open_marks.append(_read_mark(properties) if marked else None)
            elif operator == b"EMC" and open_marks:
                open_marks.pop()
            elif operator in {b"Tj", b"TJ", b"'", b'"'} and font is not None:
                mark = next((each for each in reversed(open_marks) if each is not None), None)
                if mark is not None:
                    found.setdefault(mark, []).append(font.read(operands[-1]))
        for mark, pieces in found.items():
            yield mark, "".join(pieces)

    def _get_font(self, reference: Any) -> _Font | None:  # noqa: ANN401 - pypdf's objects
        if reference is None:
            return None
        key = reference.idnum if isinstance(reference, IndirectObject) else id(reference)
        if key not in self.fonts:
            self.fonts[key] = _read_font(reference.get_object())
        return self.fonts[key]


def _read_mark(properties: Any) -> int:  # noqa: ANN401 - pypdf's objects
    """The number of a mark on its page."""
    return int(properties["/MCID"])


def _find_first_page(children: tuple[Element | str, ...]) -> int:
    return next((child.page for child in children if isinstance(child, Element) and child.page), 0)


@dataclass(frozen=True)
class _Font:
    """The characters of a font's codes, each so many bytes long."""

    size: int
    characters: Mapping[int, str]

    def read(self, shown: Any) -> str:  # noqa: ANN401 - pypdf's objects
        """The text of a string, or of a list of strings and distances."""
        if isinstance(shown, ArrayObject):
            return "".join(self.read(each) for each in shown if not isinstance(each, int | float))
        data = getattr(shown, "original_bytes", b"")
        codes = (int.from_bytes(data[place : place + self.size], "big") for place in range(0, len(data), self.size))
        return "".join(self.characters.get(code, "\N{REPLACEMENT CHARACTER}") for code in codes)


_SPACE_RANGE = re.compile(rb"begincodespacerange\s*<([0-9a-fA-F]+)>")
_CHARACTERS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_PAIR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>")
_TRIPLE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")


def _read_font(font: DictionaryObject) -> _Font:
    """A font's table of characters (ISO 32000-1, 9.10.3); one without a table has none that could be read."""
    table = font.get("/ToUnicode")
    if table is None:
        return _Font(1, {code: chr(code) for code in range(0x20, 0x7F)})
    data = table.get_object().get_data()
    size = len(found[1]) // 2 if (found := _SPACE_RANGE.search(data)) else 2
    characters: dict[int, str] = {}
    for block in _CHARACTERS.findall(data):
        characters |= {int(code, 16): _decode(text) for code, text in _PAIR.findall(block)}
    for block in _RANGES.findall(data):
        for first, last, text in _TRIPLE.findall(block):
            start = int(text, 16)
            characters |= {
                code: chr(start + code - int(first, 16)) for code in range(int(first, 16), int(last, 16) + 1)
            }
    return _Font(size, characters)


def _decode(text: bytes) -> str:
    return bytes.fromhex(text.decode("ascii")).decode("utf-16-be", errors="replace")

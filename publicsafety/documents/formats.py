"""In which formats can a briefing be had? One function each, found by the suffix of the file's name."""

from collections.abc import Callable
from dataclasses import dataclass

from publicsafety.briefing.core import Briefing


@dataclass(frozen=True)
class Format:
    """A format: what a reader calls it, its media type, and the function that writes it."""

    suffix: str
    name: str
    mime: str
    write: Callable[[Briefing], bytes]


def _pdf(briefing: Briefing) -> bytes:
    from publicsafety.documents import pdf

    return pdf.write(briefing)


def _slides(briefing: Briefing) -> bytes:
    from publicsafety.documents import slides

    return slides.write(briefing)


def _workbook(briefing: Briefing) -> bytes:
    from publicsafety.documents import workbook

    return workbook.write(briefing)


def _markdown(briefing: Briefing) -> bytes:
    from publicsafety.documents import markdown

    return markdown.write(briefing)


def _text(briefing: Briefing) -> bytes:
    from publicsafety.documents import markdown

    return markdown.write_text(briefing)


# Each library is loaded when its format is first asked for: a page that offers all five should not wait for them.
FORMATS = {
    each.suffix: each
    for each in (
        Format(
            ".pptx",
            "Slides (PowerPoint)",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            _slides,
        ),
        Format(".pdf", "PDF", "application/pdf", _pdf),
        Format(".md", "Memo (Markdown)", "text/markdown", _markdown),
        Format(".txt", "Plain text", "text/plain", _text),
        Format(
            ".xlsx", "Workbook (Excel)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook
        ),
    )
}

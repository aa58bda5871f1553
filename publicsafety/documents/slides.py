"""A briefing as slides: native charts and tables that can be edited, each with alternative text and speaker notes."""

import io
import math
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Pt

from publicsafety import palette, prose
from publicsafety.briefing.core import Briefing, Cell, Table, printed, table, text_row
from publicsafety.documents import brand, slide_charts, slide_maps
from publicsafety.documents.packaging import dated
from publicsafety.documents.slide_text import direction, fitting_size, lines_needed
from publicsafety.findings import Finding

SUFFIX = ".pptx"
MIME = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LEFT, RIGHT, TOP, BOTTOM = Inches(0.6), Inches(12.733), Inches(0.4), Inches(6.95)
FONT = "Arial"
TITLE_ONLY = 5  # the layout of python-pptx's own template with nothing but a title
LONG = "Counted / out of"  # the column that only a wide table has room for
BESIDE = 9  # rows of a table that stands beside its chart
GAP = Inches(0.3)


def write(briefing: Briefing) -> bytes:
    """The slides as a .pptx file; the same bytes for the same build."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    properties = deck.core_properties
    properties.title, properties.author, properties.language = (
        briefing.title,
        briefing.city.department,
        briefing.city.language,
    )
    properties.subject = briefing.stamp
    properties.created = properties.modified = datetime.combine(briefing.as_of, time())
    properties.last_modified_by = briefing.city.department
    _layout(deck, brand.accent(briefing.city))
    maker = _Deck(deck, briefing)
    _core(maker)
    _appendices(maker)
    out = io.BytesIO()
    deck.save(out)
    return dated(out.getvalue(), briefing.as_of)


def _core(maker: "_Deck") -> None:
    briefing = maker.briefing
    first = maker.text(briefing.title, briefing.summary, f"{briefing.city.department}, {briefing.city.name}")
    picture = brand.logo(briefing.city)
    if picture:
        width = min(int(Inches(0.75) * picture.ratio), Inches(3))
        made = first.shapes.add_picture(io.BytesIO(picture.content), RIGHT - width, TOP, width)
        slide_charts.describe(made, f"{briefing.city.department}, {briefing.city.name}")
        first.shapes.title.width = RIGHT - LEFT - width - GAP
    for section in briefing.core:
        for found in section.findings:
            maker.finding(found)
    maker.text("What limits these figures?", briefing.limitations, "")
    maker.text("What do the figures not show?", briefing.not_shown, "")


def _appendices(maker: "_Deck") -> None:
    briefing = maker.briefing
    for section in briefing.appendices:
        for found in section.findings:
            maker.finding(found, "Appendix. ")
    cards = [
        text_row(each.title, dict(each.lines).get("Counted", ""), dict(each.lines).get("Out of", ""))
        for each in briefing.definitions
    ]
    laid = table(("Figure", "Counted", "Out of"), cards)
    if laid.rows:
        maker.tables(
            "Appendix. What does each figure count?",
            f"Definitions as they stood at the release; figures to {prose.day(briefing.as_of)}.",
            laid,
            "Definitions of the figures.",
        )
    maker.finding(briefing.revisions, "Appendix. ")
    maker.text("Appendix. Where do the figures come from?", briefing.sources, "")


class _Deck:
    """The slides so far, and what all of them carry."""

    def __init__(self, deck: Any, briefing: Briefing) -> None:
        self.deck, self.briefing = deck, briefing

    def slide(self, title: str, said: str, notes: str) -> tuple[Any, int]:
        """A slide with its title, its sentence and its foot; the slide, and where room is left."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        size = fitting_size(title, (28, 24, 20, 18), (RIGHT - LEFT) / 12700, 2)
        lines = lines_needed(title, size, (RIGHT - LEFT) / 12700)
        slide.shapes.title.left, slide.shapes.title.top, slide.shapes.title.width = LEFT, TOP, RIGHT - LEFT
        slide.shapes.title.height = Pt(size * 1.25 * lines + 6)
        _write(slide.shapes.title.text_frame, [title], size, bold=True, anchor=MSO_ANCHOR.TOP)
        below = slide.shapes.title.top + slide.shapes.title.height
        if said:
            size = fitting_size(said, (18, 16, 14, 12), (RIGHT - LEFT) / 12700, 3)
            lines = lines_needed(said, size, (RIGHT - LEFT) / 12700)
            box = self.box(slide, LEFT, below, RIGHT - LEFT, Pt(size * 1.25 * lines + 6), [said], size, name="Answer")
            below = box.top + box.height
        foot = self.box(
            slide,
            LEFT,
            Inches(7.0),
            RIGHT - LEFT,
            Inches(0.3),
            [self.briefing.stamp],
            10,
            colour="grayTextColor",
            name="Source",
        )
        foot.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        slide.notes_slide.notes_text_frame.text = notes
        return slide, int(below + Inches(0.1))

    def box(
        self,
        slide: Any,
        left: int,
        top: int,
        width: int,
        height: int,
        paragraphs: Sequence[str],
        size: float,
        colour: str = "textColor",
        name: str = "Text",
        bullets: bool = False,
    ) -> Any:
        box = slide.shapes.add_textbox(left, top, width, height)
        box.name = name
        _write(box.text_frame, paragraphs, size, colour=colour, bullets=bullets)
        return box

    def text(self, title: str, points: Sequence[str], said: str) -> Any:
        """A slide of sentences; the slide."""
        slide, top = self.slide(title, said, " ".join([said, *points]).strip())
        wide, room = (RIGHT - LEFT) / 12700, (BOTTOM - top) / 12700
        size = next(
            (
                size
                for size in (22, 20, 18, 16, 14, 12)
                if sum(lines_needed(each, size, wide - 20) * 1.2 + 0.5 for each in points) * size < room
            ),
            11,
        )
        self.box(slide, LEFT, top, RIGHT - LEFT, BOTTOM - top, points, size, name="Points", bullets=True)
        return slide

    def finding(self, found: Finding, before: str = "") -> None:
        """One finding: its chart, with the table beside it where that is small; else the table on slides of its own."""
        laid = printed(found)
        notes = spoken(found, self.briefing)
        drawn = found.drawing and found.drawn is not None and len(found.drawn) > 0
        title = before + found.question
        if not drawn and laid:
            self.tables(title, found.sentence, laid, notes)
            return
        slide, top = self.slide(title, found.sentence, notes)
        if not drawn:
            extra = list(found.caveats)
            self.box(slide, LEFT, top, RIGHT - LEFT, BOTTOM - top, extra, 16, colour="grayTextColor", name="Notes")
            return
        beside = laid is not None and len(laid.rows) <= BESIDE and len(laid.headers) <= 4
        width = Inches(7.2) if beside else RIGHT - LEFT
        draw = slide_maps.add if found.drawing.startswith("map") else slide_charts.add
        draw(slide, found, LEFT, top, width, min(BOTTOM - top, _tall(found)))
        if laid and beside:
            short = _narrow(laid)
            self.grid(
                slide, short, LEFT + width + GAP, top + Inches(0.15), RIGHT - LEFT - width - GAP, found.question, 12
            )
        elif laid:
            self.tables(f"{title} The table", found.sentence, laid, notes)

    def tables(self, title: str, said: str, laid: Table, notes: str) -> None:
        """A table on as many slides as it needs."""
        rows, first, smallest = list(laid.rows), True, 20.0
        while rows:
            slide, top = self.slide(title if first else f"{title} (continued)", said if first else "", notes)
            size, taken = _fill(Table(laid.headers, tuple(rows)), (RIGHT - LEFT) / 12700, (BOTTOM - top) / 12700)
            smallest = min(size, smallest)
            self.grid(slide, Table(laid.headers, tuple(rows[:taken])), LEFT, top, RIGHT - LEFT, title, smallest)
            rows, first = rows[taken:], False

    def grid(self, slide: Any, laid: Table, left: int, top: int, width: int, title: str, size: float) -> None:
        """A native table with a header row, its alternative text and rows as high as their text."""
        widths = _widths(laid, width)
        heights = _heights(laid, widths, size)
        frame = slide.shapes.add_table(len(laid.rows) + 1, len(laid.headers), left, top, width, Pt(sum(heights)))
        frame.name = "Table"
        slide_charts.describe(
            frame, f"Table: {title} {prose.count(len(laid.rows), 'rows')}; columns: {prose.listing(laid.headers)}."
        )
        made = frame.table
        made.horz_banding = False
        style = frame._element.graphic.graphicData.tbl.tblPr
        style.find(qn("a:tableStyleId")).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # "No style, no grid"
        for place, each in enumerate(widths):
            made.columns[place].width = Emu(each)
        for line, row in enumerate([tuple(Cell(header) for header in laid.headers), *laid.rows]):
            made.rows[line].height = Pt(heights[line])
            for place, cell in enumerate(row):
                _cell(made.cell(line, place), cell, size, line == 0, _is_right(laid, place))


def _tall(found: Finding) -> int:
    """How high a chart should be: bars keep their thickness when there are few of them."""
    count = 0 if found.drawn is None else len(found.drawn)
    return (
        int(Inches(0.9) * count + Inches(0.3))
        if found.drawing == "bars"
        else int(Inches(4.2))
        if found.drawing == "dots"
        else int(HEIGHT)
    )


def _narrow(laid: Table) -> Table:
    """A table beside its chart: without the column of long definitions."""
    kept = [place for place in range(len(laid.headers)) if place == 0 or laid.headers[place] != LONG]
    return Table(
        tuple(laid.headers[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in laid.rows)
    )


def spoken(found: Finding, briefing: Briefing) -> str:
    """The speaker's notes: the sentence, the definition, the caveats and where the figures come from."""
    card = next((each for each in briefing.definitions if found.metric and each.metric == found.metric.name), None)
    defined = (
        [f"{label}: {text}." for label, text in card.lines if label in ("Counted", "Out of", "Includes", "Leaves out")]
        if card
        else []
    )
    title = [f"Definition of “{card.title}”."] if card else []
    return "\n".join([found.sentence, *title, *defined, *map(prose.sentence, found.caveats), briefing.stamp])


def _layout(deck: Any, colour: str) -> None:
    """The template's title, moved to where it is on a wide slide, a band in the city's colour, no placeholder that nobody fills."""
    layout = deck.slide_layouts[TITLE_ONLY]
    for shape in list(layout.placeholders):
        if shape.placeholder_format.idx == 0:
            shape.left, shape.top, shape.width, shape.height = LEFT, TOP, RIGHT - LEFT, Inches(0.9)
        else:
            shape._element.getparent().remove(shape._element)
    layout.shapes._spTree.insert(2, _band(colour))


def _band(colour: str) -> Any:
    """A rectangle across the top. It is on the layout, so that no screen reader meets it on a slide."""
    said = (
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="99" name="Band"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{int(WIDTH)}" cy="{int(Inches(0.16))}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="{colour[1:].upper()}"/></a:solidFill>'
        "<a:ln><a:noFill/></a:ln></p:spPr></p:sp>"
    )
    return parse_xml(said)


def _write(
    frame: Any,
    paragraphs: Sequence[str],
    size: float,
    colour: str = "textColor",
    bold: bool = False,
    bullets: bool = False,
    anchor: Any = MSO_ANCHOR.TOP,
) -> None:
    frame.word_wrap = True
    frame.vertical_anchor = anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Pt(2)
    for place, text in enumerate(paragraphs or [""]):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        _say(paragraph, text, size, colour, bold)
        if bullets:
            paragraph.space_after = Pt(size * 0.5)
            properties = paragraph._p.get_or_add_pPr()
            properties.set("marL", str(int(Pt(size))))
            properties.set("indent", str(-int(Pt(size))))
            properties.append(properties.makeelement(qn("a:buChar"), {"char": "•"}))


def _say(paragraph: Any, text: str, size: float, colour: str, bold: bool = False) -> None:
    paragraph.text = ""
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
    run.font.color.rgb = RGBColor.from_string(palette.colour(colour)[1:].upper())
    properties = paragraph._p.get_or_add_pPr()
    is_rtl = direction(text) == "rtl"
    properties.set("rtl", "1" if is_rtl else "0")
    properties.set("algn", "r" if is_rtl else "l")


def _cell(made: Any, cell: Cell, size: float, is_header: bool, is_right: bool) -> None:
    made.margin_left = made.margin_right = Pt(4)
    made.margin_top = made.margin_bottom = Pt(2)
    made.vertical_anchor = MSO_ANCHOR.MIDDLE
    _say(made.text_frame.paragraphs[0], cell.text, size, "textColor", is_header)
    if is_right:
        made.text_frame.paragraphs[0]._p.get_or_add_pPr().set("algn", "r")
    properties = made._tc.get_or_add_tcPr()
    line = properties.makeelement(qn("a:lnB"), {"w": "9525" if not is_header else "15875"})
    fill = line.makeelement(qn("a:solidFill"), {})
    fill.append(
        fill.makeelement(
            qn("a:srgbClr"), {"val": palette.colour("dataframeBorderColor" if not is_header else "grayTextColor")[1:]}
        )
    )
    line.append(fill)
    properties.append(line)


def _is_right(laid: Table, place: int) -> bool:
    return place > 0 and all(row[place].number is not None or row[place].text.startswith("[") for row in laid.rows)


def _widths(laid: Table, width: int) -> list[int]:
    """Columns as wide as their longest text asks, within reason; together `width`."""
    asked = [
        max(11, min(38, max([len(header), *(len(row[place].text) for row in laid.rows)])))
        for place, header in enumerate(laid.headers)
    ]
    made = [int(width * each / sum(asked)) for each in asked]
    made[-1] += int(width) - sum(made)
    return made


def _heights(laid: Table, widths: Sequence[int], size: float) -> list[float]:
    rows = [tuple(Cell(header) for header in laid.headers), *laid.rows]
    return [
        max(lines_needed(cell.text, size, wide / 12700 - 9) for cell, wide in zip(row, widths, strict=True))
        * size
        * 1.22
        + 5
        for row in rows
    ]


def _breaks_numbers(laid: Table, widths: Sequence[int], size: float) -> bool:
    """Whether a figure would be broken over two lines, or the heading above it."""
    return any(
        lines_needed(text, size, widths[place] / 12700 - 9) > 1
        for place in range(len(laid.headers))
        if _is_right(laid, place)
        for text in (laid.headers[place].replace(" ", ""), *(row[place].text for row in laid.rows))
    )


def _fill(laid: Table, wide: float, room: float) -> tuple[float, int]:
    """The size of the letters and how many rows go on a slide: all of them where they can be read, else as many as fit."""
    for size in (20.0, 18.0, 16.0, 14.0, 12.0):
        widths = _widths(laid, int(wide * 12700))
        heights = _heights(laid, widths, size)
        if sum(heights) <= room and not _breaks_numbers(laid, widths, size):
            return size, len(laid.rows)
    slides = math.ceil(sum(heights[1:]) / max(room - heights[0], 1))
    even = sum(heights[1:]) / slides  # rows shared out, so that the last slide has more than one
    taken, used = 0, heights[0]
    while (
        taken < len(laid.rows)
        and (used := used + heights[taken + 1]) <= room
        and used - heights[0] - heights[taken + 1] < even
    ):
        taken += 1
    return 12.0, max(taken, 1)

"""A finding as what a template prints: its question, sentence, picture, notes and table."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from publicsafety import prose
from publicsafety.briefing.core import Table, printed
from publicsafety.charts import for_phone
from publicsafety.documents import vector
from publicsafety.findings import Finding
from publicsafety.language import gettext as _
from publicsafety.pictures import picture_of

WIDE, HALF, NARROW = 1040, 520, 330  # pixels: a card alone in its row, one of two, and any card on a phone
MAP = 680
CAVEATS = 1  # how many of a metric's own stand on the card; the definition has them all


@dataclass(frozen=True)
class Card:
    """One finding, ready to be printed. `pictures` are the same figure for a desk and for a phone."""

    key: str
    question: str
    sentence: str
    pictures: tuple[tuple[str, Markup], ...]
    notes: str
    table: Table | None
    right: tuple[bool, ...]  # which columns are numbers
    metric: str
    source: str
    blocks: tuple[tuple[tuple[str, str], ...], ...] = ()  # rows to be read one by one: heading and text


def card(found: Finding, in_pair: bool) -> Card:
    """The finding as a card; `in_pair`: it shares its row with another on a wide screen."""
    laid = printed(found)
    notes = [*found.options.get("beside", ()), *found.caveats[:CAVEATS]]
    about = [found.n, prose.span(found.filters.start, found.filters.end),
             _("data to {day}").format(day=prose.short_day(found.as_of))]  # fmt: skip
    return Card(
        key=anchor(found.key),
        question=found.question,
        sentence=found.sentence,
        pictures=pictures(found, in_pair),
        notes=" ".join(map(prose.sentence, notes)),
        table=laid,
        right=_numbers(laid) if laid else (),
        metric=found.metric.name if found.metric else "",
        source=" · ".join(each for each in about if each),
        blocks=_blocks(found) if found.options.get("blocks") else (),
    )


def _blocks(found: Finding) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The rows of a table whose words are too long for columns."""
    rows = found.frame.to_dict("records")
    return tuple(tuple((str(name), _text(value)) for name, value in row.items() if _text(value)) for row in rows)


def _text(value: Any) -> str:
    return prose.short_day(value) if hasattr(value, "isoformat") else "" if value is None else str(value)


def anchor(key: str) -> str:
    """A key as the name of a place in a page."""
    return key.replace("_", "-")


def pictures(found: Finding, in_pair: bool) -> tuple[tuple[str, Markup], ...]:
    """The finding's chart as inline SVG, for wide and for narrow screens; nothing where there is none to draw."""
    made = picture_of(found)
    if made is None:
        return ()
    figure = made.to_plotly_json()
    is_map = found.drawing.startswith("map")
    drawn = {
        "map wide" if is_map else "wide": (figure, MAP if is_map else HALF if in_pair else WIDE),
        "narrow": (for_phone(figure), NARROW),
    }
    # What vector.svg writes is escaped there, label by label.
    return tuple(
        (name, Markup(vector.svg(made, found.sentence, width, title=found.question)))
        for name, (made, width) in drawn.items()
    )


def _numbers(laid: Table) -> tuple[bool, ...]:
    """Which columns of a table hold numbers, or the signs that stand for one."""
    return tuple(
        all(row[place].number is not None or row[place].text.startswith("[") for row in laid.rows)
        for place in range(len(laid.headers))
    )


@dataclass(frozen=True)
class Tile:
    """A key figure: the number large, and the lines below it."""

    label: str
    value: str
    lines: tuple[str, ...]
    verdict: str
    metric: str


def tile(found: Finding) -> Tile:
    told: dict[str, Any] = dict(found.options)
    lines = tuple(str(told[name]) for name in ("detail", "interval", "before", "target") if told[name])
    return Tile(str(told["label"]), str(told["value"]), lines, str(told["verdict"]), found.key)

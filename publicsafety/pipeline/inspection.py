"""What is this export? Recognises a known source, or proposes a mapping with how sure it is of each field.

A proposal is never loaded by itself: save it as a mapping file, look it over, and build.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from scipy.optimize import linear_sum_assignment

from publicsafety.pipeline import casting, guessing
from publicsafety.pipeline.misplaced import lines_above
from publicsafety.pipeline.readers import archive, records, workbook
from publicsafety.pipeline.readers.delimited import DELIMITERS, Delimited, header_at, open_delimited
from publicsafety.pipeline.readers.scan import Refusal, kind_of, open_regular
from publicsafety.pipeline.schemas import SCHEMAS, Field, Schema, load_schemas
from publicsafety.pipeline.sources import SOURCES, Source, fold_header, load_sources, recognise

SAMPLE_ROWS = 3000


class InspectionError(ValueError):
    """The file cannot be inspected; the message is a sentence that names it."""


class InspectionUsage(InspectionError):
    """The command itself is wrong: a table or a name that cannot be; exit status 2."""

    status = 2


@dataclass(frozen=True)
class Guess:
    """Which column holds a canonical field, and how sure that is (0 to 1)."""

    field: str
    column: str
    certainty: float
    formats: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    time_column: str = ""


@dataclass(frozen=True)
class Proposal:
    """What a file holds. `source` names the mapping that recognises it, '' when none does and `guesses` are proposed.

    A zip or a workbook with several tables has one proposal for each in `members`, the surest first.
    """

    file: str
    source: str = ""
    title: str = ""
    table: str = ""
    certainty: float = 0.0
    merge: str = "insert"
    grain: str = "row"
    rows: int = 0
    guesses: tuple[Guess, ...] = ()
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    delimiter: str = ","
    notes: tuple[str, ...] = ()
    skip_rows: int = 0
    members: tuple[Proposal, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """For `inspect --json`."""
        return {
            "file": self.file, "source": self.source or None, "table": self.table or None, "confidence": round(self.certainty, 2),
            "merge": self.merge, "grain": self.grain, "rows_looked_at": self.rows,
            "fields": [
                {
                    "field": guess.field, "column": guess.column, "format": guess.formats[0] if guess.formats else None,
                    "formats": list(guess.formats), "confidence": round(guess.certainty, 2),
                    **({"time_column": guess.time_column} if guess.time_column else {}),
                }
                for guess in self.guesses
            ],
            "constants": dict(self.constants), "missing": list(self.missing), "columns_ignored": list(self.unused),
            "notes": list(self.notes), "members": [member.as_json() for member in self.members],
        }  # fmt: skip


@dataclass(frozen=True)
class _Look:
    """A table's name, headers and sampled columns."""

    name: str
    headers: list[str]
    columns: list[list[str | None]]
    delimiter: str = ","
    sheet: str | None = None
    above: int = 0  # lines above the header
    times: dict[str, str] = field(default_factory=dict)  # a joined column's name → the columns of date and of time

    def parts(self, header: str) -> tuple[str, str]:
        """The column, and the one with its time of day when the two were joined."""
        day, _, hour = self.times.get(header, header).partition("\0")
        return day, hour


def inspect(
    path: Path,
    table: str | None = None,
    *,
    hidden: str | tuple[str, ...] | None = None,
    sources: Path = SOURCES,
    schemas: Path = SCHEMAS,
) -> Proposal:
    """What this file is. `table` fixes the canonical table; `hidden` leaves out mappings by name (for tests).

    Raises InspectionError with a sentence when the file is no table.
    """
    tables = load_schemas(schemas)
    if table is not None and table not in tables:
        raise InspectionUsage(f"{table} is no canonical table; there are {', '.join(tables)}.")
    left_out = {hidden} if isinstance(hidden, str) else set(hidden or ())
    known = tuple(source for source in load_sources(sources, tables) if source.name not in left_out)
    scratch = Path(tempfile.mkdtemp(prefix="inspect-"))
    try:
        looks = _looks(path, path.name, scratch)
        found = [_propose(look, table, known, tables) for look in looks]
    except Refusal as refusal:
        raise InspectionError(f"{path.name}: {str(refusal).rstrip('.')}.") from refusal
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not found:
        raise InspectionError(f"{path.name}: it holds no table.")
    if len(found) == 1:
        return found[0]
    ordered = sorted(found, key=lambda proposal: (not proposal.source, -proposal.certainty, proposal.file))
    return Proposal(path.name, title=f"{len(found)} tables", members=tuple(ordered))


def _looks(path: Path, name: str, scratch: Path) -> list[_Look]:
    import os

    descriptor = open_regular(path)
    try:
        kind = kind_of(os.pread(descriptor, 8192, 0))
    finally:
        os.close(descriptor)
    if kind == "zip" and not archive.is_workbook(path):
        found = []
        for number, member in enumerate(archive.members(path)):
            if member.refused:
                continue
            try:
                target = archive.unpack(path, member, scratch / f"member{number}")
                found += _looks(target, f"{name}/{member.name}", scratch)
                target.unlink()
            except Refusal:
                continue
        return found
    if kind in ("zip", "ole"):
        sheets = workbook.read_workbook(path)
        return [
            _Look(
                name if len(sheets) == 1 else f"{name}/{sheet}",
                grid.headers,
                _columns(grid.rows, len(grid.headers)),
                sheet=sheet,
            )
            for sheet, grid, _ in sheets
        ]
    if kind == "json":
        grid = records.read_json(path)
        return [_Look(name, grid.headers, _columns(grid.rows, len(grid.headers)))]
    return [_look_delimited(path, name, scratch)]


def _columns(rows: Any, width: int) -> list[list[str | None]]:
    return [[row[n] for row in rows[:SAMPLE_ROWS]] for n in range(width)]


def _look_delimited(path: Path, name: str, scratch: Path) -> _Look:
    scan, first = open_delimited(path)
    widths = {}
    for delimiter in DELIMITERS:
        headers, start, end = header_at(first, lines_above(first, delimiter), delimiter)
        widths[delimiter] = (len(headers), headers, start, end)
    delimiter = max(widths, key=lambda each: widths[each][0])
    width, headers, start, end = widths[delimiter]
    above = start - 1 if any(line.strip() for line in first[: start - 1]) else 0
    if width < 2:
        raise Refusal("it has a single column; an export has several, parted by comma, semicolon, tab or bar")
    con = duckdb.connect(config={"memory_limit": "1GB"})
    try:
        Delimited(path, scan, delimiter, headers, end, end).load(con, list(range(width)), scratch)
        rows = con.execute(f"select * from text using sample {SAMPLE_ROWS} rows (reservoir, 1)").fetchall()
    except duckdb.Error as error:
        raise Refusal(f"it cannot be read ({str(error).splitlines()[0][:160]})") from error
    finally:
        con.close()
    return _Look(name, headers, [[row[n] for row in rows] for n in range(width)], delimiter, above=above)


def _propose(look: _Look, table: str | None, known: tuple[Source, ...], tables: dict[str, Schema]) -> Proposal:
    fitting = tuple(source for source in known if table in (None, source.table))
    source, _ = recognise(fitting, look.headers, look.name, look.sheet)
    if source is not None:
        return _below(look, _recognised(look, source), source.skip_rows)
    missing = frozenset(value.casefold() for schema in tables.values() for value in schema.missing) | {""}
    facts = [guessing.look_at(column, missing) for column in look.columns]
    _join_times(look, facts, missing)
    candidates = [_fit(look, facts, schema) for schema in tables.values() if table in (None, schema.name)]
    score, best = max(candidates, key=lambda item: item[0])
    if score <= 0 and table is None:
        return Proposal(
            look.name, title="no canonical table fits", unused=tuple(look.headers), delimiter=look.delimiter
        )
    return _below(look, best, look.above)


def _below(look: _Look, proposal: Proposal, declared: int) -> Proposal:
    """The proposal with what is to be done about lines above the header."""
    if not look.above:
        return proposal
    where = f"Its header is on line {look.above + 1}, below other lines"
    if declared == look.above:
        note = f"{where}: skip_rows = {look.above}"
    else:
        note = f"{where}: remove those, or declare skip_rows = {look.above} under [read] in {proposal.source}.toml"
    return replace(proposal, skip_rows=look.above, notes=(*proposal.notes, note))


def _join_times(look: _Look, facts: list[guessing.Values], missing: frozenset[str]) -> None:
    """Add a column for each date that has its time of day in a column of its own: INCIDENT_DATE and INCIDENT_TIME."""
    days = [n for n, each in enumerate(facts) if each.formats and not guessing.HAS_CLOCK.search(each.formats[0])]
    days += [n for n, each in enumerate(facts) if each.formats and n not in days and each.midnights == 1]
    hours = [n for n, each in enumerate(facts) if each.clock > 0.9 and each.filled > 0 and n not in days]
    for day in days:
        core = guessing.stamp_core(look.headers[day])
        hour = next((n for n in hours if guessing.stamp_core(look.headers[n]) == core), None)
        if hour is None:
            continue
        cells: list[str | None] = [
            guessing.joined(one, other) if one else None
            for one, other in zip(look.columns[day], look.columns[hour], strict=True)
        ]
        name = f"{look.headers[day]} {look.headers[hour]}"
        look.times[name] = f"{look.headers[day]}\0{look.headers[hour]}"
        look.headers.append(name)
        look.columns.append(cells)
        facts.append(guessing.look_at(cells, missing))


def _recognised(look: _Look, source: Source) -> Proposal:
    guesses = []
    for mapped in source.fields:
        position = mapped.find(look.headers) if mapped.constant is None else None
        if position is not None:
            guesses.append(Guess(mapped.name, look.headers[position], 1.0, mapped.formats))
    used = {guess.column for guess in guesses}
    constants = tuple((mapped.name, mapped.constant) for mapped in source.fields if mapped.constant is not None)
    return Proposal(
        look.name, source.name, source.title, source.table, 1.0, source.merge, source.grain,
        len(look.columns[0]) if look.columns else 0, tuple(guesses),
        unused=tuple(header for header in look.headers if header not in used), constants=constants, delimiter=look.delimiter,
    )  # fmt: skip


def _fit(look: _Look, facts: list[guessing.Values], schema: Schema) -> tuple[float, Proposal]:
    """The best one-to-one matching of columns and fields, and how much it speaks for this table."""
    names = guessing.synonyms().get(schema.name, {})
    fields = list(schema.fields)
    scores = np.zeros((len(fields), len(look.headers)))
    by_names = np.zeros_like(scores)
    halves = {half for name in look.times for half in look.parts(name)}
    for row, each in enumerate(fields):
        for column, header in enumerate(look.headers):
            by_name = guessing.name_fit(header, each, names.get(each.name, ()))
            by_value = guessing.value_fit(facts[column], each, schema)
            if each.type == "datetime" and header in halves:
                by_value = -1.0
            by_names[row, column] = by_name
            if by_name > 0.25 and by_value >= 0:
                scores[row, column] = guessing.NAME_WEIGHT * by_name + (1 - guessing.NAME_WEIGHT) * by_value
    _keep_apart(scores, by_names)
    scores[scores < guessing.ENOUGH] = 0
    rows, columns = linear_sum_assignment(scores**2, maximize=True)
    guesses = tuple(
        _guess(look, fields[row], look.headers[column], scores[row, column], facts[column], look.columns[column])
        for row, column in zip(rows, columns, strict=True)
        if scores[row, column] > 0
    )
    guesses = _with_point(look, facts, schema, guesses)
    return _judge_table(look, facts, schema, guesses)


def _keep_apart(scores: np.ndarray, by_names: np.ndarray) -> None:
    """A column whose name is exactly that of one field is not given to another on a likeness: call id is no caller id."""
    exact = by_names.max(axis=0) >= 0.95
    scores[(by_names < 0.9) & exact] *= 0.7


def _with_point(
    look: _Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]
) -> tuple[Guess, ...]:
    """Without columns of latitude and longitude: the column whose texts are points, such as POINT (-71.1 42.3)."""
    found = {guess.field for guess in guesses}
    if "latitude" not in schema.by_name or found & {"latitude", "longitude"}:
        return guesses
    for header, each in zip(look.headers, facts, strict=True):
        spelled = sum(casting.point_pattern(text) is not None for text in each.examples)
        if each.examples and spelled >= 0.9 * len(each.examples):
            kept = tuple(guess for guess in guesses if guess.column != header)
            return (*kept, Guess("latitude", header, 0.9), Guess("longitude", header, 0.9))
    return guesses


def _guess(
    look: _Look, field_: Field, header: str, certainty: float, facts: guessing.Values, cells: list[str | None]
) -> Guess:
    formats = facts.formats[:2] if field_.type == "datetime" else ()
    values = _values(field_, header, cells) if field_.categories else ()
    day, hour = look.parts(header)
    return Guess(field_.name, day, float(min(1.0, certainty)), formats, values, field_.categories, hour)


def _values(field_: Field, header: str, cells: list[str | None]) -> tuple[tuple[str, str], ...]:
    """Labels of a categorical column with the category that their words plainly say; "*" is every other label."""
    known = {fold_header(label) for label in field_.categories}
    found: dict[str, str] = {}
    labels = {casting.tidy(cell) for cell in cells if cell}
    if field_.name == "source" and guessing.OWN_INITIATIVE & set(guessing.words(header)):
        flags = sorted(label for label in labels if label.casefold() in guessing.FLAGS)
        if flags and len(flags) == len(labels - {""}):  # who began the other calls is not said
            return tuple((label, "self-initiated" if label.casefold() in guessing.YES else "") for label in flags)
    for label in sorted(labels)[:200]:
        if fold_header(label) in known:
            continue
        category = guessing.category_of(field_.name, label)
        if category in field_.categories:
            found[label] = category
    if field_.name == "kind":
        found["*"] = "other"
    return tuple(found.items())


def _judge_table(
    look: _Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]
) -> tuple[float, Proposal]:
    found = {guess.field: guess for guess in guesses}
    needed = schema.required
    missing = tuple(name for name in needed if name not in found)
    merge = "insert"
    if schema.name == "cases" and missing == ("opened_at",) and "closed_at" in found:
        merge, missing = "update", ()
    unit = look.headers.index(found["unit"].column) if schema.name == "calls" and "unit" in found else None
    number = look.headers.index(found["incident_number"].column) if "incident_number" in found else None
    grain = "unit" if unit is not None and number is not None and facts[number].distinct < 1 else "row"
    constants: tuple[tuple[str, str], ...] = ()
    if schema.name == "pickups" and "kind" not in found and guessing.NEEDLE.search(look.name):
        constants = (("kind", "needle"),)
    total = sum(guess.certainty**2 for guess in guesses)
    score = total - 1.2 * len(missing) + _by_name(look, schema.name) - 0.02 * len(schema.fields)
    if schema.name == "unit_responses" and facts and number is not None and facts[number].distinct == 1:
        score -= 1
    if schema.name == "calls" and "received_at" in found:
        score += 0.15
    used = {guess.column for guess in guesses} | {guess.time_column for guess in guesses} | set(look.times)
    notes = []
    for guess in guesses:
        if len(guess.formats) > 1 and fold_header(guess.formats[0]) == fold_header(guess.formats[1]):
            continue
        if len(guess.formats) > 1:
            notes.append(f"{guess.column}: day and month could be either way round; declare the right format alone")
    certainty = float(np.mean([found[name].certainty for name in needed if name in found] or [0])) * (
        0.5 ** len(missing)
    )
    return score, Proposal(
        look.name, "", f"Export like {Path(look.name).name}", schema.name, certainty, merge, grain,
        len(look.columns[0]) if look.columns else 0, guesses, missing,
        tuple(header for header in look.headers if header not in used), constants, look.delimiter, tuple(notes),
    )  # fmt: skip


def _by_name(look: _Look, table: str) -> float:
    """Words in the file's and sheet's name that speak for the table."""
    telling = set(guessing.words(re.sub(r"\.\w+$", "", look.name.rsplit("/", 1)[-1])))
    spoken = {
        word for phrase in guessing.synonyms().get("tables", {}).get(table, ()) for word in guessing.words(phrase)
    }
    return 0.6 if telling & spoken else 0.0


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def to_toml(proposal: Proposal) -> str:
    """The proposal as a mapping file, to be looked over and saved in data/sources. ValueError for a file of several."""
    if proposal.members:
        raise ValueError(f"{proposal.file} holds {len(proposal.members)} tables; save one proposal for each")
    name = Path(proposal.file).name
    pattern = re.sub(r"\d{2,}", "*", name)
    telling = [guess.column for guess in sorted(proposal.guesses, key=lambda guess: -guess.certainty)][:4]
    lines = [
        f"title = {_toml(proposal.title or name)}",
        f"table = {_toml(proposal.table)}",
    ]
    if proposal.grain != "row":
        lines.append(f"grain = {_toml(proposal.grain)}")
    if proposal.merge != "insert":
        lines.append(f"merge = {_toml(proposal.merge)}")
    lines += [
        "",
        "[recognise]",
        f"files = [{_toml(pattern)}]",
        f"columns = [{', '.join(_toml(column) for column in telling)}]",
    ]
    if proposal.skip_rows:
        lines += ["", "[read]", f"skip_rows = {proposal.skip_rows}"]
    if proposal.missing:
        lines += ["", f"# Still missing and required: {', '.join(proposal.missing)}"]
    for guess in proposal.guesses:
        lines += ["", f"[fields.{guess.field}]  # {guess.certainty:.0%} sure", f"column = {_toml(guess.column)}"]
        if guess.time_column:
            lines.append(f"time_column = {_toml(guess.time_column)}")
        if guess.formats:
            lines.append(f"formats = [{', '.join(_toml(format_) for format_ in guess.formats)}]")
        if guess.categories:
            lines.append(f"[fields.{guess.field}.values]  # to one of: {', '.join(guess.categories)}")
            lines += [f"{_toml(label)} = {_toml(category)}" for label, category in guess.values]
    for field_, value in proposal.constants:
        lines += ["", f"[fields.{field_}]", f"constant = {_toml(value)}"]
    if proposal.unused:
        lines += [
            "",
            "[columns]",
            f"ignore = [{', '.join(_toml(header) for header in proposal.unused if header.strip())}]",
        ]
    return "\n".join(lines) + "\n"


def report(proposal: Proposal) -> tuple[dict[str, Any], list[str]]:
    """The proposal as one JSON document and as plain sentences, for the command line."""
    return proposal.as_json(), _sentences(proposal)


def _sentences(proposal: Proposal) -> list[str]:
    if proposal.members:
        lines = [f"{proposal.file} holds {len(proposal.members)} tables."]
        for member in proposal.members:
            lines += (
                _sentences(member)
                if member.source or member.certainty >= 0.6
                else [f"{member.file}: {member.table or 'no canonical table fits'}, hardly sure."]
            )
        return lines
    if proposal.source:
        lines = [
            f'{proposal.file} is known: "{proposal.title}" (data/sources/{proposal.source}.toml), table {proposal.table}.'
        ]
    elif not proposal.table:
        return [f"{proposal.file}: no canonical table fits these columns. Name one with --table."]
    else:
        lines = [
            f"{proposal.file} is not known. Proposed: table {proposal.table}, {proposal.certainty:.0%} sure"
            f"{', one row per unit' if proposal.grain == 'unit' else ''}{', rows that update cases' if proposal.merge == 'update' else ''}.",
            "It is loaded only through a saved mapping: look the proposal over and save it with --save NAME.",
        ]
    for guess in proposal.guesses:
        formats = f" ({' or '.join(guess.formats)})" if guess.formats else ""
        column = f"{guess.column} and {guess.time_column}" if guess.time_column else guess.column
        lines.append(f"  {guess.field} = {column}{formats}: {guess.certainty:.0%}")
    lines += [f'  {name} = "{value}" (constant)' for name, value in proposal.constants]
    if proposal.missing:
        lines.append(f"Required and not found: {', '.join(proposal.missing)}.")
    if proposal.unused:
        lines.append(f"Not loaded: {', '.join(proposal.unused)}.")
    return lines + [f"{note}." for note in proposal.notes]


def save(proposal: Proposal, name: str, folder: Path = SOURCES) -> Path:
    """Write the proposal as data/sources/<name>.toml; of several tables, each that is sure as <name>_<table>.toml.

    InspectionError when the name is no plain name, a mapping of that name exists, or a required column is missing.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,60}", name):
        raise InspectionUsage(f'"{name}" cannot be a mapping\'s name; use small letters, digits and _.')
    chosen = [
        member for member in proposal.members if not member.source and member.certainty >= 0.6 and not member.missing
    ]
    if proposal.members and not chosen:
        raise InspectionError(f"{proposal.file}: no table of it needs a new mapping.")
    if not proposal.members:
        if proposal.source:
            raise InspectionError(f"{proposal.file} is known already, by data/sources/{proposal.source}.toml.")
        if not proposal.table or proposal.missing:
            lacking = ", ".join(proposal.missing) or "a canonical table"
            raise InspectionError(
                f"{proposal.file}: {lacking} was not found; name the table with --table, or write the mapping by hand."
            )
        chosen = [proposal]
    paths = []
    for each in chosen:
        stem = name if len(chosen) == 1 else f"{name}_{'_'.join(guessing.words(Path(each.file).stem))}"
        path = folder / f"{stem}.toml"
        if path.exists():
            raise InspectionError(f"{path.name} exists already; choose another name or delete it.")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(to_toml(each), encoding="utf-8")
        paths.append(path)
    return paths[0]

"""What is this export? Recognises a known source, or proposes a mapping with how sure it is of each field.

A proposal is never loaded by itself: save it as a mapping file, look it over, and build.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from publicsafety.pipeline import casting, guessing, people
from publicsafety.pipeline.proposal import Guess, InspectionError, InspectionUsage, Proposal
from publicsafety.pipeline.proposal_notes import doubts_of
from publicsafety.pipeline.readers.scan import Refusal
from publicsafety.pipeline.sampling import Look, look_into
from publicsafety.pipeline.schemas import SCHEMAS, Field, Schema, load_schemas
from publicsafety.pipeline.sources import SOURCES, Source, fold_header, load_sources, recognise


def inspect(
    path: Path,
    table: str | None = None,
    *,
    hidden: str | tuple[str, ...] | None = None,
    sources: Path = SOURCES,
) -> Proposal:
    """What this file is. `table` fixes the canonical table; `hidden` leaves out mappings by name (for tests).

    Raises InspectionError with a sentence when the file is no table.
    """
    tables = load_schemas(SCHEMAS)
    if table is not None and table not in tables:
        raise InspectionUsage(f"{table} is no canonical table; there are {', '.join(tables)}.")
    left_out = {hidden} if isinstance(hidden, str) else set(hidden or ())
    known = tuple(source for source in load_sources(sources, tables) if source.name not in left_out)
    scratch = Path(tempfile.mkdtemp(prefix="inspect-"))
    try:
        looks = look_into(path, path.name, scratch)
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


def _propose(look: Look, table: str | None, known: tuple[Source, ...], tables: dict[str, Schema]) -> Proposal:
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


def _below(look: Look, proposal: Proposal, declared: int) -> Proposal:
    """The proposal with what is to be done about lines above the header."""
    if not look.above:
        return proposal
    where = f"Its header is on line {look.above + 1}, below other lines"
    if declared == look.above:
        note = f"{where}: skip_rows = {look.above}"
    else:
        note = f"{where}: remove those, or declare skip_rows = {look.above} under [read] in {proposal.source}.toml"
    return replace(proposal, skip_rows=look.above, notes=(*proposal.notes, note))


def _join_times(look: Look, facts: list[guessing.Values], missing: frozenset[str]) -> None:
    """Add a column for each date that has its time of day in a column of its own: INCIDENT_DATE and INCIDENT_TIME."""
    days = [n for n, each in enumerate(facts) if each.formats and not guessing.HAS_CLOCK.search(each.formats[0])]
    days += [n for n, each in enumerate(facts) if each.formats and n not in days and each.midnights == 1]
    hours = [n for n, each in enumerate(facts) if each.clock > 0.9 and each.filled > 0 and n not in days]
    for day in days:
        core = guessing.stamp_core(look.headers[day])
        hour = next((n for n in hours if guessing.stamp_core(look.headers[n]) == core), None)
        if hour is None:
            hour = next(
                (n for n, each in enumerate(facts) if n != day and _is_time_of(look.headers[n], core, each)), None
            )
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


def _is_time_of(header: str, core: frozenset[str], facts: guessing.Values) -> bool:
    """Is this the time of day, written as 1405, of the date with these words? CALL_TIME is that of CALL_DATE."""
    said = {"time", "tm", "hour", "hrs"} & set(guessing.words(header))
    return bool(said) and guessing.stamp_core(header) == core and guessing.is_military(facts)


def _recognised(look: Look, source: Source) -> Proposal:
    guesses = []
    for mapped in source.fields:
        position = mapped.find(look.headers) if mapped.constant is None else None
        if position is not None:
            hour = mapped.find_time(look.headers)
            time = look.headers[hour] if hour is not None else ""
            guesses.append(Guess(mapped.name, look.headers[position], 1.0, mapped.formats, time_column=time))
    read = {name for guess in guesses for name in (guess.column, guess.time_column)}
    lacking = source.absent(look.headers)
    notes = (f"Named by the mapping and not in this file: {', '.join(lacking)}",) if lacking else ()
    constants = tuple((mapped.name, mapped.constant) for mapped in source.fields if mapped.constant is not None)
    return Proposal(
        look.name, source.name, source.title, source.table, 1.0, source.merge, source.grain,
        len(look.columns[0]) if look.columns else 0, tuple(guesses),
        unused=tuple(header for header in look.headers if header not in read), constants=constants, delimiter=look.delimiter,
        notes=notes,
    )  # fmt: skip


def _fit(look: Look, facts: list[guessing.Values], schema: Schema) -> tuple[float, Proposal]:
    """The best one-to-one matching of columns and fields, and how much it speaks for this table."""
    names = guessing.synonyms().get(schema.name, {})
    fields = list(schema.fields)
    scores = np.zeros((len(fields), len(look.headers)))
    by_names = np.zeros_like(scores)
    halves = {half for name in look.times for half in look.parts(name)}
    for row, each in enumerate(fields):
        for column, header in enumerate(look.headers):
            if people.is_kept_from(header, facts[column], each):
                continue
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
    look: Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]
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
    look: Look, field_: Field, header: str, certainty: float, facts: guessing.Values, cells: list[str | None]
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
    look: Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]
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
    notes = doubts_of(look, facts, schema, guesses)
    if schema.name == "pickups" and "kind" not in found and not constants and not _about_needles(found):
        missing = (*missing, "kind")
        notes.insert(
            0,
            "No column says which requests are about needles, and every row would count as one. If all are, write a mapping "
            'with constant = "needle" under [fields.kind]; else name the column that says it there',
        )
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


def _about_needles(found: dict[str, Guess]) -> bool:
    """Does a column of counted needles say that the whole export is about them?"""
    return "needles_found" in found and bool(guessing.NEEDLE.search(found["needles_found"].column))


def _by_name(look: Look, table: str) -> float:
    """Words in the file's and sheet's name that speak for the table."""
    telling = set(guessing.words(re.sub(r"\.\w+$", "", look.name.rsplit("/", 1)[-1])))
    spoken = {
        word for phrase in guessing.synonyms().get("tables", {}).get(table, ()) for word in guessing.words(phrase)
    }
    return 0.6 if telling & spoken else 0.0

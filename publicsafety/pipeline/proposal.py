"""What an export seems to be: a mapping with how sure it is of each field, in words and as the file to save."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publicsafety.city import place_of
from publicsafety.pipeline import guessing
from publicsafety.pipeline.sources import SOURCES


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


def _known_by(proposal: Proposal) -> str:
    """What knows the file: a mapping file, or the canonical names, which need none."""
    if proposal.source.startswith("canonical_"):
        return "its headers, which are canonical names"
    return place_of(SOURCES / f"{proposal.source}.toml")


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
        lines = [f'{proposal.file} is known: "{proposal.title}" ({_known_by(proposal)}), table {proposal.table}.']
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
        lines += [f'    "{label}" = {category}' for label, category in guess.values[:20] if label != "*"]
    lines += [f'  {name} = "{value}" (constant)' for name, value in proposal.constants]
    if proposal.missing:
        lines.append(f"Required and not found: {', '.join(proposal.missing)}.")
    if proposal.unused:
        lines.append(f"Not loaded: {', '.join(proposal.unused)}.")
    return lines + [f"{note}." for note in proposal.notes]


def save(proposal: Proposal, name: str, folder: Path = SOURCES) -> list[Path]:
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
            raise InspectionError(f"{proposal.file} is known already, by {_known_by(proposal)}.")
        if not proposal.table or proposal.missing:
            lacking = ", ".join(proposal.missing) or "a canonical table"
            if proposal.missing == ("kind",):
                raise InspectionError(f"{proposal.file}: {proposal.notes[0]}.")
            unused = f" (its other columns are {', '.join(proposal.unused)})" if proposal.unused else ""
            where = f", as [{proposal.table}] {proposal.missing[0]} = […]" if proposal.missing else ""
            raise InspectionError(
                f"{proposal.file}: {lacking} was not found{unused}. Name another table with --table; or add this "
                f"system's word for it to reference/synonyms.toml{where}, and inspect again; or write the mapping by "
                "hand, as data/README.md shows."
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
    return paths

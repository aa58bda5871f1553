"""What a proposed mapping leaves open: said with the proposal, for a guess passed over in silence gives wrong figures."""

from __future__ import annotations

from publicsafety.pipeline import casting, guessing, people
from publicsafety.pipeline.proposal import Guess
from publicsafety.pipeline.sampling import Look
from publicsafety.pipeline.schemas import Schema
from publicsafety.pipeline.sources import fold_header

MOST_NAMED = 6
DAY_ONLY = {"calls": "received_at", "unit_responses": "dispatched_at"}  # tables whose figures need the time of day

# Fields that the leading figures are made of, and what nothing is said of without them.
HEADLINES = {
    "calls": (
        ("agency", "which calls the team went to"),
        ("police_role", "whether police went"),
        ("disposition", "how a call ended"),
    ),
    "cases": (("person_key", "how many people"),),
    "referrals": (("connected_at", "whether the person got the service"),),
}


def doubts_of(look: Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]) -> list[str]:
    """Sentences, without their full stop, on labels without a meaning, days without a time, and columns that do not fit."""
    return [
        *_headlines(schema, guesses),
        *_labels(look, schema, guesses),
        *_days(look, facts, schema, guesses),
        *_unfit(look, facts, schema, guesses),
    ]


def _headlines(schema: Schema, guesses: tuple[Guess, ...]) -> list[str]:
    """The fields on which headlines rest and which no column was found for, and what stays unsaid without each."""
    filled = {guess.field for guess in guesses}
    lacking = [f"{name} ({unsaid})" for name, unsaid in HEADLINES.get(schema.name, ()) if name not in filled]
    if not lacking:
        return []
    return [f"No column was found for {', '.join(lacking)}; if there is one, name it under [fields.…] of the mapping"]


def _labels(look: Look, schema: Schema, guesses: tuple[Guess, ...]) -> list[str]:
    """Labels of a field with categories that are none of them and were given no meaning."""
    found = []
    for guess in guesses:
        if not guess.categories or guess.column not in look.headers or "*" in dict(guess.values):
            continue
        known = {fold_header(label) for label in guess.categories}
        explained = {fold_header(label) for label, _ in guess.values} | known
        cells = look.columns[look.headers.index(guess.column)]
        empty = {value.casefold() for value in schema.missing}
        labels = sorted({casting.tidy(cell) for cell in cells if cell})
        odd = [label for label in labels if label.casefold() not in empty and fold_header(label) not in explained]
        if odd:
            more = f" and {len(odd) - MOST_NAMED} more" if len(odd) > MOST_NAMED else ""
            shown = ", ".join(f'"{label[:40]}"' for label in odd[:MOST_NAMED])
            found.append(
                f"{guess.column}: say what {shown}{more} mean{'s' if len(odd) == 1 else ''}, under [fields.{guess.field}.values]: "
                f"one of {', '.join(guess.categories)}"
            )
    return found


def _days(look: Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]) -> list[str]:
    """A call whose stamp is a day alone would count at midnight."""
    name = DAY_ONLY.get(schema.name)
    guess = next((each for each in guesses if each.field == name), None)
    if guess is None or guess.time_column or guess.column not in look.headers:
        return []
    day = facts[look.headers.index(guess.column)]
    if not day.formats or (guessing.HAS_CLOCK.search(day.formats[0]) and day.midnights < 1):
        return []
    hours = [header for header, each in zip(look.headers, facts, strict=True) if each.clock > 0.9 and each.filled > 0]
    those = f", such as {hours[0]}" if hours else ""
    return [
        f"{guess.column} is a day without a time, so every call would count at midnight, and hours, service hours and "
        f"durations would be wrong; name the column of the time of day{those}, as time_column under [fields.{guess.field}]"
    ]


def _unfit(look: Look, facts: list[guessing.Values], schema: Schema, guesses: tuple[Guess, ...]) -> list[str]:
    """A column that is named like a field nobody fills, and whose values cannot be read as it."""
    filled = {guess.field for guess in guesses}
    used = {guess.column for guess in guesses}
    names = guessing.synonyms().get(schema.name, {})
    found = []
    for each in schema.fields:
        if each.name in filled or each.type == "string":
            continue
        for header, values in zip(look.headers, facts, strict=True):
            if header in used or not values.filled or header in look.times or people.is_who(header):
                continue
            fits = guessing.name_fit(header, each, names.get(each.name, ()))
            if fits >= 0.88 and guessing.value_fit(values, each, schema) < 0:
                examples = " or ".join(f'"{text[:30]}"' for text in values.examples[:2])
                kind = {"datetime": "dates with a year", "boolean": "yes and no"}.get(each.type, "plain numbers")
                if each.name in ("latitude", "longitude"):
                    kind = "degrees"
                found.append(
                    f"{header} is named like {each.name}, but holds values such as {examples} that are not all {kind}; "
                    f"it is not proposed, and {each.name} stays empty"
                )
                break
    return found

"""Which city is this? Everything that names a place, an hour of service or a limit comes from the city file."""

import difflib
import json
import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from publicsafety.forms import form_of

ROOT = Path(__file__).resolve().parent.parent
# The department's own folder: its city file, reference tables, policy, mappings and words. docs/your-city.md.
DATA = Path(os.environ.get("PUBLICSAFETY_DATA") or ROOT / "data").resolve()
CITY_FILE = DATA / "city.toml"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class CityError(ValueError):
    """The city file cannot be used; the message names the file, the line and what to change."""


@dataclass(frozen=True)
class MapSettings:
    """Where the map looks. Degrees of WGS 84; bounds are south, west, north, east."""

    center: tuple[float, float]
    zoom: float = 12
    tiles: str = ""  # a tile server's address with {z}, {x} and {y}; empty: none is asked
    attribution: str = ""  # whom the maker of the tiles asks to be named
    bounds: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Service:
    """The team's published hours, in local time, and when each service began."""

    days: tuple[str, ...] = WEEKDAYS
    opens: time = time(0, 0)
    closes: time = time(23, 59)
    needle_pickups_since: date | None = None
    calls_since: date | None = None


@dataclass(frozen=True)
class Limits:
    """Bounds of what is believed: share of bad rows that refuses a file, longest believable times (minutes)."""

    quarantine_share: float = 0.05
    response_minutes_max: float = 240
    time_on_task_minutes_max: float = 720


@dataclass(frozen=True)
class City:
    """A department and its city. `targets` maps a metric's name to the value the department aims at.

    `open_data` is the address at which `data/open/site` is served; empty: addresses in data.json and feeds are relative.
    `logo` is a PNG or JPEG file in data/ and `colour` six hexadecimal digits after a "#"; briefings carry both.
    """

    name: str
    department: str
    team: str
    timezone: str
    map: MapSettings
    state: str = ""
    product: str = "Community Safety"
    fiscal_year_starts: int = 7
    contact: str = ""
    website: str = ""
    open_data: str = ""
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    logo: str = ""
    colour: str = ""
    service: Service = field(default_factory=Service)
    limits: Limits = field(default_factory=Limits)
    targets: dict[str, float] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def place_of(path: Path) -> str:
    """A file or folder as messages name it: from the department's folder on where it lies in it, else as it is given."""
    return str(path.relative_to(DATA.parent)) if path.is_relative_to(DATA) else str(path)


def line_of(text: str, key: str) -> int:
    """The line of a TOML text on which `key` is set, or its table opens; 1 when it is not there."""
    found = re.search(
        rf"^\s*(?:\[+\s*(?:[\w.]+\.)?{re.escape(key)}\s*\]+|\"?{re.escape(key)}\"?\s*=)", text, re.MULTILINE
    )
    return text.count("\n", 0, found.start()) + 1 if found else 1


def load_city(path: Path | None = None) -> City:
    """Read and check a city file (`data/city.toml` when none is named). Raises CityError."""
    path = path or CITY_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise CityError(
            f"{path}: cannot be read ({error.strerror}). Copy the city.toml of the shipped folder data and edit it."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CityError(f"{path}: is not valid TOML: {error}.") from None

    def fail(key: str, problem: str) -> CityError:
        return CityError(f"{path} line {line_of(text, key)}: {key} {problem}")

    _refuse_unknown(City, raw, fail)
    parts: dict[str, Any] = {"map": MapSettings, "service": Service, "limits": Limits}
    for name, kind in parts.items():
        section = raw.get(name, {})
        if not isinstance(section, dict):
            raise fail(name, "must be a table, such as [" + name + "].")
        raw[name] = _fill(kind, section, fail) if section or name != "map" else None
    if raw["map"] is None:
        raise fail("map", "is missing. Add [map] with center = [latitude, longitude].")
    city = _fill(City, raw, fail)
    _check(city, fail)
    return city


def _fill(kind: Any, raw: dict[str, Any], fail: Any) -> Any:
    """Build a frozen dataclass from a TOML table: unknown keys, missing keys and wrong types are errors."""
    _refuse_unknown(kind, raw, fail)
    known = {each.name: each for each in fields(kind)}
    values = {}
    for key, value in raw.items():
        try:
            values[key] = _convert(str(known[key].type), value)
        except (TypeError, ValueError):
            raise fail(key, f"= {value!r} is not of the right form. {form_of(str(known[key].type))}") from None
    try:
        return kind(**values)
    except TypeError:
        missing = [
            name
            for name, each in known.items()
            if name not in values and name in ("name", "department", "team", "timezone", "map", "center")
        ]
        raise fail(missing[0], "is missing.") from None


def _refuse_unknown(kind: Any, raw: dict[str, Any], fail: Any) -> None:
    known = [each.name for each in fields(kind)]
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise fail(
                key, "is not a setting." + (f" Did you mean {near[0]}?" if near else f" Known: {', '.join(known)}.")
            )


def _convert(kind: str, value: Any) -> Any:
    """A TOML value as the dataclass wants it: hours from text, tuples from lists, numbers as numbers."""
    if "datetime.time" in kind:
        return time(23, 59, 59) if value == "24:00" else time.fromisoformat(value)
    if "date" in kind:
        if not isinstance(value, date):
            raise TypeError(value)
        return value
    if kind.startswith("tuple"):
        items = tuple(value) if isinstance(value, list) else None
        if items is None or ("float" in kind and not all(isinstance(each, int | float) for each in items)):
            raise TypeError(value)
        if "float" in kind and len(items) != kind.split("|")[0].count("float"):
            raise ValueError(value)
        return items
    simple: dict[str, tuple[type, ...]] = {
        "<class 'str'>": (str,),
        "<class 'int'>": (int,),
        "<class 'float'>": (int, float),
    }
    if kind in simple and (not isinstance(value, simple[kind]) or isinstance(value, bool)):
        raise TypeError(value)
    if kind.startswith("dict") and not all(isinstance(each, int | float) for each in value.values()):
        raise TypeError(value)
    return value


def _check(city: City, fail: Any) -> None:
    try:
        ZoneInfo(city.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise fail(
            "timezone", f'= "{city.timezone}" is not a time zone. Use a name such as "America/New_York".'
        ) from None
    if city.colour and not re.fullmatch(r"#[0-9a-fA-F]{6}", city.colour):
        raise fail(
            "colour", 'must be "#" and six hexadecimal digits, or empty for the colours of .streamlit/config.toml.'
        )
    if city.open_data and not re.fullmatch(r"https?://[^\s<>\"']+", city.open_data):
        raise fail("open_data", f'= "{city.open_data}" is not an address. Use one such as "https://open.city.example".')
    if city.logo and (Path(city.logo).is_absolute() or ".." in Path(city.logo).parts):
        raise fail("logo", f'= "{city.logo}" must be the name of a file in the folder {place_of(DATA)}.')
    strange = [code for code in city.languages if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?", str(code))]
    if strange:
        raise fail("languages", f'has {strange[0]!r}; use codes such as "es", "pt" or "zh_Hant".')
    if not 1 <= city.fiscal_year_starts <= 12:
        raise fail("fiscal_year_starts", "must be a month from 1 to 12.")
    unknown = [day for day in city.service.days if day not in WEEKDAYS]
    if unknown:
        raise fail("days", f"has {unknown[0]!r}; use {', '.join(WEEKDAYS)}.")
    if not 0 < city.limits.quarantine_share <= 1:
        raise fail("quarantine_share", "must be above 0 and at most 1.")
    tiles = city.map.tiles
    if tiles and not (
        tiles.startswith(("https://", "http://", "/")) and all(each in tiles for each in ("{z}", "{x}", "{y}"))
    ):
        raise fail(
            "tiles",
            'must be the address of a tile server, such as "https://tiles.example.org/{z}/{x}/{y}.png", or empty.',
        )
    bounds = city.map.bounds
    if bounds and not (-90 <= bounds[0] < bounds[2] <= 90 and -180 <= bounds[1] < bounds[3] <= 180):
        raise fail("bounds", "must be [south, west, north, east] in degrees.")


def from_json(text: str) -> City:
    """The city that a build was made for, from its `build_info`: dates and hours come back as such."""
    raw = json.loads(text)
    service = raw.pop("service", {})
    for key in ("opens", "closes"):
        service[key] = time.fromisoformat(service[key])
    for key in ("needle_pickups_since", "calls_since"):
        service[key] = date.fromisoformat(service[key]) if service.get(key) else None
    service["days"] = tuple(service["days"])
    if "languages" in raw:
        raw["languages"] = tuple(raw["languages"])
    lists: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw.pop("map").items()
    }
    return City(map=MapSettings(**lists), service=Service(**service), limits=Limits(**raw.pop("limits")), **raw)


@cache
def home_city() -> City:
    """The city of this checkout, read once."""
    return load_city()

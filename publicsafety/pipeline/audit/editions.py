"""The static edition as an attacker downloads it: every page, picture, feed and file is read for numbers that no table has.

English pages are read card by card against the tables of the card's figure; a page in another language may have no
number that its English twin lacks in the same card. Every numbered edition is read, not the latest alone.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from publicsafety.city import DATA
from publicsafety.metrics import registry
from publicsafety.site import style

from .cards import Catalogue, page_findings, text_findings, twin_findings
from .downloads import data_findings
from .packages import city_areas
from .pages import Page
from .published import Release
from .reading import MANIFEST, PACKAGE, AuditError, read_json
from .report import Finding
from .texts import Numbers
from .words import counts_in

SITE, LATEST, ENGLISH, SHEET = "site", "latest", "en", "style.css"
PEERS = DATA / "reference" / "peers.csv"
TOP = re.compile(r"(?:index\.html|feed(?:-[\w]+)?\.xml|latest|\d{4})")


@dataclass
class Read:
    """What was read so far, so that nothing is read twice: files by their bytes, texts by their card."""

    files: set[bytes] = field(default_factory=set)
    texts: set[tuple[str, str]] = field(default_factory=set)

    def is_new(self, *contents: bytes) -> bool:
        """Whether some of these bytes were not read yet."""
        digest = hashlib.sha256(b"\0".join(contents)).digest()
        known = digest in self.files
        self.files.add(digest)
        return not known


def edition_findings(folder: Path, releases: Sequence[Release], every: bool = True) -> Iterator[Finding]:
    """Everything in the static edition that tells what the tables do not; nothing where there is no such edition.

    `every`: the editions of earlier releases too, which a release leaves as they are.
    """
    site = folder / SITE
    if not site.is_dir():
        return
    yield from _unexpected(site, releases)
    yield from _copies(site, releases[-1])
    read = Read()
    for place, upto in _places(site, releases, every):
        known = Catalogue(upto, _phrases(upto))
        where = f"{SITE}/{place.name}"
        yield from data_findings(place / "data", f"{where}/data", upto, known) if (place / "data").is_dir() else ()
        yield from _sheet(place / SHEET, where, is_ours=place.name == LATEST)
        yield from _pages(place, known, read)
    yield from _around(site, Catalogue(releases, _phrases(releases)))


def _places(site: Path, releases: Sequence[Release], every: bool) -> Iterator[tuple[Path, Sequence[Release]]]:
    """Each folder of an edition with the releases that it may tell of."""
    yield site / LATEST, releases
    for place in sorted(site.glob("[0-9]*"), reverse=True) if every else ():
        upto = [one for one in releases if one.number.isdigit() and int(one.number) <= int(place.name)]
        if place.is_dir() and upto:
            yield place, upto


def _unexpected(site: Path, releases: Sequence[Release]) -> Iterator[Finding]:
    """Files that no manifest lists, files that are not as their manifest says, editions of no release."""
    numbers = {f"{int(one.number):04d}" for one in releases if one.number.isdigit()} | {LATEST}
    for path in sorted(site.iterdir()):
        if not TOP.fullmatch(path.name) or (path.is_dir() and path.name not in numbers):
            says = "is published and belongs to no release"
            yield Finding("file not in the package", f"{SITE}/{path.name}", "", says)
        elif path.is_dir():
            manifest = read_json(path / MANIFEST)
            told = manifest.get("files", {})
            if set(manifest) != {"release", "files"} or not isinstance(manifest["release"], int):
                says = "has a key besides the release and its files"
                yield Finding("text in a package", f"{SITE}/{path.name}", MANIFEST, says)
            there = {each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file()} - {MANIFEST}
            for name in sorted(there ^ set(told)):
                yield Finding("file not in the package", f"{SITE}/{path.name}", name, "is not what the manifest lists")
            for name in sorted(there & set(told)):
                if hashlib.sha256((path / name).read_bytes()).hexdigest() != told[name]:
                    yield Finding("altered release", f"{SITE}/{path.name}", name, "is not the file that was published")


def _copies(site: Path, release: Release) -> Iterator[Finding]:
    """`latest` is the latest release."""
    numbered = site / f"{int(release.number):04d}"
    if (
        not (numbered / MANIFEST).is_file()
        or (site / LATEST / MANIFEST).read_bytes() != (numbered / MANIFEST).read_bytes()
    ):
        yield Finding("altered release", f"{SITE}/{LATEST}", "", f"is not release {release.number}")


def _phrases(releases: Sequence[Release]) -> set[str]:
    """Texts with a number that pages may say: names of places, the rules' own numbers, definitions, other cities'."""
    found = {label for one in releases for table in one.tables for row in table.rows for _, label in row.dimensions}
    found |= city_areas()
    for release in releases:
        package = read_json(Path(release.folder) / PACKAGE)
        rules = package.get("disclosure", {})
        found |= {str(one.get("name", "")) for one in package.get("licenses", [])}
        found |= {str(one.get(name, "")) for one in package.get("resources", []) for name in ("title", "description")}
        notes = (str(one.get("description", "")) for one in package.get("resources", []))
        found |= {sentence for note in notes for sentence in re.split(r"(?<=[.?!])\s+", note)}
        for least in rules.get("thresholds", {}).values():
            found |= {f"{least} or more", f"at least {least}", f"fewer than {least}"}
        for aim in rules.get("targets", {}).values():  # announced by the city itself
            found |= {f"target {aim:g}", f"target {aim * 100:.1f}%"}
    for metric in registry().values():
        for each in fields(metric):
            found |= set(_strings(getattr(metric, each.name)))
    if PEERS.is_file():
        with PEERS.open(encoding="utf-8", newline="") as file:
            found |= {cell for row in csv.reader(line for line in file if not line.startswith("#")) for cell in row}
    return {text for text in found if counts_in(text) or re.search(r"\d|\bone\b", text, re.IGNORECASE)}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from (" ".join(line.split()) for line in value.splitlines())
    elif isinstance(value, tuple):
        for each in value:
            yield from _strings(each)


def _pages(place: Path, known: Catalogue, read: Read) -> Iterator[Finding]:
    """Every page of an edition: the English ones, then each other language's beside them."""
    tongues = sorted(each.name for each in place.iterdir() if each.is_dir() and each.name != "data")
    if ENGLISH not in tongues:
        raise AuditError(f"{place}: has no folder “{ENGLISH}”, by which the other languages are read; release again")
    for path in sorted(each for tongue in tongues for each in (place / tongue).rglob("*") if each.is_file()):
        code, where = path.relative_to(place).parts[0], path.relative_to(place.parent.parent).as_posix()
        content, twin = path.read_bytes(), place / ENGLISH / path.relative_to(place / code)
        if path.suffix != ".html":
            yield Finding("file not in the package", where, "", "is no page")
        elif code == ENGLISH and read.is_new(content):
            yield from page_findings(where, Page(content.decode()), known, read.texts)
        elif code != ENGLISH:
            english = twin.read_bytes() if twin.is_file() else b""
            if read.is_new(content, english):
                yield from twin_findings(where, Page(content.decode()), Page(english.decode()), code)


def _sheet(path: Path, where: str, is_ours: bool) -> Iterator[Finding]:
    """The style sheet: that of this version, or of an earlier one, in which no comment or content has a number."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    said = [*re.findall(r"/\*(.*?)\*/", text, re.DOTALL), *re.findall(r"content:([^;}]*)", text)]
    if (is_ours and text != style.css()) or any(map(counts_in, said)):
        yield Finding("number in a text", where, SHEET, "is not the style sheet of the edition")


def _around(site: Path, known: Catalogue) -> Iterator[Finding]:
    """The door and the feeds, which stand above the editions; of a feed, identifiers are no numbers."""
    english = ""
    for path in [site / "index.html", site / "feed.xml", *sorted(site.glob("feed-*.xml"))]:
        if not path.is_file():
            continue
        text = re.sub(r"urn:uuid:[0-9a-f-]{36}", "", path.read_text(encoding="utf-8"))
        english = text if path.name in ("index.html", "feed.xml") else english
        page, none = Page(text), Numbers((), ())
        if text == english:
            yield from text_findings(f"{SITE}/{path.name}", "", set(page.cards[""].texts), none, known)
        code = path.stem.partition("-")[2] or ENGLISH
        yield from twin_findings(f"{SITE}/{path.name}", page, Page(english), code)

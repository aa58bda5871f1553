"""The feed of releases (Atom, RFC 4287): one entry a release, in one language."""

import uuid
from collections.abc import Sequence
from datetime import date
from xml.etree import ElementTree as tree

from publicsafety import language, prose
from publicsafety.language import gettext as _
from publicsafety.language import ngettext
from publicsafety.released import ReleasedDatabase
from publicsafety.site.changes import Release

ATOM = "http://www.w3.org/2005/Atom"


def feed_name(code: str) -> str:
    """The feed's file in a language: English has the plain name."""
    return "feed.xml" if code == language.ENGLISH else f"feed-{code}.xml"


def feed(source: ReleasedDatabase, releases: Sequence[Release], code: str, address: str) -> bytes:
    """The feed as bytes. Without an address its links are relative to the feed, which RFC 4287 allows."""
    tree.register_namespace("", ATOM)
    root = tree.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": code.replace("_", "-")})
    base = address.rstrip("/") + "/" if address else ""
    publisher = f"{source.city.name}, {source.city.department}"
    _add(root, "id", _identity(publisher, "feed", code))
    _add(root, "title", _("{product}, {city}: releases").format(product=_(source.city.product), city=source.city.name))
    _add(root, "updated", _moment(_day(releases[-1])))
    _add(root, "link", rel="self", href=f"{base}{feed_name(code)}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{base}latest/{code}/overview.html")
    author = tree.SubElement(root, f"{{{ATOM}}}author")
    _add(author, "name", f"{_(source.city.department)}, {source.city.name}")
    for each in reversed(releases):
        entry = tree.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "id", _identity(publisher, f"release {each.number}", code))
        _add(entry, "title", _("Release {number}").format(number=each.number))
        _add(entry, "updated", _moment(_day(each)))
        _add(
            entry,
            "link",
            rel="alternate",
            type="text/html",
            href=f"{base}latest/{code}/releases.html#release-{each.number}",
        )
        _add(entry, "summary", summary(each))
    tree.indent(root, " ")
    return bytes(tree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def summary(release: Release) -> str:
    """A release in one or two sentences."""
    many = len(release.revisions)
    said = _("Figures through {day}.").format(day=prose.day(release.through))
    if many:
        said += " " + ngettext("{n} figure was revised.", "{n} figures were revised.", many).format(n=prose.count(many))
    return said


def _day(release: Release) -> date:
    return release.created or release.through


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _identity(*parts: str) -> str:
    """An identifier that stays for good: made of what it names."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(parts)).urn


def _add(parent: tree.Element, name: str, text: str = "", **attributes: str) -> None:
    tree.SubElement(parent, f"{{{ATOM}}}{name}", attributes).text = text or None

"""Office files with the same bytes for the same content: their zip entries and properties carry one given day."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def as_it_is(name: str, content: bytes) -> bytes:
    return content


def dated(package: bytes, day: date, change: Callable[[str, bytes], bytes] = as_it_is) -> bytes:
    """The same package, written as on `day`; workbooks inside it too. `change` may alter a file of it by its name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            content = change(name, given.read(name))
            if name == "docProps/core.xml":
                content = STAMP.sub(rb"\g<1>" + day.isoformat().encode() + rb"T00:00:00Z\2", content)
            elif name.endswith(".xlsx"):
                content = dated(content, day)
            entry = zipfile.ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            made.writestr(entry, content)
    return out.getvalue()

"""Office files with the same bytes for the same content: their zip entries and properties carry one given day."""

import io
import re
import zipfile
from datetime import date

STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def dated(package: bytes, day: date) -> bytes:
    """The same package, written as on `day`; workbooks inside it too."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            content = given.read(name)
            if name == "docProps/core.xml":
                content = STAMP.sub(rb"\g<1>" + day.isoformat().encode() + rb"T00:00:00Z\2", content)
            elif name.endswith(".xlsx"):
                content = dated(content, day)
            entry = zipfile.ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            made.writestr(entry, content)
    return out.getvalue()

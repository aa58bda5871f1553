"""Who looked at what, and when? One JSON line for each look at an internal page, only ever added to.

A line holds the person's subject as the identity provider knows it, never a name or an address; the page; the
filters that are drawn from lists, never a text that somebody typed; the download; the build. The file is
`PUBLICSAFETY_AUDIT_LOG`; without that setting there is no log. When the log cannot be written, nothing is shown.
"""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime

SETTING = "PUBLICSAFETY_AUDIT_LOG"
# Filters are choices from lists. Anything else in an address might be a person's name, so it is not written down.
PERIODS = ("start", "end", "period", "compare", "grain")
FILTERS = (*PERIODS, "by", "area", "nature", "source", "priority", "partner", "need", "metric")
LONGEST, MOST = 80, 20
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class AuditLogError(RuntimeError):
    """The line could not be written, so what it was about must not be shown."""


def write(
    who: str, page: str, audience: str, build_id: str, filters: Mapping[str, object] | None = None, download: str = ""
) -> None:
    """Add one line. Raises AuditLogError when the log is wanted and cannot be written."""
    path = os.environ.get(SETTING)
    if not path:
        return
    line = json.dumps(record(who, page, audience, build_id, filters, download), ensure_ascii=True) + "\n"
    try:
        # One write to a file opened for appending: lines of several processes never mix, and none is ever changed.
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            written = os.write(handle, line.encode())
        finally:
            os.close(handle)
    except OSError as error:
        raise AuditLogError(f"Audit log {path}: cannot be written ({error.strerror}), so nothing is shown.") from None
    if written != len(line):
        raise AuditLogError(f"The audit log {path} took half a line: its disk is full, so nothing is shown.")


def record(
    who: str, page: str, audience: str, build_id: str, filters: Mapping[str, object] | None, download: str
) -> dict[str, object]:
    """The content of a line: bounded texts, known filters only."""
    chosen = {name: _values(filters[name]) for name in FILTERS if filters and filters.get(name)}
    line: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _text(who),
        "page": _text(page),
        "audience": _text(audience),
        "build": _text(build_id),
        "filters": chosen,
    }
    return line | ({"download": _text(download)} if download else {})


def _values(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [_text(each) for each in values[:MOST]]


def _text(value: object) -> str:
    return CONTROL.sub(" ", str(value))[:LONGEST]

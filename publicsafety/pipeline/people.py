"""Which columns say who somebody is? Names are never proposed: a name under `person_key` counts callers as clients."""

from __future__ import annotations

import re

from publicsafety.pipeline import guessing
from publicsafety.pipeline.schemas import Field

_WHOSE = (
    "caller|complainant|informant|witness|reporter|reporting|rp|party|person|client|patient|subject|individual|"
    "participant|resident|victim|contact|emergency|first|last|middle|given|family|legal|preferred|full|sur|fst|lst|f|l|m|of|the|s"
)
# "Caller Name", "LAST_NM", "fullname", "Name": the name of a person. "Unit Name" and "Service Name" are not.
NAME = re.compile(rf"({_WHOSE})*(name|names|nm)(first|last|middle|full)?\d?")
# "Caller", "RP Phone", "Caller ID", "Contact": whoever called, and how to reach them. "Contact ID" is left to its system.
CALLER = re.compile(
    r"((the|name|of)*(caller|complainant|informant|reporter|rp|reportingparty|reportingperson|reportedby|calledby|"
    r"contactperson|callback)s?(name|phone|telephone|number|no|id|address|email|info)*"
    r"|contacts?(phone|telephone|address|email|info)*)\d?"
)
WRITTEN_NAME = re.compile(r"[^\W\d_]+[’'.-]?[^\W\d_]*,? [^\d_]+")  # "Smith, Ann", "Ann B. Smith"


def is_who(header: str) -> bool:
    """Is this column, by its name, the name of a person, or whoever called?"""
    folded = "".join(guessing.words(header))
    return bool(NAME.fullmatch(folded) or CALLER.fullmatch(folded))


def holds_names(values: guessing.Values) -> bool:
    """Are most values words, as names of people are, and not the numbers or codes of a register?"""
    return sum(bool(WRITTEN_NAME.fullmatch(text)) for text in values.examples) > 0.5 * max(1, len(values.examples))


def is_kept_from(header: str, values: guessing.Values, field: Field) -> bool:
    """May this column not be proposed for the field? A time is no name: "Contact" can be when the client was met."""
    if field.type == "datetime":
        return False
    return is_who(header) or (field.name == "person_key" and holds_names(values))

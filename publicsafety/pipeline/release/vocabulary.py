"""Which values can a column of ours hold at all? A category that names any other value counts nothing, for ever.

Columns with the words of an export, of a list or of the area layer are not here: their values are known elsewhere.
"""

from publicsafety.city import WEEKDAYS
from publicsafety.metrics import TABLE_OF_MART
from publicsafety.pipeline.release.counts import dimensions_of
from publicsafety.pipeline.release.policy import Dimension, Policy
from publicsafety.pipeline.schemas import load_schemas, nearest

NOT_RECORDED = "Not recorded"
UNEXPLAINED = "Other (new)"  # how a label that no mapping explains begins
# What the marts write (queries/marts), beside what the schemas allow.
WRITTEN = {
    "team_stage": (
        "needle pickup by the team",
        "needle pickup by others",
        "not sent",
        "sent",
        "arrived",
        "arrived, back-up requested",
        "arrived, no back-up requested",
    ),
    "response_excluded": (
        "",
        "not applicable",
        "missing stamp",
        "midnight sentinel",
        "negative",
        "longer than bound",
    ),
    "drop_off": ("none", "declined", "rejected", "lost", "no reply in 14 days", "open"),
    "weekday": WEEKDAYS,
    "hour": tuple(str(hour) for hour in range(24)),
}
# What a mart adds to the values of a schema: NOT_RECORDED, where it has no answer of its own.
ALSO = {"unmet_reason": ("answered", "not applicable"), "police_role": (), "eligibility": ()}
FLAGS = ("true", "false", "")


def values_of(mart: str, column: str) -> tuple[str, ...]:
    """Every value of a column with a fixed vocabulary; none where the words come from elsewhere."""
    if column in WRITTEN:
        return WRITTEN[column]
    if column.startswith(("is_", "in_service")):
        return FLAGS
    fields = {
        field.name: field.categories
        for schema in load_schemas().values()
        if schema.name in (TABLE_OF_MART[mart], *(("pickups",) if column == "place_kind" else ()))
        for field in schema.fields
    }
    known = fields.get(column, ())
    return (*known, *ALSO.get(column, (NOT_RECORDED,))) if known else ()


def check_values(policy: Policy) -> None:
    """Whether each category names values that its column can hold. Raises PolicyError."""
    for table in policy.tables:
        base = policy.base_of(table)
        for name in dimensions_of(policy, base):
            _check_values(policy, policy.dimensions[name], policy.metrics[base].mart)


def _check_values(policy: Policy, dimension: Dimension, mart: str) -> None:
    known = values_of(mart, dimension.column)
    for category, values in dimension.categories.items():
        for value in values:
            if not known or value in known or value.startswith(UNEXPLAINED):
                continue
            raise policy.error(
                ("dimensions", dimension.name, "categories", category),
                f"{value!r} is no value of {dimension.column}{nearest(value, known)}, so {category!r} would not count "
                f"it. There are: {', '.join(each for each in known if each)}.",
            )

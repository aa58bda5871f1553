"""By which columns may the public break a figure down at all?

A policy is written by hand, and a column that names records or people publishes them: so the columns are listed here, in
code, and everything that is not listed is refused. In `OURS` our own statements write every label. `THEIRS` can hold the
words of an export, so their dimensions name `categories`, and put the rest into `other`. Calls and clients are never shown
by hexagon.
"""

from publicsafety.city import place_of
from publicsafety.pipeline import reference
from publicsafety.pipeline.release.counts import dimensions_of, mixed_categories, read_list
from publicsafety.pipeline.release.policy import Dimension, Policy

OURS = {
    "fct_calls": (
        "area",
        "area_group",
        "hour",
        "in_service",
        "in_service_area",
        "in_service_hours",
        "response_excluded",
        "team_stage",
        "weekday",
    ),
    "fct_pickups": ("area", "area_group", "h3_8", "h3_9", "hour", "is_pickup", "weekday"),
    "fct_referrals": ("drop_off", "is_accepted", "is_closed_loop", "is_completed", "is_connected", "is_mature"),
    "fct_needs": ("is_met",),
    "fct_contacts": ("area",),
}
THEIRS = {
    "fct_calls": (
        "disposition",
        "eligibility",
        "nature",
        "nature_group",
        "place_kind",
        "police_role",
        "priority",
        "source",
        "unmet_reason",
    ),
    "fct_pickups": ("place_kind", "source", "status"),
    "fct_referrals": ("evidence", "need", "partner", "partner_group", "result"),
    "fct_needs": ("need",),
    "fct_services": ("need", "outcome"),
    "fct_cases": ("close_reason", "referral_source"),
    "fct_contacts": ("nature", "police_role", "source"),
}
HEXAGONS = ("h3_9", "h3_8")  # the column and the coarser one, always both


def check_columns(policy: Policy) -> None:
    """Whether each dimension is by a column that the public may see. Raises PolicyError."""
    for table in policy.tables:
        base = policy.base_of(table)
        for name in dimensions_of(policy, base):
            _check_column(policy, policy.dimensions[name], policy.metrics[base].mart, table.metric)


def _check_column(policy: Policy, dimension: Dimension, mart: str, metric: str) -> None:
    where = ("dimensions", dimension.name)
    ours, theirs = OURS.get(mart, ()), THEIRS.get(mart, ())
    for key, column in (("column", dimension.column), ("coarse", dimension.coarse)):
        if column and column not in (*ours, *theirs):
            known = ", ".join(sorted({*ours, *theirs})) or "none"
            raise policy.error(
                (*where, key),
                f"there is no column {column!r} of {mart} that may be shown, so {metric} cannot be broken down by "
                f"{dimension.name}. There are: {known}.",
            )
    if dimension.column in theirs and not (dimension.other and dimension.categories):
        raise policy.error(
            where,
            f"{dimension.column} can hold words of an export. Name the labels to be shown under "
            f'[dimensions.{dimension.name}.categories], and where all others go: other = "…".',
        )
    if (dimension.coarse or dimension.column in HEXAGONS) and (dimension.column, dimension.coarse) != HEXAGONS:
        raise policy.error(
            (*where, "column"),
            f'hexagons need both sizes: write column = "{HEXAGONS[0]}" and coarse = "{HEXAGONS[1]}".',
        )


def check_labels(policy: Policy) -> None:
    """Whether each category holds labels that the reference list has: any other counts nothing. Raises PolicyError."""
    for name, dimension in policy.dimensions.items():
        if dimension.column not in reference.LIST_OF:
            continue
        path = reference.path_of(reference.LIST_OF[dimension.column])
        known = {*reference.read(path)[dimension.column], "Other", "Not recorded"}
        for category, labels in dimension.categories.items():
            unknown = [label for label in labels if label not in known]
            if unknown:
                raise policy.error(
                    ("dimensions", name, "categories", category),
                    f"{unknown[0]!r} is no {dimension.column} of reference/{path.name}, so {category!r} would not count "
                    f"it. There are: {', '.join(sorted(known))}.",
                )


def _list_of(name: str) -> str:
    return place_of(reference.path_of(name))


def check_sensitive(policy: Policy) -> None:
    """Whether no category holds nothing but what the reference list marks as sensitive. Raises PolicyError."""
    for name, dimension in policy.dimensions.items():
        if dimension.sensitive is None:
            continue
        listed = read_list(dimension.sensitive.reference)
        known = set(listed[dimension.column]) if dimension.column in listed.columns else set()
        mixed = mixed_categories(dimension, listed)
        for category, labels in dimension.categories.items():
            if category not in mixed and known & set(labels):
                raise policy.error(
                    ("dimensions", name, "categories", category),
                    f"{category!r} holds nothing but what {_list_of(dimension.sensitive.reference)} marks as "
                    "sensitive, which is never a category of its own. Put other labels with it, or take it away.",
                )
        if dimension.other not in mixed:
            raise policy.error(
                ("dimensions", name, "other"),
                f"all that is left for {dimension.other!r} is what {_list_of(dimension.sensitive.reference)} "
                "marks as sensitive, which is never a category of its own. Leave other labels to it.",
            )

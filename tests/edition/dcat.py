"""The part of the DCAT-US 3 standard that a catalogue of tables needs, written down from its JSON Schema (draft 2020-12).

Required: a catalogue's datasets; a dataset's title, description, identifier, publisher and contact; an e-mail address of
the contact. Dates, periods, frequency, language codes and addresses have the forms that the standard gives them.
"""

DATE = {
    "type": ["null", "string"],
    "anyOf": [
        {"type": "null"},
        {"format": "date-time", "pattern": "T"},
        {"format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        {"pattern": r"^\d{4}(-\d{2})?$"},
    ],
}
ADDRESS = {"type": ["null", "string"], "pattern": r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:\S+|[\w./-]+)$"}
TEXT = {"type": ["null", "string"]}
LANGUAGE = {
    "anyOf": [
        {"type": "null"},
        {"type": "string", "maxLength": 2},
        {"type": "array", "items": {"type": "string", "maxLength": 2}},
    ]
}
ORGANIZATION = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
KIND = {
    "type": "object",
    "required": ["fn", "hasEmail"],
    "properties": {
        "fn": {"type": "string"},
        "hasEmail": {"type": "string", "pattern": r"^mailto:[^@\s]+@[\w.-]+\.[\w.-]+$"},
    },
}
STANDARD = {"type": "object", "properties": {"title": {"type": "string"}}}
DISTRIBUTION = {
    "type": "object",
    "properties": {
        "@type": {"const": "Distribution"},
        "title": TEXT, "description": TEXT, "format": TEXT, "mediaType": TEXT, "license": TEXT, "byteSize": TEXT,
        "downloadURL": ADDRESS, "accessURL": ADDRESS, "issued": DATE, "modified": DATE, "language": LANGUAGE,
    },
}  # fmt: skip
FREQUENCIES = [
    "continual",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "biannually",
    "annually",
    "asNeeded",
    "irregular",
    "notPlanned",
    "unknown",
]
DATASET = {
    "type": "object",
    "required": ["description", "publisher", "title", "contactPoint", "identifier"],
    "properties": {
        "@type": {"const": "Dataset"},
        "title": {"type": "string"}, "description": {"type": "string"}, "identifier": {"type": ["string", "object"]},
        "publisher": ORGANIZATION, "contactPoint": {"anyOf": [KIND, {"type": "array", "items": KIND}]},
        "keyword": {"type": ["null", "array"], "items": {"type": "string", "minLength": 1}},
        "version": TEXT, "accessRights": TEXT, "license": TEXT, "issued": DATE, "modified": DATE, "language": LANGUAGE,
        "temporal": {
            "type": ["null", "array"],
            "items": {"type": "object", "properties": {"startDate": DATE, "endDate": DATE}},
        },
        "accrualPeriodicity": {"anyOf": [{"type": "null"}, {"enum": FREQUENCIES}, {"type": "string", "pattern": "^R/P.+$"}]},
        "describedBy": DISTRIBUTION,
        "distribution": {"type": ["null", "array"], "items": DISTRIBUTION},
    },
}  # fmt: skip
CATALOG = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["dataset"],
    "properties": {
        "@type": {"const": "Catalog"},
        "title": TEXT, "description": TEXT, "conformsTo": STANDARD,
        "publisher": ORGANIZATION,
        "dataset": {"type": "array", "minItems": 1, "items": DATASET},
    },
}  # fmt: skip

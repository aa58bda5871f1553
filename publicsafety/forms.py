"""How is a setting written? Said to whoever wrote it otherwise, with an example of its kind."""

# By how the annotation of the setting begins.
FORMS = {
    "time": 'Write a time of day, of 24 hours and in quotation marks, such as "08:00" or "17:30".',
    "date": "Write a date without quotation marks, such as 2024-07-01.",
    "tuple[str": 'Write a list of texts in quotation marks, such as ["Mon", "Tue"].',
    "tuple[float": "Write a list of {n} numbers, such as {example}.",
    "str": "Write a text in quotation marks.",
    "int": "Write a whole number without quotation marks, such as 7.",
    "float": "Write a number without quotation marks, such as 12 or 0.05.",
    "dict": "Write a number for each name, such as no_police_rate = 0.9.",
}
DEGREES = ("42.33", "-71.18", "42.42", "-71.05")


def form_of(kind: str) -> str:
    """What to write for a setting of this annotation, as a sentence; '' for one that is no single value."""
    bare = kind.removeprefix("<class '").removesuffix("'>").removeprefix("datetime.")
    numbers = kind.split("|")[0].count("float")
    said = next((said for start, said in FORMS.items() if bare.startswith(start)), "")
    return said.format(n=numbers, example=f"[{', '.join(DEGREES[:numbers])}]") if "{n}" in said else said

"""What a page is sent: the words, tables and charts inside the messages of its websocket."""

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from google.protobuf.message import Message
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# Fields of an element that nobody reads: names, styles, programs, the settings of a column.
TECHNICAL = (".id", "hash", "icon", "url", "anchor", "code_text", "columns", "query_param_key", "deferred_file_id")
PROGRAMS = ("html", "bidi_component.js", "bidi_component.css", "bidi_component.component_name")
# Parts of a chart's trace that hold figures; everything else is how it looks and where it lies. The ends of an interval
# follow from numerator and denominator, which are published; the chart holds them as distances.
FIGURES = ("x", "y", "z", "base", "values", "customdata", "text", "hovertext")


def elements(frames: list[bytes]) -> Iterator[tuple[str, Any]]:
    """Every field of every element in the messages: where it stands and its value."""
    for frame in frames:
        yield from _fields(ForwardMsg.FromString(frame).delta.new_element, "")


def _fields(message: Message, path: str) -> Iterator[tuple[str, Any]]:
    for field, content in message.ListFields():
        for each in content if field.is_repeated else [content]:
            where = f"{path}{field.name}"
            if isinstance(each, Message):
                yield from _fields(each, f"{where}.")
            else:
                yield where, each


def texts(frames: list[bytes]) -> Iterator[tuple[str, str]]:
    """All that a message says in words: sentences, labels, hints, alternative texts, the words of charts and tables."""
    for where, content in elements(frames):
        if isinstance(content, bytes):
            table = _table(content)
            yield f"{where} (header)", " \n ".join(table.column_names)
            yield where, " \n ".join(each for column in table.columns for each in _strings(column.to_pylist()))
        elif where.startswith("bidi_component.json"):
            for part, said in _chart(json.loads(content)):
                if isinstance(said, str):
                    yield f"{where}: {part}", said
        elif isinstance(content, str) and not where.endswith(TECHNICAL) and not where.startswith(PROGRAMS):
            yield where, content


def numbers(frames: list[bytes]) -> Iterator[tuple[str, Decimal]]:
    """Every figure that a message carries as a number: cells of tables, points and bars of charts."""
    for where, content in elements(frames):
        if isinstance(content, bytes):
            for name, column in zip((table := _table(content)).column_names, table.columns, strict=True):
                for each in column.to_pylist():
                    if isinstance(each, int | float) and not isinstance(each, bool) and each == each:
                        yield f"{where}: {name}", Decimal(repr(each))
        elif where.startswith("bidi_component.json"):
            for part, said in _chart(json.loads(content)):
                if isinstance(said, int | float) and not isinstance(said, bool) and said == said:
                    yield f"{where}: {part}", Decimal(repr(said))


def _table(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()


def _strings(values: list[Any]) -> Iterator[str]:
    return (each for each in values if isinstance(each, str))


def _chart(sent: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The figures and words of a chart: those of its traces, its alternative text, and what is written on it."""
    figure = sent.pop("figure", None)
    figure = json.loads(figure) if isinstance(figure, str) else figure or {}
    sent.pop("height", None)
    yield from _leaves(sent, "")
    is_map = "scaleanchor" in json.dumps(figure.get("layout", {}))  # there x and y are places, and no figures
    for place, trace in enumerate(figure.get("data", [])):
        for name, content in trace.items():
            if is_map and name in ("x", "y"):
                continue
            if name in FIGURES or name in ("name", "hovertemplate", "texttemplate"):
                yield from _leaves(content, f"data {place}.{name}")
            if name == "marker" and isinstance(content, dict) and "color" in content:
                yield from _leaves(content["color"], f"data {place}.marker.color")
    for place, note in enumerate(figure.get("layout", {}).get("annotations", [])):
        yield f"annotation {place}", note.get("text", "")


def _leaves(node: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and {"bdata", "dtype"} <= set(node):
        for each in np.frombuffer(base64.b64decode(node["bdata"]), dtype=np.dtype(node["dtype"])).tolist():
            yield where, each
    elif isinstance(node, dict):
        for name, each in node.items():
            yield from _leaves(each, f"{where}.{name}")
    elif isinstance(node, list):
        for each in node:
            yield from _leaves(each, where)
    else:
        yield where, node


def planted(number: int) -> list[bytes]:
    """Messages that carry a figure, each in another way."""
    made = [ForwardMsg() for _ in range(4)]
    chart = {"data": [{"type": "bar", "x": [number], "y": [0]}], "layout": {}}
    made[0].delta.new_element.bidi_component.json = json.dumps({"figure": json.dumps(chart)})
    hover = {"data": [{"type": "bar", "x": [0], "customdata": [f"Hill: {number} calls"]}], "layout": {}}
    made[1].delta.new_element.bidi_component.json = json.dumps({"figure": json.dumps(hover)})
    sink = pa.BufferOutputStream()
    table = pa.table({"calls": [number]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    made[2].delta.new_element.dataframe.arrow_data.data = sink.getvalue().to_pybytes()
    made[3].delta.new_element.markdown.body = f"The team went to {number} calls."
    return [each.SerializeToString() for each in made]

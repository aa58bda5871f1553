"""Flows between nodes, as wide as what flows."""

from html import escape, unescape
from typing import Any

from publicsafety.documents.vector.canvas import Canvas, one, written


def flows(canvas: Canvas, trace: dict[str, Any]) -> None:
    """Flows from left to right: a node stands one step right of the farthest node that feeds it."""
    links = list(zip(trace["link"]["source"], trace["link"]["target"], map(float, trace["link"]["value"]), strict=True))
    labels = trace["node"]["label"]
    step = [0] * len(labels)
    for _ in labels:
        for source, target, _ in links:
            step[target] = max(step[target], step[source] + 1)
    size = [
        max(sum(v for s, _, v in links if s == k), sum(v for _, t, v in links if t == k)) for k in range(len(labels))
    ]
    columns = [[k for k in range(len(labels)) if step[k] == column] for column in range(max(step, default=0) + 1)]
    gap = 14.0
    scale = min(
        (canvas.height - 16 - gap * (len(column) - 1)) / (sum(size[k] for k in column) or 1)
        for column in columns
        if column
    )
    top: dict[int, float] = {}
    across = (canvas.width - 150) / (max(len(columns) - 1, 1))
    for column in columns:
        at = 8.0
        for k in column:
            top[k] = at
            at += size[k] * scale + gap
    out, into = dict(top), dict(top)
    for source, target, value in links:
        x0, x1, thick = 14 + step[source] * across, 4 + step[target] * across, value * scale
        a, b, half = out[source], into[target], (4 + step[target] * across + 14 + step[source] * across) / 2
        out[source], into[target] = a + thick, b + thick
        d = f"M{written(x0)} {written(a)}C{written(half)} {written(a)} {written(half)} {written(b)} {written(x1)} {written(b)}V{written(b + thick)}C{written(half)} {written(b + thick)} {written(half)} {written(a + thick)} {written(x0)} {written(a + thick)}Z"
        canvas.add("path", d=d, fill=one(trace["link"].get("color"), 0))
    for k, label in enumerate(labels):
        x = 4 + step[k] * across
        canvas.add(
            "rect", x=x, y=top[k], width=10, height=max(size[k] * scale, 1), fill=one(trace["node"].get("color"), k)
        )
        canvas.add("text", escape(unescape(str(label))), x=x + 14, y=top[k] + size[k] * scale / 2 + 4.5, font_size=13)

"""The call volume page in Panel and pandas: panes that stay and are given new figures. Run with `python -m`, PORT set; PEER_DATA as in calls.py."""

import os

import panel as pn

from benchmarks.peers import calls

pn.extension("plotly")


def page() -> pn.Column:
    frame = calls.load()
    area = pn.widgets.MultiSelect(name="Area", options=calls.areas(), size=6)
    nature = pn.widgets.MultiSelect(name="Nature", options=sorted(frame["nature"].cat.categories), size=6)
    source = pn.widgets.MultiSelect(name="Source", options=sorted(frame["source"].cat.categories), size=6)

    def found() -> tuple[dict[str, tuple[str, str]], list[object]]:
        chosen = calls.narrow(area.value, nature.value, source.value)
        now, before = calls.split(chosen)
        return calls.figures(now, before), list(calls.charts(chosen, now))

    def tile(name: str, value: str, earlier: str) -> str:
        return f"{name}\n## {value}\n{earlier} the year before"

    figures, charts = found()
    tiles = [pn.pane.Markdown(tile(name, *values)) for name, values in figures.items()]
    panes = [pn.pane.Plotly(chart, sizing_mode="stretch_width", height=450) for chart in charts]

    def changed(*_: object) -> None:
        figures, charts = found()
        with pn.io.hold():  # one message for all
            for pane, (name, values) in zip(tiles, figures.items(), strict=True):
                pane.object = tile(name, *values)
            for pane, chart in zip(panes, charts, strict=True):
                pane.object = chart

    for widget in (area, nature, source):
        widget.param.watch(changed, "value")
    pairs = [pn.Row(*panes[n : n + 2], sizing_mode="stretch_width") for n in range(6, len(panes), 2)]
    return pn.Column("# Call volume", pn.Row(area, nature, source), pn.Row(*tiles), *panes[:6], *pairs, sizing_mode="stretch_width")  # fmt: skip


if __name__ == "__main__":
    calls.load()
    pn.serve(page, address="127.0.0.1", port=int(os.environ["PORT"]), show=False, websocket_origin="*", title="Call volume")  # fmt: skip

"""The call volume page in Dash and pandas: one callback, as Dash asks. Run with `python -m`, PORT set; PEER_DATA as in calls.py.

Served by one process with threads (waitress is not needed for one reader), debugging off, Plotly's JavaScript local.
"""

import os

from dash import Dash, Input, Output, callback, dcc, html

from benchmarks.peers import calls

CHARTS = 14
app = Dash(__name__, title="Call volume", serve_locally=True)
frame = calls.load()


def tile(name: str) -> html.Div:
    return html.Div([html.Div(name), html.H2(id=f"value-{name}", className="value"), html.Div(id=f"before-{name}")])


NAMES = list(calls.figures(frame.head(1), frame.head(1)))
app.layout = html.Div(
    [
        html.H1("Call volume"),
        html.Div(
            [
                dcc.Dropdown(calls.areas(), multi=True, id="area", placeholder="Area"),
                dcc.Dropdown(sorted(frame["nature"].cat.categories), multi=True, id="nature", placeholder="Nature"),
                dcc.Dropdown(sorted(frame["source"].cat.categories), multi=True, id="source", placeholder="Source"),
            ],
            style={"display": "grid", "gridTemplateColumns": "repeat(3, 1fr)", "gap": "1rem"},
        ),
        html.Div(
            [tile(name) for name in NAMES],
            style={"display": "grid", "gridTemplateColumns": f"repeat({len(NAMES)}, 1fr)", "gap": "1rem"},
        ),
        *(dcc.Graph(id=f"chart-{n}") for n in range(6)),
        html.Div(
            [dcc.Graph(id=f"chart-{n}") for n in range(6, CHARTS)],
            style={"display": "grid", "gridTemplateColumns": "repeat(2, 1fr)"},
        ),
    ],
    style={"fontFamily": "sans-serif", "margin": "0 2rem"},
)


@callback(
    *(Output(f"{part}-{name}", "children") for name in NAMES for part in ("value", "before")),
    *(Output(f"chart-{n}", "figure") for n in range(CHARTS)),
    Input("area", "value"),
    Input("nature", "value"),
    Input("source", "value"),
)
def changed(area: list[str] | None, nature: list[str] | None, source: list[str] | None) -> list[object]:
    chosen = calls.narrow(area or [], nature or [], source or [])
    now, before = calls.split(chosen)
    found = calls.figures(now, before)
    tiles = [text for value, earlier in found.values() for text in (value, f"{earlier} the year before")]
    return [*tiles, *calls.charts(chosen, now)]


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=os.environ["PORT"], debug=False)

"""Points are placed by polygon, and a layer that cannot be used is refused by name."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from publicsafety.pipeline import geography
from publicsafety.pipeline.geography import LayerError


def layer(path: Path, *features: tuple[str | None, object], crs: object = None) -> Path:
    made = [{"type": "Feature", "properties": {"NAME": name}, "geometry": shape} for name, shape in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made, **({"crs": crs} if crs else {})}))
    return path


def square(west: float, south: float, side: float = 0.01) -> dict[str, object]:
    return dict(shapely.geometry.mapping(shapely.box(west, south, west + side, south + side)))


def placed(layers: geography.Layers, points: list[tuple[float, float]]) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        con.execute(
            "create table raw_calls as select unnest($1)::double as latitude, unnest($2)::double as longitude",
            [[a for a, _ in points], [b for _, b in points]],
        )
        con.execute("create table raw_pickups as select * from raw_calls limit 0")
        geography.place(con, layers)
        return con.execute("select latitude, longitude, area, park, is_outside from dim_places order by all").fetchall()


def test_a_point_gets_the_area_whose_polygon_holds_it(tmp_path: Path) -> None:
    areas = layer(tmp_path / "areas.geojson", ("West", square(-71.11, 42.37)), ("East", square(-71.10, 42.37)))
    parks = layer(tmp_path / "parks.geojson", ("Green", square(-71.105, 42.375, 0.001)))
    rows = placed(geography.read_layers(areas, parks), [(42.3755, -71.1045), (42.375, -71.095), (42.5, -71.095)])
    assert rows == [
        (42.375, -71.095, "East", None, False),
        (42.3755, -71.1045, "West", "Green", False),
        (42.5, -71.095, None, None, True),
    ]


def test_a_layer_of_another_city_calls_no_point_outside(tmp_path: Path) -> None:
    areas = layer(tmp_path / "areas.geojson", ("West", square(-71.11, 42.37)))
    assert placed(geography.read_layers(areas, None), [(43.04, -87.9)]) == [(43.04, -87.9, None, None, False)]


@given(st.integers(0, 2**32 - 1))
def test_placing_by_grid_square_gives_the_answer_of_the_polygons(seed: int) -> None:
    draw = np.random.default_rng(seed)
    shapes = [
        shapely.Point(x, y).buffer(r) for x, y, r in draw.uniform([-71.15, 42.35, 0.001], [-71.1, 42.4, 0.02], (5, 3))
    ]
    polygons = geography.geopandas.GeoDataFrame({"area": list("abcde")}, geometry=shapes, crs=4326)
    latitude, longitude = draw.uniform(42.37, 42.374, 2000), draw.uniform(-71.13, -71.126, 2000)
    squares = geography._squares(latitude, longitude)
    assert len(squares.west) < 500
    assert (
        geography._polygon_of(latitude, longitude, squares, polygons)
        == geography._inside(latitude, longitude, polygons)
    ).all()
    cells = geography._hexagon_of(latitude, longitude, squares)
    assert cells.tolist() == [
        geography.h3.latlng_to_cell(a, b, geography.FINE) for a, b in zip(latitude, longitude, strict=True)
    ]


def test_a_polygon_that_crosses_itself_is_mended_and_said(tmp_path: Path) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    layers = geography.read_layers(layer(tmp_path / "a.geojson", ("Bow", bow_tie)), None)
    assert layers.areas.geometry.is_valid.all()
    assert layers.warnings == ("a.geojson feature 1: its polygon crosses itself and was mended.",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not readable GeoJSON"),
        ("[" * 100_000, "is not readable GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "has no polygons"),
        ('{"type": "Topology"}', "is not a GeoJSON FeatureCollection"),
    ],
)
def test_a_layer_that_is_no_layer_is_refused_by_name(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "broken.geojson").write_text(content)
    with pytest.raises(LayerError, match=rf"broken\.geojson.*{said}"):
        geography.read_layers(tmp_path / "broken.geojson", None)


def test_areas_without_names_or_that_overlap_or_in_feet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="feature 1: has no name. Its name is looked for in the property NAME"):
        geography.read_layers(layer(tmp_path / "a.geojson", (None, square(0, 0))), None)
    with pytest.raises(LayerError, match=r"b\.geojson: North and South overlap, by .* km². .*cut it out of the other"):
        geography.read_layers(layer(tmp_path / "b.geojson", ("North", square(0, 0)), ("South", square(0.005, 0))), None)
    with pytest.raises(LayerError, match="not longitude and latitude"):
        geography.read_layers(
            layer(tmp_path / "c.geojson", ("A", square(0, 0)), crs={"properties": {"name": "EPSG:2249"}}), None
        )
    with pytest.raises(LayerError, match="no longitude and latitude"):
        geography.read_layers(layer(tmp_path / "d.geojson", ("A", square(760_000, 2_950_000))), None)


def test_the_official_neighborhoods_load_with_their_parks() -> None:
    official = Path(__file__).resolve().parents[3] / "shared" / "data" / "boundaries"
    if not official.is_dir():
        pytest.skip("needs the official boundaries in ../shared/data/boundaries")
    layers = geography.read_layers(
        official / "BOUNDARY_CDDNeighborhoods.geojson", official / "RECREATION_OpenSpace.geojson"
    )
    assert len(layers.areas) == 13
    assert "Mid-Cambridge" in set(layers.areas["area"])
    assert len(layers.parks) > 200


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "oordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": {"0": 1}},
        {"type": "MultiPolygon", "coordinates": [[]]},
        ["Polygon"],
        "Polygon",
    ],
)
def test_a_polygon_without_coordinates_is_a_sentence_that_names_the_file(tmp_path, geometry):
    path = tmp_path / "areas.geojson"
    features = [{"type": "Feature", "properties": ["A"], "geometry": geometry}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(geography.LayerError, match="areas.geojson"):
        geography.read_layers(path, None)

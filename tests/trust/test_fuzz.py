"""Whatever lies in the folder of exports or among the settings: an answer in words, and every row accounted for.

`make soak` reads over 10,000 exports, 4,000 JSON files and 4,000 zips.
"""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publicsafety import access
from publicsafety.audience import Audience
from publicsafety.city import CityError, load_city
from publicsafety.pipeline import geography
from publicsafety.pipeline.schemas import load_schemas
from publicsafety.pipeline.sources import SourceError, load_sources
from tests.pipeline.loading import load
from tests.trust import corpus, exports, servers

pytestmark = pytest.mark.slow
SOURCES = servers.ROOT / "data" / "sources"
TIMES = 20 if "SOAK" in os.environ else 1
MANY = settings(
    max_examples=25 * TIMES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)
GOOD = exports.text(exports.call(number) for number in range(12)).encode()
SPICES = [
    b'"',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"=",
    b"\t",
    b"'",
    b"\\",
    b"9" * 30,
    b"24:00:00",
    b"12/31/9999",
    b"nan",
    b"\xe2\x80\xae",
    b"I00003",
    b"<b>",
]


@st.composite
def mutated(draw: st.DrawFn, good: bytes = GOOD) -> bytes:
    """A good export to which up to four things were done: bytes changed, cut, doubled, moved, or spiced."""
    data = bytearray(good)
    for _ in range(draw(st.integers(0, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 80))
        kind = draw(st.sampled_from(["cut", "double", "spice", "noise", "end"]))
        if kind == "cut":
            del data[at : at + length]
        elif kind == "double":
            data[at:at] = data[at : at + length]
        elif kind == "spice":
            data[at:at] = draw(st.sampled_from(SPICES))
        elif kind == "noise":
            data[at:at] = draw(st.binary(max_size=12))
        else:
            del data[at:]
    return bytes(data)


@MANY
@given(st.lists(mutated(), min_size=20, max_size=20))
def test_five_hundred_mutated_exports_keep_the_account_of_their_rows(files: list[bytes]) -> None:
    """`load` checks rows_read = loaded + duplicate + superseded + quarantined; every file is either in that account or refused."""
    with tempfile.TemporaryDirectory() as folder:
        loads = load(Path(folder), {f"cad_{n:02}.csv": content for n, content in enumerate(files)}, sources=SOURCES)
        named = [each.file for each in loads.result.files] + list(loads.refused)
        assert sorted(named) == [f"cad_{n:02}.csv" for n in range(len(files))]
        assert loads.rows("select count(*) = count(distinct (incident_number, unit)) from raw_calls") == [(True,)]


@MANY
@given(st.lists(mutated(json.dumps(corpus.rows()[:6]).encode()), min_size=8, max_size=8))
def test_mutated_json_is_loaded_or_refused_in_words(files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loads = load(Path(folder), {f"cad_{n}.json": content for n, content in enumerate(files)}, sources=SOURCES)
        assert all(sentence.startswith("cad_") for sentence in loads.refused.values())


@MANY
@given(st.lists(mutated(corpus.archive([("cad_1.csv", GOOD)])), min_size=8, max_size=8))
def test_a_mutated_zip_is_loaded_or_refused_in_words(files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loads = load(Path(folder), {f"pack_{n}.zip": content for n, content in enumerate(files)}, sources=SOURCES)
        assert all(sentence.startswith("pack_") for sentence in loads.refused.values())


MAPPING = (SOURCES / "sample_cad.toml").read_bytes()


@settings(MANY, max_examples=150 * TIMES)
@given(mutated(MAPPING))
def test_a_mutated_mapping_is_read_or_refused_with_its_name(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.toml").write_bytes(content)
        try:
            load_sources(Path(folder), load_schemas(servers.ROOT / "data" / "schemas"))
        except SourceError as error:
            named = str(error)
            assert "x.toml" in named


@settings(MANY, max_examples=100 * TIMES)
@given(mutated((servers.ROOT / "data" / "city.toml").read_bytes()))
def test_a_mutated_city_file_is_read_or_refused_with_its_name(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.toml"
        path.write_bytes(content)
        try:
            load_city(path)
        except CityError as error:
            named = str(error)
            assert "city.toml" in named


LISTS = b'max_age_hours = 8\n[council]\ndomains = ["council.example"]\n[leadership]\nemails = ["chief@city.example"]\ngroups = ["Leads"]\n'


@settings(MANY, max_examples=150 * TIMES)
@given(mutated(LISTS))
def test_a_mutated_access_file_never_lets_in_a_stranger(content: bytes) -> None:
    claims = {
        "is_logged_in": True,
        "iat": 1000.0,
        "email": "mallory@evil.example",
        "email_verified": True,
        "groups": ["Others"],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.toml"
        path.write_bytes(content)
        try:
            lists = access.load(path)
        except access.AccessError:
            return
        assert access.decide(claims, lists, Audience.LEADERSHIP, 1000.0).audience is None


AREAS = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"NAME": "A"}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]}}]}).encode()  # fmt: skip


@settings(MANY, max_examples=150 * TIMES)
@given(mutated(AREAS))
def test_a_mutated_area_layer_is_read_or_refused_with_its_name(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "areas.geojson"
        path.write_bytes(content)
        try:
            geography.read_layers(path, None)
        except geography.LayerError as error:
            named = str(error)
            assert "areas.geojson" in named

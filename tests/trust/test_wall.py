"""The wall around an audience's database: SQL that runs inside the process reaches nothing but that one file."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.filters import FilterError, Filters, from_params, to_params
from publicsafety.metrics import MetricError
from publicsafety.pipeline import publish

CANARY = "CANARY-7f3a-leadership-only"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse folder in which the public file lies beside the leadership file and other secrets."""
    folder = tmp_path_factory.mktemp("wall")
    (folder / "secret.csv").write_text(f"a\n{CANARY}\n")
    (folder / "secret.json").write_text(f'[{{"a": "{CANARY}"}}]')
    for audience in ("leadership", "public"):
        made = folder / f".new-{audience}.duckdb"
        with duckdb.connect(str(made)) as con:
            con.execute(
                "create table build_info as select 'as_of' as key, '2025-12-31' as value union all select 'city', '{}'"
            )
            con.execute(f"create table names as select '{CANARY if audience == 'leadership' else 'open'}' as a")
            con.execute(f"copy names to '{folder}/secret.parquet' (format parquet)")
        publish.publish(made, folder, audience, "b1", {"build_info": 2, "names": 1})
    return folder


@pytest.fixture(scope="module")
def listener() -> Iterator[list[str]]:
    """A server on loopback that notes who connects: nobody may."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        heard.append(str(server.getsockname()[1]))
        is_over = threading.Event()

        def listen() -> None:
            while not is_over.is_set():
                try:
                    connection, who = server.accept()
                except OSError:
                    continue
                heard.append(str(who))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield heard
        is_over.set()
        thread.join()


LEADERSHIP = "{folder}/leadership.b1.duckdb"
ATTACKS = [
    f"attach '{LEADERSHIP}' as other", f"attach '{LEADERSHIP}' as other (read_only)", f"select * from '{LEADERSHIP}'",
    f"select * from read_blob('{LEADERSHIP}')", f"select * from read_text('{LEADERSHIP}')", f"select * from duckdb_scan('{LEADERSHIP}', 'names')",
    "select * from read_csv('{folder}/secret.csv')", "select * from '{folder}/secret.csv'", "select * from read_csv_auto('{folder}/secret.csv')",
    "select * from read_json('{folder}/secret.json')", "select * from read_json_auto('{folder}/secret.json')", "select * from read_ndjson('{folder}/secret.json')",
    "select * from read_parquet('{folder}/secret.parquet')", "select * from parquet_metadata('{folder}/secret.parquet')", "select * from parquet_schema('{folder}/secret.parquet')",
    "select * from sniff_csv('{folder}/secret.csv')", "select * from glob('{folder}/*')", "select * from read_text('/etc/passwd')",
    "select * from read_csv('/proc/self/environ', header = false)", "select * from read_text('/proc/self/cmdline')",
    "select * from read_csv('http://127.0.0.1:{port}/x.csv')", "select * from read_parquet('http://127.0.0.1:{port}/x')", "attach 'http://127.0.0.1:{port}/x.duckdb' as other",
    "select * from read_parquet('s3://bucket/x')", "install httpfs", "load httpfs", "install httpfs from community", "load '{folder}/evil.duckdb_extension'",
    "copy (select 1) to '{folder}/out.csv'", "copy names to '{folder}/out.parquet' (format parquet)", "copy names from '{folder}/secret.csv'",
    "export database '{folder}/out'", "import database '{folder}/out'", "set enable_external_access = true", "set lock_configuration = false", "reset enable_external_access",
    "set allowed_directories = ['{folder}']", "set allowed_paths = ['{folder}/secret.csv']", "pragma enable_external_access", "set temp_directory = '{folder}/out'",
    "set memory_limit = '1TB'", "set custom_extension_repository = 'http://127.0.0.1:{port}'", "set secret_directory = '{folder}'", "set home_directory = '{folder}'",
    "create secret x (type s3, key_id 'a', secret 'b')", "create table evil as select 1", "insert into names values ('x')", "drop table names", "delete from names",
    "update names set a = 'x'", "create view v as select * from read_text('{folder}/secret.csv')", "pragma database_list; attach ':memory:' as m; copy names to '{folder}/out.csv'",
    "select * from secret_in_python", "select * from query('select * from read_text(''{folder}/secret.csv'')')", "select * from query_table('{folder}/secret.csv')",
    "set log_query_path = '{folder}/out.log'", "set profiling_output = '{folder}/out.json'; pragma enable_profiling = 'json'", "select getenv('HOME')", "force checkpoint", "use leadership",
    "call enable_logging(storage = 'file', storage_path = '{folder}/out')", "detach public",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_sql_in_the_process_reads_another_file_the_file_system_or_the_network(
    folder: Path, listener: list[str], attack: str
) -> None:
    secret_in_python = [CANARY]
    opened = warehouse.open(Audience.PUBLIC, folder)
    before = sorted(each.name for each in folder.rglob("*"))
    said = ""
    try:
        result = opened._connection.cursor().execute(attack.format(folder=folder, port=listener[0]))
        said = str(result.fetchall())
    except duckdb.Error as error:
        said = str(error)
    assert CANARY not in said.replace(attack, "")
    assert "root:" not in said
    assert sorted(each.name for each in folder.rglob("*")) == before, "nothing may be written"
    assert listener[1:] == [], "nobody may be called"
    assert opened._connection.cursor().execute("select a from names").fetchall() == [("open",)]
    assert secret_in_python


def test_an_attack_that_is_not_blocked_would_be_seen(folder: Path) -> None:
    """The same attack on a connection without the wall finds the secret: the tests above can fail."""
    with duckdb.connect() as con:
        assert CANARY in str(con.execute(f"select content from read_text('{folder}/secret.csv')").fetchall())


HOSTILE = st.sampled_from(
    [
        "'; drop table names; --",
        "' or 1=1 --",
        '"',
        "x' union select 1",
        "read_text('/etc/passwd')",
        "$1",
        "%",
        "\\",
        "\0",
        "a" * 100_000,
        "{}",
        "None",
    ]
) | st.text(max_size=60)


@given(value=HOSTILE, name=st.sampled_from(["area", "nature", "source", "priority"]) | st.text(max_size=20))
def test_a_filter_is_only_ever_a_value(sample_warehouse: Path, value: str, name: str) -> None:
    """Whatever a filter holds, the answer is an empty or a refused one, and the tables stand as they stood."""
    opened = warehouse.open(Audience.LEADERSHIP, sample_warehouse)
    with suppress(FilterError, MetricError, warehouse.WarehouseError):  # a sentence
        found = warehouse.run(opened, "calls_for_service", Filters(where=((name, (value,)),)))
        assert "root:" not in str(found.frame)
    assert len(warehouse.run(opened, "calls_for_service", Filters()).frame) == 1


@given(
    st.dictionaries(
        st.sampled_from(["start", "end", "grain", "by", "area", "nature", "where"]) | st.text(max_size=10),
        HOSTILE | st.lists(HOSTILE, max_size=4),
        max_size=6,
    )
)
def test_an_address_is_bounded_and_never_breaks_a_page(parameters: dict[str, object]) -> None:
    with suppress(FilterError):  # a sentence, which the page shows
        assert len(str(to_params(from_params(parameters)))) < 50_000


@given(st.text(max_size=40) | HOSTILE)
def test_a_table_is_only_ever_a_known_name(folder: Path, name: str) -> None:
    opened = warehouse.open(Audience.PUBLIC, folder)
    with pytest.raises(warehouse.WarehouseError):
        warehouse.table(opened, name)

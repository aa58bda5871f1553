"""Another engine that cannot run says what to do, publishes nothing, and is no matter of DuckDB's."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from publicsafety.__main__ import main
from publicsafety.pipeline import engine as engines
from publicsafety.pipeline.engine import EngineError, check_statements, opened
from publicsafety.pipeline.engines import spark
from publicsafety.pipeline.statements import QUERIES


def java_that_says(text: str, folder: Path) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{text}' >&2\n")
    java.chmod(0o755)
    return folder


def test_without_pyspark_a_build_says_how_to_install_it_and_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    status = main(["build", "--engine", "spark", "--exports", str(tmp_path), "--warehouse", str(tmp_path / "w")])
    said = capsys.readouterr().err
    assert status == 1
    assert "PySpark is not installed" in said
    assert "requirements-spark.txt" in said
    assert not list((tmp_path / "w").glob("leadership.*"))
    assert not (tmp_path / "w" / ".spill" / "publicsafety-engine").exists()


def test_without_java_the_sentence_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"there is no java\. .*openjdk-17-jre-headless"):
        spark.check_java()


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is version 11"),
        ('java version "1.8.0_292"', "is version 8"),
        ("no", "does not say"),
    ],
)
def test_a_java_that_is_too_old_or_none_is_refused(
    says: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(says, tmp_path)))
    with pytest.raises(EngineError, match=sentence):
        spark.check_java()


def test_a_java_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says('openjdk version "21.0.4" 2024-07-16', tmp_path)))
    spark.check_java()


def test_a_cluster_that_does_not_answer_is_named() -> None:
    with socket.socket() as held:  # bound and not listening: nobody else takes the port, and it refuses
        held.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(EngineError, match=f"{master} does not answer. Check PUBLICSAFETY_SPARK_MASTER"):
            spark.check_answers(master)


def test_a_cluster_of_several_masters_answers_when_one_does() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        spark.check_answers(f"spark://127.0.0.1:{held.getsockname()[1]},127.0.0.1:{listening.getsockname()[1]}")


@pytest.mark.parametrize("master", ["mesos://somewhere", "spark://", "spark://host", "nonsense"])
def test_a_master_that_is_no_address_is_refused(master: str) -> None:
    with pytest.raises(EngineError, match="does not answer"):
        spark.check_answers(master)


def test_a_metric_that_cannot_be_said_names_its_file(tmp_path: Path) -> None:
    shutil.copytree(QUERIES, tmp_path / "queries")
    metric = tmp_path / "queries" / "metrics" / "contacts.sql"
    metric.write_text(metric.read_text().replace("count(*)", "regexp_extract_all('a', max(area), 1, 'c')", 1))
    with pytest.raises(
        EngineError, match=r"contacts.sql: it cannot be said in the SQL of spark .*Nothing was published"
    ):
        check_statements("spark", tmp_path / "queries")


def test_a_disk_too_small_for_the_rows_is_refused_before_the_engine_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"x" * 1000)
    monkeypatch.setattr(engines.shutil, "disk_usage", lambda path: SimpleNamespace(free=2999))
    with pytest.raises(EngineError, match="Free space, or name a larger folder in PUBLICSAFETY_ENGINE_FOLDER"):
        engines._check_room(tmp_path)
    monkeypatch.setattr(engines.shutil, "disk_usage", lambda path: SimpleNamespace(free=3000))
    engines._check_room(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PUBLICSAFETY_ENGINE_FOLDER", str(tmp_path / "file"))
    with pytest.raises(EngineError, match="Name another folder"), opened("spark", tmp_path):
        pass


def test_an_engine_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match='no engine "sparc". There are: duckdb, spark'), opened("sparc", tmp_path):
        pass


def test_duckdb_knows_nothing_of_the_other_engines() -> None:
    code = (
        "import sys, publicsafety.pipeline.build, publicsafety.warehouse as w; "
        "print([m for m in sys.modules if m.split('.')[0] in ('pyspark', 'py4j', 'chdb') or m.endswith('engines.spark')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=True)
    assert done.stdout.strip() == "[]"

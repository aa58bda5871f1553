"""Apache Spark, on this machine or on a cluster. Needs Java and PySpark (requirements-spark.txt).

`PUBLICSAFETY_SPARK_MASTER` names the cluster (default: the cores of this machine); everything else is Spark's own
`spark-defaults.conf`.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from publicsafety.pipeline.engine import EngineError

OLDEST_JAVA = 17  # Spark 4
SECONDS_TO_ANSWER = 5.0
QUIET = """rootLogger.level = error
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_ERR
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %p %c{1}: %m%n
"""


@dataclass(frozen=True)
class Spark:
    """A Spark session of this build's own."""

    session: Any
    dialect: str = "spark"

    @classmethod
    def start(cls, spill: Path) -> Spark:
        """Open a session. Raises EngineError: no PySpark, no Java, an old Java, a cluster that does not answer."""
        master = os.environ.get("PUBLICSAFETY_SPARK_MASTER") or "local[*]"
        warnings.filterwarnings("ignore", module="pyspark", category=FutureWarning)  # on a pandas that is not used here
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise EngineError(
                "PySpark is not installed. Install it with `.venv/bin/python -m pip install --require-hashes "
                "-r requirements-spark.txt`, or build without --engine spark. Nothing was published."
            ) from None
        check_java()
        check_answers(master)
        spill.mkdir(parents=True, exist_ok=True)
        (spill / "log4j2.properties").write_text(QUIET)
        builder = SparkSession.builder.appName("Community Safety Dashboard").master(master)
        for key, value in _settings(master, spill).items():
            builder = builder.config(key, value)
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # its errors arrive as sentences
        with _sentences("the session could not be opened"):
            return cls(builder.getOrCreate())

    @property
    def version(self) -> str:
        return f"Spark {self.session.version}"

    def know(self, name: str, folder: Path) -> None:
        with _sentences(f"{name} could not be read"):
            self.session.read.parquet(folder.as_uri()).createOrReplaceTempView(name)

    def define(self, name: str, sql: str) -> None:
        with _sentences(f"{name} could not be defined"):
            self.session.sql(sql).createOrReplaceTempView(name)

    def write(self, sql: str, folder: Path) -> None:
        with _sentences(f"{folder.name} could not be made"):
            self.session.sql(sql).write.mode("overwrite").parquet(folder.as_uri())

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        with _sentences("a statement could not be answered"):
            table: pa.Table = self.session.sql(sql, args=dict(parameters)).toArrow()
            return table

    def close(self) -> None:
        self.session.stop()


def _settings(master: str, spill: Path) -> dict[str, str]:
    """What must hold for equal answers, and where scratch files go."""
    settings = {
        "spark.sql.session.timeZone": "UTC",  # time stamps without a zone keep their digits
        "spark.sql.ansi.enabled": "true",  # what cannot be cast is an error, not a null
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.caseSensitive": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(spill),
        "spark.sql.warehouse.dir": str(spill / "spark-warehouse"),
    }
    if master.startswith("local"):
        memory = os.environ.get("PUBLICSAFETY_BUILD_MEMORY", "3GB").strip().lower().removesuffix("b")
        settings |= {
            "spark.driver.memory": memory,
            "spark.driver.host": "127.0.0.1",  # no port that another machine can reach
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "8",
            "spark.driver.extraJavaOptions": f'-Dlog4j2.configurationFile="{(spill / "log4j2.properties").as_uri()}"',
        }
    return settings


def check_java() -> None:
    """Raise EngineError unless a Java that Spark can use answers."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    what = f"Install Java {OLDEST_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME, or build without --engine spark. Nothing was published."
    if not shutil.which(java):
        raise EngineError(f"Spark needs Java, and there is no {java}. {what}")
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        raise EngineError(f"Spark needs Java, and {java} does not answer. {what}") from None
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    if said.returncode or not found:
        raise EngineError(f"Spark needs Java, and {java} does not say its version. {what}")
    if int(found[1]) < OLDEST_JAVA:
        raise EngineError(f"Spark needs Java {OLDEST_JAVA} or newer, and {java} is version {found[1]}. {what}")


def check_answers(master: str) -> None:
    """Raise EngineError when no host of a standalone cluster takes a connection: Spark itself would wait for minutes."""
    if master.startswith(("local", "yarn", "k8s://")):
        return
    address = urlsplit(master)
    tried = address.netloc.split(",") if address.scheme == "spark" else []
    for each in tried:
        host, _, port = each.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()
            return
        except (OSError, ValueError):
            continue
    raise EngineError(
        f"The Spark cluster {master} does not answer. Check PUBLICSAFETY_SPARK_MASTER (such as spark://host:7077, yarn or "
        "k8s://https://host:6443), the network and that the cluster runs. Nothing was published."
    )


@contextmanager
def _sentences(what: str) -> Iterator[None]:
    """Turn Spark's errors into one sentence, with what to do about the usual ones."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        first = next((line for line in text.splitlines() if line.strip()), type(error).__name__).strip()
        advice = next((advice for sign, advice in ADVICE.items() if sign in text), "")
        raise EngineError(
            f"Spark: {what} ({first[:300]}). {advice}Nothing was published, and a build without --engine spark still works."
        ) from error


ADVICE = {
    "No space left on device": "The disk is full: free space, or name a larger folder in PUBLICSAFETY_ENGINE_FOLDER. ",
    "OutOfMemoryError": "Memory is short: raise PUBLICSAFETY_BUILD_MEMORY. ",
    "Java heap space": "Memory is short: raise PUBLICSAFETY_BUILD_MEMORY. ",
    "PATH_NOT_FOUND": "Name a folder that every worker sees in PUBLICSAFETY_ENGINE_FOLDER. ",
    "UNABLE_TO_INFER_SCHEMA": "Name a folder that every worker sees in PUBLICSAFETY_ENGINE_FOLDER. ",
}

#!/bin/sh
# Pins every requirement, and what it requires in turn, with hashes: for every platform and every Python from 3.11.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv) || { echo "Locking needs uv: pip install uv" >&2; exit 2; }
# The header of each file shows its command, so the command names no path of the machine it ran on.
pin() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade "$@"; }
pin pyproject.toml -o requirements.txt
# The first file constrains the second: tests run on the very versions that are served.
pin --constraint requirements.txt --extra test pyproject.toml -o requirements-test.txt
# What `make bench` measures is what is served; its peers are in no other file.
pin --constraint requirements.txt --extra bench pyproject.toml -o requirements-bench.txt
# Two packages on top of either of the first: what another engine for the build needs (docs/scale.md).
pin --constraint requirements.txt --group spark -o requirements-spark.txt

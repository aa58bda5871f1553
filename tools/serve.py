"""What `make run` does once everything is installed: build what there is to show, say what it is, serve it.

Own exports in `data/exports` (or in the folder that `make run DATA=` names) come first; without any, a synthetic sample is made. Like make itself it builds again only
when an input is newer than what was built (or the settings are others), so the second start builds nothing.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from publicsafety import warehouse
from publicsafety.audience import Audience
from publicsafety.city import DATA, place_of

ROOT = Path(__file__).resolve().parent.parent
EXPORTS, SAMPLE, WAREHOUSE = DATA / "exports", DATA / "sample", DATA / "warehouse"
SAMPLE_MADE = WAREHOUSE / "sample-made.txt"  # when: the sample's files bear the dates of their exports
AUDIENCES = ("public", "council", "leadership")
# What a warehouse is made of, besides the exports.
RECIPE = (
    *(ROOT / part for part in ("publicsafety/pipeline", "queries", "data/schemas")),
    *(DATA / part for part in ("city.toml", "reference", "sources")),
)
POLICY = DATA / "release-policy.toml"
NO_KEY = f"""{place_of(EXPORTS)} holds exports, and the people in them become keyed codes.
Set the key first, keep it, and use the same one every time:
  export PUBLICSAFETY_PERSON_KEY="$(python3 -c 'import secrets; print(secrets.token_hex(32))')\""""


def files(*roots: Path) -> Iterator[Path]:
    """Every file below `roots` (or the roots themselves), without what git or the interpreter keeps there."""
    for root in roots:
        for path in [root, *root.rglob("*")] if root.exists() else []:
            if path.is_file() and not path.name.startswith(".") and path.suffix != ".pyc":
                yield path


def is_newer(inputs: Iterator[Path], built: Path) -> bool:
    """Whether something must be built: nothing was yet, or an input has changed since."""
    return not built.exists() or any(path.stat().st_mtime > built.stat().st_mtime for path in inputs)


def publicsafety(*arguments: str | Path) -> int:
    """Run one verb of the command line; its own words go to the terminal. The exit status is its own."""
    return subprocess.run([sys.executable, "-m", "publicsafety", *map(str, arguments)], cwd=ROOT).returncode


def stop(sentence: str) -> NoReturn:
    """End with a sentence for the person at the terminal; 2 is wrong usage, as on the command line."""
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


def chosen_audience() -> str:
    """AUDIENCE=, else the deployment's setting, else leadership: whoever types `make run` holds the exports."""
    audience = os.environ.get("AUDIENCE") or os.environ.get("PUBLICSAFETY_AUDIENCE") or "leadership"
    if audience not in AUDIENCES:
        stop(f'AUDIENCE="{audience}" is none of {", ".join(AUDIENCES)}. Try: make run AUDIENCE=council')
    return audience


def chosen_port() -> str:
    """PORT=, tried before anything is built: a taken port should not be the end of a long first start."""
    port = os.environ.get("PORT") or "8501"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        stop(f'PORT="{port}" is not a port number (1 to 65535). Try: make run PORT=8600')
    try:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("localhost", int(port)))
    except OSError as error:
        stop(f"Port {port} cannot be used: {error.strerror}. Try another: make run PORT=8600")
    return port


def is_synthetic() -> bool | None:
    """Whether the warehouse holds the sample, asked of the database itself; none when nothing was built."""
    try:
        info = warehouse.table(warehouse.open(Audience.LEADERSHIP, WAREHOUSE), "build_info")
    except warehouse.WarehouseError:
        return None
    return dict(zip(info["key"], info["value"], strict=True)).get("synthetic") == "true"


def make_sample() -> None:
    """Write the synthetic exports, unless the generator has written them to the end for the city as it is."""
    inputs = files(ROOT / "publicsafety/pipeline/sample", DATA / "city.toml", DATA / "reference")
    if any(files(SAMPLE)) and not is_newer(inputs, SAMPLE_MADE):
        return
    print("Making a synthetic sample", file=sys.stderr)
    if status := publicsafety("sample", "--out", SAMPLE):
        raise SystemExit(status)
    SAMPLE_MADE.touch()


def options() -> list[str]:
    """The city's own layers and settings, as `build` takes them: AREAS=, PARKS=, CITY=."""
    named = {name: os.environ.get(name.upper()) for name in ("areas", "parks", "city")}
    return [text for name, path in named.items() if path for text in (f"--{name}", str(Path(path).expanduser()))]


def build(exports: Path) -> None:
    """Bring the leadership database up to date with `exports`; stop when there is nothing true to serve."""
    pointer, note = WAREHOUSE / "leadership.current", WAREHOUSE / "built-with.txt"
    own = options() if exports != SAMPLE else []
    is_other = is_synthetic() != (exports == SAMPLE) or (note.exists() and note.read_text() != "\n".join(own))
    inputs = [exports, *RECIPE, *map(Path, own[1::2]), *([SAMPLE_MADE] if exports == SAMPLE else [])]
    if not is_other and not is_newer(files(*inputs), pointer):
        return
    if exports != SAMPLE and not os.environ.get("PUBLICSAFETY_PERSON_KEY"):
        stop(NO_KEY)
    print(f"Building the warehouse from {os.path.relpath(exports, ROOT)}", file=sys.stderr)
    status = publicsafety("build", "--exports", exports, "--warehouse", WAREHOUSE, *own)
    if is_synthetic() != (exports == SAMPLE):
        # Never serve the sample in the place of exports that could not be built.
        raise SystemExit(status or 1)
    if status:
        print("Not every file was loaded, see above. Serving what is.", file=sys.stderr)
    else:
        note.write_text("\n".join(own))
        os.utime(pointer)  # the same inputs give the same build, and then the pointer has no reason to move


def release() -> None:
    """Bring the protected public and council databases up to date with the leadership database."""
    inputs = files(WAREHOUSE / "leadership.current", POLICY)
    if is_newer(inputs, WAREHOUSE / "public.current"):
        print("Releasing to public and council", file=sys.stderr)
        status = publicsafety("release", "--warehouse", WAREHOUSE, "--open", DATA / "open")
        if status:
            raise SystemExit(status)


def main() -> None:
    """Build, say in one line what is served, and become the server (so that Ctrl-C and signals reach it)."""
    audience, port = chosen_audience(), chosen_port()
    WAREHOUSE.mkdir(parents=True, exist_ok=True)
    if any(files(EXPORTS)):
        build(EXPORTS)
    elif is_synthetic() is not False:  # a warehouse of own exports, built on the command line, is served as it is
        make_sample()
        build(SAMPLE)
    if audience != "leadership":
        release()
    what = "the synthetic sample" if is_synthetic() else "your data"
    print(f"Serving {what} to {audience} at http://localhost:{port} (Ctrl-C stops it)", flush=True)
    os.environ |= {"PUBLICSAFETY_AUDIENCE": audience, "PUBLICSAFETY_WAREHOUSE": str(WAREHOUSE)}
    os.chdir(ROOT)
    # This machine alone: an address that others reach is a deployment, with its own settings.
    command = ["-m", "streamlit", "run", "dashboard.py", "--server.port", port, "--server.address", "localhost"]
    command += ["--logger.hideWelcomeMessage", "true"]  # the line above says it
    os.execv(sys.executable, [sys.executable, *command])


if __name__ == "__main__":
    main()

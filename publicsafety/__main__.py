"""The command line: python -m publicsafety sample | inspect | build | release | audit | packet | metric | brief.

Exit status: 0 done; 1 the answer is no (a file refused, an audit that found something); 2 wrong usage.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from publicsafety.city import CITY_FILE, DATA, place_of

DONE, NO, USAGE = 0, 1, 2
WAREHOUSE, OPEN, EXPORTS = DATA / "warehouse", DATA / "open", DATA / "exports"


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return its exit status. Bad input is a sentence on standard error, never a traceback."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (ValueError, RuntimeError, LookupError) as error:
        if type(error).__module__.startswith("publicsafety"):  # every error of ours is a sentence
            print(error, file=sys.stderr)
            return int(getattr(error, "status", NO))
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("Stopped; what was served before is still served.", file=sys.stderr)
        return NO


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m publicsafety", description="Community Safety Dashboard: exports in, figures out."
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    def verb(name: str, does: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=does, description=does)
        made.add_argument("--json", action="store_true", help="print one JSON document on standard output")
        made.set_defaults(run=run)
        return made

    made = verb("sample", "Write synthetic exports, the same bytes for the same seed.", _sample)
    made.add_argument("--out", type=Path, required=True, metavar="DIR")
    made.add_argument("--calls", type=int, metavar="N", help="incidents in the CAD export, from 200 to 50,000,000")
    made.add_argument("--start", type=_day, metavar="DATE")
    made.add_argument("--end", type=_day, metavar="DATE", help="last day (default: the end of last month)")
    made.add_argument("--seed", type=int, default=1, metavar="S")
    made.add_argument(
        "--areas",
        type=_file,
        metavar="GEOJSON",
        help="the areas in which calls happen (default: the shipped schematic)",
    )

    made = verb("inspect", "Recognise a source, or propose a mapping for an unknown one.", _inspect)
    made.add_argument("file", type=_file, metavar="FILE")
    made.add_argument("--table", metavar="T", help="the canonical table it should become")
    made.add_argument("--save", metavar="NAME", help=f"save the mapping as {_named(DATA / 'sources')}/NAME.toml")

    made = verb("build", "Build the leadership database from exports, and say what was read.", _build)
    made.add_argument(
        "--exports",
        type=_path,
        action="append",
        metavar="PATH",
        help=f"a file or folder; may be repeated (default: {_named(EXPORTS)})",
    )
    made.add_argument(
        "--areas", type=_file, metavar="GEOJSON", help="the city's areas (default: the shipped schematic)"
    )
    made.add_argument("--parks", type=_file, metavar="GEOJSON", help="the city's parks and schoolyards")
    made.add_argument("--city", type=_file, metavar="FILE", help=f"the city's settings (default: {_named(CITY_FILE)})")
    made.add_argument(
        "--accept-shrunken",
        action="store_true",
        help="take an export although a closed month lost many rows since an earlier export",
    )
    made.add_argument(
        "--engine",
        default="duckdb",
        choices=["duckdb", "spark"],
        help="who makes the marts (default: duckdb); docs/scale.md says when to take another",
    )
    _warehouse(made)

    made = verb("release", "Make the protected public and council databases and the open-data folder.", _release)
    made.add_argument("--open", type=Path, default=OPEN, metavar="DIR")
    made.add_argument("--policy", type=_file, default=DATA / "release-policy.toml", metavar="FILE")
    made.add_argument(
        "--no-site", action="store_true", help=argparse.SUPPRESS
    )  # for tests of what comes before the pages
    _warehouse(made)

    made = verb("audit", "Attack the release: exit 1 if anything withheld can be derived.", _audit)
    made.add_argument("--open", type=_path, default=OPEN, metavar="DIR")
    _warehouse(made)

    made = verb("packet", "Write the open-data review packet of the release, for the board that signs it off.", _packet)
    made.add_argument("--open", type=_path, default=OPEN, metavar="DIR")
    made.add_argument("--out", type=Path, required=True, metavar="FILE", help="a name that ends in .pdf")

    made = verb("metric", "Print the observations of one metric, as the pages see them.", _metric)
    made.add_argument("name", metavar="NAME")
    made.add_argument("--by", action="append", default=[], metavar="DIM", help="a dimension; may be repeated")
    made.add_argument(
        "--where", action="append", default=[], type=_pair, metavar="DIM=VALUE", help="a filter; may be repeated"
    )
    made.add_argument("--start", type=_day, metavar="D")
    made.add_argument("--end", type=_day, metavar="D", help="last day, included")
    made.add_argument("--grain", default="all", choices=["day", "week", "month", "quarter", "year", "all"])
    made.add_argument("--audience", default="leadership", choices=["public", "council", "leadership"])
    _warehouse(made)

    made = verb("brief", "Write the council briefing of one released period; the format follows the suffix.", _brief)
    made.add_argument("--start", type=_day, required=True, metavar="D")
    made.add_argument("--end", type=_day, required=True, metavar="D", help="last day, included")
    made.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="a name that ends in .pptx, .pdf, .md, .txt or .xlsx"
    )
    made.add_argument(
        "--build",
        default="",
        metavar="ID",
        help="an earlier build of the council database, to make a past briefing again",
    )
    _warehouse(made)
    return parser


def _named(path: Path) -> str:
    """A place for a help text, which takes a percent sign for a placeholder."""
    return place_of(path).replace("%", "%%")


def _warehouse(parser: argparse.ArgumentParser) -> None:
    default = Path(os.environ.get("PUBLICSAFETY_WAREHOUSE") or WAREHOUSE)
    parser.add_argument("--warehouse", type=Path, default=default, metavar="DIR")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a date (expected YYYY-MM-DD)') from None


def _path(text: str) -> Path:
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"there is no {text}")
    return Path(text)


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f'"{text}" is not DIMENSION=VALUE')
    return name, value


def _progress() -> Callable[[str], None]:
    """Say what is going on, on standard error, once it has taken two seconds."""
    started = time.monotonic()

    def say(text: str) -> None:
        if time.monotonic() - started > 2:
            print(f"{text} …", file=sys.stderr, flush=True)

    return say


def _print(arguments: argparse.Namespace, document: dict[str, Any], sentences: list[str]) -> None:
    print(json.dumps(document, default=str, ensure_ascii=False) if arguments.json else "\n".join(sentences))


def _sample(arguments: argparse.Namespace) -> int:
    from publicsafety.pipeline.sample import write

    try:
        paths = write(
            arguments.out,
            calls=arguments.calls,
            start=arguments.start,
            end=arguments.end,
            seed=arguments.seed,
            areas=arguments.areas,
            progress=_progress(),
        )
    except ValueError as error:
        print(f"sample: {error}", file=sys.stderr)
        return USAGE
    _print(
        arguments,
        {"files": [str(each) for each in paths]},
        [f"Wrote {len(paths)} synthetic exports to {arguments.out}: {', '.join(each.name for each in paths)}."],
    )
    return DONE


def _inspect(arguments: argparse.Namespace) -> int:
    from publicsafety.pipeline.inspection import inspect
    from publicsafety.pipeline.proposal import report, save

    proposal = inspect(arguments.file, arguments.table)
    document, sentences = report(proposal)
    if arguments.save:
        paths = save(proposal, arguments.save)
        document["saved"] = str(paths[0])
        document["saved_all"] = [str(path) for path in paths]
        them = "it" if len(paths) == 1 else "each"
        sentences.append(f"Saved as {' and '.join(map(str, paths))}. Read {them}, correct {them}, then build.")
    _print(arguments, document, sentences)
    return DONE


def _build(arguments: argparse.Namespace) -> int:
    from publicsafety.pipeline.build import build
    from publicsafety.pipeline.ingest import person_key_of, weakness_of

    exports = arguments.exports or ([EXPORTS] if EXPORTS.is_dir() else [])
    if not exports:
        print(
            f"build: there are no exports. Put them in {place_of(EXPORTS)} or name them with --exports.",
            file=sys.stderr,
        )
        return USAGE
    key = person_key_of(os.environ.get("PUBLICSAFETY_PERSON_KEY"))
    if weakness := weakness_of(key):
        print(weakness, file=sys.stderr)
    result = build(
        exports,
        arguments.warehouse,
        city_file=arguments.city,
        areas=arguments.areas,
        parks=arguments.parks,
        person_key=key,
        progress=_progress(),
        accept_shrunken=arguments.accept_shrunken,
        engine=arguments.engine,
    )
    _print(arguments, result.as_json(), result.sentences())
    return NO if result.refused or not result.build_id else DONE


def _release(arguments: argparse.Namespace) -> int:
    from publicsafety import language
    from publicsafety.pipeline.audit import audit
    from publicsafety.pipeline.release import release

    language.check()
    for sentence in language.untranslated():
        print(sentence, file=sys.stderr, flush=True)
    result = release(
        arguments.warehouse,
        arguments.open,
        arguments.policy,
        audit=audit,
        progress=_progress(),
        site=not arguments.no_site,
    )
    _print(arguments, result.as_json(), result.sentences())
    return DONE


def _audit(arguments: argparse.Namespace) -> int:
    from publicsafety.pipeline.audit import audit

    report = audit(arguments.open, arguments.warehouse, progress=_progress())
    _print(arguments, report.as_json(), report.sentences())
    return DONE if report.passed else NO


def _packet(arguments: argparse.Namespace) -> int:
    from publicsafety.documents import packet
    from publicsafety.pipeline.audit import audit

    if arguments.out.suffix.lower() != packet.SUFFIX:
        print(f'packet: "{arguments.out.name}" must end in {packet.SUFFIX}.', file=sys.stderr)
        return USAGE
    if not arguments.out.resolve().parent.is_dir():
        print(f"packet: there is no folder {arguments.out.resolve().parent}.", file=sys.stderr)
        return USAGE
    packet.read(arguments.open)  # nothing to attack, said at once
    report = audit(arguments.open, progress=_progress())
    if not report.passed:
        print(
            "The attack on this release found something; there is no packet to sign. Run `audit` to see it.",
            file=sys.stderr,
        )
        return NO
    lines = report.sentences()  # the packet lists the tables itself
    end = next((place for place, line in enumerate(lines) if line.startswith("Tables of the latest")), len(lines))
    said = tuple(line for line in lines[:end] if not line.startswith("Folder "))
    arguments.out.write_bytes(packet.write(arguments.open, packet.Attack(True, said), date.today()))
    _print(
        arguments,
        {"file": str(arguments.out), "passed": True},
        [f"Wrote {arguments.out}. It holds published figures only."],
    )
    return DONE


def _metric(arguments: argparse.Namespace) -> int:
    from publicsafety import warehouse
    from publicsafety.audience import Audience
    from publicsafety.filters import Filters

    where: dict[str, list[str]] = {}
    for name, value in arguments.where:
        where.setdefault(name, []).append(value)
    filters = Filters(
        start=arguments.start,
        end=arguments.end,
        grain=arguments.grain,
        by=tuple(arguments.by),
        where=tuple((name, tuple(values)) for name, values in where.items()),
    )
    observations = warehouse.run(
        warehouse.open(Audience(arguments.audience), arguments.warehouse), arguments.name, filters
    )
    document = observations.as_json()
    _print(
        arguments,
        document,
        [
            f"{document['title']} ({document['unit']}), build {document['build_id']}",
            observations.frame.to_string(index=False),
        ],
    )
    return DONE


def _brief(arguments: argparse.Namespace) -> int:
    from publicsafety.briefing import brief, open_database
    from publicsafety.documents.formats import FORMATS

    form = FORMATS.get(arguments.out.suffix.lower())
    if form is None:
        print(
            f'brief: "{arguments.out.name}" has no suffix of a briefing. Take one of: {", ".join(FORMATS)}.',
            file=sys.stderr,
        )
        return USAGE
    if not arguments.out.resolve().parent.is_dir():
        print(f"brief: there is no folder {arguments.out.resolve().parent}.", file=sys.stderr)
        return USAGE
    say = _progress()
    made = brief(open_database(arguments.warehouse, arguments.build), arguments.start, arguments.end)
    say(f"Writing {arguments.out}")
    content = form.write(made)
    try:
        arguments.out.write_bytes(content)
    except OSError as error:
        print(f"brief: {arguments.out} cannot be written ({error.strerror}).", file=sys.stderr)
        return USAGE
    document = {"file": str(arguments.out), "title": made.title, "build_id": made.build_id, "summary": made.summary}
    _print(arguments, document, [f"Wrote {arguments.out}: {made.title}, build {made.build_id}.", *made.summary])
    return DONE


if __name__ == "__main__":
    sys.exit(main())

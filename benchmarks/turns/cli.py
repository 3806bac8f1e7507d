"""``python -m benchmarks turns``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from benchmarks.turns.load import TurnLost
from benchmarks.turns.page import write
from benchmarks.turns.peers import PeersMissing
from benchmarks.turns.processes import NotStarted
from benchmarks.turns.run import PARTS, QUICK, Size, measure
from benchmarks.turns.table import tables


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may be asked for."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--quick", action="store_true", help="less than a minute, without other SDKs: only shows that it runs"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write docs/speed.md and docs/speed.svg (about ten minutes)",
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="measure only these")


def run(options: argparse.Namespace) -> int:
    """Measure and print; returns the exit code."""
    try:
        figures = asyncio.run(measure(QUICK if options.quick else Size(), tuple(options.parts)))
    except (NotStarted, PeersMissing, TurnLost) as error:
        print(f"{type(error).__name__}: {error or type(error).__doc__}", file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=2) if options.json else tables(figures))
    if options.write:
        write(figures)
    return 0

"""``python -m benchmarks NAME …``"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.answers.table import Wish, report
from benchmarks.console import cli as console
from benchmarks.turns import cli as turns


def main() -> int:
    """Run the benchmark that is named; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    names = parser.add_subparsers(dest="name", required=True)
    answers = names.add_parser("answers", help="the answer engine beside others, on public sets and our own questions")
    answers.add_argument("--data", type=Path, help="folder with clinc150/ and banking77/ (or ANSWERS_DATA)")
    answers.add_argument("--json", action="store_true", help="all figures as JSON")
    answers.add_argument(
        "--quick", action="store_true", help="every twentieth question, ours and what needs no install"
    )
    answers.add_argument("--write", action="store_true", help="put the tables into docs/answers.md")
    turns.add_options(names.add_parser("turns", help="what a turn costs, beside other SDKs and a bare handler"))
    console.add_options(names.add_parser("console", help="the console's pages over full databases"))
    options = parser.parse_args()
    if options.name == "turns":
        return turns.run(options)
    if options.name == "console":
        return console.run(options)
    report(Wish(options.data, options.json, options.quick, options.write))
    return 0


if __name__ == "__main__":
    sys.exit(main())

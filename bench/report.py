"""What the measurements have in common: options, percentiles, the machine, the output."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import signal
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Figures = dict[str, float]


def parser(module: str, summary: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every measurement has."""
    made = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=summary,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--runs", type=positive, default=1, help="take the medians of so many")
    made.add_argument("--deadline", type=positive_float, default=120.0, help="seconds for a step")
    made.add_argument("--json", action="store_true", help="print one JSON line")
    return made


def positive(text: str) -> int:
    """Return a whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def positive_float(text: str) -> float:
    """Return a finite number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the ``ordered`` ones do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def medians(runs: Sequence[Figures]) -> Figures:
    """Return the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine() -> dict[str, str | int]:
    """Return what a figure means nothing without."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def run(
    options: argparse.Namespace,
    measure: Callable[[argparse.Namespace], Figures],
    units: dict[str, str],
) -> int:
    """Measure as often as asked, print the medians, and return the exit status.

    Args:
        options: from :func:`parser`.
        measure: makes one run.
        units: the figures to print, in order, each with a format such as ``{:,.0f} lines``.
    """
    runs: list[Figures] = []
    # Whoever ends the benchmark ends what it started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        for count in range(1, options.runs + 1):
            runs.append(measure(options))
            if options.runs > 1 and not options.json:
                print(f"run {count}: {_line(runs[-1], units)}", flush=True)
    except BenchError as error:
        sys.stderr.write(f"no figures: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("no figures: interrupted\n")
        return 1
    middle = medians(runs)
    if options.json:
        asked = {key: value for key, value in vars(options).items() if key != "json"}
        print(json.dumps({"options": asked, "machine": machine(), "medians": middle, "runs": runs}))
        return 0
    told = machine()
    print(f"{told['cores']} cores, {told['processor']}, {told['system']}, Python {told['python']}")
    if options.runs > 1:
        print(f"medians of {options.runs} runs")
    width = max(map(len, units))
    for name, unit in units.items():
        print(f"  {name.replace('_', ' '):<{width}}  {unit.format(middle[name])}")
    return 0


def _line(figures: Figures, units: dict[str, str]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {unit.format(figures[name])}" for name, unit in units.items()
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

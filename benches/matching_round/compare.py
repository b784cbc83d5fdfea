#!/usr/bin/env python3
"""The matching_round solver beside other solvers, on the same instances in one run: all of them on one instance, then again.

    python3 benches/matching_round/compare.py [--rounds 3] [--only typical-1000,ties-5000] [--solver "cargo bench -q ..."]

Makes a virtual environment of its own with the other solvers in it. Prints a table: seconds are the best of the rounds,
ratios are against our solver. A solver that takes longer than the limit is not asked again for that instance.
"""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import venv

PACKAGES = ["numpy==2.4.6", "scipy==1.17.1", "ortools==9.15.6755", "mentor-match==7.0.1"]
ALL = ["ours", "flow256", "flow", "greedy", "scipy"]
# Of each instance: family, mentees, mentors, and whom we compare with.
INSTANCES = [
    ("typical", 1_000, 500, [*ALL, "mentor-match"]),
    ("typical", 5_000, 2_500, [*ALL, "mentor-match"]),
    ("typical", 10_000, 5_000, ALL),
    ("common", 5_000, 2_500, ["ours", "flow"]),
    ("scarce", 5_000, 2_500, ["ours", "flow"]),
    ("ties", 5_000, 2_500, ["ours", "flow"]),
    ("product", 5_000, 2_500, ["ours", "flow"]),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="instances by family and number of mentees, with commas")
    parser.add_argument("--limit", type=int, default=300, help="seconds that one solver may take")
    parser.add_argument("--solver", default="cargo bench -q --bench matching_round --", help="how to call our solver")
    parser.add_argument("--environment", default="target/matching_round-venv", help="where the others are installed")
    given = parser.parse_args()
    python = installed(pathlib.Path(given.environment))
    print("| instance | solver | value | matched | seconds | peak MiB | time | value of ours | memory |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for family, mentees, mentors, solvers in INSTANCES:
            name = f"{family}-{mentees}"
            if given.only is None or name in given.only.split(","):
                path = f"{folder}/{name}"
                subprocess.run([*shlex.split(given.solver), "make", family, str(mentees), str(mentors), path], check=True)
                report(name, compared(path, solvers, python, given))
                os.remove(path)


def installed(environment):
    """The Python that has the other solvers."""
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return str(python)


def compared(path, solvers, python, given):
    """The answers of each solver; none from one that took too long."""
    answers = {solver: [] for solver in solvers}
    for _ in range(given.rounds):
        for solver in solvers:
            ask = [*shlex.split(given.solver), "solve", path] if solver == "ours" else [python, __file__, solver, path]
            if answers[solver] is not None:
                try:
                    told = subprocess.run(ask, check=True, capture_output=True, timeout=given.limit).stdout
                    answers[solver].append(json.loads(told))
                except subprocess.TimeoutExpired:
                    answers[solver] = None
    return answers


def report(name, answers):
    """Lines of the table."""
    best = {solver: min(told, key=lambda one: one["seconds"]) for solver, told in answers.items() if told}
    ours = best["ours"]
    for solver in answers:
        one = best.get(solver)
        if one is None:
            print(f"| {name} | {solver} | — | — | over the limit | — | — | — | — |", flush=True)
            continue
        gap = f" (gap {one['gap']})" if one.get("gap") else ""
        ratios = f"{one['seconds'] / ours['seconds']:.1f}× | {ours['value'] / one['value']:.4f}× | {one['peak_mib'] / ours['peak_mib']:.1f}×"
        print(f"| {name} | {solver} | {one['value']}{gap} | {one['matched']} | {one['seconds']:.3f} | {one['peak_mib']} | {ratios} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3 and not sys.argv[1].startswith("-"):
        import solvers

        print(json.dumps(solvers.solve(sys.argv[1], sys.argv[2])))
    else:
        main()

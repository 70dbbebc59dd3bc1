"""bench-thresholds.py DIRECTORY THRESHOLDS: what the microbenchmarks measured, against what is checked in."""

import glob
import json
import os
import re
import sys

TOLERANCE = 1.05
# A benchmark allocates a few times for all its messages together: below this no ratio means anything.
ALLOCATIONS_SLACK = 0.05


def instructions(directory, messages):
    """Instructions for one message, by benchmark: each has a dump that carries its name."""
    found = {}
    for path in glob.glob(os.path.join(directory, "dump*")):
        text = open(path, errors="replace").read()
        name = re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.MULTILINE)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if name and total and name.group(1) in messages:
            found[name.group(1)] = round(int(total.group(1)) / messages[name.group(1)])
    return found


def main():
    directory, path = sys.argv[1:]
    counts = [json.loads(line) for line in open(os.path.join(directory, "counts.jsonl"))]
    counted = instructions(directory, {count["name"]: count["messages"] for count in counts})
    if len(counted) != len(counts):
        sys.exit("bench-thresholds: no instructions were counted: install valgrind, then swift package clean")
    measured = {
        count["name"]: {"allocations": count["allocations"], "instructions": counted[count["name"]]}
        for count in counts
    }
    if os.environ.get("UPDATE") == "1":
        with open(path, "w") as file:
            json.dump(measured, file, indent=2)
            file.write("\n")
    thresholds = json.load(open(path))
    worse = sorted(set(thresholds) ^ set(measured))
    if worse:
        sys.exit(f"bench-thresholds: measured or in thresholds.json, but not both: {', '.join(worse)}")
    for name, limits in thresholds.items():
        for kind, slack in (("allocations", ALLOCATIONS_SLACK), ("instructions", 0)):
            value, limit = measured[name][kind], limits[kind]
            verdict = "ok"
            if value > limit * TOLERANCE + slack:
                verdict = "WORSE"
                worse.append(f"{name} needs {value:,} {kind} for a message, {limit:,} were checked in")
            elif value * TOLERANCE + slack < limit:
                verdict = "better: UPDATE=1 make bench-thresholds keeps it"
            print(f"{name:16} {kind:13} {value:10,} of {limit:10,}  {verdict}")
    if worse:
        sys.exit("bench-thresholds: " + "; ".join(worse))


if __name__ == "__main__":
    main()

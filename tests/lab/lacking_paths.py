# SPDX-License-Identifier: Apache-2.0
"""Names the paths that a host lacks, from what `nobounce doctor --json` wrote there; says why on
standard error."""
import json
import sys

report = json.load(open(sys.argv[1]))
lacking = set()
for paths in report["paths"]:
    for direction in ("receive", "send"):
        for verdict in paths[direction]:
            if verdict["works"] == "no":
                lacking.add(verdict["path"])
                print(f"{paths['interface']}: no {verdict['path']} to {direction}: {verdict['reason']}",
                      file=sys.stderr)
print(" ".join(sorted(lacking)))

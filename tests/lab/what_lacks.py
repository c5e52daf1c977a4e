# SPDX-License-Identifier: Apache-2.0
"""Names what a host lacks that lab tests need: paths, and features of its driver. Reads what was
asked there: doctor.json (`nobounce doctor --json`), features.json (`ethtool --json -k`) and timestamps
(`ethtool -T`) in the folder that is named. Says why on standard error."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
lacking = set()


def lack(what, why):
    lacking.add(what)
    print(f"no {what}: {why}", file=sys.stderr)


for paths in json.loads((folder / "doctor.json").read_text())["paths"]:
    for direction in ("receive", "send"):
        for verdict in paths[direction]:
            if verdict["works"] == "no":
                lack(verdict["path"], f"{paths['interface']} to {direction}: {verdict['reason']}")
features = json.loads((folder / "features.json").read_text())[0]
for name in ("tx-udp-segmentation", "rx-gro-hw"):
    if features[name]["fixed"] and not features[name]["active"]:
        lack(name, "ethtool -k says off [fixed]")
if "hardware-receive" not in (folder / "timestamps").read_text():
    lack("timestamps", "ethtool -T names no hardware-receive")
print(" ".join(sorted(lacking)))

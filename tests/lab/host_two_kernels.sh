#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same matrix on the newest kernel and on Debian 13's own, and the two compared: what both can is
# judged, what one of them lacks is said with the probe that failed. host_two_kernels.sh NOBOUNCE
set -euo pipefail

nobounce=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_RUNTIME_DIR=$scratch/run
mkdir "$XDG_RUNTIME_DIR"

cat >"$scratch/matrix.toml" <<'TOML'
name = "two kernels"
runs = 3
warm-ups = 0
drop-ends = 0
bytes = "8M"
versus = ["iperf3"]

[axes]
paths = [{ tx = "copy", rx = "copy" }, { tx = "devmem", rx = "devmem" }]
message-size = ["4M"]
pool-size = ["16M"]
gro = ["sw"]
TOML
for kernel in newest 6.12; do
  "$nobounce" bench "$scratch/matrix.toml" --out "$scratch/$kernel" --seed 5 --kernel $kernel \
    >"$scratch/$kernel.txt" 2>&1 || { cat "$scratch/$kernel.txt"; exit 1; }
done
"$nobounce" report --compare "$scratch/newest" "$scratch/6.12" --html "$scratch/both.html" \
  >"$scratch/compared.txt"
python3 - "$scratch" <<'PYTHON'
import json, pathlib, sys

scratch = pathlib.Path(sys.argv[1])
new, old = (json.loads((scratch / name / "bench.json").read_text()) for name in ("newest", "6.12"))
text = (scratch / "compared.txt").read_text()
print(text)
assert old["machine"]["kernel"].startswith("6.12"), old["machine"]["kernel"]
assert new["machine"]["kernel"] != old["machine"]["kernel"]
status = [[cell["status"] for cell in bench["cells"]] for bench in (new, old)]
assert status == [["measured"] * 3, ["measured", "impossible", "measured"]], status
# By the probe, not by the version.
assert "bind-rx" in old["cells"][1]["reason"] or "netdev" in old["cells"][1]["reason"], \
    old["cells"][1]["reason"]
for words in (new["machine"]["kernel"], old["machine"]["kernel"], "copy → copy", "iperf3",
              "devmem → devmem"):
    assert words in text, words
html = (scratch / "both.html").read_text()
assert new["machine"]["kernel"] in html and old["machine"]["kernel"] in html
PYTHON

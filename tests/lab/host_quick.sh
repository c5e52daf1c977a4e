#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The first look that people take, from end to end: `nobounce bench --quick`, its cells, its answer and
# every file that it leaves. host_quick.sh NOBOUNCE
set -euo pipefail

nobounce=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_RUNTIME_DIR=$scratch/run
mkdir "$XDG_RUNTIME_DIR"

fail() {
  echo "$*" >&2
  exit 1
}

out=$scratch/quick
"$nobounce" bench --quick --out "$out" --seed 11 >"$scratch/said.txt" 2>"$scratch/log" ||
  fail "$(cat "$scratch/log")"
grep -q 'seed 11' "$scratch/log" || fail "the seed is not printed: $(cat "$scratch/log")"
grep -q "report: $out/report.html" "$scratch/said.txt" || fail "no path of the report"
python3 "$here/../schema/validate.py" "$here/../../docs/bench.schema.json" "$out/bench.json"
"$here/../browser/report.py" "$out/report.html" "$out/bench.json" || fail "the report in a browser"

python3 - "$out" <<'PYTHON'
import csv, json, sys
model = json.load(open(sys.argv[1] + "/bench.json"))
cells = model["cells"]
assert [c["status"] for c in cells] == ["measured"] * 8, [(c["way"], c["reason"]) for c in cells]
assert {(c["way"], c["axes"]["gro"]) for c in cells} == {
    (way, gro) for way in ("copy → copy", "devmem → devmem", "send_zc → zcrx", "iperf3")
    for gro in ("sw", "hw")}
for cell in cells:
    counted = [r for r in cell["runs"] if not r["warm_up"]]
    assert sorted(r["round"] for r in counted) == [1, 2, 3, 4, 5]
    assert 0 < cell["throughput_gbit_per_s"]["least"] <= cell["throughput_gbit_per_s"]["mean"]
    receives = {"copy": "recvmsg", "devmem": "recvmsg", "zcrx": "io_uring_enter"}
    call = receives.get(cell["axes"].get("rx_path"), "read")
    assert cell["traced_syscalls"]["receiver"][call]["calls"] > 10, (cell["way"], call)
# What came by devmem lay in device memory, and tokens went back; what came by zcrx in its area.
for cell in cells:
    if cell["axes"].get("rx_path") in ("devmem", "zcrx"):
        assert cell["landing"]["linear_bytes"] == 0, cell["landing"]
# A setting's ways are judged against plain sockets, in pairs of the same round.
against = model["verdicts"]["against_baseline"]
assert len(against) == 6 and all(v["throughput"]["pairs"] == 5 for v in against), against
assert len(model["answer"]) == 3 and "Gbit/s" in model["answer"][0], model["answer"]
assert model["kernel_warnings"] == []
rows = list(csv.DictReader(open(sys.argv[1] + "/runs.csv")))
assert len(rows) == 8 * 6, len(rows)
PYTHON

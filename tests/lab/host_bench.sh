#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A bench from end to end: a small matrix is killed in the midst of it, goes on where it was, and what
# it reports holds to the schema. host_bench.sh NOBOUNCE
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

cat >"$scratch/matrix.toml" <<'TOML'
name = "small"
runs = 3
warm-ups = 1
bytes = "8M"

[axes]
paths = [{ tx = "copy", rx = "copy" }, { tx = "devmem", rx = "devmem" }]
gso-max-size = ["64K", "192K"]
message-size = ["4M"]
pool-size = ["16M"]
cpus = [1]
TOML
out=$scratch/out
bench=("$nobounce" bench "$scratch/matrix.toml" --out "$out" --seed 3 --versus iperf3,neper)

# Killed hard once a run is on record: what it wrote stays, and nothing of it runs on.
"${bench[@]}" >"$scratch/first.log" 2>&1 &
pid=$!
for _ in $(seq 1200); do
  runs=$(grep -c '"kind":"run"' "$out/runs.jsonl" 2>/dev/null || true)
  [ "${runs:-0}" -ge 2 ] && break
  kill -0 $pid 2>/dev/null || fail "ended early: $(cat "$scratch/first.log")"
  sleep 0.1
done
kill -KILL $pid
wait $pid || true
# A guest's last words may still come; then the record stands still.
sleep 1
cp "$out/runs.jsonl" "$scratch/before.jsonl"
before=$(grep -c '"kind":"run"' "$scratch/before.jsonl")
[ "$before" -ge 2 ] || fail "no run was recorded before the kill"
[ ! -e "$out/bench.json" ] || fail "it ended before it was killed"
# As if the kill had met it in the middle of a line.
printf '{"kind":"run","cell":0,"rou' >>"$out/runs.jsonl"

# Told as far as it came.
"$nobounce" report "$out" >"$scratch/partial.txt"
grep -q unfinished "$scratch/partial.txt" || fail "not told as unfinished: $(cat "$scratch/partial.txt")"

# It goes on: the runs that there were are not made again.
"${bench[@]}" >"$scratch/second.txt" 2>"$scratch/second.log" || fail "$(cat "$scratch/second.log")"
lines=$(wc -l <"$scratch/before.jsonl")
head -n "$lines" "$out/runs.jsonl" | cmp - "$scratch/before.jsonl" || fail "the record was changed"
# Five cells that can be run, four turns each; three that can't.
python3 - "$out/runs.jsonl" <<'PYTHON'
import collections, json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
runs = collections.Counter((l["cell"], l["round"]) for l in lines if l["kind"] == "run")
assert len(runs) == 20 and set(runs.values()) == {1}, runs
errors = [l["error"] for l in lines if "error" in l]
assert not errors, errors
PYTHON

python3 "$here/../schema/validate.py" "$here/../../docs/bench.schema.json" "$out/bench.json"
python3 - "$out/bench.json" <<'PYTHON'
import json, sys
model = json.load(open(sys.argv[1]))
status = {(c["way"], c["axes"]["gso_max_bytes"]): c["status"] for c in model["cells"]}
assert status == {("copy → copy", 65536): "measured", ("devmem → devmem", 65536): "measured",
                  ("copy → copy", 196608): "measured", ("devmem → devmem", 196608): "impossible",
                  ("iperf3", 65536): "measured", ("iperf3", 196608): "measured",
                  ("neper", 65536): "impossible", ("neper", 196608): "impossible"}, status
for cell in model["cells"]:
    if cell["status"] != "measured":
        why = "not installed" if cell["way"] == "neper" else "MAX_SKB_FRAGS"
        assert why in cell["reason"], cell["reason"]
        continue
    # Traced in the warm-up; of ours the trace has what the paths counted themselves, and the calls of
    # the set-up beside.
    traced = cell["traced_syscalls"]
    if cell["way"] == "iperf3":
        assert traced["sender"]["write"]["calls"] > 50 and traced["receiver"]["read"]["calls"] > 50, traced
        assert 0 < traced["receiver"]["read"]["mean_us"] <= traced["receiver"]["read"]["max_us"]
    else:
        warm_up = next(r for r in cell["runs"] if r["warm_up"])
        for end, calls in (("sender", "sendmsg"), ("receiver", "recvmsg")):
            own = warm_up[end]["measured"]["syscalls"][calls]["calls"]
            assert own <= traced[end][calls]["calls"], (end, own, traced[end][calls])
        assert traced["sender"]["sendmsg"]["calls"] == warm_up["sender"]["syscalls"]["sendmsg"]
    assert not any("traced_syscalls" in r["sender"] for r in cell["runs"] if not r["warm_up"])
    if cell["way"] == "iperf3":
        # It has its throughput and its processes' CPU; the rest is blank.
        assert cell["throughput_gbit_per_s"]["mean"] > 0
        assert "not_available" in cell["roi"]["total"] and "not_available" in cell["cpu_by_core"]
        continue
    assert [core["of"] for core in cell["cpu_by_core"]] == ["sender", "receiver"]
    sender, receiver = cell["settings"]["sender"], cell["settings"]["receiver"]
    assert sender["gso_max_size"] == cell["axes"]["gso_max_bytes"], sender
    assert sender["interrupts_on_cpus"] == "0" and receiver["interrupts_on_cpus"] == "1"
    counted = [r for r in cell["runs"] if not r["warm_up"]]
    assert len(counted) == 3 and all(r["bytes"] == 8 << 20 for r in counted)
    # The mean is that of the run in the middle, as the ends are dropped.
    middle = sorted(counted, key=lambda r: r["round"])[1]["gbit_per_s"]
    assert abs(cell["throughput_gbit_per_s"]["mean"] - middle) < 1e-9
    assert sender["region_pages"] == receiver["region_pages"] == "huge", (sender, receiver)
    # Measured around each run: what the ends say fits what they counted.
    ends = cell["measured"]
    assert ends["sender"]["tcp"]["rtt_us"] > 0, ends["sender"]["tcp"]
    assert ends["receiver"]["syscalls"]["recvmsg"]["max_us"] > 0, ends["receiver"]["syscalls"]
    if cell["way"].startswith("devmem"):
        tokens = ends["receiver"]["token_returns"]["tokens_per_call"]
        assert tokens["sum"] == ends["receiver"]["frags_per_receive"]["sum"] > 0, tokens
        assert ends["receiver"]["page_pools"]["dma-buf"]["statistics"]["fast"] > 0
        assert all(r["receiver"]["frags"] > 0 and r["receiver"]["linear_bytes"] == 0 for r in counted)
assert len(model["verdicts"]["against_baseline"]) == 3
# Three pairs of runs recommend nothing.
for direction in ("receive", "send"):
    assert "the most are 3" in model["recommendation"][direction]["not_available"]
assert model["machine"]["nic_driver"] == "gve" and len(model["machine"]["host_id"]) == 32
# What a guest has not is named with its probe; what it has is not among it.
missing = model["not_measured"]
assert "/sys/" in missing["idle_states"]["not_available"], missing
assert "tcp" not in missing and "page_pools" not in missing, missing
assert len(model["findings"]) == 1 and model["findings"][0]["axis"] == "gso_max_bytes"
PYTHON
grep -q "no profile for --path auto" "$scratch/second.txt" || fail "$(cat "$scratch/second.txt")"
"$here/../browser/report.py" "$out/report.html" "$out/bench.json" || fail "the report in a browser"

# A third time there is nothing to do: no guest, the same result.
cp "$out/bench.json" "$scratch/bench.json"
"${bench[@]}" >/dev/null 2>"$scratch/third.log"
cmp "$out/bench.json" "$scratch/bench.json"
! grep -q "turn " "$scratch/third.log" || fail "it ran again: $(cat "$scratch/third.log")"

# Two pairs of NICs both ways at once, out of accelerators, and requests over them.
cat >"$scratch/streams.toml" <<'TOML'
name = "streams"
runs = 1
warm-ups = 0
drop-ends = 0
bytes = "4M"
versus = []

[lab]
wire-rate = "200M"

[axes]
paths = [{ tx = "devmem", rx = "devmem" }]
memory = ["accelerator"]
nic-pairs = [2]
direction = ["both"]
load = ["stream", "request-response"]
hold = ["1ms"]
pause = ["2ms"]
message-size = ["64K"]
pool-size = ["8M"]
TOML
"$nobounce" bench "$scratch/streams.toml" --out "$scratch/streams" >"$scratch/streams.txt" \
  2>"$scratch/streams.log" || fail "$(cat "$scratch/streams.log")"
python3 "$here/../schema/validate.py" "$here/../../docs/bench.schema.json" \
  "$scratch/streams/bench.json"
python3 - "$scratch/streams/bench.json" <<'PYTHON'
import json, sys
cells = json.load(open(sys.argv[1]))["cells"]
assert [c["status"] for c in cells] == ["measured"] * 2, [c["reason"] for c in cells]
for cell in cells:
    run, = cell["runs"]
    assert run["bytes"] == 4 * (4 << 20), run["bytes"]
    ends = {(s["pair"], s["from"]) for s in run["streams"]}
    assert ends == {(0, "a"), (0, "b"), (1, "a"), (1, "b")}, ends
    # All together are never faster than the sum, nor than the wires.
    assert run["gbit_per_s"] <= sum(s["gbit_per_s"] for s in run["streams"]) + 1e-9
    assert 0 < cell["percent_of_line_rate"]["mean"] < 98, cell["percent_of_line_rate"]
    assert 0 < cell["fairness"]["mean"] <= 1.000001
    for side in ("sender", "receiver"):
        assert run[side]["cpu_touches"] == 0, run[side]["cpu_touches"]
    assert run["receiver"]["linear_bytes"] == 0 and run["receiver"]["tokens_outstanding"] == 0
latency = cells[1]["latency_us"]
assert latency["requests"] == 4 * 64 and len(latency["curve"]) > 10, latency
# A request of 64 KiB has 2.6 ms on a wire of 200 Mbit/s.
assert latency["p50"]["mean"] > 2600, latency["p50"]
assert "not_available" in cells[0]["latency_us"]
PYTHON
grep -q 'class="curve"' "$scratch/streams/report.html" || fail "no curve in the report"

# Another seed is another bench.
if "$nobounce" bench "$scratch/matrix.toml" --out "$out" --seed 4 2>"$scratch/seed.err"; then
  fail "went on with another seed"
fi
grep -q "seed 3" "$scratch/seed.err" || fail "$(cat "$scratch/seed.err")"

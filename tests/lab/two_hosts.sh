# SPDX-License-Identifier: Apache-2.0
# A bench between two hosts: an agent on b, the bench on a, their control connection over the very NICs
# that are measured. Wrong keys, either side killed in mid-cell, and NICs that are as they were.
# needs: devmem
# lab-options: --mtu 4148 --wire-rate 400M --queues 4
cd "$(mktemp -d)"  # First, so that json finds its files here.
source /share/expect.sh

on_a nobounce bench --new-key key 2>/dev/null
on_a nobounce bench --new-key wrong 2>/dev/null
expect_eq "mode of a key" "$(stat -c %a key)" 600
expect_exit 1 nobounce bench --new-key key 2>/dev/null

# Whatever a bench sets, on either host.
state() {
  on_"$1" ip -d link show dev eth0 | grep -oE ' (mtu|g[sr]o_(ipv4_)?max_size) [0-9]+'
  on_"$1" ethtool -k eth0 | grep -E '^(generic-receive-offload|rx-gro-hw)'
  on_"$1" sh -c 'for irq in /sys/class/net/eth0/device/msi_irqs/*; do
      cat /proc/irq/${irq##*/}/smp_affinity_list
    done
    cat /sys/class/net/eth0/queues/*/[rx]ps_cpus'
  nic_state "$1" eth0
}
on_b sh -c 'echo 2 >/sys/class/net/eth0/queues/rx-0/rps_cpus'
before_a=$(state a) before_b=$(state b)
unchanged() {
  expect_eq "the NIC of a after $1" "$(state a)" "$before_a"
  expect_eq "the NIC of b after $1" "$(state b)" "$before_b"
}

start_agent() {
  : >agent.err
  on_b nobounce bench --agent --listen 10.0.0.2:5000 --key-file key 2>agent.err &
  agent_pid=$!
  wait_for_line agent.err listening $agent_pid
}
bench() { on_a nobounce bench "$1.toml" --out "$1" --peer 10.0.0.2 --key-file "${2:-key}" >"$1.txt" 2>"$1.err"; }
matrix() {  # matrix NAME BYTES PATHS
  cat >"$1.toml" <<TOML
name = "$1"
runs = 1
warm-ups = 0
drop-ends = 0
bytes = "$2"
versus = []
[axes]
paths = [$3]
gro = ["sw"]
mtu = [1500]
message-size = ["4M"]
pool-size = ["16M"]
TOML
}
copy='{ tx = "copy", rx = "copy" }'
matrix small 8M "$copy, { tx = \"devmem\", rx = \"devmem\" }"
matrix long 80M "$copy"

# A key that others may read is none, and a wrong one is refused.
chmod 640 wrong
expect_exit 1 bench small wrong
grep -q 'chmod 600' small.err || fail "a key for all: $(cat small.err)"
chmod 600 wrong
start_agent
expect_exit 1 bench small wrong
grep -q 'refused us' small.err || fail "a wrong key: $(cat small.err)"
unchanged "a wrong key"

# From end to end. The queue is bound while the clocks are asked for, so that the answers would have
# landed in device memory if the control connection were steered there; and both hosts have one clock.
bench small || fail "bench: $(cat small.err agent.err)"
expect_eq "cells" "$(json small/bench.json '[c["status"] for c in r["cells"]]')" "['measured', 'measured']"
runs='[c["runs"][0] for c in r["cells"]]'
expect_eq "frags of the devmem cell" "$(json small/bench.json "$runs[1]['receiver']['frags'] > 0")" True
expect_eq "its linear bytes" "$(json small/bench.json "$runs[1]['receiver']['linear_bytes']")" 0
for run in 0 1; do
  clock="$runs[$run]['clock']"
  expect_eq "the clock of run $run" \
    "$(json small/bench.json "abs($clock['ahead_ns']) <= $clock['error_ns'] < 1e9")" True
done
expect_eq "the MTUs in force" \
  "$(json small/bench.json '[r["cells"][0]["settings"][s]["mtu"] for s in ("sender", "receiver")]')" "[1500, 1500]"
expect_eq "the peer" "$(json small/bench.json 'r["machine"]["peer"]["nics"][0]["interface"]')" eth0
grep -q '10.0.0.2\|peer' small.txt || fail "the report does not say that there were two: $(cat small.txt)"
wait_for_line agent.err 'NICs are as they were' $agent_pid
unchanged "a bench"

# Several flows, each with a port and, by devmem, a queue of its own.
matrix flows 8M "$copy, { tx = \"devmem\", rx = \"devmem\" }"
echo 'flows = [2]' >>flows.toml
bench flows || fail "flows: $(cat flows.err agent.err)"
expect_eq "flows of each run" "$(json flows/bench.json '[len(c["runs"][0]["streams"]) for c in r["cells"]]')" "[2, 2]"
expect_eq "their bytes" "$(json flows/bench.json '[c["runs"][0]["bytes"] for c in r["cells"]]')" "[16777216, 16777216]"
wait_for_line agent.err 'bench flows.toml has ended.*NICs are as they were' $agent_pid
unchanged "a bench of flows"

# Programs of the command line beside, which the agent numbers as we do.
sed -i 's/gro = .*/gro = ["sw", "hw"]/; s/warm-ups = .*/warm-ups = 1/' small.toml
rm -r small
on_a nobounce bench small.toml --out small --peer 10.0.0.2 --key-file key --versus iperf3 >small.txt \
  2>small.err || fail "versus: $(cat small.err agent.err)"
expect_eq "cells of the second setting" \
  "$(json small/bench.json '[(c["way"], c["settings"]["receiver"]["rx-gro-hw"]) for c in r["cells"][3:] if c["status"] == "measured"]')" \
  "[('copy → copy', 'on'), ('devmem → devmem', 'on'), ('iperf3', 'on')]"
expect_eq "calls that were traced at either end, of each that was measured" \
  "$(json small/bench.json '[all(len(c["traced_syscalls"][e]) > 10 for e in ("sender", "receiver")) for c in r["cells"]]')" \
  "[True, True, True, True, True, True]"
expect_eq "iperf3's reads at the peer" \
  "$(json small/bench.json 'r["cells"][5]["traced_syscalls"]["receiver"]["read"]["calls"] > 10')" True
until [ "$(grep -c 'NICs are as they were' agent.err)" = 3 ]; do sleep 0.1; done
unchanged "a bench beside iperf3"

# The agent is killed in mid-cell: the bench says so, and goes on once there is one again.
in_mid_cell() { until pgrep -f 'nobounce send' >/dev/null; do sleep 0.05; done; sleep 0.5; }
bench long &
bench_pid=$!
in_mid_cell
pkill -KILL -f 'nobounce bench --agent'
expect_exit 6 wait $bench_pid
grep -q 'the peer is gone' long.err || fail "the peer vanished: $(cat long.err)"
grep -q '"cut_off":true' long/runs.jsonl || fail "no failed cell on record: $(cat long/runs.jsonl)"
expect_eq "the NIC of a after the peer vanished" "$(state a)" "$before_a"
wait $agent_pid || true
start_agent
bench long || fail "bench after the peer came back: $(cat long.err agent.err)"
expect_eq "the cell" "$(json long/bench.json 'r["cells"][0]["status"]')" measured
wait_for_line agent.err 'NICs are as they were' $agent_pid
unchanged "an agent that was killed"

# The bench is killed in mid-cell: the agent puts its NIC back, and the next bench the other.
rm -r long
bench long &
bench_pid=$!
in_mid_cell
pkill -KILL -f 'nobounce bench long.toml'
wait $bench_pid || true
until [ "$(grep -c 'NICs are as they were' agent.err)" = 2 ]; do sleep 0.1; done
expect_eq "the NIC of b after the bench was killed" "$(state b)" "$before_b"
! pgrep -f 'nobounce recv' || fail "a receiver is left"
bench small || fail "a finished bench: $(cat small.err)"
bench long || fail "bench after a kill: $(cat long.err agent.err)"
until [ "$(grep -c 'NICs are as they were' agent.err)" = 3 ]; do sleep 0.1; done
unchanged "a bench that was killed"

# Ctrl-C ends the agent.
pkill -INT -f 'nobounce bench --agent'
wait $agent_pid || fail "the agent after Ctrl-C: $(cat agent.err)"

# SPDX-License-Identifier: Apache-2.0
# A bench between two hosts with several NICs each: payload both ways at once, by either family, out of
# and into accelerators; NICs that do not face each other are refused, and all are as they were.
# needs: devmem
# lab-options: --pairs 4 --accelerators 4
cd "$(mktemp -d)"  # First, so that json finds its files here.
source /share/expect.sh

on_a nobounce bench --new-key key 2>/dev/null
state() {
  for pair in 0 1; do
    on_"$1" ip -d link show dev eth$pair | grep -oE ' (mtu|g[sr]o_(ipv4_)?max_size) [0-9]+'
    nic_state "$1" eth$pair
  done
}
before_a=$(state a) before_b=$(state b)

start_agent() {  # start_agent NICS
  on_b nobounce bench --agent --listen 10.0.0.2:5000 --key-file key --nic "$1" 2>agent.err &
  agent_pid=$!
  wait_for_line agent.err listening $agent_pid
}
stop_agent() {
  pkill -INT -f 'nobounce bench --agent'
  wait $agent_pid || fail "the agent after Ctrl-C: $(cat agent.err)"
}
bench() {  # bench NAME NICS
  on_a nobounce bench "$1.toml" --out "$1" --peer 10.0.0.2 --nic "$2" --key-file key >"$1.txt" 2>"$1.err"
}
cat >lines.toml <<'TOML'
name = "lines"
runs = 1
warm-ups = 0
drop-ends = 0
bytes = "8M"
versus = ["iperf3"]
[axes]
paths = [{ tx = "copy", rx = "copy" }, { tx = "devmem", rx = "devmem" }]
memory = ["udmabuf", "accelerator"]
gro = ["sw"]
mtu = [1500]
nic-pairs = [2, 3]
direction = ["one-way", "both"]
address-family = ["v4", "v6"]
message-size = ["1M"]
pool-size = ["16M"]
TOML

# As an administrator sets them aside: enough for streams that go one way.
sysctl -qw vm.nr_hugepages=34

# Not the NICs that face each other: either side would measure others than it names.
start_agent eth0,eth1
expect_exit 2 bench lines eth1,eth0
grep -q 'leaves by eth0' lines.err || fail "NICs that don't face each other: $(cat lines.err)"
rm -r lines
expect_eq "the NICs of a after a refusal" "$(state a)" "$before_a"

bench lines eth0,eth1 || fail "bench: $(cat lines.err agent.err)"
cells='[c for c in r["cells"] if c["axes"]["nic_pairs"] == %d]'
two=$(printf "$cells" 2) three=$(printf "$cells" 3)
ours="[c for c in $two if c['axes']['engine'] == 'nobounce']"
expect_eq "cells of ours" "$(json lines/bench.json "len($ours)")" 16
expect_eq "those that were measured" \
  "$(json lines/bench.json "[c['reason'] for c in $ours if c['status'] != 'measured']")" "[]"
expect_eq "streams of each" \
  "$(json lines/bench.json "{(c['axes']['direction'], tuple((s['pair'], s['from']) for s in c['runs'][0]['streams'])) for c in $ours} == {('one-way', ((0, 'a'), (1, 'a'))), ('both', ((0, 'a'), (0, 'b'), (1, 'a'), (1, 'b')))}")" True
expect_eq "bytes of each" \
  "$(json lines/bench.json "{c['runs'][0]['bytes'] // len(c['runs'][0]['streams']) for c in $ours}")" "{8388608}"
expect_eq "linear bytes by devmem" \
  "$(json lines/bench.json "{c['runs'][0]['receiver']['linear_bytes'] for c in $ours if c['axes']['rx_path'] == 'devmem'}")" "{0}"
expect_eq "pages of the regions that are not an accelerator's, and of those whose hosts have too few" \
  "$(json lines/bench.json "sorted({(c['axes']['direction'], c['settings']['receiver']['region_pages']) for c in $ours if c['axes']['rx_memory'] == 'udmabuf'})")" \
  "[('both', 'small'), ('one-way', 'huge')]"
# Moments of both hosts were told by one clock.
expect_eq "the time of all streams" \
  "$(json lines/bench.json "all(max(s['seconds'] for s in c['runs'][0]['streams']) <= c['runs'][0]['seconds'] < 30 for c in $ours)")" True
expect_eq "why three pairs are none" \
  "$(json lines/bench.json "{c['status'] for c in $three if c['axes']['engine'] == 'nobounce'}")" "{'impossible'}"
grep -q 'name more with --nic' lines/bench.json || fail "no word of --nic"
expect_eq "the NICs that were measured" \
  "$(json lines/bench.json '[[n["interface"] for n in m["nics"]] for m in (r["machine"], r["machine"]["peer"])]')" \
  "[['eth0', 'eth1'], ['eth0', 'eth1']]"
wait_for_line agent.err 'bench lines.toml has ended.*as they were' $agent_pid
expect_eq "the NICs of a" "$(state a)" "$before_a"
expect_eq "the NICs of b" "$(state b)" "$before_b"
stop_agent
sysctl -qw vm.nr_hugepages=0

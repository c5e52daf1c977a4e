# SPDX-License-Identifier: Apache-2.0
# The copy meter: a known copy is counted exactly; plain sockets copy each byte twice, devmem copies
# almost none; ends that are pinned have figures of their own. Kernel probes come near it.
# lab-options: --meter
# programs: known_copy
# needs: devmem
source /share/expect.sh

# Into a pipe and out of it.
for bytes in 1 100 4096 30000; do
  read -r copied _ < <(/share/known_copy $bytes) || fail "known_copy could not read the meter"
  expect_eq "bytes copied for $bytes through a pipe" "$copied" $((2 * bytes))
done

# copied_by PATH BYTES: copied bytes per byte, by the path in both directions, from the sender's start
# to the receiver's end.
copied_by() {
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path "$1" --memory udmabuf --bytes "$2" \
    --verify pattern:7
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path "$1" --memory udmabuf --pattern 7 \
    --bytes "$2" --json=/tmp/send.json 2>/tmp/send.err || fail "send by $1: $(cat /tmp/send.err)"
  wait "$recv_pid" || fail "recv by $1: $(cat /tmp/recv.err)"
  grep -q 'bytes per byte, of all CPUs, by the copy meter' /tmp/recv.err ||
    fail "recv by $1 did not say what was copied: $(cat /tmp/recv.err)"
  python3 - "$2" <<'PYTHON'
import json, sys
send, recv = (json.load(open(f"/tmp/{name}.json"))["copies"] for name in ("send", "recv"))
print((recv["at_end"]["user_bytes"] - send["at_start"]["user_bytes"]) / int(sys.argv[1]))
PYTHON
}

# expect_between WHAT ACTUAL LEAST MOST
expect_between() {
  echo "$1: $2"
  python3 -c 'import sys; a, l, m = map(float, sys.argv[1:]); sys.exit(not l <= a <= m)' \
    "$2" "$3" "$4" || fail "$1: got $2, expected $3 to $4"
}

bytes=64000000
expect_between "copied bytes per byte by plain sockets" "$(copied_by copy $bytes)" 1.9 2.1
expect_between "copied bytes per byte by devmem" "$(copied_by devmem $bytes)" 0 0.02
# What the receiver says itself, of all CPUs, in its own interval.
expect_between "receiver's own figure" \
  "$(json /tmp/recv.json 'r["copied_bytes_per_byte"]')" 0 0.02

# Pinned, with their interrupts, to a CPU each, sender and receiver have figures of their own: half of
# the sum each by plain sockets.
expect_eq "own figure of one that is not pinned" \
  "$(json /tmp/recv.json 'list(r["own_copied_bytes_per_byte"])')" "['not_available']"
pin_interrupts() {
  ip netns exec "$1" sh -c 'for irq in $(ls /sys/class/net/eth0/device/msi_irqs); do
    echo "$0" >"/proc/irq/$irq/smp_affinity_list"; done' "$2"
}
pin_interrupts a 0
pin_interrupts b 1
# A receiver, which also counts by kernel probes.
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path copy --memory udmabuf --bytes 32000000 \
  --verify none --probe-copies
taskset -apc 1 "$recv_pid" >/dev/null
on_a taskset -c 0 nobounce send 10.0.0.2:5001 --nic eth0 --path copy --memory udmabuf --pattern 7 \
  --bytes 32000000 --json=/tmp/send.json 2>/tmp/send.err || fail "send: $(cat /tmp/send.err)"
wait "$recv_pid" || fail "recv: $(cat /tmp/recv.err)"
for end in send recv; do
  expect_between "the $end's own figure" \
    "$(json /tmp/$end.json 'r["own_copied_bytes_per_byte"]')" 0.97 1.03
done
expect_eq "their CPUs" "$(json /tmp/send.json 'r["own_cpus"]') $(json /tmp/recv.json \
  'r["own_cpus"]')" "[0] [1]"
grep -q 'bytes per byte, of CPU 1, where this process and the interrupts of eth0 are pinned' \
  /tmp/recv.err || fail "recv did not say what it copied: $(cat /tmp/recv.err)"

# The approximation that a real host has, beside the meter's truth; and nothing of it stays.
expect_between "probes over meter" \
  "$(json /tmp/recv.json 'r["probed_copies"]["user_bytes"] / r["copies"]["user_bytes"]')" 0.97 1.03
probes() { grep -c nobounce/ /sys/kernel/tracing/kprobe_events || true; }
mount -t tracefs none /sys/kernel/tracing
expect_eq "probes left" "$(probes)" 0
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path copy --probe-copies
expect_eq "probes of one that waits" "$(probes)" 4
kill -KILL "$recv_pid"
wait "$recv_pid" || true
expect_eq "probes of one that was killed" "$(probes)" 4
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path copy --probe-copies
kill -TERM "$recv_pid"
wait "$recv_pid" || true
expect_eq "probes after the next" "$(probes)" 0

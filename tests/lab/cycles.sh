# SPDX-License-Identifier: Apache-2.0
# Many connections into one small region, one after the other, by each path with a pool: no token,
# page, descriptor or binding is leaked. tests/soak/cycles.sh runs ten thousand.
# programs: cycles
# needs: devmem zcrx
source /share/expect.sh

before=$(nic_state b eth0)
count=${CYCLES:-500}
for path in devmem zcrx; do
  on_b /share/cycles receive 10.0.0.2:5001 eth0 $path "$count" >/tmp/cycles.out 2>/tmp/cycles.err &
  receiver=$!
  wait_for_line /tmp/cycles.out listening $receiver
  on_a /share/cycles send 10.0.0.2:5001 "$count" || fail "send to $path: $(cat /tmp/cycles.err)"
  wait $receiver || fail "receive by $path: $(cat /tmp/cycles.err)"
done
expect_eq "NIC state after" "$(nic_state b eth0)" "$before"

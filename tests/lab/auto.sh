# SPDX-License-Identifier: Apache-2.0
# --path auto, the default: on the emulated NIC it takes a zero-copy path, on loopback plain sockets;
# each time it says what it took, and why not the better ones.
# needs: devmem
source /share/expect.sh

bytes=20000003
before=$(nic_state b eth0)

transfer() {  # transfer HOST_OF_SENDER ADDRESS: by whatever both ends choose
  start_recv b --listen "$2" --bytes $bytes --verify pattern:7
  ip netns exec "$1" nobounce send "$2" --pattern 7 --bytes $bytes --json=/tmp/send.json \
    2>/tmp/send.err || fail "send to $2: $(cat /tmp/send.err)"
  wait "$recv_pid" || fail "recv at $2: $(cat /tmp/recv.err)"
  cat /tmp/recv.err /tmp/send.err
}

for address in 10.0.0.2:5001 '[fd00:0::2]:5001'; do
  transfer a "$address"
  expect_eq "receive path at $address" "$(json /tmp/recv.json 'r["path"]')" devmem
  expect_eq "send path to $address" "$(json /tmp/send.json 'r["path"]')" devmem
  expect_eq "NIC at $address" "$(json /tmp/recv.json 'r["nic"]')" eth0
  expect_eq "passed over at $address" "$(json /tmp/recv.json 'r["passed_over"]')" '[]'
done
expect_eq "NIC state after" "$(nic_state b eth0)" "$before"

# Loopback carries no device memory, and makes every zero copy a copy.
on_b ip link set lo up
transfer b 127.0.0.1:5001
expect_eq "receive path on loopback" "$(json /tmp/recv.json 'r["path"]')" copy
expect_eq "send path on loopback" "$(json /tmp/send.json 'r["path"]')" copy
for path in devmem zcrx mmap; do
  expect_eq "a reason against $path" \
    "$(json /tmp/recv.json "[len(p['reason']) > 10 for p in r['passed_over'] if p['name'] == '$path']")" \
    '[True]'
done
grep -q 'not devmem: ' /tmp/recv.err || fail "recv did not say why not devmem"
grep -q 'not zerocopy: ' /tmp/send.err || fail "send did not say why not zerocopy"

# With every queue but 0 taken by others, opening devmem fails, and auto goes on and says so.
start_recv b --listen 10.0.0.2:5002 --nic eth0 --path devmem --memory udmabuf --queue 1
holder=$recv_pid
cp /tmp/recv.err /tmp/holder.err
start_recv b --listen 10.0.0.2:5001 --queue 1 --bytes $bytes --verify pattern:8
taken=$(sed -n 's/^path \([a-z_]*\),.*/\1/p' /tmp/recv.err)
[ "$taken" != devmem ] || fail "devmem was taken on a queue that is bound"
grep -q 'not devmem: .*queue 1' /tmp/recv.err || fail "no reason: $(cat /tmp/recv.err)"
on_a nobounce send 10.0.0.2:5001 --pattern 8 --bytes $bytes
wait "$recv_pid" || fail "recv beside the holder: $(cat /tmp/recv.err)"
kill -INT "$(pgrep -f 'listen 10.0.0.2:5002' | head -1)"
expect_exit 130 wait "$holder"

# A peer's verdict: the pattern that it waits for is a proof, another is refused.
start_recv b --listen 10.0.0.2:5001 --path devmem --memory udmabuf --verify pattern:1
on_a nobounce doctor eth0 --verify --peer 10.0.0.2:5001 || fail "verify: $(cat /tmp/recv.err)"
wait "$recv_pid" || fail "recv of verify: $(cat /tmp/recv.err)"
start_recv b --listen 10.0.0.2:5001 --path devmem --memory udmabuf --verify pattern:2
expect_exit 4 on_a nobounce doctor eth0 --verify --peer 10.0.0.2:5001
expect_exit 4 wait "$recv_pid"

# SPDX-License-Identifier: Apache-2.0
# io_uring zero-copy receive: into host memory (udmabuf's memfd, pages of 4 KiB and of 2 MiB) and
# into a dma-buf (dma-heap), IPv4 and IPv6; several connections on one ring; and without a NIC, where
# the kernel copies. The NIC is put back as it was.
# programs: zcrx_connections
# needs: zcrx
source /share/expect.sh

before=$(nic_state b eth0)
bytes=20000003

# check_receiver WHAT EXPRESSION: the result by path zcrx; EXPRESSION is about the copied bytes `c`.
check_receiver() {
  expect_eq "path, $1" "$(json /tmp/recv.json 'r["path"]')" zcrx
  expect_eq "bytes, $1" "$(json /tmp/recv.json 'r["bytes"]')" $bytes
  expect_eq "linear bytes, $1" "$(json /tmp/recv.json 'r["linear_bytes"]')" 0
  expect_eq "tokens outstanding, $1" "$(json /tmp/recv.json 'r["tokens_outstanding"]')" 0
  expect_eq "completions without room, $1" "$(json /tmp/recv.json 'r["cq_overflows"]')" 0
  expect_eq "frags that went through the refill ring, $1" \
    "$(json /tmp/recv.json '(lambda d: 0 < d["max"] and d["count"] <= r["frags"])(r["measured"]["refill_depth"])')" True
  expect_eq "$2, $1: $(json /tmp/recv.json 'r["kernel_copied_bytes"]')" \
    "$(json /tmp/recv.json "(lambda c: $2)(r['kernel_copied_bytes'])")" True
}

# transfer WHAT HOST_OF_SENDER ADDRESS EXPRESSION OPTIONS_OF_RECV…
transfer() {
  local what=$1 sender=$2 address=$3 expression=$4
  shift 4
  start_recv b --listen "$address:5001" --path zcrx --bytes $bytes --verify pattern:7 --measure "$@"
  ip netns exec "$sender" nobounce send "$address:5001" --path send_zc --memory udmabuf \
    --pattern 7 --bytes $bytes --json=/tmp/send.json || fail "send, $what: $(cat /tmp/recv.err)"
  wait "$recv_pid" || fail "recv, $what: $(cat /tmp/recv.err)"
  check_receiver "$what" "$expression"
}

for address in 10.0.0.2 '[fd00:0::2]'; do
  # The NIC puts nearly all of it into the area itself.
  transfer "udmabuf at $address" a "$address" "c < $bytes // 100" --nic eth0 --memory udmabuf
  # A send whose bytes all joined the packet of the one before is reported as copied, though it
  # was not: seldom.
  expect_eq "few sends copied: $(json /tmp/send.json 'r["sends_copied"]')" \
    "$(json /tmp/send.json 'r["sends_copied"] * 10 < r["syscalls"]["io_uring_enter"]')" True
  transfer "dma-heap at $address" a "$address" 'c == 0' --nic eth0 --memory dma-heap
done
echo 24 >/proc/sys/vm/nr_hugepages
if [ "$(awk '/HugePages_Free/ {print $2}' /proc/meminfo)" = 24 ]; then
  transfer "huge pages" a 10.0.0.2 "c < $bytes // 100" --nic eth0 --memory udmabuf --huge-pages \
    --region-size 48M
fi
echo 0 >/proc/sys/vm/nr_hugepages

# Without a NIC.
on_b ip link set lo up
for address in 127.0.0.1 '[::1]'; do
  transfer "no NIC at $address" b "$address" "c == $bytes" --memory udmabuf
done

# connections WHAT HOST_OF_SENDERS ADDRESS NIC: four at once, on one queue and one ring.
connections() {
  on_b /share/zcrx_connections "$3:5002" "$4" "$([ "$4" = - ] && echo 0 || echo 1)" 4 \
    >/tmp/connections.out 2>/tmp/connections.err &
  local receiver=$! senders=()
  wait_for_line /tmp/connections.out listening $receiver
  for _ in 1 2 3 4; do
    ip netns exec "$2" nobounce send "$3:5002" --path copy --pattern 7 --bytes 5000001 2>/dev/null &
    senders+=($!)
  done
  wait $receiver || fail "connections, $1: $(cat /tmp/connections.err)"
  wait "${senders[@]}"
  cat /tmp/connections.out
  expect_eq "connections that are whole, $1" \
    "$(grep -c ': 5000001 bytes.* 0 tokens outstanding, 0 without room' /tmp/connections.out)" 4
}

connections "without a NIC" b 127.0.0.1 -

on_b ethtool -G eth0 tcp-data-split on
on_b ethtool -K eth0 ntuple on
on_b ethtool -N eth0 flow-type tcp4 dst-port 5002 action 1
on_b ethtool -N eth0 flow-type tcp6 dst-port 5002 action 1
for address in 10.0.0.2 '[fd00:0::2]'; do
  connections "by eth0 at $address" a "$address" eth0
done
while read -r rule; do
  on_b ethtool -N eth0 delete "$rule"
done < <(on_b ethtool -n eth0 | sed -n 's/^Filter: //p')
on_b ethtool -K eth0 ntuple off
# The queue comes free a moment after the ring was closed, and until then header split must stay on.
tries=0
until on_b ethtool -G eth0 tcp-data-split off 2>/dev/null || [ $((tries += 1)) = 100 ]; do
  sleep 0.05
done
expect_eq "NIC state after" "$(nic_state b eth0)" "$before"

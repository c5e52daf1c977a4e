# SPDX-License-Identifier: Apache-2.0
# io_uring zero-copy receive: into host memory (udmabuf's memfd) and into a dma-buf (dma-heap), IPv4
# and IPv6, and without a NIC, where the kernel copies. The NIC is put back as it was.
# needs: zcrx
source /share/expect.sh

before=$(nic_state b eth0)

# check_receiver WHAT BYTES COPIED: COPIED is a Python expression over r["kernel_copied_bytes"].
check_receiver() {
  expect_eq "path of $1" "$(json /tmp/recv.json 'r["path"]')" zcrx
  expect_eq "bytes of $1" "$(json /tmp/recv.json 'r["bytes"]')" "$2"
  expect_eq "linear bytes of $1" "$(json /tmp/recv.json 'r["linear_bytes"]')" 0
  expect_eq "tokens outstanding of $1" "$(json /tmp/recv.json 'r["tokens_outstanding"]')" 0
  expect_eq "completions without room of $1" "$(json /tmp/recv.json 'r["cq_overflows"]')" 0
}

bytes=20000003
for memory in udmabuf dma-heap; do
  for address in 10.0.0.2 '[fd00:0::2]'; do
    start_recv b --listen "$address:5001" --nic eth0 --path zcrx --memory $memory \
      --bytes $bytes --verify pattern:7
    on_a nobounce send "$address:5001" --pattern 7 --bytes $bytes
    wait "$recv_pid" || fail "recv into $memory at $address: $(cat /tmp/recv.err)"
    cat /tmp/recv.json
    check_receiver "$memory at $address" $bytes
  done
done
expect_eq "NIC state after" "$(nic_state b eth0)" "$before"

on_b ip link set lo up
for address in 127.0.0.1 '[::1]'; do
  start_recv b --listen "$address:5001" --path zcrx --memory udmabuf --bytes $bytes \
    --verify pattern:8
  on_b nobounce send "$address:5001" --path send_zc --memory udmabuf --pattern 8 --bytes $bytes --json=/tmp/send.json
  wait "$recv_pid" || fail "recv without a NIC at $address: $(cat /tmp/recv.err)"
  cat /tmp/recv.json /tmp/send.json
  check_receiver "no NIC at $address" $bytes
done

# SPDX-License-Identifier: Apache-2.0
# Devmem TCP both ways: a pattern and a file, IPv4 and IPv6, from either provider; the NIC is put
# back as it was.
# needs: devmem
source /share/expect.sh

before=$(nic_state b eth0)

check_devmem_receiver() {  # check_devmem_receiver BYTES
  expect_eq bytes "$(json /tmp/recv.json 'r["bytes"]')" "$1"
  expect_eq "linear bytes" "$(json /tmp/recv.json 'r["linear_bytes"]')" 0
  expect_eq "tokens outstanding" "$(json /tmp/recv.json 'r["tokens_outstanding"]')" 0
  expect_eq "has frags" "$(json /tmp/recv.json 'r["frags"] > 0')" True
}

bytes=20000003
for memory in udmabuf dma-heap; do
  for address in 10.0.0.2 '[fd00:0::2]'; do
    start_recv b --listen "$address:5001" --nic eth0 --path devmem --memory $memory \
      --bytes $bytes --verify pattern:7
    on_a nobounce send "$address:5001" --nic eth0 --path devmem --memory $memory \
      --pattern 7 --bytes $bytes
    wait "$recv_pid" || fail "recv by $memory at $address: $(cat /tmp/recv.err)"
    check_devmem_receiver $bytes
  done
done

head -c 5000001 /dev/urandom >/tmp/file
digest=$(sha256sum </tmp/file | cut -d' ' -f1)
for paths in copy/devmem devmem/copy devmem/devmem; do
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path "${paths#*/}" --memory udmabuf \
    --into /tmp/landed --verify sha256
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path "${paths%/*}" --memory udmabuf --from /tmp/file
  wait "$recv_pid" || fail "recv by $paths: $(cat /tmp/recv.err)"
  expect_eq "SHA-256 by $paths" "$(json /tmp/recv.json 'r["sha256"]')" "$digest"
  cmp /tmp/file /tmp/landed
done

# A file larger than the region goes in rounds.
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf \
  --region-size 32M --verify pattern:9
on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --region-size 16M \
  --pattern 9 --bytes 100000000
wait "$recv_pid" || fail "recv in rounds: $(cat /tmp/recv.err)"
check_devmem_receiver 100000000

expect_eq "NIC state after" "$(nic_state b eth0)" "$before"

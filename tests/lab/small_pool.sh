# SPDX-License-Identifier: Apache-2.0
# A pool smaller than one bandwidth-delay product is slow, never wrong and never stuck, also where
# segments are lost and what follows them waits in the pool out of order: 2 MiB of
# region on a wire of 1 Gbit/s with 20 ms each way (5 MB on the way), by either path with a pool.
# lab-options: --wire-rate 1G --wire-delay 20ms --wire-loss 0.2%
# needs: devmem zcrx
source /share/expect.sh

for path in devmem zcrx; do
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf --region-size 2M \
    --timeout 60 --verify pattern:3
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --timeout 60 \
    --pattern 3 --bytes 30000001
  wait "$recv_pid" || fail "recv by $path: $(cat /tmp/recv.err)"
  expect_eq "bytes by $path" "$(json /tmp/recv.json 'r["bytes"]')" 30000001
  expect_eq "tokens by $path" "$(json /tmp/recv.json 'r["tokens_outstanding"]')" 0
done

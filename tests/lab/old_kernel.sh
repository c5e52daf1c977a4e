# SPDX-License-Identifier: Apache-2.0
# A kernel whose gve has no devmem says so by the probe that failed; plain sockets work there.
# lab-options: --kernel 6.12
source /share/expect.sh

expect_exit 3 on_b nobounce recv --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf \
  2>/tmp/recv.err
cat /tmp/recv.err
grep -qE 'header split|tcp-data-split|bind-rx|netdev' /tmp/recv.err || fail "no probe is named"

expect_exit 3 on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf \
  --pattern 1 --bytes 4096 2>/tmp/send.err
cat /tmp/send.err
grep -qE 'bind-tx|netdev' /tmp/send.err || fail "no probe is named"

start_recv b --listen 10.0.0.2:5001 --path copy --memory udmabuf --verify pattern:5
on_a nobounce send 10.0.0.2:5001 --path copy --memory udmabuf --pattern 5 --bytes 10000000
wait "$recv_pid" || fail "recv by copy: $(cat /tmp/recv.err)"

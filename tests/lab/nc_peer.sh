# SPDX-License-Identifier: Apache-2.0
# Nothing but payload is on the wire: plain nc is a valid peer of either side.
# needs: devmem
source /share/expect.sh

head -c 10000000 /dev/urandom >/tmp/file
digest=$(sha256sum </tmp/file | cut -d' ' -f1)

for path in copy devmem; do
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf
  on_a nc -N 10.0.0.2 5001 </tmp/file
  wait "$recv_pid" || fail "recv by $path from nc: $(cat /tmp/recv.err)"
  expect_eq "SHA-256 from nc by $path" "$(json /tmp/recv.json 'r["sha256"]')" "$digest"

  on_b nc -l 10.0.0.2 5001 >/tmp/landed </dev/null &
  nc_pid=$!
  until on_b ss -ltn | grep -q ':5001 '; do sleep 0.05; done
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf --from /tmp/file
  wait "$nc_pid"
  cmp /tmp/file /tmp/landed || fail "send by $path to nc"
done

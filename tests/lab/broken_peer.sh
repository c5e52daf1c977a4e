# SPDX-License-Identifier: Apache-2.0
# Either side is killed in mid-flow; the other says so, and the NIC serves the next connection.
# needs: devmem
# The wire's rate keeps a flow going for seconds, far longer than it takes to see bytes and to kill.
# lab-options: --wire-rate 400M
source /share/expect.sh

total=400000000
transfer_begins() {  # transfer_begins: until bytes of the flow have arrived at b
  until [ "$(on_b cat /sys/class/net/eth0/statistics/rx_bytes)" -gt $((start_bytes + 2000000)) ]; do
    sleep 0.05
  done
}

for path in copy devmem; do
  # The receiver dies.
  start_bytes=$(on_b cat /sys/class/net/eth0/statistics/rx_bytes)
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf \
    --region-size 32M --bytes $total
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf --region-size 16M \
    --pattern 1 --bytes $total 2>/tmp/send.err &
  send_pid=$!
  transfer_begins
  kill -KILL "$(pgrep -f 'nobounce recv' | head -1)"
  wait "$recv_pid" || true
  expect_exit 6 wait "$send_pid"
  grep -q 'peer' /tmp/send.err || fail "send did not say that the peer went away"

  # The sender dies.
  start_bytes=$(on_b cat /sys/class/net/eth0/statistics/rx_bytes)
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf \
    --region-size 32M --bytes $total
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path $path --memory udmabuf --region-size 16M \
    --pattern 1 --bytes $total 2>/dev/null &
  send_pid=$!
  transfer_begins
  kill -KILL "$(pgrep -f 'nobounce send' | head -1)"
  wait "$send_pid" || true
  expect_exit 6 wait "$recv_pid"
  expect_eq "recv's error" "$(json /tmp/recv.json 'r["error"]["code"]')" peer_closed
done

# After all that a whole transfer works.
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --verify pattern:3
on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --pattern 3 \
  --bytes 10000000
wait "$recv_pid" || fail "recv after the kills: $(cat /tmp/recv.err)"

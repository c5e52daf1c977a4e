# SPDX-License-Identifier: Apache-2.0
# The library's examples on the real kernel: the best path is taken on both sides, frags are used in
# place, and several connections share a listener on every path. The NIC is put back as it was.
# programs: frags_in_place many_connections send_region
# needs: devmem zcrx
source /share/expect.sh

before=$(nic_state b eth0)
bytes=20000003
seed=7

# serve PROGRAM ARGUMENTS…: starts it on b. Leaves its process in $server and what it says in
# /tmp/server.out.
serve() {
  rm -f /tmp/server.out
  on_b "$@" >/tmp/server.out 2>&1 &
  server=$!
  wait_for_line /tmp/server.out listening "$server"
}

served() { wait "$server" || fail "$*: $(cat /tmp/server.out)"; }

for address in 10.0.0.2:5001 '[fd00:0::2]:5001'; do
  serve /share/frags_in_place "$address" $seed
  on_a /share/send_region "$address" $bytes $seed >/tmp/sent.out || fail "send to $address"
  served "frags in place at $address"
  grep -q 'by devmem$' /tmp/server.out || fail "not by devmem: $(cat /tmp/server.out)"
  grep -q 'by devmem,' /tmp/sent.out || fail "not by devmem: $(cat /tmp/sent.out)"
  grep -q "received $bytes bytes in" /tmp/server.out || fail "received: $(cat /tmp/server.out)"
done

for path in devmem zcrx mmap copy; do
  serve /share/many_connections 10.0.0.2:5002 3 $seed $path
  senders=()
  for _ in 1 2 3; do
    on_a /share/send_region 10.0.0.2:5002 $bytes $seed >/dev/null &
    senders+=($!)
  done
  for sender in "${senders[@]}"; do wait "$sender" || fail "send to many, $path"; done
  served "many connections by $path"
  expect_eq "path" "$(sed -n 's/^listening on .* by //p' /tmp/server.out)" $path
  expect_eq "streams by $path" "$(grep -c "received $bytes bytes" /tmp/server.out)" 3
done

expect_eq "NIC state after" "$(nic_state b eth0)" "$before"

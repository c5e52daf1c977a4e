# SPDX-License-Identifier: Apache-2.0
# Leases and their journal: a receiver that is killed in mid-transfer, the NIC healed by --undo and
# by the next receiver, a setup that stands, and a NIC that is somebody else's.
# needs: devmem
source /share/expect.sh

before=$(nic_state b eth0)
setup=(on_b nobounce setup eth0)

unchanged() { expect_eq "NIC state after $1" "$(nic_state b eth0)" "$before"; }

says() {  # says TEXT COMMAND…: succeeds and says TEXT
  local text=$1
  shift
  "$@" >/tmp/out 2>&1 || fail "'$*' failed: $(cat /tmp/out)"
  grep -q -- "$text" /tmp/out || fail "'$*' did not say '$text' but: $(cat /tmp/out)"
}

refused() {  # refused CODE TEXT COMMAND…: ends with CODE and says TEXT
  local code=$1 text=$2
  shift 2
  expect_exit "$code" "$@" >/tmp/out 2>&1
  grep -q -- "$text" /tmp/out || fail "'$*' did not say '$text' but: $(cat /tmp/out)"
}

journals() { find /run/nobounce/leases -name '*.journal' | wc -l; }

receiver_of() { pgrep -f "nobounce recv.*--listen $1" | head -1; }

kill_in_mid_transfer() {  # kill_in_mid_transfer PORT: a receiver has bound its queue and receives
  start_recv b --listen "10.0.0.2:$1" --nic eth0 --path devmem --memory udmabuf --region-size 64M
  on_a nobounce send "10.0.0.2:$1" --nic eth0 --path devmem --memory udmabuf --pattern 1 \
    --bytes 4G 2>/dev/null &
  local sender=$!
  until [ -n "$(on_b ss -Htn state established "sport = :$1")" ]; do sleep 0.05; done
  sleep 0.3
  kill -KILL "$(receiver_of "10.0.0.2:$1")"
  wait "$recv_pid" 2>/dev/null || true
  wait $sender 2>/dev/null || true
}

# kill -9, then --undo.
kill_in_mid_transfer 5001
[ "$(nic_state b eth0)" != "$before" ] || fail "a killed receiver left nothing to undo"
expect_eq "journals after a kill" "$(journals)" 1
says 'tcp-data-split on → off' "${setup[@]}" --undo
unchanged "kill -9 and --undo"
expect_eq "journals after --undo" "$(journals)" 0
says 'nothing to undo' "${setup[@]}" --undo

# kill -9, then another receiver: it has the dead one's queue, and leaves the NIC as it was.
kill_in_mid_transfer 5002
start_recv b --listen 10.0.0.2:5003 --nic eth0 --path devmem --memory udmabuf \
  --bytes 5000000 --verify pattern:3
on_a nobounce send 10.0.0.2:5003 --nic eth0 --path devmem --memory udmabuf --pattern 3 \
  --bytes 5000000
wait "$recv_pid" || fail "recv after a kill: $(cat /tmp/recv.err)"
expect_eq "its queue" "$(json /tmp/recv.json 'r["queue"]')" 3
unchanged "kill -9 and another receiver"

# A setup stands; a receiver uses its rule and changes nothing; --undo takes it back.
says 'ethtool -N eth0 flow-type tcp4 dst-ip 10.0.0.2 dst-port 5004 action 2' \
  "${setup[@]}" --flows tcp4:10.0.0.2:5004=2 --dry-run
unchanged "--dry-run"
on_b sysctl -qw net.ipv4.tcp_rmem='4096 131072 6291456'
says 'undo: nobounce setup eth0 --undo' "${setup[@]}" --flows tcp4:10.0.0.2:5004=2 \
  --rings rx-buf-len=4096 --sysctls --json=/tmp/setup.json
expect_eq "queues set aside" "$(json /tmp/setup.json 'r["queues"]')" '[2]'
says 'all was so already' "${setup[@]}" --flows tcp4:10.0.0.2:5004=2 --rings rx-buf-len=4096 --sysctls
start_recv b --listen 10.0.0.2:5004 --nic eth0 --path devmem --memory udmabuf \
  --bytes 5000000 --verify pattern:4
on_a nobounce send 10.0.0.2:5004 --nic eth0 --path devmem --memory udmabuf --pattern 4 \
  --bytes 5000000
wait "$recv_pid" || fail "recv on a prepared NIC: $(cat /tmp/recv.err)"
expect_eq "the prepared queue" "$(json /tmp/recv.json 'r["queue"]')" 2
expect_eq "linear bytes" "$(json /tmp/recv.json 'r["linear_bytes"]')" 0
expect_eq "changes of recv" "$(json /tmp/recv.json 'r["nic_changes"]')" '[]'
tcp_rmem() { on_b sysctl -n net.ipv4.tcp_rmem | cut -f3; }
expect_eq "tcp_rmem of the setup" "$(tcp_rmem)" 67108864
says 'flow rule: TCP to 10.0.0.2 port 5004 removed' "${setup[@]}" --undo
expect_eq "tcp_rmem after --undo" "$(tcp_rmem)" 6291456
unchanged "a setup and --undo"

# A setup is undone while a receiver lives: what that one needs stays until it ends.
says 'tcp-data-split off → on' "${setup[@]}"
start_recv b --listen 10.0.0.2:5005 --nic eth0 --path devmem --memory udmabuf \
  --bytes 5000000 --verify pattern:5
says 'receives on queues 3' "${setup[@]}" --undo
on_a nobounce send 10.0.0.2:5005 --nic eth0 --path devmem --memory udmabuf --pattern 5 \
  --bytes 5000000
wait "$recv_pid" || fail "recv across --undo: $(cat /tmp/recv.err)"
unchanged "--undo below a receiver"

# Other channels, after receivers had the table: no bucket stays with a queue that is gone, and none
# is kept from one that is back.
for channels in 3 2; do
  says "channels rx 4 tx 4 → rx $channels tx 4" "${setup[@]}" --channels rx=$channels --queues 1
  says "channels rx $channels tx 4 → rx 4 tx 4" "${setup[@]}" --undo
  unchanged "$channels channels and --undo"
done

# What can't be, and what is somebody else's.
refused 2 'queue 0' "${setup[@]}" --flows tcp4:10.0.0.2:5004=0
refused 2 'gve has no buffers of 8192' "${setup[@]}" --rings rx-buf-len=8192
refused 2 'counts no combined ones' "${setup[@]}" --channels combined=4
refused 2 'queue 0 stays' "${setup[@]}" --queues 9
refused 2 'excludes' "${setup[@]}" --undo --queues 2
refused 2 'tcp4:ADDR:PORT=QUEUE' "${setup[@]}" --flows 10.0.0.2:5004
on_b ip route add default via 10.0.0.1
refused 1 'default route.*--force' "${setup[@]}"
refused 1 'default route' on_b nobounce recv --listen 10.0.0.2:5006 --nic eth0 --path devmem \
  --memory udmabuf
unchanged "a refusal"
says 'tcp-data-split off → on' "${setup[@]}" --force
says 'tcp-data-split on → off' "${setup[@]}" --undo
on_b ip route del default
echo garbage >"$(find /run/nobounce/leases -name '*.guard' | sed 's/guard$/journal/' | head -1)"
refused 1 'no journal' "${setup[@]}"
rm /run/nobounce/leases/*.journal
unchanged "everything"

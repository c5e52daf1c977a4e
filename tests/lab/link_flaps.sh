# SPDX-License-Identifier: Apache-2.0
# The guest's side of tests/soak/link_flaps.sh: link_flaps.sh FLAPS. A line "link NIC up|down" on
# standard output is carried out by the host.
source /share/expect.sh

flaps=$1

modprobe gve
for host in a b; do
  last=$([ $host = a ] && echo 1 || echo 2)
  mac=$([ $host = a ] && echo 02:6e:62:00:00:00 || echo 02:6e:62:00:00:01)
  name=$(basename "$(dirname "$(grep -l "$mac" /sys/class/net/*/address)")")
  ip netns list | grep -qw $host || ip netns add $host
  ip link set "$name" netns $host name eth0
  ip -n $host address add "10.0.0.$last/24" dev eth0
  ip -n $host address add "fd00:0::$last/64" dev eth0 nodad
  ip -n $host link set lo up
  ip -n $host link set eth0 up
done

# What one wants to know of a network that stands still.
show() {
  local host
  for host in a b; do
    ip -n $host -s link show eth0
    ip -n $host neighbour
    tc -n $host -s qdisc show dev eth0
    ip netns exec $host ss -tino
    ip netns exec $host ethtool -S eth0 | grep -v ': 0$'
  done >&2
}

carrier() { ip netns exec "$1" cat /sys/class/net/eth0/carrier; }

# await_carrier HOST 0|1 WHEN
await_carrier() {
  for _ in $(seq 600); do
    [ "$(carrier "$1")" != "$2" ] || return 0
    sleep 0.05
  done
  fail "$3: the carrier of $1 does not become $2"
}

for host in a b; do
  await_carrier $host 1 "at the start"
done
python3 /share/traffic.py stream /tmp/state &
streams=$!

arrived() { cat /tmp/state.a-b /tmp/state.b-a 2>/dev/null || true; }
await_progress() {
  local before
  before=$(arrived)
  for _ in $(seq 1200); do
    [ "$(arrived)" = "$before" ] || return 0
    kill -0 $streams 2>/dev/null || fail "$1: the streams ended"
    sleep 0.05
  done
  fail "$1: the streams stand still"
}
await_progress "at the start"

for flap in $(seq "$flaps"); do
  pulled=$([ $((flap % 2)) = 0 ] && echo b || echo a)
  changes=$(on_a cat /sys/class/net/eth0/carrier_changes)
  echo "link pair0-$pulled down"
  for host in a b; do
    await_carrier $host 0 "flap $flap"
  done
  on_a ping -q -c 1 -W 0.2 10.0.0.2 >/dev/null && fail "flap $flap: a ping gets through"
  echo "link pair0-$pulled up"
  for host in a b; do
    await_carrier $host 1 "flap $flap"
  done
  on_a ping -q -c 1 -i 0.2 -w 60 10.0.0.2 >/dev/null || { show; fail "flap $flap: no ping gets through"; }
  expect_eq "flap $flap: changes of the carrier" \
    "$(($(on_a cat /sys/class/net/eth0/carrier_changes) - changes))" 2
  [ $((flap % 10)) != 0 ] || await_progress "flap $flap"
done

kill $streams
wait $streams || fail "what the streams carried"
echo "the link went down and came back $flaps times"

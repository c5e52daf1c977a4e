# SPDX-License-Identifier: Apache-2.0
# Rings, queues, MTU, header split, flow rules, link, device and driver change while TCP streams run
# both ways: the streams survive each change, and not a byte of them is wrong.
# lab-options: --mtu 9000
source /share/expect.sh

python3 /share/traffic.py stream /tmp/state &
streams=$!

# Both directions get on after a change; a minute is more than TCP waits between two attempts here.
expect_progress() {
  local way before
  for way in a-b b-a; do
    before=$(cat /tmp/state.$way 2>/dev/null || echo 0)
    for _ in $(seq 1200); do
      [ "$(cat /tmp/state.$way 2>/dev/null || echo 0)" = "$before" ] || continue 2
      kill -0 $streams 2>/dev/null || fail "the streams ended: $*"
      sleep 0.05
    done
    fail "stream $way stands still: $*"
  done
}
expect_progress "start"

for host in b a; do
  for entries in 64 4096 256 1024; do
    ip netns exec $host ethtool -G eth0 rx $entries tx $entries
    expect_progress "$host: rings of $entries"
  done
  for queues in 1 4 2; do
    ip netns exec $host ethtool -L eth0 rx $queues tx $queues
    expect_progress "$host: $queues queues"
  done
  for split in on off; do
    ip netns exec $host ethtool -G eth0 tcp-data-split $split
    expect_progress "$host: header split $split"
  done
done
for mtu in 1500 9000 4148; do
  on_a ip link set eth0 mtu $mtu
  on_b ip link set eth0 mtu $mtu
  expect_progress "MTU $mtu"
done
for host in a b; do
  ip netns exec $host ethtool -K eth0 ntuple on
  for location in $(seq 0 15); do
    ip netns exec $host ethtool -N eth0 flow-type tcp4 dst-port $((9000 + location)) action 1 loc $location
  done
  ip netns exec $host ethtool -K eth0 ntuple off
  expect_progress "$host: flow rules come and go"
  # What the driver does when it thinks that the NIC is stuck, or is told so.
  ip netns exec $host ethtool --reset eth0 all || fail "$host: ethtool --reset"
  expect_progress "$host: reset"
done
# Links flap fifty times on either side, by one process for each: a hundred would start slower than
# the links change. The kernel takes IPv6 addresses off a link that goes down.
flap() {  # flap LAST-PART-OF-THE-ADDRESS
  for _ in $(seq 50); do
    printf 'link set eth0 down\nlink set eth0 up\naddr replace fd00:0::%s/64 dev eth0 nodad\n' "$1"
  done
}
flap 1 | ip -n a -batch - || fail "link flaps of a"
expect_progress "link flaps of a"
flap 2 | ip -n b -batch - || fail "link flaps of b"
expect_progress "link flaps of b"

# The driver leaves the NIC and takes it again: a new device, which has to be set up anew.
for host in a b; do
  last=$([ $host = a ] && echo 1 || echo 2)
  device=$(ip netns exec $host ethtool -i eth0 | sed -n 's/^bus-info: //p')
  echo "$device" >/sys/bus/pci/drivers/gve/unbind
  echo "$device" >/sys/bus/pci/drivers/gve/bind
  name=$(ls "/sys/bus/pci/devices/$device/net")
  ip link set dev "$name" netns $host name eth0
  ip -n $host link set eth0 mtu 4148
  ip -n $host addr add "10.0.0.$last/24" dev eth0
  ip -n $host addr add "fd00:0::$last/64" dev eth0 nodad
  ip -n $host link set eth0 up
  expect_progress "$host: driver bound anew"
done

kill $streams
wait $streams || fail "what the streams carried"

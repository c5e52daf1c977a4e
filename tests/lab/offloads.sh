# SPDX-License-Identifier: Apache-2.0
# TCP and UDP over IPv4 and IPv6, both ways, at every MTU, with each offload off in turn on either
# side and with all of them off: whatever NIC and kernel share out between them, the bytes stay.
# lab-options: --mtu 9000
source /share/expect.sh

offloads=(tx tso tx-udp-segmentation sg rx gro rx-gro-hw)

both() { on_a "$@" && on_b "$@"; }
check() { python3 /share/traffic.py check || fail "$*"; }

# An offload that the driver does not have would be a test of nothing.
for offload in "${offloads[@]}"; do
  on_a ethtool -K eth0 "$offload" off || fail "ethtool -K eth0 $offload off"
  on_a ethtool -K eth0 "$offload" on
done
# Switching off what others rest on (tx, sg) switches these off too; all are back on for the start.
all_on() {
  local offload
  for offload in "${offloads[@]}"; do both ethtool -K eth0 "$offload" on; done
}

for mtu in 1500 4148 9000; do
  both ip link set eth0 mtu $mtu
  all_on
  check "MTU $mtu, all offloads on"
  for offload in "${offloads[@]}"; do
    for host in a b; do
      ip netns exec $host ethtool -K eth0 "$offload" off
      check "MTU $mtu, $offload off on $host"
      ip netns exec $host ethtool -K eth0 "$offload" on
    done
    all_on
  done
  for offload in "${offloads[@]}"; do both ethtool -K eth0 "$offload" off; done
  check "MTU $mtu, all offloads off"
  for split in on off; do
    all_on
    both ethtool -G eth0 tcp-data-split $split
    check "MTU $mtu, header split $split"
  done
done

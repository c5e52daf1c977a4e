# SPDX-License-Identifier: Apache-2.0
# TCP and UDP over IPv4 and IPv6, both ways, at every MTU, with each offload off in turn on either
# side and with all of them off: whatever NIC and kernel share out between them, the bytes stay.
# lab-options: --mtu 9000
source /share/expect.sh

# In an order in which each finds on what it rests on.
offloads=()
for offload in tx sg tso tx-udp-segmentation rx gro rx-gro-hw; do
  lacks "$offload" || offloads+=("$offload")
done

both() { on_a "$@" && on_b "$@"; }
# One process for all checks: to start Python takes longer here than to check.
coproc traffic { exec python3 /share/traffic.py checks; }
check() {
  local answer=
  echo "$*" >&"${traffic[1]}"
  read -r answer <&"${traffic[0]}" || true
  expect_eq "$*" "$answer" good
}
# set_offloads HOST on|off OFFLOAD…: ethtool lists what else changed, which is of no interest here.
set_offloads() {
  local host=$1 state=$2 offload words=()
  shift 2
  for offload in "$@"; do words+=("$offload" "$state"); done
  ip netns exec "$host" ethtool -K eth0 "${words[@]}" >/dev/null || fail "$host: $* $state"
}

# An offload that the driver does not have would be a test of nothing.
for offload in "${offloads[@]}"; do
  set_offloads a off "$offload"
  set_offloads a on "$offload"
done

for mtu in 1500 4148 9000; do
  both ip link set eth0 mtu $mtu
  check "MTU $mtu, all offloads on"
  for host in a b; do
    for offload in "${offloads[@]}"; do
      set_offloads $host off "$offload"
      check "MTU $mtu, $offload off on $host"
      # All of them: what rests on this one went off with it.
      set_offloads $host on "${offloads[@]}"
    done
  done
  for host in a b; do set_offloads $host off "${offloads[@]}"; done
  check "MTU $mtu, all offloads off"
  for host in a b; do set_offloads $host on "${offloads[@]}"; done
  for split in on off; do
    both ethtool -G eth0 tcp-data-split $split
    check "MTU $mtu, header split $split"
  done
done

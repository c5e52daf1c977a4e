# SPDX-License-Identifier: Apache-2.0
# A NIC is taken away from its driver while traffic runs, and comes back, again and again: the kernel
# removes the PCI device and finds it anew. (QEMU's own device_del is not for this: QEMU 11.1 aborts
# on it for any vfio-user device with MSI-X.)
source /share/expect.sh

rounds=${ROUNDS:-20}
device=$(on_a readlink -f /sys/class/net/eth0/device)
address=$(basename "$device")

for round in $(seq "$rounds"); do
  on_b ping -q -f -s 1400 -w 30 10.0.0.1 >/dev/null 2>&1 &
  flood=$!
  on_a ping -q -c 1 -W 5 10.0.0.2 >/dev/null || fail "round $round: no traffic before"
  echo 1 >"/sys/bus/pci/devices/$address/remove"
  [ ! -e "/sys/bus/pci/devices/$address" ] || fail "round $round: the device is still there"
  kill "$flood"
  wait "$flood" || true
  echo 1 >/sys/bus/pci/rescan
  [ -e "/sys/bus/pci/devices/$address/net" ] || fail "round $round: the device did not come back"
  name=$(ls "/sys/bus/pci/devices/$address/net")
  ip link set "$name" netns a name eth0
  on_a ip address add 10.0.0.1/24 dev eth0
  on_a ip link set eth0 up
  on_a ping -q -c 2 -i 0.2 -w 20 10.0.0.2 >/dev/null || fail "round $round: no traffic after"
done

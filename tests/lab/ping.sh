# SPDX-License-Identifier: Apache-2.0
# The driver is the kernel's own gve, the topology is as documented, and both families ping.
# lab-options: --pairs 2
source /share/expect.sh

for pair in 0 1; do
  for host in a b; do
    driver=$(ip netns exec $host ethtool -i eth$pair | sed -n 's/^driver: //p')
    expect_eq "driver of eth$pair in $host" "$driver" gve
    expect_eq "MTU" "$(ip netns exec $host cat /sys/class/net/eth$pair/mtu)" 4148
  done
  on_a ping -q -c 3 -i 0.2 10.0.$pair.2
  on_b ping -q -c 3 -i 0.2 10.0.$pair.1
  on_a ping -q -c 3 -i 0.2 fd00:$pair::2
  on_a ping -q -c 3 -i 0.2 -M do -s 4120 10.0.$pair.2
  on_a ping -q -c 2 -i 0.2 -s 20000 10.0.$pair.2  # IP fragments
done

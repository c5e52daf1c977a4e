# SPDX-License-Identifier: Apache-2.0
# Tagged traffic: the driver offers no VLAN offloads, so the tags are part of the frames, one deep
# and two deep, at the largest size that fits.
source /share/expect.sh

for host in a b; do
  last=$([ $host = a ] && echo 1 || echo 2)
  ip -n $host link add link eth0 name outer type vlan id 7
  ip -n $host addr add 10.7.0.$last/24 dev outer
  ip -n $host addr add fd07::$last/64 dev outer nodad
  ip -n $host link set outer mtu 4144 up
  ip -n $host link add link outer name inner type vlan id 4094
  ip -n $host addr add 10.8.0.$last/24 dev inner
  ip -n $host link set inner mtu 4140 up
done
on_a ping -q -c 3 -i 0.2 10.7.0.2
on_a ping -q -c 3 -i 0.2 -M do -s 4116 10.7.0.2
on_a ping -q -c 3 -i 0.2 fd07::2
on_a ping -q -c 3 -i 0.2 -M do -s 4112 10.8.0.2

head -c 10000000 /dev/urandom >/tmp/sent
for address in 10.7.0.2 fd07::2 10.8.0.2; do
  on_b nc -l -N "$address" 7000 </dev/null >/tmp/got &
  server=$!
  until on_b ss -ltn | grep -q ':7000 '; do sleep 0.05; done
  on_a nc -N "$address" 7000 </tmp/sent
  wait $server
  cmp /tmp/sent /tmp/got || fail "TCP to $address over VLANs"
done

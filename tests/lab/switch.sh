# SPDX-License-Identifier: Apache-2.0
# Three hosts on one switch reach each other by both families, and bytes arrive as they were sent.
# lab-options: --topology switch --hosts 3 --mtu 9000 --queues 2
source /share/expect.sh

declare -A number=([a]=1 [b]=2 [c]=3)
head -c 5000000 /dev/urandom >/tmp/sent

expect_eq hosts "$(ls /run/netns | tr -d '\n')" abc
for host in a b c; do
  expect_eq "MTU of $host" "$(ip netns exec $host cat /sys/class/net/eth0/mtu)" 9000
  expect_eq "RX queues of $host" \
    "$(ip netns exec $host ethtool -l eth0 | sed -n '/Current/,$s/^RX:[[:space:]]*//p')" 2
done

for from in a b c; do
  for to in a b c; do
    [ $from != $to ] || continue
    for address in "10.0.0.${number[$to]}" "fd00:0::${number[$to]}"; do
      ip netns exec $from ping -q -c 2 -i 0.2 "$address"
      rm -f /tmp/got
      ip netns exec $to nc -l -N "$address" 7000 </dev/null >/tmp/got &
      server=$!
      until ip netns exec $to ss -ltn | grep -q ':7000 '; do sleep 0.05; done
      ip netns exec $from nc -N "$address" 7000 </tmp/sent
      wait "$server"
      cmp /tmp/sent /tmp/got || fail "bytes from $from to $address"
    done
  done
done

# SPDX-License-Identifier: Apache-2.0
# Plain TCP and UDP arrive byte for byte with header split off and on; offloads.sh turns offloads off.
source /share/expect.sh

head -c 30000000 /dev/urandom >/tmp/sent
digest=$(sha256sum </tmp/sent | cut -d' ' -f1)

tcp_copy() {  # tcp_copy ADDRESS WHAT
  on_b nc -l -N "$1" 7000 </dev/null >/tmp/got &
  local server=$!
  until on_b ss -ltn | grep -q ':7000 '; do sleep 0.05; done
  on_a nc -N "$1" 7000 </tmp/sent
  wait "$server"
  expect_eq "TCP to $1, $2" "$(sha256sum </tmp/got | cut -d' ' -f1)" "$digest"
}

for split in off on; do
  on_b ethtool -G eth0 tcp-data-split $split
  expect_eq "header split" \
    "$(on_b ethtool -g eth0 | sed -n '/Current/,$s/^TCP data split:[[:space:]]*//p')" $split
  tcp_copy 10.0.0.2 "header split $split"
  tcp_copy fd00:0::2 "header split $split"
done

# UDP: what the sender sends arrives, or the receiving kernel says that its own socket was full.
udp_socket_drops() {  # RcvbufErrors of host b
  on_b awk '/^Udp: [0-9]/ {print $6}' /proc/net/snmp
}
on_b iperf3 -s -1 -D
until on_b ss -ltn | grep -q ':5201 '; do sleep 0.05; done
drops_before=$(udp_socket_drops)
on_a iperf3 -c 10.0.0.2 -u -b 20M -l 4000 -t 2 -w 4M --json >/tmp/udp.json
drops=$(($(udp_socket_drops) - drops_before))
lost=$(json /tmp/udp.json 'r["end"]["sum"]["lost_packets"]')
packets=$(json /tmp/udp.json 'r["end"]["sum"]["packets"]')
[ "$packets" -gt 1000 ] || fail "only $packets UDP packets were sent"
[ "$lost" -le "$drops" ] || fail "$lost UDP packets lost, $drops of them in the socket"

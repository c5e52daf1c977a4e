# SPDX-License-Identifier: Apache-2.0
# Four pairs of NICs carry TCP both ways at once, each NIC its own share, and a devmem transfer
# beside them lands byte for byte.
# lab-options: --pairs 4
# needs: devmem
source /share/expect.sh

for pair in 0 1 2 3; do
  on_b iperf3 -s -1 -D -p 520$pair
  on_a iperf3 -s -1 -D -p 520$pair
done
for host in a b; do
  until [ "$(ip netns exec $host ss -ltn | grep -c ':520')" = 4 ]; do sleep 0.05; done
done
runs=()
for pair in 0 1 2 3; do
  on_a iperf3 -J -t 8 -c 10.0.$pair.2 -p 520$pair >/tmp/a$pair.json &
  runs+=($!)
  on_b iperf3 -J -t 8 -c fd00:$pair::1 -p 520$pair >/tmp/b$pair.json &
  runs+=($!)
done

start_recv b --listen 10.0.0.2:6000 --nic eth0 --path devmem --memory udmabuf --region-size 64M \
  --verify pattern:3
on_a nobounce send 10.0.0.2:6000 --nic eth0 --path devmem --memory udmabuf --pattern 3 \
  --bytes 20000000
wait "$recv_pid" || fail "the transfer beside them: $(cat /tmp/recv.err)"

for run in "${runs[@]}"; do wait "$run"; done
for pair in 0 1 2 3; do
  for way in a b; do
    bytes=$(json /tmp/$way$pair.json 'r["end"]["sum_received"]["bytes"]')
    [ "$bytes" -gt 1000000 ] || fail "pair $pair, from $way: only $bytes bytes"
  done
done

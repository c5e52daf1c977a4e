# SPDX-License-Identifier: Apache-2.0
# Hosts a and b in a QEMU each: they are two machines, they reach each other by both families, and
# devmem goes from the memory of one to that of the other. two_guests_peer.sh is host b's half.
# lab-options: --guests 2 --peer /share/two_guests_peer.sh
# needs: devmem
source /share/expect.sh

# await FILE TEXT: until the other guest has written it.
await() {
  for _ in $(seq 1200); do
    grep -qs -- "$2" "/share/$1" && return
    sleep 0.1
  done
  fail "$1 never said '$2': $(cat "/share/$1" 2>&1)"
}

await boot_id -
[ "$(cat /share/boot_id)" != "$(cat /proc/sys/kernel/random/boot_id)" ] || fail "one machine, not two"
expect_eq "hosts here" "$(ls /run/netns)" a
expect_eq "hosts there" "$(cat /share/hosts)" b

for address in 10.0.0.2 fd00:0::2; do
  on_a ping -q -c 3 -i 0.2 "$address"
done

run=0
for path in copy devmem; do
  for address in 10.0.0.2 '[fd00:0::2]'; do
    await "recv.$run.err" listening
    on_a nobounce send "$address:5001" --nic eth0 --path $path --memory udmabuf \
      --pattern 7 --bytes 20000003
    await "recv.$run.status" .
    expect_eq "recv by $path at $address" "$(cat /share/recv.$run.status)" 0
    expect_eq bytes "$(json /share/recv.$run.json 'r["bytes"]')" 20000003
    expect_eq "linear bytes" "$(json /share/recv.$run.json 'r["linear_bytes"]')" 0
    run=$((run + 1))
  done
done

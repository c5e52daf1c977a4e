# SPDX-License-Identifier: Apache-2.0
# Four pairs of NICs, an accelerator beside each pair, both directions at once: eight transfers from
# device memory to device memory, each whole and right, and not one touch by the CPU.
# lab-options: --pairs 4 --accelerators 4
# needs: devmem
source /share/expect.sh

bytes=8000003
# recv HOST ADDRESS NIC ACCELERATOR: in the background, its files named after the address.
receive() {
  ip netns exec "$1" nobounce recv --listen "$2:6000" --nic "$3" --path devmem \
    --memory "accelerator:$4" --region-size 16M --timeout 100 --verify pattern:3 \
    --json="/tmp/$2.json" 2>"/tmp/$2.err" &
  receivers+=($!)
}
receivers=()
addresses=()
for pair in 0 1 2 3; do
  receive b 10.0.$pair.2 eth$pair $pair
  receive a 10.0.$pair.1 eth$pair $(((pair + 1) % 4))
  addresses+=(10.0.$pair.2 10.0.$pair.1)
done
for i in "${!addresses[@]}"; do
  wait_for_line "/tmp/${addresses[i]}.err" listening "${receivers[i]}"
done
senders=()
for pair in 0 1 2 3; do
  on_a nobounce send 10.0.$pair.2:6000 --nic eth$pair --path devmem --region-size 4M \
    --memory "accelerator:$(((pair + 2) % 4))" --timeout 100 --pattern 3 --bytes $bytes \
    2>/tmp/send_a$pair.err &
  senders+=($!)
  on_b nobounce send 10.0.$pair.1:6000 --nic eth$pair --path devmem --region-size 4M \
    --memory "accelerator:$(((pair + 3) % 4))" --timeout 100 --pattern 3 --bytes $bytes \
    2>/tmp/send_b$pair.err &
  senders+=($!)
done
for sender in "${senders[@]}"; do wait "$sender" || fail "send: $(cat /tmp/send_*.err)"; done
for i in "${!addresses[@]}"; do
  address=${addresses[i]}
  wait "${receivers[i]}" || fail "recv at $address: $(cat "/tmp/$address.err")"
  expect_eq "bytes at $address" "$(json "/tmp/$address.json" 'r["bytes"]')" $bytes
  expect_eq "CPU touches at $address" "$(json "/tmp/$address.json" 'r["cpu_touches"]')" 0
  expect_eq "linear bytes at $address" "$(json "/tmp/$address.json" 'r["linear_bytes"]')" 0
done

# SPDX-License-Identifier: Apache-2.0
# The table of docs/paths.md, cell by cell: each path with each memory either moves a pattern whole
# and right, or is refused with its reason; and each path of a sender meets each of a receiver.
# needs: devmem zcrx
source /share/expect.sh

bytes=4000003
no_heap='the heap chooses its pages itself'
no_pin='no pages that can be pinned'
no_dma_buf='plain host memory has no dma-buf'

# path udmabuf udmabuf-huge dma-heap dma-heap-huge host host-huge; a word for a refusal, or works
rx_table='
copy   works works works     no_heap works      works
mmap   works works works     no_heap works      works
zcrx   works works works     no_heap works      works
devmem works works works     no_heap no_dma_buf no_dma_buf'
tx_table='
copy     works works works  no_heap works      works
zerocopy works works no_pin no_heap works      works
send_zc  works works no_pin no_heap works      works
devmem   works works works  no_heap no_dma_buf no_dma_buf'
memories=(udmabuf udmabuf-huge dma-heap dma-heap-huge host host-huge)

# An empty pool is told with the file that says so and the command that fills it.
pool=/sys/kernel/mm/hugepages/hugepages-2048kB
status=0
on_a nobounce send 10.0.0.2:1 --path copy --memory host --huge-pages --region-size 8M \
  --pattern 1 --bytes 1 2>/tmp/empty.err || status=$?
expect_eq "status with an empty pool" "$((status > 0))" 1
grep -q "$pool/free_hugepages says 0, 4 are needed (fix: echo 4 > $pool/nr_hugepages)" \
  /tmp/empty.err || grep -q "echo 4 > $pool/nr_hugepages" /tmp/empty.err ||
  fail "an empty pool: $(cat /tmp/empty.err)"
echo 40 >$pool/nr_hugepages

memory_options() { echo "--memory ${1%-huge} $([[ $1 == *-huge ]] && echo --huge-pages)"; }

# move TX TX_MEMORY RX RX_MEMORY
move() {
  # shellcheck disable=SC2046
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path "$3" $(memory_options "$4") \
    --region-size 32M --timeout 30 --bytes $bytes --verify pattern:7
  # shellcheck disable=SC2046
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path "$1" $(memory_options "$2") \
    --region-size 8M --timeout 30 --pattern 7 --bytes $bytes 2>/tmp/send.err ||
    fail "send by $1 from $2 (to $3): $(cat /tmp/send.err /tmp/recv.err)"
  wait "$recv_pid" || fail "recv by $3 into $4 (from $1): $(cat /tmp/recv.err)"
  expect_eq "bytes by $1/$2 to $3/$4" "$(json /tmp/recv.json 'r["bytes"]')" $bytes
  expect_eq "tokens by $3/$4" "$(json /tmp/recv.json 'r["tokens_outstanding"]')" 0
}

# refused REASON COMMAND…
refused() {
  local reason=$1
  shift
  if "$@" >/tmp/refused.out 2>&1; then fail "not refused: $*"; fi
  grep -qF "${!reason}" /tmp/refused.out || fail "$*: no '${!reason}' in $(cat /tmp/refused.out)"
}

while read -r path cells; do
  [ -n "$path" ] || continue
  read -ra cells <<<"$cells"
  for i in "${!memories[@]}"; do
    memory=${memories[i]}
    if [ "${cells[i]}" = works ]; then
      move copy host "$path" "$memory"
    else
      # shellcheck disable=SC2046
      refused "${cells[i]}" on_b nobounce recv --listen 10.0.0.2:5001 --nic eth0 --path "$path" \
        $(memory_options "$memory") --region-size 32M --timeout 5 --bytes $bytes
    fi
    echo "rx $path $memory: ${cells[i]}"
  done
done <<<"$rx_table"

while read -r path cells; do
  [ -n "$path" ] || continue
  read -ra cells <<<"$cells"
  for i in "${!memories[@]}"; do
    memory=${memories[i]}
    if [ "${cells[i]}" = works ]; then
      move "$path" "$memory" copy host
    else
      # shellcheck disable=SC2046
      refused "${cells[i]}" on_a nobounce send 10.0.0.2:5001 --nic eth0 --path "$path" \
        $(memory_options "$memory") --region-size 8M --timeout 5 --pattern 7 --bytes $bytes
    fi
    echo "tx $path $memory: ${cells[i]}"
  done
done <<<"$tx_table"

for tx in zerocopy send_zc devmem; do
  for rx in mmap zcrx devmem; do
    move $tx udmabuf $rx udmabuf
    echo "$tx to $rx"
  done
done

# Over IPv4 the lab's MTU of 4148 makes segments of a page, so that nearly all is mapped.
bytes=50000003
move zerocopy host mmap host
percent=$(json /tmp/recv.json 'int(100 * r["mapped_bytes"] / r["bytes"])')
echo "mapped: $percent%"
[ "$percent" -ge 90 ] || fail "only $percent% were mapped: $(cat /tmp/recv.err)"

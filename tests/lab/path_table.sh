# SPDX-License-Identifier: Apache-2.0
# The table of docs/paths.md, cell by cell: each path with each memory either moves a pattern whole
# and right, or is refused with its reason; and each path of a sender meets each of a receiver.
# needs: devmem zcrx
source /share/expect.sh

bytes=4000003
# The tables name these.
# shellcheck disable=SC2034
no_heap='the heap chooses its pages itself'
# shellcheck disable=SC2034
no_pin='no pages that can be pinned'
no_dma_buf='plain host memory has no dma-buf'

# A column each; a word that names a refusal, or works.
memories=(udmabuf udmabuf-huge dma-heap dma-heap-huge host host-huge)
declare -A rx_cells=(
  [copy]='works works works no_heap works works'
  [mmap]='works works works no_heap works works'
  [zcrx]='works works works no_heap works works'
  [devmem]='works works works no_heap no_dma_buf no_dma_buf')
declare -A tx_cells=(
  [copy]='works works works no_heap works works'
  [zerocopy]='works works no_pin no_heap works works'
  [send_zc]='works works no_pin no_heap works works'
  [devmem]='works works works no_heap no_dma_buf no_dma_buf')

# An empty pool is told with the file that says so and the command that fills it.
pool=/sys/kernel/mm/hugepages/hugepages-2048kB
status=0
on_a nobounce send 10.0.0.2:1 --path copy --memory host --huge-pages --region-size 8M \
  --pattern 1 --bytes 1 2>/tmp/empty.err || status=$?
expect_eq "status with an empty pool" "$((status > 0))" 1
grep -q "$pool/free_hugepages says 0, 4 are needed.*echo 4 > $pool/nr_hugepages" /tmp/empty.err ||
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
  echo "tx $1 $2, rx $3 $4: works"
}

# refused REASON COMMAND…
refused() {
  local reason=$1
  shift
  if "$@" >/tmp/refused.out 2>&1; then fail "not refused: $*"; fi
  grep -qF "${!reason}" /tmp/refused.out || fail "$*: no '${!reason}' in $(cat /tmp/refused.out)"
}

# refuse_cells SIDE PATH CELLS COMMAND…: each refused memory of the row, added to the command.
refuse_cells() {
  local side=$1 path=$2 cells i
  read -ra cells <<<"$3"
  shift 3
  for i in "${!memories[@]}"; do
    [ "${cells[i]}" = works ] && continue
    # shellcheck disable=SC2046
    refused "${cells[i]}" "$@" --path "$path" $(memory_options "${memories[i]}")
    echo "$side $path ${memories[i]}: refused, ${!cells[i]}"
  done
}
for path in "${!rx_cells[@]}"; do
  refuse_cells rx "$path" "${rx_cells[$path]}" on_b nobounce recv --listen 10.0.0.2:5001 \
    --nic eth0 --region-size 32M --timeout 5 --bytes $bytes
done
for path in "${!tx_cells[@]}"; do
  refuse_cells tx "$path" "${tx_cells[$path]}" on_a nobounce send 10.0.0.2:5001 \
    --nic eth0 --region-size 8M --timeout 5 --pattern 7 --bytes $bytes
done

# working CELLS: the memories of the row that work.
working() {
  local cells i
  read -ra cells <<<"$1"
  for i in "${!memories[@]}"; do
    if [ "${cells[i]}" = works ]; then echo "${memories[i]}"; fi
  done
}

# Every path meets every other one, each time with the next of its memories; what is left of them
# then meets plain sockets.
declare -A rx_left tx_left
for path in "${!rx_cells[@]}"; do rx_left[$path]=$(working "${rx_cells[$path]}"); done
for path in "${!tx_cells[@]}"; do tx_left[$path]=$(working "${tx_cells[$path]}"); done
next() { head -n 1 <<<"$1"; }
rest() { tail -n +2 <<<"$1"; }

for tx in "${!tx_cells[@]}"; do
  for rx in "${!rx_cells[@]}"; do
    from=$(next "${tx_left[$tx]}") to=$(next "${rx_left[$rx]}")
    move "$tx" "${from:-udmabuf}" "$rx" "${to:-udmabuf}"
    tx_left[$tx]=$(rest "${tx_left[$tx]}") rx_left[$rx]=$(rest "${rx_left[$rx]}")
  done
done
for rx in "${!rx_cells[@]}"; do
  for memory in ${rx_left[$rx]}; do move copy host "$rx" "$memory"; done
done
for tx in "${!tx_cells[@]}"; do
  for memory in ${tx_left[$tx]}; do move "$tx" "$memory" copy host; done
done

# Over IPv4 the lab's MTU of 4148 makes segments of a page, so that nearly all is mapped.
bytes=50000003
move zerocopy host mmap host
percent=$(json /tmp/recv.json 'int(100 * r["mapped_bytes"] / r["bytes"])')
echo "mapped: $percent%"
[ "$percent" -ge 90 ] || fail "only $percent% were mapped: $(cat /tmp/recv.err)"

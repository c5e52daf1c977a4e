# SPDX-License-Identifier: Apache-2.0
# The accelerator's column of the table in docs/paths.md: each path either moves a pattern whole and
# right, or is refused with its reason.
# lab-options: --accelerators 2 --accelerator-memory 256M
# needs: devmem zcrx
source /share/expect.sh

bytes=4000003

# move RX RX_MEMORY TX TX_MEMORY
move() {
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path "$1" --memory "$2" --region-size 16M \
    --timeout 60 --bytes $bytes --verify pattern:7
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path "$3" --memory "$4" --region-size 4M \
    --timeout 60 --pattern 7 --bytes $bytes --json=/tmp/send.json 2>/tmp/send.err ||
    fail "send by $3 from $4 (to $1): $(cat /tmp/send.err /tmp/recv.err)"
  wait "$recv_pid" || fail "recv by $1 into $2 (from $3): $(cat /tmp/recv.err)"
  expect_eq "bytes by $3/$4 to $1/$2" "$(json /tmp/recv.json 'r["bytes"]')" $bytes
  expect_eq "tokens by $1/$2" "$(json /tmp/recv.json 'r["tokens_outstanding"]')" 0
  echo "rx $1 $2, tx $3 $4: works"
}
staged() { json "/tmp/$1.json" 'r["staged_bytes"]'; }

move copy accelerator:1 copy accelerator:0
expect_eq "staged on both sides" "$(staged recv) $(($(staged send) >= bytes))" "$bytes 1"
move mmap accelerator:1 devmem accelerator:0
move zcrx accelerator:1 devmem accelerator:0
expect_eq "touches by zcrx" "$(json /tmp/recv.json 'r["cpu_touches"]')" 0
expect_eq "staged by zcrx" "$(staged recv)" 0
move devmem accelerator:1 copy accelerator:0

# refused REASON COMMAND…
refused() {
  local reason=$1
  shift
  if "$@" >/tmp/refused.out 2>&1; then fail "not refused: $*"; fi
  grep -qF "$reason" /tmp/refused.out || fail "$*: no '$reason' in $(cat /tmp/refused.out)"
}
for path in zerocopy send_zc; do
  refused 'device memory has no pages that can be pinned' \
    on_a nobounce send 10.0.0.2:5001 --nic eth0 --path $path --memory accelerator --region-size 4M \
    --timeout 5 --pattern 7 --bytes $bytes
done
refused "a device's memory has no huge pages of this host's" \
  on_b nobounce recv --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory accelerator \
  --huge-pages --timeout 5
refused "the device's memory window has no room for it" \
  on_b nobounce recv --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory accelerator \
  --region-size 1G --timeout 5

# By itself no transfer takes an accelerator: its memory is for who asks for it.
start_recv b --listen 10.0.0.2:5001 --nic eth0 --bytes 10
on_a nobounce send 10.0.0.2:5001 --nic eth0 --pattern 7 --bytes 10 2>/dev/null
wait "$recv_pid" || fail "recv by auto: $(cat /tmp/recv.err)"
expect_eq "memory by auto" "$(json /tmp/recv.json 'r["memory"]')" udmabuf

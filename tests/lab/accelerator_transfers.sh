# SPDX-License-Identifier: Apache-2.0
# Device memory that is not the host's: bytes go from accelerator to accelerator, to either alone,
# and between two of one host, and the CPU touches none of it; where it does, each touch is counted.
# lab-options: --accelerators 2 --accelerator-memory 512M
# programs: touch_accelerator
# needs: devmem
source /share/expect.sh

nobounce accelerator list
expect_eq accelerators "$(nobounce accelerator list --json | python3 -c \
  'import json,sys; print(len(json.load(sys.stdin)["accelerators"]))')" 2

# What a device is asked it does: a pattern, and a hash that sha256sum agrees with.
nobounce accelerator fill accelerator:1 --bytes 9000001 --pattern 7
head -c 5000001 /dev/urandom >/tmp/file
digest=$(sha256sum </tmp/file | cut -d' ' -f1)
expect_eq "SHA-256 on the device" "$(nobounce accelerator checksum accelerator:0 /tmp/file)" \
  "$digest  /tmp/file"
printf 123456789 >/tmp/nine
expect_eq "CRC-32C on the device" "$(nobounce accelerator checksum --crc32c accelerator:0 /tmp/nine)" \
  "e3069283  /tmp/nine"
expect_exit 3 nobounce accelerator fill accelerator:2
expect_exit 2 nobounce accelerator counters udmabuf

# touches N: how often the CPU has touched it so far.
touches() {
  nobounce accelerator counters "accelerator:$1" --json >/tmp/counters.json
  json /tmp/counters.json 'r["cpu_accesses"]["reads"] + r["cpu_accesses"]["writes"]'
}
before=($(touches 0) $(touches 1))

# move FROM TO RX_PATH TX_PATH
move() {
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path "$3" --memory "$2" --timeout 60 \
    --into /tmp/landed --verify sha256
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path "$4" --memory "$1" --timeout 60 \
    --from /tmp/file --json=/tmp/send.json 2>/tmp/send.err ||
    fail "send by $4 from $1: $(cat /tmp/send.err /tmp/recv.err)"
  wait "$recv_pid" || fail "recv by $3 into $2: $(cat /tmp/recv.err)"
  expect_eq "SHA-256, $1 by $4 to $2 by $3" "$(json /tmp/recv.json 'r["sha256"]')" "$digest"
  cmp /tmp/file /tmp/landed
  expect_eq "linear bytes" "$(json /tmp/recv.json 'r["linear_bytes"]')" 0
}
is_untouched() { expect_eq "CPU touches of $1" "$(json "$1" 'r["cpu_touches"]')" 0; }

move accelerator:0 accelerator:1 devmem devmem
is_untouched /tmp/send.json
is_untouched /tmp/recv.json
expect_eq memory "$(json /tmp/recv.json 'r["memory"]')" accelerator:1
move accelerator udmabuf devmem devmem
is_untouched /tmp/send.json
expect_eq "udmabuf's counters" "$(json /tmp/recv.json 'list(r["cpu_touches"])')" \
  "['not_available']"
move udmabuf accelerator:1 devmem devmem
is_untouched /tmp/recv.json
move accelerator:1 accelerator:1 devmem devmem
is_untouched /tmp/recv.json

# Not even loading, hashing and writing touched it.
expect_eq "CPU touches of all" "$(touches 0) $(touches 1)" "${before[*]}"

# A touch is counted exactly, where it was and nowhere else.
/share/touch_accelerator accelerator:1 1000 250
expect_eq "CPU touches after a poke" "$(touches 0) $(touches 1)" \
  "${before[0]} $((before[1] + 1250))"
expect_eq "bytes written" "$(json /tmp/counters.json 'r["cpu_accesses"]["written_bytes"]')" 8000
expect_eq "bytes read" "$(json /tmp/counters.json 'r["cpu_accesses"]["read_bytes"]')" 2000

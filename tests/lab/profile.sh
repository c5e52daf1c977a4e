# SPDX-License-Identifier: Apache-2.0
# --path auto goes by a profile that speaks of this host, says so, and ignores others with a reason.
# needs: devmem
source /share/expect.sh

bytes=5000003
export XDG_STATE_HOME=/tmp/state
file=$XDG_STATE_HOME/nobounce/profiles/gve.json
mkdir -p "$(dirname "$file")"
on_b nobounce doctor eth0 --json=/tmp/doctor.json || fail "doctor"
host=$(json /tmp/doctor.json 'r["host_id"]')

profile() {  # profile HOST KERNEL
  cat >"$file" <<JSON
{"schema": "nobounce.profile/1", "measured": "2026-11-29T01:00:00Z", "bench": "a test",
 "host": "$1", "kernel": "$2", "driver": "gve", "send": null,
 "receive": {"order": ["mmap", "copy", "devmem", "zcrx"], "reasons": ["for the test"]}}
JSON
}

transfer() {
  start_recv b --listen 10.0.0.2:5001 --bytes $bytes --verify pattern:7
  on_a nobounce send 10.0.0.2:5001 --pattern 7 --bytes $bytes --json=/tmp/send.json \
    2>/tmp/send.err || fail "send: $(cat /tmp/send.err)"
  wait "$recv_pid" || fail "recv: $(cat /tmp/recv.err)"
}

profile "$host" "$(uname -r)"
on_b nobounce doctor eth0 >/tmp/doctor.txt || fail "doctor with a profile"
grep -q "receives by mmap, copy, devmem, zcrx (profile of 2026-11-29T01:00:00Z, $file)" \
  /tmp/doctor.txt || fail "doctor: $(cat /tmp/doctor.txt)"
transfer
expect_eq "path by profile" "$(json /tmp/recv.json 'r["path"]')" mmap
expect_eq "profile" "$(json /tmp/recv.json 'r["profile"]["file"]')" "$file"
grep -q 'order: mmap, copy, devmem, zcrx: profile of 2026-11-29' /tmp/recv.err ||
  fail "recv: $(cat /tmp/recv.err)"
expect_eq "the sender's path, of which it says nothing" "$(json /tmp/send.json 'r["path"]')" devmem

profile "$host" 6.12
transfer
expect_eq "path without a profile" "$(json /tmp/recv.json 'r["path"]')" devmem
grep -q 'profile ignored: .*measured on kernel 6.12' /tmp/recv.err ||
  fail "recv: $(cat /tmp/recv.err)"

profile 00000000000000000000000000000000 "$(uname -r)"
on_b nobounce doctor eth0 >/tmp/doctor.txt
grep -q 'profile ignored: .*measured on another host' /tmp/doctor.txt ||
  fail "doctor: $(cat /tmp/doctor.txt)"
rm -r "$XDG_STATE_HOME"

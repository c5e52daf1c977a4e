# SPDX-License-Identifier: Apache-2.0
# Wrong flags, wrong objects and busy queues are refused with an exit code that says which kind.
# needs: devmem
source /share/expect.sh

refused() {  # refused CODE TEXT COMMAND…: ends with CODE and says TEXT
  local code=$1 text=$2
  shift 2
  expect_exit "$code" "$@" >/tmp/out 2>&1
  grep -qi -- "$text" /tmp/out || fail "'$*' did not say '$text' but: $(cat /tmp/out)"
}

recv=(on_b nobounce recv --listen 10.0.0.2:5001 --nic eth0 --memory udmabuf)
refused 2 'queue 0' "${recv[@]}" --path devmem --queue 0
refused 2 'queue 0' "${recv[@]}" --path copy --queue 0
refused 2 'path' "${recv[@]}" --path teleport
# A result that can't be written is said before a peer is awaited.
refused 1 '/nowhere/result.json' "${recv[@]}" --path copy --timeout 60 --json=/nowhere/result.json
refused 2 'size' "${recv[@]}" --path copy --region-size 12X
refused 2 'address' on_b nobounce recv --path copy --memory udmabuf --listen nowhere
refused 1 'nosuch0' on_b nobounce recv --listen 10.0.0.2:5001 --nic nosuch0 --path devmem --memory udmabuf
refused 5 'timed out\|timeout' "${recv[@]}" --path devmem --timeout 1
refused 6 'refused\|peer' on_a nobounce send 10.0.0.2:5999 --path copy --memory udmabuf \
  --pattern 1 --bytes 4096

refused 2 'never behind eth0' on_a nobounce send 127.0.0.1:5001 --nic eth0 --path copy \
  --memory udmabuf --pattern 1 --bytes 4096
refused 3 "loopback can't carry devmem" on_b nobounce recv --listen 127.0.0.1:5001 --nic lo \
  --path devmem --memory udmabuf

# A queue that somebody has bound stays theirs.
start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf --queue 1
refused 1 'queue 1' on_b nobounce recv --listen 10.0.0.2:5002 --nic eth0 --path devmem \
  --memory udmabuf --queue 1
# Ctrl-C puts the NIC back and says so by its exit code.
kill -INT "$(pgrep -f 'nobounce recv' | head -1)"
expect_exit 130 wait "$recv_pid"
on_b ethtool -n eth0 | grep -q 'Total 0 rules' || fail "a flow rule was left behind"

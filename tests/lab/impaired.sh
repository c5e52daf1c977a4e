# SPDX-License-Identifier: Apache-2.0
# A wire that loses, reorders, duplicates and corrupts: TCP's bytes arrive equal all the same, by
# copy and by devmem, and the kernel has nothing to complain of.
# needs: devmem
# lab-options: --wire-delay 100us --wire-loss 0.5% --wire-reorder 0.5% --wire-duplicate 0.5% --wire-corrupt 0.2% --wire-seed 7
source /share/expect.sh

head -c 5000001 /dev/urandom >/tmp/file
digest=$(sha256sum </tmp/file | cut -d' ' -f1)

for address in 10.0.0.2 '[fd00:0::2]'; do
  for paths in copy/copy copy/devmem devmem/devmem; do
    start_recv b --listen "$address:5001" --nic eth0 --path "${paths#*/}" --memory udmabuf \
      --verify sha256
    on_a nobounce send "$address:5001" --nic eth0 --path "${paths%/*}" --memory udmabuf \
      --from /tmp/file
    wait "$recv_pid" || fail "recv by $paths at $address: $(cat /tmp/recv.err)"
    expect_eq "SHA-256 by $paths at $address" "$(json /tmp/recv.json 'r["sha256"]')" "$digest"
  done
done

# The wire did what it was told to.
retransmitted=$(on_a awk '/^Tcp: [0-9]/ {print $13}' /proc/net/snmp)  # RetransSegs
[ "$retransmitted" -gt 0 ] || fail "nothing was lost"

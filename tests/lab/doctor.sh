# SPDX-License-Identifier: Apache-2.0
# doctor says which paths the NIC has, changes nothing by looking, mends what it may, and gives a
# user without privileges a clear answer.
# needs: devmem zcrx
source /share/expect.sh

works() {  # works FILE DIRECTION PATH: yes, copies or no
  json "$1" "next(p['works'] for p in r['paths'][0]['$2'] if p['path'] == '$3')"
}
found() {  # found FILE ID: whether there is such a finding
  json "$1" "any(f['id'] == '$2' for f in r['findings'])"
}

# Header split is off at first: a lease turns it on, so it is a note and the paths are there.
nic_state b eth0 >/tmp/before
on_b nobounce doctor eth0 --json=/tmp/doctor.json >/tmp/doctor.txt
nic_state b eth0 >/tmp/after
diff /tmp/before /tmp/after || fail "looking changed the NIC"
grep -q 'header split is off' /tmp/doctor.txt || fail "no word of header split: $(cat /tmp/doctor.txt)"
for path in devmem zcrx mmap; do
  expect_eq "receive $path" "$(works /tmp/doctor.json receive $path)" yes
done
for path in devmem send_zc zerocopy; do
  expect_eq "send $path" "$(works /tmp/doctor.json send $path)" yes
done
expect_eq "the probe of large niovs" "$(json /tmp/doctor.json "r['host']['devmem']['rx_page_size']")" True
expect_eq "the ring's part" "$(json /tmp/doctor.json "r['provisioning']['eth0']['ring_bytes']")" 4194304

# What was turned on is no finding any more.
on_b ethtool -G eth0 tcp-data-split on
on_b nobounce doctor eth0 --json=/tmp/split.json >/dev/null
expect_eq "header-split-off" "$(found /tmp/split.json header-split-off)" False
on_b ethtool -G eth0 tcp-data-split off

# A record is judged elsewhere as it was here; a broken one is refused.
nobounce doctor --snapshot /tmp/doctor.json >/tmp/again.txt
diff /tmp/doctor.txt /tmp/again.txt || fail "the record is judged otherwise than the host"
echo '{"schema": "nobounce.host/1"}' >/tmp/broken.json
expect_exit 1 nobounce doctor --snapshot /tmp/broken.json 2>/tmp/broken.err
grep -q 'kernel_release is not there' /tmp/broken.err || fail "$(cat /tmp/broken.err)"

# Plain memory has no dma-buf, a dma-heap's mapping can't be pinned, and loopback has no queues.
on_b nobounce doctor eth0 --memory host --json=/tmp/host.json >/dev/null
expect_eq "devmem from host memory" "$(works /tmp/host.json receive devmem)" no
expect_eq "zcrx into host memory" "$(works /tmp/host.json receive zcrx)" yes
on_b nobounce doctor eth0 --memory dma-heap --json=/tmp/heap.json >/dev/null
expect_eq "devmem from a dma-heap" "$(works /tmp/heap.json send devmem)" yes
expect_eq "zerocopy from a dma-heap" "$(works /tmp/heap.json send zerocopy)" no
on_b nobounce doctor lo --json=/tmp/lo.json >/dev/null
expect_eq "devmem over loopback" "$(works /tmp/lo.json receive devmem)" no
expect_eq "zcrx over loopback" "$(works /tmp/lo.json receive zcrx)" copies

# --fix mends a setting and says so.
on_b sysctl -qw net.ipv4.tcp_rmem='4096 131072 212992'
on_b nobounce doctor eth0 --json=/tmp/low.json >/dev/null
expect_eq "tcp_rmem-low" "$(found /tmp/low.json tcp_rmem-low)" True
on_b nobounce doctor eth0 --fix | grep -q '^fixed: write .* to /proc/sys/net/ipv4/tcp_rmem' ||
  fail "--fix does not say what it did"
on_b nobounce doctor eth0 --json=/tmp/mended.json >/dev/null
expect_eq "tcp_rmem-low" "$(found /tmp/mended.json tcp_rmem-low)" False

# A user without privileges learns what is missing, and still gets what needs none.
on_b setpriv --reuid 65534 --clear-groups nobounce doctor eth0 --json >/tmp/user.json
expect_eq "receive devmem" "$(works /tmp/user.json receive devmem)" no
json /tmp/user.json "r['paths'][0]['receive'][0]['reason']" | grep -q CAP_NET_ADMIN ||
  fail "no word of CAP_NET_ADMIN: $(json /tmp/user.json "r['paths'][0]['receive'][0]")"
expect_eq "no-net-admin" "$(found /tmp/user.json no-net-admin)" True
expect_eq "send zerocopy" "$(works /tmp/user.json send zerocopy)" yes

# CAP_NET_ADMIN alone may change the NIC, but not write down how it was.
on_b setpriv --reuid 65534 --clear-groups --inh-caps +net_admin --ambient-caps +net_admin \
  nobounce doctor eth0 --json >/tmp/admin.json
for path in devmem zcrx; do
  expect_eq "receive $path" "$(works /tmp/admin.json receive $path)" no
done
json /tmp/admin.json "r['paths'][0]['receive'][0]['reason']" | grep -q 'leases.*written down' ||
  fail "no word of the journal: $(json /tmp/admin.json "r['paths'][0]['receive'][0]")"

expect_exit 1 on_b nobounce doctor nosuch0 >/tmp/nosuch.txt
grep -q 'nosuch0' /tmp/nosuch.txt || fail "the NIC that is not there is not named"

# SPDX-License-Identifier: Apache-2.0
# What goes wrong with device memory in mid-transfer: a side is killed, the receiver's window is closed,
# the sender's device is removed. The transfer fails or is right to the last byte, the NIC asks for the
# reset that it needs and lives, and the next transfer works.
# lab-options: --accelerators 2 --accelerator-memory 256M --wire-rate 200M
# needs: devmem
source /share/expect.sh

total=60000000
received() { on_b cat /sys/class/net/eth0/statistics/rx_bytes; }
resets() { ip netns exec "$1" ethtool -S eth0 | sed -n 's/^ *reset_cnt: //p'; }
# begin: starts a transfer from accelerator to accelerator, and returns in the midst of it.
begin() {
  local start
  start=$(received)
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory accelerator:1 \
    --region-size 32M --timeout 5 --bytes $total --verify pattern:1
  ip netns exec a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory accelerator:0 \
    --region-size 16M --timeout 5 --pattern 1 --bytes $total 2>/tmp/send.err &
  send_pid=$!
  until [ "$(received)" -gt $((start + 500000)) ]; do
    kill -0 "$send_pid" || fail "the transfer ended early: $(cat /tmp/send.err /tmp/recv.err)"
  done
}
# end: waits for both sides, and leaves how they ended in $recv_status and $send_status.
end() {
  recv_status=0
  send_status=0
  wait "$recv_pid" || recv_status=$?
  wait "$send_pid" || send_status=$?
  echo "$1: recv ended with $recv_status, send with $send_status"
}
# whole FROM TO: a transfer between these memories works.
whole() {
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory "$2" --region-size 16M \
    --timeout 30 --verify pattern:3
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory "$1" --region-size 4M \
    --timeout 30 --pattern 3 --bytes 3000000 2>/tmp/send.err ||
    fail "send from $1 afterwards: $(cat /tmp/send.err)"
  wait "$recv_pid" || fail "recv into $2 afterwards: $(cat /tmp/recv.err)"
}

begin
kill -KILL "$recv_pid"
end "receiver killed"
expect_eq "the sender's status" $send_status 6
begin
kill -KILL "$send_pid"
end "sender killed"
expect_eq "the receiver's status" $recv_status 6
whole accelerator:0 accelerator:1

pci_address() {
  nobounce accelerator list --json |
    python3 -c "import json,sys; print(json.load(sys.stdin)['accelerators'][$1]['pci_address'])"
}
# memory_space ADDRESS on|off: the bit of the PCI command register that opens a device's windows.
memory_space() {
  python3 - "$1" "$2" <<'PYTHON'
import os, sys
fd = os.open(f"/sys/bus/pci/devices/{sys.argv[1]}/config", os.O_RDWR)
command = int.from_bytes(os.pread(fd, 2, 4), "little")
command = command | 2 if sys.argv[2] == "on" else command & ~2
os.pwrite(fd, command.to_bytes(2, "little"), 4)
PYTHON
}

# Payload for a window that is closed is a buffer address that is none: the NIC delivers nothing of it,
# asks its driver for a reset, and does so again for as long as the window stays closed.
receiver_pci=$(pci_address 1)
before=$(resets b)
begin
memory_space "$receiver_pci" off
for _ in $(seq 100); do
  [ "$(resets b)" = "$before" ] || break
  sleep 0.1
done
[ "$(resets b)" != "$before" ] || fail "the receiver's NIC took no notice"
memory_space "$receiver_pci" on
end "receiver's window closed"
# Who says that all came has compared all of it.
[ $recv_status -ne 0 ] || expect_eq "bytes compared" "$(json /tmp/recv.json 'r["bytes"]')" $total
whole udmabuf udmabuf
whole accelerator:0 accelerator:1

# What a removed device's window held can't be read any more.
sender_pci=$(pci_address 0)
begin
echo 1 >"/sys/bus/pci/devices/$sender_pci/remove"
end "sender's device removed"
[ $recv_status -ne 0 ] || fail "recv took what could not have left: $(cat /tmp/recv.err)"
[ $send_status -ne 0 ] || fail "send sent what it could not read: $(cat /tmp/send.err)"
whole udmabuf udmabuf
expect_eq "accelerators left" "$(nobounce accelerator list --json | python3 -c \
  'import json,sys; print(len(json.load(sys.stdin)["accelerators"]))')" 1

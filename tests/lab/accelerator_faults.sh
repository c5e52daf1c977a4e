# SPDX-License-Identifier: Apache-2.0
# What goes wrong with device memory in mid-transfer: a side is killed, the window is closed, the
# device is removed. It is an error, nothing wrong lands, the NIC lives, and the next transfer works.
# lab-options: --accelerators 2 --wire-rate 400M
# needs: devmem
source /share/expect.sh

total=400000000
# begin: starts a transfer from accelerator to accelerator, and returns in the midst of it.
begin() {
  local start
  start=$(on_b cat /sys/class/net/eth0/statistics/rx_bytes)
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory accelerator:1 \
    --region-size 32M --timeout 10 --bytes $total --verify pattern:1
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory accelerator:0 \
    --region-size 16M --timeout 10 --pattern 1 --bytes $total 2>/tmp/send.err &
  send_pid=$!
  until [ "$(on_b cat /sys/class/net/eth0/statistics/rx_bytes)" -gt $((start + 2000000)) ]; do
    kill -0 "$send_pid" || fail "the transfer ended early: $(cat /tmp/send.err /tmp/recv.err)"
    sleep 0.05
  done
}
# whole FROM TO
whole() {
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path devmem --memory "$2" --region-size 32M \
    --timeout 30 --verify pattern:3
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory "$1" --region-size 16M \
    --timeout 30 --pattern 3 --bytes 6000000
  wait "$recv_pid" || fail "recv afterwards: $(cat /tmp/recv.err)"
}

for victim in recv send; do
  begin
  kill -KILL "$(pgrep -f "nobounce $victim" | head -1)"
  if [ $victim = recv ]; then
    wait "$recv_pid" || true
    expect_exit 6 wait "$send_pid"
  else
    wait "$send_pid" || true
    expect_exit 6 wait "$recv_pid"
  fi
  whole accelerator:0 accelerator:1
done

pci_address() {
  nobounce accelerator list --json |
    python3 -c "import json,sys; print(json.load(sys.stdin)['accelerators'][$1]['pci_address'])"
}
# memory_space ADDRESS on|off: the PCI command register's bit that opens the windows.
memory_space() {
  python3 - "$1" "$2" <<'PY'
import os, sys
fd = os.open(f"/sys/bus/pci/devices/{sys.argv[1]}/config", os.O_RDWR)
command = int.from_bytes(os.pread(fd, 2, 4), "little")
command = command | 2 if sys.argv[2] == "on" else command & ~2
os.pwrite(fd, command.to_bytes(2, "little"), 4)
PY
}

# The receiver's window is closed under its binding: what the NIC is to write there goes nowhere,
# and the receiver never says that it has it. A region larger than it needs is bound, too.
receiver_pci=$(pci_address 1)
begin
memory_space "$receiver_pci" off
status=0
wait "$recv_pid" || status=$?
[ $status -ne 0 ] || fail "recv took what could not have landed: $(cat /tmp/recv.err)"
wait "$send_pid" || true
memory_space "$receiver_pci" on
whole udmabuf udmabuf
whole accelerator:0 accelerator:1

# The sender's device is removed. The kernel keeps the binding, and the bytes that leave are no
# longer the pattern, or none leave: never does the receiver say that all is well.
sender_pci=$(pci_address 0)
begin
echo 1 >"/sys/bus/pci/devices/$sender_pci/remove"
status=0
wait "$recv_pid" || status=$?
[ $status -ne 0 ] || fail "recv took what could not have left: $(cat /tmp/recv.err)"
wait "$send_pid" || true
whole udmabuf udmabuf
expect_eq "accelerators left" "$(nobounce accelerator list --json | python3 -c \
  'import json,sys; print(len(json.load(sys.stdin)["accelerators"]))')" 1

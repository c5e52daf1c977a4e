# SPDX-License-Identifier: Apache-2.0
# Two receivers share a NIC; whichever ends first leaves the other in working order, and the last
# one out leaves the NIC as it was.
# needs: devmem
source /share/expect.sh

before=$(nic_state b eth0)

receive() {  # receive N: starts receiver N, port 5000 + N and pattern N; leaves its pid in $pid
  on_b nobounce recv --listen "10.0.0.2:500$1" --nic eth0 --path devmem --memory udmabuf \
    --region-size 64M --verify "pattern:$1" --json="/tmp/$1.json" 2>"/tmp/$1.err" &
  pid=$!
  wait_for_line "/tmp/$1.err" listening $pid
}

finish() {  # finish N PID: sends receiver N its pattern and waits for it
  on_a nobounce send "10.0.0.2:500$1" --nic eth0 --path devmem --memory udmabuf --pattern "$1" \
    --bytes 5000000
  wait "$2" || fail "receiver $1: $(cat "/tmp/$1.err")"
  expect_eq "linear bytes of receiver $1" "$(json "/tmp/$1.json" 'r["linear_bytes"]')" 0
}

for order in '1 2' '2 1'; do
  receive 1
  pid_1=$pid
  receive 2
  pid_2=$pid
  for n in $order; do
    which=pid_$n
    finish "$n" "${!which}"
  done
  expect_eq "NIC state after $order" "$(nic_state b eth0)" "$before"
done

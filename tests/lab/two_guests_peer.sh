#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Host b of two_guests.sh: receives what host a sends, and says so in /share.
ls /run/netns >/share/hosts
cat /proc/sys/kernel/random/boot_id >/share/boot_id
for run in 0 1 2 3; do
  listen='10.0.0.2:5001'
  if ((run % 2)); then listen='[fd00:0::2]:5001'; fi
  status=0
  ip netns exec b nobounce recv --json=/share/recv.$run.json --listen "$listen" --nic eth0 \
    --path devmem --memory udmabuf --bytes 20000003 --verify pattern:7 2>/share/recv.$run.err ||
    status=$?
  echo $status >/share/recv.$run.status
done

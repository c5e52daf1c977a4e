# SPDX-License-Identifier: Apache-2.0
# Two accelerators under the kernel's own virtio-gpu driver: what they are asked for they do, what a
# CPU does to their memory is counted to the byte, and one knows nothing of the other.
# lab-options: --pairs 0 --accelerators 2 --accelerator-memory 64M
source /share/expect.sh

for device in /dev/dri/renderD128 /dev/dri/renderD129; do
  python3 /share/accelerator.py $device || fail "$device"
done

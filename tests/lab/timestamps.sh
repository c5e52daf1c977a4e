# SPDX-License-Identifier: Apache-2.0
# The NIC's own timestamps: every datagram bears one, and they are as far apart as what was sent.
# needs: timestamps
source /share/expect.sh

on_b ethtool -T eth0 | grep -q hardware-receive || fail "the driver offers no hardware timestamps"
python3 /share/timestamps.py

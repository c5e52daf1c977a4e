#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# link_flaps.sh NOBOUNCE: the cable of a NIC of `nobounce nic serve` is pulled and put back again and
# again. The guest, which has both ends of it, sees each change at both, traffic stops and comes back,
# a TCP stream survives it all, and the kernel log stays clean. FLAPS=N: how often, 100 by default.
set -euo pipefail

nobounce=$1
here=$(dirname "${BASH_SOURCE[0]}")

share=$(mktemp -d)
nics=$share/nics
service=
end() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  rm -rf "$share"
}
trap end EXIT
cp "$here"/../lab/{expect.sh,answers.py,traffic.py,link_flaps.sh} "$share/"

# A slow wire leaves the emulated CPU some time for everything else.
exec {served}< <(exec "$nobounce" nic serve --directory "$nics" --wire-rate 20M 2>&1)
service=$!
until [[ ${line:-} == serving* ]]; do
  read -ru "$served" line || { echo "no service: ${line:-}" >&2; exit 1; }
done

options=(--pairs 0 --timeout 1200 --share "$share")
slot=20 # past those that the lab itself may take
for nic in pair0-a pair0-b; do
  slot=$((slot + 1))
  options+=(--qemu=-device --qemu="pcie-root-port,id=$nic,chassis=$slot,slot=$slot"
    --qemu=-device --qemu="{\"driver\":\"vfio-user-pci\",\"bus\":\"$nic\",\
\"socket\":{\"path\":\"$nics/$nic.sock\",\"type\":\"unix\"}}")
done

# The guest says what is to be done to which cable, and sees for itself that it was done.
exec {asked}< <(exec "$nobounce" lab run "${options[@]}" -- \
  bash /share/link_flaps.sh "${FLAPS:-100}")
guest=$!
while read -ru "$asked" word nic state; do
  if [ "$word" = link ]; then
    "$nobounce" nic set --directory "$nics" --link "$nic" "$state"
  else
    echo "$word $nic $state"
  fi
done
"$nobounce" nic stat --directory "$nics"
wait "$guest"

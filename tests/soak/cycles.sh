#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ten thousand connect, receive, close by each path with a pool, in one guest: cycles.sh NOBOUNCE.
# CYCLES says how many instead.
set -euo pipefail

nobounce=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
cp "$here"/../lab/{expect.sh,answers.py,cycles.sh} "$(dirname "$nobounce")/lab-programs/cycles" "$share/"
"$nobounce" lab run --timeout 1500 --share "$share" -- \
  env CYCLES="${CYCLES:-10000}" bash /share/cycles.sh

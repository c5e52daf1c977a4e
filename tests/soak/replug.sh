#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# replug.sh NOBOUNCE: a NIC is removed and comes back while traffic runs.
exec "$(dirname "${BASH_SOURCE[0]}")/../lab/in_lab" "$1" replug.sh

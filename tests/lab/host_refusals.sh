#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `nobounce lab` refuses, seen from outside: each refusal has its exit code, names its object,
# and comes before a guest is booted. host_refusals.sh NOBOUNCE
set -euo pipefail

nobounce=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/empty"

# refuse CODE TEXT ARGUMENTS…: the command must end with CODE and say TEXT.
refuse() {
  local code=$1 text=$2 got=0
  shift 2
  timeout 60 "$nobounce" lab "$@" >"$scratch/said" 2>&1 || got=$?
  if [[ $got != "$code" ]] || ! grep -qF -- "$text" "$scratch/said"; then
    echo "nobounce lab $*: exit status $got, expected $code and \"$text\"; it said:" >&2
    cat "$scratch/said" >&2
    exit 1
  fi
}

refuse 2 --share run --share "$scratch/missing" -- true
refuse 2 --share run --share "$scratch/empty" -- true
refuse 2 --pairs run --pairs 9 -- true
refuse 2 --ram run --ram 64M -- true
refuse 2 --meter-profile run --meter-profile=0 -- true
refuse 2 --mtu run --mtu 1279 -- true
refuse 2 --mtu run --mtu 9001 -- true
refuse 2 --queues run --queues 17 -- true
refuse 2 "ring not in {pair,switch}" run --topology ring -- true
refuse 2 "1 not in {pair,switch}" run --topology 1 -- true
refuse 2 "fast not in {polled,socket}" run --doorbells fast -- true
refuse 2 "--hosts, or --topology pair" run --topology switch --pairs 1 -- true
refuse 2 "--topology switch, or --pairs" run --hosts 3 -- true
refuse 2 "leave --topology switch or --guests out" run --topology switch --guests 2 -- true
refuse 2 "--guests 2" run --peer true -- true
refuse 2 "--pairs 1" run --pairs 0 --capture "$scratch/wire.pcapng" -- true
refuse 2 "--pairs 1" run --pairs 0 --wire-loss 1% -- true
refuse 2 120% run --wire-loss 120% -- true
refuse 1 "kernel 1.2" run --kernel 1.2 -- true
refuse 1 "newest" run --kernel ../x -- true
refuse 2 missing transfers "$scratch/missing"
refuse 2 "$scratch" transfers "$scratch"
refuse 2 empty transfers "$scratch/empty"
refuse 1 "$scratch/no/out.json" transfers --json "$scratch/no/out.json" "$nobounce"

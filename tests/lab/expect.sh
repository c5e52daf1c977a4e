# SPDX-License-Identifier: Apache-2.0
# What the guest's test scripts share: the two hosts, and expectations that say what they saw.
set -euo pipefail

on_a() { ip netns exec a "$@"; }
on_b() { ip netns exec b "$@"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_eq WHAT ACTUAL EXPECTED
expect_eq() { [ "$2" = "$3" ] || fail "$1: got '$2', expected '$3'"; }

# lacks WHAT: this kernel is an older one, asked for by name, and was found to lack it.
lacks() { case " $(</share/lacks) " in *" $1 "*) ;; *) false ;; esac; }

# expect_exit CODE COMMAND…: the command ends with that status.
expect_exit() {
  local expected=$1 status=0
  shift
  "$@" || status=$?
  expect_eq "exit status of $*" "$status" "$expected"
}

# json FILE EXPRESSION: evaluates a Python expression over the object `r` that FILE holds. answers.py
# does it, which starts while the script does; it is no child of the script's, so that `wait` does
# not await it, and ends with the last holder of its input.
questions=$(mktemp -u)
mkfifo "$questions.in" "$questions.out"
(python3 /share/answers.py <"$questions.in" >"$questions.out" &)
exec {json_ask}>"$questions.in" {json_answer}<"$questions.out"
rm "$questions.in" "$questions.out"
json() {
  local answer
  printf '%s\t%s\n' "$1" "$2" >&"$json_ask"
  IFS= read -r answer <&"$json_answer" || fail "answers.py is gone"
  case $answer in
    +*) printf '%s\n' "${answer#+}" ;;
    *) fail "${answer#!}" ;;
  esac
}

# wait_for_line FILE TEXT PID: until FILE holds TEXT, or the process is gone.
wait_for_line() {
  until grep -q -- "$2" "$1" 2>/dev/null; do
    kill -0 "$3" 2>/dev/null || { cat "$1" >&2; fail "process $3 ended before it said '$2'"; }
    sleep 0.05
  done
}

# start_recv HOST OPTIONS…: starts `nobounce recv` on a or b and waits until it listens. Leaves its
# process in $recv_pid, its standard error in /tmp/recv.err and its result in /tmp/recv.json.
start_recv() {
  local host=$1
  shift
  rm -f /tmp/recv.err /tmp/recv.json
  ip netns exec "$host" nobounce recv --json=/tmp/recv.json "$@" 2>/tmp/recv.err &
  recv_pid=$!
  wait_for_line /tmp/recv.err listening "$recv_pid"
}

# nic_state HOST IF: all settings that a lease may touch, as text to compare.
nic_state() {
  ip netns exec "$1" ethtool -g "$2"
  ip netns exec "$1" ethtool -k "$2" | grep -E 'ntuple|checksum'
  ip netns exec "$1" ethtool -x "$2"
  ip netns exec "$1" ethtool -n "$2" | grep -v '^$'
}

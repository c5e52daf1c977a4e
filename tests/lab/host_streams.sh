#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A guest's command as its caller sees it: arguments, bytes and statuses arrive as they are, and
# whatever ends a lab early leaves nothing behind. host_streams.sh NOBOUNCE
set -euo pipefail

nobounce=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_RUNTIME_DIR=$scratch/run
mkdir "$XDG_RUNTIME_DIR"

fail() {
  echo "$*" >&2
  exit 1
}

# After each run: no directory, and so no socket, and no process that knows of one.
expect_nothing_left() {
  [[ -z $(ls -A "$XDG_RUNTIME_DIR") ]] || fail "left behind: $(ls -A "$XDG_RUNTIME_DIR")"
  ! pgrep -f "$XDG_RUNTIME_DIR" >/dev/null || fail "still running: $(pgrep -af "$XDG_RUNTIME_DIR")"
}

expect_status() {
  local expected=$1 got=0
  shift
  "$@" || got=$?
  [[ $got == "$expected" ]] || fail "exit status $got, not $expected: $*"
  expect_nothing_left
}

lab=("$nobounce" lab run --pairs 0 --cpus 1 --timeout 200)

# Every byte of an argument but NUL, and output without an end of line; both streams; a status.
argument=$'a b"\'$\\ \u00e4\xff\n'
expect_status 42 "${lab[@]}" -- sh -c 'printf %s "$1"; printf "\0\377"; echo oops >&2; exit 42' sh \
  "$argument" >"$scratch/out" 2>"$scratch/err"
printf '%s\0\377' "$argument" | cmp - "$scratch/out"
grep -qx oops "$scratch/err"

expect_status 127 "${lab[@]}" -- no-such-command 2>"$scratch/err"
grep -q no-such-command "$scratch/err"

# A kernel that warns fails the run and is shown.
expect_status 7 "${lab[@]}" -- sh -c 'echo "WARNING: CPU: 0 made by hand" >/dev/kmsg' \
  2>"$scratch/err"
grep -q "made by hand" "$scratch/err"

# Two guests: the status is the command's, the peer's lines are marked, and it is stopped gently; and
# what either's CPUs did meanwhile is told.
mkdir "$scratch/share"
expect_status 3 "$nobounce" lab run --guests 2 --meter-profile=5 --cpus 1 --timeout 200 --share "$scratch/share" \
  --peer 'trap "echo stopped; exit" TERM
          echo there; touch there; while :; do sleep 0.1; done' \
  -- sh -c 'until [ -e there ]; do sleep 0.1; done; echo here; exit 3' >"$scratch/out" 2>"$scratch/err"
[[ $(<"$scratch/out") == here ]] || fail "the command said: $(<"$scratch/out")"
for line in there stopped; do
  grep -qxF "[b] $line" "$scratch/err" || fail "the peer said: $(<"$scratch/err")"
done

for host in a b; do
  grep -A 7 "instructions while the command ran (hosts $host), by function:" "$scratch/err" |
    grep -cE '^.+  +[0-9]+  +[0-9.]+%$' | grep -qx 5 || fail "no profile of $host: $(<"$scratch/err")"
done

# Our output full.
expect_status 1 "${lab[@]}" -- echo text >/dev/full 2>"$scratch/err"
grep -q "standard output" "$scratch/err"

# Ctrl-C, to the whole process group as a terminal sends it, once the command runs.
mkfifo "$scratch/fifo"
set -m
"${lab[@]}" -- sh -c 'echo started; sleep 600' >"$scratch/fifo" &
job=$!
set +m
read -r line <"$scratch/fifo"
[[ $line == started ]] || fail "the command said: $line"
kill -INT -- "-$job"
expect_status 130 wait "$job"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The completions know every option that the help shows, and the shells take them.
#
#   completions.sh NOBOUNCE
set -euo pipefail
nobounce=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf 'completions.sh: %s\n' "$*" >&2
  exit 1
}

for shell in bash zsh fish; do "$nobounce" completions $shell >"$scratch/$shell"; done

# The help shows two levels of commands. Options stand first in their line; examples are indented as
# well but begin with a word.
help_of_all() {
  "$nobounce" --help-all
  "$nobounce" lab --help-all
  "$nobounce" nic --help-all
}
mapfile -t options < <(help_of_all | grep -oE '^ +-[-a-zA-Z,]+' | tr -d ' ' |
  tr ',' '\n' | sort -u)
[ ${#options[@]} -gt 40 ] || fail "only ${#options[@]} options in --help-all"
for option in "${options[@]}"; do
  grep -qE -- "[ ']$option[ ']" "$scratch/bash" || fail "bash does not know $option"
  grep -qE -- "'$option(=-?)?\[" "$scratch/zsh" || fail "zsh does not know $option"
  case $option in
    --*) fish="-l ${option#--}" ;;
    *) fish="-s ${option#-}" ;;
  esac
  grep -qE -- " $fish( |\$)" "$scratch/fish" || fail "fish does not know $option"
done

# What bash offers after these words, the last of which is being typed.
offers() {
  bash -c '. "$1"; shift
           COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _nobounce; echo "${COMPREPLY[@]}"' \
    bash "$scratch/bash" "$@"
}
expect() {  # expect OFFER WORD…
  local wanted=$1
  shift
  [ "$(offers "$@")" = "$wanted" ] || fail "after '${*}' bash offers '$(offers "$@")', not '$wanted'"
}
expect 'recv' nobounce rec
expect 'run' nobounce lab ru
expect '--listen' nobounce recv --lis
expect 'devmem' nobounce recv --path dev
expect 'devmem' nobounce recv --path = dev
expect 'switch' nobounce lab run --topology sw
expect '' nobounce lab run -- ec

bash -n "$scratch/bash"
for shell in zsh fish; do
  if command -v $shell >/dev/null; then $shell -n "$scratch/$shell"; fi
done
if command -v fish >/dev/null; then
  [ "$(fish -c "source $scratch/fish; complete -C 'nobounce recv --path dev'" | cut -f 1)" = devmem ] ||
    fail 'fish does not complete --path'
  fish -c "source $scratch/fish; complete -C 'nobounce lab '" | grep -q '^shell' ||
    fail 'fish does not complete lab'
fi

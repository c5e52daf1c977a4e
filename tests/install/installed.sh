#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library as its users get it: installed into an empty prefix, the examples built from there by
# CMake and by pkg-config, and run against each other over loopback, with what arrives compared.
#
#   installed.sh BUILD_DIR SOURCE_DIR
set -euo pipefail
build=$1 source=$2
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
bytes=20000003 seed=7

say() { printf '== %s\n' "$*"; }
fail() {
  printf 'installed.sh: %s\n' "$*" >&2
  exit 1
}

say install
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log"
libdir=$(dirname "$(find "$prefix" -name libnobounce.so)")
# Nothing is found but what was installed.
export PKG_CONFIG_PATH=$libdir/pkgconfig
for file in bin/nobounce lib/nobounce/nobounce-copy-meter.so include/nobounce/nobounce.h \
  share/man/man1/nobounce.1 share/man/man3/nobounce.3 share/bash-completion/completions/nobounce; do
  [ -s "$prefix/$file" ] || fail "$file is not installed"
done

say 'exports: the functions of the header, and nothing else'
nm -D --defined-only --with-symbol-versions "$libdir/libnobounce.so" | awk '$2 == "T" { print $3 }' |
  sort >"$scratch/exported"
[ -s "$scratch/exported" ] || fail 'nothing is exported'
sed -n 's/^NB_API.*\(nb_[a-z0-9_]*\)(.*/\1@@NOBOUNCE_0/p' "$prefix/include/nobounce/nobounce.h" |
  sort >"$scratch/declared"
diff "$scratch/declared" "$scratch/exported" || fail 'exports and header differ'
nm -D --defined-only "$libdir/libnobounce.so" | awk '$2 != "T" && $2 != "A"' | grep . &&
  fail 'more than functions is exported'
readelf -d "$libdir/libnobounce.so" | grep -q 'soname: \[libnobounce.so.0\]' || fail 'soname'

say 'examples, by find_package'
cmake -S "$source/examples" -B "$scratch/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_BUILD_TYPE=Release >"$scratch/configure.log"
cmake --build "$scratch/cmake" -j 2 >"$scratch/build.log" || {
  cat "$scratch/build.log"
  exit 1
}

say 'examples, by pkg-config'
mkdir "$scratch/pkg"
read -ra shared <<<"$(pkg-config --cflags --libs nobounce)"
read -ra static <<<"$(pkg-config --cflags --static --libs nobounce)"
cc -std=c99 -Wall -Wextra -Wpedantic -Werror "$source/examples/receive.c" "${shared[@]}" \
  -o "$scratch/pkg/receive"
c++ -std=c++20 -Wall -Wextra -Wpedantic -Werror "$source/examples/send_region.cc" "${shared[@]}" \
  -o "$scratch/pkg/send_region"
# The archive has no soname, so the linker is given the file itself.
cc -std=c99 "$source/examples/receive.c" "${static[@]/-lnobounce/-l:libnobounce.a}" \
  -o "$scratch/pkg/receive_static"
for program in receive_static ../cmake/receive_static; do
  readelf -d "$scratch/pkg/$program" | grep libnobounce && fail "$program is not static"
done

# serve NAME COMMAND…: runs it in the background; $address is where it listens.
serve() {
  local name=$1
  shift
  rm -f "$scratch/$name".*  # Lest the address of an earlier one be read.
  timeout 60 "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" &
  server=$!
  # What it says first is where it listens; it ends without a word if it can't.
  while ! address=$(grep -sahom1 'listening on [^ ]*' "$scratch/$name.out" "$scratch/$name.err"); do
    kill -0 "$server" 2>/dev/null || {
      cat "$scratch/$name".*
      fail "$name did not start"
    }
    sleep 0.02
  done
  address=${address#listening on }
}

# ended NAME: waits for it.
ended() {
  wait "$server" || {
    cat "$scratch/$1".*
    fail "$1 failed"
  }
  server=
}

export LD_LIBRARY_PATH=$libdir
PATH=$prefix/bin:$PATH

say 'send_region → receive (C): the bytes of the pattern, compared with those of nobounce send'
serve wanted nobounce recv --listen 127.0.0.1:0 --into "$scratch/wanted.bin"
nobounce send "$address" --pattern $seed --bytes $bytes 2>"$scratch/send.err" ||
  fail "$(cat "$scratch/send.err")"
ended wanted
for receive in cmake/receive cmake/receive_static pkg/receive pkg/receive_static; do
  serve receive "$scratch/$receive" 127.0.0.1:0
  "$scratch/pkg/send_region" "$address" $bytes $seed
  ended receive
  cmp "$scratch/wanted.bin" "$scratch/receive.out" || fail "$receive got other bytes"
  grep -q "received $bytes bytes" "$scratch/receive.err" || fail "$receive counts wrongly"
done

say 'send_region → frags_in_place'
serve frags "$scratch/cmake/frags_in_place" 127.0.0.1:0 $seed
"$scratch/cmake/send_region" "$address" $bytes $seed
ended frags
grep "received $bytes bytes in" "$scratch/frags.out"

say 'a wrong stream is told'
serve wrong "$scratch/cmake/frags_in_place" 127.0.0.1:0 $((seed + 1))
"$scratch/cmake/send_region" "$address" $bytes $seed >/dev/null 2>&1 || true
status=0
wait "$server" || status=$?
server=
[ $status -eq 4 ] || fail "frags_in_place took a wrong stream ($status)"

say 'three send_region → many_connections'
serve many "$scratch/cmake/many_connections" 127.0.0.1:0 3 $seed
senders=()
for i in 1 2 3; do
  "$scratch/cmake/send_region" "$address" $bytes $seed >/dev/null &
  senders+=($!)
done
for sender in "${senders[@]}"; do wait "$sender"; done
ended many
[ "$(grep -c "received $bytes bytes" "$scratch/many.out")" -eq 3 ] || fail "$(cat "$scratch/many.out")"

say 'send.py → receive_into_region'
sum=$(python3 -c 'import sys; print(sum(open(sys.argv[1], "rb").read()))' "$scratch/wanted.bin")
serve region "$scratch/cmake/receive_into_region" 127.0.0.1:0
python3 "$source/examples/send.py" "$address" <"$scratch/wanted.bin"
ended region
cat "$scratch/region.out"
grep -q "received $bytes bytes, sum $sum" "$scratch/region.out" || fail "the sum is not $sum"

say 'an error says what, why and what mends it'
if "$scratch/cmake/receive" nonsense 2>"$scratch/error"; then fail 'nonsense was taken'; fi
grep -q '^invalid_argument: .*nonsense' "$scratch/error" || fail "$(cat "$scratch/error")"
echo 'all well'

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The three .debs of `cpack -G DEB`: what is in them, what they depend on, and that a program builds
# and runs with them, unpacked into a root of their own.
#
#   packages.sh BUILD_DIR
set -euo pipefail
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf 'packages.sh: %s\n' "$*" >&2
  exit 1
}

command -v dpkg-shlibdeps >/dev/null || {
  echo 'skipped: no dpkg-shlibdeps (package dpkg-dev)'
  exit 77
}
(cd "$build" && cpack -G DEB -B "$scratch") >"$scratch/cpack.log" 2>&1 || {
  cat "$scratch/cpack.log"
  exit 1
}

deb() { echo "$scratch/$1"_*.deb; }
field() { dpkg-deb -f "$(deb "$1")" "$2"; }
for package in libnobounce0 libnobounce-dev nobounce; do
  [ -f "$(deb $package)" ] || fail "there is no $package"
  [ "$(field $package Package)" = $package ] || fail "$package has another name inside"
  dpkg-deb -x "$(deb $package)" "$scratch/root"
done

version=$(field libnobounce0 Version)
[[ "$(field libnobounce-dev Depends)" == *"libnobounce0 (= $version)"* ]] ||
  fail "libnobounce-dev depends on $(field libnobounce-dev Depends)"
for library in libc6 libstdc++6 libmnl0 liburing2; do
  [[ "$(field libnobounce0 Depends)" == *"$library"* ]] ||
    fail "libnobounce0 does not depend on $library: $(field libnobounce0 Depends)"
done
[[ "$(field nobounce Depends)" != *libnobounce* ]] || fail 'the command needs no shared library'

# Each package holds its own, and nothing of the others.
contents() { dpkg-deb -c "$(deb "$1")" | awk '$1 !~ /^d/ { print $6 }'; }
contents libnobounce0 | grep -vE '/libnobounce\.so\.0(\.[0-9.]+)?$' && fail 'more in libnobounce0'
contents libnobounce-dev | grep -qE '/libnobounce\.so$' || fail 'no link to link with'
contents libnobounce-dev | grep -qE '/libnobounce\.a$' || fail 'no archive'
contents libnobounce-dev | grep -q '/man3/nobounce.3' || fail 'no nobounce(3)'
contents nobounce | grep -q '^./usr/bin/nobounce$' || fail 'no command'
contents nobounce | grep -q '/man1/nobounce-recv.1' || fail 'no man pages'

# dpkg takes them as they are, in a root of its own; what they depend on lies outside of that.
mkdir -p "$scratch/admin"/{var/lib/dpkg/{info,updates,triggers},usr}
touch "$scratch/admin/var/lib/dpkg/status"
if [ "$(id -u)" -eq 0 ]; then
  dpkg --root="$scratch/admin" --force-depends --force-script-chrootless -i "$scratch"/*.deb \
    >"$scratch/dpkg.log" 2>&1 || {
    cat "$scratch/dpkg.log"
    exit 1
  }
  [ -x "$scratch/admin/usr/bin/nobounce" ] || fail 'dpkg installed no command'
fi

libdir=$(dirname "$(find "$scratch/root" -name libnobounce.so)")
cat >"$scratch/version.c" <<'C'
#include <nobounce/nobounce.h>
#include <stdio.h>
int main(void) { return puts(nb_version()) < 0; }
C
read -ra flags <<<"$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --cflags --libs nobounce)"
cc "$scratch/version.c" "${flags[@]}" -o "$scratch/version"
[ "$(LD_LIBRARY_PATH=$libdir "$scratch/version")" = "${version%-*}" ] || fail 'another version runs'
"$scratch/root/usr/bin/nobounce" --version

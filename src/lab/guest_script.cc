// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_script.h"

#include <fmt/format.h>

namespace nobounce::lab {

std::string init_script(const std::string& root, const std::string& kernel) {
  // The kernel's modules lie as one more layer over the root, and a tmpfs over both: the guest may
  // write where it likes and the cache stays as it is. `set -e` turns any failure into a panic,
  // which the host sees: /init is process 1.
  return fmt::format(R"(#!/bin/busybox sh
set -e
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
while read -r module; do $b insmod "$module"; done < /modules/order
$b mount -t virtiofs -o ro {cache_tag} /lower
$b mount -t tmpfs -o mode=0755 tmpfs /rw
$b mkdir /rw/upper /rw/work
$b mount -t overlay -o lowerdir=/lower/{kernel}:/lower/{root},upperdir=/rw/upper,workdir=/rw/work \
  overlay /new
$b mount --move /dev /new/dev
$b mount --move /proc /new/proc
$b mount -t sysfs sys /new/sys
$b mount -t tmpfs -o mode=0755 run /new/run
$b mount -t tmpfs -o mode=1777 tmp /new/tmp
$b cp /nobounce/nobounce /new/usr/bin/nobounce
for library in /nobounce/lib/*; do
  if [ -e "$library" ]; then $b cp "$library" /new/usr/lib/x86_64-linux-gnu/; fi
done
$b mkdir /new/run/nobounce
$b cp /nobounce/request.json /new{request}
exec $b switch_root /new /usr/bin/nobounce lab agent
)",
                     fmt::arg("cache_tag", kCacheTag), fmt::arg("kernel", kernel),
                     fmt::arg("root", root), fmt::arg("request", kRequestPath));
}

}  // namespace nobounce::lab

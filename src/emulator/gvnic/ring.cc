// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/ring.h"

#include <bit>

namespace nobounce::emulator::gvnic {

Status Ring::check(const vfio_user::GuestMemory& memory, vfio_user::DmaAccess access,
                   const std::string& name) const {
  const auto refuse = [&](std::string cause) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "create queue",
                 .object = name,
                 .cause = std::move(cause),
                 .fix = ""});
  };
  if (!std::has_single_bit(entries) || entries < 2 || entries > kMaxEntries) {
    return refuse("its size of " + std::to_string(entries) + " entries is no power of two in 2.." +
                  std::to_string(kMaxEntries));
  }
  if (iova % entry_bytes != 0) return refuse("its address is not a multiple of its entry size");
  if (locate(memory, access) == nullptr) return refuse("it does not lie wholly in guest memory");
  return {};
}

}  // namespace nobounce::emulator::gvnic

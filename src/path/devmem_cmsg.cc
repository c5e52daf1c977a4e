// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_cmsg.h"

#include <fmt/format.h>

namespace nobounce::path {

Status DevmemCmsgReader::status() const {
  if (!is_bad_) return {};
  return fail({.code = Code::kProtocol,
               .operation = "recvmsg",
               .object = "devmem control messages",
               .cause = fmt::format("a control message of {} bytes does not fit where it lies",
                                    bad_length_),
               .fix = {}});
}

}  // namespace nobounce::path

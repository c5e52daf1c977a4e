// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_cmsg.h"

#include <fmt/format.h>

namespace nobounce::path {

Status DevmemCmsgReader::bad_length(std::size_t length) {
  return fail(
      {.code = Code::kProtocol,
       .operation = "recvmsg",
       .object = "devmem control messages",
       .cause = fmt::format("a control message of {} bytes does not fit where it lies", length),
       .fix = {}});
}

}  // namespace nobounce::path

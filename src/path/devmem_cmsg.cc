// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_cmsg.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "sys/uapi/devmem.h"

namespace nobounce::path {

namespace uapi = sys::uapi;
static_assert(kDevmemCmsgBytes == CMSG_SPACE(sizeof(uapi::DmabufCmsg)));

namespace {

Error bad_length(std::size_t length) {
  return {.code = Code::kProtocol,
          .operation = "recvmsg",
          .object = "devmem control messages",
          .cause = fmt::format("a control message of {} bytes does not fit where it lies", length),
          .fix = {}};
}

}  // namespace

Result<std::optional<DevmemCmsg>> DevmemCmsgReader::next() {
  while (rest_.size() >= sizeof(cmsghdr)) {
    cmsghdr header;
    std::memcpy(&header, rest_.data(), sizeof header);
    if (header.cmsg_len < sizeof header || header.cmsg_len > rest_.size()) {
      return fail(bad_length(header.cmsg_len));
    }
    const auto payload = rest_.subspan(sizeof header, header.cmsg_len - sizeof header);
    rest_ = rest_.subspan(std::min<std::size_t>(CMSG_ALIGN(header.cmsg_len), rest_.size()));

    const bool is_linear = header.cmsg_type == uapi::kScmDevmemLinear;
    if (header.cmsg_level != SOL_SOCKET ||
        !(is_linear || header.cmsg_type == uapi::kScmDevmemDmabuf)) {
      continue;
    }
    uapi::DmabufCmsg frag;
    if (payload.size() != sizeof frag) return fail(bad_length(header.cmsg_len));
    std::memcpy(&frag, payload.data(), sizeof frag);
    return DevmemCmsg{.is_linear = is_linear,
                      .region_offset = frag.frag_offset,
                      .length = frag.frag_size,
                      .token = frag.frag_token,
                      .dma_buf_id = frag.dmabuf_id};
  }
  return std::nullopt;
}

}  // namespace nobounce::path

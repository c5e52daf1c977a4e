// SPDX-License-Identifier: Apache-2.0
#include "netlink/replies.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>

#include <cerrno>

#include "base/bytes.h"
#include "netlink/attributes.h"

namespace nobounce::netlink {
namespace {

/// The kernel's words in the attributes behind an error; empty where it has none.
Result<std::string> extended_ack(std::span<const std::byte> bytes) {
  NB_ASSIGN(const Attributes attributes, Attributes::parse(bytes));
  NB_ASSIGN(auto text, attributes.text(NLMSGERR_ATTR_MSG));
  if (text) return *text;
  NB_ASSIGN(const auto missing, attributes.u32(NLMSGERR_ATTR_MISS_TYPE));
  if (missing) return fmt::format("attribute {} is missing", *missing);
  NB_ASSIGN(const auto offset, attributes.u32(NLMSGERR_ATTR_OFFS));
  if (offset) return fmt::format("the attribute at byte {} is refused", *offset);
  return std::string();
}

Status status_from(std::int32_t error, std::span<const std::byte> attributes) {
  if (error == 0) return {};
  // The kernel gives a negative errno; anything else is not worth believing.
  if (error > 0 || error < -4095) return fail(malformed(fmt::format("error number {}", error)));
  Error described = error_from_errno(-error, {}, {});
  // A mangled extended ack must not hide the error that it describes.
  if (auto text = extended_ack(attributes)) described.cause = std::move(*text);
  return fail(std::move(described));
}

/// NLMSG_ERROR: the error, then the request's header and, unless capped, its payload.
Status error_message(std::uint16_t flags, std::span<const std::byte> payload) {
  if (payload.size() < sizeof(nlmsgerr)) return fail(malformed("an error message is too short"));
  const auto error = static_cast<std::int32_t>(load_le<std::uint32_t>(payload.data()));
  const std::uint64_t echoed_length = load_le<std::uint32_t>(payload.data() + sizeof error);
  std::uint64_t offset = sizeof(nlmsgerr);
  if ((flags & NLM_F_CAPPED) == 0) {
    offset = sizeof error + std::uint64_t{MNL_ALIGN(echoed_length)};
  }
  const bool has_attributes = (flags & NLM_F_ACK_TLVS) != 0 && offset >= sizeof(nlmsgerr) &&
                              range_fits(offset, 0, payload.size());
  return status_from(error, has_attributes ? payload.subspan(offset) : payload.first(0));
}

/// NLMSG_DONE: the error with which a dump ended, 0 as a rule.
Status done_message(std::uint16_t flags, std::span<const std::byte> payload) {
  if (payload.size() < sizeof(std::int32_t)) return {};
  const auto error = static_cast<std::int32_t>(load_le<std::uint32_t>(payload.data()));
  const bool has_attributes = (flags & NLM_F_ACK_TLVS) != 0;
  return status_from(error, has_attributes ? payload.subspan(sizeof error) : payload.first(0));
}

}  // namespace

Result<bool> Replies::take(std::span<const std::byte> datagram) {
  while (!datagram.empty()) {
    if (datagram.size() < sizeof(nlmsghdr)) return fail(malformed("a message is too short"));
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
      return fail(malformed("a message does not fit its datagram"));
    }
    if (header.nlmsg_seq != sequence_ || header.nlmsg_pid != port_id_) {
      return fail(malformed("a message answers another request"));
    }
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted_ = true;
    const auto payload = datagram.subspan(sizeof header, header.nlmsg_len - sizeof header);
    NB_ASSIGN(const bool complete, take_message(header.nlmsg_type, header.nlmsg_flags, payload));
    if (complete) return true;
    datagram =
        datagram.subspan(std::min<std::size_t>(MNL_ALIGN(header.nlmsg_len), datagram.size()));
  }
  return false;
}

Result<bool> Replies::take_message(std::uint16_t type, std::uint16_t flags,
                                   std::span<const std::byte> payload) {
  switch (type) {
    case NLMSG_NOOP:
      return false;
    case NLMSG_OVERRUN:
      return fail(error_from_errno(ENOBUFS, {}, {}));
    case NLMSG_ERROR:
      NB_TRY(error_message(flags, payload));
      return true;
    case NLMSG_DONE:
      if (!is_dump_) return fail(malformed("the end of a dump that nobody asked for"));
      NB_TRY(done_message(flags, payload));
      return true;
    default:
      break;
  }
  if (payload.size() > kMaxBytes - bytes_) {
    Error error = malformed(fmt::format("an answer of more than {} bytes", kMaxBytes));
    error.code = Code::kExhausted;
    return fail(std::move(error));
  }
  bytes_ += payload.size();
  messages_.push_back({.type = type, .payload = {payload.begin(), payload.end()}});
  return false;
}

}  // namespace nobounce::netlink

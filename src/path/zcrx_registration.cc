// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_registration.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "base/size.h"
#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

constexpr std::uint32_t kPage = 4096;

bool has_nic(const ZcrxOptions& options) {
  return options.if_index != 0;
}

std::string name_of(const ZcrxOptions& options) {
  if (!has_nic(options)) return "zcrx without a NIC";
  return fmt::format("zcrx on {} queue {}", options.interface, options.rx_queue);
}

Error refusal(Code code, const ZcrxOptions& options, std::string cause, std::string fix = {}) {
  return {.code = code,
          .operation = "open",
          .object = name_of(options),
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

// The kernel answers a registration with nothing but an errno. What is said here are its reasons in
// io_uring/zcrx.c and net/core/netdev_rx_queue.c.
Error registration_error(int sys_errno, const ZcrxOptions& options) {
  const auto because = [&](Code code, std::string cause, std::string fix = {}) {
    Error error = refusal(code, options, std::move(cause), std::move(fix));
    error.sys_errno = sys_errno;
    return error;
  };
  switch (sys_errno) {
    case EPERM:
      return because(Code::kPermission, "zcrx wants CAP_NET_ADMIN in the initial user namespace",
                     "run as root of the host");
    case ENODEV:
      return because(Code::kNotFound, "there is no such interface in this network namespace");
    case EOPNOTSUPP:
      return because(Code::kUnsupported,
                     options.rx_buf_len > kPage
                         ? fmt::format("register zcrx: this NIC has no zcrx, or no buffers of {}",
                                       format_size(options.rx_buf_len))
                         : "register zcrx: the driver of this NIC has no memory providers");
    case EEXIST:
      return because(Code::kBusy, "the queue is bound already, or the NIC runs an XDP program");
    case EBUSY:
      return because(Code::kBusy, "the queue is in use by AF_XDP, or leased");
    case ERANGE:
      return because(options.rx_buf_len > kPage ? Code::kUnsupported : Code::kNotFound,
                     options.rx_buf_len > kPage
                         ? "the area is not made of pieces as large as the buffers"
                         : "the NIC has no such queue, or keeps it to itself",
                     options.rx_buf_len > kPage ? "use huge pages" : "");
    case EINVAL:
      return because(Code::kUnsupported,
                     "register zcrx: header split is off, hds-thresh is not 0, or this kernel has "
                     "no zcrx (Linux 6.15) of that kind",
                     has_nic(options)
                         ? fmt::format("ethtool -G {} tcp-data-split on", options.interface)
                         : "");
    case ENOMEM:
      return because(Code::kExhausted,
                     fmt::format("no memory, or not allowed to lock an area of {}",
                                 format_size(area_size_of(options))),
                     "ulimit -l unlimited, or a smaller region");
    case EFAULT:
      return because(Code::kUnsupported, "the memory of the area can't be pinned",
                     "--memory udmabuf");
    default: {
      Error error = error_from_errno(sys_errno, "open", name_of(options));
      return error;
    }
  }
}

}  // namespace

std::uint64_t area_size_of(const ZcrxOptions& options) {
  return options.dma_buf_fd >= 0 ? options.area_size : options.area.size();
}

std::uint32_t niov_size_of(const ZcrxOptions& options) {
  return std::max(options.rx_buf_len, kPage);
}

std::uint64_t max_frags_of(const ZcrxOptions& options) {
  return area_size_of(options) / kPage * kMaxFragsPerPage;
}

std::uint32_t completions_for_zcrx(const ZcrxOptions& options) {
  // Room for the ends of requests and for cancellations, too.
  const std::uint64_t wanted = max_frags_of(options) + 4 * std::uint64_t{options.max_connections};
  const auto bounded = std::clamp<std::uint64_t>(wanted, 256, sys::kMaxRingCompletions);
  return static_cast<std::uint32_t>(std::bit_ceil(bounded));
}

sys::IoUringOptions ring_for_zcrx(const ZcrxOptions& options) {
  return {
      .submissions = 64,
      .completions = options.completions != 0 ? options.completions : completions_for_zcrx(options),
      .wide_completions = true};
}

Status check_zcrx_options(const ZcrxOptions& options, const ZcrxFeatures& features) {
  const auto reject = [&](const char* cause) {
    return fail(refusal(Code::kInvalidArgument, options, cause));
  };
  const auto lacking = [&](const char* cause, const char* fix = "") {
    return fail(refusal(Code::kUnsupported, options, cause, fix));
  };
  const std::uint64_t size = area_size_of(options);
  const bool is_dma_buf = options.dma_buf_fd >= 0;
  if (options.rx_buf_len != 0 &&
      (options.rx_buf_len < kPage || !std::has_single_bit(options.rx_buf_len))) {
    return reject("rx_buf_len must be a power of two, and a page at least");
  }
  if (size == 0 || size % niov_size_of(options) != 0 || size > uapi::kZcrxOffsetMask) {
    return reject("the area must be made of whole buffers");
  }
  if (is_dma_buf && !options.area.empty()) return reject("an area is host memory or a dma-buf");
  if (options.max_connections == 0 || options.max_connections > 0xffff) {
    return reject("max_connections must be between 1 and 65535");
  }
  if (!has_nic(options) && (options.rx_queue != 0 || is_dma_buf || options.rx_buf_len > kPage)) {
    return reject("without a NIC there are no queues, dma-bufs and large buffers");
  }
  if (!has_nic(options) && !features.has_nodev) {
    return lacking("no NODEV here (IORING_REGISTER_QUERY)",
                   "boot a newer kernel (Linux 7.1 has it), or --path copy");
  }
  if (options.rx_buf_len > kPage && !features.has_rx_buf_len) {
    return lacking("zcrx: no rx_buf_len here (IORING_REGISTER_QUERY; Linux 7.0 has it)");
  }
  if (is_dma_buf && features.can_be_asked && !features.has_dma_buf) {
    return lacking("zcrx: no areas of dma-bufs here (IORING_REGISTER_QUERY)");
  }
  return {};
}

Result<ZcrxRegistered> register_zcrx(sys::Ring& ring, const ZcrxOptions& options,
                                     std::optional<std::uint64_t> event_user_data,
                                     ZcrxRefill& refill) {
  uapi::ZcrxArea area{};
  area.length = area_size_of(options);
  if (options.dma_buf_fd >= 0) {
    area.flags = static_cast<std::uint32_t>(uapi::kAreaOfDmaBuf);
    area.dma_buf_fd = static_cast<std::uint32_t>(options.dma_buf_fd);
  } else {
    area.addr = reinterpret_cast<std::uintptr_t>(options.area.data());
  }

  uapi::MemoryRegion memory{};
  memory.user_addr = reinterpret_cast<std::uintptr_t>(refill.memory().data());
  memory.size = refill.memory().size();
  memory.flags = uapi::kMemRegionTypeUser;

  uapi::ZcrxEvents events{};
  uapi::ZcrxQueueRegistration registration{};
  if (event_user_data) {
    events.user_data = *event_user_data;
    events.types = 1u << uapi::kZcrxEventAllocationFailed;
    events.flags = uapi::kZcrxEventsHaveStatistics;
    events.statistics_offset = refill.statistics_offset();
    registration.event_desc = reinterpret_cast<std::uintptr_t>(&events);
  }
  registration.if_index = options.if_index;
  registration.rx_queue = options.rx_queue;
  registration.refill_entries = refill.entries();
  registration.flags = has_nic(options) ? 0 : static_cast<std::uint32_t>(uapi::kRegisterWithoutNic);
  registration.area = reinterpret_cast<std::uintptr_t>(&area);
  registration.region = reinterpret_cast<std::uintptr_t>(&memory);
  registration.rx_buf_len = options.rx_buf_len > kPage ? options.rx_buf_len : 0;

  // The NIC may be at work on its queues.
  int result;
  do {
    result = ring.register_with(uapi::kZcrxIfqRegister, &registration, 1);
  } while (result == -EINTR);
  if (result < 0) return fail(registration_error(-result, options));
  if (registration.refill_entries != refill.entries() ||
      (area.token & uapi::kZcrxOffsetMask) != 0) {
    return fail(refusal(Code::kProtocol, options, "the kernel registered what was not asked for"));
  }
  NB_TRY(refill.attach(registration.offsets, area.token));
  return ZcrxRegistered{.id = registration.id, .area_token = area.token};
}

}  // namespace nobounce::path

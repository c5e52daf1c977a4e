// SPDX-License-Identifier: Apache-2.0
// What each command of the protocol does: the handlers of Connection. A handler finds the payload's
// length within the bounds of its rule, and nothing else checked. It returns an errno for the
// reply.
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "emulator/vfio_user/capabilities.h"
#include "emulator/vfio_user/connection.h"
#include "sys/event_fd.h"

namespace nobounce::emulator::vfio_user {
namespace {

using namespace protocol;  // NOLINT(google-build-using-namespace): every line here speaks of it

constexpr std::size_t kMaxVersionText = 4096;
constexpr std::uint16_t kMajorVersion = 0;
constexpr std::uint16_t kMinorVersion = 0;
constexpr std::size_t kMaxPayload = Connection::kMaxMessageSize - sizeof(Header);

template <typename T>
T load(std::span<const std::byte> from) {
  T value;
  std::memcpy(&value, from.data(), sizeof value);
  return value;
}

int errno_of(const Error& error) {
  if (error.sys_errno != 0) return error.sys_errno;
  switch (error.code) {
    case Code::kInvalidArgument:
      return EINVAL;
    case Code::kUnsupported:
      return EOPNOTSUPP;
    case Code::kNotFound:
      return ENOENT;
    case Code::kBusy:
      return EBUSY;
    case Code::kPermission:
      return EPERM;
    case Code::kExhausted:
      return ENOSPC;
    default:
      return EIO;
  }
}

int errno_of(const Status& status) {
  return status ? 0 : errno_of(status.error());
}

}  // namespace

const std::array<Connection::Rule, kCommandCount> Connection::kRules = [] {
  const auto exactly = [](Handler handler, std::size_t payload, std::size_t max_fds = 0) {
    return Rule{handler, payload, payload, max_fds};
  };
  std::array<Rule, kCommandCount> rules;
  rules[kVersion] = {&Connection::handle_version, sizeof(Version),
                     sizeof(Version) + kMaxVersionText, 0};
  rules[kDmaMap] = exactly(&Connection::handle_dma_map, sizeof(DmaMap), 1);
  rules[kDmaUnmap] = exactly(&Connection::handle_dma_unmap, sizeof(DmaUnmap));
  rules[kDeviceGetInfo] = exactly(&Connection::handle_device_info, sizeof(DeviceInfo));
  rules[kDeviceGetRegionInfo] = exactly(&Connection::handle_region_info, sizeof(RegionInfo));
  rules[kDeviceGetRegionIoFds] = exactly(&Connection::handle_region_io_fds, sizeof(RegionIoFds));
  rules[kDeviceGetIrqInfo] = exactly(&Connection::handle_irq_info, sizeof(IrqInfo));
  rules[kDeviceSetIrqs] = {&Connection::handle_set_irqs, sizeof(IrqSet), kMaxPayload,
                           kMaxMessageFds};
  rules[kRegionRead] = exactly(&Connection::handle_region_read, sizeof(RegionAccess));
  rules[kRegionWrite] = {&Connection::handle_region_write, sizeof(RegionAccess), kMaxPayload, 0};
  rules[kDeviceReset] = exactly(&Connection::handle_reset, 0);
  rules[kRegionWriteMulti] = {&Connection::handle_region_write_multi, sizeof(RegionWriteMulti),
                              kMaxPayload, 0};
  return rules;
}();

template <typename T>
void Connection::append_struct(const T& value) {
  std::memcpy(append(sizeof value).data(), &value, sizeof value);
}

int Connection::handle_version(const Request& request) {
  const auto version = load<Version>(request.payload);
  if (version.major != kMajorVersion) {
    break_off("a major version that we do not speak");
    return EPROTONOSUPPORT;
  }
  ClientCapabilities client;
  const auto data = request.payload.subspan(sizeof version);
  if (!data.empty()) {
    const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
    if (text.find('\0') != text.size() - 1) return EINVAL;
    const auto parsed = parse_capabilities(text.substr(0, text.size() - 1));
    if (!parsed) return EINVAL;
    client = *parsed;
  }
  const std::string answer = capabilities_reply(client);
  append_struct(Version{.major = kMajorVersion, .minor = kMinorVersion});
  std::memcpy(append(answer.size() + 1).data(), answer.c_str(), answer.size() + 1);
  negotiated_ = true;
  write_multiple_ = client.write_multiple;
  return 0;
}

int Connection::handle_dma_map(const Request& request) {
  const auto map = load<DmaMap>(request.payload);
  if (map.argsz < sizeof map) return EINVAL;
  if (map.flags == 0 || (map.flags & ~(kMapReadable | kMapWriteable)) != 0) return EINVAL;
  if (request.fds.empty() && map.offset != 0) return EINVAL;
  const GuestMemory::Range range{.iova = map.address,
                                 .size = map.size,
                                 .readable = (map.flags & kMapReadable) != 0,
                                 .writeable = (map.flags & kMapWriteable) != 0};
  sys::Fd fd = request.fds.empty() ? sys::Fd() : std::move(request.fds[0]);
  return errno_of(memory_.map(range, std::move(fd), map.offset));
}

int Connection::handle_dma_unmap(const Request& request) {
  const auto unmap = load<DmaUnmap>(request.payload);
  if (unmap.argsz < sizeof unmap) return EINVAL;
  if (unmap.flags == kUnmapAll) {
    if (unmap.address != 0 || unmap.size != 0) return EINVAL;
    memory_.unmap_all();
  } else if (unmap.flags == 0) {
    const int error = errno_of(memory_.unmap(unmap.address, unmap.size));
    if (error != 0) return error;
  } else {
    return EINVAL;
  }
  append_struct(unmap);
  return 0;
}

int Connection::handle_device_info(const Request& request) {
  const auto asked = load<DeviceInfo>(request.payload);
  if (asked.argsz < sizeof asked || asked.flags != 0) return EINVAL;
  append_struct(DeviceInfo{.argsz = sizeof(DeviceInfo),
                           .flags = kDeviceResets | kDeviceIsPci,
                           .region_count = kPciRegionCount,
                           .irq_count = kPciIrqCount});
  return 0;
}

int Connection::handle_region_info(const Request& request) {
  const auto asked = load<RegionInfo>(request.payload);
  if (asked.argsz < sizeof asked || asked.flags != 0 || asked.index >= kPciRegionCount)
    return EINVAL;
  const auto region = static_cast<PciRegion>(asked.index);
  const std::uint64_t size = device_.region_size(region);
  RegionInfo info{.argsz = sizeof(RegionInfo),
                  .flags = size == 0 ? 0 : kRegionReadable | kRegionWriteable,
                  .index = asked.index,
                  .capability_offset = 0,
                  .size = size,
                  .offset = 0};
  if (const auto mapping = device_.mapping(region)) {
    info.flags |= kRegionMappable;
    info.offset = mapping->offset;
    reply_fd_ = mapping->fd;
  }
  append_struct(info);
  return 0;
}

// We offer no descriptor that the client's hypervisor could signal instead of sending a write.
int Connection::handle_region_io_fds(const Request& request) {
  const auto asked = load<RegionIoFds>(request.payload);
  if (asked.argsz < sizeof asked || asked.flags != 0 || asked.index >= kPciRegionCount)
    return EINVAL;
  append_struct(
      RegionIoFds{.argsz = sizeof(RegionIoFds), .flags = 0, .index = asked.index, .count = 0});
  return 0;
}

int Connection::handle_irq_info(const Request& request) {
  const auto asked = load<IrqInfo>(request.payload);
  if (asked.argsz < sizeof asked || asked.flags != 0 || asked.index >= kPciIrqCount) return EINVAL;
  const std::uint32_t count = device_.irq_count(static_cast<PciIrq>(asked.index));
  append_struct(IrqInfo{.argsz = sizeof(IrqInfo),
                        .flags = count == 0 ? 0 : kIrqByEventfd,
                        .index = asked.index,
                        .count = count});
  return 0;
}

int Connection::handle_set_irqs(const Request& request) {
  const auto set = load<IrqSet>(request.payload);
  if (set.argsz != request.payload.size() || set.index >= kPciIrqCount) return EINVAL;
  if ((set.flags & ~(kIrqDataMask | kIrqActionsMask)) != 0) return EINVAL;
  const auto irq = static_cast<PciIrq>(set.index);
  const std::uint32_t irq_count = device_.irq_count(irq);
  if (!range_fits(set.start, set.count, irq_count)) return EINVAL;
  const std::uint32_t data = set.flags & kIrqDataMask;
  const std::uint32_t action = set.flags & kIrqActionsMask;
  const std::size_t data_bytes = data == kIrqDataBool ? set.count : 0;
  if (request.payload.size() - sizeof set != data_bytes) return EINVAL;
  if (data != kIrqDataEventfd && !request.fds.empty()) return EINVAL;

  if (!std::has_single_bit(data) || !std::has_single_bit(action)) return EINVAL;

  // A device raises its interrupts itself, so all that a client does is to give and take eventfds.
  if (action != kIrqActionTrigger) return EOPNOTSUPP;
  if (data == kIrqDataEventfd) return assign_irqs(irq, set, request.fds);
  if (data != kIrqDataNone || set.start != 0 || set.count != 0) return EOPNOTSUPP;
  take_irqs(irq, 0, irq_count);
  return 0;
}

int Connection::assign_irqs(PciIrq irq, const IrqSet& set, std::span<sys::Fd> fds) {
  if (set.count == 0) return EINVAL;
  if (fds.empty()) {
    take_irqs(irq, set.start, set.count);
    return 0;
  }
  if (fds.size() != set.count) return EINVAL;
  for (const sys::Fd& fd : fds) {
    const int error = errno_of(sys::adopt_eventfd(fd.get()));
    if (error != 0) return error;
  }
  std::uint32_t vector = set.start;
  for (sys::Fd& fd : fds)
    device_.set_irq(irq, vector++, std::move(fd));
  return 0;
}

void Connection::take_irqs(PciIrq irq, std::uint32_t start, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    device_.set_irq(irq, start + i, sys::Fd());
}

int Connection::check_access(const RegionAccess& access) const {
  if (access.region >= kPciRegionCount) return EINVAL;
  if (access.count == 0 || access.count > kMaxDataTransfer) return EINVAL;
  const std::uint64_t size = device_.region_size(static_cast<PciRegion>(access.region));
  return range_fits(access.offset, access.count, size) ? 0 : EINVAL;
}

int Connection::handle_region_read(const Request& request) {
  const auto access = load<RegionAccess>(request.payload);
  const int error = check_access(access);
  if (error != 0) return error;
  append_struct(access);
  return errno_of(
      device_.read(static_cast<PciRegion>(access.region), access.offset, append(access.count)));
}

int Connection::handle_region_write(const Request& request) {
  const auto access = load<RegionAccess>(request.payload);
  const int error = check_access(access);
  if (error != 0) return error;
  const auto data = request.payload.subspan(sizeof access);
  if (data.size() != access.count) return EINVAL;
  append_struct(access);
  return errno_of(device_.write(static_cast<PciRegion>(access.region), access.offset, data));
}

int Connection::handle_region_write_multi(const Request& request) {
  if (!write_multiple_) return EOPNOTSUPP;
  const auto multi = load<RegionWriteMulti>(request.payload);
  const auto writes = request.payload.subspan(sizeof multi);
  if (writes.size() % sizeof(RegionWriteSmall) != 0 ||
      writes.size() / sizeof(RegionWriteSmall) != multi.write_count)
    return EINVAL;
  for (std::size_t at = 0; at < writes.size(); at += sizeof(RegionWriteSmall)) {
    const auto write = load<RegionWriteSmall>(writes.subspan(at));
    if (write.count > sizeof write.data) return EINVAL;
    const int error =
        check_access({.offset = write.offset, .region = write.region, .count = write.count});
    if (error != 0) return error;
  }
  for (std::size_t at = 0; at < writes.size(); at += sizeof(RegionWriteSmall)) {
    const auto write = load<RegionWriteSmall>(writes.subspan(at));
    const int error = errno_of(device_.write(static_cast<PciRegion>(write.region), write.offset,
                                             std::span(write.data).first(write.count)));
    if (error != 0) return error;
  }
  append_struct(multi);
  return 0;
}

int Connection::handle_reset(const Request& /*request*/) {
  device_.reset();
  return 0;
}

}  // namespace nobounce::emulator::vfio_user

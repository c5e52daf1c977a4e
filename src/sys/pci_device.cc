// SPDX-License-Identifier: Apache-2.0
#include "sys/pci_device.h"

#include <cerrno>
#include <cstdint>
#include <filesystem>

#include "sys/directory_names.h"
#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

constexpr std::size_t kExtendedStart = 0x100;
constexpr std::size_t kSpaceBytes = 0x1000;
constexpr std::uint32_t kAcsId = 0x0d;
constexpr std::uint32_t kRedirects = 0x04 | 0x08;  // Requests, completions.

std::uint32_t read_u32(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;)
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[offset + i]);
  return value;
}

std::string path_of(const std::string& address) {
  return "/sys/bus/pci/devices/" + address;
}

Result<std::string> first_line(const std::string& path) {
  NB_ASSIGN(std::string text, read_text_file(path));
  return text.substr(0, text.find('\n'));
}

/// "0x14e4" → "14e4".
Result<std::string> hexadecimal(const std::string& path) {
  auto line = first_line(path);
  if (line && line->starts_with("0x")) line->erase(0, 2);
  return line;
}

bool is_pci_address(const std::string& name) {
  constexpr std::size_t kLength = sizeof "0000:00:00.0" - 1;
  return name.size() == kLength && name[4] == ':' && name[7] == ':' && name[10] == '.';
}

}  // namespace

Result<bool> redirects_peers(std::span<const std::byte> configuration) {
  if (configuration.size() < kSpaceBytes) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "PCI configuration space",
                 .cause = "only its first part can be seen",
                 .fix = "run as root"});
  }
  std::size_t offset = kExtendedStart;
  // A list of capabilities that leads in a circle ends here, too.
  for (std::size_t left = (kSpaceBytes - kExtendedStart) / 8; left > 0; --left) {
    const std::uint32_t header = read_u32(configuration, offset);
    if ((header & 0xffff) == kAcsId) {
      // No capability that fits its own words starts in the last eight bytes.
      if (offset + 8 > kSpaceBytes) return false;
      return (read_u32(configuration, offset + 4) >> 16 & kRedirects) != 0;
    }
    offset = header >> 20 & ~std::uint32_t{3};
    if (offset < kExtendedStart) break;
  }
  return false;
}

Result<std::string> pci_id(const std::string& address) {
  NB_ASSIGN(const std::string vendor, hexadecimal(path_of(address) + "/vendor"));
  NB_ASSIGN(const std::string device, hexadecimal(path_of(address) + "/device"));
  return vendor + ":" + device;
}

Result<std::string> iommu_domain(const std::string& address) {
  const auto group = real_path(path_of(address) + "/iommu_group");
  if (!group && group.error().sys_errno == ENOENT) return std::string();
  if (!group) return fail(group.error());
  return first_line(*group + "/type");
}

Result<std::vector<std::string>> redirecting_bridges(const std::string& address) {
  NB_ASSIGN(const std::string place, real_path(path_of(address)));
  std::vector<std::string> found;
  for (const std::filesystem::path& part : std::filesystem::path(place).parent_path()) {
    if (!is_pci_address(part.string())) continue;
    NB_ASSIGN(const std::string space, read_text_file(path_of(part.string()) + "/config"));
    NB_ASSIGN(const bool redirects, redirects_peers(std::as_bytes(std::span(space))));
    if (redirects) found.push_back(part.string());
  }
  return found;
}

}  // namespace nobounce::sys

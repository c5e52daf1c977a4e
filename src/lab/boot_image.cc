// SPDX-License-Identifier: Apache-2.0
#include "lab/boot_image.h"

#include <cstdint>

#include "base/bytes.h"

namespace nobounce::lab {
namespace {

constexpr std::size_t kSetupSectorsAt = 0x1f1;
constexpr std::size_t kMagicAt = 0x202;
constexpr std::string_view kMagic = "HdrS";
constexpr std::size_t kPayloadAt = 0x248;  // Offset and length, from protocol 2.08 on.
constexpr std::size_t kHeaderBytes = 0x250;
constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kTrailerBytes = 4;  // The length of what was compressed.
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

}  // namespace

std::optional<std::string_view> zstd_payload(std::string_view image) {
  if (image.size() < kHeaderBytes || !image.substr(kMagicAt).starts_with(kMagic))
    return std::nullopt;
  const std::size_t sectors = static_cast<unsigned char>(image[kSetupSectorsAt]);
  const std::size_t offset =
      (sectors + 1) * kSectorBytes + load_le<std::uint32_t>(image.data() + kPayloadAt);
  const std::size_t length = load_le<std::uint32_t>(image.data() + kPayloadAt + 4);
  if (!range_fits(offset, length, image.size()) || length <= kTrailerBytes) return std::nullopt;
  const std::string_view payload = image.substr(offset, length - kTrailerBytes);
  if (!payload.starts_with(kZstdMagic)) return std::nullopt;
  return payload;
}

}  // namespace nobounce::lab

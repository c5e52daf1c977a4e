// SPDX-License-Identifier: Apache-2.0
#include "memory/accelerator_region.h"

#include <fmt/format.h>

#include <utility>

#include "base/size.h"

namespace nobounce::memory {
namespace {

Error out_of_reach(std::string_view operation, std::string_view provider, std::string_view cause) {
  return {.code = Code::kUnsupported,
          .operation = std::string(operation),
          .object = std::string(provider),
          .cause = std::string(cause),
          .fix = {}};
}

}  // namespace

class AcceleratorRegion::Hash final : public RegionHash {
 public:
  Hash(AcceleratorRegion& region, std::uint32_t context) : region_(region), context_(context) {}
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  ~Hash() override { region_.device_->give_back_hash_context(context_); }

  using RegionHash::add;
  Status add(std::span<const Extent> extents) override {
    NB_TRY(total_inside(region_.bounds(), extents, "hash"));
    return region_.device_->hash(region_.resource(), extents, context_, flags_);
  }
  Status add_host(std::span<const std::byte> bytes) override {
    return region_.device_->hash_host(bytes, context_, flags_);
  }
  Result<std::string> finish() override {
    NB_ASSIGN(auto digests, region_.device_->end_hash(context_, flags_));
    crc32c_ = digests.crc32c;
    return std::move(digests.sha256);
  }
  [[nodiscard]] Figure<std::uint32_t> crc32c() const override { return crc32c_; }

 private:
  AcceleratorRegion& region_;
  Figure<std::uint32_t> crc32c_;
  std::uint32_t context_;
  std::uint32_t flags_ = abi::accelerator::kHashBegin;  // Of the next command.
};

/// Where a copy of ours goes: this region, or another of the same device, which is then known to
/// our open node, too, for as long as this lives.
class AcceleratorRegion::Destination {
 public:
  static Result<Destination> find(AcceleratorRegion& from, Region& to) {
    if (&from == &to) return Destination(nullptr, from.blob_);
    const auto* const other = dynamic_cast<const AcceleratorRegion*>(&to);
    if (other == nullptr || other->provider() != from.provider()) {
      return fail({.code = Code::kUnsupported,
                   .operation = "copy to",
                   .object = fmt::format("a {} region", to.provider()),
                   .cause = fmt::format("{} reaches its own memory only", from.provider()),
                   .fix = "store and load go by way of the host"});
    }
    NB_ASSIGN(const sys::VirtgpuBlob blob,
              from.device_->node().import_dma_buf(other->dma_buf_.get()));
    return Destination(&from.device_->node(), blob);
  }

  Destination(Destination&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)), blob_(other.blob_) {}
  Destination& operator=(Destination&&) = delete;
  ~Destination() {
    if (node_ != nullptr) node_->close(blob_);
  }

  [[nodiscard]] ResourceId resource() const { return {blob_.resource}; }

 private:
  Destination(sys::VirtgpuCalls* node, sys::VirtgpuBlob blob) : node_(node), blob_(blob) {}

  sys::VirtgpuCalls* node_;  // Null where nothing was imported.
  sys::VirtgpuBlob blob_;
};

Result<std::unique_ptr<AcceleratorRegion>> AcceleratorRegion::create(
    std::unique_ptr<AcceleratorDevice> device, std::uint64_t bytes) {
  const auto blob = device->node().create_device_blob(bytes);
  if (!blob) {
    Error error = blob.error();
    error.operation = "open region";
    error.object = fmt::format("{} of {}", device->name(), format_size(bytes));
    error.cause = "VIRTGPU_RESOURCE_CREATE_BLOB";
    if (error.code == Code::kExhausted) {
      error.cause = "the device's memory window has no room for it";
      error.fix = "ask for a smaller region, or end what holds the memory";
    }
    return fail(std::move(error));
  }
  std::unique_ptr<AcceleratorRegion> region(new AcceleratorRegion(std::move(device), *blob));
  NB_ASSIGN(region->dma_buf_, region->device_->node().export_dma_buf(*blob));
  // The kernel does not say whether the device could map the blob; the first use does.
  NB_TRY(region->device_->clear(region->resource(), bytes));
  return region;
}

AcceleratorRegion::~AcceleratorRegion() {
  device_->node().close(blob_);
}

Result<std::span<std::byte>> AcceleratorRegion::cpu_view() {
  return fail(out_of_reach("map", provider(), "its memory is the device's, not the CPU's"));
}

Result<std::span<std::byte>> AcceleratorRegion::pinnable_view() {
  return fail(out_of_reach("pin", provider(), "device memory has no pages that can be pinned"));
}

Status AcceleratorRegion::load(std::uint64_t offset, std::span<const std::byte> from) {
  NB_TRY(require_inside(bounds(), {offset, from.size()}, "load"));
  return device_->load(resource(), offset, from);
}

Status AcceleratorRegion::store(std::span<const Extent> from, std::span<std::byte> to) {
  NB_ASSIGN(const std::uint64_t length, total_inside(bounds(), from, "store"));
  NB_TRY(require_room(bounds(), length, to.size()));
  return device_->store(resource(), from, to);
}

Status AcceleratorRegion::fill(Extent extent, std::uint64_t seed, std::uint64_t position) {
  NB_TRY(require_inside(bounds(), extent, "fill"));
  NB_TRY(require_pattern(bounds(), extent.length, position, "fill"));
  return device_->fill(resource(), extent, seed, position);
}

Result<std::optional<std::uint64_t>> AcceleratorRegion::find_mismatch(
    std::span<const Extent> extents, std::uint64_t seed, std::uint64_t position) {
  NB_ASSIGN(const std::uint64_t length, total_inside(bounds(), extents, "check"));
  NB_TRY(require_pattern(bounds(), length, position, "check"));
  return device_->find_mismatch(resource(), extents, seed, position);
}

Result<std::unique_ptr<RegionHash>> AcceleratorRegion::start_hash() {
  NB_ASSIGN(const std::uint32_t context, device_->take_hash_context());
  return std::make_unique<Hash>(*this, context);
}

Status AcceleratorRegion::copy(Extent from, Region& to, std::uint64_t to_offset) {
  NB_TRY(require_inside(bounds(), from, "copy"));
  NB_TRY(require_inside({to.provider(), to.size()}, {to_offset, from.length}, "copy to"));
  NB_ASSIGN(const Destination destination, Destination::find(*this, to));
  return device_->copy(resource(), from, destination.resource(), to_offset);
}

Status AcceleratorRegion::gather(std::span<const Piece> pieces, Region& to) {
  NB_TRY(require_pieces(bounds(), pieces, {to.provider(), to.size()}, this == &to));
  NB_ASSIGN(const Destination destination, Destination::find(*this, to));
  return device_->gather(resource(), pieces, destination.resource());
}

}  // namespace nobounce::memory

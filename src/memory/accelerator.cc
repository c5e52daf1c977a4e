// SPDX-License-Identifier: Apache-2.0
#include "memory/accelerator.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/size.h"
#include "memory/accelerator_region.h"
#include "memory/region_size.h"
#include "sys/virtgpu.h"

namespace nobounce::memory {
namespace {

constexpr const char* kFix = "nobounce lab run --accelerators 1, in the lab";

Error no_accelerator(std::string object, std::string cause) {
  return {.code = Code::kUnsupported,
          .operation = "open",
          .object = std::move(object),
          .cause = std::move(cause),
          .fix = kFix};
}

/// The accelerators among the render nodes, opened one after the other.
class Search {
 public:
  static Result<Search> begin(const AcceleratorOptions& options) {
    auto nodes = sys::render_nodes(options.directory);
    if (!nodes || nodes->empty()) {
      return fail(no_accelerator(std::string(kAccelerator),
                                 fmt::format("{} has no render node", options.directory)));
    }
    return Search(std::move(*nodes));
  }

  /// The next one, with its facts; null after the last.
  Result<std::unique_ptr<AcceleratorDevice>> next() {
    for (; at_ < nodes_.size(); ++at_) {
      const sys::RenderNode& node = nodes_[at_];
      auto device = open(node);
      if (device) {
        facts_ = {.name = (*device)->name(),
                  .node = node.path,
                  .pci_address = node.pci_address,
                  .memory_bytes = sys::largest_pci_window(node.pci_address)};
        ++found_;
        ++at_;
        return device;
      }
      if (device.error().code != Code::kUnsupported) return fail(std::move(device).error());
      passed_over_ += fmt::format("{}{}: {}", passed_over_.empty() ? "" : "; ", node.path,
                                  device.error().cause);
    }
    return nullptr;
  }

  [[nodiscard]] const AcceleratorFacts& facts() const { return facts_; }

  /// Why there was no other.
  [[nodiscard]] std::string verdict() const {
    std::string text =
        fmt::format("this host has {} accelerator{}", found_, found_ == 1 ? "" : "s");
    if (!passed_over_.empty()) text += fmt::format(" ({})", passed_over_);
    return text;
  }

 private:
  explicit Search(std::vector<sys::RenderNode> nodes) : nodes_(std::move(nodes)) {}

  Result<std::unique_ptr<AcceleratorDevice>> open(const sys::RenderNode& node) const {
    NB_ASSIGN(auto opened, sys::Virtgpu::open(node.path));
    return AcceleratorDevice::open(std::move(opened), fmt::format("{}:{}", kAccelerator, found_));
  }

  std::vector<sys::RenderNode> nodes_;
  std::size_t at_ = 0;
  std::size_t found_ = 0;
  AcceleratorFacts facts_;
  std::string passed_over_;
};

}  // namespace

std::optional<std::uint32_t> accelerator_index(std::string_view provider) {
  if (!provider.starts_with(kAccelerator)) return std::nullopt;
  std::string_view rest = provider.substr(kAccelerator.size());
  if (rest.empty()) return 0;
  if (rest.front() != ':') return std::nullopt;
  rest.remove_prefix(1);
  std::uint32_t index = 0;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  if (problem != std::errc{} || end != rest.data() + rest.size()) return std::nullopt;
  return index;
}

Result<std::vector<AcceleratorFacts>> find_accelerators(const AcceleratorOptions& options) {
  NB_ASSIGN(Search search, Search::begin(options));
  std::vector<AcceleratorFacts> found;
  while (true) {
    NB_ASSIGN(const auto device, search.next());
    if (device == nullptr) return found;
    found.push_back(search.facts());
  }
}

Result<std::unique_ptr<AcceleratorDevice>> open_accelerator_device(
    std::uint32_t index, const AcceleratorOptions& options) {
  NB_ASSIGN(Search search, Search::begin(options));
  for (std::uint32_t i = 0;; ++i) {
    NB_ASSIGN(auto device, search.next());
    if (device == nullptr) {
      return fail(no_accelerator(fmt::format("{}:{}", kAccelerator, index), search.verdict()));
    }
    if (i == index) return device;
  }
}

Result<std::unique_ptr<Region>> open_accelerator(std::uint32_t index, std::uint64_t size,
                                                 const AcceleratorOptions& options) {
  NB_TRY(whole_pages(fmt::format("{}:{}", kAccelerator, index), size));
  if (options.huge_pages) {
    return fail({.code = Code::kUnsupported,
                 .operation = "open region",
                 .object = fmt::format("{}:{}", kAccelerator, index),
                 .cause = "a device's memory has no huge pages of this host's",
                 .fix = "no huge pages"});
  }
  NB_ASSIGN(auto device, open_accelerator_device(index, options));
  return open_region_on(std::move(device), size);
}

Result<std::unique_ptr<Region>> open_region_on(std::unique_ptr<AcceleratorDevice> device,
                                               std::uint64_t size) {
  NB_ASSIGN(const std::uint64_t bytes, whole_pages(device->name(), size));
  NB_ASSIGN(auto region, AcceleratorRegion::create(std::move(device), bytes));
  return std::unique_ptr<Region>(std::move(region));
}

}  // namespace nobounce::memory

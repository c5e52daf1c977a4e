// SPDX-License-Identifier: Apache-2.0
// Virtgpu: an open render node of the kernel's virtio-gpu driver, and where such nodes are.
// Source: include/uapi/drm/virtgpu_drm.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sys/virtgpu_calls.h"

namespace nobounce::sys {

/// A render node, as sysfs shows the device behind it.
struct RenderNode {
  std::string path;         ///< "/dev/dri/renderD128".
  std::string pci_address;  ///< "0000:00:05.0"; empty where it is on no PCI bus.
};

/// All of them, those on PCI first and in the order of their addresses. Error: those of reading
/// `directory`, which is absent where no driver has made a node.
Result<std::vector<RenderNode>> render_nodes(const std::string& directory = "/dev/dri");

/// The largest memory window of a PCI device, in bytes. Errors: those of reading sysfs.
Result<std::uint64_t> largest_pci_window(const std::string& pci_address);
/// The same from the text of the device's file "resource". Pure.
std::uint64_t largest_window_of(std::string_view resources);

class Virtgpu final : public VirtgpuCalls {
 public:
  /// Errors: those of open; kUnsupported where the driver is another one, or the device has no
  /// blobs, no commands or no window.
  static Result<std::unique_ptr<Virtgpu>> open(const std::string& path);

  Result<VirtgpuBlob> create_device_blob(std::uint64_t size) override;
  Result<VirtgpuBlob> create_guest_blob(std::uint64_t size) override;
  Result<Mapping> map(const VirtgpuBlob& blob) override;
  Result<Fd> export_dma_buf(const VirtgpuBlob& blob) override;
  Result<VirtgpuBlob> import_dma_buf(int dma_buf_fd) override;
  void close(const VirtgpuBlob& blob) override;
  Status execute(std::span<const std::byte> stream) override;

 private:
  Virtgpu(Fd node, std::string path) : node_(std::move(node)), path_(std::move(path)) {}

  /// The one doorway: an ioctl that is repeated when a signal comes.
  Status ask(unsigned long request, void* argument, const char* name) const;
  Status require_driver() const;
  Status require_parameter(std::uint64_t parameter, const char* name) const;
  Result<VirtgpuBlob> create_blob(std::uint32_t memory, std::uint32_t flags, std::uint64_t size);

  Fd node_;
  std::string path_;
};

}  // namespace nobounce::sys

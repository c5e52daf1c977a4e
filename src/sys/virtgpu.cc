// SPDX-License-Identifier: Apache-2.0
#include "sys/virtgpu.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/size.h"
#include "sys/device_file.h"
#include "sys/directory_names.h"
#include "sys/readiness.h"
#include "sys/text_file.h"
#include "sys/uapi/drm_virtgpu.h"

namespace nobounce::sys {
namespace {

// The longest stream takes milliseconds; an emulated device that shares a busy CPU may take longer.
constexpr std::chrono::seconds kPatience{20};
constexpr std::string_view kDriver = "virtio_gpu";

std::uint64_t address_of(const void* place) {
  return reinterpret_cast<std::uintptr_t>(place);
}

Error lacks(const std::string& path, std::string cause) {
  return {.code = Code::kUnsupported,
          .operation = "open",
          .object = path,
          .cause = std::move(cause),
          .fix = {}};
}

// The device of a virtio driver hangs below the PCI function, which has the address.
std::string pci_address_of(const std::string& node_name) {
  const auto device = real_path("/sys/class/drm/" + node_name + "/device");
  if (!device) return {};
  const std::filesystem::path place(*device);
  const bool is_virtio = place.filename().string().starts_with("virtio");
  const std::string address = (is_virtio ? place.parent_path() : place).filename().string();
  return address.find(':') == std::string::npos ? std::string() : address;
}

}  // namespace

Result<std::vector<RenderNode>> render_nodes(const std::string& directory) {
  NB_ASSIGN(const auto names, names_in(directory));
  std::vector<RenderNode> nodes;
  for (const std::string& name : names) {
    if (!name.starts_with("renderD")) continue;
    nodes.push_back({.path = directory + "/" + name, .pci_address = pci_address_of(name)});
  }
  std::ranges::stable_sort(nodes, [](const RenderNode& a, const RenderNode& b) {
    return std::pair(a.pci_address.empty(), std::string_view(a.pci_address)) <
           std::pair(b.pci_address.empty(), std::string_view(b.pci_address));
  });
  return nodes;
}

std::uint64_t largest_window_of(std::string_view resources) {
  constexpr std::uint64_t kMemory = 0x200;  // IORESOURCE_MEM
  std::uint64_t largest = 0;
  while (!resources.empty()) {
    const std::string_view line = resources.substr(0, resources.find('\n'));
    resources.remove_prefix(std::min(resources.size(), line.size() + 1));
    std::array<std::uint64_t, 3> words{};  // First byte, last byte, flags.
    const char* at = line.data();
    const char* const end = line.data() + line.size();
    std::size_t read = 0;
    while (read < words.size() && end - at > 2) {
      const auto [rest, problem] = std::from_chars(at + 2, end, words[read], 16);
      if (problem != std::errc{}) break;
      ++read;
      at = rest == end ? end : rest + 1;
    }
    if (read < words.size() || (words[2] & kMemory) == 0 || words[1] <= words[0]) continue;
    largest = std::max(largest, words[1] - words[0] + 1);
  }
  return largest;
}

Result<std::uint64_t> largest_pci_window(const std::string& pci_address) {
  NB_ASSIGN(const std::string text,
            read_text_file("/sys/bus/pci/devices/" + pci_address + "/resource"));
  return largest_window_of(text);
}

Result<std::unique_ptr<Virtgpu>> Virtgpu::open(const std::string& path) {
  NB_ASSIGN(Fd node, open_device(path));
  std::unique_ptr<Virtgpu> device(new Virtgpu(std::move(node), path));
  NB_TRY(device->require_driver());
  NB_TRY(device->require_parameter(uapi::kVirtgpuParam3dFeatures, "commands"));
  NB_TRY(device->require_parameter(uapi::kVirtgpuParamResourceBlob, "blob resources"));
  NB_TRY(device->require_parameter(uapi::kVirtgpuParamHostVisible, "host-visible window"));
  return device;
}

Status Virtgpu::ask(unsigned long request, void* argument, const char* name) const {
  int answer = 0;
  do {
    answer = ::ioctl(node_.get(), request, argument);
  } while (answer != 0 && (errno == EINTR || errno == EAGAIN));
  if (answer != 0) return fail(error_from_errno(errno, name, path_));
  return {};
}

Status Virtgpu::require_driver() const {
  std::array<char, 32> name{};
  uapi::DrmVersion version{};
  version.name_bytes = name.size() - 1;
  version.name = address_of(name.data());
  const Status asked = ask(uapi::kDrmIoctlVersion, &version, "DRM_IOCTL_VERSION");
  if (!asked && asked.error().sys_errno == ENOTTY) return fail(lacks(path_, "no DRM node"));
  NB_TRY(asked);
  if (name.data() == kDriver) return {};
  return fail(lacks(path_, fmt::format("its driver is \"{}\"", name.data())));
}

Status Virtgpu::require_parameter(std::uint64_t parameter, const char* name) const {
  int value = 0;
  uapi::VirtgpuGetparam request{.param = parameter, .value = address_of(&value)};
  const Status asked = ask(uapi::kDrmIoctlVirtgpuGetparam, &request, "VIRTGPU_GETPARAM");
  if (asked && value != 0) return {};
  return fail(lacks(path_, fmt::format("this virtio-gpu has no {}", name)));
}

Result<VirtgpuBlob> Virtgpu::create_blob(std::uint32_t memory, std::uint32_t flags,
                                         std::uint64_t size) {
  uapi::VirtgpuResourceCreateBlob request{};
  request.blob_mem = memory;
  request.blob_flags = flags;
  request.size = size;
  if (const Status created =
          ask(uapi::kDrmIoctlVirtgpuResourceCreateBlob, &request, "VIRTGPU_RESOURCE_CREATE_BLOB");
      !created) {
    return fail(error_from_errno(created.error().sys_errno, "VIRTGPU_RESOURCE_CREATE_BLOB",
                                 format_size(size)));
  }
  return VirtgpuBlob{.handle = request.bo_handle, .resource = request.res_handle, .size = size};
}

Result<VirtgpuBlob> Virtgpu::create_device_blob(std::uint64_t size) {
  return create_blob(uapi::kVirtgpuBlobMemHost3d,
                     uapi::kVirtgpuBlobFlagUseMappable | uapi::kVirtgpuBlobFlagUseShareable, size);
}

Result<VirtgpuBlob> Virtgpu::create_guest_blob(std::uint64_t size) {
  return create_blob(uapi::kVirtgpuBlobMemGuest, uapi::kVirtgpuBlobFlagUseMappable, size);
}

Result<Mapping> Virtgpu::map(const VirtgpuBlob& blob) {
  uapi::VirtgpuMap request{.offset = 0, .handle = blob.handle, .reserved = 0};
  NB_TRY(ask(uapi::kDrmIoctlVirtgpuMap, &request, "VIRTGPU_MAP"));
  return Mapping::map(node_.get(), request.offset, blob.size, Mapping::Access::kReadWrite,
                      "a blob of " + path_);
}

Result<Fd> Virtgpu::export_dma_buf(const VirtgpuBlob& blob) {
  uapi::DrmPrimeHandle request{.handle = blob.handle, .flags = O_CLOEXEC | O_RDWR, .fd = -1};
  NB_TRY(ask(uapi::kDrmIoctlPrimeHandleToFd, &request, "DRM_IOCTL_PRIME_HANDLE_TO_FD"));
  return Fd(request.fd);
}

Result<VirtgpuBlob> Virtgpu::import_dma_buf(int dma_buf_fd) {
  uapi::DrmPrimeHandle request{.handle = 0, .flags = 0, .fd = dma_buf_fd};
  NB_TRY(ask(uapi::kDrmIoctlPrimeFdToHandle, &request, "DRM_IOCTL_PRIME_FD_TO_HANDLE"));
  VirtgpuBlob blob{.handle = request.handle};
  uapi::VirtgpuResourceInfo info{};
  info.bo_handle = blob.handle;
  if (const Status told = ask(uapi::kDrmIoctlVirtgpuResourceInfo, &info, "VIRTGPU_RESOURCE_INFO");
      !told) {
    close(blob);
    return fail(told.error());
  }
  blob.resource = info.res_handle;  // Its size has too few bits there; whoever imports knows it.
  return blob;
}

void Virtgpu::close(const VirtgpuBlob& blob) {
  uapi::DrmGemClose request{.handle = blob.handle, .reserved = 0};
  // A handle that is none any more is as good as closed.
  static_cast<void>(ask(uapi::kDrmIoctlGemClose, &request, "DRM_IOCTL_GEM_CLOSE"));
}

Status Virtgpu::execute(std::span<const std::byte> stream) {
  uapi::VirtgpuExecbuffer request{};
  request.flags = uapi::kVirtgpuExecbufFenceFdOut;
  request.size = static_cast<std::uint32_t>(stream.size());
  request.command = address_of(stream.data());
  request.fence_fd = -1;
  NB_TRY(ask(uapi::kDrmIoctlVirtgpuExecbuffer, &request, "VIRTGPU_EXECBUFFER"));
  const Fd fence(request.fence_fd);
  std::array<pollfd, 1> waiting = {{{.fd = fence.get(), .events = POLLIN, .revents = 0}}};
  // A signal ends a wait early; the device goes on, and may write to the host buffer until it is
  // done.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (auto left = kPatience; left.count() > 0;) {
    NB_ASSIGN(const bool done,
              wait_ready(waiting, std::chrono::duration_cast<std::chrono::milliseconds>(left)));
    if (done) return {};
    left = std::chrono::ceil<std::chrono::seconds>(deadline - std::chrono::steady_clock::now());
  }
  return fail({.code = Code::kTimeout,
               .operation = "VIRTGPU_EXECBUFFER",
               .object = path_,
               .cause = fmt::format("the device did not answer for {} s", kPatience.count()),
               .fix = {}});
}

}  // namespace nobounce::sys

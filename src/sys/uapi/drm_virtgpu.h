// SPDX-License-Identifier: Apache-2.0
// The ioctls of a DRM render node that virtio-gpu serves, as far as they are used here: Debian 12
// has no headers of DRM but libdrm's. Layouts and numbers are those of Linux 7.3:
// include/uapi/drm/drm.h and include/uapi/drm/virtgpu_drm.h.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace nobounce::sys::uapi {

/// DRM_IOCTL_VERSION: which driver it is.
struct DrmVersion {
  std::int32_t major;
  std::int32_t minor;
  std::int32_t patch_level;
  std::uint32_t reserved;
  std::uint64_t name_bytes;  ///< In: room at `name`; out: what there is.
  std::uint64_t name;        ///< char*
  std::uint64_t date_bytes;
  std::uint64_t date;
  std::uint64_t description_bytes;
  std::uint64_t description;
};
static_assert(sizeof(DrmVersion) == 64 && offsetof(DrmVersion, name_bytes) == 16);

struct DrmGemClose {
  std::uint32_t handle;
  std::uint32_t reserved;
};
static_assert(sizeof(DrmGemClose) == 8);

/// A handle as a dma-buf, and back.
struct DrmPrimeHandle {
  std::uint32_t handle;
  std::uint32_t flags;  ///< O_CLOEXEC | O_RDWR.
  std::int32_t fd;
};
static_assert(sizeof(DrmPrimeHandle) == 12);

struct VirtgpuMap {
  std::uint64_t offset;  ///< Out: what to give mmap.
  std::uint32_t handle;
  std::uint32_t reserved;
};
static_assert(sizeof(VirtgpuMap) == 16);

struct VirtgpuExecbuffer {
  std::uint32_t flags;
  std::uint32_t size;
  std::uint64_t command;     ///< void*
  std::uint64_t bo_handles;  ///< uint32_t*
  std::uint32_t num_bo_handles;
  std::int32_t fence_fd;
  std::uint32_t ring_idx;
  std::uint32_t syncobj_stride;
  std::uint32_t num_in_syncobjs;
  std::uint32_t num_out_syncobjs;
  std::uint64_t in_syncobjs;
  std::uint64_t out_syncobjs;
};
static_assert(sizeof(VirtgpuExecbuffer) == 64 && offsetof(VirtgpuExecbuffer, fence_fd) == 28);
inline constexpr std::uint32_t kVirtgpuExecbufFenceFdOut = 0x02;

struct VirtgpuGetparam {
  std::uint64_t param;
  std::uint64_t value;  ///< int*
};
static_assert(sizeof(VirtgpuGetparam) == 16);
inline constexpr std::uint64_t kVirtgpuParam3dFeatures = 1;
inline constexpr std::uint64_t kVirtgpuParamResourceBlob = 3;
inline constexpr std::uint64_t kVirtgpuParamHostVisible = 4;

struct VirtgpuResourceInfo {
  std::uint32_t bo_handle;
  std::uint32_t res_handle;
  std::uint32_t size;
  std::uint32_t blob_mem;
};
static_assert(sizeof(VirtgpuResourceInfo) == 16);

struct VirtgpuResourceCreateBlob {
  std::uint32_t blob_mem;
  std::uint32_t blob_flags;
  std::uint32_t bo_handle;   ///< Out.
  std::uint32_t res_handle;  ///< Out.
  std::uint64_t size;
  std::uint32_t reserved;
  std::uint32_t cmd_size;
  std::uint64_t cmd;
  std::uint64_t blob_id;
};
static_assert(sizeof(VirtgpuResourceCreateBlob) == 48 &&
              offsetof(VirtgpuResourceCreateBlob, cmd) == 32);
inline constexpr std::uint32_t kVirtgpuBlobMemGuest = 1;
inline constexpr std::uint32_t kVirtgpuBlobMemHost3d = 2;
inline constexpr std::uint32_t kVirtgpuBlobFlagUseMappable = 1;
inline constexpr std::uint32_t kVirtgpuBlobFlagUseShareable = 2;

inline constexpr unsigned long kDrmIoctlVersion = _IOWR('d', 0x00, DrmVersion);
inline constexpr unsigned long kDrmIoctlGemClose = _IOW('d', 0x09, DrmGemClose);
inline constexpr unsigned long kDrmIoctlPrimeHandleToFd = _IOWR('d', 0x2d, DrmPrimeHandle);
inline constexpr unsigned long kDrmIoctlPrimeFdToHandle = _IOWR('d', 0x2e, DrmPrimeHandle);
inline constexpr unsigned long kDrmIoctlVirtgpuMap = _IOWR('d', 0x41, VirtgpuMap);
inline constexpr unsigned long kDrmIoctlVirtgpuExecbuffer = _IOWR('d', 0x42, VirtgpuExecbuffer);
inline constexpr unsigned long kDrmIoctlVirtgpuGetparam = _IOWR('d', 0x43, VirtgpuGetparam);
inline constexpr unsigned long kDrmIoctlVirtgpuResourceInfo = _IOWR('d', 0x45, VirtgpuResourceInfo);
inline constexpr unsigned long kDrmIoctlVirtgpuResourceCreateBlob =
    _IOWR('d', 0x4a, VirtgpuResourceCreateBlob);
static_assert(kDrmIoctlVirtgpuResourceCreateBlob == 0xc030644a);

}  // namespace nobounce::sys::uapi

// SPDX-License-Identifier: Apache-2.0
#include "sys/cuda_driver.h"

#include <dlfcn.h>

#include <array>
#include <memory>

namespace nobounce::sys {
namespace {

constexpr const char* kLibrary = "libcuda.so.1";
constexpr int kDmaBufSupported = 124;  // CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED
constexpr int kMostDevices = 64;

struct Closer {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, Closer>;

Error unsupported(std::string operation, std::string cause) {
  return {.code = Code::kUnsupported,
          .sys_errno = 0,
          .operation = std::move(operation),
          .object = "CUDA driver",
          .cause = std::move(cause),
          .fix = "install NVIDIA's driver, if this host has such a device"};
}

/// Calls functions of the driver by name.
class Calls {
 public:
  explicit Calls(void* library) : library_(library) {}

  template <typename... Arguments>
  Status call(const char* name, Arguments... arguments) {
    using Function = int (*)(Arguments...);
    const auto function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr) return fail(unsupported(name, "the library has no such function"));
    const int result = function(arguments...);
    if (result == 0) return {};
    return fail(unsupported(name, "CUresult " + std::to_string(result)));
  }

 private:
  void* library_;
};

}  // namespace

Result<CudaDriver> probe_cuda_driver() {
  const Library library(::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL));
  if (library == nullptr) {
    const char* why = ::dlerror();
    return fail(unsupported("dlopen", why != nullptr ? why : kLibrary));
  }
  Calls driver(library.get());
  CudaDriver found;
  int count = 0;
  NB_TRY(driver.call("cuInit", 0U));
  NB_TRY(driver.call("cuDriverGetVersion", &found.version));
  NB_TRY(driver.call("cuDeviceGetCount", &count));
  if (count <= 0) return fail(unsupported("cuDeviceGetCount", "the driver finds no device"));
  for (int i = 0; i < count && i < kMostDevices; ++i) {
    int device = 0;
    int exports = 0;
    std::array<char, 256> name{};
    NB_TRY(driver.call("cuDeviceGet", &device, i));
    NB_TRY(driver.call("cuDeviceGetName", name.data(), static_cast<int>(name.size() - 1), device));
    NB_TRY(driver.call("cuDeviceGetAttribute", &exports, kDmaBufSupported, device));
    found.devices.push_back({.name = name.data(), .exports_dma_buf = exports != 0});
  }
  return found;
}

}  // namespace nobounce::sys

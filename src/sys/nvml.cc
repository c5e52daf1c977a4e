// SPDX-License-Identifier: Apache-2.0
#include "sys/nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nobounce::sys {
namespace {

constexpr unsigned kMostDevices = 64;

Error unsupported(std::string operation, std::string cause) {
  return {.code = Code::kUnsupported,
          .sys_errno = 0,
          .operation = std::move(operation),
          .object = "NVML",
          .cause = std::move(cause),
          .fix = {}};
}

}  // namespace

struct Nvml::Library {
  void* handle = nullptr;
  bool has_started = false;

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (has_started) static_cast<void>(call("nvmlShutdown"));
    if (handle != nullptr) ::dlclose(handle);
  }

  template <typename... Arguments>
  Status call(const char* name, Arguments... arguments) const {
    using Function = int (*)(Arguments...);
    const auto function = reinterpret_cast<Function>(::dlsym(handle, name));
    if (function == nullptr) return fail(unsupported(name, "the library has no such function"));
    const int result = function(arguments...);
    if (result == 0) return {};
    return fail(unsupported(name, fmt::format("nvmlReturn {}", result)));
  }

  [[nodiscard]] Result<unsigned> device_count() const {
    unsigned count = 0;
    NB_TRY(call("nvmlDeviceGetCount_v2", &count));
    if (count == 0) return fail(unsupported("nvmlDeviceGetCount_v2", "it finds no device"));
    return std::min(count, kMostDevices);
  }
};

Nvml::Nvml(std::unique_ptr<Library> library) : library_(std::move(library)) {}
Nvml::Nvml(Nvml&&) noexcept = default;
Nvml& Nvml::operator=(Nvml&&) noexcept = default;
Nvml::~Nvml() = default;

Result<Nvml> Nvml::open(const std::string& library) {
  auto opened = std::make_unique<Library>();
  opened->handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened->handle == nullptr) {
    const char* why = ::dlerror();
    return fail(unsupported("dlopen", why != nullptr ? why : library));
  }
  NB_TRY(opened->call("nvmlInit_v2"));
  opened->has_started = true;
  NB_TRY(opened->device_count());
  return Nvml(std::move(opened));
}

Result<std::vector<NvmlEnergy>> Nvml::energies() const {
  NB_ASSIGN(const unsigned count, library_->device_count());
  std::vector<NvmlEnergy> energies;
  for (unsigned i = 0; i < count; ++i) {
    void* device = nullptr;
    std::array<char, 128> name{};
    unsigned long long energy_mj = 0;
    NB_TRY(library_->call("nvmlDeviceGetHandleByIndex_v2", i, &device));
    NB_TRY(library_->call("nvmlDeviceGetName", device, name.data(),
                          static_cast<unsigned>(name.size() - 1)));
    NB_TRY(library_->call("nvmlDeviceGetTotalEnergyConsumption", device, &energy_mj));
    energies.push_back({.name = name.data(), .energy_mj = energy_mj});
  }
  return energies;
}

}  // namespace nobounce::sys

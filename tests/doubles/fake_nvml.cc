// SPDX-License-Identifier: Apache-2.0
// A library that stands where NVML does: two devices, whose energy grows by 1500 mJ at each look.
// Built as a shared library of its own, and loaded by name.
#include <cstring>

namespace {
bool has_started = false;
unsigned long long energy_mj = 10'000;
int handles[2] = {0, 1};
}  // namespace

extern "C" {

int nvmlInit_v2() {
  has_started = true;
  return 0;
}

int nvmlShutdown() {
  has_started = false;
  return 0;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 2;
  return has_started ? 0 : 1;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = &handles[index];
  return 0;
}

int nvmlDeviceGetName(void* device, char* name, unsigned length) {
  std::strncpy(name, device == &handles[0] ? "Test GPU A" : "Test GPU B", length);
  return 0;
}

int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* energy) {
  if (device == &handles[0]) energy_mj += 1500;
  *energy = energy_mj;
  return 0;
}

}  // extern "C"

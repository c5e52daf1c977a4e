// SPDX-License-Identifier: Apache-2.0
#include "bench/matrix.h"

namespace nobounce::bench {

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::kNobounce:
      return "nobounce";
    case Engine::kIperf3:
      return "iperf3";
    case Engine::kIperf3Zerocopy:
      return "iperf3 -Z";
    case Engine::kNeper:
      return "neper";
  }
  return "?";
}

std::string_view name_of(Gro gro) {
  switch (gro) {
    case Gro::kOff:
      return "off";
    case Gro::kSoftware:
      return "sw";
    case Gro::kHardware:
      return "hw";
  }
  return "?";
}

std::string_view name_of(Cpus cpus) {
  switch (cpus) {
    case Cpus::kAny:
      return "any";
    case Cpus::kOne:
      return "1";
    case Cpus::kTwo:
      return "2";
  }
  return "?";
}

}  // namespace nobounce::bench

// SPDX-License-Identifier: Apache-2.0
// What `nobounce doctor` found, for people and for programs; judges and prints, never asks a host.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "doctor/examine.h"
#include "host/path_order.h"

namespace nobounce::cli {

/// What the "schema" of doctor's JSON says; the number grows when a field changes its meaning.
inline constexpr const char* kDoctorSchema = "nobounce.doctor/1";

/// The paths of one interface.
struct PathsOfInterface {
  std::string interface;
  std::vector<host::Verdict> receive;
  std::vector<host::Verdict> send;
};

/// A remedy that was carried out, or the error that kept it from it.
struct Fixed {
  std::string what;
  std::string error{};  ///< Empty: done.
};

struct Diagnosis {
  host::Snapshot host;
  doctor::Workload workload;
  bool huge_pages = false;
  std::vector<PathsOfInterface> paths;
  doctor::Findings findings;
  std::vector<Fixed> fixed;  ///< Before the host was looked at for the findings above.
};

/// Judges every interface of the snapshot; loopback where there is none.
Diagnosis diagnose(host::Snapshot host, const doctor::Workload& workload, bool huge_pages);

/// One object: the host as snapshot, paths, findings, what was fixed.
nlohmann::json to_json(const Diagnosis& diagnosis);
/// Tables of paths, then the findings, worst first; a newline at the end.
std::string text_of(const Diagnosis& diagnosis);

}  // namespace nobounce::cli

// SPDX-License-Identifier: Apache-2.0
// What `nobounce doctor` found, for people and for programs; judges and prints, never asks a host.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "doctor/examine.h"
#include "host/path_order.h"
#include "host/profile_store.h"

namespace nobounce::cli {

/// What the "schema" of doctor's JSON says; the number grows when a field changes its meaning.
inline constexpr const char* kDoctorSchema = "nobounce.doctor/1";

/// A path, judged with the provider that serves it best among those asked about.
struct JudgedPath {
  host::Verdict verdict;
  std::string memory;  ///< Empty where no provider makes a difference.
};

/// The paths of one interface.
struct PathsOfInterface {
  std::string interface;
  std::vector<JudgedPath> receive;
  std::vector<JudgedPath> send;
  host::FoundProfile profile{};  ///< By whose order `--path auto` goes.
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
  std::vector<Fixed> fixed;     ///< Before the host was looked at for the findings above.
  Figure<std::string> host_id;  ///< As profiles name it.
};

/// Judges every interface of the snapshot, loopback where there is none, for the providers named.
Diagnosis diagnose(host::Snapshot host, const doctor::Workload& workload, bool huge_pages,
                   std::span<const std::string> providers);

/// One object: the host as snapshot, paths, findings, what was fixed.
nlohmann::json to_json(const Diagnosis& diagnosis);
/// Tables of paths, then the findings, worst first; a newline at the end.
std::string text_of(const Diagnosis& diagnosis);

}  // namespace nobounce::cli

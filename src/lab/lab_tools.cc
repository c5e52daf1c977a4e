// SPDX-License-Identifier: Apache-2.0
#include "lab/lab_tools.h"

namespace nobounce::lab {

Result<LabTools> prepare_tools(const std::filesystem::path& directory, const std::string& kernel,
                               const RunDirectory& run, Interruption& interruption,
                               const Progress& progress) {
  NB_ASSIGN(Cache cache, Cache::open(directory));
  std::error_code code;
  if (!std::filesystem::exists(cache.path_of(root_name()), code))
    progress("making the guest root, a Debian trixie (once; about half a minute)");
  NB_ASSIGN(GuestRoot root, GuestRoot::prepare(cache, interruption, run / "mmdebstrap.log"));
  NB_ASSIGN(GuestKernel found,
            prepare_kernel(cache, root, kernel, interruption, run / "kernel.log", progress));
  return LabTools{std::move(cache), std::move(root), std::move(found)};
}

}  // namespace nobounce::lab

// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_kernel.h"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "lab/text_file.h"
#include "sys/byte_stream.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFlavour = "-amd64";
constexpr std::string_view kImagePackage = "linux-image-";

// Until 6.18 one package held the kernel; later ones are split. What exists is fetched.
constexpr std::array<std::string_view, 4> kPackages = {"linux-image-", "linux-base-",
                                                       "linux-binary-", "linux-modules-"};

std::vector<std::string> with(std::vector<std::string> command,
                              std::initializer_list<std::string> more) {
  command.insert(command.end(), more);
  return command;
}

Result<std::string> output_of(std::vector<std::string> argv, const fs::path& path,
                              Interruption& interruption) {
  NB_ASSIGN(const sys::Fd file, sys::create_file(path.string()));
  NB_ASSIGN(const sys::ExitStatus status,
            interruption.run({.argv = std::move(argv), .stdout_fd = file.get()}));
  if (!status.success()) return std::string();
  return read_text_file(path);
}

Result<std::string> newest_release(const GuestRoot& root, const fs::path& log,
                                   Interruption& interruption) {
  NB_ASSIGN(const std::string depends,
            output_of(with(root.apt_command("apt-cache"), {"depends", "linux-image-amd64"}), log,
                      interruption));
  const std::string release = release_in_depends(depends);
  if (release.empty())
    return fail({.code = Code::kNotFound,
                 .operation = "search",
                 .object = "newest kernel",
                 .cause = "linux-image-amd64 depends on no kernel in the root's package lists",
                 .fix = "nobounce lab clean, then nobounce lab root"});
  return release;
}

// The packages of `release` that the lists know of.
Result<std::vector<std::string>> packages_of(const GuestRoot& root, const std::string& release,
                                             const fs::path& log, Interruption& interruption) {
  NB_ASSIGN(
      const std::string text,
      output_of(with(root.apt_command("apt-cache"), {"pkgnames", "linux-"}), log, interruption));
  const std::string known = "\n" + text;
  std::vector<std::string> packages;
  for (const std::string_view prefix : kPackages) {
    std::string package = fmt::format("{}{}", prefix, release);
    if (known.find(fmt::format("\n{}\n", package)) != std::string::npos)
      packages.push_back(std::move(package));
  }
  return packages;
}

// Fetches and unpacks into `directory`; the package files are removed again.
Status unpack(const GuestRoot& root, const std::vector<std::string>& packages,
              const std::string& release, const fs::path& directory, const fs::path& log,
              Interruption& interruption) {
  const fs::path downloads = directory / "downloads";
  std::error_code code;
  fs::create_directory(downloads, code);
  if (code) return fail(error_from_errno(code.value(), "creation of", downloads.string()));
  auto fetch = with(root.apt_command("apt-get"), {"download"});
  fetch.insert(fetch.end(), packages.begin(), packages.end());
  NB_TRY(interruption.run_logged({.argv = fetch, .working_directory = downloads.string()},
                                 log.string(), "download of kernel", release));
  for (const auto& file : fs::directory_iterator(downloads, code))
    NB_TRY(interruption.run_logged(
        {.argv = {"dpkg-deb", "-x", file.path().string(), directory.string()}}, log.string(),
        "unpacking of", file.path().filename().string()));
  NB_TRY(remove_tree(downloads));
  // depmod usually runs from a maintainer script.
  return interruption.run_logged(
      {.argv = with(root.host_command("/usr/bin/kmod", "depmod"),
                    {"-b", directory.string(), "-m", "/usr/lib/modules", release})},
      log.string(), "depmod of kernel", release);
}

}  // namespace

std::string release_in_depends(std::string_view depends) {
  std::size_t at = 0;
  while ((at = depends.find(kImagePackage, at)) != std::string_view::npos) {
    std::string_view release = depends.substr(at + kImagePackage.size());
    release = release.substr(0, release.find_first_of(" \n"));
    // The meta package itself is linux-image-amd64.
    if (!release.empty() && release.front() >= '0' && release.front() <= '9')
      return std::string(release);
    at += kImagePackage.size();
  }
  return {};
}

Result<GuestKernel> prepare_kernel(Cache& cache, const GuestRoot& root, const std::string& version,
                                   Interruption& interruption, const fs::path& log,
                                   const std::function<void(std::string_view)>& progress) {
  std::string release = version;
  if (version == "newest") {
    NB_ASSIGN(release, newest_release(root, log, interruption));
  } else if (!release.ends_with(kFlavour)) {
    release += kFlavour;
  }
  if (release.find('/') != std::string::npos || release.find(' ') != std::string::npos)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "--kernel",
                 .object = version,
                 .cause = "this is not a kernel version",
                 .fix = "a version as in 7.1.13+deb13, or newest"});

  const auto build = [&](const fs::path& directory) -> Status {
    NB_ASSIGN(const auto packages, packages_of(root, release, log, interruption));
    if (packages.empty())
      return fail({.code = Code::kNotFound,
                   .operation = "search",
                   .object = fmt::format("kernel {}", version),
                   .cause = "neither trixie nor trixie-backports has it",
                   .fix = "nobounce lab clean renews the lists; or take --kernel newest"});
    progress(fmt::format("fetching Linux {}", release));
    return unpack(root, packages, release, directory, log, interruption);
  };
  NB_ASSIGN(const fs::path directory,
            cache.entry(fmt::format("kernel-{}", release), build, interruption));

  GuestKernel kernel{.release = release, .directory = directory, .image = {}};
  kernel.image = kernel.modules() / "vmlinuz";
  std::error_code code;
  if (!fs::exists(kernel.image, code))
    kernel.image = directory / "boot" / fmt::format("vmlinuz-{}", release);
  return kernel;
}

}  // namespace nobounce::lab

// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_kernel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "lab/boot_image.h"
#include "lab/last_lines.h"
#include "sys/byte_stream.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFlavour = "-amd64";
constexpr std::string_view kImagePackage = "linux-image-";
// Until 6.18 one package held the kernel; later ones are split. What exists is fetched.
constexpr std::array<std::string_view, 4> kPackages = {"linux-image-", "linux-base-",
                                                       "linux-binary-", "linux-modules-"};
// What apt-cache said when the root was made; apt takes a second to find its answers anew.
constexpr const char* kNewestFile = "newest";
constexpr const char* kPackagesFile = "packages";
constexpr std::size_t kMostImageBytes = std::size_t{256} << 20;

std::vector<std::string> with(std::vector<std::string> command,
                              std::initializer_list<std::string> more) {
  command.insert(command.end(), more);
  return command;
}

Status ask_apt(const GuestRoot& root, std::initializer_list<std::string> question,
               const fs::path& answer, const fs::path& log, Interruption& interruption) {
  NB_ASSIGN(const sys::Fd file, sys::create_file(answer.string()));
  NB_ASSIGN(const sys::Fd errors, sys::create_file(log.string()));
  NB_ASSIGN(const sys::ExitStatus status,
            interruption.run({.argv = with(root.apt_command("apt-cache"), question),
                              .stdout_fd = file.get(),
                              .stderr_fd = errors.get()}));
  if (status.success()) return {};
  const auto said = sys::read_text_file(log);
  return fail({.code = Code::kIo,
               .operation = "search",
               .object = "kernels in the guest root's package lists",
               .cause = fmt::format("apt-cache {}: {}", to_string(status),
                                    said ? last_lines(*said, 5) : std::string_view()),
               .fix = "nobounce lab clean, then nobounce lab root"});
}

// The kernels that the root's package lists know of; one more entry of the cache.
Result<KernelList> list_kernels(Cache& cache, const GuestRoot& root, const fs::path& log,
                                Interruption& interruption) {
  const auto build = [&](const fs::path& directory) -> Status {
    NB_TRY(ask_apt(root, {"depends", "linux-image-amd64"}, directory / kNewestFile, log,
                   interruption));
    return ask_apt(root, {"pkgnames", "linux-"}, directory / kPackagesFile, log, interruption);
  };
  const std::string name = fmt::format("kernels-of-{}", root.directory().filename().string());
  NB_ASSIGN(const fs::path directory, cache.entry(name, build, interruption));
  NB_ASSIGN(const std::string depends, sys::read_text_file(directory / kNewestFile));
  NB_ASSIGN(std::string packages, sys::read_text_file(directory / kPackagesFile));
  return KernelList{.newest = release_in_depends(depends), .packages = "\n" + packages};
}

std::vector<std::string> packages_of(const KernelList& kernels, const std::string& release) {
  std::vector<std::string> packages;
  for (const std::string_view prefix : kPackages) {
    std::string package = fmt::format("{}{}", prefix, release);
    if (kernels.packages.find(fmt::format("\n{}\n", package)) != std::string::npos)
      packages.push_back(std::move(package));
  }
  return packages;
}

// The generic flavour's releases: "6.12.107+deb13", without the flavour.
std::vector<std::string_view> releases_of(const KernelList& kernels) {
  std::vector<std::string_view> releases;
  std::string_view rest = kernels.packages;
  while (!rest.empty()) {
    std::string_view name = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (!name.starts_with(kImagePackage) || !name.ends_with(kFlavour)) continue;
    name.remove_prefix(kImagePackage.size());
    name.remove_suffix(std::min(kFlavour.size(), name.size()));
    // Other flavours have a dash before theirs: "6.12.107+deb13-cloud".
    if (!name.empty() && name.front() >= '0' && name.front() <= '9' &&
        name.find('-') == std::string_view::npos)
      releases.push_back(name);
  }
  return releases;
}

// Numbers compare as numbers: 6.12.94 is older than 6.12.107.
bool is_older(std::string_view left, std::string_view right) {
  const auto take_number = [](std::string_view& text) {
    std::uint64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
  };
  while (!left.empty() && !right.empty()) {
    const std::uint64_t left_number = take_number(left);
    const std::uint64_t right_number = take_number(right);
    if (left_number != right_number) return left_number < right_number;
    if (left.empty() || right.empty()) break;
    if (left.front() != right.front()) return left.front() < right.front();
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  return left.size() < right.size();
}

// "6.12", "6.16", …: what a user may ask for.
std::vector<std::string> known_series(const KernelList& kernels) {
  std::vector<std::string> series;
  for (const std::string_view release : releases_of(kernels)) {
    const std::size_t second_dot =
        release.find('.', std::min(release.find('.'), release.size()) + 1);
    series.emplace_back(release.substr(0, std::min(second_dot, release.find('+'))));
  }
  std::sort(series.begin(), series.end(), is_older);
  series.erase(std::unique(series.begin(), series.end()), series.end());
  return series;
}

// Where things are in a cache entry of a kernel.
GuestKernel kernel_in(const fs::path& directory, const std::string& release) {
  GuestKernel kernel{.release = release, .directory = directory, .image = {}, .boot_image = {}};
  std::error_code code;
  kernel.image = kernel.modules() / "vmlinuz";
  if (!fs::exists(kernel.image, code))
    kernel.image = directory / "boot" / fmt::format("vmlinuz-{}", release);
  kernel.boot_image = directory / "vmlinux";
  if (!fs::exists(kernel.boot_image, code)) kernel.boot_image = kernel.image;
  return kernel;
}

// Decompressed once here, the kernel need not decompress itself at each boot: an emulated processor
// takes more than a second for that. QEMU enters the ELF file by its PVH note.
Status extract_boot_image(const GuestRoot& root, const GuestKernel& kernel, const fs::path& log,
                          Interruption& interruption) {
  NB_ASSIGN(const std::string image, sys::read_text_file(kernel.image, kMostImageBytes));
  const auto payload = zstd_payload(image);
  if (!payload) return {};
  const std::string compressed = kernel.directory / "vmlinux.zst";
  NB_TRY(sys::write_text_file(compressed, *payload));
  return interruption.run_logged(
      {.argv = with(root.host_command("/usr/bin/zstd", "zstd"), {"-d", "-q", "--rm", compressed})},
      log.string(), "decompression of kernel", kernel.release);
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
  NB_TRY(interruption.run_logged(
      {.argv = with(root.host_command("/usr/bin/kmod", "depmod"),
                    {"-b", directory.string(), "-m", "/usr/lib/modules", release})},
      log.string(), "depmod of kernel", release));
  return extract_boot_image(root, kernel_in(directory, release), log, interruption);
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

std::string release_for(const KernelList& kernels, std::string_view version) {
  if (version == "newest") return kernels.newest;
  if (version.ends_with(kFlavour)) version.remove_suffix(kFlavour.size());
  std::string_view best;
  for (const std::string_view release : releases_of(kernels)) {
    if (release == version) return fmt::format("{}{}", release, kFlavour);
    // "6.1" stands for 6.1.x, never for 6.12.x.
    const bool within = release.size() > version.size() && release.starts_with(version) &&
                        (release[version.size()] == '.' || release[version.size()] == '+');
    if (within && (best.empty() || is_older(best, release))) best = release;
  }
  return version.empty() || best.empty() ? std::string() : fmt::format("{}{}", best, kFlavour);
}

Result<GuestKernel> prepare_kernel(Cache& cache, const GuestRoot& root, const std::string& version,
                                   Interruption& interruption, const fs::path& log,
                                   const std::function<void(std::string_view)>& progress) {
  NB_ASSIGN(const KernelList kernels, list_kernels(cache, root, log, interruption));
  const std::string release = release_for(kernels, version);
  if (release.empty())
    return fail({.code = Code::kNotFound,
                 .operation = "search",
                 .object = fmt::format("kernel {}", version),
                 .cause = fmt::format("the package lists of the guest root have none; they have {}",
                                      fmt::join(known_series(kernels), ", ")),
                 .fix = "take one of these, or newest; `nobounce lab clean` renews the lists"});
  const auto build = [&](const fs::path& directory) -> Status {
    progress(fmt::format("fetching Linux {}", release));
    return unpack(root, packages_of(kernels, release), release, directory, log, interruption);
  };
  NB_ASSIGN(const fs::path directory,
            cache.entry(fmt::format("kernel-{}", release), build, interruption));
  return kernel_in(directory, release);
}

}  // namespace nobounce::lab

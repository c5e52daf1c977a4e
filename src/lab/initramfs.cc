// SPDX-License-Identifier: Apache-2.0
#include "lab/initramfs.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/guest_script.h"
#include "lab/module_closure.h"
#include "sys/byte_stream.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kDirectoryMode = 0040755;
constexpr std::uint32_t kFileMode = 0100644;
constexpr std::uint32_t kProgramMode = 0100755;
constexpr std::uint32_t kConsoleMode = 0020600;

constexpr const char* kProgramLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr const char* kThisProgram = "/proc/self/exe";
// Programs, libraries and modules go into the archive whole: more than any of them has.
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

// virtiofs and its transport are built into Debian's kernels; on one where they are not, the
// closure brings them.
const std::vector<std::string> kBootModules = {"virtio_pci", "virtiofs", "overlay",
                                               "virtio_console"};

Result<std::string> run_for_output(std::vector<std::string> argv, const fs::path& scratch,
                                   Interruption& interruption) {
  const std::string name = argv[0];
  const std::string path = (scratch / "output").string();
  NB_ASSIGN(const sys::Fd file, sys::create_file(path));
  NB_ASSIGN(const sys::ExitStatus status,
            interruption.run({.argv = std::move(argv), .stdout_fd = file.get()}));
  if (!status.success())
    return fail({.code = Code::kIo,
                 .operation = "preparation of the initramfs with",
                 .object = name,
                 .cause = "it " + to_string(status),
                 .fix = {}});
  return sys::read_text_file(path, kMostBytes);
}

// A module as the smallest loader takes it: decompressed by the root's static busybox.
Result<std::string> module_content(const GuestRoot& root, const fs::path& path,
                                   const fs::path& scratch, Interruption& interruption) {
  if (path.extension() != ".xz") return sys::read_text_file(path, kMostBytes);
  return run_for_output({(root.directory() / "usr/bin/busybox").string(), "xzcat", path.string()},
                        scratch, interruption);
}

Status add_modules(CpioArchive& archive, const GuestRoot& root, const GuestKernel& kernel,
                   const fs::path& scratch, Interruption& interruption) {
  NB_ASSIGN(const std::string dependencies, sys::read_text_file(kernel.modules() / "modules.dep"));
  NB_ASSIGN(const std::string builtin, sys::read_text_file(kernel.modules() / "modules.builtin"));
  NB_ASSIGN(const auto modules, module_closure({dependencies, builtin}, kBootModules));
  archive.add_directory("modules");
  std::string order;
  for (const std::string& module : modules) {
    NB_ASSIGN(const std::string content,
              module_content(root, kernel.modules() / module, scratch, interruption));
    fs::path name = fs::path(module).filename();
    if (name.extension() == ".xz") name.replace_extension();
    archive.add_file("modules/" + name.string(), content);
    order += "/modules/" + name.string() + "\n";
  }
  archive.add_file("modules/order", order);
  return {};
}

}  // namespace

void CpioArchive::add_directory(std::string_view path) {
  add(path, {.mode = kDirectoryMode}, {});
}

void CpioArchive::add_file(std::string_view path, std::string_view content, bool executable) {
  add(path, {.mode = executable ? kProgramMode : kFileMode}, content);
}

void CpioArchive::add_character_device(std::string_view path, std::uint32_t major,
                                       std::uint32_t minor) {
  add(path, {.mode = kConsoleMode, .device_major = major, .device_minor = minor}, {});
}

std::string CpioArchive::finish() && {
  add("TRAILER!!!", {}, {});
  return std::move(bytes_);
}

void CpioArchive::add(std::string_view path, const Entry& entry, std::string_view content) {
  // Magic, then 13 fields of 8 hexadecimal digits: inode, mode, uid, gid, links, mtime, size,
  // device (major, minor), special device (major, minor), length of the name, checksum (0 here).
  bytes_ += fmt::format(
      "070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}"
      "{:08x}{:08x}",
      next_inode_++, entry.mode, 0, 0, 1, 0, content.size(), 0, 0, entry.device_major,
      entry.device_minor, path.size() + 1, 0);
  const auto align = [this] { bytes_.append((4 - bytes_.size() % 4) % 4, '\0'); };
  bytes_ += path;
  bytes_ += '\0';
  align();
  bytes_ += content;
  align();
}

std::vector<std::pair<std::string, fs::path>> listed_libraries(std::string_view list) {
  // Lines read "\tlibmnl.so.0 => /lib/x86_64-linux-gnu/libmnl.so.0 (0x…)"; the vDSO and the loader
  // have no arrow.
  std::vector<std::pair<std::string, fs::path>> libraries;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find('\n'), list.size());
    const std::string_view line = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t arrow = line.find(" => ");
    const std::size_t address = line.rfind(" (0x");
    if (arrow == std::string_view::npos || address == std::string_view::npos || address < arrow)
      continue;
    const std::string_view soname = line.substr(0, arrow);
    libraries.emplace_back(soname.substr(std::min(soname.find_first_not_of("\t "), arrow)),
                           line.substr(arrow + 4, address - arrow - 4));
  }
  return libraries;
}

Result<std::vector<fs::path>> missing_libraries(const GuestRoot& root, const fs::path& scratch,
                                                Interruption& interruption) {
  std::error_code code;
  const fs::path self = fs::read_symlink(kThisProgram, code);
  if (code) return fail(error_from_errno(code.value(), "readlink", kThisProgram));
  NB_ASSIGN(const std::string list,
            run_for_output({kProgramLoader, "--list", self.string()}, scratch, interruption));
  std::vector<fs::path> missing;
  for (const auto& [soname, path] : listed_libraries(list))
    if (!root.has_library(soname)) missing.push_back(path);
  return missing;
}

Result<std::string> make_initramfs(const GuestRoot& root, const GuestKernel& kernel,
                                   const std::vector<fs::path>& libraries, const fs::path& scratch,
                                   Interruption& interruption) {
  CpioArchive archive;
  for (const char* directory : {"bin", "dev", "proc", "lower", "rw", "new", "nobounce"})
    archive.add_directory(directory);
  // The kernel opens the console for init before anything has made a device.
  archive.add_character_device("dev/console", 5, 1);
  NB_ASSIGN(const std::string busybox,
            sys::read_text_file(root.directory() / "usr/bin/busybox", kMostBytes));
  archive.add_file("bin/busybox", busybox, true);
  archive.add_file(
      "init",
      init_script(root.directory().filename().string(), kernel.directory.filename().string()),
      true);
  NB_TRY(add_modules(archive, root, kernel, scratch, interruption));

  archive.add_directory("nobounce/lib");
  NB_ASSIGN(const std::string self, sys::read_text_file(kThisProgram, kMostBytes));
  archive.add_file("nobounce/nobounce", self, true);
  for (const fs::path& library : libraries) {
    NB_ASSIGN(const std::string bytes, sys::read_text_file(library, kMostBytes));
    archive.add_file("nobounce/lib/" + library.filename().string(), bytes, true);
  }
  return std::move(archive).finish();
}

std::string request_archive(std::string_view request) {
  CpioArchive archive;
  archive.add_file("nobounce/request.json", request);
  return std::move(archive).finish();
}

}  // namespace nobounce::lab

// SPDX-License-Identifier: Apache-2.0
#include "lab/host_apt.h"

#include <algorithm>
#include <array>

#include "sys/byte_stream.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

constexpr std::string_view kDefaultMirror = "http://deb.debian.org/debian";

// Releases whose site carries trixie as well. "-security" lies on a site of its own.
constexpr std::array<std::string_view, 8> kDebianReleases = {
    "bookworm", "trixie", "forky", "sid", "stable", "testing", "unstable", "oldstable"};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

Result<std::string> output_of(std::vector<std::string> argv, const std::filesystem::path& scratch,
                              Interruption& interruption) {
  const std::string path = (scratch / "apt-output").string();
  {
    NB_ASSIGN(const sys::Fd file, sys::create_file(path));
    const std::string name = argv[0];
    NB_ASSIGN(const sys::ExitStatus status,
              interruption.run({.argv = std::move(argv), .stdout_fd = file.get()}));
    if (!status.success())
      return fail({.code = Code::kIo,
                   .operation = "reading the settings of apt with",
                   .object = name,
                   .cause = "it " + to_string(status),
                   .fix = {}});
  }
  return sys::read_text_file(path);
}

}  // namespace

std::string debian_mirror(std::string_view targets) {
  while (!targets.empty()) {
    std::string_view line = take_line(targets);
    std::string_view site = take_word(line);
    const std::string_view release = take_word(line);
    const std::string_view component = take_word(line);
    const bool debian =
        std::find(kDebianReleases.begin(), kDebianReleases.end(), release) != kDebianReleases.end();
    if (!debian || component != "main") continue;
    while (site.ends_with('/'))
      site.remove_suffix(1);
    return std::string(site);
  }
  return std::string(kDefaultMirror);
}

std::vector<std::string> transport_options(std::string_view dump) {
  std::vector<std::string> options;
  while (!dump.empty()) {
    const std::string_view line = take_line(dump);
    if (!line.starts_with("Acquire::")) continue;
    const std::string_view name = line.substr(0, line.find(' '));
    const bool transport = name.find("proxy") != std::string_view::npos ||
                           name.find("Proxy") != std::string_view::npos ||
                           name.starts_with("Acquire::https::") || name == "Acquire::ForceIPv4" ||
                           name == "Acquire::ForceIPv6";
    if (transport && !line.ends_with(" \"\";")) options.emplace_back(line);
  }
  return options;
}

Result<HostApt> read_host_apt(const std::filesystem::path& scratch, Interruption& interruption) {
  NB_ASSIGN(const std::string targets,
            output_of({"apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)",
                       "Created-By: Packages"},
                      scratch, interruption));
  NB_ASSIGN(const std::string dump, output_of({"apt-config", "dump"}, scratch, interruption));
  return HostApt{.mirror = debian_mirror(targets), .options = transport_options(dump)};
}

}  // namespace nobounce::lab

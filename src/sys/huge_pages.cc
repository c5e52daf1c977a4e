// SPDX-License-Identifier: Apache-2.0
#include "sys/huge_pages.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "sys/directory_names.h"
#include "sys/sysctl.h"
#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

Result<std::uint64_t> number_in(const std::string& path) {
  NB_ASSIGN(const std::string text, read_text_file(path));
  NB_ASSIGN(const auto numbers, parse_numbers(text, path));
  return numbers.front();
}

}  // namespace

Result<std::vector<HugePages>> read_huge_pages(const std::string& directory) {
  constexpr std::string_view kPrefix = "hugepages-";
  constexpr std::string_view kUnit = "kB";
  const auto names = names_in(directory);
  if (!names && names.error().sys_errno == ENOENT) return std::vector<HugePages>{};
  if (!names) return fail(names.error());
  std::vector<HugePages> pools;
  for (const std::string& name : *names) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kUnit)) continue;
    const std::string path = directory + "/" + name;
    const auto size =
        std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kUnit.size());
    NB_ASSIGN(const auto kib, parse_numbers(size, path));
    if (kib.front() > std::numeric_limits<std::uint64_t>::max() / 1024) {
      return fail(
          {.code = Code::kProtocol, .operation = "parse", .object = path, .cause = "too large"});
    }
    HugePages pool{.page_bytes = kib.front() * 1024, .total = 0, .free = 0};
    NB_ASSIGN(pool.total, number_in(path + "/nr_hugepages"));
    NB_ASSIGN(pool.free, number_in(path + "/free_hugepages"));
    pools.push_back(pool);
  }
  std::ranges::sort(pools, {}, &HugePages::page_bytes);
  return pools;
}

}  // namespace nobounce::sys

// SPDX-License-Identifier: Apache-2.0
#include "bench/nic_keeper.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "bench/host_script.h"
#include "netlink/link.h"
#include "sys/message_log.h"
#include "sys/private_directory.h"
#include "sys/process_identity.h"
#include "sys/state_file.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

/// Nothing that fails keeps the rest from being set.
Status lead_back_to(const SavedNic& before) {
  std::string trouble;
  const auto note = [&trouble](const auto& done) {
    if (!done) trouble += (trouble.empty() ? "" : "; ") + to_string(done.error());
  };
  NB_ASSIGN(const SavedNic now, save_nic(before.interface));
  for (const std::string& command : commands_back_to(before, now))
    note(run_here(command));
  // Queues that were made anew with another MTU or GRO may have others by now.
  NB_ASSIGN(const SavedNic then, save_nic(before.interface));
  for (const auto& [file, value] : files_back_to(before, then))
    note(sys::write_text_file(file, value));
  if (trouble.empty()) return {};
  return fail({.code = Code::kIo,
               .operation = "put back",
               .object = before.interface,
               .cause = std::move(trouble),
               .fix = {}});
}

Status make_directory(const std::string& directory) {
  std::error_code code;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), code);
  if (code) return fail(error_from_errno(code.value(), "creation of", directory));
  return sys::claim_private_directory(directory);
}

/// Which NIC it is: names come again in other namespaces, and numbers after a NIC is gone.
Result<std::string> stem_of(const std::string& nic, const std::string& directory) {
  NB_ASSIGN(const std::uint64_t network_namespace, sys::network_namespace_id());
  NB_ASSIGN(auto routes, netlink::RouteSocket::open());
  NB_ASSIGN(const netlink::Link link, routes.link(nic));
  return fmt::format("{}/{}-{}", directory, network_namespace, link.ifindex);
}

}  // namespace

Result<NicKeeper> NicKeeper::take(const std::string& nic, const std::string& directory) {
  NB_TRY(make_directory(directory));
  NB_ASSIGN(const std::string stem, stem_of(nic, directory));
  NB_ASSIGN(auto lock, sys::FileLock::try_acquire(stem + ".lock", sys::FileLock::Mode::kExclusive));
  if (!lock)
    return fail({.code = Code::kBusy,
                 .operation = "bench on",
                 .object = nic,
                 .cause = "another bench runs there",
                 .fix = "wait for its end"});
  const std::string file = stem + ".json";
  if (std::error_code code; std::filesystem::exists(file, code)) {
    NB_ASSIGN(const std::string text, sys::read_text_file(file));
    auto left = parse_saved_nic(text);
    if (!left) {
      left.error().object += ", in " + file;
      return fail(std::move(left).error());
    }
    if (left->interface == nic) {
      sys::message_log()->warn("{} is put back as it was before a bench that was killed", nic);
      NB_TRY(lead_back_to(*left));
    }
  }
  NB_ASSIGN(SavedNic before, save_nic(nic));
  NB_TRY(sys::replace_file(file, to_json(before).dump(2) + "\n"));
  return NicKeeper(std::move(before), file, std::move(*lock));
}

NicKeeper::NicKeeper(NicKeeper&& other) noexcept
    : before_(std::move(other.before_)),
      file_(std::exchange(other.file_, {})),
      lock_(std::move(other.lock_)) {}

NicKeeper::~NicKeeper() {
  const Status done = put_back();
  if (!done) sys::message_log()->error("{}", to_string(done.error()));
}

Status NicKeeper::put_back() {
  if (file_.empty()) return {};
  const std::string file = std::exchange(file_, {});
  NB_TRY(lead_back_to(before_));
  return sys::remove_file(file);
}

Result<std::vector<NicKeeper>> keep_nics(std::span<const HostNic> nics) {
  std::vector<NicKeeper> keepers;
  for (const HostNic& nic : nics) {
    NB_ASSIGN(NicKeeper keeper, NicKeeper::take(nic.name));
    keepers.push_back(std::move(keeper));
  }
  return keepers;
}

Status put_back_all(std::span<NicKeeper> keepers) {
  Status all;
  for (NicKeeper& keeper : keepers) {
    Status one = keeper.put_back();
    if (all) all = std::move(one);
  }
  return all;
}

}  // namespace nobounce::bench

// SPDX-License-Identifier: Apache-2.0
#include "lab/guest.h"

#include <fmt/format.h>

#include <array>

#include "lab/guest_script.h"
#include "lab/initramfs.h"
#include "lab/last_lines.h"
#include "lab/qemu.h"
#include "sys/byte_stream.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

constexpr std::size_t kMostKernelRecords = 100'000;
constexpr std::size_t kMostConsoleBytes = std::size_t{64} << 20;
constexpr std::size_t kShownConsoleLines = 40;

// Of the host's end; the other one goes to QEMU.
Result<sys::Fd> add_port(MachineOptions& machine, unsigned number, std::vector<sys::Fd>& for_qemu) {
  NB_ASSIGN(sys::FdPair pair, sys::make_socket_pair());
  machine.ports.push_back({.number = number, .fd = pair.second.get()});
  for_qemu.push_back(std::move(pair.second));
  return std::move(pair.first);
}

}  // namespace

Result<Guest> Guest::boot(const LabTools& tools, std::string_view initramfs,
                          const GuestOptions& options, Interruption& interruption) {
  Guest guest;
  guest.name_ = options.name;
  guest.console_log_ = options.directory / "console.log";
  guest.qemu_log_ = options.directory / "qemu.log";
  NB_TRY(sys::write_text_file(options.directory / "initramfs",
                              std::string(initramfs) + request_archive(encode(options.request))));
  // Whoever the guest's devices talk to must be there before QEMU.
  NB_TRY(guest.start_servers(tools, options, interruption));
  NB_TRY(guest.start_qemu(tools, options));
  return guest;
}

Status Guest::start_servers(const LabTools& tools, const GuestOptions& options,
                            Interruption& interruption) {
  std::vector<ShareOptions> shares = {
      {.directory = tools.cache.directory(), .tag = kCacheTag, .read_only = true}};
  if (options.request.share) shares.push_back({.directory = options.share, .tag = kShareTag});
  for (const ShareOptions& share : shares) {
    NB_ASSIGN(ShareServer server,
              ShareServer::start(tools.root, share, options.directory, interruption));
    servers_.push_back(std::move(server));
  }
  return {};
}

Status Guest::start_qemu(const LabTools& tools, const GuestOptions& options) {
  MachineOptions machine{.firmware_directory = (tools.root.directory() / "usr").string(),
                         .kernel = tools.kernel.boot_image.string(),
                         .initramfs = (options.directory / "initramfs").string(),
                         .console_log = console_log_.string(),
                         .copy_meter = options.copy_meter.string(),
                         .profile = options.request.profile > 0,
                         .kvm = options.kvm,
                         .cpus = options.cpus,
                         .ram_bytes = options.ram_bytes,
                         .ports = {},
                         .shares = {},
                         .device_sockets = options.device_sockets,
                         .more = options.qemu_arguments};
  for (const ShareServer& server : servers_)
    machine.shares.push_back(server.share());
  std::vector<sys::Fd> for_qemu;
  NB_ASSIGN(sys::Fd out, add_port(machine, kOutputPort, for_qemu));
  NB_ASSIGN(sys::Fd err, add_port(machine, kErrorPort, for_qemu));
  NB_ASSIGN(events_, add_port(machine, kEventPort, for_qemu));
  if (options.request.terminal) {
    NB_ASSIGN(keyboard_, add_port(machine, kInputPort, for_qemu));
  }
  const GuestOutput& output = options.output;
  out_ = OutputRelay(std::move(out), output.standard_output, "standard output", output.mark);
  err_ = OutputRelay(std::move(err), output.standard_error, "standard error", output.mark);

  auto argv = tools.root.host_command("/usr/bin/qemu-system-x86_64", "qemu-system-x86_64");
  const auto arguments = qemu_arguments(machine);
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  NB_ASSIGN(const sys::Fd log, sys::create_file(qemu_log_.string()));
  std::vector<int> passed;
  for (const sys::Fd& fd : for_qemu)
    passed.push_back(fd.get());
  NB_ASSIGN(qemu_, sys::ChildProcess::spawn({.argv = std::move(argv),
                                             .stdout_fd = log.get(),
                                             .stderr_fd = log.get(),
                                             .passed_fds = std::move(passed)}));
  return {};
}

void Guest::add_wishes(std::vector<pollfd>& wishes) const {
  wishes.insert(wishes.end(),
                {out_.wish_to_read(),
                 out_.wish_to_write(),
                 err_.wish_to_read(),
                 err_.wish_to_write(),
                 {.fd = events_open_ ? events_.get() : -1, .events = POLLIN, .revents = 0}});
  for (const ShareServer& server : servers_)
    wishes.push_back({.fd = done_ ? -1 : server.pidfd(), .events = POLLIN, .revents = 0});
}

Status Guest::move_on(std::span<const pollfd>& answers) {
  const auto next = [&answers]() -> const pollfd& {
    const pollfd& answer = answers.front();
    answers = answers.subspan(1);
    return answer;
  };
  for (OutputRelay* relay : {&out_, &err_}) {
    const pollfd& readable = next();
    const pollfd& writable = next();
    NB_TRY(relay->move_on(readable, writable));
  }
  if (next().revents != 0) NB_TRY(take_events());
  // All that we want of the guest has come, and it has written back what it had.
  if (done_) qemu_.signal_group(SIGKILL);
  for (const ShareServer& server : servers_)
    if (next().revents != 0 && !done_)
      return fail(failure(server.name() + " ended under it" + last_words()));
  // QEMU's end closes the streams; each is read to its end, so nothing that came is lost.
  if (!is_open() && !done_ && failure_.empty())
    return fail(failure("it died before it was done" + last_words()));
  return {};
}

bool Guest::is_open() const {
  return out_.is_open() || err_.is_open() || events_open_;
}

Status Guest::order(const GuestOrder& order) {
  // Orders are few and short: a socket holds far more than ever wait.
  return sys::write_all(events_.get(), encode(order) + "\n", "an order to the " + name_);
}

Result<GuestReport> Guest::finish() {
  qemu_.wait();
  if (!failure_.empty()) return fail(failure(failure_));
  if (!done_ || !status_) return fail(failure("it died before it was done" + last_words()));
  return GuestReport{
      .status = *status_, .kernel_log = std::move(kernel_log_), .profile = std::move(profile_)};
}

Status Guest::take_events() {
  std::array<char, 65536> piece;
  NB_ASSIGN(const auto got, sys::read_some(events_.get(), piece, "events of the guest"));
  if (!got) return {};
  if (*got == 0) events_open_ = false;
  return lines_.split({piece.data(), *got}, [this](auto line) { return take_line(line); });
}

Status Guest::take_line(std::string_view line) {
  NB_ASSIGN(const GuestEvent event, decode_event(line));
  if (std::holds_alternative<GuestReady>(event)) {
    ready_ = true;
  } else if (const auto* ended = std::get_if<CommandEnded>(&event)) {
    status_ = ended->status;
  } else if (const auto* record = std::get_if<KernelRecord>(&event)) {
    if (kernel_log_.size() < kMostKernelRecords) kernel_log_.push_back(*record);
  } else if (const auto* profile = std::get_if<GuestProfile>(&event)) {
    profile_ = profile->profile;
  } else if (const auto* failed = std::get_if<GuestFailed>(&event)) {
    failure_ = failed->message;
  } else {
    done_ = true;
  }
  return {};
}

Error Guest::failure(std::string cause) const {
  return {
      .code = Code::kIo, .operation = "lab", .object = name_, .cause = std::move(cause), .fix = {}};
}

std::string Guest::last_words() const {
  const auto console = sys::read_text_file(console_log_, kMostConsoleBytes);
  const auto log = sys::read_text_file(qemu_log_);
  std::string words;
  if (console && !console->empty())
    words += fmt::format("; the console of {} ends with:\n{}", name_,
                         last_lines(*console, kShownConsoleLines));
  if (log && !log->empty()) words += fmt::format("\nQEMU said:\n{}", last_lines(*log, 10));
  return words;
}

}  // namespace nobounce::lab

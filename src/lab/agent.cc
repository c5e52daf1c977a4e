// SPDX-License-Identifier: Apache-2.0
#include "lab/agent.h"

#include <array>
#include <cerrno>

#include "lab/copy_routines.h"
#include "lab/guest_command.h"
#include "lab/guest_ports.h"
#include "lab/guest_script.h"
#include "lab/guest_setup.h"
#include "lab/kernel_log.h"
#include "lab/kernel_profile.h"
#include "sys/byte_stream.h"
#include "sys/text_file.h"
#include "sys/virtual_machine.h"

namespace nobounce::lab {
namespace {

constexpr std::size_t kLongestKernelRecord = 8192;

Status send_kernel_log(EventPort& events) {
  NB_ASSIGN(const sys::Fd log, sys::open_for_reading("/dev/kmsg", true));
  std::array<char, kLongestKernelRecord> record;
  for (;;) {
    const auto got = sys::read_some(log.get(), record, "/dev/kmsg");
    // EPIPE: records were overwritten before we read them; the next read goes on behind the gap.
    if (!got && got.error().sys_errno == EPIPE) continue;
    if (!got) return fail(got.error());
    if (!*got || **got == 0) return {};
    NB_TRY(events.send(parse_kernel_record({record.data(), **got})));
  }
}

// Another guest may hold the other host: only the lab knows when both are there.
Status wait_for_start(EventPort& events) {
  NB_TRY(events.send(GuestReady{}));
  for (;;) {
    while (const auto order = events.take_order())
      if (std::holds_alternative<StartCommand>(*order)) return {};
    NB_TRY(events.receive());
  }
}

Status serve(EventPort& events) {
  NB_ASSIGN(const std::string text, sys::read_text_file(kRequestPath));
  NB_ASSIGN(const GuestRequest request, decode_request(text));
  NB_TRY(set_guest_up(request));
  if (request.copy_meter) NB_TRY(watch_copies());
  if (request.end == CommandEnd::kByItself) NB_TRY(wait_for_start(events));
  if (request.profile == 0) return run_command(request, events);
  NB_ASSIGN(const ProfileReading before, read_profile());
  NB_TRY(run_command(request, events));
  NB_ASSIGN(KernelProfile profile, profile_since(before, request.profile));
  return events.send(GuestProfile{.profile = std::move(profile)});
}

}  // namespace

Status run_agent() {
  NB_ASSIGN(EventPort events, EventPort::open());
  if (const Status served = serve(events); !served)
    NB_TRY(events.send(GuestFailed{.message = to_string(served.error())}));
  NB_TRY(send_kernel_log(events));
  // The host ends the machine as soon as it hears this: what was written to the share must be
  // there.
  sys::write_back_files();
  NB_TRY(events.send(GuestDone{}));
  return sys::power_off();
}

}  // namespace nobounce::lab

// SPDX-License-Identifier: Apache-2.0
// By plain system calls: what is asked for is newer than the library on Debian 12.
#include "sys/io_uring_probe.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "sys/uapi/io_uring_query.h"

namespace nobounce::sys {
namespace {

/// As many operations as IORING_REGISTER_PROBE can tell.
constexpr unsigned kMostOperations = 256;

int register_call(int ring, unsigned opcode, void* argument, unsigned count) {
  return static_cast<int>(::syscall(__NR_io_uring_register, ring, opcode, argument, count));
}

Error unsupported(std::string operation, int sys_errno, std::string cause = {}) {
  Error error = error_from_errno(sys_errno, std::move(operation), "io_uring");
  error.code = Code::kUnsupported;
  error.cause = std::move(cause);
  return error;
}

/// One question; `answer` is left as it was where the kernel does not know it.
template <typename Answer>
Status ask(std::uint32_t query, Answer& answer) {
  uapi::IoUringQuery question{.next_entry = 0,
                              .query_data = reinterpret_cast<std::uint64_t>(&answer),
                              .query_op = query,
                              .size = sizeof answer,
                              .result = 0,
                              .reserved = {}};
  constexpr int kNoRing = -1;
  if (register_call(kNoRing, uapi::kQueryRegister, &question, 0) < 0) {
    return fail(unsupported("IORING_REGISTER_QUERY", errno));
  }
  if (question.result < 0) {
    return fail(unsupported("IORING_REGISTER_QUERY", -question.result));
  }
  return {};
}

struct Name {
  std::uint8_t opcode;
  const char* text;
};

Name name_of(IoUringProbe::Operation operation) {
  switch (operation) {
    case IoUringProbe::Operation::kSendZc:
      return {IORING_OP_SEND_ZC, "IORING_OP_SEND_ZC"};
    case IoUringProbe::Operation::kSendmsgZc:
      return {IORING_OP_SENDMSG_ZC, "IORING_OP_SENDMSG_ZC"};
    case IoUringProbe::Operation::kRecvZc:
      return {uapi::kOpRecvZc, "IORING_OP_RECV_ZC"};
  }
  return {0, ""};
}

}  // namespace

Result<ZcrxAbilities> query_zcrx() {
  uapi::ZcrxAnswer zcrx{};
  NB_TRY(ask(uapi::kQueryZcrx, zcrx));
  uapi::ZcrxEventAnswer events{};
  const bool has_events = ask(uapi::kQueryZcrxEvent, events).has_value();
  return ZcrxAbilities{.dma_buf_areas = (zcrx.area_flags & uapi::kAreaOfDmaBuf) != 0,
                       .without_nic = (zcrx.register_flags & uapi::kRegisterWithoutNic) != 0,
                       .rx_buf_len = (zcrx.features & uapi::kFeatureRxPageSize) != 0,
                       .control_ops = zcrx.control_ops,
                       .statistics = has_events && events.statistics_size > 0};
}

Result<IoUringProbe> IoUringProbe::open() {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQE32;
  Fd ring(static_cast<int>(::syscall(__NR_io_uring_setup, 1, &parameters)));
  if (ring.is_open()) return IoUringProbe(std::move(ring));
  switch (errno) {
    case ENOSYS:
      return fail(unsupported("io_uring_setup", ENOSYS));
    case EINVAL:
      return fail(unsupported("io_uring_setup", EINVAL,
                              "this kernel lacks SINGLE_ISSUER, DEFER_TASKRUN or CQE32"));
    default: {
      Error error = error_from_errno(errno, "io_uring_setup", "a ring");
      if (error.sys_errno == EPERM) error.fix = "sysctl -w kernel.io_uring_disabled=0";
      return fail(std::move(error));
    }
  }
}

Status IoUringProbe::has(Operation operation) const {
  const Name name = name_of(operation);
  alignas(io_uring_probe)
      std::array<std::byte, sizeof(io_uring_probe) + kMostOperations * sizeof(io_uring_probe_op)>
          answer{};
  if (register_call(ring_.get(), IORING_REGISTER_PROBE, answer.data(), kMostOperations) < 0) {
    return fail(unsupported("IORING_REGISTER_PROBE", errno));
  }
  io_uring_probe_op found{};
  std::memcpy(&found, answer.data() + sizeof(io_uring_probe) + name.opcode * sizeof found,
              sizeof found);
  if ((found.flags & IO_URING_OP_SUPPORTED) != 0) return {};
  return fail(unsupported("IORING_REGISTER_PROBE", 0, std::string("no ") + name.text));
}

Status IoUringProbe::has_zcrx() const {
  // The memory for the refill ring is described at address 0: a kernel that knows the call reads
  // there before it looks at the NIC.
  uapi::ZcrxRegistration registration{};
  registration.refill_entries = 1;
  if (register_call(ring_.get(), uapi::kZcrxIfqRegister, &registration, 1) == 0) return {};
  if (errno == EFAULT || errno == EPERM) return {};
  return fail(unsupported("IORING_REGISTER_ZCRX_IFQ", errno));
}

}  // namespace nobounce::sys

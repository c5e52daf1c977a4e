// SPDX-License-Identifier: Apache-2.0
#include "api/boundary.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace nobounce::api {
namespace {

struct Freed {
  ~Freed() { nb_error_free(error); }
  nb_error* error = nullptr;
};

TEST(Boundary, AnErrorKeepsAllThatItSays) {
  Freed told;
  const nb_code code = guarded(&told.error, []() -> Status {
    return fail({.code = Code::kBusy,
                 .sys_errno = 16,
                 .operation = "bind-rx",
                 .object = "eth0 queue 1",
                 .cause = "it is bound",
                 .fix = "another queue"});
  });
  EXPECT_EQ(code, NB_BUSY);
  EXPECT_EQ(nb_error_code(told.error), NB_BUSY);
  EXPECT_EQ(nb_error_errno(told.error), 16);
  EXPECT_STREQ(nb_error_operation(told.error), "bind-rx");
  EXPECT_STREQ(nb_error_object(told.error), "eth0 queue 1");
  EXPECT_STREQ(nb_error_cause(told.error), "it is bound");
  EXPECT_STREQ(nb_error_fix(told.error), "another queue");
  EXPECT_STREQ(nb_error_message(told.error),
               "bind-rx of eth0 queue 1: it is bound: Device or resource busy (errno 16) "
               "(fix: another queue)");
}

TEST(Boundary, NobodyNeedsToTakeTheError) {
  EXPECT_EQ(guarded(nullptr, []() -> Status { return fail({.code = Code::kTimeout}); }),
            NB_TIMEOUT);
}

TEST(Boundary, ExceptionsEndHere) {
  Freed memory;
  EXPECT_EQ(guarded(&memory.error, []() -> Status { throw std::bad_alloc(); }), NB_EXHAUSTED);
  EXPECT_STREQ(nb_error_message(memory.error), "out of memory");
  Freed defect;
  EXPECT_EQ(guarded(&defect.error, []() -> Status { throw std::runtime_error("oops"); }),
            NB_INTERNAL);
  EXPECT_STREQ(nb_error_message(defect.error), "internal error: oops");
  Freed other;
  EXPECT_EQ(guarded(&other.error, []() -> Status { throw 1; }), NB_INTERNAL);
  EXPECT_EQ(guarded(nullptr, []() -> Status { throw 1; }), NB_INTERNAL);
}

TEST(Boundary, EveryCodeOfTheEngineHasOneOfItsOwn) {
  for (const Code code : {Code::kInvalidArgument, Code::kUnsupported, Code::kNotFound, Code::kBusy,
                          Code::kPermission, Code::kExhausted, Code::kPeerClosed, Code::kTimeout,
                          Code::kProtocol, Code::kMismatch, Code::kInterrupted, Code::kIo}) {
    EXPECT_EQ(nb_code_name(code_of(code)), name_of(code));
  }
}

}  // namespace
}  // namespace nobounce::api

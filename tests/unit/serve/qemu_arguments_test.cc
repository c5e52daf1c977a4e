// SPDX-License-Identifier: Apache-2.0
#include "serve/qemu_arguments.h"

#include <gtest/gtest.h>

namespace nobounce::serve {
namespace {

TEST(QemuArguments, PutEachNicBehindARootPort) {
  EXPECT_EQ(
      qemu_device_arguments("/run/a.sock", 1),
      "-device pcie-root-port,id=nb1,chassis=2,slot=2 -device "
      R"('{"driver":"vfio-user-pci","bus":"nb1","socket":{"path":"/run/a.sock","type":"unix"}}')");
}

TEST(QemuArguments, SurviveTheShellAndJson) {
  const std::string arguments = qemu_device_arguments("/tmp/it's \"here\"/a.sock", 0);
  EXPECT_NE(arguments.find(R"("/tmp/it'\''s \"here\"/a.sock")"), std::string::npos) << arguments;
}

}  // namespace
}  // namespace nobounce::serve

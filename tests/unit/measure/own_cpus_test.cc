// SPDX-License-Identifier: Apache-2.0
#include "measure/own_cpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host_tree.h"

namespace nobounce::measure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CpuList, IsReadInTheKernelsForm) {
  EXPECT_THAT(*parse_cpu_list("0-2,5\n"), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(*parse_cpu_list("7,3,3,2-4"), ElementsAre(2, 3, 4, 7));
  EXPECT_TRUE(parse_cpu_list("\n")->empty());
  EXPECT_TRUE(parse_cpu_list("")->empty());
  EXPECT_EQ(to_string(CpuList{0, 1, 5}), "0,1,5");
}

TEST(CpuList, RefusesEverythingElse) {
  for (const char* text : {"x", "1-", "-1", "2-1", "1;2", "1 2", "0-99999999", "1,x"})
    EXPECT_FALSE(parse_cpu_list(text)) << text;
}

// Four CPUs of which the last is offline, a process of two threads on 1, a NIC with two interrupts.
HostTree pinned_host() {
  return HostTree({{"cpus/online", "0-2"},
                   {"tasks/10/status", "Name:\tnobounce\nCpus_allowed_list:\t1\nMems:\t0"},
                   {"tasks/11/status", "Cpus_allowed_list:\t1"},
                   {"pci/0000:00:05.0/msi_irqs/30", "msix"},
                   {"pci/0000:00:05.0/msi_irqs/31", "msix"},
                   {"irq/30/effective_affinity_list", "1"},
                   {"irq/30/smp_affinity_list", "0-3"},
                   {"irq/31/effective_affinity_list", "0"},  // Still, until it comes again.
                   {"irq/31/smp_affinity_list", "1"}});
}

OwnCpusOptions in(const HostTree& tree) {
  return {.tasks = tree.root() + "/tasks",
          .interrupts = tree.root() + "/irq",
          .cpus = tree.root() + "/cpus",
          .pci_devices = tree.root() + "/pci"};
}

TEST(OwnCpus, AreThoseOfProcessAndInterrupts) {
  const HostTree tree = pinned_host();
  const auto cpus = own_cpus_with("0000:00:05.0", in(tree));
  ASSERT_TRUE(cpus.is_available()) << cpus.missing_probe();
  EXPECT_THAT(cpus.value(), ElementsAre(1));
  tree.write("irq/31/smp_affinity_list", "2");
  EXPECT_THAT(own_cpus_with("0000:00:05.0", in(tree)).value(), ElementsAre(1, 2));
}

TEST(OwnCpus, AreNoneWhereAnythingRunsEverywhere) {
  const HostTree tree = pinned_host();
  tree.write("tasks/11/status", "Cpus_allowed_list:\t0-3");
  const auto threads = own_cpus_with("0000:00:05.0", in(tree));
  ASSERT_FALSE(threads.is_available());
  EXPECT_THAT(threads.missing_probe(), HasSubstr("not pinned"));
  tree.write("tasks/11/status", "Cpus_allowed_list:\t1");
  tree.write("irq/31/smp_affinity_list", "0-3");
  tree.write("irq/31/effective_affinity_list", "0-3");
  EXPECT_FALSE(own_cpus_with("0000:00:05.0", in(tree)).is_available());
}

TEST(OwnCpus, AreUnknownWhereTheNicsInterruptsAre) {
  const HostTree tree = pinned_host();
  const auto cpus = own_cpus_with("0000:00:06.0", in(tree));
  ASSERT_FALSE(cpus.is_available());
  EXPECT_THAT(cpus.missing_probe(), HasSubstr("0000:00:06.0/msi_irqs"));
  EXPECT_THAT(own_cpus("").missing_probe(), HasSubstr("no NIC is known"));
  EXPECT_THAT(own_cpus("lo").missing_probe(), HasSubstr("no PCI bus"));
}

}  // namespace
}  // namespace nobounce::measure

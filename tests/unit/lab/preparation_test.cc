// SPDX-License-Identifier: Apache-2.0
// The pure parts of preparing a guest: apt's answers, modules, libraries, the archive, QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "lab/boot_image.h"
#include "lab/guest_kernel.h"
#include "lab/guest_root.h"
#include "lab/host_apt.h"
#include "lab/initramfs.h"
#include "lab/module_closure.h"
#include "lab/qemu.h"
#include "lab/share_server.h"

namespace nobounce::lab {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsSupersetOf;
using testing::Not;

TEST(HostApt, TheMirrorIsTheSiteOfTheFirstDebianSuite) {
  EXPECT_EQ(debian_mirror("https://deb.nodesource.com/node nodistro main\n"
                          "http://security.debian.org bookworm-security main\n"
                          "http://mirror.example/debian/ bookworm main\n"),
            "http://mirror.example/debian");
  EXPECT_EQ(debian_mirror(""), "http://deb.debian.org/debian");
}

TEST(HostApt, OnlyTransportOptionsAreKept) {
  EXPECT_THAT(transport_options("APT::Architecture \"amd64\";\n"
                                "Acquire::http::Proxy \"http://proxy:3128\";\n"
                                "Acquire::https::Proxy \"\";\n"
                                "Acquire::Languages \"en\";\n"),
              ElementsAre("Acquire::http::Proxy \"http://proxy:3128\";"));
}

TEST(GuestKernel, TheMetaPackageNamesTheRelease) {
  EXPECT_EQ(release_in_depends("linux-image-amd64\n  Depends: linux-base-amd64\n"
                               "  Depends: linux-image-7.3.4+deb13-amd64\n"),
            "7.3.4+deb13-amd64");
  EXPECT_EQ(release_in_depends("linux-image-amd64\n"), "");
}

TEST(GuestKernel, AVersionMayBeTheBeginningOfSome) {
  const KernelList kernels{.newest = "7.3.4+deb13-amd64",
                           .packages =
                               "\nlinux-image-6.12.94+deb13-amd64\n"
                               "linux-image-6.12.107+deb13-amd64-unsigned\n"
                               "linux-image-6.12.107+deb13-amd64\n"
                               "linux-image-6.12.108+deb13-cloud-amd64\n"
                               "linux-image-7.1.13+deb13-amd64\n"
                               "linux-image-7.3.4+deb13-amd64\nlinux-image-amd64\n"};
  struct Case {
    const char* version;
    const char* release;
  };
  for (const auto& [version, release] :
       std::vector<Case>{{"newest", "7.3.4+deb13-amd64"},
                         {"6.12", "6.12.107+deb13-amd64"},
                         {"6.12.94", "6.12.94+deb13-amd64"},
                         {"6", "6.12.107+deb13-amd64"},
                         {"7", "7.3.4+deb13-amd64"},
                         {"7.1.13+deb13", "7.1.13+deb13-amd64"},
                         {"7.1.13+deb13-amd64", "7.1.13+deb13-amd64"},
                         {"6.1", ""},
                         {"6.12.9", ""},
                         {"7.4", ""},
                         {"", ""},
                         {"-amd64", ""},
                         {"../x", ""}})
    EXPECT_EQ(release_for(kernels, version), release) << version;
}

// A bzImage with one sector of set-up and `payload` at `offset` behind it.
std::string boot_image(std::string_view payload, std::uint32_t offset, std::uint32_t length) {
  std::string image(2048, '\0');
  image[0x1f1] = 1;
  image.replace(0x202, 4, "HdrS");
  std::memcpy(image.data() + 0x248, &offset, sizeof offset);
  std::memcpy(image.data() + 0x24c, &length, sizeof length);
  image.replace(1024 + 16, payload.size(), payload);
  return image;
}

TEST(BootImage, ThePayloadIsFoundWithoutItsLength) {
  const std::string payload = "\x28\xb5\x2f\xfd-kernel";
  const std::string image = boot_image(payload, 16, static_cast<std::uint32_t>(payload.size() + 4));
  EXPECT_EQ(zstd_payload(image), payload);
}

TEST(BootImage, WhatIsNoZstdImageHasNoPayload) {
  const std::string payload = "\x28\xb5\x2f\xfd-kernel";
  EXPECT_FALSE(zstd_payload(""));
  EXPECT_FALSE(zstd_payload(std::string(4096, '\0')));
  EXPECT_FALSE(
      zstd_payload(boot_image("\xfd"
                              "7zXZ",
                              16, 64)));
  EXPECT_FALSE(zstd_payload(boot_image(payload, 16, 4)));
  EXPECT_FALSE(zstd_payload(boot_image(payload, 16, 2048)));
  EXPECT_FALSE(zstd_payload(boot_image(payload, 0xffffffff, 64)));
  EXPECT_FALSE(zstd_payload(boot_image(payload, 16, 0xffffffff)));
}

TEST(ModuleClosure, DependenciesComeFirstAndOnce) {
  const ModuleTables tables{.dependencies =
                                "a/x.ko.xz: a/y-1.ko.xz a/z.ko\n"
                                "a/y-1.ko.xz: a/z.ko\na/z.ko:\n",
                            .builtin = "kernel/fs/fuse/virtiofs.ko\n"};
  EXPECT_THAT(*module_closure(tables, {"x", "y_1", "virtiofs"}),
              ElementsAre("a/z.ko", "a/y-1.ko.xz", "a/x.ko.xz"));
  const auto missing = module_closure(tables, {"w"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

TEST(Initramfs, ListedLibrariesSkipWhatHasNoFile) {
  const auto libraries = listed_libraries(
      "\tlinux-vdso.so.1 (0x1)\n\tlibmnl.so.0 => /lib/libmnl.so.0 (0x2)\n"
      "\tlibgone.so => not found\n");
  ASSERT_EQ(libraries.size(), 1u);
  EXPECT_EQ(libraries[0].first, "libmnl.so.0");
  EXPECT_EQ(libraries[0].second, "/lib/libmnl.so.0");
}

TEST(Initramfs, EntriesAreAlignedAndTheArchiveEnds) {
  CpioArchive archive;
  archive.add_directory("d");
  archive.add_file("d/file", "12345", true);
  const std::string bytes = std::move(archive).finish();
  EXPECT_EQ(bytes.size() % 4, 0u);
  EXPECT_EQ(bytes.substr(0, 6), "070701");
  // The header of 110 bytes, the name "d" with its end, up to a multiple of 4: the second entry.
  EXPECT_EQ(bytes.substr(112, 6), "070701");
  EXPECT_EQ(bytes.substr(112 + 14, 8), "000081ed");
  EXPECT_EQ(bytes.substr(112 + 54, 8), "00000005");
  EXPECT_NE(bytes.find("TRAILER!!!"), std::string::npos);
}

TEST(Qemu, EveryNicSitsBehindAPortOfItsOwn) {
  MachineOptions machine;
  machine.ram_bytes = 1 << 30;
  machine.device_sockets = {"/run/a", "/run/\"b"};
  const auto arguments = qemu_arguments(machine);
  EXPECT_THAT(arguments, Contains("pcie-root-port,id=port1,chassis=2,slot=2"));
  EXPECT_THAT(arguments, Contains(R"({"driver":"vfio-user-pci","bus":"port1",)"
                                  R"("socket":{"path":"/run/\"b","type":"unix"}})"));
  EXPECT_THAT(arguments, Contains("memory-backend-memfd,id=ram,size=1024M,share=on"));
}

TEST(Qemu, TheUsersOwnArgumentsComeLast) {
  MachineOptions machine;
  machine.device_sockets = {"/run/a"};
  machine.more = {"-device", "virtio-net-pci"};
  const auto arguments = qemu_arguments(machine);
  ASSERT_GT(arguments.size(), 2U);
  EXPECT_THAT(std::vector(arguments.end() - 2, arguments.end()), ElementsAreArray(machine.more));
}

TEST(Initramfs, ARequestIsAnArchiveThatMayFollowAnother) {
  const std::string bytes = request_archive("{}");
  EXPECT_EQ(bytes.substr(0, 6), "070701");
  EXPECT_NE(bytes.find("nobounce/request.json"), std::string::npos);
  EXPECT_EQ(bytes.size() % 4, 0u);
}

HostApt host_apt() {
  return {.mirror = "http://mirror", .options = {"Acquire::http::Proxy \"http://proxy\";"}};
}

TEST(GuestRoot, RootMakesItInNamespacesThatDieWithUs) {
  const auto command = root_command(host_apt(), "/cache/r", Builder::kRoot, "/bin/nobounce");
  EXPECT_THAT(command, Not(Contains("--user")));
  EXPECT_THAT(command, Not(Contains("/bin/nobounce")));
  EXPECT_THAT(command, IsSupersetOf({"--kill-child=SIGKILL", "mmdebstrap", "--mode=root",
                                     "--aptopt=Acquire::http::Proxy \"http://proxy\";", "/cache/r",
                                     "deb http://mirror trixie main"}));
}

TEST(GuestRoot, AUserNeedsNoOtherUsersForIt) {
  const auto command = root_command(host_apt(), "/cache/r", Builder::kUser, "/bin/nobounce");
  EXPECT_THAT(command, IsSupersetOf({"--user", "--map-root-user", "--kill-child=SIGKILL",
                                     "--mode=root", "--skip=chroot/mount/dev",
                                     "--aptopt=APT::Sandbox::User \"root\"", "/cache/r"}));
  const auto self = std::find(command.begin(), command.end(), "/bin/nobounce");
  ASSERT_GT(command.end() - self, 4);
  EXPECT_THAT(std::vector(self + 1, self + 5),
              ElementsAre("lab", "ignoring-ownership", "--", "mmdebstrap"));
}

TEST(ShareServer, WhatAUserOwnsIsRootsInTheGuest) {
  const ShareOptions cache{.directory = "/c", .tag = "cache", .read_only = true};
  EXPECT_THAT(share_arguments(cache, "/s", 0, 0),
              ElementsAre("--socket-path", "/s", "--shared-dir", "/c", "--sandbox", "none",
                          "--log-level", "warn", "--cache", "always", "--readonly"));
  const ShareOptions share{.directory = "/c", .tag = "share"};
  EXPECT_THAT(
      share_arguments(share, "/s", 1000, 100),
      AllOf(IsSupersetOf({"never", "map:0:1000:1", "map:0:100:1"}), Not(Contains("--readonly"))));
}

}  // namespace
}  // namespace nobounce::lab

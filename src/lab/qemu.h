// SPDX-License-Identifier: Apache-2.0
// The machine that QEMU is asked for, as an argument list. Pure: nothing is started here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nobounce::lab {

/// A virtio-serial port of the guest, as /dev/vport0p<number>.
struct SerialPort {
  unsigned number = 1;
  int fd = -1;  ///< A connected socket, passed to QEMU.
};

/// A directory of the host, served by a virtiofsd.
struct SharedDirectory {
  std::string tag;
  std::string socket;
};

struct MachineOptions {
  std::string firmware_directory;  ///< Holds share/qemu and share/seabios: the root's /usr.
  std::string kernel;
  std::string initramfs;
  std::string console_log;
  std::string copy_meter;  ///< The meter's plugin; empty: none.
  bool profile = false;    ///< The meter keeps a profile.
  bool kvm = false;
  unsigned cpus = 2;
  std::uint64_t ram_bytes = 0;
  std::vector<SerialPort> ports;
  std::vector<SharedDirectory> shares;
  std::vector<std::string> device_sockets;  ///< vfio-user sockets, in the order of PCI slots.
  std::vector<std::string> more;            ///< The user's own arguments, after all of ours.
};

/// What follows the program's name on QEMU's command line.
std::vector<std::string> qemu_arguments(const MachineOptions& machine);

/// The kernel's command line.
std::string kernel_command_line(bool kvm);

}  // namespace nobounce::lab

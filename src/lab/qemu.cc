// SPDX-License-Identifier: Apache-2.0
#include "lab/qemu.h"

#include <fmt/format.h>

namespace nobounce::lab {
namespace {

// QEMU takes "," in an option's value as ",,".
std::string escaped(const std::string& value) {
  std::string result;
  for (const char letter : value) {
    result += letter;
    if (letter == ',') result += ',';
  }
  return result;
}

// The same for JSON, where a path may hold quotes.
std::string json_string(const std::string& value) {
  std::string result = "\"";
  for (const char letter : value) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "\"";
}

void add_devices(std::vector<std::string>& arguments, const std::vector<std::string>& sockets) {
  std::size_t slot = 0;
  for (const std::string& socket : sockets) {
    // A root port each, as on real hosts: MSI-X and reset then behave as drivers expect.
    arguments.insert(
        arguments.end(),
        {"-device", fmt::format("pcie-root-port,id=port{0},chassis={1},slot={1}", slot, slot + 1),
         "-device",
         fmt::format(R"({{"driver":"vfio-user-pci","bus":"port{}",)"
                     R"("socket":{{"path":{},"type":"unix"}}}})",
                     slot, json_string(socket))});
    ++slot;
  }
}

}  // namespace

std::string kernel_command_line(bool kvm) {
  // panic=-1: a panic reboots at once, which -no-reboot turns into QEMU's end. The log is large so
  // that the check at the end sees all of it; the console shows warnings only, because an emulated
  // UART is slow. udmabuf's limits are raised for regions of 1 GiB. The self-tests of the kernel's
  // ciphers, which nothing here uses, would take half a second of every boot.
  std::string line =
      "console=ttyS0 panic=-1 loglevel=5 log_buf_len=4M printk.devkmsg=on net.ifnames=0 "
      "udmabuf.size_limit_mb=4096 udmabuf.list_limit=65536 cryptomgr.notests";
  // Without KVM the host's scheduler shows through: a virtual CPU may stand still for many seconds
  // while the host runs something else, which is no fault of the guest kernel. The watchdogs get
  // more patience, they are not switched off. The clock watchdog compares two emulated clocks and
  // would report the emulation; the test of the timer at boot gives it too few ticks to arrive.
  if (!kvm)
    line +=
        " watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=120 tsc=nowatchdog mitigations=off"
        " no_timer_check";
  return line;
}

std::vector<std::string> qemu_arguments(const MachineOptions& machine) {
  const std::string ram = fmt::format("{}M", machine.ram_bytes >> 20);
  std::vector<std::string> arguments = {"-name",
                                        "nobounce-lab",
                                        "-nodefaults",
                                        "-no-user-config",
                                        "-no-reboot",
                                        "-display",
                                        "none",
                                        "-L",
                                        machine.firmware_directory + "/share/qemu",
                                        "-L",
                                        machine.firmware_directory + "/share/seabios",
                                        "-machine",
                                        "q35,memory-backend=ram,hpet=off,smbus=off,vmport=off"};
  if (machine.kvm) arguments.insert(arguments.end(), {"-accel", "kvm"});
  arguments.insert(arguments.end(), {"-accel", "tcg,thread=multi"});
  // TCG crawls through `rep movsb`, byte by byte; without these two features the kernel copies with
  // wide moves.
  arguments.insert(arguments.end(), {"-cpu", machine.kvm ? "max" : "max,-erms,-fsrm"});
  // The emulator and virtiofsd map the guest's memory: it must be a shared memfd.
  arguments.insert(
      arguments.end(),
      {"-smp",     std::to_string(machine.cpus),
       "-m",       ram,
       "-object",  fmt::format("memory-backend-memfd,id=ram,size={},share=on", ram),
       "-kernel",  machine.kernel,
       "-initrd",  machine.initramfs,
       "-append",  kernel_command_line(machine.kvm),
       "-chardev", fmt::format("file,id=console,path={}", escaped(machine.console_log)),
       "-serial",  "chardev:console",
       "-device",  "virtio-rng-pci",
       "-device",  fmt::format("virtio-serial-pci,max_ports={}", machine.ports.size() + 1)});
  if (!machine.copy_meter.empty())
    arguments.insert(arguments.end(), {"-plugin", escaped(machine.copy_meter) +
                                                      (machine.profile ? ",profile=on" : "")});
  for (const SerialPort& port : machine.ports)
    arguments.insert(
        arguments.end(),
        {"-chardev", fmt::format("socket,id=port-{},fd={}", port.number, port.fd), "-device",
         fmt::format("virtserialport,nr={0},chardev=port-{0},name=nobounce.{0}", port.number)});
  for (const SharedDirectory& share : machine.shares)
    arguments.insert(
        arguments.end(),
        {"-chardev", fmt::format("socket,id=fs-{},path={}", share.tag, escaped(share.socket)),
         "-device", fmt::format("vhost-user-fs-pci,chardev=fs-{0},tag={0}", share.tag)});
  add_devices(arguments, machine.device_sockets);
  arguments.insert(arguments.end(), machine.more.begin(), machine.more.end());
  return arguments;
}

}  // namespace nobounce::lab

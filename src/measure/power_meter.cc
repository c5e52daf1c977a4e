// SPDX-License-Identifier: Apache-2.0
#include "measure/power_meter.h"

#include <poll.h>

#include <array>
#include <utility>

#include "measure/between.h"
#include "measure/bmc_power.h"
#include "sys/readiness.h"
#include "sys/steady_clock.h"

namespace nobounce::measure {
namespace {

void add(EnergyUses& total, const EnergyUses& part) {
  for (const auto& [name, use] : part) {
    total[name].joules += use.joules;
    total[name].seconds += use.seconds;
  }
}

void add(WattSums& total, const WattSums& part) {
  for (const auto& [name, sum] : part) {
    total[name].watts += sum.watts;
    total[name].samples += sum.samples;
  }
}

template <typename T>
void add_part(Figure<T>& total, const Figure<T>& part) {
  if (!total.is_available()) return;
  if (!part.is_available()) {
    total = NotAvailable{part.missing_probe()};
    return;
  }
  T sum = total.value();
  add(sum, part.value());
  total = std::move(sum);
}

using Sampler = std::shared_ptr<const WattSampler>;

Figure<Sampler> sample_sensors(const PowerSources& sources) {
  // One look tells whether a thread is worth while.
  const auto first = read_hwmon_watts(sources.hwmon);
  if (!first) return NotAvailable{to_string(first.error())};
  return Sampler(std::make_shared<WattSampler>(
      [root = sources.hwmon] { return read_hwmon_watts(root); }, sources.sensor_pause));
}

Figure<Sampler> sample_bmc(const PowerSources& sources) {
  auto opened = sys::Ipmi::open(sources.ipmi);
  if (!opened) return NotAvailable{to_string(opened.error())};
  const auto ipmi = std::make_shared<sys::Ipmi>(std::move(*opened));
  const auto first = read_bmc_watts(*ipmi);
  if (!first) return NotAvailable{to_string(first.error())};
  return Sampler(
      std::make_shared<WattSampler>([ipmi] { return read_bmc_watts(*ipmi); }, sources.bmc_pause));
}

Figure<Sampler> sample_command(const PowerSources& sources) {
  if (sources.command.empty()) return NotAvailable{"no command that prints watts was given"};
  return Sampler(std::make_shared<WattSampler>(
      [command = sources.command]() -> Result<Watts> {
        NB_ASSIGN(const double watts, run_watts_command(command));
        return Watts{{"command", watts}};
      },
      sources.command_pause));
}

Figure<std::shared_ptr<const sys::Nvml>> open_nvml(const std::string& library) {
  auto nvml = sys::Nvml::open(library);
  if (!nvml) return NotAvailable{to_string(nvml.error())};
  return std::shared_ptr<const sys::Nvml>(std::make_shared<sys::Nvml>(std::move(*nvml)));
}

Figure<WattSums> sums_of(const Figure<Sampler>& sampler) {
  if (!sampler.is_available()) return NotAvailable{sampler.missing_probe()};
  return sampler.value()->sums();
}

}  // namespace

PowerUse PowerUse::none() {
  return {.rapl = EnergyUses{},
          .hwmon_energy = EnergyUses{},
          .gpus = EnergyUses{},
          .sensors = WattSums{},
          .bmc = WattSums{},
          .command = WattSums{}};
}

PowerUse power_between(const PowerReading& before, const PowerReading& after) {
  const double seconds = static_cast<double>(after.at_ns - before.at_ns) / 1e9;
  const auto energy = [seconds](const EnergyCounters& start, const EnergyCounters& end) {
    return energy_between(start, end, seconds);
  };
  return {.rapl = between_if(before.rapl, after.rapl, energy),
          .hwmon_energy = between_if(before.hwmon_energy, after.hwmon_energy, energy),
          .gpus = between_if(before.gpus, after.gpus, energy),
          .sensors = between_if(before.sensors, after.sensors, watts_between),
          .bmc = between_if(before.bmc, after.bmc, watts_between),
          .command = between_if(before.command, after.command, watts_between)};
}

void add(PowerUse& total, const PowerUse& part) {
  add_part(total.rapl, part.rapl);
  add_part(total.hwmon_energy, part.hwmon_energy);
  add_part(total.gpus, part.gpus);
  add_part(total.sensors, part.sensors);
  add_part(total.bmc, part.bmc);
  add_part(total.command, part.command);
}

PowerMeter::PowerMeter(PowerSources sources)
    : sources_(std::move(sources)),
      nvml_(open_nvml(sources_.nvml)),
      sensors_(sample_sensors(sources_)),
      bmc_(sample_bmc(sources_)),
      command_(sample_command(sources_)) {}

PowerReading PowerMeter::read() const {
  PowerReading reading{.at_ns = sys::SteadyClock().now_ns(),
                       .rapl = read_rapl(sources_.powercap),
                       .hwmon_energy = read_hwmon_energy(sources_.hwmon),
                       .gpus = {},
                       .sensors = sums_of(sensors_),
                       .bmc = sums_of(bmc_),
                       .command = sums_of(command_)};
  if (nvml_.is_available()) {
    reading.gpus = read_gpu_energy(*nvml_.value());
  } else {
    reading.gpus = NotAvailable{nvml_.missing_probe()};
  }
  return reading;
}

Figure<PowerUse> PowerMeter::while_idle(std::chrono::milliseconds time, int stop_fd) const {
  const PowerReading before = read();
  // poll passes over a descriptor of -1.
  std::array stop{pollfd{.fd = stop_fd, .events = POLLIN, .revents = 0}};
  const auto stopped = sys::wait_ready(stop, time);
  if (!stopped) return NotAvailable{to_string(stopped.error())};
  if (*stopped) return NotAvailable{"the user stopped it"};
  return power_between(before, read());
}

}  // namespace nobounce::measure

// SPDX-License-Identifier: Apache-2.0
#include "sys/pause.h"

#include <chrono>
#include <thread>

namespace nobounce::sys {

void pause_for_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace nobounce::sys

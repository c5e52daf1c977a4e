// SPDX-License-Identifier: Apache-2.0
#include "sys/copy_meter_mark.h"

namespace nobounce::sys {

void execute_copy_meter_mark(abi::copy_meter::Block& block) {
#ifdef __x86_64__
  // Byte by byte, since the assembler is free to choose another encoding of the same NOP.
  asm volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c1"
               :
               : "a"(&block), "i"(abi::copy_meter::kMark)
               : "memory");
#else
  (void)block;
#endif
}

}  // namespace nobounce::sys

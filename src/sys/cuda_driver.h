// SPDX-License-Identifier: Apache-2.0
// The CUDA driver, as far as a probe asks it. It is loaded at run time (libcuda.so.1), so that a
// build needs no CUDA and a host without it only says so. Follows the CUDA driver API, 11.7.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

struct CudaDevice {
  std::string name;
  bool exports_dma_buf = false;  ///< CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED.
};

struct CudaDriver {
  int version = 0;  ///< 12040 is CUDA 12.4.
  std::vector<CudaDevice> devices;
};

/// Makes no context and takes no device memory. Errors: kUnsupported where there is no driver, or
/// where it finds no device: the call that failed is named.
Result<CudaDriver> probe_cuda_driver();

}  // namespace nobounce::sys

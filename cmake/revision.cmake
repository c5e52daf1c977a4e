# SPDX-License-Identifier: Apache-2.0
# Run at each build as `cmake -P`: writes version.cc, and touches it only if the revision changed.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(GIT_REVISION "unknown")
endif()
configure_file(${SOURCE_DIR}/src/base/version.cc.in ${OUTPUT} @ONLY)

# SPDX-License-Identifier: Apache-2.0
# The copy meter: a module that the QEMU of the guest root loads. That root is another release than
# this host, so the module links nothing but libc; what it calls of QEMU and GLib is found in the
# process that loads it. Sanitizers stay out of it: their runtimes are not there.
add_library(copy_meter MODULE lab/meter/meter.cc)
target_include_directories(copy_meter PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(copy_meter PRIVATE -fno-exceptions -fno-rtti -fno-threadsafe-statics
                       -fno-sanitize=all)
target_link_options(copy_meter PRIVATE -fno-sanitize=all -Wl,--as-needed)
set_target_properties(copy_meter PROPERTIES PREFIX "" OUTPUT_NAME nobounce-copy-meter
                      CXX_VISIBILITY_PRESET hidden LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_dependencies(nobounce copy_meter)

# SPDX-License-Identifier: Apache-2.0
# What we build upon; the Debian packages that bring it are listed in tools/packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(libmnl REQUIRED IMPORTED_TARGET libmnl)
pkg_check_modules(libcrypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(liburing REQUIRED IMPORTED_TARGET liburing)

# What libnobounce stands on: for CMake, for the linker and for Debian.
set(library_requires fmt::fmt spdlog::spdlog PkgConfig::libmnl PkgConfig::libcrypto PkgConfig::liburing)
set(library_requires_names fmt spdlog mnl crypto uring)
set(library_requires_packages libfmt-dev libspdlog-dev libmnl-dev libssl-dev liburing-dev)

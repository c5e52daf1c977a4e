# SPDX-License-Identifier: Apache-2.0
# `cpack -G DEB` in the build folder: libnobounce0, libnobounce-dev and nobounce, one for each
# component of install.cmake. What the programs link is found by dpkg-shlibdeps.
set(CPACK_PACKAGE_NAME nobounce)
set(CPACK_PACKAGE_VENDOR nobounce)
set(CPACK_PACKAGE_CONTACT "the nobounce authors <nobounce@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "bytes over TCP between the memories of devices")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL library development command)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libnobounce${NOBOUNCE_ABI})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
# The shared library's own shlibs and symbols, and ldconfig.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
    "${CPACK_PACKAGE_DESCRIPTION_SUMMARY} - shared library")

list(JOIN library_requires_packages ", " private_packages)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libnobounce-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
# The archive and `pkg-config` want what the library was built of.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libnobounce${NOBOUNCE_ABI} (= ${PROJECT_VERSION}-1), ${private_packages}")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "${CPACK_PACKAGE_DESCRIPTION_SUMMARY} - development files")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME nobounce)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION net)
# What `nobounce lab` prepares its guest with, once; nothing else needs it.
set(CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS "mmdebstrap, debian-archive-keyring, ca-certificates")
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION_SUMMARY} - the command")
include(CPack)

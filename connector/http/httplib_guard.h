// The one way to include cpp-httplib. Debian's package is a compiled library whose classes change size with these
// defines, and our subclasses override private virtual functions of exactly this line of versions.
#pragma once

#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#error "Link the CMake target `httplib`: without the defines of cpp-httplib.pc the classes have another layout."
#endif

#include <httplib.h>

#include <string_view>

static_assert(std::string_view(CPPHTTPLIB_VERSION).substr(0, 5) == "0.11.",
              "Supported cpp-httplib versions: 0.11.x (Debian 12). Later ones changed process_socket().");

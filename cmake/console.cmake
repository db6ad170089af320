# The web console, as code: ${console_source} for http/console_assets.h.  Made again only when its sources change; once
# console/node_modules is there, without a network.
set(console_source "${CMAKE_BINARY_DIR}/console/embedded_console.cc")
if(NOT STRONGROOM_CONSOLE)
  file(CONFIGURE OUTPUT "${console_source}" CONTENT [[
#include "http/console_assets.h"

namespace strongroom {
std::span<const ConsoleAsset> ConsoleAssets() { return {}; }
}  // namespace strongroom
]] @ONLY)
  return()
endif()

find_program(NPM_PROGRAM npm)
find_program(NODE_PROGRAM NAMES node nodejs)
if(NOT NPM_PROGRAM OR NOT NODE_PROGRAM)
  message(FATAL_ERROR "The web console is built with nodejs (18 or newer) and npm, and they are not here. "
                      "./dev installs them; -DSTRONGROOM_CONSOLE=OFF builds a server without the console.")
endif()
file(GLOB_RECURSE console_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/console/src/*.ts" "${CMAKE_SOURCE_DIR}/console/src/*.tsx"
     "${CMAKE_SOURCE_DIR}/console/src/*.css" "${CMAKE_SOURCE_DIR}/console/src/*.json" "${CMAKE_SOURCE_DIR}/console/src/*.svg")
# The API's types are generated, for the type checker alone.
list(FILTER console_sources EXCLUDE REGEX "/schema\\.d\\.ts$")
foreach(file index.html package.json package-lock.json .npmrc vite.config.ts tsconfig.json embed.mjs)
  list(APPEND console_sources "${CMAKE_SOURCE_DIR}/console/${file}")
endforeach()
add_custom_command(OUTPUT "${console_source}"
  COMMAND "${CMAKE_COMMAND}" "-DCONSOLE=${CMAKE_SOURCE_DIR}/console" "-DOUT=${console_source}" "-DNPM=${NPM_PROGRAM}"
          "-DNODE=${NODE_PROGRAM}" -P "${CMAKE_SOURCE_DIR}/cmake/build_console.cmake"
  DEPENDS ${console_sources} "${CMAKE_SOURCE_DIR}/cmake/build_console.cmake"
  COMMENT "Building the web console")

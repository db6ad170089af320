# Language, warnings, hardening, sanitizers.  Warnings are errors; hardening flags are on in every build.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(STRONGROOM_TESTS "build the tests" ON)
option(STRONGROOM_BENCH "build the benchmarks" OFF)
option(STRONGROOM_CONSOLE "build the web console into the server (needs nodejs and npm)" ON)
option(STRONGROOM_FUZZ "build the libFuzzer targets (clang)" OFF)
set(STRONGROOM_SANITIZE "" CACHE STRING "comma-separated -fsanitize= list")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

add_library(strongroom_options INTERFACE)
target_include_directories(strongroom_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(strongroom_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wunused -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -Wformat=2 -Wimplicit-fallthrough
  -fstack-protector-strong -fcf-protection=full)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns falsely about std::string and std::optional code that the optimiser inlined (GCC bugs 105329, 105562).
  target_compile_options(strongroom_options INTERFACE -fstack-clash-protection
    -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
endif()
if(STRONGROOM_SANITIZE)
  # vptr asks the kernel through a pipe whether memory can be read, and takes the sandbox's refusal for an object that is none.
  target_compile_options(strongroom_options INTERFACE -fsanitize=${STRONGROOM_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(strongroom_options INTERFACE -fsanitize=${STRONGROOM_SANITIZE})
  # For what cannot be limited there: shadow memory takes terabytes of addresses.
  target_compile_definitions(strongroom_options INTERFACE STRONGROOM_SANITIZED)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(strongroom_options INTERFACE _FORTIFY_SOURCE=2)
endif()
target_link_options(strongroom_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

# The server's memory: an allocator that gives back what long runs leave in pieces (docs/decisions/0028).  Sanitizers
# bring their own.
set(STRONGROOM_ALLOCATOR "")
if(NOT STRONGROOM_SANITIZE)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  set(STRONGROOM_ALLOCATOR "${JEMALLOC_LIBRARY}")
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
if(STRONGROOM_TESTS)
  find_package(GTest REQUIRED)
endif()

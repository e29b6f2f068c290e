# How every target is compiled.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # glibc's POSIX and Linux declarations
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

option(SCHEMAGUARD_PROXY "Build the proxy; off: the engine alone" ON)
option(SCHEMAGUARD_WERROR "Treat warnings as errors" OFF)
option(SCHEMAGUARD_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(SCHEMAGUARD_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, for instance address,undefined")

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
                    -Wcast-qual -Wwrite-strings -Wvla -Wimplicit-fallthrough)
if(SCHEMAGUARD_WERROR)
    add_compile_options(-Werror)
endif()
if(SCHEMAGUARD_SANITIZE)
    add_compile_options(-fsanitize=${SCHEMAGUARD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${SCHEMAGUARD_SANITIZE})
endif()
if(SCHEMAGUARD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}") # assertions stay on
    add_compile_options(-fstack-protector-strong)
    add_compile_definitions($<$<NOT:$<BOOL:${SCHEMAGUARD_SANITIZE}>>:_FORTIFY_SOURCE=2>)
    add_link_options(-Wl,-z,relro,-z,now)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT ipo LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${ipo})
    # Objects that link either way: the many test programs are linked without it, in a tenth of the time.
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        string(REPLACE "-fno-fat-lto-objects" "-ffat-lto-objects" CMAKE_C_COMPILE_OPTIONS_IPO
               "${CMAKE_C_COMPILE_OPTIONS_IPO}")
    endif()
endif()

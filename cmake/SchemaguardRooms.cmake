# Rooms: one folder, one library, and what it may include. A wrong arrow does not build: the include
# path of a room holds its own folder's root and those of the rooms behind ROOMS; the link line of
# its unit tests holds the same.

# An engine room: proxy/engine/NAME, after the rooms it may use. Sees include/ and proxy/engine alone.
function(sg_engine_room name)
    set(folder "${PROJECT_SOURCE_DIR}/proxy/engine/${name}")
    file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.c")
    add_library(sg_engine_${name} OBJECT ${sources})
    target_include_directories(sg_engine_${name} PUBLIC "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/proxy/engine"
                               PRIVATE "${PROJECT_BINARY_DIR}/generated/${name}")
    if(name STREQUAL "sql")
        sg_keyword_hash(sg_engine_sql)
    endif()
    if(name STREQUAL "schema")
        target_link_libraries(sg_engine_schema PUBLIC sg::cjson)
    endif()
    set_property(GLOBAL PROPERTY sg_engine_${name}_uses ${ARGN})
endfunction()

# keyword.def is the one list of words; gperf turns it into a perfect hash at build time.
function(sg_keyword_hash target)
    set(folder "${PROJECT_SOURCE_DIR}/proxy/engine/sql")
    if(EXISTS "${folder}/keyword.def")
        find_program(SCHEMAGUARD_GPERF gperf)
        if(NOT SCHEMAGUARD_GPERF)
            message(FATAL_ERROR "gperf was not found. Install it, on Debian and Ubuntu: apt-get install gperf")
        endif()
        set(generated "${PROJECT_BINARY_DIR}/generated/sql")
        file(MAKE_DIRECTORY "${generated}")
        add_custom_command(OUTPUT "${generated}/keyword_hash.h"
            COMMAND ${CMAKE_COMMAND} -DDEF=${folder}/keyword.def -DOUT=${generated}/keyword_hash.h
                    -DGPERF=${SCHEMAGUARD_GPERF} -P "${PROJECT_SOURCE_DIR}/cmake/KeywordHash.cmake"
            DEPENDS "${folder}/keyword.def" "${PROJECT_SOURCE_DIR}/cmake/KeywordHash.cmake" VERBATIM)
        target_sources(${target} PRIVATE "${generated}/keyword_hash.h")
    endif()
endfunction()

# All engine rooms in one static library.
function(sg_engine_library target)
    add_library(${target} STATIC)
    foreach(room IN LISTS ARGN)
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:sg_engine_${room}>)
    endforeach()
    target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
    target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:sg::cjson>)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME schemaguard LINKER_LANGUAGE C)
endfunction()

# sg_room(NAME FOLDER [ROOMS room...] [LINK library...]): a room outside the engine.
# Its header is reached as "NAME/file.h", the engine as <schemaguard/...> and "engine/base/...".
function(sg_room name folder)
    cmake_parse_arguments(room "" "" "ROOMS;LINK" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.c")
    list(FILTER sources EXCLUDE REGEX "/main\\.c$")
    if(NOT sources)
        set(sources "${PROJECT_SOURCE_DIR}/cmake/empty.c")
    endif()
    # Each room is seen through a folder that holds a link to it and nothing else, so that what is not
    # in its list cannot be included.
    set(door "${PROJECT_BINARY_DIR}/doors/${name}")
    file(MAKE_DIRECTORY "${door}")
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${door}/${name}" SYMBOLIC)
    set(base_door "${PROJECT_BINARY_DIR}/doors/engine_base/engine")
    file(MAKE_DIRECTORY "${base_door}")
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/proxy/engine/base" "${base_door}/base" SYMBOLIC)

    add_library(sg_${name} STATIC ${sources})
    target_include_directories(sg_${name} PUBLIC "${door}" "${PROJECT_BINARY_DIR}/doors/engine_base")
    target_compile_definitions(sg_${name} PRIVATE SCHEMAGUARD_VERSION="${PROJECT_VERSION}")
    target_link_libraries(sg_${name} PUBLIC schemaguard_engine Threads::Threads)
    foreach(other IN LISTS room_ROOMS)
        target_link_libraries(sg_${name} PUBLIC sg_${other})
    endforeach()
    foreach(library IN LISTS room_LINK)
        target_link_libraries(sg_${name} PUBLIC sg::${library})
    endforeach()
endfunction()

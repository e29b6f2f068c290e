# Libraries from the distribution's packages. A missing one stops here, by its package's name.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# sg_library(ALIAS HEADER PACKAGE MODULE...) makes sg::ALIAS from the first pkg-config module found.
function(sg_library alias header package)
    string(TOUPPER "SG_${alias}" prefix)
    pkg_search_module(${prefix} IMPORTED_TARGET ${ARGN})
    if(NOT ${prefix}_FOUND)
        message(FATAL_ERROR "${header} was not found. Install it, on Debian and Ubuntu: apt-get install ${package}")
    endif()
    add_library(sg::${alias} ALIAS PkgConfig::${prefix})
endfunction()

sg_library(cjson "cJSON (cjson/cJSON.h)" libcjson-dev libcjson)
if(SCHEMAGUARD_PROXY)
    sg_library(uv "libuv (uv.h)" libuv1-dev libuv)
    # MariaDB's client library on Debian, Oracle's on Ubuntu; both give mysql.h.
    sg_library(libmysqlclient "libmysqlclient (mysql.h)" default-libmysqlclient-dev mysqlclient libmariadb mariadb)
    sg_library(openssl "OpenSSL 3 (openssl/ssl.h)" libssl-dev openssl>=3.0)
    sg_library(zlib "zlib (zlib.h)" zlib1g-dev zlib)
    sg_library(zstd "zstd (zstd.h)" libzstd-dev libzstd)
    sg_library(microhttpd "libmicrohttpd (microhttpd.h)" libmicrohttpd-dev libmicrohttpd)
    sg_library(inih "inih (ini.h)" libinih-dev inih)
endif()
if(BUILD_TESTING)
    sg_library(cmocka "cmocka (cmocka.h)" libcmocka-dev cmocka)
endif()

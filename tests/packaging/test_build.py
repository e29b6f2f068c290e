"""The build as users meet it: a library that is missing, an installation, the rooms' walls, the other libmysqlclient."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import pytest
import throwaway
from support import guard as guards
from support import raw, servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = pathlib.Path(os.environ.get("SCHEMAGUARD_BINARY", ROOT / "build/release/schemaguard")).resolve().parent

# pkg-config's module → the package that the message must name.
LIBRARIES = {
    "libcjson": "libcjson-dev",
    "libuv": "libuv1-dev",
    "libmariadb": "default-libmysqlclient-dev",
    "openssl": "libssl-dev",
    "libmicrohttpd": "libmicrohttpd-dev",
    "inih": "libinih-dev",
    "cmocka": "libcmocka-dev",
}


def run(*command, env=None, **options):
    """Without our own SCHEMAGUARD_ variables: the guard would take them for settings."""
    env = {name: value for name, value in (env or os.environ).items() if not name.startswith("SCHEMAGUARD_")}
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env, **options)


# --- configure -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def modules():
    """All .pc files of this machine, by module."""
    path = run("pkg-config", "--variable", "pc_path", "pkg-config").stdout.strip()
    return {file.stem: file for folder in reversed(path.split(":")) for file in pathlib.Path(folder).glob("*.pc")}


@pytest.mark.parametrize("module", LIBRARIES)
def test_a_missing_library_stops_configure_with_its_packages_name(module, modules, tmp_path):
    (tmp_path / "pc").mkdir()
    left_out = {"libmariadb": {"libmariadb", "mariadb", "mysqlclient"}}.get(module, {module})
    for name, file in modules.items():
        if name not in left_out:
            (tmp_path / "pc" / file.name).symlink_to(file)
    done = run("cmake", "-S", ROOT, "-B", tmp_path / "build", env={**os.environ, "PKG_CONFIG_LIBDIR": str(tmp_path / "pc"),
                                                                  "PKG_CONFIG_PATH": ""})
    assert done.returncode != 0
    assert f"apt-get install {LIBRARIES[module]}" in " ".join(done.stderr.split())


THEIR_PROGRAM = """
int main(void)
{
    struct sg_arena arena;
    struct sg_server server;
    struct sg_context context = {.server = &server};
    const struct sg_report *report;

    if (!sg_server_from_version(sg_slice_make("9.7.4", 5), &server))
        return 2;
    sg_arena_init(&arena, 1 << 20);
    return sg_read_effects(sg_slice_make("SELECT 1", 8), &context, &arena, &report) != SG_OK
        || report->verdict != SG_VERDICT_OK;
}
"""


# --- install -----------------------------------------------------------------------------------------


def test_an_installation_is_whole_and_others_can_link_the_engine(tmp_path):
    done = run("cmake", "--install", RELEASE, "--prefix", "/usr", env={**os.environ, "DESTDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert run(tmp_path / "usr/bin/schemaguard", "--version").returncode == 0
    headers = {file.name for file in (tmp_path / "usr/include/schemaguard").glob("*.h")}
    assert headers == {file.name for file in (ROOT / "include/schemaguard").glob("*.h")}
    (library,) = tmp_path.glob("usr/lib/**/libschemaguard.a")

    program = tmp_path / "theirs.c"
    program.write_text("".join(f"#include <schemaguard/{name}>\n" for name in sorted(headers))
                       + THEIR_PROGRAM)
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "libcjson").stdout)
    built = run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", tmp_path / "theirs", program,
                f"-I{tmp_path}/usr/include", library, *flags, "-lm")
    assert built.returncode == 0, built.stderr
    assert run(tmp_path / "theirs").returncode == 0


# --- the rooms -----------------------------------------------------------------------------------------

# A room, and headers that lie downstream of it or across: they must not be reachable. (Within the engine a wrong
# arrow is a call that does not link in that room's unit tests.)
WALLS = [
    ("proxy/engine/sql", ["wire/packet.h", "config/settings.h", "sources/live.h"]),
    ("proxy/engine/resolve", ["session/session.h", "report/log.h"]),
    ("proxy/guard/wire", ["session/session.h", "net/stream.h", "report/log.h", "config/settings.h", "sql/lex.h"]),
    ("proxy/guard/net", ["session/session.h", "wire/packet.h", "catalog/refresh.h"]),
    ("proxy/guard/tls", ["net/stream.h", "session/session.h"]),
    ("proxy/guard/catalog", ["session/session.h", "net/stream.h", "wire/packet.h"]),
    ("proxy/sources", ["report/log.h", "config/settings.h", "catalog/refresh.h", "sql/lex.h"]),
]


def compile_line(room):
    """How the build compiles a file of that room, without the file and its output."""
    for entry in json.loads((RELEASE / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]).parent == ROOT / room:
            words = shlex.split(entry["command"])
            return words[:words.index("-o")], entry["directory"]
    raise AssertionError(f"no file of {room} is compiled")


@pytest.mark.parametrize("room,headers", WALLS, ids=[room for room, _ in WALLS])
def test_a_wrong_include_does_not_build(room, headers, tmp_path):
    command, folder = compile_line(room)
    own = next((ROOT / room).glob("*.h"))
    source = tmp_path / "wrong.c"

    def includes(header):
        source.write_text(f'#include "{header}"\nint nothing;\n')
        return run(*command, "-fsyntax-only", source, cwd=folder).returncode == 0

    assert includes(f"{own.parent.name}/{own.name}"), "the room does not see itself: this test proves nothing"
    reachable = [header for header in headers if includes(header)]
    assert not reachable


# --- both client libraries -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built_with_oracles_library(mysql_root):
    """The project, compiled in the Debian root that has Oracle's libmysqlclient; its build folder there."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="sg-build-", dir=mysql_root / "var/tmp"))
    try:
        source = place / "src"
        shutil.copytree(ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", ".cache", "*.pyc"))
        inside = "/" + str(place.relative_to(mysql_root))
        for command in (["cmake", "-S", f"{inside}/src", "-B", f"{inside}/build", "-DCMAKE_BUILD_TYPE=Debug"],
                        ["cmake", "--build", f"{inside}/build", "-j", str(os.cpu_count())]):
            done = run("chroot", mysql_root, *command)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
            warnings = re.findall(r".*warning:.*", done.stderr)
            print(f"figure: {command[1]}: {len(warnings)} warnings of the newer compiler")
            print("\n".join(warnings))
        yield mysql_root, f"{inside}/build"
    finally:
        subprocess.run(["rm", "-rf", str(place)], check=False)


def test_it_compiles_against_oracles_libmysqlclient(built_with_oracles_library):
    root, build = built_with_oracles_library
    assert run("chroot", root, f"{build}/schemaguard", "--version").returncode == 0
    needed = run("chroot", root, "ldd", f"{build}/schemaguard").stdout
    assert "libmysqlclient.so" in needed and "libmariadb" not in needed


def test_its_unit_tests_pass_there(built_with_oracles_library):
    root, build = built_with_oracles_library
    done = run("chroot", root, "ctest", "--test-dir", build, "-j", os.cpu_count(), "--output-on-failure")
    assert done.returncode == 0, done.stdout[-6000:]


class GuardInRoot(guards.Guard):
    """A guard that runs in a Debian root, by chroot; its folder lies there."""

    def __init__(self, root, program, server, folder, **settings):
        self.root, self.program = str(root), program
        super().__init__(server, folder, **settings)

    def command(self):
        words = [word.replace(f"={self.root}/", "=/") for word in super().command()[1:]]
        return ["chroot", self.root, self.program, *words]


def test_it_reads_mysqls_schema_there(built_with_oracles_library):
    """MySQL alone: Oracle's library of this version cannot log in with MariaDB's mysql_native_password."""
    root, build = built_with_oracles_library
    folder = pathlib.Path(tempfile.mkdtemp(dir=f"{root}{build}"))
    with throwaway.MysqlServer(root) as started:
        server = servers.Server(started)
        shop = server.create_database()
        server.load(servers.SHOP_SQL, shop)
        password = folder / "password"
        password.write_text(server.schema.password)
        guard = GuardInRoot(root, f"{build}/schemaguard", server, folder, mode="block", schema_password_file=password)
        try:
            guard.start()
            with guard.raw(database=shop) as client, pytest.raises(raw.Err) as refused:
                client.query("SELECT name FROM customers")
            assert refused.value.errno == 1054
            assert guard.wait_for_events(1)[0]["schemaguard.action"] == "blocked"
        finally:
            guard.stop()


def test_here_it_uses_the_distributions_library():
    assert re.search(r"libmariadb|libmysqlclient", run("ldd", RELEASE / "schemaguard").stdout)

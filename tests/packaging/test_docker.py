"""The image, without Docker: the Dockerfile's own steps in bare Debian roots, then compose.yaml's guard run from it."""

import json
import os
import pathlib
import stat
import subprocess
import time

import dockerfile
import pytest
import throwaway
import yaml
from conftest import debian_root
from dockerfile import StepFailed
from support import raw

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"


def bare_root(image):
    """debian:SUITE-slim → such a root, made by debootstrap."""
    name, _, tag = image.partition(":")
    assert name == "debian" and tag.endswith("-slim"), image
    suite = tag.removesuffix("-slim")
    return debian_root(f"debian-{suite}", suite)


@pytest.fixture(scope="module")
def image(work_folder):
    started = time.monotonic()
    built = dockerfile.build(DOCKER / "Dockerfile", ROOT, work_folder, bare_root)
    print(f"figure: the Dockerfile's steps took {time.monotonic() - started:.0f} s")
    return built


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


# --- the interpreter -------------------------------------------------------------------------------


def test_continued_lines_and_comments_are_one_instruction():
    parsed = dockerfile.parse("# top\nFROM a AS b\n\nRUN one \\\n    # between\n    && two\nUSER x\n")
    assert [(i.line, i.name, " ".join(i.text.split())) for i in parsed] == [
        (2, "FROM", "a AS b"), (4, "RUN", "one && two"), (7, "USER", "x")]


def test_an_unknown_instruction_stops(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM x\nVOLUME /y\n")
    with pytest.raises(dockerfile.NotUnderstood, match="Dockerfile:2: VOLUME"):
        dockerfile.build(tmp_path / "Dockerfile", tmp_path, tmp_path, lambda _: tmp_path / "root")


# --- the image ---------------------------------------------------------------------------------------


def test_the_image_holds_the_guard_and_no_compiler(image):
    assert image.path("/usr/bin/schemaguard").exists()
    assert not image.path("/usr/bin/gcc").exists()
    assert not image.path("/src").exists()
    assert "schemaguard" in image.run([*image.entry_point, "--version"])


def test_it_runs_as_an_account_without_rights(image):
    uid, gid = image.account()
    assert uid >= 1000 and gid >= 1000
    assert image.run(["id", "-u"]).strip() == str(uid)
    assert not image.path("/usr/bin/schemaguard").stat().st_mode & (stat.S_ISUID | stat.S_ISGID)


def test_its_settings_are_accepted(image):
    image.run([*image.entry_point, *image.command, "--check-config"])


# --- what compose.yaml starts --------------------------------------------------------------------------


@pytest.fixture
def composed_server(compose):
    """compose.yaml's server: MariaDB with what its image would load at first start."""
    service = compose["services"]["server"]
    scripts = sorted((target, source) for source, target, _ in (volume.split(":") for volume in service["volumes"]))
    with throwaway.MariadbServer() as server:
        def run(text, *database):
            subprocess.run(["mariadb", "--no-defaults", "--protocol=TCP", f"--host={server.host}",
                            f"--port={server.port}", "--user=root", *database], input=text, text=True, check=True,
                           env={**os.environ, "MYSQL_PWD": server.root_password})

        database = service["environment"]["MARIADB_DATABASE"]
        run(f"CREATE DATABASE {database}")
        for _, source in scripts:
            run((DOCKER / source).read_text(), database)
        yield server


def composed_environment(image, compose, server, port):
    """The guard's environment in compose.yaml, with this machine's address in place of the service's name."""
    environment = dict(compose["services"]["guard"]["environment"])
    assert environment["SCHEMAGUARD_SERVER"] == "server:3306"
    secret = compose["secrets"]["schema_password"]["file"]
    inside = image.path(environment["SCHEMAGUARD_SCHEMA_PASSWORD_FILE"])
    inside.parent.mkdir(parents=True, exist_ok=True)
    inside.write_text((DOCKER / secret).read_text())
    return {**environment, "SCHEMAGUARD_SERVER": f"{server.host}:{server.port}",
            "SCHEMAGUARD_LISTEN": f"127.0.0.1:{port}", "SCHEMAGUARD_ADMIN_LISTEN": f"127.0.0.1:{throwaway.free_port()}"}


def test_composed_the_client_is_served_and_stopped(image, compose, composed_server, tmp_path):
    port = throwaway.free_port()
    log = tmp_path / "guard.log"
    environment = composed_environment(image, compose, composed_server, port)
    with pytest.raises(StepFailed):  # nobody is there yet
        image.run(image.health, environment)
    with open(log, "wb") as output:
        guard = image.start([*image.entry_point, *image.command], stdout=output, stderr=output,
                            environment=environment)
    try:
        words = compose["services"]["client"]["command"].split()
        options = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--") and "=" in word)
        assert (options["host"], options["port"]) == ("guard", "3307")
        client = log_in(guard, port, options, words[-1], log)
        assert client.query("SELECT company FROM customers WHERE id = 1").rows == [[b"Nordwind Handel"]]
        with pytest.raises(raw.Err) as refused:
            client.query("SELECT name FROM customers")
        assert refused.value.errno == 1054
        client.quit()
        ask_health(image, environment)
        assert any(event.get("schemaguard.action") == "blocked" for event in wait_for_events(log))
    finally:
        guard.terminate()
        assert guard.wait(120) == 0, log.read_text()


def log_in(guard, port, options, database, log):
    """A client of the guard, once that listens and has read the schema."""
    deadline = time.monotonic() + 180
    while True:
        assert guard.poll() is None and time.monotonic() < deadline, log.read_text()
        if "schema read" in log.read_text():
            return raw.connect(("127.0.0.1", port), options["user"], options["password"], database=database, tls=True)
        time.sleep(0.1)


def ask_health(image, environment):
    """Once more where no answer came in the three seconds that it waits: the machine may be busy."""
    for attempt in range(10):
        try:
            return image.run(image.health, environment)
        except StepFailed as failed:
            if attempt == 9 or "no answer came" not in str(failed):
                raise


def wait_for_events(log):
    """The container's output is its log and its events, both JSON lines; the last may still be written."""
    for _ in range(1200):
        whole = log.read_text().rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.split("\n") if line.startswith("{")]
        if any("schemaguard.action" in line for line in lines):
            break
        time.sleep(0.1)
    return lines


def test_compose_mounts_only_files_that_exist_and_drops_rights(compose):
    for volume in compose["services"]["server"]["volumes"]:
        assert (DOCKER / volume.split(":")[0]).is_file()
    guard = compose["services"]["guard"]
    assert (DOCKER / guard["build"]["context"] / guard["build"]["dockerfile"]).is_file()
    assert guard["read_only"] and guard["cap_drop"] == ["ALL"]

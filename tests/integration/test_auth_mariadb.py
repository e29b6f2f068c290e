"""What only the newest MariaDB has: parsec, caching_sha2_password there, PAM with several questions, and certificates
that the password vouches for (zero-configuration TLS). Needs a Debian root, hence `full`."""

import contextlib
import subprocess

import pytest
import throwaway
from support import newest, raw, servers

pytestmark = pytest.mark.full

PW = "s3cret pass"
ASKS = [("First: ", "one"), ("Second: ", "two"), ("Third: ", "three")]

# A PAM module that asks as often as it likes. The first question hides its answer, the others show it.
MODULE = r"""
#include <stdlib.h>
#include <string.h>
int pam_prompt(void *, int, char **, const char *, ...);
static int ask(void *pam, int style, const char *question, const char *answer)
{
    char *said = 0;
    int good = pam_prompt(pam, style, &said, "%s", question) == 0 && said && strcmp(said, answer) == 0;
    free(said);
    return good;
}
int pam_sm_authenticate(void *pam, int flags, int count, const char **arguments)
{
    (void)flags; (void)arguments;
    int good = ask(pam, 1, "First: ", "one");
    if (count > 0)
        good = ask(pam, 2, "Second: ", "two") && ask(pam, 2, "Third: ", "three") && good;
    return good ? 0 : 7;
}
int pam_sm_setcred(void *a, int b, int c, const char **d) { (void)a; (void)b; (void)c; (void)d; return 0; }
int pam_sm_acct_mgmt(void *a, int b, int c, const char **d) { (void)a; (void)b; (void)c; (void)d; return 0; }
"""


def add_pam_services(folder, tmp_path):
    source = tmp_path / "pam_rounds.c"
    source.write_text(MODULE)
    module = next(folder.glob("usr/lib/*/security")) / "pam_schemaguard_rounds.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", module, source], check=True)
    for service, argument in (("schemaguard-one", ""), ("schemaguard-three", "three")):
        (folder / "etc/pam.d" / service).write_text(
            f"auth required pam_schemaguard_rounds.so {argument}\naccount required pam_permit.so\n")


@contextlib.contextmanager
def started(*options):
    try:
        folder = newest.root()
        running = newest.NewestMariadb(folder, options).start()
    except throwaway.ServerUnavailable as reason:
        servers.require_or_skip(pytest, f"no newest MariaDB here: {reason}")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def newest_mariadb(tmp_path_factory):
    with started() as running:
        add_pam_services(running.root, tmp_path_factory.mktemp("pam"))
        server = servers.Server(running)
        for plugin in ("auth_parsec", "auth_mysql_sha2", "auth_pam"):
            server.query(f"INSTALL SONAME '{plugin}'")
        server.restart()  # so that caching_sha2_password makes its keys
        for user, how in [("parsec", f"VIA parsec USING PASSWORD('{PW}')"),
                          ("sha2", f"VIA caching_sha2_password USING PASSWORD('{PW}')"),
                          ("pam_one", "VIA pam USING 'schemaguard-one'"),
                          ("pam_three", "VIA pam USING 'schemaguard-three'"),
                          ("either", f"VIA ed25519 USING PASSWORD('nobody knows') OR mysql_native_password "
                                     f"USING PASSWORD('{PW}')")]:
            server.query(f"CREATE USER '{user}'@'%' IDENTIFIED {how}")
        yield server


def account(user, password=PW):
    return servers.Account(user, password, "")


def client_says(server, address, who, *arguments, **how):
    return newest.run_client(server.throwaway.root, *arguments, "-e", "SELECT CURRENT_USER()", host=address[0],
                             port=address[1], account=who, **how)


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
@pytest.mark.parametrize("tls", ["--skip-ssl", "--disable-ssl-verify-server-cert"], ids=["plain", "tls"])
def test_the_clients_own_plugins(newest_mariadb, start_guard, server_tls, tls):
    """ed25519, parsec, several plugins for one account, caching_sha2_password: as directly, wrong passwords included."""
    guard = start_guard(on=newest_mariadb, schema_user=None, server_tls=server_tls)
    for who in [newest_mariadb.app, newest_mariadb.accounts["ed25519"], account("parsec"), account("either")]:
        done = client_says(newest_mariadb, guard.address, who, tls)
        assert done.stdout == f"{who.user}@%\n", done.stderr
        wrong = client_says(newest_mariadb, guard.address, account(who.user, "wrong"), tls)
        assert "ERROR 1045 (28000): Access denied" in wrong.stderr
    newest_mariadb.forget_password_cache()
    for _ in range(2):
        done = client_says(newest_mariadb, guard.address, account("sha2"), tls)
        assert done.stdout == "sha2@%\n", done.stderr


def answer_questions(address, user, tls, answers, source=None):
    """A login by the plugin dialog; the questions, and the packet that ended it."""
    with raw.RawConnection(*address) as client:
        client.read_greeting()
        capabilities = raw.DEFAULT_CAPABILITIES | (raw.SSL if tls else 0)
        if tls:
            client.send_ssl_request(capabilities)
            client.start_tls()
        client.send_packet(client.login_payload(user, b"", plugin="mysql_native_password", capabilities=capabilities))
        asked = []
        packet = client.read_packet()
        assert packet.payload.startswith(b"\xfedialog\0")
        question = packet.payload[8:]
        for answer in answers:
            asked.append(question.lstrip(bytes(range(6))).decode())  # the kind of question comes first
            client.send_packet(answer.encode() + b"\0")
            packet = client.read_packet()
            if packet.is_ok or packet.is_err:
                return asked, packet
            question = packet.payload
        return asked, packet


@pytest.mark.parametrize("server_tls", ["as_client", "required"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_pam_with_several_questions(newest_mariadb, start_guard, server_tls, tls):
    guard = start_guard(on=newest_mariadb, schema_user=None, server_tls=server_tls)
    for user, asks in [("pam_one", ASKS[:1]), ("pam_three", ASKS)]:
        answers = [answer for _, answer in asks]
        asked, packet = answer_questions(guard.address, user, tls, answers)
        # The server takes the first answer before it has asked for it.
        assert packet.is_ok and asked[1:] == [question for question, _ in asks[1:]]
        assert asked == answer_questions(newest_mariadb.address, user, tls, answers)[0]
        for wrong in range(len(answers)):
            bad = [answer if at != wrong else "wrong" for at, answer in enumerate(answers)]
            asked, packet = answer_questions(guard.address, user, tls, bad)
            direct, expected = answer_questions(newest_mariadb.address, user, tls, bad)
            assert raw.Err(packet).errno == 1045 and asked == direct
            assert str(raw.Err(packet)) == str(raw.Err(expected))


def test_pam_with_the_clients_own_dialog(newest_mariadb, start_guard):
    guard = start_guard(on=newest_mariadb, schema_user=None)
    who = account("pam_three", "one")
    done = client_says(newest_mariadb, guard.address, who, "--disable-ssl-verify-server-cert", input="two\nthree\n")
    assert "pam_three@%\n" in done.stdout, done.stderr


def test_pam_passwords_do_not_go_on_in_clear(newest_mariadb, start_guard):
    guard = start_guard(on=newest_mariadb, schema_user=None, server_tls="disabled")
    _, packet = answer_questions(guard.address, "pam_one", True, ["one"])
    refused = raw.Err(packet)
    assert (refused.errno, refused.sqlstate) == (1235, "42000")
    assert refused.message.startswith("schemaguard: the password would go to the server in clear")
    _, packet = answer_questions(guard.address, "pam_one", False, ["one"])  # the client itself says it in clear
    assert packet.is_ok


def test_pam_by_mysql_clear_password(start_guard, tmp_path):
    with started() as running:
        add_pam_services(running.root, tmp_path)
        server = servers.Server(running)
        server.query("INSTALL SONAME 'auth_pam'")
        running.options.append("--loose-pam-use-cleartext-plugin=ON")
        running.restart()
        server.query("CREATE USER 'pam_one'@'%' IDENTIFIED VIA pam USING 'schemaguard-one'")
        who = account("pam_one", "one")
        for server_tls in ("required", "as_client"):
            guard = start_guard(on=server, schema_user=None, server_tls=server_tls)
            done = client_says(server, guard.address, who, "--disable-ssl-verify-server-cert")
            assert done.stdout == "pam_one@%\n", done.stderr
            with raw.connect(guard.address, "pam_one", "one", tls=True, plugin="mysql_clear_password") as client:
                client.ping()
        guard = start_guard(on=server, schema_user=None, server_tls="disabled")
        done = client_says(server, guard.address, who, "--disable-ssl-verify-server-cert")
        assert "schemaguard: the password would go to the server in clear" in done.stderr


# --- certificates that the password vouches for -------------------------------------------------------
#
# From 127.0.0.1 such clients do not check: the guard listens on 127.0.0.2.


def far_guard(start_guard, server, **settings):
    address = "127.0.0.2", throwaway.free_port()
    guard = start_guard(on=server, schema_user=None, listen=f"{address[0]}:{address[1]}", **settings)
    guard.wait_for_log("listening on")
    return guard, address


def vouched_for(server):
    """Accounts whose plugins can vouch."""
    return [server.app, server.accounts["ed25519"], account("parsec")]


def self_signed(folder, stem):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout",
                    folder / f"{stem}-key.pem", "-out", folder / f"{stem}-cert.pem", "-subj", f"/CN={stem}"],
                   check=True, capture_output=True)
    return folder / f"{stem}-cert.pem", folder / f"{stem}-key.pem"


def test_another_self_signed_certificate_is_not_trusted(newest_mariadb, start_guard, tmp_path):
    """The limit, and what the guard says of it; a client that does not ask for it gets in."""
    certificate, key = self_signed(tmp_path, "guard")
    guard, address = far_guard(start_guard, newest_mariadb, client_tls_cert=certificate, client_tls_key=key)
    for who in vouched_for(newest_mariadb):
        refused = client_says(newest_mariadb, address, who)
        assert "ERROR 2026" in refused.stderr, refused
        done = client_says(newest_mariadb, address, who, "--disable-ssl-verify-server-cert")
        assert done.stdout == f"{who.user}@%\n", done.stderr
    guard.wait_for_log("the server vouches for its own certificate, and clients are shown another")


def test_a_certificate_of_an_authority_is_trusted(newest_mariadb, start_guard, tmp_path):
    """(a): the client knows the authority that signed the guard's certificate."""
    throwaway.make_certificates(tmp_path, ("IP:127.0.0.2",), "guard")
    folder = newest_mariadb.throwaway.folder / "tls"
    (folder / "guard-ca.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    guard, address = far_guard(start_guard, newest_mariadb, client_tls_cert=tmp_path / "guard-cert.pem",
                               client_tls_key=tmp_path / "guard-key.pem")
    ca = newest_mariadb.throwaway.inside(folder / "guard-ca.pem")
    for who in vouched_for(newest_mariadb):
        done = client_says(newest_mariadb, address, who, f"--ssl-ca={ca}")
        assert done.stdout == f"{who.user}@%\n", done.stderr


def test_the_servers_own_certificate_is_trusted(newest_mariadb, start_guard):
    """(b): guard and server show the same self-signed certificate; the client needs no option at all."""
    running = newest_mariadb.throwaway
    certificate, key = self_signed(running.folder / "tls", "shared")
    throwaway.give_to(running.account, certificate, key)
    options = list(running.options)
    running.options += [*running.tls_options("shared", ca=False), "--ssl-ca="]
    running.restart()
    try:
        guard, address = far_guard(start_guard, newest_mariadb, client_tls_cert=certificate, client_tls_key=key)
        for who in vouched_for(newest_mariadb):
            done = client_says(newest_mariadb, address, who)
            assert done.stdout == f"{who.user}@%\n", done.stderr
            wrong = client_says(newest_mariadb, address, account(who.user, "wrong"))
            assert wrong.returncode != 0
        assert "vouches" not in guard.log_text()
    finally:
        running.options = options
        running.restart()

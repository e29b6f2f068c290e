"""TLS towards the server: the guard's own certificate for accounts that want one, revoked servers, versions and ciphers.

Which side uses TLS when, and how the server's certificate is verified, is test_login.py's.
"""

import shutil
import signal
import subprocess

import pytest
import throwaway
from support import raw
from support.authority import DAY, Authority, list_of_revoked


def own_certificate(server, folder):
    """(certificate, key) that the server's own authority has signed for a client."""
    if server.flavour == "mysql":  # which makes one by itself
        data = server.throwaway.data
        return data / "client-cert.pem", data / "client-key.pem"
    for name in ("ca.pem", "ca-key.pem"):
        shutil.copy(server.tls_ca.parent / name, folder)
    throwaway.make_certificates(folder, ("DNS:guard",), "guard")
    return folder / "guard-cert.pem", folder / "guard-key.pem"


def subject_of(certificate):
    shown = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "compat", "-in", certificate],
                           check=True, capture_output=True, text=True).stdout.strip().partition("=")[2]
    return shown if shown.startswith("/") else "/" + shown.strip()


@pytest.fixture
def account(server, request):
    """make(requirement) → the name of an account with it; password "pw"."""
    made = []

    def make(requirement):
        user = f"x509_{len(made)}_{server.flavour}"
        server.query(f"DROP USER IF EXISTS '{user}'@'%'")
        server.query(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'pw' REQUIRE {requirement}")
        made.append(user)
        return user

    yield make
    for user in made:
        server.query(f"DROP USER '{user}'@'%'")


def test_accounts_that_want_a_certificate(server, start_guard, account, tmp_path):
    """With server_tls_cert they get in, whoever the client is: the server sees the guard's certificate."""
    certificate, key = own_certificate(server, tmp_path)
    subject = subject_of(certificate)
    users = [account("X509"), account(f"SUBJECT '{subject}'")]
    stranger = account("SUBJECT '/CN=somebody else'")
    with_one = start_guard(schema_user=None, server_tls="required", server_tls_cert=certificate, server_tls_key=key)
    without = start_guard(schema_user=None, server_tls="required")
    with_one.wait_for_log("the guard's own certificate for the server: ")
    for tls in (False, True):
        for user in users:
            with raw.connect(with_one.address, user, "pw", tls=tls) as client:
                assert client.query("SELECT CURRENT_USER()").rows == [[f"{user}@%".encode()]]
        for guard, user in [(without, users[0]), (without, users[1]), (with_one, stranger)]:
            with pytest.raises(raw.Err) as refused:
                raw.connect(guard.address, user, "pw", tls=tls)
            assert refused.value.errno == 1045
            assert not refused.value.message.startswith("schemaguard:")


def test_the_clients_certificate_is_not_the_servers(server, start_guard, account, tmp_path):
    """The limit: a client's own certificate ends at the guard, however good it is."""
    certificate, key = own_certificate(server, tmp_path)
    user = account("X509")
    guard = start_guard(schema_user=None, server_tls="required", client_tls_ca=server.tls_ca)
    context = raw.trusting_context()
    context.load_cert_chain(certificate, key)
    with raw.connect(server.address, user, "pw", tls=True, tls_context=context) as direct:
        direct.ping()
    with pytest.raises(raw.Err) as refused:
        raw.connect(guard.address, user, "pw", tls=True, tls_context=context)
    assert refused.value.errno == 1045


@pytest.mark.parametrize("verified", [False, True], ids=["any", "verified"])
def test_the_schema_account_may_want_a_certificate(server, shop, start_guard, account, tmp_path, verified):
    certificate, key = own_certificate(server, tmp_path)
    user = account("X509")
    server.query(f"GRANT REFERENCES ON *.* TO '{user}'@'%'")
    (tmp_path / "password").write_text("pw\n")
    settings = {"server_tls": "verify_ca", "server_tls_ca": server.tls_ca} if verified else {"server_tls": "required"}
    guard = start_guard(mode="block", schema_user=user, schema_password_file=tmp_path / "password",
                        server_tls_cert=certificate, server_tls_key=key, **settings)
    with guard.raw(database=shop) as client:
        with pytest.raises(raw.Err) as refused:
            client.query("SELECT no_such_column FROM customers")
    assert refused.value.errno == 1054


# --- revoked servers -------------------------------------------------------------------------------


def authority_files(server):
    """(certificate, key, the server's own certificate) of the authority that signed the server's."""
    folder = server.throwaway.data if server.flavour == "mysql" else server.tls_ca.parent
    return folder / "ca.pem", folder / "ca-key.pem", folder / "server-cert.pem"


def write_list(server, path, revoked=False, lasts=30 * DAY):
    certificate, key, shown = authority_files(server)
    list_of_revoked(path, certificate, key, [shown] if revoked else [], lasts)
    return path


@pytest.mark.parametrize("server_tls", ["as_client", "verify_ca"])
def test_a_revoked_server_is_refused(server, start_guard, tmp_path, server_tls):
    """From the reload on that brings the list, and again let in by the next."""
    crl = write_list(server, tmp_path / "crl.pem")
    guard = start_guard(schema_user=None, server_tls=server_tls, server_tls_ca=server.tls_ca, server_tls_crl=crl)

    def answer(tls):
        try:
            with guard.raw(tls=tls) as client:
                client.ping()
            return ""
        except raw.Err as refused:
            assert (refused.errno, refused.sqlstate) == (1053, "08S01")
            assert refused.message.startswith("schemaguard: no secure connection to the server: ")
            return refused.message

    assert answer(True) == answer(False) == ""
    for change, words in [({"revoked": True}, "certificate revoked"), ({"lasts": -DAY}, "CRL has expired: fetch"),
                          ({}, "")]:
        write_list(server, crl, **change)
        guard.reload_tls()
        for tls in (False, True):
            guard.wait_until(lambda: words in answer(tls) and bool(words) == bool(answer(tls)), f"{change}")
    if server_tls == "verify_ca":
        guard.wait_for_log("TLS with the server failed: .*certificate revoked")


def test_a_list_of_another_authority_is_no_leave(mariadb, start_guard, tmp_path):
    other = Authority(tmp_path, "another")
    guard = start_guard(on=mariadb, schema_user=None, server_tls_ca=mariadb.tls_ca, server_tls_crl=other.list_path)
    with pytest.raises(raw.Err, match="none of its authority; add it"):
        guard.raw()


def test_the_schema_is_not_read_from_a_revoked_server(server, start_guard, tmp_path):
    crl = write_list(server, tmp_path / "crl.pem")
    guard = start_guard(server_tls="verify_ca", server_tls_ca=server.tls_ca, server_tls_crl=crl)
    write_list(server, crl, revoked=True)
    guard.process.send_signal(signal.SIGHUP)
    guard.wait_for_log("certificate revoked")


# --- reload ------------------------------------------------------------------------------------------


def test_another_authority_is_trusted_after_hup(server, start_guard, tmp_path):
    ca = tmp_path / "trusted.pem"
    stranger = Authority(tmp_path, "stranger")
    shutil.copy(stranger.path, ca)
    guard = start_guard(schema_user=None, server_tls="verify_ca", server_tls_ca=ca)
    with pytest.raises(raw.Err, match="is not signed by a trusted CA"):
        guard.raw()
    shutil.copy(server.tls_ca, ca)
    guard.reload_tls()

    def gets_in():
        try:
            with guard.raw() as client:
                return client.query("SELECT 42").rows == [[b"42"]]
        except raw.Err:
            return False

    guard.wait_until(gets_in, "the new authority is trusted")
    with guard.raw() as client:  # and a bad file changes nothing
        ca.write_text("no PEM\n")
        guard.process.send_signal(signal.SIGHUP)
        guard.wait_for_log("TLS towards the server: no usable PEM certificate in CA file .*nothing is changed")
        client.ping()
    assert gets_in()


# --- versions and ciphers ----------------------------------------------------------------------------


def server_side(guard, **how):
    with guard.raw(**how) as client:
        rows = client.query("SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')").rows
        return {name.decode(): value.decode() for name, value in rows}


def test_versions_and_ciphers_towards_the_server(server, start_guard):
    for settings, version, cipher in [
            ({"server_tls_version": "TLSv1.2"}, "TLSv1.2", None),
            ({"server_tls_version": "TLSv1.3"}, "TLSv1.3", None),
            ({"server_tls_version": "TLSv1.2", "server_tls_cipher": "ECDHE-RSA-AES128-GCM-SHA256"}, "TLSv1.2",
             "ECDHE-RSA-AES128-GCM-SHA256"),
            ({"server_tls_ciphersuites": "TLS_AES_128_GCM_SHA256"}, "TLSv1.3", "TLS_AES_128_GCM_SHA256")]:
        guard = start_guard(schema_user=None, server_tls="required", **settings)
        agreed = server_side(guard)
        assert agreed["Ssl_version"] == version
        assert cipher in (None, agreed["Ssl_cipher"])


def test_no_common_version_with_the_server(new_server, start_guard):
    old = new_server("--tls-version=TLSv1.2", flavour="mariadb")
    guard = start_guard(on=old, schema_user=None, server_tls="required", server_tls_version="TLSv1.3")
    with pytest.raises(raw.Err) as refused:
        guard.raw()
    assert refused.value.sqlstate == "08S01"
    assert "no secure connection to the server" in refused.value.message
    assert "see server_tls_version" in refused.value.message

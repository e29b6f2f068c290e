"""TLS towards clients: certificates that change, chains, names, clients' own certificates, versions and ciphers.

What each side does with TLS at a login is test_login.py's; the server's side is test_tls_server.py's.
"""

import hashlib
import os
import re
import ssl
import subprocess

import pytest
from support import guard as guards
from support import raw
from support.authority import DAY, Authority

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "ca")


def fingerprint(connection):
    return hashlib.sha256(connection.socket.getpeercert(binary_form=True)).hexdigest()


def fingerprint_of(path):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(path.read_text().partition("-----END CERTIFICATE-----")[0]
                                                   + "-----END CERTIFICATE-----\n")).hexdigest()


def client_context(certificate=None, key=None, version=None):
    context = raw.trusting_context()
    if certificate:
        context.load_cert_chain(certificate, key)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def shown(guard, **how):
    """The fingerprint of what a new client is shown."""
    with guard.raw(tls=True, **how) as client:
        return fingerprint(client)


# --- what the clients are shown --------------------------------------------------------------------


def test_a_new_certificate_is_shown_after_hup_and_sessions_go_on(mariadb, start_guard, authority, tmp_path):
    certificate, key = authority.issue("guard", ["localhost"])
    guard = start_guard(on=mariadb, schema_user=None, client_tls_cert=certificate, client_tls_key=key)
    old = fingerprint_of(certificate)
    with guard.raw(tls=True) as secure, guard.raw(tls=False) as plain:
        assert fingerprint(secure) == old
        authority.issue("guard", ["localhost"])
        new = fingerprint_of(certificate)
        assert shown(guard) == old  # nobody told the guard yet
        guard.reload_tls()
        guard.wait_until(lambda: shown(guard) == new, "the new certificate is shown")
        for client in (secure, plain):
            assert client.query("SELECT 42").rows == [[b"42"]]
        assert fingerprint(secure) == old
    guard.wait_for_log("certificate for clients: for localhost, valid to")


def test_a_bad_file_keeps_the_old_certificate_and_is_told(mariadb, start_guard, authority, tmp_path):
    certificate, key = authority.issue("guard", ["localhost"])
    guard = start_guard(on=mariadb, schema_user=None, client_tls_cert=certificate, client_tls_key=key)
    good = certificate.read_bytes(), key.read_bytes()
    old = fingerprint_of(certificate)

    def spoil(path, content):
        path.unlink()
        if content is not None:
            path.write_bytes(content)

    _, other_key = authority.issue("other")
    for path, content, words in [
            (certificate, b"rubbish\n", f"no usable PEM certificate in {certificate}"),
            (certificate, None, f"certificate {certificate}: No such file"),
            (key, b"", f"no PEM private key in {key}"),
            (key, other_key.read_bytes(), f"private key {key} does not belong to the certificate")]:
        spoil(path, content)
        guard.reload_tls()
        guard.wait_for_log("TLS towards clients: .*" + re.escape(words) + ".*nothing is changed")
        assert shown(guard) == old
        certificate.write_bytes(good[0])
        key.write_bytes(good[1])
    guard.reload_tls()
    assert shown(guard) == old


def test_a_certificate_that_was_made_at_the_start_stays(mariadb, start_guard):
    guard = start_guard(on=mariadb, schema_user=None)
    before = shown(guard)
    guard.reload_tls()
    assert shown(guard) == before


def test_the_certificate_is_chosen_by_the_name_asked_for(mariadb, start_guard, authority):
    issued = [authority.issue("main", ["db.example"]), authority.issue("shop", ["shop.example", "*.shops.example"])]
    guard = start_guard(on=mariadb, schema_user=None, client_tls_cert=",".join(str(pair[0]) for pair in issued),
                        client_tls_key=", ".join(str(pair[1]) for pair in issued))

    for name, index in [("shop.example", 1), ("a.shops.example", 1), ("db.example", 0), ("other.example", 0), (None, 0)]:
        context = ssl.create_default_context(cafile=authority.path)
        context.check_hostname = False
        with raw.RawConnection(*guard.address) as client:
            client.read_greeting()
            capabilities = raw.DEFAULT_CAPABILITIES | raw.SSL
            client.send_ssl_request(capabilities)
            client.socket = context.wrap_socket(client.socket, server_hostname=name)
            client.secure = True
            assert fingerprint(client) == fingerprint_of(issued[index][0])
            proof = client.first_proof(client.greeting.plugin, mariadb.app.password.encode(), client.greeting.nonce)
            client.send_packet(client.login_payload(mariadb.app.user, proof, plugin=client.greeting.plugin,
                                                    capabilities=capabilities))
            client.finish_login(client.greeting.plugin, mariadb.app.password.encode(), client.greeting.nonce)
        if name:
            guard.wait_for_log(f"TLS with the client: .*, asked for {name}")


def test_mysqls_own_client_asks_for_a_name(mysql, start_guard, authority):
    issued = [authority.issue("main", ["db.example"]), authority.issue("shop", ["shop.example"])]
    guard = start_guard(on=mysql, schema_user=None, client_tls_cert=",".join(str(pair[0]) for pair in issued),
                        client_tls_key=",".join(str(pair[1]) for pair in issued))
    mysql.run_client("--ssl-mode=REQUIRED", "--tls-sni-servername=shop.example", "-e", "SELECT 1",
                     address=guard.address, account=mysql.app)
    guard.wait_for_log("TLS with the client: .*, asked for shop.example")


def test_a_chain_is_shown_whole(server, start_guard, authority, tmp_path):
    """The client knows the root alone; the guard shows what lies between."""
    between = Authority(tmp_path, "between", parent=authority)
    certificate, key = between.issue("guard", ["localhost", "127.0.0.1"], chain=[between])
    guard = start_guard(schema_user=None, client_tls_cert=certificate, client_tls_key=key)
    context = ssl.create_default_context(cafile=authority.path)
    context.check_hostname = False
    with guard.raw(tls=True, tls_context=context) as client:
        client.ping()
    done = server.run_client("--ssl-ca=" + str(authority.path), "--ssl-verify-server-cert", "-e", "SELECT 'through'",
                             address=guard.address, account=mysql_native(server), program="mariadb")
    assert "through" in done.stdout
    certificate, key = between.issue("alone", ["localhost"])
    guard = start_guard(schema_user=None, client_tls_cert=certificate, client_tls_key=key)
    with pytest.raises(ssl.SSLCertVerificationError):
        guard.raw(tls=True, tls_context=context)


def mysql_native(server):
    """An account that MariaDB's client can prove itself for on either flavour."""
    return server.app


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_tickets_resume_sessions(mariadb, start_guard, version):
    guard = start_guard(on=mariadb, schema_user=None)
    context = client_context(version=version)
    session = None
    for resumed in (False, True, True):
        with guard.raw(tls=True, tls_context=context, tls_session=session) as client:
            client.query("SELECT 1")
            assert client.socket.session_reused == resumed
            session = client.tls_session
    assert guard.counters()["tls_resumed_client"] == 2


# --- clients' own certificates -----------------------------------------------------------------------


def with_certificates(start_guard, mariadb, authority, **settings):
    certificate, key = authority.issue("guard", ["localhost"])
    return start_guard(on=mariadb, schema_user=None, client_tls_cert=certificate, client_tls_key=key,
                       client_tls_ca=authority.path, **settings)


def is_turned_away(guard, **how):
    """The handshake fails, or, with TLS 1.3, the first packet after it."""
    with pytest.raises((ssl.SSLError, raw.Closed, ConnectionError)):
        guard.raw(tls=True, **how)
    return True


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_clients_must_show_a_good_certificate(mariadb, start_guard, authority, tmp_path, version):
    guard = with_certificates(start_guard, mariadb, authority, client_tls_x509="required")
    good = client_context(*authority.issue("client"), version)
    with guard.raw(tls=True, tls_context=good) as client:
        client.ping()
    guard.wait_for_log("TLS with the client: .*, with a certificate")

    with pytest.raises(raw.Err) as refused:
        guard.raw(tls=True, tls_context=client_context(version=version))
    assert (refused.value.errno, refused.value.sqlstate) == (1045, "28000")
    assert refused.value.message.startswith("schemaguard: the client has to show a certificate")
    with pytest.raises(raw.Err) as refused:  # and TLS is not to be gone around
        guard.raw(tls=False)
    assert refused.value.errno == 3159
    guard.wait_for_counters(closed_certificate_required=1, closed_tls_required=1)

    (tmp_path / "foreign").mkdir()
    foreign = Authority(tmp_path / "foreign", "another").issue("client")
    is_turned_away(guard, tls_context=client_context(*foreign, version))
    guard.wait_for_log(r"TLS with 127.0.0.1:\d+ failed: .*the client's certificate \(/CN=client\) was not accepted: "
                       "unable to get local issuer certificate")
    is_turned_away(guard, tls_context=client_context(*authority.issue("late", lasts=-DAY), version))
    guard.wait_for_log(r"the client's certificate \(/CN=late\) was not accepted: certificate has expired")
    guard.wait_for_counters(closed_tls_handshake_client=2, logins_ok=1)


def test_a_resumed_session_remembers_the_certificate(mariadb, start_guard, authority):
    guard = with_certificates(start_guard, mariadb, authority, client_tls_x509="required")
    for version in VERSIONS:
        context = client_context(*authority.issue("client"), version)
        with guard.raw(tls=True, tls_context=context) as client:
            client.ping()
            session = client.tls_session
        with guard.raw(tls=True, tls_context=context, tls_session=session) as client:
            client.ping()
            assert client.socket.session_reused


def test_certificates_may_be_optional(mariadb, start_guard, authority, tmp_path):
    guard = with_certificates(start_guard, mariadb, authority)
    for how in ({"tls": False}, {"tls": True},
                {"tls": True, "tls_context": client_context(*authority.issue("client"))}):
        with guard.raw(**how) as client:
            client.ping()
    (tmp_path / "foreign").mkdir()
    foreign = Authority(tmp_path / "foreign", "another").issue("client")
    is_turned_away(guard, tls_context=client_context(*foreign))


def test_a_unix_socket_needs_no_certificate(mariadb, start_guard, authority, tmp_path):
    listen = tmp_path / "guard.sock"
    guard = with_certificates(start_guard, mariadb, authority, client_tls_x509="required", listen=listen)
    guard.wait_for_log("listening on")
    for tls in (False, True):
        with raw.connect(listen, mariadb.app.user, mariadb.app.password, tls=tls) as client:
            client.ping()


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_a_revoked_client_is_turned_away(mariadb, start_guard, authority, version):
    """At the reload that brings the list, also where its old session could be resumed."""
    contexts = {name: client_context(*authority.issue(name), version) for name in ("good", "bad")}
    guard = with_certificates(start_guard, mariadb, authority, client_tls_x509="required",
                              client_tls_crl=authority.list_path)
    sessions = {}
    for name, context in contexts.items():
        with guard.raw(tls=True, tls_context=context) as client:
            client.ping()
            sessions[name] = client.tls_session
    authority.revoke("bad")
    guard.reload_tls()

    def is_refused():
        try:
            with guard.raw(tls=True, tls_context=contexts["bad"], tls_session=sessions["bad"]) as client:
                client.ping()
            return False
        except (ssl.SSLError, raw.Closed, ConnectionError):
            return True

    guard.wait_until(is_refused, "the revoked client is refused")
    guard.wait_for_log(r"the client's certificate \(/CN=bad\) was not accepted: certificate revoked")
    with guard.raw(tls=True, tls_context=contexts["good"], tls_session=sessions["good"]) as client:
        client.ping()


def test_an_old_list_of_revoked_certificates_is_told(mariadb, start_guard, authority):
    authority.write_list(lasts=-DAY)
    guard = with_certificates(start_guard, mariadb, authority, client_tls_crl=authority.list_path)
    is_turned_away(guard, tls_context=client_context(*authority.issue("client")))
    guard.wait_for_log("CRL has expired: fetch the authority's new list of revoked certificates")


def test_a_real_client_shows_its_certificate(server, start_guard, authority):
    guard = with_certificates(start_guard, server, authority, client_tls_x509="required")
    certificate, key = authority.issue("client")
    done = server.run_client(f"--ssl-cert={certificate}", f"--ssl-key={key}", f"--ssl-ca={authority.path}",
                             "-e", "SELECT 'through'", address=guard.address, account=server.app, program="mariadb")
    assert "through" in done.stdout
    done = server.run_client(f"--ssl-ca={authority.path}", "-e", "SELECT 1", address=guard.address,
                             account=server.app, program="mariadb", check=False)
    assert "ERROR 1045 (28000): schemaguard: the client has to show a certificate" in done.stderr


# --- versions and ciphers ----------------------------------------------------------------------------


@pytest.mark.parametrize("setting, good, bad", [
    ({"client_tls_version": "TLSv1.3"}, ["TLSv1.3"], ["TLSv1.2"]),
    ({"client_tls_version": "TLSv1.2"}, ["TLSv1.2"], ["TLSv1.3"]),
    ({}, ["TLSv1.2", "TLSv1.3"], []),
])
def test_versions_for_clients(mariadb, start_guard, setting, good, bad):
    guard = start_guard(on=mariadb, schema_user=None, **setting)
    for version in good:
        context = client_context(version=ssl.TLSVersion[version.replace(".", "_")])
        with guard.raw(tls=True, tls_context=context) as client:
            assert client.socket.version() == version
    for version in bad:
        context = client_context(version=ssl.TLSVersion[version.replace(".", "_")])
        is_turned_away(guard, tls_context=context)
        guard.wait_for_log("no common version: see client_tls_version")


def test_ciphers_for_clients(mariadb, start_guard):
    guard = start_guard(on=mariadb, schema_user=None, client_tls_cipher="ECDHE-ECDSA-AES256-GCM-SHA384",
                        client_tls_ciphersuites="TLS_CHACHA20_POLY1305_SHA256")
    for version, cipher in zip(VERSIONS, ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_CHACHA20_POLY1305_SHA256")):
        with guard.raw(tls=True, tls_context=client_context(version=version)) as client:
            assert client.socket.cipher()[0] == cipher
    context = client_context(version=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    is_turned_away(guard, tls_context=context)
    guard.wait_for_log("no common cipher or key exchange with the client")


# --- --check-config ----------------------------------------------------------------------------------


def check(*settings):
    return subprocess.run([str(guards.binary()), "serve", "--check-config", *settings], capture_output=True, text=True,
                          env={name: value for name, value in os.environ.items() if "SCHEMAGUARD" not in name})


@pytest.mark.skipif(guards.binary() is None, reason="no guard is built")
def test_check_config_finds_what_a_start_would(authority, tmp_path):
    certificate, key = authority.issue("guard", ["localhost"])
    _, other_key = authority.issue("other")
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no PEM\n")
    pair = [f"--client-tls-cert={certificate}", f"--client-tls-key={key}"]
    good = [[], pair, [f"--client-tls-cert={certificate},{certificate}", f"--client-tls-key={key},{key}"],
            [f"--client-tls-ca={authority.path}", f"--client-tls-crl={authority.list_path}"],
            [f"--server-tls-cert={certificate}", f"--server-tls-key={key}", "--server-tls-version=TLSv1.3"],
            [f"--server-tls-ca={authority.path}", f"--server-tls-crl={authority.list_path}"]]
    for settings in good:
        done = check(*settings)
        assert done.returncode == 0, done.stderr
    bad = [
        ([f"--client-tls-cert={rubbish}", f"--client-tls-key={key}"],
         f"TLS towards clients: no usable PEM certificate in {rubbish}"),
        ([f"--client-tls-cert={certificate}", f"--client-tls-key={other_key}"],
         f"TLS towards clients: private key {other_key} does not belong to the certificate"),
        ([f"--client-tls-cert={certificate},{certificate}", f"--client-tls-key={key},{other_key}"], "does not belong"),
        ([f"--client-tls-cert={certificate},{certificate}", f"--client-tls-key={key}"], "a key for each certificate"),
        ([f"--client-tls-ca={rubbish}"], f"no usable PEM certificate in CA file {rubbish}"),
        ([f"--client-tls-ca={authority.path}", f"--client-tls-crl={rubbish}"], f"(CRL) in {rubbish}"),
        ([f"--client-tls-crl={authority.list_path}"], "client_tls_crl needs client_tls_ca"),
        (["--client-tls-x509=required"], "client_tls_x509 = required needs client_tls_ca"),
        (["--client-tls-cipher=NONE-SUCH"], 'TLS towards clients: "NONE-SUCH" names no cipher of TLS 1.2'),
        (["--client-tls-ciphersuites=TLS_NONE"], 'TLS towards clients: "TLS_NONE" is no list of ciphersuites'),
        (["--client-tls-version=TLSv1.1"], '"TLSv1.1" is none of TLSv1.2,TLSv1.3, TLSv1.3, TLSv1.2'),
        ([f"--server-tls-cert={certificate}"], "server_tls_cert and server_tls_key go together"),
        ([f"--server-tls-cert={certificate}", f"--server-tls-key={other_key}"],
         f"TLS towards the server: private key {other_key} does not belong"),
        ([f"--server-tls-ca={authority.path}", f"--server-tls-crl={rubbish}"], f"(CRL) in {rubbish}"),
        ([f"--server-tls-crl={authority.list_path}"], "server_tls_crl needs server_tls_ca"),
        (["--server-tls-cipher=NONE-SUCH"], 'TLS towards the server: "NONE-SUCH" names no cipher of TLS 1.2'),
    ]
    for settings, words in bad:
        done = check(*settings)
        assert done.returncode == 2 and words in done.stderr, (settings, done.stderr)



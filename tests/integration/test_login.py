"""Logins that succeed: every plugin, over every combination of TLS, plain and Unix sockets on the two sides."""

import pytest
from support import raw

SERVER_TLS = ["as_client", "disabled", "preferred", "required"]


def server_side_is_tls(client):
    return client.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'").rows[0][1] != b""


def raw_accounts(server):
    """Those whose proof the raw client can make."""
    return [account for account in server.accounts.values() if account.plugin != "ed25519"]


def log_in(guard, account, address=None, **how):
    """A login and a look at who we are."""
    with raw.connect(address or guard.address, account.user, account.password, **how) as client:
        assert client.query("SELECT CURRENT_USER()").rows == [[f"{account.user}@%".encode()]]
        return client.full_auth, server_side_is_tls(client)


@pytest.mark.parametrize("server_tls", SERVER_TLS)
def test_every_plugin_with_tls_or_plain_on_each_side(server, start_guard, server_tls):
    guard = start_guard(schema_user=None, server_tls=server_tls)
    for account in raw_accounts(server):
        for tls in (False, True):
            secured = {"as_client": tls, "disabled": False}.get(server_tls, True)
            server.forget_password_cache()
            full = account.plugin == "caching_sha2_password"
            assert log_in(guard, account, tls=tls) == (full, secured)
            assert log_in(guard, account, tls=tls) == (False, secured)
    assert guard.counters()["logins_failed"] == 0


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
def test_every_plugin_over_a_unix_socket_to_the_guard(server, start_guard, tmp_path, server_tls):
    listen = tmp_path / "guard.sock"
    guard = start_guard(schema_user=None, listen=listen, server_tls=server_tls)
    guard.wait_for_log("listening on")
    for account in raw_accounts(server):
        for tls in (False, True):
            server.forget_password_cache()
            assert log_in(guard, account, listen, tls=tls)[1] == (server_tls == "required")
            assert log_in(guard, account, listen, tls=tls)[0] is False


@pytest.mark.parametrize("server_tls", ["disabled", "as_client"])
def test_every_plugin_over_a_unix_socket_to_the_server(server, start_guard, server_tls):
    guard = start_guard(schema_user=None, server=server.socket_path, server_tls=server_tls)
    for account in raw_accounts(server):
        for tls in (False, True):
            server.forget_password_cache()
            assert log_in(guard, account, tls=tls)[1] == (tls and server_tls == "as_client")
            assert log_in(guard, account, tls=tls)[0] is False


def test_unix_sockets_on_both_sides(server, start_guard, tmp_path):
    listen = tmp_path / "guard.sock"
    guard = start_guard(schema_user=None, listen=listen, server=server.socket_path)
    guard.wait_for_log("listening on")
    for account in raw_accounts(server):
        server.forget_password_cache()
        assert log_in(guard, account, listen)[1] is False


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
@pytest.mark.parametrize("named", ["mysql_native_password", "caching_sha2_password", "sha256_password", "no_such_plugin"])
def test_the_server_switches_to_the_accounts_plugin(server, start_guard, server_tls, named):
    """The client names another plugin than the account has: an AuthSwitch with a nonce of its own."""
    guard = start_guard(schema_user=None, server_tls=server_tls)
    for account in raw_accounts(server):
        for tls in (False, True):
            server.forget_password_cache()
            if named == "sha256_password" and tls and server_tls == "disabled":
                with pytest.raises(raw.Err, match="in clear"):  # the login itself holds the password
                    log_in(guard, account, tls=tls, plugin=named)
            else:
                log_in(guard, account, tls=tls, plugin=named)


def test_a_client_from_before_plugins(server, start_guard):
    """No PLUGIN_AUTH, an answer of fixed size: MySQL 9 turns it away (1251), MariaDB takes it."""
    guard = start_guard(schema_user=None)
    old = raw.DEFAULT_CAPABILITIES & ~(raw.PLUGIN_AUTH | raw.PLUGIN_AUTH_LENENC)
    for tls in (False, True):
        if server.flavour == "mariadb":
            log_in(guard, server.app, tls=tls, capabilities=old)
        else:
            with pytest.raises(raw.Err) as refused:
                log_in(guard, server.app, tls=tls, capabilities=old)
            assert refused.value.errno == 1251


def test_a_plugin_that_the_guard_does_not_know_is_relayed(mariadb, start_guard):
    if "ed25519" not in mariadb.accounts:
        pytest.skip("MariaDB's loadable plugins cannot be had here")
    account = mariadb.accounts["ed25519"]
    for server_tls in ("disabled", "required"):
        guard = start_guard(on=mariadb, schema_user=None, server_tls=server_tls)
        for tls in ("--ssl", "--skip-ssl"):
            done = mariadb.run_client(tls, "--batch", "--skip-column-names", "-e", "SELECT CURRENT_USER()",
                                      address=guard.address, account=account)
            assert done.stdout == f"{account.user}@%\n"


def test_an_empty_password(server, start_guard):
    for plugin in {account.plugin for account in raw_accounts(server)}:
        user = f"empty_{plugin.partition('_')[0]}"
        server.query(f"CREATE USER '{user}'@'%' IDENTIFIED {'WITH' if server.flavour == 'mysql' else 'VIA'} {plugin}")
        try:
            for server_tls in ("disabled", "required"):
                guard = start_guard(on=server, schema_user=None, server_tls=server_tls)
                for tls in (False, True):
                    with raw.connect(guard.address, user, "", tls=tls) as client:
                        client.ping()
        finally:
            server.query(f"DROP USER '{user}'@'%'")


def test_passwords_of_every_length_are_translated(mysql, start_guard):
    """Longer than a nonce, than one RSA block would take, than a packet of one read: each by both translations."""
    guards = [start_guard(on=mysql, schema_user=None, server_tls=tls) for tls in ("disabled", "required")]
    mysql.query("CREATE USER 'long'@'%' IDENTIFIED BY 'x'")
    try:
        for size in (1, 19, 20, 21, 64, 127, 213):
            password = "".join(chr(33 + at % 90) for at in range(size)).replace("'", "_").replace("\\", "_")
            mysql.query(f"ALTER USER 'long'@'%' IDENTIFIED BY '{password}'")
            for guard, tls in zip(guards, (True, False)):
                mysql.forget_password_cache()
                with raw.connect(guard.address, "long", password, tls=tls) as client:
                    assert client.full_auth
    finally:
        mysql.query("DROP USER 'long'@'%'")


def test_the_guards_rsa_key_may_come_from_a_file(mysql, start_guard, tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    key = rsa.generate_private_key(65537, 3072)
    (tmp_path / "rsa.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    guard = start_guard(on=mysql, schema_user=None, server_tls="required", auth_rsa_key=tmp_path / "rsa.pem")
    mysql.forget_password_cache()
    assert log_in(guard, mysql.app) == (True, True)


def test_the_database_and_the_attributes_of_a_login_arrive(server, database, start_guard):
    guard = start_guard(schema_user=None)
    for tls in (False, True):
        with guard.raw(database=database, tls=tls, attributes={"program_name": "till"}) as client:
            assert client.query("SELECT DATABASE()").rows == [[database.encode()]]
            if server.flavour == "mysql":
                assert client.query("SELECT ATTR_VALUE FROM performance_schema.session_connect_attrs WHERE ATTR_NAME "
                                    "= 'program_name' AND PROCESSLIST_ID = CONNECTION_ID()").rows == [[b"till"]]


def test_the_collation_of_a_login_arrives(server, start_guard):
    guard = start_guard(schema_user=None)
    for tls in (False, True):
        with guard.raw(tls=tls, collation=8) as client:
            assert client.query("SELECT @@collation_connection").rows == [[b"latin1_swedish_ci"]]


def test_the_greeting_is_the_servers_but_for_what_the_guard_offers(server, start_guard):
    guard = start_guard(schema_user=None)
    with server.raw(tls=False) as direct, guard.raw(tls=False) as client:
        mine, other = client.greeting, direct.greeting
    assert (mine.version, mine.collation, mine.plugin) == (other.version, other.collation, other.plugin)
    own = raw.COMPRESS | raw.ZSTD  # which the guard undoes itself
    assert mine.capabilities & ~own == other.capabilities & ~own
    assert mine.mariadb_capabilities == other.mariadb_capabilities


def test_tls_is_not_offered_where_it_is_disabled(server, start_guard):
    guard = start_guard(schema_user=None, client_tls="disabled", server_tls="required")
    with guard.raw(tls=False) as client:
        assert not client.greeting.capabilities & raw.SSL
        assert server_side_is_tls(client)
    with raw.RawConnection(*guard.address) as client:
        client.read_greeting()
        client.send_ssl_request(raw.DEFAULT_CAPABILITIES)
        with pytest.raises(raw.Err) as refused:
            client.read_checked()
    assert "TLS" in refused.value.message


def test_a_tls_session_is_resumed(server, start_guard):
    import ssl
    guard = start_guard(schema_user=None, server_tls="required")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = raw.trusting_context()
        context.minimum_version = context.maximum_version = version
        with guard.raw(tls=True, tls_context=context) as client:
            client.query("SELECT 1")
            session = client.tls_session
        with guard.raw(tls=True, tls_context=context, tls_session=session) as client:
            client.query("SELECT 1")
            assert client.socket.session_reused
            assert client.socket.version() == version.name.replace("_", ".").replace("v1.", "v1.")
    counters = guard.counters()
    assert counters["tls_resumed_client"] == 2
    assert counters["tls_resumed_server"] > 0


@pytest.mark.parametrize("setting", ["verify_ca", "verify_identity", "fingerprint"])
def test_the_servers_certificate_is_verified(server, start_guard, tmp_path, setting):
    import hashlib
    import throwaway
    throwaway.make_certificates(tmp_path)  # an authority that has signed nothing of the server's
    with raw.RawConnection(*server.address) as direct:
        direct.read_greeting()
        direct.send_ssl_request(raw.DEFAULT_CAPABILITIES)
        direct.start_tls()
        fingerprint = hashlib.sha256(direct.socket.getpeercert(binary_form=True)).hexdigest()
    if setting == "fingerprint":
        good, bad = {"server_tls_fingerprint": fingerprint}, {"server_tls_fingerprint": "ab" * 32}
    else:
        good = {"server_tls": setting, "server_tls_ca": server.tls_ca}
        bad = {"server_tls": setting, "server_tls_ca": tmp_path / "ca.pem"}
    if setting == "verify_identity" and server.flavour == "mysql":
        good = {"server_tls": "verify_ca", "server_tls_ca": server.tls_ca}
        bad = {"server_tls": setting, "server_tls_ca": server.tls_ca}  # its own certificate names nobody

    guard = start_guard(schema_user=None, **good)
    for tls in (False, True):  # a configured certificate is verified, whatever the client does
        with guard.raw(tls=tls) as client:
            assert server_side_is_tls(client)
    guard = start_guard(schema_user=None, **bad)
    for tls in (False, True):
        with pytest.raises(raw.Err) as refused:
            guard.raw(tls=tls)
        assert refused.value.sqlstate == "08S01"
        assert "secure connection to the server" in refused.value.message
    counters = guard.counters()
    assert counters["logins_ok"] == 0
    assert counters["tls_handshakes_server"] == 0


def test_a_server_without_tls(new_server, start_guard):
    plain = new_server("--skip-ssl", flavour="mariadb")
    for server_tls in ("as_client", "preferred", "disabled"):
        guard = start_guard(on=plain, schema_user=None, server_tls=server_tls)
        for tls in (False, True):
            with guard.raw(tls=tls) as client:
                assert not server_side_is_tls(client)
    guard = start_guard(on=plain, schema_user=None, server_tls="required")
    for tls in (False, True):
        with pytest.raises(raw.Err, match="offers no TLS"):
            guard.raw(tls=tls)

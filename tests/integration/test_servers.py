"""The servers that the other tests stand on, reached directly: logins, TLS, scripts, clients, restarts."""

import pytest
import throwaway
from support import raw


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_every_account_logs_in_with_its_plugin(server, tls):
    for account in server.accounts.values():
        if account.plugin == "ed25519":
            continue  # only the stock client can: see below
        with server.raw(account, tls=tls) as client:
            assert client.query("SELECT CURRENT_USER()").rows == [[f"{account.user}@%".encode()]]


def test_caching_sha2_asks_for_the_password_once_and_then_for_a_proof(mysql):
    mysql.forget_password_cache()
    with mysql.raw(tls=False) as first, mysql.raw(tls=False) as second:
        assert (first.full_auth, second.full_auth) == (True, False)


def test_ed25519_by_the_stock_client(mariadb):
    if "ed25519" not in mariadb.accounts:
        pytest.skip("MariaDB's loadable plugins cannot be had here")
    account = mariadb.accounts["ed25519"]
    done = mariadb.run_client("--batch", "--skip-column-names", "-e", "SELECT CURRENT_USER()",
                              address=mariadb.address, account=account)
    assert done.stdout == f"{account.user}@%\n"


def test_a_wrong_password_is_refused(server):
    with pytest.raises(raw.Err) as refused:
        raw.connect(server.address, server.app.user, "wrong", tls=True)
    assert refused.value.errno == 1045


def test_the_unix_socket_takes_a_password_as_it_is(server):
    server.query("FLUSH PRIVILEGES")
    with raw.connect(server.socket_path, server.app.user, server.app.password) as client:
        client.ping()


def test_the_shop_is_loaded_and_said_in_the_servers_words(server, shop):
    with server.raw(database=shop) as client:
        assert client.query("SELECT company FROM customers WHERE id = 2").rows == [[b"Atelier Lumen"]]
        with pytest.raises(raw.Err) as refused:
            client.query("SELECT name FROM customers")
        assert (refused.value.errno, refused.value.sqlstate) == (1054, "42S22")


def test_the_schema_account_sees_tables_and_views_and_reads_no_row(server, shop):
    with server.raw(server.schema) as client:
        listed = client.query(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{shop}'").rows
        assert {b"customers", b"order_totals"} <= {row[0] for row in listed}
        with pytest.raises(raw.Err) as refused:
            client.query(f"SELECT * FROM {shop}.customers")
        assert refused.value.errno == 1142


def test_large_packets_are_joined_and_cut(server):
    with server.raw() as client:
        assert len(client.query(f"SELECT REPEAT('x', {raw.MAX_PAYLOAD * 2})").rows[0][0]) == raw.MAX_PAYLOAD * 2
        assert client.query(b"SELECT LENGTH('" + b"x" * 20_000_000 + b"')").rows == [[b"20000000"]]


def test_both_framings_of_a_result_are_read(server):
    for extra in (0, raw.DEPRECATE_EOF | raw.SESSION_TRACK):
        with server.raw(capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS | extra) as client:
            first, second = client.query_all("SELECT 1, NULL; SELECT 2")
            assert (first.rows, second.rows) == ([[b"1", None]], [[b"2"]])
            statement, parameters, columns = client.prepare("SELECT 1 UNION SELECT 2")
            assert (parameters, columns, client.execute(statement)) == (0, 1, 2)


def test_a_killed_server_comes_back_on_its_port_with_its_data(new_server, server):
    own = new_server()
    database, address = own.create_database(), own.address
    own.kill()
    with pytest.raises(OSError):
        raw.RawConnection(*address)
    own.start_again()
    assert own.address == address
    assert (database,) in own.query("SHOW DATABASES")


def test_a_server_that_cannot_start_leaves_nothing_and_tells_why(server):
    broken = type(server.throwaway)(**({"root": server.throwaway.root} if server.flavour == "mysql" else {}),
                                    options=["--no-such-option=1"])
    with pytest.raises(throwaway.ServerFailed, match="no-such-option"):
        broken.start()
    assert not broken.folder.exists()

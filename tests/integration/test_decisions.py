"""The traps of the protocol that a proxy has to know, what the guard does about each, and which test would fail if it
did not. The table is read by test_the_table_names_tests_that_exist; the tests that follow are those that have no better
place.

unknown capability bits                         test_decisions:bits_that_nobody_knows, test_login:the_greeting_is_the_servers
SSLRequest wins over login                      test_decisions:the_capabilities_of_the_tls_request_count
server TLS before the client's first packet     test_login:every_plugin_with_tls_or_plain_on_each_side
bytes glued to the SSLRequest                   test_login_refused:words_in_clear_behind_the_ssl_request
plain client, TLS server                        test_login_refused:tls_is_required, test_login_refused:the_guards_side_counts
X509 accounts, unix_socket                      test_tls_server:accounts_that_want_a_certificate, test_decisions:refusals_are_explained
zero-configuration TLS                          test_auth_mariadb:another_self_signed_certificate, test_auth_mariadb:the_servers_own_certificate
full password exchange, mixed sides             test_login:passwords_of_every_length, test_change_user:every_plugin_with_tls
odd-sized proofs                                test_login_refused:a_password_in_the_wrong_form
cleartext plugin over a plain server side       test_login_refused:a_password_in_clear_goes_to_no_server, test_auth:a_password_in_clear_goes_on
authentication of unknown shape                 test_auth:opaque_rounds_arrive_as_they_are, test_auth:a_second_factor
clients that leave before login                 test_login_refused:clients_that_leave_do_not_get_the_guard_locked_out
health checks                                   test_proxy_protocol:health_checks_do_not_reach_the_server
server's ERR before greeting                    test_login_refused:a_refusal_in_place_of_the_greeting
compression                                     test_compression:a_client_that_insists_is_served, test_compression:every_kind
tracking lost, MySQL's cursor quirk             test_decisions:a_cursor_that_leaves_the_answer_open, test_relay:wrong_sequence_ids
0xFFFF progress                                 test_relay:progress_reports
LOCAL INFILE                                    test_relay:the_answers_are_the_same
streams                                         test_decisions:a_binary_log_is_passed_on
pipelining                                      test_relay:a_thousand_queries, test_block:good_and_bad_in_one_pipeline
EXECUTE -1 after a block                        test_block:the_last_prepared_statement_after_a_block, test_prepared:execute_the_last
multi-statements                                test_block:multi_statements_end_where_the_server
wording                                         test_block:every_mismatch_in_the_servers_words
sql_mode on MySQL                               test_block:ansi_quotes, test_block:backslashes_that_escape_nothing
statement > inspection limit                    test_streams:an_insert_of_64_mb
1153, 1156, 1835 from the server                test_streams:more_than_max_allowed_packet, test_relay:wrong_sequence_ids, test_relay:query_attributes
unasked ERR id 0                                test_streams:the_servers_farewell
slow login, slow reader                         test_login_refused:a_slow_login_is_ended, test_streams:a_client_that_sends_and_never_reads
PROXY header                                    test_proxy_protocol:events_show_the_client, test_proxy_protocol:the_server_sees_the_client
malformed packet from the client                test_decisions:malformed_commands_are_the_servers_to_answer, test_relay:the_answers_are_the_same
KILL and Ctrl-C                                 test_streams:a_kill_through_another_connection, test_decisions:an_interrupt
statements prepared before a change             test_prepared:a_statement_whose_column_has_gone
session state                                   test_block:the_current_database_is_followed, test_block:temporary_tables
half-close                                      test_streams:a_half_closed_client_gets_its_answers
a server lost in an answer                      test_streams:a_server_lost_between_packets
an end while a statement is held                test_streams:a_client_that_leaves_while_it_is_held, test_streams:a_server_that_leaves_while_the_client_is_held
ids of compressed frames                        test_compression:the_same_frames_as_direct, test_compression:a_long_command_whose_packets
sessions in all, by address, by user: 1040, 1203 test_limits:max_sessions, test_limits:max_sessions_per_address, test_limits:max_sessions_per_user
idle timeout                                    test_limits:idle_timeout
memory of a session                             test_streams:a_held_client_that_sends_more, test_compression:idle_sessions_give_their_memory_back, test_faults_idle:the_memory_of_5000
descriptors                                     test_descriptors:every_number_of_descriptors
certificates: reload, chain, revocation         test_tls:a_new_certificate_is_shown_after_hup, test_tls:a_chain_is_shown_whole, test_tls:a_revoked_client, test_tls_server:a_revoked_server
SNI, with a match and without                   test_tls:the_certificate_is_chosen_by_the_name
TLS versions, ciphers, tickets                  test_tls:versions_for_clients, test_tls:ciphers_for_clients, test_tls:tickets_resume_sessions, test_tls_server:versions_and_ciphers
TLS handshakes that fail or never end           test_login_refused:old_tls_is_refused, test_login_refused:a_handshake_that_never_comes, test_tls_server:no_common_version, test_login:the_servers_certificate_is_verified, test_faults:a_cut_at_every_packet
packets that are cut or damaged                 test_faults:a_cut_at_every_packet, test_faults:every_damage_to_every_packet, test_cuts:any_way_of_cutting
"""

import pathlib
import re
import signal
import struct
import subprocess

import pytest
from support import raw
from support.transcript import Transcript

NEW = raw.DEFAULT_CAPABILITIES | raw.DEPRECATE_EOF | raw.SESSION_TRACK


def test_the_table_names_tests_that_exist():
    folder = pathlib.Path(__file__).parent
    named = re.findall(r"(test_\w+):(\w+)", __doc__)
    assert len(named) > 40
    for module, test in named:
        text = (folder / f"{module}.py").read_text()
        assert re.search(rf"^def test_{test}\w*\(", text, re.MULTILINE), f"no test_{test} in {module}.py"


# --- capabilities ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_bits_that_nobody_knows(server, shop, start_guard, tls):
    """Whatever a client claims: what is agreed on is what both know, and answers are read by that."""
    guard = start_guard(mode="block")
    strange = raw.DEFAULT_CAPABILITIES | 1 << 29 | 1 << 30 | 1 << 4 | 1 << 6
    if server.flavour == "mariadb":  # which ignores what it did not offer; MySQL, too, but answers by OPTIONAL_METADATA
        strange |= raw.QUERY_ATTRIBUTES | raw.MULTI_FACTOR
    for extended in (0, 0xFFFFFFFF):
        if server.flavour == "mysql" and extended:
            continue  # these bytes are not read
        with guard.raw(database=shop, tls=tls, capabilities=strange, mariadb_capabilities=extended) as client:
            client.mariadb_capabilities &= 0x3F
            assert client.query("SELECT id FROM customers ORDER BY id LIMIT 2").rows == [[b"1"], [b"2"]]
            statement, _, _ = client.prepare("SELECT 1")
            client.ping()
            with pytest.raises(raw.Err) as refused:
                client.query("SELECT nope FROM customers")
            assert refused.value.errno == 1054
            client.ping()
    assert guard.counters()["relay_only"] == 0


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
def test_the_capabilities_of_the_tls_request_count(server, shop, start_guard, server_tls):
    """A server goes by the SSLRequest; the login behind it may say something else, and must not be believed."""
    def outcome(address, request, login):
        with raw.RawConnection(*address) as client:
            client.read_greeting()
            client.send_ssl_request(request)
            client.start_tls()
            account = server.app
            proof = client.first_proof(client.greeting.plugin, account.password.encode(), client.greeting.nonce)
            client.send_packet(client.login_payload(account.user, proof, shop, client.greeting.plugin, None,
                                                    login | raw.SSL | raw.CONNECT_WITH_DB))
            client.finish_login(client.greeting.plugin, account.password.encode(), client.greeting.nonce)
            client.capabilities = request & client.greeting.capabilities
            transcript = Transcript(client)
            transcript.query("SELECT id FROM customers ORDER BY id")
            transcript.query("SELECT 1; SELECT 2")
            transcript.query("SELECT nope FROM customers")
            transcript.play("single", raw.COM_PING)
            return [packets for _, packets in transcript.said]

    guard = start_guard(mode="block", server_tls=server_tls)
    layout = raw.CONNECT_WITH_DB  # what lays out the login itself has to be the same in both
    old, new = raw.DEFAULT_CAPABILITIES | layout, NEW | raw.MULTI_STATEMENTS | layout
    for request, login in [(old, new), (new, old)]:
        server.forget_password_cache()
        direct = outcome(server.address, request, login)
        if server_tls == "required":
            assert outcome(guard.address, request, login) == direct
        else:  # by the same rule: the guard's plain login has the request's words
            assert [len(packets) for packets in outcome(guard.address, request, login)] == [
                len(packets) for packets in direct]
    assert guard.counters()["relay_only"] == 0


# --- refusals ----------------------------------------------------------------------------------------


def test_refusals_are_explained(server, start_guard):
    """In the log, for the operator: what only a proxy makes of a good password."""
    guard = start_guard(schema_user=None, server_tls="disabled")
    server.query("DROP USER IF EXISTS 'wants_tls'@'%'")
    server.query("CREATE USER 'wants_tls'@'%' IDENTIFIED BY 'pw' REQUIRE SSL")
    try:
        with pytest.raises(raw.Err) as refused:
            raw.connect(guard.address, "wants_tls", "pw", tls=True)
        assert refused.value.errno == 1045
        guard.wait_for_log(r"the server refused the login of 127.0.0.1:\d+ \(error 1045\): .*server_tls")
    finally:
        server.query("DROP USER 'wants_tls'@'%'")


def test_an_account_of_the_servers_socket_is_explained(mariadb, start_guard):
    plugins = {row[0] for row in mariadb.query("SELECT PLUGIN_NAME FROM information_schema.PLUGINS")}
    if "unix_socket" not in plugins:
        pytest.skip("this MariaDB has no unix_socket")
    guard = start_guard(on=mariadb, schema_user=None)
    mariadb.query("CREATE OR REPLACE USER 'of_the_socket'@'%' IDENTIFIED VIA unix_socket")
    try:
        with pytest.raises(raw.Err) as refused:
            raw.connect(guard.address, "of_the_socket", "", tls=False)
        assert refused.value.errno == 1698
        guard.wait_for_log(r"\(error 1698\): the account knows its user by the process")
    finally:
        mariadb.query("DROP USER 'of_the_socket'@'%'")


# --- answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_cursor_that_leaves_the_answer_open(mysql, start_guard, tls):
    """MySQL 9.7: executed with a cursor, read to its end, then executed without one: an OK in place of the end of the
    rows. By the rules that answer never ends; the next answer's sequence id tells that it has."""
    guard = start_guard(on=mysql, schema_user=None)
    with guard.raw(capabilities=NEW, tls=tls) as client:
        transcript = Transcript(client)
        statement = transcript.prepare("SELECT 1 UNION SELECT 2")
        transcript.execute(statement, flags=1)
        transcript.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", statement, 100))
        client.send_command(raw.COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1))
        packets = [client.read_packet() for _ in range(3)]  # count, definition, then OK or a row
        if packets[2].payload[:1] == b"\0" and len(packets[2].payload) < 12 and packets[2].payload[1:3] == b"\0\0":
            for _ in range(3):
                client.ping()
                assert client.query("SELECT 42").rows == [[b"42"]]
            guard.wait_for_counters(protocol_resyncs=1, relay_only=0)
        else:  # a MySQL that has mended it
            while client.read_packet().payload[:1] != b"\xfe":
                pass
            client.ping()


def test_a_binary_log_is_passed_on(new_server, server, start_guard):
    """A stream without end: event for event what the server sends, and no inspection from then on."""
    logging = new_server("--log-bin=binlog", "--server-id=1", "--binlog-format=ROW")
    database = logging.create_database()
    logging.query(f"CREATE TABLE {database}.t (a INT, b LONGBLOB)")
    for size in (1, 100, 70_000, 3_000_000):
        logging.query(f"INSERT INTO {database}.t VALUES ({size}, REPEAT('x', {size}))")
    guard = start_guard(on=logging, schema_user=None)
    first = logging.query("SHOW BINARY LOGS")[0][0]

    def dump(address, replica):
        with raw.connect(address, logging.app.user, logging.app.password, tls=replica % 2 == 1) as client:
            client.query("SET @master_binlog_checksum = 'NONE', @source_binlog_checksum = 'NONE', "
                         "@mariadb_slave_capability = 4, @master_heartbeat_period = 0, @source_heartbeat_period = 0")
            client.command(0x15, struct.pack("<I", replica) + b"\0\0\0" + struct.pack("<HII", 0, 0, 0))
            client.send_command(0x12, struct.pack("<IHI", 4, 1, replica) + first.encode())  # 1: do not wait for more
            events = []
            while not (packet := client.read_checked()).is_eof:
                events.append(packet.payload)
            return events

    direct = dump(logging.address, 7)
    assert len(direct) > 10
    for replica in (8, 9):
        assert dump(guard.address, replica) == direct
    guard.wait_for_counters(relay_only=2)


def test_malformed_commands_are_the_servers_to_answer(server, shop, start_guard):
    """What cannot be read is forwarded and counted; the connection goes on as it does directly."""
    guard = start_guard(mode="block")
    commands = [b"\x17", b"\x17\x01", b"\x17" + b"\xff" * 8, b"\x19", b"\x18\x01\0", b"\x1a", b"\x1b", b"\x1c\x01",
                b"\x02", b"\x04", b"\x16", b"\x03", b"\x0e" * 20, b"\x1f" * 3, b"\x09more", b"\xfa\x01"]
    said = []
    for at in (server, guard):
        with at.raw(database=shop, tls=False) as client:
            transcript = Transcript(client)
            for command in commands:
                client.send_packet(command, 0)
                if command[:1] not in (b"\x18", b"\x19"):  # which have no answer
                    transcript.hear("single", f"{command!r}")
            transcript.query("SELECT id FROM customers ORDER BY id")
            transcript.query("SELECT nope FROM customers")
        said.append([(label, [(sequence, re.sub(rb"[0-9.]+", b"#", payload)) for sequence, payload in packets])
                     for label, packets in transcript.said])
    assert said[0] == said[1]


# --- interrupts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_an_interrupt_in_the_command_line_client(server, start_guard, tls):
    """Ctrl-C: the client opens a second connection and kills its query by the id that the guard's greeting told."""
    guard = start_guard(schema_user=None)
    host, port = guard.address
    program = "mysql" if server.flavour == "mysql" else "mariadb"
    options = {("mysql", True): ["--ssl-mode=REQUIRED"], ("mysql", False): ["--ssl-mode=DISABLED",
               "--get-server-public-key"], ("mariadb", True): ["--ssl"], ("mariadb", False): ["--skip-ssl"]}
    command = [*server.client_command(program), "--no-defaults", f"--host={host}", f"--port={port}", "--protocol=TCP",
               f"--user={server.app.user}", f"--password={server.app.password}", "--batch", "--skip-column-names",
               "--force", *options[program, tls], "-e", "SELECT SLEEP(600) AS slept; SELECT 'still here';"]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        def sleeps():
            assert client.poll() is None, client.communicate()
            return server.query("SELECT 1 FROM information_schema.processlist WHERE info LIKE '%SLEEP(600) AS slept%' "
                                "AND info NOT LIKE '%processlist%'")
        guard.wait_until(sleeps, "the client's query runs")
        client.send_signal(signal.SIGINT)
        out, err = client.communicate(timeout=180)
    finally:
        client.kill()
    guard.wait_until(lambda: not server.query("SELECT 1 FROM information_schema.processlist WHERE info LIKE "
                                              "'%SLEEP(600) AS slept%' AND info NOT LIKE '%processlist%'"), "it was killed")
    assert "interrupted" in err or out.splitlines()[:1] == ["1"] or "aborted" in out + err, (out, err)
    guard.wait_for_counters(logins_ok=2)

# Perl's DBI: dbd.pl mysql | MariaDB. With statements emulated and prepared by the server.

use strict;
use warnings;
use utf8;
use DBI;
use Digest::SHA qw(sha256_hex);
use JSON::PP;

my $which = $ARGV[0];
my %given = map { $_ => $ENV{"DRIVER_$_"} } qw(HOST PORT USER PASSWORD OTHER_USER OTHER_PASSWORD DATABASE TLS CA FILE COMPRESS BIG);
my $json = JSON::PP->new->canonical->allow_nonref->allow_unknown->allow_blessed->ascii;
$| = 1;

sub plain {
    my ($value) = @_;
    return [map { plain($_) } @$value] if ref $value eq 'ARRAY';
    return {map { $_ => plain($value->{$_}) } keys %$value} if ref $value eq 'HASH';
    return $value if !defined $value || length $value < 300;
    my $bytes = $value;
    utf8::encode($bytes) if utf8::is_utf8($bytes);
    return length($value) . ' ' . sha256_hex($bytes);
}

sub say_step { print $json->encode([$_[0], plain($_[1])]), "\n"; }

my $dbh;

sub step {
    my ($name, $function) = @_;
    my $value = eval { $function->() };
    if ($@) {
        $value = {error => 1, err => $DBI::err, state => $DBI::state, errstr => $DBI::errstr};
    }
    say_step($name, $value);
}

my $prefix = $which eq 'mysql' ? 'mysql' : 'mariadb';

sub login {
    my (%how) = @_;
    my %more = (prepared => 0, password => $given{PASSWORD}, database => $given{DATABASE}, %how);
    my $dsn = "DBI:$which:database=$more{database};host=$given{HOST};port=$given{PORT};${prefix}_local_infile=1"
        . ";${prefix}_multi_statements=1;${prefix}_server_prepare=$more{prepared}";
    $dsn .= ";${prefix}_compression=1" if $given{COMPRESS};
    # stricter ways fail with libmariadb, or compare the certificate's name, which MySQL's lacks
    $dsn .= ";${prefix}_ssl=1;${prefix}_ssl_optional=1;${prefix}_ssl_ca_file=$given{CA}" if $given{TLS};
    my %options = (RaiseError => 1, PrintError => 0, AutoCommit => 1);
    $options{mysql_enable_utf8mb4} = 1 if $which eq 'mysql';
    return DBI->connect($dsn, $given{USER}, $more{password}, \%options);
}

sub run {
    my ($sql, @values) = @_;
    my $sth = $dbh->prepare($sql);
    my $count = $sth->execute(@values);
    my @results;
    my $several = $which eq 'mysql' || !$dbh->{mariadb_server_prepare}; # DBD::MariaDB refuses to look for more then
    do {
        push @results, $sth->{NUM_OF_FIELDS}
            ? [$sth->{NAME}, $sth->{TYPE}, $sth->{NULLABLE}, $sth->{PRECISION}, $sth->{SCALE}, $sth->fetchall_arrayref]
            : [$sth->rows, $sth->{"${prefix}_insertid"}];
    } while ($several && $sth->more_results);
    return [$count, @results, $sth->{"${prefix}_warning_count"}];
}

sub notices { return [run('SHOW WARNINGS'), run('SHOW ERRORS')]; }

my $missing = 'SELECT name FROM customers';
step('refused password', sub { login(password => 'wrong') });
step('refused database', sub { login(database => 'no_such_database') });
for my $prepared (0, 1) {
    $dbh = login(prepared => $prepared);
    my $how = $prepared ? 'prepared' : 'emulated';
    my $note = "INSERT INTO notes (words, bytes) VALUES (?, ?)";
    step("$how: session", sub { run('SELECT CURRENT_USER(), DATABASE(), VERSION()') });
    step("$how: encrypted", sub { run("SHOW STATUS LIKE 'Ssl_version'")->[1][5][0][1] ne '' ? 1 : 0 });
    step("$how: server", sub { [map { $dbh->{"${prefix}_$_"} } qw(hostinfo protoinfo serverinfo serverversion)] });
    step("$how: types", sub { run('SELECT * FROM kinds WHERE id >= ? ORDER BY id', 1) });
    step("$how: values", sub { run('SELECT ?, ?, ?, ?', 1, 2.5, "Zürich \x{1F42C}", undef) });
    step("$how: insert", sub { [run($note, "\x{1F42C}'s", undef), run($note, undef, "\\\"\0")] });
    step("$how: select", sub { run('SELECT words, bytes FROM notes ORDER BY id') });
    step("$how: roll back", sub { [$dbh->begin_work, $dbh->do('DELETE FROM notes'), $dbh->rollback, run('SELECT COUNT(*) FROM notes')] });
    step("$how: several", sub { run("SELECT 1; SELECT company FROM customers WHERE id = 2; UPDATE notes SET words = 'c'; SELECT 4") });
    step("$how: refused, the second of several", sub { run("SELECT 1; $missing; SELECT 3") });
    step("$how: refused several", sub { run("$missing; SELECT 2") });
    step("$how: local file", sub { $dbh->do("LOAD DATA LOCAL INFILE '$given{FILE}' INTO TABLE notes (words)") });
    step("$how: local file, read", sub { run('SELECT COUNT(*), MAX(words) FROM notes') });
    step("$how: clear", sub { $dbh->do('DELETE FROM notes') });
    step("$how: big value", sub { run('SELECT ?', 'z' x $given{BIG}) });
    step("$how: refused column", sub { run('SELECT name FROM customers WHERE id = ?', 1) });
    step("$how: refused column, warnings", sub { notices() });
    step("$how: refused table", sub { run('SELECT * FROM clients') });
    step("$how: refused table, warnings", sub { notices() });
    step("$how: refused do", sub { $dbh->do('UPDATE notes SET wrods = 1') });
    step("$how: error", sub { [$dbh->err, $dbh->state, $dbh->errstr, $dbh->{"${prefix}_errno"}] });
    step("$how: usable", sub { run('SELECT company FROM customers WHERE id = ?', 2) });
    step("$how: warned", sub { [run("SELECT CAST('12abc' AS SIGNED)"), notices()] });
    step("$how: refused syntax", sub { run('SELECT FROM WHERE') });
    step("$how: refused, not ASCII", sub { run("SELECT `größe` FROM customers") });
    step("$how: columns", sub { $dbh->column_info(undef, undef, 'customers', '%')->fetchall_arrayref });
    step("$how: tables", sub { [$dbh->tables] });
    step("$how: use result", sub {
        my $sth = $dbh->prepare('SELECT a.id, REPEAT("x", 1000) FROM kinds a, customers b, customers c', {"${prefix}_use_result" => 1});
        $sth->execute;
        my $seen = 0;
        while (my $row = $sth->fetchrow_arrayref) { $seen += length $row->[1]; }
        return $seen;
    }) unless $prepared; # DBD::mysql hangs then, also directly
    step("$how: ping", sub { $dbh->ping ? 1 : 0 });
    step("$how: call", sub { run('CALL several(?)', 7) });
    step("$how: close", sub { $dbh->disconnect });
}
say_step('end', JSON::PP::true);

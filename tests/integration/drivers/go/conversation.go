// Go's go-sql-driver/mysql, through database/sql.
package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
)

var big, _ = strconv.Atoi(given("BIG"))

func given(name string) string { return os.Getenv("DRIVER_" + name) }

func short(text string) string {
	if len(text) < 300 {
		return text
	}
	return fmt.Sprintf("%d %x", len(text), sha256.Sum256([]byte(text)))
}

func plain(value interface{}) interface{} {
	switch v := value.(type) {
	case []byte:
		if utf8.Valid(v) {
			return short(string(v))
		}
		return short("0x" + hex.EncodeToString(v))
	case string:
		return short(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case []interface{}:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return value
}

func say(name string, value interface{}) {
	line, _ := json.Marshal([]interface{}{name, plain(value)})
	fmt.Println(string(line))
}

func told(err error) interface{} {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		return map[string]interface{}{"error": refused.Number, "message": refused.Message}
	}
	return map[string]interface{}{"error": fmt.Sprintf("%T", err), "message": err.Error()}
}

func step(name string, work func() (interface{}, error)) {
	value, err := work()
	if err != nil {
		value = told(err)
	}
	say(name, value)
}

func open(change func(*mysql.Config)) *sql.DB {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = given("USER"), given("PASSWORD"), given("DATABASE")
	config.Net, config.Addr = "tcp", given("HOST")+":"+given("PORT")
	config.MultiStatements, config.ParseTime, config.MaxAllowedPacket = true, false, 1<<28
	config.Params = map[string]string{"charset": "utf8mb4"}
	if given("TLS") != "" {
		config.TLSConfig = "given"
	}
	change(config)
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

type asker interface {
	QueryContext(context.Context, string, ...interface{}) (*sql.Rows, error)
	ExecContext(context.Context, string, ...interface{}) (sql.Result, error)
}

// Every result set: column types and rows.
func read(rows *sql.Rows, err error) (interface{}, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var results []interface{}
	for {
		types, err := rows.ColumnTypes()
		if err != nil {
			return nil, err
		}
		var columns, found []interface{}
		for _, t := range types {
			nullable, _ := t.Nullable()
			precision, scale, _ := t.DecimalSize()
			columns = append(columns, []interface{}{t.Name(), t.DatabaseTypeName(), fmt.Sprint(t.ScanType()), nullable, precision, scale})
		}
		for rows.Next() {
			values, into := make([]interface{}, len(types)), make([]interface{}, len(types))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			found = append(found, plain(values))
		}
		results = append(results, columns, found)
		if !rows.NextResultSet() {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return append(results, told(err)), nil
	}
	return results, nil
}

func query(db asker, text string, values ...interface{}) func() (interface{}, error) {
	return func() (interface{}, error) { return read(db.QueryContext(context.Background(), text, values...)) }
}

func exec(db asker, text string, values ...interface{}) func() (interface{}, error) {
	return func() (interface{}, error) {
		result, err := db.ExecContext(context.Background(), text, values...)
		if err != nil {
			return nil, err
		}
		id, _ := result.LastInsertId()
		affected, _ := result.RowsAffected()
		return []interface{}{id, affected}, nil
	}
}

func transaction(db *sql.DB) (interface{}, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	_, inserted := exec(tx, "INSERT INTO notes (words) VALUES (?)", "in")()
	_, refused := exec(tx, "INSERT INTO notes (wrods) VALUES (?)", "out")()
	seen, _ := query(tx, "SELECT words FROM notes WHERE words = 'in'")()
	if inserted != nil || refused == nil {
		return "unexpected", tx.Rollback()
	}
	return []interface{}{told(refused), seen}, tx.Rollback()
}

func main() {
	pool := x509.NewCertPool()
	pem, _ := os.ReadFile(given("CA"))
	pool.AppendCertsFromPEM(pem)
	// MySQL's own certificate has no name that could be compared: its chain is, in the old way
	mysql.RegisterTLSConfig("given", &tls.Config{RootCAs: pool, InsecureSkipVerify: true})
	mysql.RegisterLocalFile(given("FILE"))
	missing := "SELECT name FROM customers"

	step("refused password", query(open(func(c *mysql.Config) { c.Passwd = "wrong" }), "SELECT 1"))
	step("refused database", query(open(func(c *mysql.Config) { c.DBName = "no_such_database" }), "SELECT 1"))
	for _, interpolate := range []bool{false, true} {
		db := open(func(c *mysql.Config) { c.InterpolateParams = interpolate })
		how := map[bool]string{false: "prepared: ", true: "text: "}[interpolate]
		step(how+"session", query(db, "SELECT CURRENT_USER(), DATABASE(), @@character_set_client"))
		step(how+"encrypted", func() (interface{}, error) {
			var name, version string
			err := db.QueryRow("SHOW STATUS LIKE 'Ssl_version'").Scan(&name, &version)
			return version != "", err
		})
		step(how+"types", query(db, "SELECT * FROM kinds WHERE id >= ? ORDER BY id", 1))
		step(how+"values", query(db, "SELECT ?, ?, ?, ?, ?", 1, 2.5, "Zürich 🐬's", nil, []byte{0, 255, 39, 92}))
		step(how+"insert", exec(db, "INSERT INTO notes (words, bytes) VALUES (?, ?)", "🐬", []byte{0, 255, 39, 92}))
		step(how+"null", query(db, "SELECT NULL, words, bytes FROM notes"))
		step(how+"several", query(db, "SELECT 1; SELECT company FROM customers WHERE id = 2; SELECT 4"))
		// a refusal behind the first of several statements lets the driver wait for ever, also directly (1.5)
		step(how+"refused several", query(db, missing+"; SELECT 2"))
		step(how+"local file", exec(db, "LOAD DATA LOCAL INFILE '"+given("FILE")+"' INTO TABLE notes (words)"))
		step(how+"local file, read", query(db, "SELECT COUNT(*), MAX(words) FROM notes"))
		step(how+"clear", exec(db, "DELETE FROM notes"))
		step(how+"big value sent", query(db, "SELECT LENGTH(?)", strings.Repeat("z", big)))
		step(how+"big value received", query(db, "SELECT REPEAT('y', ?)", big))
		step(how+"refused column", query(db, "SELECT name FROM customers WHERE id = ?", 1))
		step(how+"refused column, warnings", query(db, "SHOW WARNINGS"))
		step(how+"refused table", query(db, "SELECT * FROM clients"))
		step(how+"refused table, warnings", query(db, "SHOW WARNINGS"))
		step(how+"refused update", exec(db, "UPDATE notes SET wrods = ? WHERE id = ?", "x", 1))
		step(how+"refused, not ASCII", query(db, "SELECT `größe 🐬` FROM customers"))
		step(how+"usable", query(db, "SELECT company FROM customers WHERE id = ?", 2))
		step(how+"warned", query(db, "SELECT CAST('12abc' AS SIGNED)"))
		step(how+"warned, warnings", query(db, "SHOW WARNINGS"))
		step(how+"refused syntax", query(db, "SELECT FROM WHERE"))
		step(how+"transaction", func() (interface{}, error) { return transaction(db) })
		step(how+"rolled back", query(db, "SELECT COUNT(*) FROM notes"))
		step(how+"ping", func() (interface{}, error) { return true, db.Ping() })
		step(how+"call", query(db, "CALL several(7)"))
		step(how+"refused by time", func() (interface{}, error) {
			soon, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			return read(db.QueryContext(soon, "SELECT SLEEP(30)"))
		})
		step(how+"after it", query(db, "SELECT 1"))
		db.Close()
	}
	say("end", true)
}

// Sends parameterised queries by pgx or lib/pq, and counts the answers; see ../drivers.ts.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
)

// One answer: the number, or the refusal.
type ask func(query string, parameter int) (int, error)

// What a driver is told so that its statements are whole within one transaction.
var settings = map[string][2]string{
	"pgx": {"default_query_exec_mode", "exec"},
	"pq":  {"binary_parameters", "yes"},
}

func main() {
	driver, set := os.Args[1], os.Args[2] == "set"
	clients, queries := number(os.Args[3]), number(os.Args[4])
	address := withSetting(os.Getenv("DATABASE_URL"), settings[driver], set)
	var mutex sync.Mutex
	right, wrong, errorsSeen := 0, 0, map[string]int{}
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			answer, end, err := open(driver, address)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			defer end()
			for index := range queries {
				constant := client*100 + index%5
				got, err := answer(fmt.Sprintf("select $1::int * 1000 + %d", constant), index)
				mutex.Lock()
				switch {
				case err != nil:
					errorsSeen[codeOf(err)]++
				case got == index*1000+constant:
					right++
				default:
					wrong++
				}
				mutex.Unlock()
			}
		})
	}
	all.Wait()
	json.NewEncoder(os.Stdout).Encode(map[string]any{"right": right, "wrong": wrong, "errors": errorsSeen})
}

// A connection of its own for each client, as one that is taken from a pool and kept.
func open(driver, address string) (ask, func(), error) {
	background := context.Background()
	if driver == "pgx" {
		connection, err := pgx.Connect(background, address)
		if err != nil {
			return nil, nil, err
		}
		return func(query string, parameter int) (int, error) {
			var got int
			err := connection.QueryRow(background, query, parameter).Scan(&got)
			return got, err
		}, func() { connection.Close(background) }, nil
	}
	database, err := sql.Open("postgres", address)
	if err != nil {
		return nil, nil, err
	}
	connection, err := database.Conn(background)
	if err != nil {
		return nil, nil, err
	}
	return func(query string, parameter int) (int, error) {
		var got int
		err := connection.QueryRowContext(background, query, parameter).Scan(&got)
		return got, err
	}, func() { connection.Close(); database.Close() }, nil
}

func withSetting(address string, setting [2]string, set bool) string {
	if !set {
		return address
	}
	parsed, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	query := parsed.Query()
	query.Set(setting[0], setting[1])
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func codeOf(err error) string {
	if seen, ok := errors.AsType[*pgconn.PgError](err); ok {
		return seen.Code
	}
	if seen, ok := errors.AsType[*pq.Error](err); ok {
		return string(seen.Code)
	}
	return err.Error()
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return value
}

"""What an app does with an ORM, many times at once; see rounds.js."""

import collections
import json
import os
import sys
import threading

address = os.environ["DATABASE_URL"]
migration, setting = sys.argv[1] == "migrate", sys.argv[2] == "set"
clients, rounds = int(sys.argv[3]), int(sys.argv[4])
# More than the five after which psycopg prepares a statement.
reads = 7


class Never(Exception):
    """Raised in a transaction, to have it rolled back."""


def count(insert, find, rolled_back, code_of):
    counts, errors = collections.Counter(), collections.Counter()

    def one(client):
        for index in range(rounds):
            value = client * 1000 + index
            try:
                key = insert(value)
                seen = [*(find(key) for _ in range(reads)), rolled_back(key, -value), find(key)]
                counts["right" if seen == [value] * reads + [-value, value] else "wrong"] += 1
            except Exception as error:
                errors[code_of(error)] += 1

    threads = [threading.Thread(target=one, args=(client + 1,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"right": counts["right"], "wrong": counts["wrong"], "errors": errors}))


def code_of(error):
    """The SQLSTATE of the driver's own error, which both ORMs keep as the cause of theirs."""
    while error is not None:
        if getattr(error, "sqlstate", None):
            return error.sqlstate
        error, last = getattr(error, "orig", None) or error.__cause__, error
    return repr(last)

"""Sends parameterised queries by psycopg 3 or asyncpg, and counts the answers; see drivers.ts."""

import asyncio
import collections
import json
import os
import sys

import asyncpg
import psycopg

address = os.environ["DATABASE_URL"]
driver, settings = sys.argv[1], sys.argv[2] == "set"
clients, queries = int(sys.argv[3]), int(sys.argv[4])
counts = collections.Counter()
errors = collections.Counter()


# What each driver is told so that its statements are whole within one transaction.
async def open_psycopg():
    options = {"prepare_threshold": None} if settings else {}
    connection = await psycopg.AsyncConnection.connect(address, autocommit=True, **options)

    async def ask(constant, parameter):
        cursor = await connection.execute(f"select %s::int * 1000 + {constant}", [parameter])
        return (await cursor.fetchone())[0]

    return ask, connection.close


async def open_asyncpg():
    options = {"statement_cache_size": 0} if settings else {}
    connection = await asyncpg.connect(address, **options)

    async def ask(constant, parameter):
        return await connection.fetchval(f"select $1::int * 1000 + {constant}", parameter)

    return ask, connection.close


async def one(client):
    ask, close = await {"psycopg": open_psycopg, "asyncpg": open_asyncpg}[driver]()
    for index in range(queries):
        constant = client * 100 + index % 5
        try:
            got = await ask(constant, index)
            counts["right" if got == index * 1000 + constant else "wrong"] += 1
        except (psycopg.Error, asyncpg.PostgresError) as error:
            errors[error.sqlstate or str(error)] += 1
    await close()


async def main():
    await asyncio.gather(*(one(client) for client in range(clients)))
    print(json.dumps({"right": counts["right"], "wrong": counts["wrong"], "errors": errors}))


asyncio.run(main())

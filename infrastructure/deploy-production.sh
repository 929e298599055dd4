#!/bin/sh
# The whole production: CDN, database, backups and load tests, each confirmed or skipped (--yes, --skip NAME).
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/../edge" deploy --confirm "$@"

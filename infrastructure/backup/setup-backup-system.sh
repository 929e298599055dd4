#!/bin/sh
# Backups: vault, role, database plans, versioning and lifecycle, state plans, verification, alarms.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/../../edge" deploy backup "$@"

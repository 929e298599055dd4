#!/bin/sh
# The database: subnet group, security group, parameter group, primary, replica, alarms.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/../../edge" deploy database "$@"

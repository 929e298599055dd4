#!/bin/sh
# The CDN: store, distribution, behaviours, certificate.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/../../edge" deploy cdn "$@"

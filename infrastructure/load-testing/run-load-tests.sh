#!/bin/sh
# A load test: choice of scenario (or its name: smoke, load, stress, soak), run, reports, analysis.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/../../edge" load-test "$@"

#!/bin/bash
# Proves that the project goes up on a machine that has nothing: see --help.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: sudo test/fresh-machine.sh [--keep] [--cache FILE] [--root DIR] [--ports FIRST] [--bring PATH]… [-- COMMAND…]

Makes a clean Debian 12 root (debootstrap minbase, git, CA certificates), clones the last commit of this
project into it, and calls `./edge up`, `./edge status`, `./edge down` there, each with its time. Ends with
the exit code of the first one that failed; 1 where `./edge up` took longer than five minutes.

  --cache FILE   keep the base system as a tar file there, and use it if it is there
  --root DIR     where the root is made (default: a new directory under /var/tmp)
  --ports FIRST  use the ports from FIRST on instead of the default ones (for when those are in use here)
  --bring PATH   copy this into the root, to the same place (a recovery sheet, a configuration)
  --keep         leave the root there afterwards, and say where
  -- COMMAND…    run this in the clone instead, for instance: -- ./edge test

The root is a directory with namespaces of its own for mounts and processes: nothing stays mounted and no
process goes on, even after kill -9. It has the network of this machine, and its package managers get the
settings of this machine: apt's sources, proxies and passwords, pip.conf, .npmrc, CA certificates, and the
environment variables of each.
TEXT
}

keep='' cache='' root='' ports='' bring=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --keep) keep=yes; shift ;;
    --cache) cache=$(realpath -m -- "$2"); shift 2 ;;
    --root) root=$(realpath -m -- "$2"); shift 2 ;;
    --ports) ports=$2; shift 2 ;;
    --bring) bring+=("$(realpath -- "$2")"); shift 2 ;;
    --bring=*) bring+=("${1#--bring=}"); shift ;;
    --) shift; break ;;
    *) usage >&2; exit 2 ;;
  esac
done

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
say() { printf '== %s\n' "$*"; }
fail() { printf 'fresh-machine: %s\n' "$*" >&2; exit 2; }

make_base() {
  if [ -n "$cache" ] && [ -f "$cache" ]; then
    tar -C "$root" -xf "$cache"
    return
  fi
  local mirror
  # shellcheck disable=SC2016 # apt-get fills in the placeholder
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Codename: bookworm' 'Created-By: Packages' \
    2>/dev/null | head -n 1) || mirror=
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 ||
    fail "debootstrap failed, its words are in $root.log"
  rm "$root.log"
  if [ -n "$cache" ]; then tar -C "$root" -cf "$cache.new" . && mv "$cache.new" "$cache"; fi
}

copy() { if [ -e "$1" ]; then mkdir -p "$root$(dirname "$2")" && cp -rL -- "$1" "$root$2"; fi; }

# What this machine's package managers need to reach their registries; a machine of its own would have it, too.
copy_settings() {
  copy /etc/resolv.conf /etc/resolv.conf
  copy /etc/hosts /etc/hosts
  if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
    local source
    for source in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
      if [ -e "$source" ]; then
        rm -f "$root/etc/apt/sources.list"
        copy "$source" "$source"
      fi
    done
  fi
  copy /etc/apt/auth.conf /etc/apt/auth.conf
  copy /etc/apt/auth.conf.d /etc/apt/
  apt-config dump | grep -E '^Acquire::(https?|Retries|ForceIPv[46])' >"$root/etc/apt/apt.conf.d/90host" || true
  copy /etc/pip.conf /etc/pip.conf
  local home=${HOME:-/root} file
  for file in .pip/pip.conf .config/pip/pip.conf .npmrc; do copy "$home/$file" "/root/$file"; done
  if command -v npm >/dev/null; then
    # `npm prefix` and the like are of this machine; of its global settings only the ways to the registry count.
    file=$(npm config get globalconfig 2>/dev/null) || file=/nonexistent
    if [ -f "$file" ]; then grep -E '^(@[^:]+:)?(registry|cafile|proxy|https-proxy|noproxy|strict-ssl)|^//' "$file" >>"$root/root/.npmrc" || true; fi
  fi
  if [ -f "$root/root/.npmrc" ]; then chmod 600 "$root/root/.npmrc"; fi
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
  chroot "$root" update-ca-certificates >/dev/null 2>&1
}

settings_in_environment() {
  env | grep -iE '^((https?|no|all)_proxy|pip_[a-z_]+|npm_config_(registry|cafile|proxy|https_proxy|noproxy)|node_extra_ca_certs|ssl_cert_file|requests_ca_bundle)=' || true
}

inside() { # $1: what it is called; the rest: a command, run in the clone
  local name=$1 started code=0 seconds
  shift
  say "$name"
  started=$(date +%s%N)
  env -i HOME=/root LANG=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" \
    chroot "$root" /bin/sh -c 'cd /srv/edge && exec "$@"' sh "$@" </dev/null || code=$?
  seconds=$((($(date +%s%N) - started) / 1000000000))
  say "$name: exit $code after $seconds s"
  if [ "$name" = 'edge up' ] && [ "$seconds" -gt 300 ]; then
    say "$name: must end within 300 s"
    [ "$code" -ne 0 ] || code=1
  fi
  if [ "$code" -ne 0 ] && [ "$result" -eq 0 ]; then result=$code; fi
}

# The part in the namespaces: process 1 of its own, so that whatever it started ends with it.
within() {
  mount --make-rprivate /
  make_base
  copy_settings
  # The root of a machine is a mount: some programs (unshare) refuse to work below one that is not.
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  local brought
  for brought in "${bring[@]}"; do
    mkdir -p "$root$(dirname "$brought")"
    cp -a -- "$brought" "$root$brought"
  done
  git clone --quiet --no-local "file://$project" "$root/srv/edge"
  say "clean Debian 12, $(du -sxh "$root" | cut -f1), $(git -C "$root/srv/edge" log -1 --format='commit %h of %cs: %s')"
  mapfile -t settings < <(settings_in_environment)
  result=0
  if [ $# -gt 0 ]; then
    inside "$*" "$@"
  else
    local config=()
    if [ -n "$ports" ]; then
      write_ports_configuration
      config=(--config fresh.config.ts)
    fi
    inside 'edge up' ./edge up "${config[@]}"
    inside 'edge status' ./edge status "${config[@]}"
    inside 'edge down' ./edge down "${config[@]}"
  fi
  exit "$result"
}

write_ports_configuration() {
  cat >"$root/srv/edge/fresh.config.ts" <<TEXT
import production from './production.config.ts'

export default {
  ...production,
  serve: { https: $ports, http: $((ports + 1)) },
  ports: { pooler: $((ports + 2)), first: $((ports + 10)) },
}
TEXT
}

if [ "${FRESH_MACHINE_WITHIN:-}" = yes ]; then
  unset FRESH_MACHINE_WITHIN
  within "$@"
fi

[ "$(id -u)" -eq 0 ] || fail 'needs root (debootstrap, mounts): sudo test/fresh-machine.sh'
[ -n "$cache" ] && [ -f "$cache" ] || command -v debootstrap >/dev/null || fail 'debootstrap is missing: apt-get install debootstrap'
if [ -z "$root" ]; then root=$(mktemp -d /var/tmp/fresh-machine.XXXXXX); else mkdir -p "$root"; fi
[ -z "$(ls -A "$root")" ] || fail "$root is not empty"
chmod 755 "$root"

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  # unshare lets no signal but this one end it, and takes with it whatever it started.
  if [ -n "$child" ]; then kill -KILL "$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; fi
  # The mounts went with the namespace; --one-file-system is for the day when one did not.
  if [ -n "$keep" ]; then say "kept: $root"; else rm -rf --one-file-system -- "$root"; fi
}
child=''
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
code=0
FRESH_MACHINE_WITHIN=yes unshare --mount --pid --fork --kill-child --mount-proc \
  "$0" --root "$root" ${cache:+--cache "$cache"} ${ports:+--ports "$ports"} "${bring[@]/#/--bring=}" -- "$@" &
child=$!
wait "$child" || code=$?
child=''
exit "$code"

# What every script shares: saying, installing Debian packages, building, finding a free port.
# Usage: source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" as the first act of a script in this folder.
# See: README.md of this folder.
# shellcheck shell=bash

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Debian's own interpreter: packages such as python3-redis are installed for it and for no other.
# shellcheck disable=SC2034 # for the scripts that source this file
python=/usr/bin/python3
# Compiled objects are shared between clones and build trees when ccache happens to be installed.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

base_packages=(g++ cmake ninja-build pkg-config libuv1-dev libjemalloc-dev libxxhash-dev liblua5.1-0-dev libssl-dev libcurl4-openssl-dev
  libpq-dev libsqlite3-dev)
test_packages=(libgtest-dev libcpp-httplib-dev nginx openssl redis-server redis-tools libhiredis-dev postgresql python3 python3-redis
  valgrind)
# The applications and clients of tests/compat that Debian has; the JavaScript ones come with fetch_javascript.
application_packages=(python3-celery python3-rq python3-django python3-django-redis ruby ruby-redis ruby-sidekiq
  php-cli php-redis golang-go golang-github-gomodule-redigo-dev nutcracker)

# say TEXT…: one line for the person watching; standard error, so that standard output stays a script's result.
say() { printf 'corral: %s\n' "$*" >&2; }

# die TEXT…: says it and ends the script.
die() {
  say "$*"
  exit 1
}

# step TEXT…: as say, with the minutes and seconds since the script started.
step() { printf '[%02d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }

# package_installed NAME: true if dpkg has it unpacked and configured.
package_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | head -n 1) == installed ]]
}

# as_root COMMAND…: runs it as root; 127 if there is no way to.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    return 127
  fi
}

# need PACKAGE…: installs those that are missing, quietly; ends the script if that fails.
need() {
  local name missing=()
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "no apt-get here; please see to it that you have what Debian calls: $*"
    return 0
  fi
  for name in "$@"; do
    package_installed "$name" || missing+=("$name")
  done
  ((${#missing[@]} > 0)) || return 0
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "missing Debian packages, and neither root nor sudo to install them: ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  install_packages "${missing[@]}" || exit 1
  export CORRAL_APT_UPDATED=1
}

# need_command COMMAND PACKAGE…: installs the packages only if no such command exists, whatever brought it.
need_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null || need "$@"
}

# install_packages PACKAGE…: apt-get without questions and without starting any service it brings:
# a redis-server that starts by itself would take the port that Corral wants. Runs in a subshell, so its trap is its own.
install_packages() (
  policy=/usr/sbin/policy-rc.d own_policy='' code=0
  log=$(mktemp)
  # shellcheck disable=SC2317 # called by the trap
  clean_up() {
    rm -f "$log"
    if [[ -n $own_policy ]]; then as_root rm -f "$policy"; fi
  }
  trap clean_up EXIT
  if [[ ! -e $policy ]]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  if [[ -z ${CORRAL_APT_UPDATED:-} ]]; then
    as_root apt-get update -qq </dev/null >"$log" 2>&1 || say "apt-get update failed; trying with the old package lists"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1 || code=$?
  if ((code != 0)); then
    tail -n 20 "$log" >&2
    die "could not install: $* (apt-get ended with $code; its last words are above)"
  fi
  # Not started now by the policy, and not at the next boot either.
  for service in redis-server postgresql nginx; do
    if [[ " $* " == *" $service "* ]] && command -v update-rc.d >/dev/null; then
      as_root update-rc.d "$service" disable >/dev/null 2>&1 || true
    fi
  done
)

# need_build, need_tests: what compiling the server takes, and what testing it takes on top.
need_build() { need "${base_packages[@]}"; }
need_tests() { need "${base_packages[@]}" "${test_packages[@]}" "${application_packages[@]}"; }

# fetch_javascript FOLDER: installs what the folder's package-lock.json names, unless that is there already.
fetch_javascript() {
  local folder=$root/$1
  # npm leaves this file behind when it has finished, and only then.
  if [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]]; then return; fi
  say "fetching the JavaScript clients named in $1/package-lock.json"
  npm --prefix "$folder" ci --silent || die "npm ci failed in $1; its words are above"
}

# port_taken PORT: true if something listens there on the loopback address.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST: prints the first port from FIRST on that nobody listens on.
free_port() {
  local port=$1
  while port_taken "$port"; do port=$((port + 1)); done
  printf '%s\n' "$port"
}

# wait_port PORT PID SECONDS: returns once something listens there; fails if the process ends or time runs out.
wait_port() {
  local deadline=$((SECONDS + $3))
  until port_taken "$1"; do
    kill -0 "$2" 2>/dev/null || return 1
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# configure PRESET OPTION…: makes or refreshes the build tree of a preset; quiet unless it fails.
configure() {
  local preset=$1 launcher=() words
  shift
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  words=$(cd "$root" && cmake --preset "$preset" "${launcher[@]}" "$@" 2>&1) || {
    printf '%s\n' "$words" >&2
    die "cmake --preset $preset failed; its words are above"
  }
}

# build PRESET TARGET…: compiles; on a terminal with ninja's one line of progress, else silent unless it fails.
build() {
  local tree log code=0
  tree=$(build_tree "$1")
  shift
  if [[ -t 2 ]]; then
    cmake --build "$tree" --target "$@" >&2
    return
  fi
  log=$(mktemp)
  cmake --build "$tree" --target "$@" >"$log" 2>&1 || code=$?
  if ((code != 0)); then grep -v '^\[[0-9]*/[0-9]*\] Building' "$log" | tail -n 200 >&2; fi
  rm -f "$log"
  return "$code"
}

# build_tree PRESET: prints the folder that CMakePresets.json gives the preset.
build_tree() {
  if [[ $1 == release ]]; then printf '%s\n' "$root/build"; else printf '%s\n' "$root/build-$1"; fi
}

# build_server: makes build/corral-server. A tree that scripts/test or scripts/bench has set up keeps its options;
# a new one leaves the tests and drivers out, so that their packages are not needed.
build_server() {
  need_build
  if [[ ! -f $root/build/build.ninja ]]; then
    say "setting up build/"
    configure release -DCORRAL_TESTS=OFF -DCORRAL_BENCH=OFF
  fi
  say "building build/corral-server (the first time takes a few minutes)"
  build release corral-server || die "the build failed"
}

#!/usr/bin/env bash
# The one command of an APIRouter checkout: builds, runs, tests and manages the service.
# Works as an ordinary user on Linux and macOS (written for bash 3.2 or newer) and as root in containers.
# Every verb lives in scripts/shell/; this file finds the checkout and picks the verb.

set -euo pipefail

# What `run` starts: the sources, or a bundle below dist/.
PROGRAM="src/cli/main.ts"
# Verbs that are the program's own commands and are handed to it as they are.
PROGRAM_VERBS=" simulate demo check config "

CALLER_DIR=$PWD
script=${BASH_SOURCE[0]}
while [ -L "$script" ]; do
  link=$(readlink "$script")
  case $link in
    /*) script=$link ;;
    *) script=$(dirname "$script")/$link ;;
  esac
done
case $script in
  */*) cd -P "${script%/*}" ;;
esac
ROOT=$PWD
cd "$ROOT"

say() { printf '%s\n' "$*"; }
warn() { printf 'apirouter: %s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}
usage_error() {
  warn "$*"
  warn "see: apirouter.sh help"
  exit 2
}

# Answers 0 when the command exists.
has() { command -v "$1" >/dev/null 2>&1; }

# Loads one part of this script; parts are loaded when a verb needs them, which keeps `run` quick.
load() {
  local part
  for part in "$@"; do
    # shellcheck source=/dev/null
    . "$ROOT/scripts/shell/$part.sh"
  done
}

help_text() {
  cat <<'TEXT'
APIRouter: one gateway between LLM clients and LLM upstreams

Usage: apirouter.sh VERB [arguments]
       apirouter.sh [options]              the same as: apirouter.sh run [options]

Run
  run [options]         run in the foreground; options go to the program (run --help lists them)
  simulate, demo        try things out without a key; --help after them tells more
  check                 tell what is wrong or odd with the configuration, without starting anything
  config log|diff|rollback
                        earlier configurations: list, compare, roll back

Service (a systemd user service where there is one, otherwise a supervised background process)
  start [options]       install and build if needed, start, wait until it answers
  stop                  stop; running answers get up to 40 s to finish
  restart [options]     build if the sources changed, stop, start
  status                state, pid, uptime, address, version; exits 0 when running, 3 when not
  logs [-f] [-n N]      show the log (-f follows it)
  install [--with-proxy|--no-proxy] [-- options]
                        set the service up and start it at log-in; with or without the proxy
                        variables of this shell (asks when run in a terminal)
  uninstall             stop and remove the service; data/ stays

Checkout
  build                 compile dist/apirouter, one file that needs nothing else
  path                  link this command to ~/.local/bin/apirouter
  test [paths...]       all checks and tests, or only the tests below these paths
  help                  this text

Options of the service (-p/--port, --host, --data-dir and others of the program) given to start,
restart or install are kept in data/service.env and used from then on:
  apirouter.sh start --port 2999
  apirouter.sh install -- --port 2999 --host 127.0.0.1
That file can be edited by hand; restart applies it.

Environment: for the service verbs APIROUTER_PORT, APIROUTER_HOST and APIROUTER_DATA_DIR do as the options do;
APIROUTER_SERVICE=background keeps systemd out of it; APIROUTER_BUN names a Bun to use instead of
the pinned one.
TEXT
}

# Puts the arguments into ARGUMENTS, the paths behind --data-dir and --replay made absolute: they are meant
# from where the caller stands, and this script has moved to the checkout.
absolute_arguments() {
  ARGUMENTS=()
  while [ $# -gt 0 ]; do
    case $1 in
      --data-dir | --replay)
        ARGUMENTS+=("$1")
        shift
        [ $# -gt 0 ] || break
        ARGUMENTS+=("$(caller_path "$1")")
        ;;
      --data-dir=* | --replay=*) ARGUMENTS+=("${1%%=*}=$(caller_path "${1#*=}")") ;;
      *) ARGUMENTS+=("$1") ;;
    esac
    shift
  done
}

caller_path() {
  case $1 in
    /* | "") printf '%s' "$1" ;;
    *) printf '%s' "$CALLER_DIR/$1" ;;
  esac
}

asks_for_help() {
  local word
  for word in "$@"; do
    case $word in -h | --help) return 0 ;; esac
  done
  return 1
}

# Runs the program in place of this script.
run_program() {
  load toolchain engine
  ensure_bun
  ensure_dependencies production
  ensure_console
  absolute_arguments "$@"
  export_engine_settings
  exec "$BUN" "$PROGRAM" ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
}

link_into_path() {
  local target="$HOME/.local/bin/apirouter"
  mkdir -p "$HOME/.local/bin"
  if [ -e "$target" ] && [ ! -L "$target" ]; then
    die "$target exists and is not a link; move it away first"
  fi
  ln -sfn "$ROOT/apirouter.sh" "$target"
  say "$target -> $ROOT/apirouter.sh"
  case ":$PATH:" in
    *":$HOME/.local/bin:"*) ;;
    *)
      say "$HOME/.local/bin is not in PATH yet; add this line to your shell's start-up file:"
      # shellcheck disable=SC2016 # printed as it is, for the reader's shell to expand
      say '  export PATH="$HOME/.local/bin:$PATH"'
      ;;
  esac
}

main() {
  local verb=${1-help}
  [ $# -eq 0 ] || shift
  case $verb in
    help | -h | --help) help_text ;;
    run) run_program "$@" ;;
    -*) run_program "$verb" "$@" ;;
    build)
      load toolchain
      build_binary
      ;;
    path) link_into_path ;;
    test)
      load toolchain checks
      run_checks "$@"
      ;;
    install | uninstall | start | stop | restart | status | logs)
      # Asking what a verb does must not stop a gateway.
      if asks_for_help "$@"; then help_text && return; fi
      load toolchain settings service
      "service_$verb" "$@"
      ;;
    # Started by the service manager, never by hand: the program with the settings of data/service.env.
    service-main)
      load settings engine
      exec_service
      ;;
    *)
      case $PROGRAM_VERBS in
        *" $verb "*) run_program "$verb" "$@" ;;
        *) usage_error "there is no verb \"$verb\"" ;;
      esac
      ;;
  esac
}

main "$@"

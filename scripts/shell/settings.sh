# shellcheck shell=bash
# The service's settings in data/service.env: kept by install, start and restart, read by everything else.
# Sourced by apirouter.sh. KEY=VALUE lines; the file is never run as shell code.

STATE_DIR=$ROOT/data
SETTINGS_FILE=$STATE_DIR/service.env
PROXY_NAMES="HTTPS_PROXY HTTP_PROXY ALL_PROXY NO_PROXY https_proxy http_proxy all_proxy no_proxy"

umask 0077

# Prints the value of one key of data/service.env; empty when the file or the key is missing.
setting() {
  local line value=""
  [ -f "$SETTINGS_FILE" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in "$1="*) value=${line#*=} ;; esac
  done <"$SETTINGS_FILE"
  case $value in
    \"*\") value=${value#\"} && value=${value%\"} ;;
    \'*\') value=${value#\'} && value=${value%\'} ;;
  esac
  printf '%s' "$value"
}

need_state_dir() {
  if mkdir -p "$STATE_DIR" 2>/dev/null && [ -w "$STATE_DIR" ]; then return; fi
  die "$STATE_DIR cannot be written by $(id -un): use the account that owns this checkout, or a checkout of your own"
}

# Keeps one key; an empty value removes it. Other lines of the file stay as they are.
keep_setting() {
  case $2 in *$'\n'*) die "a setting of the service cannot hold a line break" ;; esac
  need_state_dir
  local draft=$SETTINGS_FILE.new
  if [ -f "$SETTINGS_FILE" ]; then
    grep -v "^$1=" "$SETTINGS_FILE" >"$draft" || true
  else
    printf '# Settings of the APIRouter service; "apirouter.sh restart" applies changes.\n' >"$draft"
  fi
  [ -z "$2" ] || printf '%s=%s\n' "$1" "$2" >>"$draft"
  mv "$draft" "$SETTINGS_FILE"
}

# Keeps program options given to start, restart or install. The three that this script itself needs get
# keys of their own; the others are kept as one line of words.
keep_options() {
  local rest=""
  while [ $# -gt 0 ]; do
    case $1 in
      --) ;;
      -p | --port | --host | --data-dir)
        [ $# -gt 1 ] || usage_error "$1 needs a value"
        keep_option "$1" "$2"
        shift
        ;;
      --port=* | --host=* | --data-dir=*) keep_option "${1%%=*}" "${1#*=}" ;;
      -p?*) keep_option -p "${1#-p}" ;;
      *[[:space:]]*) usage_error "options of the service cannot hold spaces: \"$1\"" ;;
      *) rest="$rest $1" ;;
    esac
    shift
  done
  [ -z "$rest" ] || keep_setting APIROUTER_OPTIONS "${rest# }"
}

keep_option() {
  case $1 in
    -p | --port)
      case $2 in
        '' | *[!0-9]*) usage_error "the port must be a number, got \"$2\"" ;;
      esac
      if [ "${#2}" -gt 5 ] || [ "$2" -lt 1 ] || [ "$2" -gt 65535 ]; then
        usage_error "the port must be from 1 to 65535, got $2"
      fi
      keep_setting APIROUTER_PORT "$2"
      ;;
    --host) keep_setting APIROUTER_HOST "$2" ;;
    --data-dir) keep_setting APIROUTER_DATA_DIR "$(caller_path "$2")" ;;
  esac
}

# Keeps what this shell's environment says about port, host and data folder.
keep_environment() {
  [ -z "${APIROUTER_PORT-}" ] || keep_option --port "$APIROUTER_PORT"
  [ -z "${APIROUTER_HOST-}" ] || keep_option --host "$APIROUTER_HOST"
  [ -z "${APIROUTER_DATA_DIR-}" ] || keep_option --data-dir "$APIROUTER_DATA_DIR"
}

service_port() {
  local port
  port=$(setting APIROUTER_PORT)
  printf '%s' "${port:-1999}"
}

service_data_dir() {
  local folder
  folder=$(setting APIROUTER_DATA_DIR)
  case ${folder:-data} in
    /*) printf '%s' "$folder" ;;
    *) printf '%s' "$ROOT/${folder:-data}" ;;
  esac
}

# The host this machine reaches the service at: a wildcard address is reached over loopback.
reachable_host() {
  local host
  host=$(setting APIROUTER_HOST)
  case $host in
    '' | 0.0.0.0 | '*' | localhost) printf '127.0.0.1' ;;
    :: | '[::]') printf '::1' ;;
    \[*\]) host=${host#[} && printf '%s' "${host%]}" ;;
    *) printf '%s' "$host" ;;
  esac
}

service_address() {
  local host
  host=$(reachable_host)
  case $host in *:*) host="[$host]" ;; esac
  printf 'http://%s:%s' "$host" "$(service_port)"
}

# Becomes the program, with the settings of data/service.env. Both managers start the service through this.
exec_service() {
  local options=() name value
  options=(--data-dir "$(service_data_dir)" --port "$(service_port)")
  value=$(setting APIROUTER_HOST)
  [ -z "$value" ] || options+=(--host "$value")
  # Words without spaces, as keep_options wrote them; none is a file name pattern.
  set -f
  # shellcheck disable=SC2207
  options+=($(setting APIROUTER_OPTIONS))
  for name in $PROXY_NAMES; do
    unset "$name"
    value=$(setting "$name")
    [ -z "$value" ] || export "$name=$value"
  done
  # Any other key of the file (an API key for ${NAME} in the configuration, say) reaches the program too.
  export_other_settings
  unset APIROUTER_PORT APIROUTER_HOST APIROUTER_DATA_DIR
  export_engine_settings
  # The soft limit is often 1,024 descriptors, which is 512 streams.
  ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
  exec "$ROOT/dist/apirouter" "${options[@]}"
}

export_other_settings() {
  local line name
  [ -f "$SETTINGS_FILE" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    name=${line%%=*}
    case $name in
      "$line" | '' | *[!A-Za-z0-9_]* | [0-9]* | APIROUTER_OPTIONS) continue ;;
    esac
    export "$name=$(setting "$name")"
  done <"$SETTINGS_FILE"
}

# Keeps (yes) or forgets (no) the proxy variables of this shell. "ask" asks in a terminal, and elsewhere changes nothing.
keep_proxy() {
  local choice=$1 name answer found=""
  for name in $PROXY_NAMES; do
    [ -z "${!name-}" ] || found="$found $name"
  done
  if [ "$choice" = ask ]; then
    { [ -n "$found" ] && [ -t 0 ] && [ -t 1 ]; } || return 0
    printf 'Should the service use the proxy variables of this shell (%s)? [y/N] ' "${found# }"
    IFS= read -r answer || answer=""
    case $answer in [yY]*) choice=yes ;; *) choice=no ;; esac
  fi
  [ "$choice" = no ] || [ -n "$found" ] || warn "this shell has no proxy variable; the service gets none"
  for name in $PROXY_NAMES; do
    if [ "$choice" = yes ]; then keep_setting "$name" "${!name-}"; else keep_setting "$name" ""; fi
  done
}

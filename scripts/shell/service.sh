# shellcheck shell=bash
# The service verbs: settings in data/service.env, health, and what both service managers share.
# Sourced by apirouter.sh. The managers themselves are in systemd.sh and background.sh and answer the
# same calls: manager_{install,uninstall,start,stop,state,pid,uptime,logs}.

STATE_DIR=$ROOT/data
SETTINGS_FILE=$STATE_DIR/service.env
START_LIMIT_SECONDS=30
PROXY_NAMES="HTTPS_PROXY HTTP_PROXY ALL_PROXY NO_PROXY https_proxy http_proxy all_proxy no_proxy"

umask 0077

# --- settings ------------------------------------------------------------------------------------

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

# Keeps one key; an empty value removes it. Other lines of the file stay as they are.
keep_setting() {
  case $2 in *$'\n'*) die "a setting of the service cannot hold a line break" ;; esac
  mkdir -p "$STATE_DIR"
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
  export BUN_CONFIG_MAX_HTTP_REQUESTS=${BUN_CONFIG_MAX_HTTP_REQUESTS:-65535}
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

# --- health --------------------------------------------------------------------------------------

# Answers 0 when something accepts connections at the service's address.
port_is_taken() {
  (exec 3<>"/dev/tcp/$(reachable_host)/$(service_port)") 2>/dev/null
}

# Prints the body of GET /. Needs no curl, and no proxy setting can send it elsewhere.
health_body() {
  (
    exec 3<>"/dev/tcp/$(reachable_host)/$(service_port)" || exit 1
    printf 'GET / HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\r\n' >&3
    local line body="" in_body=""
    while IFS= read -r -t 5 line <&3 || [ -n "$line" ]; do
      [ -z "$in_body" ] || body=$body$line
      case $line in $'\r') in_body=yes ;; esac
    done
    printf '%s' "$body"
  ) 2>/dev/null
}

# Prints the version that the running service reports; fails when nothing healthy answers.
health_version() {
  local body
  body=$(health_body) || return 1
  case $body in *'"status"'*'"ok"'*) ;; *) return 1 ;; esac
  printf '%s' "$body" | sed -n 's/.*"version" *: *"\([^"]*\)".*/\1/p'
}

# --- managers ------------------------------------------------------------------------------------

# Loads the manager this machine has.
choose_manager() {
  if [ "${APIROUTER_SERVICE-}" != background ] && has systemctl && systemctl --user show-environment >/dev/null 2>&1; then
    load systemd
  else
    load background
  fi
}

# --- verbs ---------------------------------------------------------------------------------------

service_install() {
  choose_manager
  prepare_service "$@"
  say "the service is set up ($MANAGER_NAME); start it with: apirouter.sh start"
}

# Keeps the settings in the arguments and in the environment, builds if needed, registers the service.
prepare_service() {
  local proxy=ask
  local options=()
  # Asked once, when the service is first set up.
  [ ! -f "$SETTINGS_FILE" ] || proxy=unchanged
  while [ $# -gt 0 ]; do
    case $1 in
      --with-proxy) proxy=yes ;;
      --no-proxy) proxy=no ;;
      *) options+=("$1") ;;
    esac
    shift
  done
  # Creates the file.
  keep_setting APIROUTER_PORT "$(setting APIROUTER_PORT)"
  keep_environment
  keep_options ${options[@]+"${options[@]}"}
  [ "$proxy" = unchanged ] || keep_proxy "$proxy"
  ensure_binary
  mkdir -p "$(service_data_dir)"
  manager_install
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

service_uninstall() {
  choose_manager
  if [ "$(manager_state)" != stopped ]; then manager_stop; fi
  manager_uninstall
  say "the service is removed; settings, configuration and logs stay in $STATE_DIR"
}

service_start() {
  choose_manager
  if [ "$(manager_state)" != stopped ]; then
    [ $# -eq 0 ] || die "APIRouter is running already; restart takes the options"
    say "APIRouter is running already at $(service_address)"
    return
  fi
  # Options that keep the service from starting are not kept.
  local previous=$SETTINGS_FILE.previous
  if [ -f "$SETTINGS_FILE" ]; then cp "$SETTINGS_FILE" "$previous"; else rm -f "$previous"; fi
  prepare_service "$@"
  if ! bring_up; then
    if [ $# -gt 0 ] && [ -f "$previous" ]; then mv "$previous" "$SETTINGS_FILE"; fi
    exit 1
  fi
  rm -f "$previous"
  print_addresses
}

bring_up() {
  if port_is_taken; then
    warn "port $(service_port) is in use by another program; choose another: apirouter.sh start --port N"
    return 1
  fi
  manager_start && wait_until_healthy
}

# Waits for the health endpoint; when the program ends instead, stops it for good and shows why.
wait_until_healthy() {
  local deadline=$((SECONDS + START_LIMIT_SECONDS)) reason
  while :; do
    ! health_version >/dev/null || return 0
    case $(manager_state) in
      failed | stopped)
        reason="APIRouter ended while starting"
        break
        ;;
    esac
    if [ "$SECONDS" -ge "$deadline" ]; then
      reason="APIRouter did not answer at $(service_address) within $START_LIMIT_SECONDS s"
      break
    fi
    sleep 0.1
  done
  warn "$reason; the end of its log:"
  manager_logs -n 15 >&2 || true
  manager_stop >/dev/null 2>&1 || true
  return 1
}

print_addresses() {
  local address
  address=$(service_address)
  say "APIRouter is running"
  say "  API        $address/v1/messages  (also /v1/chat/completions, /v1/responses, /v1beta/models/...)"
  say "  console    $address/admin-ui"
  say "  health     $address/"
  say "  log        apirouter.sh logs -f"
}

service_stop() {
  choose_manager
  if [ "$(manager_state)" = stopped ]; then
    say "APIRouter is not running"
    return
  fi
  manager_stop
  say "APIRouter is stopped"
}

service_restart() {
  choose_manager
  # Built first: a build that fails leaves the running service alone.
  ensure_binary
  if [ "$(manager_state)" != stopped ]; then manager_stop; fi
  service_start "$@"
}

service_status() {
  choose_manager
  local state pid version
  state=$(manager_state)
  if [ "$state" = stopped ]; then
    say "APIRouter is not running"
    exit 3
  fi
  if version=$(health_version); then
    state=running
  elif [ "$state" = running ]; then
    state="running, but not answering at $(service_address)"
  fi
  pid=$(manager_pid)
  say "APIRouter is $state"
  say "  manager    $MANAGER_NAME"
  say "  pid        ${pid:--}"
  say "  uptime     $(format_uptime "$(manager_uptime)")"
  say "  address    $(service_address)"
  say "  version    ${version:--}"
  [ "$state" = running ] || exit 3
}

format_uptime() {
  local seconds=$1
  case $seconds in
    '' | *[!0-9]*)
      printf -- '-'
      return
      ;;
  esac
  [ "$seconds" -lt 86400 ] || printf '%dd ' $((seconds / 86400))
  [ "$seconds" -lt 3600 ] || printf '%dh ' $((seconds % 86400 / 3600))
  [ "$seconds" -lt 60 ] || printf '%dm ' $((seconds % 3600 / 60))
  printf '%ds' $((seconds % 60))
}

service_logs() {
  local option
  local lines=100 follow=""
  while [ $# -gt 0 ]; do
    option=$1
    case $option in
      -f | --follow) follow=yes ;;
      -n | --lines)
        [ $# -gt 1 ] || usage_error "$option needs a number"
        lines=$2
        shift
        ;;
      -n?*) lines=${option#-n} ;;
      --lines=*) lines=${option#--lines=} ;;
      *) usage_error "logs takes -f and -n N, not \"$option\"" ;;
    esac
    shift
  done
  case $lines in '' | *[!0-9]*) usage_error "-n needs a number, got \"$lines\"" ;; esac
  choose_manager
  manager_logs -n "$lines" ${follow:+-f}
}

# shellcheck shell=bash
# The service verbs: what both service managers share, health included. Sourced by apirouter.sh after settings.sh.
# The managers themselves are in systemd.sh and background.sh and answer the
# same calls: manager_{install,uninstall,start,stop,state,pid,uptime,logs}.

START_LIMIT_SECONDS=30

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

# Loads the manager this machine has.
choose_manager() {
  if [ "${APIROUTER_SERVICE-}" != background ] && has systemctl && systemctl --user show-environment >/dev/null 2>&1; then
    load systemd
  else
    load background
  fi
}

takes_nothing() {
  [ $# -eq 1 ] || usage_error "$1 takes no arguments, got \"$2\""
}

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

service_uninstall() {
  takes_nothing uninstall "$@"
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
  keep_for_start "$@"
  bring_up || exit 1
  settle_settings
  print_addresses
}

PREVIOUS_SETTINGS=$SETTINGS_FILE.previous

# Keeps the options for a start that may fail: until settle_settings every exit puts back what was there before.
keep_for_start() {
  need_state_dir
  # Before the first start there are no settings, which an empty file says as well.
  if [ -f "$SETTINGS_FILE" ]; then cp "$SETTINGS_FILE" "$PREVIOUS_SETTINGS"; else : >"$PREVIOUS_SETTINGS"; fi
  trap restore_settings EXIT
  prepare_service "$@"
}

settle_settings() {
  trap - EXIT
  rm -f "$PREVIOUS_SETTINGS"
}

restore_settings() {
  trap - EXIT
  if [ -s "$PREVIOUS_SETTINGS" ]; then
    mv "$PREVIOUS_SETTINGS" "$SETTINGS_FILE"
  else
    rm -f "$PREVIOUS_SETTINGS" "$SETTINGS_FILE"
  fi
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
  takes_nothing stop "$@"
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
  if [ "$(manager_state)" = stopped ]; then
    service_start "$@"
    return
  fi
  # Wrong options and a build that fails leave the running service alone.
  keep_for_start "$@"
  manager_stop
  if ! bring_up; then
    [ $# -gt 0 ] || exit 1
    restore_settings
    warn "starting again with the options from before"
    prepare_service
    ! bring_up || warn "APIRouter is running with the options from before"
    exit 1
  fi
  settle_settings
  print_addresses
}

service_status() {
  takes_nothing status "$@"
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

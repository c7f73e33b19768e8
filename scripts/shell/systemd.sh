# shellcheck shell=bash
# Manages the service through systemd's user manager. Sourced by service.sh.

# Read by service_status.
# shellcheck disable=SC2034
MANAGER_NAME="systemd user service"
UNIT=apirouter.service
UNIT_FILE=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/$UNIT

manager_install() {
  local draft first=""
  [ -f "$UNIT_FILE" ] || first=yes
  mkdir -p "${UNIT_FILE%/*}"
  draft=$(mktemp)
  render_unit >"$draft"
  if cmp -s "$draft" "$UNIT_FILE"; then
    rm -f "$draft"
  else
    # Readable by others, as units are; it holds no secret.
    install -m 0644 "$draft" "$UNIT_FILE"
    rm -f "$draft"
    systemctl --user daemon-reload
    say "installed $UNIT_FILE"
  fi
  # Once: who disables it later wants it so.
  [ -n "$first" ] || return 0
  systemctl --user enable "$UNIT" >/dev/null 2>&1 || warn "systemd refused to enable $UNIT; it will not start at log-in"
  hint_linger
}

# The unit template with this checkout's paths, and without the sandbox where this machine cannot give one.
render_unit() {
  # shellcheck disable=SC2153 # ROOT is set by apirouter.sh
  local template="$ROOT/deploy/apirouter.service"
  local root data state
  root=$(unit_text "$ROOT")
  data=$(unit_text "$(service_data_dir)")
  state=$(unit_text "$STATE_DIR")
  if sandbox_works; then
    cat "$template"
  else
    warn "no file system sandbox for user services here (no user namespaces, or a checkout below /tmp); the unit goes without"
    sed '/^# sandbox: begin/,/^# sandbox: end/d' "$template"
  fi | awk -v root="$root" -v data="$data" -v state="$state" '
    function put(text, mark, value,   at, out) {
      out = ""
      while ((at = index(text, mark)) > 0) {
        out = out substr(text, 1, at - 1) value
        text = substr(text, at + length(mark))
      }
      return out text
    }
    { print put(put(put($0, "@ROOT@", root), "@DATA@", data), "@STATE@", state) }'
}

# A path as it stands inside double quotes in a unit.
unit_text() {
  case $1 in *[\"\\\$]*) die "systemd cannot take a path with a quote, a backslash or a dollar sign: $1" ;; esac
  printf '%s' "$1" | sed 's/%/%%/g'
}

# User managers build the sandbox from user namespaces, which some kernels refuse; and a checkout below /tmp
# is out of sight in it. Tried with the template's own lines.
sandbox_works() {
  has systemd-run || return 1
  local data options=() line
  data=$(service_data_dir)
  while IFS= read -r line; do
    case $line in
      '#'*) ;;
      ReadWritePaths=*) options+=(-p "ReadWritePaths=\"$data\" \"$STATE_DIR\"") ;;
      *) options+=(-p "$line") ;;
    esac
  done < <(sed -n '/^# sandbox: begin/,/^# sandbox: end/p' "$ROOT/deploy/apirouter.service")
  # shellcheck disable=SC2016 # for the shell in the sandbox
  systemd-run --user --quiet --wait --collect "${options[@]}" \
    /bin/sh -c 'test -x "$1" && test -w "$2" && test -w "$3"' sh "$ROOT/dist/apirouter" "$data" "$STATE_DIR" \
    >/dev/null 2>&1
}

hint_linger() {
  has loginctl || return 0
  [ "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)" = no ] || return 0
  say "systemd stops user services at log-out; to keep APIRouter running: loginctl enable-linger"
}

manager_uninstall() {
  systemctl --user disable "$UNIT" >/dev/null 2>&1 || true
  rm -f "$UNIT_FILE"
  systemctl --user daemon-reload
  systemctl --user reset-failed "$UNIT" >/dev/null 2>&1 || true
}

manager_start() {
  systemctl --user reset-failed "$UNIT" >/dev/null 2>&1 || true
  systemctl --user start "$UNIT"
}

# The unit's TimeoutStopSec bounds this.
manager_stop() { systemctl --user stop "$UNIT"; }

unit_property() { systemctl --user show "$UNIT" -p "$1" --value; }

# running, starting, stopping, failed (systemd waits before it tries again) or stopped.
manager_state() {
  case $(unit_property ActiveState)/$(unit_property SubState) in
    active/*) printf 'running' ;;
    activating/auto-restart*) printf 'failed' ;;
    activating/*) printf 'starting' ;;
    deactivating/*) printf 'stopping' ;;
    *) printf 'stopped' ;;
  esac
}

manager_pid() {
  local pid
  pid=$(unit_property MainPID)
  [ "$pid" = 0 ] || printf '%s' "$pid"
}

# Seconds since the program started; systemd counts in microseconds since boot.
manager_uptime() {
  local started now
  started=$(unit_property ExecMainStartTimestampMonotonic)
  IFS=' .' read -r now _ </proc/uptime
  [ "${started:-0}" = 0 ] || printf '%s' $((now - started / 1000000))
}

manager_logs() { journalctl --user --unit "$UNIT" --no-pager --output cat "$@"; }

# shellcheck shell=bash
# Manages the service as a supervised background process, where there is no systemd user manager.
# Sourced by service.sh. The supervisor itself is supervise.sh.
#
# In data/: apirouter.pid names the supervisor, apirouter.child the program while it runs (both as in
# process-identity.sh), apirouter.failed is there while the supervisor waits to start a crashed program
# again, and apirouter.log holds what both print.

# Read by service.sh.
# shellcheck disable=SC2034
MANAGER_NAME="supervised background process"
PID_FILE=$STATE_DIR/apirouter.pid
CHILD_FILE=$STATE_DIR/apirouter.child
FAILED_FILE=$STATE_DIR/apirouter.failed
LOG_FILE=$STATE_DIR/apirouter.log
STOP_LIMIT_SECONDS=40

load process-identity

manager_install() { :; }

manager_uninstall() { rm -f "$PID_FILE" "$CHILD_FILE" "$FAILED_FILE"; }

manager_start() {
  mkdir -p "$STATE_DIR"
  rm -f "$FAILED_FILE"
  # Its own session where possible: a terminal that closes, or Ctrl-C, then does not reach it.
  local detach=nohup
  ! has setsid || detach=setsid
  "$detach" bash "$ROOT/scripts/shell/supervise.sh" "$ROOT" </dev/null >>"$LOG_FILE" 2>&1 &
  local started=$!
  disown
  # Either it has named itself, or it is over already: the program refused its options at once.
  until live_process "$PID_FILE" >/dev/null || ! kill -0 "$started" 2>/dev/null; do sleep 0.05; done
}

manager_state() {
  if live_process "$CHILD_FILE" >/dev/null; then
    # Also when its supervisor was killed: it still holds the port and can be stopped.
    printf 'running'
  elif ! live_process "$PID_FILE" >/dev/null; then
    printf 'stopped'
  elif [ -f "$FAILED_FILE" ]; then
    printf 'failed'
  else
    printf 'starting'
  fi
}

manager_stop() {
  local supervisor child tenths=0
  supervisor=$(live_process "$PID_FILE" || true)
  child=$(live_process "$CHILD_FILE" || true)
  # The supervisor passes it on.
  kill -TERM "${supervisor:-$child}" 2>/dev/null || true
  while [ "$(manager_state)" != stopped ]; do
    if [ "$tenths" -ge $((STOP_LIMIT_SECONDS * 10)) ]; then
      warn "APIRouter did not finish within $STOP_LIMIT_SECONDS s; ending it"
      supervisor=$(live_process "$PID_FILE" || true)
      child=$(live_process "$CHILD_FILE" || true)
      kill -KILL ${supervisor:+"$supervisor"} ${child:+"$child"} 2>/dev/null || true
      break
    fi
    sleep 0.1
    tenths=$((tenths + 1))
  done
  rm -f "$PID_FILE" "$CHILD_FILE" "$FAILED_FILE"
}

manager_pid() { live_process "$CHILD_FILE" || true; }

manager_uptime() {
  [ ! -f "$CHILD_FILE" ] || printf '%s' $(($(date +%s) - $(sed -n 3p "$CHILD_FILE")))
}

manager_logs() {
  if [ ! -f "$LOG_FILE" ]; then
    say "there is no log yet"
    return
  fi
  case "$*" in
    # -F goes on when the log is rotated.
    *' -f') exec tail "$1" "$2" -F "$LOG_FILE" ;;
    *) tail "$@" "$LOG_FILE" ;;
  esac
}

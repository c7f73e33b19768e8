#!/usr/bin/env bash
# Keeps the background service running: starts the program, starts it again with growing pauses when it
# crashes, keeps the log small, and ends when it is told to, when the program ends by itself or refuses its
# options.
# Started by background.sh with the checkout's folder as its argument; prints to data/apirouter.log.

set -u
ROOT=$1
STATE_DIR=$ROOT/data
PID_FILE=$STATE_DIR/apirouter.pid
CHILD_FILE=$STATE_DIR/apirouter.child
FAILED_FILE=$STATE_DIR/apirouter.failed
LOG_FILE=$STATE_DIR/apirouter.log

# Both can be set from outside for tests.
LOG_LIMIT_BYTES=${APIROUTER_LOG_LIMIT_BYTES:-10485760}
LOG_CHECK_SECONDS=${APIROUTER_LOG_CHECK_SECONDS:-30}
FIRST_PAUSE_SECONDS=1
LONGEST_PAUSE_SECONDS=30
# After this long the program counts as healthy again and the pauses start small.
HEALTHY_SECONDS=60

umask 0077
# shellcheck source=scripts/shell/process-identity.sh
. "$ROOT/scripts/shell/process-identity.sh"

child=""
pause=""
stopping=""

note() { printf '%s supervisor: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

stop() {
  stopping=yes
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
  [ -z "$pause" ] || kill "$pause" 2>/dev/null
}

# The program writes with append, so that its file can be copied away and emptied under it.
keep_log_small() {
  local nap="" size
  trap '[ -z "$nap" ] || kill "$nap" 2>/dev/null; exit 0' TERM
  # Not longer than the supervisor, should that be killed.
  while kill -0 "$$" 2>/dev/null; do
    sleep "$LOG_CHECK_SECONDS" &
    nap=$!
    wait "$nap"
    size=$(wc -c <"$LOG_FILE" 2>/dev/null) || continue
    [ "$size" -gt "$LOG_LIMIT_BYTES" ] || continue
    [ ! -f "$LOG_FILE.1" ] || mv "$LOG_FILE.1" "$LOG_FILE.2"
    cp "$LOG_FILE" "$LOG_FILE.1" && : >"$LOG_FILE"
  done
}

# A signal ends `wait` early; the child is waited for until it is really gone.
wait_for_child() {
  local code
  while :; do
    wait "$child"
    code=$?
    kill -0 "$child" 2>/dev/null || return "$code"
  done
}

# Runs the program once; answers its exit code.
run_once() {
  local code
  bash "$ROOT/apirouter.sh" service-main </dev/null &
  child=$!
  # A stop that came between these two lines found no child.
  [ -z "$stopping" ] || kill -TERM "$child" 2>/dev/null
  write_process_file "$CHILD_FILE" "$child"
  wait_for_child
  code=$?
  child=""
  rm -f "$CHILD_FILE"
  return "$code"
}

pause_seconds() {
  : >"$FAILED_FILE"
  sleep "$1" &
  pause=$!
  [ -n "$stopping" ] || wait "$pause"
  kill "$pause" 2>/dev/null
  pause=""
  rm -f "$FAILED_FILE"
}

if live_process "$PID_FILE" >/dev/null; then
  note "another supervisor is running already"
  exit 1
fi
trap stop TERM INT
trap '' HUP
write_process_file "$PID_FILE" "$$"
keep_log_small &
log_keeper=$!

wait_seconds=$FIRST_PAUSE_SECONDS
while [ -z "$stopping" ]; do
  started=$(date +%s)
  run_once
  code=$?
  [ -z "$stopping" ] || break
  if [ "$code" -eq 0 ]; then
    note "the program ended by itself"
    break
  fi
  if [ "$code" -eq 2 ]; then
    note "the program refused its options; not starting it again"
    break
  fi
  [ $(($(date +%s) - started)) -lt "$HEALTHY_SECONDS" ] || wait_seconds=$FIRST_PAUSE_SECONDS
  note "the program ended with code $code; starting it again in $wait_seconds s"
  pause_seconds "$wait_seconds"
  wait_seconds=$((wait_seconds * 2))
  [ "$wait_seconds" -le "$LONGEST_PAUSE_SECONDS" ] || wait_seconds=$LONGEST_PAUSE_SECONDS
done

kill "$log_keeper" 2>/dev/null
rm -f "$PID_FILE" "$CHILD_FILE" "$FAILED_FILE"

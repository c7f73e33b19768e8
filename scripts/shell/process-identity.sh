# shellcheck shell=bash
# Files that name a running process, safe against later processes with the same pid. Shared by the
# background manager and its supervisor. A file holds the pid, the identity and the start time in epoch
# seconds, one a line.

# Prints what distinguishes this process from any other: when it started, and in which boot. Prints nothing
# when it does not run.
process_identity() {
  local stat boot=""
  case $1 in '' | *[!0-9]*) return 0 ;; esac
  if [ -r /proc/self/stat ]; then
    { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    # Behind the command's name, which may hold spaces and brackets, the 20th word is the start time.
    stat=${stat##*) }
    # shellcheck disable=SC2086 # split into its words on purpose
    set -- $stat
    # A zombie has ended.
    [ "$1" != Z ] || return 0
    { IFS= read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || true
    printf '%s %s' "${20}" "$boot"
  else
    ps -p "$1" -o lstart= 2>/dev/null || true
  fi
}

# Names the process of this pid in this file.
write_process_file() {
  printf '%s\n%s\n%s\n' "$2" "$(process_identity "$2")" "$(date +%s)" >"$1.new" && mv "$1.new" "$1"
}

# Prints the pid in this file when that very process still runs; fails otherwise.
live_process() {
  local pid="" identity=""
  [ -f "$1" ] || return 1
  { IFS= read -r pid && IFS= read -r identity; } <"$1" || return 1
  [ -n "$identity" ] && [ "$(process_identity "$pid")" = "$identity" ] || return 1
  printf '%s' "$pid"
}

# shellcheck shell=bash
# The test verb: static checks, then the tests, then one closing line that sums them up.
# Sourced by apirouter.sh.

TEST_TIMEOUT_MS=30000

passed=0
failed=0
skipped=0

# Runs all checks and tests, or only the tests below the given paths. Prints "N passed, N failed" last,
# with ", N skipped" behind it when tests were skipped; exits 1 when anything failed.
run_checks() {
  ensure_bun
  ensure_dependencies all
  ensure_console
  # Tests that start programs need the pinned Bun first in PATH, not one that happens to be installed.
  PATH=$(dirname "$BUN"):$PATH
  export PATH
  if [ $# -eq 0 ]; then
    check "format and lint (biome)" "$BUN" x --bun --no-install biome check .
    check "types (tsc)" "$BUN" x --bun --no-install tsc --noEmit
    check "types of the console (tsc)" "$BUN" x --bun --no-install tsc --noEmit -p web
    check "import boundaries and pure folders" "$BUN" scripts/check-boundaries.ts
    check_shell_scripts
    "$BUN" scripts/check-pure-tests.ts || true
    run_all_tests
  else
    say "only the tests below: $*"
    caller_paths "$@"
    run_tests "${PATHS[@]}"
  fi
  if [ "$skipped" -gt 0 ]; then
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  else
    printf '%d passed, %d failed\n' "$passed" "$failed"
  fi
  [ "$failed" -eq 0 ] || exit 1
}

# Puts the paths into PATHS, seen from where the caller stands when they are there. Anything else goes to the
# test runner as it is, which takes it as part of a file name.
caller_paths() {
  local path
  PATHS=()
  for path in "$@"; do
    if [ -e "$CALLER_DIR/$path" ] && [ "${path#/}" = "$path" ]; then
      PATHS+=("$CALLER_DIR/$path")
    elif [ -e "$path" ] && [ "${path#/}" = "$path" ]; then
      PATHS+=("./$path")
    else
      PATHS+=("$path")
    fi
  done
}

# Syntax always; shellcheck where it is installed.
check_shell_scripts() {
  local scripts=(apirouter.sh .ci/run scripts/shell/*.sh)
  if has shellcheck; then
    check "shell scripts (shellcheck)" shellcheck -x -s bash "${scripts[@]}"
  else
    check "shell scripts (syntax only: shellcheck is not installed)" parse_scripts "${scripts[@]}"
  fi
}

parse_scripts() {
  local script
  for script in "$@"; do bash -n "$script" || return 1; done
}

# Runs one static check, which counts as one.
check() {
  local name=$1
  shift
  say "--- $name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    say "failed: $name"
  fi
}

# The soak takes two minutes and mostly waits: it runs beside all others, and its output comes behind theirs.
SOAK_TEST=test/chaos/soak.test.ts

run_all_tests() {
  local folder code=0
  folder=$(mktemp -d)
  "$BUN" test --timeout "$TEST_TIMEOUT_MS" --reporter=junit --reporter-outfile="$folder/report" "./$SOAK_TEST" \
    >"$folder/output" 2>&1 &
  soak=$!
  trap 'kill "$soak" 2>/dev/null' EXIT
  run_tests --path-ignore-patterns="**/$SOAK_TEST" ./src ./web/src ./test ./scripts
  wait "$soak" || code=$?
  trap - EXIT
  say "--- the soak, which ran beside them"
  cat "$folder/output"
  add_counts "$folder/report" "$code"
  rm -rf "$folder"
}

# Runs the tests below the given paths, with options before them, and adds their counts.
run_tests() {
  local report code=0
  report=$(mktemp)
  say "--- tests (bun test)"
  "$BUN" test --timeout "$TEST_TIMEOUT_MS" --reporter=junit --reporter-outfile="$report" "$@" 2>&1 || code=$?
  add_counts "$report" "$code"
  rm -f "$report"
}

# Adds the counts of a runner that ended with this code, read from its report file: what tests print cannot change
# it. A runner that ends badly without a counted failure, or leaves no report, is a failure itself.
add_counts() {
  local code=$2 counts tests failures skips
  counts=$(grep -m 1 '<testsuites' "$1" || true)
  tests=$(count_in "$counts" tests)
  failures=$(count_in "$counts" failures)
  skips=$(count_in "$counts" skipped)
  if [ "$tests" -eq 0 ]; then
    say "failed: no test ran"
    failures=1
  elif [ "$code" -ne 0 ] && [ "$failures" -eq 0 ]; then
    say "failed: the test runner ended with code $code without a failed test"
    failures=1
    tests=$((tests + 1))
  fi
  [ "$tests" -ge $((failures + skips)) ] || tests=$((failures + skips))
  passed=$((passed + tests - failures - skips))
  failed=$((failed + failures))
  skipped=$((skipped + skips))
}

# Prints the number in this attribute of the report's first element; 0 when it is not there.
count_in() {
  local number
  number=$(printf '%s' "$1" | sed -n "s/.* $2=\"\([0-9]*\)\".*/\1/p")
  printf '%d' "${number:-0}"
}

# shellcheck shell=bash
# Finds or fetches the pinned Bun, installs the dependencies, compiles the binary.
# Sourced by apirouter.sh; does nothing on its own. Uses ROOT, say, warn, die and has.

TOOLCHAIN=$ROOT/toolchain
# Names the Bun that was found to run here; newer than the lockfile it came from, or it is looked for again.
BUN_STAMP=$TOOLCHAIN/node_modules/.apirouter-bun
# Holds "production" or "all": what of bun.lock is in node_modules.
DEPENDENCY_STAMP=$ROOT/node_modules/.apirouter-installed
# There when what web/bun.lock names is in web/node_modules.
CONSOLE_STAMP=$ROOT/web/node_modules/.apirouter-installed

# Sets BUN to a Bun of the pinned version, fetching it the first time.
ensure_bun() {
  BUN=${APIROUTER_BUN-}
  if [ -n "$BUN" ]; then
    [ -x "$BUN" ] || die "APIROUTER_BUN names $BUN, which cannot be run"
    return
  fi
  if [ -f "$BUN_STAMP" ] && [ ! "$TOOLCHAIN/package-lock.json" -nt "$BUN_STAMP" ]; then
    IFS= read -r BUN <"$BUN_STAMP" || BUN=""
    BUN=$TOOLCHAIN/node_modules/$BUN
    [ ! -x "$BUN" ] || return 0
  fi
  fetch_bun
}

pinned_bun_version() {
  sed -n 's/.*"bun": *"\([0-9][0-9.]*\)".*/\1/p' "$TOOLCHAIN/package.json" | head -n 1
}

# Sets BUN to the first installed Bun that runs here and has the pinned version; remembers it. Fails when there is none.
pick_bun() {
  local candidate version
  version=$(pinned_bun_version)
  for candidate in "$TOOLCHAIN"/node_modules/@oven/bun-*/bin/bun; do
    [ -x "$candidate" ] || continue
    [ "$("$candidate" --version 2>/dev/null)" = "$version" ] || continue
    BUN=$candidate
    printf '%s\n' "${candidate#"$TOOLCHAIN/node_modules/"}" >"$BUN_STAMP"
    return 0
  done
  return 1
}

fetch_bun() {
  local version
  version=$(pinned_bun_version)
  [ -n "$version" ] || die "toolchain/package.json names no Bun version"
  ! pick_bun || return 0
  if has npm; then
    warn "fetching Bun $version with npm (once)"
    (cd "$TOOLCHAIN" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2) ||
      die "npm could not fetch Bun $version; check the network connection and run this again"
    pick_bun || die "Bun $version came, but does not run on this machine ($(uname -sm))"
    return
  fi
  if has bun && [ "$(bun --version)" = "$version" ]; then
    BUN=$(command -v bun)
    return
  fi
  fetch_bun_release "$version"
}

# The release archive's name for this machine, as Bun's release pages spell it.
release_target() {
  local system machine loader libc=""
  system=$(uname -s | tr '[:upper:]' '[:lower:]')
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x64 ;;
    arm64) machine=aarch64 ;;
  esac
  for loader in /lib/ld-musl-*; do [ ! -e "$loader" ] || libc=-musl; done
  printf 'bun-%s-%s%s' "$system" "$machine" "$libc"
}

sha256_of() {
  if has sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# Without npm: Bun's own release archive, accepted only when its SHA-256 is the recorded one.
fetch_bun_release() {
  local version=$1 target expected url folder
  target=$(release_target)
  expected=$(awk -v name="bun-v$version/$target.zip" '$2 == name { print $1 }' "$TOOLCHAIN/bun-sha256.txt")
  [ -n "$expected" ] ||
    die "npm is missing: install Node.js 20 or newer (it brings npm), or set APIROUTER_BUN to a Bun $version"
  has unzip || die "unzip is missing: install it, or Node.js 20 or newer (it brings npm)"
  url="https://github.com/oven-sh/bun/releases/download/bun-v$version/$target.zip"
  folder=$(mktemp -d)
  warn "fetching $url (once)"
  if has curl; then
    curl -fsSL -o "$folder/bun.zip" "$url"
  elif has wget; then
    wget -qO "$folder/bun.zip" "$url"
  else
    die "curl and wget are missing: install one of them, or Node.js 20 or newer (it brings npm)"
  fi || die "Bun $version could not be fetched; check the network connection and run this again"
  if [ "$(sha256_of "$folder/bun.zip")" != "$expected" ]; then
    rm -rf "$folder"
    die "the Bun archive from $url is not the recorded one (SHA-256 differs); nothing was installed"
  fi
  mkdir -p "$TOOLCHAIN/node_modules/@oven/$target/bin"
  unzip -q "$folder/bun.zip" -d "$folder"
  mv "$folder/$target/bun" "$TOOLCHAIN/node_modules/@oven/$target/bin/bun"
  rm -rf "$folder"
  pick_bun || die "Bun $version came, but does not run on this machine ($(uname -sm))"
}

# Installs what bun.lock names: "production" for running, "all" for tests. Does nothing, offline, when it is there.
ensure_dependencies() {
  local wanted=$1 present=""
  [ ! -f "$DEPENDENCY_STAMP" ] || IFS= read -r present <"$DEPENDENCY_STAMP" || present=""
  if [ ! "$ROOT/bun.lock" -nt "$DEPENDENCY_STAMP" ]; then
    [ "$present" != all ] && [ "$present" != "$wanted" ] || return 0
  fi
  # A checkout that has the development packages keeps them.
  [ "$present" != all ] || wanted=all
  local options=(install --frozen-lockfile --ignore-scripts)
  [ "$wanted" = all ] || options+=(--production)
  warn "installing dependencies"
  "$BUN" "${options[@]}" >&2 ||
    die "the dependencies could not be installed; check the network connection and run this again"
  mkdir -p "$ROOT/node_modules"
  printf '%s\n' "$wanted" >"$DEPENDENCY_STAMP"
}

# Builds the console when it is missing or older than its sources. Never fails: the gateway matters more, and
# without a console it says so at /admin-ui.
ensure_console() {
  [ -d "$ROOT/web" ] || return 0
  local newer="" sources=(web/src web/index.html web/icon.svg web/package.json web/bun.lock scripts/web scripts/build-web.ts src/admin/console-pack.ts)
  if [ -f "$ROOT/dist/web/console.pack" ]; then
    newer=$(find "${sources[@]}" -type f -newer dist/web/console.pack ! -name '*.test.ts' ! -name '*.md' -print | sed -n 1p)
    [ -n "$newer" ] || return 0
  fi
  if [ "$ROOT/web/bun.lock" -nt "$CONSOLE_STAMP" ]; then
    warn "installing the console's dependencies"
    if (cd web && "$BUN" install --frozen-lockfile --ignore-scripts >&2); then
      : >"$CONSOLE_STAMP"
    else
      warn "the console's dependencies could not be installed; the gateway runs without its console"
      return 0
    fi
  fi
  warn "building the console"
  "$BUN" scripts/build-web.ts >&2 || warn "the console could not be built; what was there before stays"
}

# Compiles dist/apirouter.
build_binary() {
  ensure_bun
  ensure_dependencies production
  ensure_console
  "$BUN" scripts/build.ts
}

# Compiles dist/apirouter when it is missing or older than a source.
ensure_binary() {
  local newer=""
  if [ -x "$ROOT/dist/apirouter" ]; then
    local sources=(src package.json bun.lock toolchain/package-lock.json)
    [ ! -d web ] || sources+=(web)
    newer=$(find "${sources[@]}" -name node_modules -prune -o -type f -newer dist/apirouter ! -name '*.test.ts' ! -name "*.md" -print | sed -n 1p)
    [ -n "$newer" ] || return 0
  fi
  warn "building dist/apirouter"
  build_binary
}

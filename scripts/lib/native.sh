#!/usr/bin/env bash
# Drives CMake for native/pom.xml and scripts/test:
#   native.sh build      each platform's library, with its SHA-256, into native/target/natives/PLATFORM
#   native.sh test       the C tests of each platform that was built, by qemu where it is not this one
#   native.sh sanitize   the C tests of this platform under ASan and UBSan
# TERN_NATIVE_PLATFORMS lists the platforms; by default, the one of this machine.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

HOST=linux-$(uname -m)
TARGET=$TERN_ROOT/native/target
read -ra PLATFORMS <<<"${TERN_NATIVE_PLATFORMS:-$HOST}"

# Why platform $1 cannot be built here, or nothing.
missing_tool() {
  local compiler=${CC:-cc}
  [[ $1 == "$HOST" ]] || compiler=${1#linux-}-linux-gnu-gcc
  has cmake || { echo CMake && return; }
  has "$compiler" || echo "the C compiler $compiler"
}

# Configures and builds into directory $1; the rest goes to CMake.
cmake_build() {
  local directory=$1
  shift
  local generator=()
  [[ -e $directory/CMakeCache.txt ]] || ! has ninja || generator=(-G Ninja)
  cmake -S "$TERN_ROOT" -B "$directory" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release "$@" >"$directory.log" ||
    { cat "$directory.log" && return 1; }
  cmake --build "$directory" --parallel
}

build_platform() {
  local toolchain=()
  [[ $1 == "$HOST" ]] || toolchain=("-DCMAKE_TOOLCHAIN_FILE=$TERN_ROOT/native/cmake/$1.cmake")
  cmake_build "$TARGET/$1" "${toolchain[@]}"
  local resources=$TARGET/natives/$1/dev/tern/native/$1
  mkdir -p "$resources"
  cp "$TARGET/$1/native/libtern.so" "$resources"
  (cd "$resources" && sha256sum libtern.so >libtern.so.sha256)
}

build() {
  local platform missing
  mkdir -p "$TARGET"
  for platform in "${PLATFORMS[@]}"; do
    missing=$(missing_tool "$platform")
    if [[ -z $missing ]]; then
      build_platform "$platform"
    else
      rm -rf "$TARGET/natives/$platform" "$TARGET"/tern-native-*-"$platform".jar
      say "building without the native backend for $platform: $missing is missing (scripts/setup installs it)"
    fi
  done
}

# ctest counts a skipped test as passed; under CI=true it is a failure.
run_ctest() {
  local log=$1/ctest.log
  ctest --test-dir "$1" --parallel "$(nproc)" --timeout 900 --output-on-failure --no-tests=error | tee "$log"
  [[ ${CI:-} != true ]] || ! grep -qE 'Skipped|Not Run' "$log" || die "C tests were skipped: $log"
}

test_platform() {
  if [[ ! -e $TARGET/natives/$1 ]]; then
    [[ ${CI:-} != true ]] || die "the native backend for $1 was not built, so its tests cannot run"
  elif [[ $1 != "$HOST" ]] && ! has "qemu-${1#linux-}"; then
    [[ ${CI:-} != true ]] || die "qemu-${1#linux-} is missing"
    say "the C tests for $1 are left out: qemu-${1#linux-} is missing (scripts/setup installs it)"
  else
    run_ctest "$TARGET/$1"
  fi
}

test_all() {
  local platform
  for platform in "${PLATFORMS[@]}"; do test_platform "$platform"; done
}

sanitize() {
  cmake_build "$TARGET/$HOST-sanitized" -DTERN_SANITIZE=ON
  run_ctest "$TARGET/$HOST-sanitized"
}

case ${1:-} in
  build) build ;;
  test) test_all ;;
  sanitize) sanitize ;;
  *) die "usage: native.sh build|test|sanitize" ;;
esac

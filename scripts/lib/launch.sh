# shellcheck shell=bash
# Builds a module on first use and runs a class of it. Sourced by scripts/tern, bench and reproduce.
#
# MODULE/target/launch/ holds
#   <n>/        the jars of one build, java.args and classes.aot, never changed once made: running programs keep theirs
#   current     -> the <n> of the last build
#   stamp       when that build began: a source changed since makes it out of date
#   build.log
# and target/launch.lock, one for all modules, since their builds share most of what they write.
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LOCK=$TERN_ROOT/target/launch.lock
SOURCES=(pom.xml CMakeLists.txt java native kernels bench)

# A deleted source shows in the time of its directory. The tests' sources are not in what is launched.
is_current() {
  [[ -e $LAUNCH/stamp && -e $LAUNCH/current/java.args ]] || return 1
  [[ -z $(cd "$TERN_ROOT" && find "${SOURCES[@]}" \( -name target -o -path '*/src/test' \) -prune -o \
    \( -type f -o -name src -o -path '*/src/*' \) -newer "$LAUNCH/stamp" -print -quit 2>/dev/null) ]]
}

# Holds the lock until the process ends or calls unlock; says so when it has to wait.
lock() {
  if has flock; then
    exec 9>"$LOCK"
    flock --nonblock 9 || { say "waiting for another start to finish building" && flock 9; }
  else
    lock_by_directory
  fi
}

lock_by_directory() {
  local told='' owner
  until mkdir "$LOCK.d" 2>/dev/null; do
    owner=$(cat "$LOCK.d/pid" 2>/dev/null || true)
    kill -0 "${owner:-$$}" 2>/dev/null ||
      die "a build was killed before its end: remove $LOCK.d"
    [[ -n $told ]] || say "waiting for another start to finish building"
    told=yes
    sleep 0.2
  done
  echo $$ >"$LOCK.d/pid"
  trap 'rm -rf "$LOCK.d"' EXIT
}

unlock() {
  if has flock; then
    exec 9>&-
  else
    rm -rf "$LOCK.d"
    trap - EXIT
  fi
}

# build MODULE MAIN-CLASS [MAVEN-OPTION…]: into a directory of its own.
build() {
  local module=$1 main=$2 next=$(($(readlink "$LAUNCH/current" || echo 0) + 1))
  shift 2
  rm -rf "${LAUNCH:?}/$next"
  mkdir "$LAUNCH/$next"
  touch "$LAUNCH/stamp.new"
  run_maven --quiet -DskipTests -pl "$module" -am "$@" package dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$LAUNCH/$next" >"$LAUNCH/build.log" 2>&1 ||
    { tail -n 40 "$LAUNCH/build.log" >&2 && die "the build failed: $LAUNCH/build.log"; }
  cp "$TERN_ROOT/$module"/target/tern-*-SNAPSHOT.jar "$LAUNCH/$next"
  cp "$TERN_ROOT"/native/target/tern-native-*-linux-*.jar "$LAUNCH/$next" 2>/dev/null ||
    say "built without the native backend: tern probe says why"
  write_java_args "$LAUNCH/$next"
  cache_classes "$LAUNCH/$next" "$main"
  ln -sfn "$next" "$LAUNCH/current"
  mv "$LAUNCH/stamp.new" "$LAUNCH/stamp"
  rm -rf "${LAUNCH:?}/$((next - 2))"
}

# The JVM's own messages go to stderr: stdout belongs to the program.
write_java_args() {
  local jars=("$1"/*.jar)
  local IFS=:
  cat >"$1/java.args" <<ARGS
--add-modules jdk.incubator.vector
--enable-native-access=ALL-UNNAMED
-Xlog:disable
-Xlog:all=warning:stderr
-cp "${jars[*]}"
ARGS
}

# Classes already loaded and linked take a fifth off a start. Without the cache the program starts as well.
cache_classes() {
  java -XX:AOTCacheOutput="$1/classes.aot" "@$1/java.args" "$2" --help >>"$LAUNCH/build.log" 2>&1 || true
  [[ ! -e $1/classes.aot ]] || echo "-XX:AOTCache=\"$1/classes.aot\"" >>"$1/java.args"
}

# launch MODULE MAIN-CLASS [MAVEN-OPTION…] -- ARGUMENT…
launch() {
  local module=$1 main=$2 options=()
  shift 2
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  LAUNCH=$TERN_ROOT/$module/target/launch
  require_jdk
  if ! is_current; then
    mkdir -p "$LAUNCH" "$(dirname "$LOCK")"
    lock
    if ! is_current; then
      say "building Tern ($([[ -e $LAUNCH/stamp ]] && echo sources changed || echo first use))…"
      build "$module" "$main" "${options[@]}"
    fi
    unlock
  fi
  # The compiler of PoCL takes SIGSEGV over, by which the JVM stops its threads; this chains the two handlers.
  [[ ! -e $JAVA_HOME/lib/libjsig.so ]] || export LD_PRELOAD="$JAVA_HOME/lib/libjsig.so${LD_PRELOAD:+:$LD_PRELOAD}"
  # shellcheck disable=SC2086  # several options in one variable
  exec java "@$LAUNCH/current/java.args" ${TERN_JAVA_OPTIONS:-} "$main" "$@"
}

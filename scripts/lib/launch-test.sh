#!/usr/bin/env bash
# Tests scripts/tern and scripts/setup: a copy of the scripts over a one-class program, with a Maven that only counts.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require_jdk

passed=0
failed=0
SANDBOX=$(mktemp -d)
trap 'rm -rf "$SANDBOX"' EXIT

# check NAME COMMAND…: the command's failure is the test's.
check() {
  local name=$1
  shift
  touch "$SANDBOX/mark"
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    find "$SANDBOX" -maxdepth 1 -name '*.err' -newer "$SANDBOX/mark" -exec tail -n 20 -v {} + | sed 's/^/        /'
  fi
}

lay_sandbox() {
  mkdir -p "$SANDBOX"/{bin,java/cli/src/main,java/cli/target,native/src}
  cp -r "$TERN_ROOT/scripts" "$SANDBOX/scripts"
  touch "$SANDBOX"/{pom.xml,CMakeLists.txt} "$SANDBOX/native/src/tern.c"
  cat >"$SANDBOX/java/cli/src/main/TernCommand.java" <<'JAVA'
package dev.tern.cli;

public class TernCommand {
    public static void main(final String[] arguments) {
        System.out.println(String.join("|", arguments));
        System.exit(arguments.length);
    }
}
JAVA
  cat >"$SANDBOX/bin/mvn" <<'MVN'
#!/usr/bin/env bash
set -euo pipefail
echo "the build talks on stdout"
echo built >>builds
sleep 1
cd java/cli
"$JAVA_HOME/bin/javac" -d target/classes src/main/TernCommand.java
"$JAVA_HOME/bin/jar" --create --file target/tern-cli-0-SNAPSHOT.jar -C target/classes .
MVN
  chmod +x "$SANDBOX/bin/mvn"
}

# Every command of this machine but those named.
path_without() {
  local folder=$SANDBOX/without-$1 command
  mkdir -p "$folder"
  ln -sf /usr/bin/* /bin/* "$folder"
  for command in "$@"; do rm -f "$folder/$command"; done
  echo "$folder"
}

# tern NAME ARGUMENT…: runs the sandbox's launcher; its output goes to NAME.out and NAME.err.
tern() {
  local name=$1
  shift
  PATH=$SANDBOX/bin:$PATH "$SANDBOX/scripts/tern" "$@" >"$SANDBOX/$name.out" 2>"$SANDBOX/$name.err"
}

builds() { wc -l <"$SANDBOX/builds"; }

# Touches a source, starts four at once, and expects one build and three that waited for it.
four_starts_build_once() {
  local name=$1 before=0 start pids=() pid
  [[ ! -e $SANDBOX/builds ]] || before=$(builds)
  touch "$SANDBOX/native/src/tern.c"
  for start in 1 2 3 4; do
    tern "$name$start" &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do wait "$pid" || return 1; done
  (($(builds) == before + 1 && $(cat "$SANDBOX/$name"?.err | grep -c 'waiting for another start') == 3))
}

four_starts_build_once_without_flock() {
  local path
  path=$(path_without flock)
  local PATH=$path
  four_starts_build_once directory
}

arguments_and_status_pass_through() {
  local status=0
  tern pass 'two words' '*' || status=$?
  [[ $status == 2 && $(<"$SANDBOX/pass.out") == 'two words|*' ]]
}

changed_source_builds_again() {
  local before
  before=$(builds)
  touch "$SANDBOX/native/src/tern.c"
  tern changed && tern unchanged && (($(builds) == before + 1)) && grep -q 'sources changed' "$SANDBOX/changed.err"
}

deleted_source_builds_again() {
  local before
  before=$(builds)
  rm "$SANDBOX/native/src/tern.c"
  tern deleted && (($(builds) == before + 1))
}

older_java_home_is_passed_over() {
  mkdir -p "$SANDBOX/older/bin"
  printf '#!/bin/sh\nexit 9\n' | tee "$SANDBOX/older/bin/java" >"$SANDBOX/older/bin/javac"
  chmod +x "$SANDBOX"/older/bin/*
  echo 'JAVA_VERSION="17.0.1"' >"$SANDBOX/older/release"
  JAVA_HOME=$SANDBOX/older tern older
}

failed_build_is_told_on_stderr() {
  sed -i '2i echo "it broke" && exit 1' "$SANDBOX/bin/mvn"
  touch "$SANDBOX/pom.xml"
  ! tern broken && grep -q 'it broke' "$SANDBOX/broken.err" && [[ ! -s $SANDBOX/broken.out ]]
}

setup_without_root_lists_what_is_missing() {
  local path
  path=$(path_without cmake sudo)
  local PATH=$path
  chmod -R a+rX "$SANDBOX"
  setpriv --reuid=65534 --clear-groups "$SANDBOX/scripts/setup" 2>"$SANDBOX/setup.err" </dev/null &&
    grep -q 'without root.* cmake' "$SANDBOX/setup.err"
}

maven_under_an_older_java_names_the_way_out() {
  local older log=$SANDBOX/enforcer.err
  for older in /usr/lib/jvm/*; do
    "$older/bin/java" -version 2>&1 | grep -qE 'version "(17|21)\.' || continue
    ! (cd "$TERN_ROOT" && JAVA_HOME=$older mvn --batch-mode --non-recursive validate >"$log" 2>&1) || return 1
    grep -q 'Run scripts/test' "$log"
    return
  done
  say "no older Java here to try"
}

lay_sandbox
check "four starts at once build once" four_starts_build_once first
check "four starts at once build once without flock" four_starts_build_once_without_flock
check "arguments and exit status pass through, and stdout is the program's" arguments_and_status_pass_through
check "a changed source builds again, once" changed_source_builds_again
check "a deleted source builds again" deleted_source_builds_again
check "a JAVA_HOME that is too old is passed over" older_java_home_is_passed_over
check "a failed build is told, on stderr" failed_build_is_told_on_stderr
if ((EUID == 0)); then
  check "set-up without root lists what is missing and goes on" setup_without_root_lists_what_is_missing
fi
check "Maven under an older Java names the way out" maven_under_an_older_java_names_the_way_out

echo "$passed passed, $failed failed"
((failed == 0))

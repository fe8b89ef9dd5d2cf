# shellcheck shell=bash
# What every script needs: the root, messages, a JDK 25, Maven. Sourced, never run.

TERN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
JAVA_REQUIRED=25

# Messages go to stderr: stdout belongs to the command that is run.
say() { printf 'tern: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# The feature version of the JDK in directory $1, read from its release file (starting a JVM would take longer than
# everything else the launcher does); 0 if it is no JDK.
jdk_version() {
  local line version=0
  [[ -x $1/bin/javac && -r $1/release ]] || { echo 0 && return; }
  while IFS= read -r line; do
    [[ $line == JAVA_VERSION=* ]] && version=${line//[^0-9.]/} && version=${version%%.*}
  done <"$1/release"
  echo "${version:-0}"
}

jdk_candidates() {
  local compiler
  printf '%s\n' "${JAVA_HOME:-}"
  if compiler=$(command -v javac); then dirname "$(dirname "$(readlink -f "$compiler")")"; fi
  printf '%s\n' /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/*jdk* "$HOME"/.jdks/* "$HOME"/.sdkman/candidates/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home
}

# Sets JAVA_HOME and PATH to the first JDK that is new enough.
find_jdk() {
  local candidate
  while IFS= read -r candidate; do
    if (($(jdk_version "$candidate") >= JAVA_REQUIRED)); then
      export JAVA_HOME=$candidate PATH=$candidate/bin:$PATH
      return
    fi
  done < <(jdk_candidates)
  return 1
}

require_jdk() {
  find_jdk || die "no JDK $JAVA_REQUIRED found: set JAVA_HOME to one, or run scripts/setup"
}

# Maven in the root; its own libraries use what newer JDKs warn about.
run_maven() {
  has mvn || die "no Maven found: run scripts/setup"
  (cd "$TERN_ROOT" && MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}" \
    mvn --batch-mode "$@")
}

#!/bin/sh
# check_symbols.sh OBJDUMP LIBRARY HEADER -- fails where the library exports anything but what the header declares, or needs
# a glibc later than 2.17
set -eu
table=$("$1" -T "$2")
exported=$(echo "$table" | awk '/ g / && !/\*UND\*/ { print $NF }' | sort)
declared=$(grep -v '^#' "$3" | tr '\n' ' ' | grep -oE 'TERN_API [^;()]*\(' | grep -oE '[a-z0-9_]+\($' | tr -d '(' | sort)
needed=$(echo "$table" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -1)
failed=0
if [ "$exported" != "$declared" ]; then
  printf 'FAILED: exported:\n%s\ndeclared:\n%s\n' "$exported" "$declared"
  failed=$((failed + 1))
fi
if [ "$(printf '%s\nGLIBC_2.17\n' "$needed" | sort -V | tail -1)" != GLIBC_2.17 ]; then
  echo "FAILED: needs $needed"
  failed=$((failed + 1))
fi
echo "$((2 - failed)) passed, $failed failed"
exit $failed

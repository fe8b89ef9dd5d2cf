#!/bin/sh
# check_spills.sh OBJDUMP LIBRARY -- fails where an innermost loop that multiplies keeps vectors on the stack
#   A compiler that runs out of registers costs such a loop half of its speed and more, and no test of results sees it.
set -eu
"$1" -d --no-show-raw-insn "$2" | awk '
  function hex(text, value, i) {
    value = 0
    for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
  }
  function close_loop(from, to, i, multiplies, spills) {
    multiplies = spills = 0
    for (i = count; i > 0 && address[i] >= from; i--) {
      if (inner[i]) return
      multiplies += text[i] ~ /vpdpbusd|vdpbf16ps|vfmadd|vpmaddwd|tdpb|[su]dot|mmla|fmla/
      spills += text[i] ~ /[xyz]mm[0-9]+.*\(%[re]?sp|\(%[re]?sp.*[xyz]mm|[[:space:]][qv][0-9]+,.*\[(sp|x29)/
    }
    for (i = count; i > 0 && address[i] >= from; i--) inner[i] = 1
    if (multiplies < 2) return
    loops++
    if (spills) { failed++; printf "FAILED: %s spills %d vectors in the loop at %x\n", name, spills, from }
  }
  />:$/ { name = $2; count = 0; delete address; delete text; delete inner; next }
  /^ +[0-9a-f]+:/ {
    at = $1; sub(":", "", at)
    count++; address[count] = hex(at); text[count] = $0
    if ($2 ~ /^(j|b\.|cb|tb)/ && $2 != "jmp") { # a jump back from cold code is no loop
      target = $2 ~ /^j/ ? $3 : $NF
      for (i = 3; i <= NF; i++) if ($i ~ /^[0-9a-f]+$/ && $(i + 1) ~ /^</) target = $i
      if (target ~ /^[0-9a-f]+$/ && hex(target) <= address[count]) close_loop(hex(target), address[count])
    }
  }
  END { printf "%d passed, %d failed\n", loops - failed, failed; exit failed || !loops }'

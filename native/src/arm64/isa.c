// isa.c -- what the kernel of the OS says this CPU has
#include "../kernel.h"

#include <sys/auxv.h>

// From the Linux ABI; older headers lack the later ones.
enum { CAP_ASIMD = 1 << 1, CAP_ASIMDDP = 1 << 20, CAP2_I8MM = 1 << 13, HWCAP2 = 26 };

uint64_t tern_cpu_isa(void) {
  const uint64_t cap = getauxval(AT_HWCAP), cap2 = getauxval(HWCAP2);
  uint64_t isa = TERN_ISA_SCALAR;
  isa |= cap & CAP_ASIMD ? TERN_ISA_NEON : 0;
  isa |= cap & CAP_ASIMDDP ? TERN_ISA_DOTPROD : 0;
  isa |= cap2 & CAP2_I8MM ? TERN_ISA_I8MM : 0;
  return isa;
}

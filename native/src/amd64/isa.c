// isa.c -- what this CPU has and this OS saves at a context switch
#define _GNU_SOURCE // syscall
#include "../kernel.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  XCR0_AVX = 0x6,         // SSE and AVX state
  XCR0_AVX512 = 0xe6,     // also opmasks, upper halves of zmm 0-15, zmm 16-31
  XCR0_AMX = 0x60000,     // tile configuration and tile data
  XCOMP_TILE_DATA = 18,   // what is asked for by
  REQ_XCOMP_PERM = 0x1023 // ARCH_REQ_XCOMP_PERM, since Linux 5.16
};

struct cpuid {
  uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  struct cpuid id = {0, 0, 0, 0};
  __get_cpuid_count(leaf, subleaf, &id.eax, &id.ebx, &id.ecx, &id.edx);
  return id;
}

static uint64_t enabled_state(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static bool has(uint64_t word, uint64_t bits) {
  return (word & bits) == bits;
}

// Tiles are off until the process asks for them; the permission holds for all its threads.
static bool tiles_granted(uint64_t state) {
  return has(state, XCR0_AMX) && syscall(SYS_arch_prctl, REQ_XCOMP_PERM, XCOMP_TILE_DATA) == 0;
}

static uint64_t avx512_isa(struct cpuid seven, struct cpuid seven_one) {
  uint64_t isa = 0;
  if (has(seven.ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL)) {
    isa |= TERN_ISA_AVX512;
    isa |= has(seven.ecx, bit_AVX512VNNI) ? TERN_ISA_AVX512VNNI : 0;
    isa |= has(seven_one.eax, bit_AVX512BF16) ? TERN_ISA_AVX512BF16 : 0;
    isa |= has(seven.ecx, bit_AVX512VPOPCNTDQ) ? TERN_ISA_AVX512VPOPCNTDQ : 0;
    isa |= has(seven.ecx, bit_AVX512VBMI) ? TERN_ISA_AVX512VBMI : 0;
  }
  return isa;
}

uint64_t tern_cpu_isa(void) {
  uint64_t isa = TERN_ISA_SCALAR;
  const struct cpuid one = cpuid(1, 0), seven = cpuid(7, 0), seven_one = cpuid(7, 1);
  const uint64_t state = has(one.ecx, bit_OSXSAVE) ? enabled_state() : 0;
  if (!has(state, XCR0_AVX) || !has(one.ecx, bit_AVX | bit_FMA | bit_F16C) || !has(seven.ebx, bit_AVX2)) {
    return isa;
  }
  isa |= TERN_ISA_AVX2;
  if (has(state, XCR0_AVX512)) {
    isa |= avx512_isa(seven, seven_one);
  }
  if (has(seven.edx, bit_AMX_TILE | bit_AMX_INT8) && has(isa, TERN_ISA_AVX512VBMI) && tiles_granted(state)) {
    isa |= TERN_ISA_AMXINT8;
  }
  return isa;
}

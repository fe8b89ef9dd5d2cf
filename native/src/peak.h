// peak.h -- a row of the table of peaks
#ifndef TERN_PEAK_H
#define TERN_PEAK_H

#include "tern.h"

struct peak {
  struct tern_peak row;
  void (*run)(int64_t iterations);
};

extern const struct peak TERN_PEAKS[];
extern const int32_t TERN_PEAKS_COUNT;

#endif

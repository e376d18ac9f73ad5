/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was measured as a picture in a terminal: rates over time, and how long reads take, by block characters. */
#ifndef QUALIFY_CHART_H
#define QUALIFY_CHART_H

#include "qualify/measured.h"

#include <stdbool.h>
#include <stdio.h>

/* One character a value, as high as it is beside the largest; without @utf8, by ASCII characters. Caller frees. */
char *qualify_chart_spark(const double *values, size_t n, bool utf8);
/* From 10 µs to 10 s, each ten times as much as wide as the other; "" for 0. Caller frees. */
char *qualify_chart_time(uint64_t ns, bool utf8);

/* Both charts, indented by two columns. */
void qualify_chart_print(FILE *out, const struct qualify_measured *measured, bool utf8);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was measured as a picture in a file (SVG 1.1): rates over time above, how long reads and writes take below. */
#ifndef QUALIFY_SVG_H
#define QUALIFY_SVG_H

#include "qualify/verdict.h"

#include <stdio.h>

/* @title and @below, UTF-8, are the disk's; whatever is in them stays text. */
void qualify_svg_print(FILE *out, const char *title, const char *below,
        const struct qualify_measured *measured, const struct qualify_opinion *opinion);

#endif

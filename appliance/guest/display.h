/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of a display card, and the process that keeps the picture on its screens. */
#pragma once

#include "probe.h"

#define DISPLAY_TEXT_MAX 16384

struct display_job {
	uint64_t nonce;
	const void *font_data;
	size_t font_size;
};

/*
 * Reports "driver" and "draw" (and for a passed card "interrupt" and "dma"), then never returns:
 * each text that arrives on the probe's socket is drawn.
 */
__attribute__((noreturn)) void display_run(struct probe *probe, const struct display_job *job);

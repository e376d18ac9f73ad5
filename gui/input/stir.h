/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether what an input device says is worth a look: a stick that nobody touches trembles by a step or two of its 256,
 * hundreds of times a second on some pads, and must not wake what draws.
 */
#ifndef INPUT_STIR_H
#define INPUT_STIR_H

#include <linux/input.h>
#include <stdbool.h>
#include <stddef.h>

/* Parts of a stick's whole way that it may tremble by. */
#define STIR_PARTS 32

struct stir {
	struct {
		int last, step; /* where it was when it was looked at; @step 0: every move counts */
	} axes[2];              /* ABS_X, ABS_Y */
};

/* @minimum, @maximum: of the axis (EVIOCGABS). */
void stir_set_axis(struct stir *stir, unsigned code, int minimum, int maximum);
bool stir_take(struct stir *stir, const struct input_event *events, size_t n);

#endif

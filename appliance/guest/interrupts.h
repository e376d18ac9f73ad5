/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many interrupts a PCI function has raised, from /proc/interrupts and /sys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Interrupts that a function's lines got so far. */
struct interrupts {
	unsigned long count;
	unsigned lines; /* lines in use by a driver */
	bool shared;    /* another driver listens on one of them */
	char text[160]; /* the lines in words */
};

/* Adds up the lines of /proc/interrupts' text with these numbers. */
void interrupts_sum(const char *text, const int *numbers, size_t count, struct interrupts *out);

/* The same for a function, by its MSI lines, or its INTx line where it has none. */
void interrupts_of(const char *address, struct interrupts *out);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a monitor is asked and told over its own wire: VESA DDC/CI 1.1. Two messages are all that is needed, and they are
 * said by a process that has nothing but the open wire; libddcutil opens the nodes of all monitors by itself, and with the
 * rights of its caller.
 */
#ifndef VM_DDC_H
#define VM_DDC_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

#define DDC_ADDRESS 0x37 /* of every monitor on its wire */
#define DDC_INPUT   0x60 /* which of its inputs it shows: MCCS 2.2a, Input Select */

/* The wire; each returns as read(2) and write(2) do. */
struct ddc {
	ssize_t (*say)(void *user, const void *bytes, size_t size);
	ssize_t (*hear)(void *user, void *bytes, size_t size);
	void (*rest)(void *user, unsigned ms);
	void *user;
};

/* -ENOMSG: it does not answer, or nonsense, even when it is asked several times; -ENOTSUP: it has no such feature. */
int ddc_get(const struct ddc *ddc, uint8_t feature, uint8_t *value, struct err *err);
/* A monitor never confirms it. */
int ddc_set(const struct ddc *ddc, uint8_t feature, uint8_t value, struct err *err);

#endif

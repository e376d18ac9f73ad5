/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of kernel modules that the test guest carries, and when each is loaded. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum driver_stage {
	DRIVER_CORE,   /* before anything is tested: the way to the plan and the report */
	DRIVER_DEVICE, /* after the tests that need a device without its driver */
};

struct driver {
	const char *module;
	enum driver_stage stage;
	/* Loaded only if a PCI function's class, masked, is class_code; mask 0 = always. */
	uint32_t class_code, class_mask;
	const char *parameters;
};

extern const struct driver drivers[];
extern const size_t drivers_count;

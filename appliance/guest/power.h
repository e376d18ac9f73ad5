/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The power button: KEY_POWER of any input device, the ACPI button among them. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define POWER_INPUTS_MAX 32

struct power {
	int fds[POWER_INPUTS_MAX]; /* by number of /dev/input/eventN; -1: not open */
};

void power_init(struct power *power);

/* Opens input devices that came, that have such a key. */
void power_update(struct power *power);

/* Fills fds (room for POWER_INPUTS_MAX) with what to wait for; returns how many. */
size_t power_poll_fds(const struct power *power, struct pollfd *fds);

/* Reads what came; true where the button was pressed. */
bool power_pressed(struct power *power);

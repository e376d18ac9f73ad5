/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the guest's kernel modules, those of one stage that this machine has devices for. */
#pragma once

#include <stddef.h>

#include "drivers.h"

/*
 * Loads what drivers.c lists for the stage. What cannot be loaded is told in problem, which holds
 * an empty text where all went well.
 */
void loader_run(enum driver_stage stage, char *problem, size_t size);

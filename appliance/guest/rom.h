/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the guest reads of a function's expansion ROM what the host gave it. Wanted is "GUESTPATH BYTES CRC32", the checksum
 * in hex and of that many bytes.
 */
#pragma once

#include "probe.h"

/* Tells "rom". */
void rom_test(struct probe *probe);

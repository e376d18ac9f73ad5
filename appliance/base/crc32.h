/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32 as zlib, PNG and Ethernet have it: to compare what two sides read, where nobody means harm. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *bytes, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI tables for tests, byte by byte, with the length and checksum that they should have. */
#ifndef TEST_ACPI_BYTES_H
#define TEST_ACPI_BYTES_H

#include "base/util.h"

struct acpi_bytes {
	uint8_t at[4096];
	size_t n;
};

/* "d e a d" with each number in hexadecimal: bytes at the end. */
static inline void acpi_hex(struct acpi_bytes *b, const char *text)
{
	for (char *end; *text; text = end) {
		b->at[b->n++] = (uint8_t)strtoul(text, &end, 16);
		end += strspn(end, " ");
	}
}

/* A header of 36 bytes; what follows it is the table's own. */
static inline void acpi_start(struct acpi_bytes *b, const char *signature)
{
	*b = (struct acpi_bytes){.n = 36};
	memcpy(b->at, signature, 4);
	b->at[8] = 1;
	memcpy(b->at + 10, "ABCDEFABCDEFGH", 14);
}

/* Puts in the length and the checksum. */
static inline void acpi_seal(struct acpi_bytes *b)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 4; i++)
		b->at[4 + i] = (uint8_t)(b->n >> 8 * i);
	b->at[9] = 0;
	for (size_t i = 0; i < b->n; i++)
		sum = (uint8_t)(sum + b->at[i]);
	b->at[9] = (uint8_t)-sum;
}

#endif

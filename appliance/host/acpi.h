/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all ACPI tables have in common (ACPI specification 5.2.6): the header, its length and its checksum.
 * Tables are firmware's bytes: nothing is believed before it is checked.
 */
#ifndef HOST_ACPI_H
#define HOST_ACPI_H

#include "base/err.h"

#define ACPI_HEADER    36
#define ACPI_TABLE_MAX (256 << 10) /* the longest we read; real ones have a few thousand bytes */

/* Little endian numbers, from any address. */
uint16_t acpi_u16(const uint8_t *p);
uint32_t acpi_u32(const uint8_t *p);
uint64_t acpi_u64(const uint8_t *p);

/*
 * Checks the header of table @signature, which has at least @least bytes. Returns 0 with the table's @length;
 * -EBADMSG when only the checksum is wrong, @length is valid then too; -EINVAL with @length 0 otherwise.
 */
int acpi_table_check(const uint8_t *bytes, size_t size, const char *signature, size_t least,
        size_t *length, struct err *err);

/* A name from a table, @size bytes or up to the first NUL, as clean text; caller frees. */
char *acpi_name(const uint8_t *bytes, size_t size);

#endif

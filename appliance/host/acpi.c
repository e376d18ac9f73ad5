/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/acpi.h"
#include "host/attr.h"

#include <errno.h>

uint16_t acpi_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t acpi_u32(const uint8_t *p)
{
	return acpi_u16(p) | (uint32_t)acpi_u16(p + 2) << 16;
}

uint64_t acpi_u64(const uint8_t *p)
{
	return acpi_u32(p) | (uint64_t)acpi_u32(p + 4) << 32;
}

int acpi_table_check(const uint8_t *bytes, size_t size, const char *signature, size_t least,
        size_t *length, struct err *err)
{
	uint32_t said;
	uint8_t sum = 0;

	*length = 0;
	if (size < ACPI_HEADER)
		return err_set(err, -EINVAL, "%zu bytes, too few for the header of a table", size);
	if (memcmp(bytes, signature, 4))
		return err_set(err, -EINVAL, "does not begin with %s", signature);
	said = acpi_u32(bytes + 4);
	if (said < least)
		return err_set(
		        err, -EINVAL, "its length is %u, at least %zu are needed", said, least);
	if (said > size)
		return err_set(
		        err, -EINVAL, "its length is %u, but only %zu bytes are there", said, size);
	if (said > ACPI_TABLE_MAX)
		return err_set(err, -EINVAL, "its length is %u, more than any real one", said);
	*length = said;
	for (size_t i = 0; i < said; i++)
		sum = (uint8_t)(sum + bytes[i]);
	if (sum)
		return err_set(err, -EBADMSG, "its checksum is wrong by %#04x", sum);
	return 0;
}

char *acpi_name(const uint8_t *bytes, size_t size)
{
	return text_clean(xstrndup((const char *)bytes, size));
}

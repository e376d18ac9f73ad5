/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efivar.h"

#define ATTRIBUTES 4 /* bytes before the value, in every file of efivarfs */

char *efivar_text(const struct root *root, const char *path)
{
	size_t size = 0, n = 0;
	cleanup_free unsigned char *bytes = root_read_bytes(root, path, &size);
	char *text;

	if (!bytes || size < ATTRIBUTES)
		return NULL;
	text = xcalloc(1, (size - ATTRIBUTES) / 2 + 1);
	for (size_t i = ATTRIBUTES; i + 1 < size; i += 2) {
		unsigned c = bytes[i] | (unsigned)bytes[i + 1] << 8;

		if (!c)
			break;
		text[n++] = c < 0x20 || c > 0x7e ? '?' : (char)c;
	}
	return text;
}

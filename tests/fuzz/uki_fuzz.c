/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unified kernel image that somebody else made: each part lies in the file, and its texts are fit for an entry. */
#include "host-setup/uki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_texts(const uint8_t *data, const struct uki_section *s)
{
	cleanup_free char *text = xstrndup((const char *)data + s->offset, (size_t)s->size);
	cleanup_free char *title = uki_title(text);
	cleanup_free char *line = uki_cmdline((const char *)data + s->offset, (size_t)s->size);
	cleanup_free char *release = uki_kernel_release(data + s->offset, (size_t)s->size);

	if (!*title || strchr(title, '\n') || (line && strpbrk(line, "\n\r\t")) ||
	        (release && !uki_is_plain(release)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uki_section all = {0, size};
	struct uki uki;

	read_texts(data, &all);
	if (uki_parse(data, size < UKI_HEAD_MAX ? size : UKI_HEAD_MAX, size, &uki) < 0)
		return 0;
	for (int i = 0; i < UKI_PART_COUNT; i++) {
		if (uki.parts[i].offset + uki.parts[i].size > size)
			abort();
		read_texts(data, &uki.parts[i]);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manifests and heads of images from a stranger: read or refused with a reason, and what was read is written back the same and
 * names nothing but files.
 */
#include "backup/chain.h"
#include "backup/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct backup_manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (!backup_is_file_name(m->items[i].name) ||
		        strstr(m->items[i].member, "..") == m->items[i].member ||
		        m->items[i].data > m->items[i].size)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backup_manifest m, again;
	struct err err = {0};
	struct chain chain;

	if (chain_read(data, size, &chain) == 0 && strlen(chain.backing) >= sizeof(chain.backing))
		abort();
	if (backup_manifest_read((const char *)data, size, &m, &err) < 0) {
		if (!err.message[0])
			abort();
		return 0;
	}
	check(&m);
	{
		cleanup_free char *text = backup_manifest_write(&m);

		if (!text || backup_manifest_read(text, strlen(text), &again, &err) < 0 ||
		        again.n != m.n || memcmp(again.items, m.items, m.n * sizeof(*m.items)) != 0)
			abort();
		backup_manifest_finish(&again);
	}
	backup_manifest_finish(&m);
	return 0;
}

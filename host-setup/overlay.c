/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "overlay.h"

#include "base/cpio.h"
#include "base/util.h"

#define CONF "etc/playthrough/bind.conf"

struct bytes {
	char *at;
	size_t n;
};

static int append(void *to, const void *data, size_t size)
{
	struct bytes *bytes = to;

	bytes->at = xrealloc(bytes->at, bytes->n + size, 1);
	memcpy(bytes->at + bytes->n, data, size);
	bytes->n += size;
	return 0;
}

/* The folders above @path, outermost first. One that the stock initramfs has too is no conflict. */
static void add_folders(struct cpio *cpio, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		cleanup_free char *folder = xstrndup(path, (size_t)(slash - path));

		cpio_folder(cpio, folder);
	}
}

static void add_file(
        struct cpio *cpio, const char *path, mode_t mode, const void *data, size_t size)
{
	add_folders(cpio, path);
	cpio_file(cpio, path, mode, data, size);
}

void *overlay_make(const struct overlay *overlay, size_t *size)
{
	struct bytes bytes = {0};
	struct cpio cpio;

	/* append() cannot fail, so the calls below cannot. */
	cpio_init(&cpio, append, &bytes);
	add_file(&cpio, CONF, 0644, overlay->bind_conf, strlen(overlay->bind_conf));
	add_file(&cpio, OVERLAY_PROGRAM, 0755, overlay->program, overlay->program_size);
	cpio_end(&cpio);
	*size = bytes.n;
	return bytes.at;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST ((size_t)1 << 20)
#define CLIENT    "/spice-html5/"

static const char html[] = "text/html; charset=utf-8";
static const char css[] = "text/css; charset=utf-8";
static const char javascript[] = "text/javascript; charset=utf-8";

struct entry {
	const char *path, *name, *type;
};

static const struct entry page[] = {
        {"/", "index.html", html},
        {"/play.css", "play.css", css},
        {"/play.js", "play.js", javascript},
        {"/keys.js", "keys.js", javascript},
};

static const struct entry without_client[] = {
        {"/", "missing.html", html},
        {"/play.css", "play.css", css},
};

#define SCRIPT(name)                          \
	{                                     \
		CLIENT name, name, javascript \
	}

/* What main.js of spice-html5 0.3.0 needs, as far as it goes; its own pages are not among it. */
static const struct entry client[] = {
        SCRIPT("main.js"),
        SCRIPT("atKeynames.js"),
        SCRIPT("bitmap.js"),
        SCRIPT("cursor.js"),
        SCRIPT("display.js"),
        SCRIPT("enums.js"),
        SCRIPT("filexfer.js"),
        SCRIPT("inputs.js"),
        SCRIPT("lz.js"),
        SCRIPT("playback.js"),
        SCRIPT("png.js"),
        SCRIPT("port.js"),
        SCRIPT("quic.js"),
        SCRIPT("resize.js"),
        SCRIPT("simulatecursor.js"),
        SCRIPT("spicearraybuffer.js"),
        SCRIPT("spiceconn.js"),
        SCRIPT("spicedataview.js"),
        SCRIPT("spicemsg.js"),
        SCRIPT("spicetype.js"),
        SCRIPT("ticket.js"),
        SCRIPT("utils.js"),
        SCRIPT("webm.js"),
        SCRIPT("wire.js"),
        SCRIPT("thirdparty/jsbn.js"),
        SCRIPT("thirdparty/prng4.js"),
        SCRIPT("thirdparty/rng.js"),
        SCRIPT("thirdparty/rsa.js"),
        SCRIPT("thirdparty/sha1.js"),
};

static int read_whole(int fd, char *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t r = read(fd, bytes + at, n - at);

		if (r <= 0)
			return r < 0 ? -errno : -EIO;
		at += (size_t)r;
	}
	return 0;
}

static int load(
        struct web_file *out, const char *folder, const struct entry *entry, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, entry->name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || (size_t)st.st_size > FILE_MOST)
		return err_errno(err, -EFBIG, "%s", path);
	*out = (struct web_file){.path = entry->path, .type = entry->type, .n = (size_t)st.st_size};
	out->bytes = xcalloc(out->n, 1);
	r = read_whole(fd, out->bytes, out->n);
	return r < 0 ? err_errno(err, r, "%s", path) : 0;
}

static int load_all(struct web_files *files, const char *folder, const struct entry *entries,
        size_t n, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = load(&files->list[files->n++], folder, &entries[i], err);
	return r;
}

int web_files_load(struct web_files *files, const char *page_folder, const char *client_folder,
        struct err *err)
{
	*files = (struct web_files){0};
	files->list = xcalloc(ARRAY_SIZE(client) + ARRAY_SIZE(page), sizeof(*files->list));
	if (load_all(files, client_folder, client, ARRAY_SIZE(client), NULL) == 0) {
		files->client = true;
		return load_all(files, page_folder, page, ARRAY_SIZE(page), err);
	}
	web_files_finish(files);
	files->list = xcalloc(ARRAY_SIZE(without_client), sizeof(*files->list));
	return load_all(files, page_folder, without_client, ARRAY_SIZE(without_client), err);
}

const struct web_file *web_files_find(const struct web_files *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++) {
		if (streq(files->list[i].path, path))
			return &files->list[i];
	}
	return NULL;
}

void web_files_finish(struct web_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->list[i].bytes);
	free(files->list);
	*files = (struct web_files){0};
}

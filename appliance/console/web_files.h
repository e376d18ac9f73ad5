/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the web server has to give: our own page, and the viewer of the package spice-html5. A fixed list; all of it is read
 * once, at the start, and no path that anybody asks for ever reaches the file system.
 */
#ifndef CONSOLE_WEB_FILES_H
#define CONSOLE_WEB_FILES_H

#include "base/err.h"

#define WEB_CLIENT_FOLDER  "/usr/share/spice-html5"
#define WEB_CLIENT_PACKAGE "spice-html5"

struct web_file {
	const char *path; /* as it is asked for: "/play.js" */
	const char *type; /* its MIME type */
	char *bytes;
	size_t n;
};

struct web_files {
	struct web_file *list;
	size_t n;
	bool client; /* spice-html5 is there, whole; otherwise "/" is a page that says so */
};

/* -ENOENT and others with @err: our own page cannot be read. */
int web_files_load(struct web_files *files, const char *page_folder, const char *client_folder,
        struct err *err);
/* NULL: there is no such thing. */
const struct web_file *web_files_find(const struct web_files *files, const char *path);
void web_files_finish(struct web_files *files);

#endif

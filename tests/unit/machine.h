/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded machines for tests: tests/machines/NAME.machine holds the files of a PC as one text.
 *
 *   # comment
 *   cd /sys/devices/pci0000:00    paths that do not start with "/" are below this folder from here on
 *   file PATH [line]              a file; lines below that start with a tab are its further lines
 *   hex PATH 4d 5a @100 ff        a file of bytes; @100 goes to that offset (hexadecimal)
 *   link PATH TARGET              a symbolic link
 *   dir PATH                      an empty folder
 *   include NAME                  the lines of tests/machines/NAME.part; a part includes no other
 *
 * and, short for several files each (machine_short.h), in this order of need:
 *
 *   unit NAME CAP ECAP            dmar0: an Intel IOMMU; ivhd0 with CAP FEATURES: AMD's
 *   pci PLACE ID CLASS [WORD...]  a PCI function: "0000:00:01.0/0000:01:00.0 10de:1b81 030000"; words:
 *                                 group=N driver=NAME sub=V:D reset=WAYS (flr,bus or -) boot rom vram=ADDRESS
 *   disk NAME ADDRESS [MOUNT]     a disk on that PCI function, mounted or free
 *   net NAME ADDRESS [up]         a network interface; up: with the default route
 *   usb NAME ADDRESS KIND         a keyboard, a mouse, or other
 *
 * Missing folders on the way are made. machine_open() unpacks it into a temporary folder.
 */
#ifndef TEST_MACHINE_H
#define TEST_MACHINE_H

#include "base/root.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct machine {
	char folder[64];
	struct root root;
};

static __attribute__((noreturn)) void machine_fail(const char *what, const char *where)
{
	fprintf(stderr, "machine: %s: %s: %s\n", where, what, strerror(errno));
	abort();
}

/* The path outside of a path inside; its parent folders are made. Caller frees. */
static char *machine_path(const struct machine *m, const char *cwd, const char *path)
{
	char *full = *path == '/' ? xasprintf("%s%s", m->folder, path)
	                          : xasprintf("%s%s/%s", m->folder, cwd, path);
	char *last = strrchr(full, '/');
	bool there;

	*last = '\0';
	there = access(full, F_OK) == 0;
	*last = '/';
	for (char *slash = full + strlen(m->folder); !there && (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			machine_fail("mkdir", full);
		*slash = '/';
	}
	return full;
}

static void machine_put(const char *path, const void *bytes, size_t size)
{
	FILE *f = fopen(path, "a");

	if (!f || fwrite(bytes, 1, size, f) != size || fclose(f))
		machine_fail("write", path);
}

static void machine_hex(const char *path, char *words)
{
	unsigned char bytes[4096] = {0};
	size_t at = 0, size = 0;
	char *save = NULL;

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		uint64_t value;

		if (parse_u64(w + (*w == '@'), 16, sizeof(bytes) - 1, &value) < 0 ||
		        at >= sizeof(bytes))
			machine_fail("hex", path);
		if (*w == '@') {
			at = (size_t)value;
			continue;
		}
		bytes[at++] = (unsigned char)value;
		size = at > size ? at : size;
	}
	machine_put(path, bytes, size);
}

#include "machine_short.h"

/* One line of the text; @file is the file that tab lines go on with, @cwd the folder of "cd". */
static void machine_line(const struct machine *m, char *line, char **file, char **cwd)
{
	char *path = line + strcspn(line, " "), *rest;
	cleanup_free char *full = NULL;

	if (*line == '\t') {
		machine_put(*file, line + 1, strlen(line + 1));
		machine_put(*file, "\n", 1);
		return;
	}
	if (!*line || *line == '#')
		return;
	if (*path)
		*path++ = '\0';
	if (streq(line, "cd")) {
		free(*cwd);
		*cwd = xstrdup(path);
		return;
	}
	rest = path + strcspn(path, " ");
	if (*rest)
		*rest++ = '\0';
	if (machine_short(m, line, path, rest))
		return;
	full = machine_path(m, *cwd, path);
	if (streq(line, "file")) {
		cleanup_free char *first = *rest ? xasprintf("%s\n", rest) : xstrdup("");

		machine_put(full, first, strlen(first));
		free(*file);
		*file = take_ptr(full);
	} else if (streq(line, "hex")) {
		machine_hex(full, rest);
	} else if (streq(line, "link")) {
		if (symlink(rest, full) < 0)
			machine_fail("link", full);
	} else if (!streq(line, "dir") || (mkdir(full, 0755) < 0 && errno != EEXIST)) {
		machine_fail(line, full);
	}
}

static void machine_include(const struct machine *m, const char *path, bool may_include)
{
	cleanup_free char *line = NULL, *file = NULL, *cwd = xstrdup("");
	FILE *f = fopen(path, "r");
	size_t room = 0;
	ssize_t n;

	if (!f)
		machine_fail("open", path);
	while ((n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (may_include && starts_with(line, "include ")) {
			cleanup_free char *part = xasprintf("tests/machines/%s.part", line + 8);

			machine_include(m, part, false);
		} else {
			machine_line(m, line, &file, &cwd);
		}
	}
	fclose(f);
}

/* Unpacks tests/machines/@name.machine; NULL: an empty folder. Aborts where it cannot. */
static inline void machine_open(struct machine *m, const char *name)
{
	cleanup_free char *source = name ? xasprintf("tests/machines/%s.machine", name) : NULL;

	/* Thousands of small files: on a disk that others use they take twenty times as long. */
	*m = (struct machine){0};
	strcpy(m->folder,
	        access("/dev/shm", W_OK) == 0 ? "/dev/shm/machine-XXXXXX" : "/tmp/machine-XXXXXX");
	if (!mkdtemp(m->folder) || root_open(&m->root, m->folder, NULL) < 0)
		machine_fail("mkdtemp", m->folder);
	if (source)
		machine_include(m, source, true);
}

/* Writes one more file, as a test wants it; an old one is replaced. */
static inline void machine_write(const struct machine *m, const char *path, const char *text)
{
	cleanup_free char *full = machine_path(m, "", path);

	unlink(full);
	machine_put(full, text, strlen(text));
}

static int machine_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void machine_close(struct machine *m)
{
	root_close(&m->root);
	nftw(m->folder, machine_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

#endif

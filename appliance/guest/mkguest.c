/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the test guest's first root (initrd.img) from a Debian kernel's modules, our /init and a
 * console font:
 *	mkguest --modules /lib/modules/VERSION --init FILE --font FILE.psf.gz --output FILE
 * The modules are those of drivers.c with all they need; one that this kernel has neither as a file
 * nor built in is left out and told.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cpio.h"
#include "drivers.h"
#include "base/font.h"
#include "moddep.h"

struct options {
	const char *modules, *init, *font, *output;
};

struct bytes {
	char *data; /* with a NUL after it */
	size_t size;
};

/* Reads a file, unpacking it if it is gzip. Ends the program where it cannot. */
static struct bytes read_file(const char *path)
{
	struct bytes bytes = {0};
	gzFile file = gzopen(path, "rb");
	int n = 0;

	if (!file) {
		fprintf(stderr, "mkguest: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	do {
		bytes.size += (size_t)n;
		bytes.data = realloc(bytes.data, bytes.size + 65537);
		if (!bytes.data)
			abort();
	} while ((n = gzread(file, bytes.data + bytes.size, 65536)) > 0);
	if (n < 0) {
		fprintf(stderr, "mkguest: %s: %s\n", path, gzerror(file, &n));
		exit(1);
	}
	gzclose(file);
	bytes.data[bytes.size] = '\0';
	return bytes;
}

static int write_gzip(void *to, const void *data, size_t size)
{
	return gzwrite(to, data, (unsigned)size) == (int)size ? 0 : -EIO;
}

/* The folders on the way to path, each once. */
static int add_folders(struct cpio *cpio, const char *path, char *last, size_t last_size)
{
	int result = 0;

	for (const char *slash = strchr(path, '/'); slash && result == 0;
	        slash = strchr(slash + 1, '/')) {
		char folder[PATH_MAX];

		snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
		if (strncmp(last, folder, strlen(folder)) == 0 && last[strlen(folder)] == '/')
			continue;
		result = cpio_folder(cpio, folder);
	}
	snprintf(last, last_size, "%s", path);
	return result;
}

static int add_module(struct cpio *cpio, const struct options *options, const char *module,
        char *last, size_t last_size)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct bytes bytes;
	int result;

	snprintf(from, sizeof from, "%s/%s", options->modules, module);
	snprintf(to, sizeof to, "lib/modules/%s", module);
	bytes = read_file(from);
	result = add_folders(cpio, to, last, last_size);
	result = result < 0 ? result : cpio_file(cpio, to, 0644, bytes.data, bytes.size);
	free(bytes.data);
	return result;
}

/* Keeps the lines of modules.dep that the guest will look up. */
static void keep_line(struct bytes *kept, const char *line, size_t length)
{
	kept->data = realloc(kept->data, kept->size + length + 2);
	if (!kept->data)
		abort();
	memcpy(kept->data + kept->size, line, length);
	kept->size += length;
	kept->data[kept->size++] = '\n';
	kept->data[kept->size] = '\0';
}

static void choose_modules(
        const struct options *options, struct moddep_list *list, struct bytes *kept)
{
	char path[PATH_MAX];
	struct bytes dep, builtin;

	snprintf(path, sizeof path, "%s/modules.dep", options->modules);
	dep = read_file(path);
	snprintf(path, sizeof path, "%s/modules.builtin", options->modules);
	builtin = read_file(path);
	for (size_t i = 0; i < drivers_count; i++) {
		size_t length;
		const char *line = moddep_line(dep.data, drivers[i].module, &length);

		if (line && moddep_resolve(dep.data, drivers[i].module, list))
			keep_line(kept, line, length);
		else if (!moddep_is_builtin(builtin.data, drivers[i].module))
			fprintf(stderr, "mkguest: %s has no module %s, the guest will do without\n",
			        options->modules, drivers[i].module);
	}
	free(dep.data);
	free(builtin.data);
}

static int add_modules(struct cpio *cpio, const struct options *options)
{
	struct moddep_list list = {0};
	struct bytes kept = {0};
	char last[PATH_MAX] = "";
	int result;

	choose_modules(options, &list, &kept);
	result = add_folders(cpio, "lib/modules/modules.dep", last, sizeof last);
	result = result < 0
	                 ? result
	                 : cpio_file(cpio, "lib/modules/modules.dep", 0644, kept.data, kept.size);
	for (size_t i = 0; i < list.count && result == 0; i++)
		result = add_module(cpio, options, list.paths[i], last, sizeof last);
	moddep_list_finish(&list);
	free(kept.data);
	return result;
}

static int add_file(struct cpio *cpio, const char *to, mode_t mode, const char *from)
{
	struct bytes bytes = read_file(from);
	int result = cpio_file(cpio, to, mode, bytes.data, bytes.size);

	free(bytes.data);
	return result;
}

static int add_font(struct cpio *cpio, const char *from)
{
	struct bytes bytes = read_file(from);
	static struct font font;
	int result;

	if (!font_init(&font, bytes.data, bytes.size)) {
		fprintf(stderr, "mkguest: %s: no console font (PSF 1 or 2)\n", from);
		exit(1);
	}
	result = cpio_file(cpio, "font.psf", 0644, bytes.data, bytes.size);
	free(bytes.data);
	return result;
}

static int write_archive(gzFile file, const struct options *options)
{
	struct cpio cpio;
	int result;

	cpio_init(&cpio, write_gzip, file);
	/* The kernel opens /dev/console for /init before /dev is mounted. */
	result = cpio_folder(&cpio, "dev");
	result = result < 0 ? result : cpio_character_device(&cpio, "dev/console", 0600, 5, 1);
	result = result < 0 ? result : add_file(&cpio, "init", 0755, options->init);
	result = result < 0 ? result : add_font(&cpio, options->font);
	result = result < 0 ? result : add_modules(&cpio, options);
	return result < 0 ? result : cpio_end(&cpio);
}

static bool parse(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {{"modules", required_argument, NULL, 'm'},
	        {"init", required_argument, NULL, 'i'}, {"font", required_argument, NULL, 'f'},
	        {"output", required_argument, NULL, 'o'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		const char **target = option == 'm'   ? &options->modules
		                      : option == 'i' ? &options->init
		                      : option == 'f' ? &options->font
		                      : option == 'o' ? &options->output
		                                      : NULL;

		if (!target)
			return false;
		*target = optarg;
	}
	return optind == argc && options->modules && options->init && options->font &&
	       options->output;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	char temporary[PATH_MAX];
	gzFile file;
	int result;

	if (!parse(argc, argv, &options)) {
		fprintf(stderr, "usage: mkguest --modules /lib/modules/VERSION --init FILE "
		                "--font FILE --output FILE\n");
		return 2;
	}
	snprintf(temporary, sizeof temporary, "%s.new", options.output);
	file = gzopen(temporary, "wb6");
	if (!file) {
		fprintf(stderr, "mkguest: %s: %s\n", temporary, strerror(errno));
		return 1;
	}
	result = write_archive(file, &options);
	if (gzclose(file) != Z_OK && result == 0)
		result = -EIO;
	if (result == 0 && rename(temporary, options.output) < 0)
		result = -errno;
	if (result < 0) {
		unlink(temporary);
		fprintf(stderr, "mkguest: %s: %s\n", options.output, strerror(-result));
		return 1;
	}
	return 0;
}

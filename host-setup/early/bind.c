/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bind.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MAX 2048 /* of a device in sysfs */
#define CONF       "/etc/playthrough/bind.conf"

/* The bytes of a file, NUL-terminated; their number, or -1. */
static ssize_t read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (used + 1 < size) {
		n = read(fd, out + used, size - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	close(fd);
	out[used] = '\0';
	return (ssize_t)used;
}

static bool is_hex(const char *text, size_t digits)
{
	return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

/* "ffff:ff:1f.7" of exactly this shape, with four or five digits of domain. */
static bool is_address(const char *text, size_t size)
{
	size_t domain = strspn(text, "0123456789abcdef");
	const char *rest = text + domain;

	return (domain == 4 || domain == 5) && size == domain + 8 && rest[0] == ':' &&
	       isxdigit((unsigned char)rest[1]) && isxdigit((unsigned char)rest[2]) &&
	       rest[3] == ':' && isxdigit((unsigned char)rest[4]) &&
	       isxdigit((unsigned char)rest[5]) && rest[6] == '.' && rest[7] >= '0' &&
	       rest[7] <= '7';
}

/* One word of a device line, "key=value". */
static bool parse_word(const char *word, struct bind_device *d, unsigned *seen)
{
	int end = 0;

	if (!strncmp(word, "path=", 5) && strlen(word + 5) < sizeof(d->path)) {
		strcpy(d->path, word + 5);
		*seen |= 1;
		return true;
	}
	if (!strncmp(word, "serial=", 7) && is_hex(word + 7, 16)) {
		strcpy(d->serial, word + 7);
		return true;
	}
	if (sscanf(word, "id=%4x:%4x%n", &d->vendor, &d->device, &end) == 2 && !word[end]) {
		*seen |= 2;
		return true;
	}
	if (sscanf(word, "subsystem=%4x:%4x%n", &d->subsystem_vendor, &d->subsystem_device, &end) ==
	                2 &&
	        !word[end]) {
		*seen |= 4;
		return true;
	}
	if (sscanf(word, "class=%6x%n", &d->class_code, &end) == 1 && !word[end]) {
		*seen |= 8;
		return true;
	}
	return false;
}

static bool parse_line(char *line, struct bind_list *out)
{
	char *rest = NULL, *word = strtok_r(line, " \t", &rest);
	unsigned seen = 0;

	if (!word || word[0] == '#')
		return true;
	if (!strcmp(word, "id")) {
		word = strtok_r(NULL, " \t", &rest);
		if (!word || !is_hex(word, 8) || out->id[0])
			return false;
		strcpy(out->id, word);
		return !strtok_r(NULL, " \t", &rest);
	}
	if (!strcmp(word, "none")) {
		out->none = true;
		return !strtok_r(NULL, " \t", &rest);
	}
	if (strcmp(word, "device") || out->n == BIND_DEVICES_MAX)
		return false;
	while ((word = strtok_r(NULL, " \t", &rest))) {
		if (!parse_word(word, &out->devices[out->n], &seen))
			return false;
	}
	out->n++;
	return seen == 15;
}

bool bind_parse(const char *text, struct bind_list *out, char *why, size_t size)
{
	unsigned number = 0;

	memset(out, 0, sizeof(*out));
	while (*text) {
		size_t length = strcspn(text, "\n");
		char line[512];

		number++;
		if (length >= sizeof(line)) {
			snprintf(why, size, CONF ":%u: the line is too long", number);
			return false;
		}
		memcpy(line, text, length);
		line[length] = '\0';
		if (!parse_line(line, out)) {
			snprintf(why, size, CONF ":%u: not understood", number);
			return false;
		}
		text += length + (text[length] == '\n');
	}
	if (!out->id[0] || (!out->n && !out->none))
		snprintf(why, size, CONF ": names no %s", out->id[0] ? "device" : "id");
	return out->id[0] && (out->n || out->none);
}

/* The name in @folder that @wanted(name, @slot) accepts; false when there is none. */
static bool find_name(const char *folder, bool (*wanted)(const char *name, const char *slot),
        const char *slot, char *name, size_t size)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		found = strlen(entry->d_name) < size && wanted(entry->d_name, slot);
		if (found)
			strcpy(name, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool is_slot(const char *name, const char *slot)
{
	size_t n = strlen(name);

	return is_address(name, n) && !strcmp(name + n - 4, slot);
}

/* Intel's VMD holds a root bus of its own, "pci10000:e0", between itself and its devices. */
static bool is_root_bus(const char *name, const char *slot)
{
	(void)slot;
	return !strncmp(name, "pci", 3) && isxdigit((unsigned char)name[3]) && strchr(name, ':');
}

/* Goes from @folder to the function @slot ("00.0") of the bus below it. */
static bool descend(char *folder, size_t size, const char *slot, char *address, size_t room)
{
	char bus[32];
	size_t used = strlen(folder);

	if (!find_name(folder, is_slot, slot, address, room)) {
		if (!find_name(folder, is_root_bus, NULL, bus, sizeof(bus)))
			return false;
		used += (size_t)snprintf(folder + used, size - used, "/%s", bus);
		if (used >= size || !find_name(folder, is_slot, slot, address, room))
			return false;
	}
	return (size_t)snprintf(folder + used, size - used, "/%s", address) < size - used;
}

/* Follows the slots of d->path; @folder gets the device's folder in sysfs. */
static bool walk(const char *root, struct bind_device *d, char *folder, size_t size)
{
	char path[BIND_PATH_MAX], *rest = NULL, *slot;

	strcpy(path, d->path);
	slot = strtok_r(path, "/", &rest);
	if (!slot || !is_address(slot, strlen(slot)))
		return false;
	strcpy(d->address, slot);
	if ((size_t)snprintf(folder, size, "%s/sys/bus/pci/devices/%s", root, slot) >= size)
		return false;
	while ((slot = strtok_r(NULL, "/", &rest))) {
		if (!descend(folder, size, slot, d->address, sizeof(d->address)))
			return false;
	}
	return access(folder, F_OK) == 0;
}

static bool read_number(const char *folder, const char *name, unsigned *out)
{
	char path[PATH_MAX], text[64], *end;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (read_file(path, text, sizeof(text)) < 0)
		return false;
	errno = 0;
	*out = (unsigned)strtoul(text, &end, 16);
	return !errno && end > text && (*end == '\n' || !*end);
}

static bool same(const char *folder, const char *name, unsigned wanted, char *why, size_t size)
{
	unsigned found;

	if (!read_number(folder, name, &found)) {
		snprintf(why, size, "%s/%s cannot be read", folder, name);
		return false;
	}
	if (found != wanted)
		snprintf(why, size, "%s/%s is %04x, not %04x", folder, name, found, wanted);
	return found == wanted;
}

static uint32_t get_le32(const unsigned char *b)
{
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* PCI Express Device Serial Number: extended capability 3, lower word first (base spec., 7.9.3). */
static bool read_serial(const char *folder, char out[17])
{
	static unsigned char config[4096 + 1];
	char path[PATH_MAX];
	ssize_t n;
	unsigned at = 0x100;

	snprintf(path, sizeof(path), "%s/config", folder);
	n = read_file(path, (char *)config, sizeof(config));
	for (int hops = 0; hops < 64 && at >= 0x100 && n >= (ssize_t)at + 12; hops++) {
		uint32_t head = get_le32(config + at);

		if ((head & 0xffff) == 3) {
			snprintf(out, 17, "%08x%08x", get_le32(config + at + 8),
			        get_le32(config + at + 4));
			return true;
		}
		at = head >> 20 & 0xffc;
	}
	return false;
}

static void read_driver(const char *folder, char *out, size_t size)
{
	char path[PATH_MAX], target[256];
	const char *name;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/driver", folder);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	memccpy(out, name, '\0', size - 1);
	out[size - 1] = '\0';
}

bool bind_find(const char *root, struct bind_device *d, char *why, size_t size)
{
	char folder[FOLDER_MAX], group[FOLDER_MAX + 16], serial[17] = "";

	if (!walk(root, d, folder, sizeof(folder))) {
		snprintf(why, size, "no device at %s", d->path);
		return false;
	}
	if (!same(folder, "vendor", d->vendor, why, size) ||
	        !same(folder, "device", d->device, why, size) ||
	        !same(folder, "subsystem_vendor", d->subsystem_vendor, why, size) ||
	        !same(folder, "subsystem_device", d->subsystem_device, why, size) ||
	        !same(folder, "class", d->class_code, why, size))
		return false;
	if (d->serial[0] && (!read_serial(folder, serial) || strcmp(serial, d->serial))) {
		snprintf(why, size, "%s has serial number %s, not %s", folder,
		        serial[0] ? serial : "unknown", d->serial);
		return false;
	}
	/* vfio-pci would refuse it, and the host would have it no more. */
	snprintf(group, sizeof(group), "%s/iommu_group", folder);
	if (access(group, F_OK) < 0) {
		snprintf(why, size, "%s is not there: the IOMMU is off", group);
		return false;
	}
	read_driver(folder, d->driver, sizeof(d->driver));
	return true;
}

/* The last playthrough= on the kernel command line, into @id. */
static bool asked(const char *root, char id[9])
{
	char path[PATH_MAX], line[4096 + 1], *rest = NULL;
	bool found = false;

	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	if (read_file(path, line, sizeof(line)) < 0)
		return false;
	for (char *word = strtok_r(line, " \t\n", &rest); word;
	        word = strtok_r(NULL, " \t\n", &rest)) {
		if (strncmp(word, "playthrough=", 12))
			continue;
		found = is_hex(word + 12, 8);
		snprintf(id, 9, "%s", found ? word + 12 : "");
	}
	return found;
}

enum bind_verdict bind_decide(const char *root, struct bind_list *out, char *why, size_t size)
{
	static char text[64 * 1024];
	char path[PATH_MAX], id[9];

	why[0] = '\0';
	memset(out, 0, sizeof(*out));
	if (!asked(root, id))
		return BIND_NOT_ASKED;
	snprintf(path, sizeof(path), "%s" CONF, root);
	if (read_file(path, text, sizeof(text)) < 0) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		return BIND_REFUSED;
	}
	if (!bind_parse(text, out, why, size))
		return BIND_REFUSED;
	if (strcmp(out->id, id)) {
		snprintf(why, size,
		        "the kernel command line asks for plan %s, " CONF " is of plan %s", id,
		        out->id);
		return BIND_REFUSED;
	}
	for (size_t i = 0; i < out->n; i++) {
		if (!bind_find(root, &out->devices[i], why, size))
			return BIND_REFUSED;
	}
	return BIND_GO;
}

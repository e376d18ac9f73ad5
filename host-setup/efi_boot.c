/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi_boot.h"

#include "host/attr.h"
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#define ATTRIBUTES_SIZE 4 /* efivarfs: Documentation/filesystems/efivarfs.rst */
#define OPTION_ACTIVE   1u

/* Device path nodes: type, subtype, length of the node with this head (10.2). */
enum { NODE_HEAD = 4, NODE_MEDIA = 4, NODE_END = 0x7f, END_ENTIRE = 0xff };
enum { MEDIA_HARD_DRIVE = 1, MEDIA_FILE_PATH = 4 };
enum { DRIVE_SIZE = 42, DRIVE_SIGNATURE = 24, DRIVE_SIGNATURE_TYPE = 41, SIGNATURE_GUID = 2 };

static unsigned get16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

/* One character of UTF-16, @used units; what is half a pair is U+FFFD. */
static uint32_t next_character(const unsigned char *p, size_t units, size_t *used)
{
	uint32_t c = get16(p);

	*used = 1;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c < 0xdc00 && units > 1) {
		uint32_t low = get16(p + 2);

		if (low >= 0xdc00 && low <= 0xdfff) {
			*used = 2;
			return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return 0xfffd;
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Up to a NUL or @size bytes; *@used gets the bytes taken, the NUL with them. One line of clean text. */
static char *get_text(const unsigned char *p, size_t size, size_t *used)
{
	size_t units = size / 2, i = 0;
	char *text = xcalloc(units * 3 + 1, 1), *to = text;

	while (i < units && get16(p + 2 * i)) {
		size_t n;

		to += put_utf8(to, next_character(p + 2 * i, units - i, &n));
		i += n;
	}
	*used = 2 * (i < units ? i + 1 : i);
	text_clean(text);
	for (char *s = text; *s; s++) {
		if (*s == '\n' || *s == '\t')
			*s = ' ';
	}
	return text;
}

/* The first three parts of a GUID are little endian (appendix A). */
static char *get_guid(const unsigned char *p)
{
	return xasprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	        p[3], p[2], p[1], p[0], p[5], p[4], p[7], p[6], p[8], p[9], p[10], p[11], p[12],
	        p[13], p[14], p[15]);
}

static void take_node(const unsigned char *node, size_t size, struct efi_option *out)
{
	size_t used;

	if (node[0] != NODE_MEDIA)
		return;
	if (node[1] == MEDIA_HARD_DRIVE && size >= DRIVE_SIZE && !out->partition &&
	        node[DRIVE_SIGNATURE_TYPE] == SIGNATURE_GUID)
		out->partition = get_guid(node + DRIVE_SIGNATURE);
	/* A path may be cut into several nodes (10.3.5.4); firmware writes one. */
	if (node[1] == MEDIA_FILE_PATH && size > NODE_HEAD && !out->file)
		out->file = get_text(node + NODE_HEAD, size - NODE_HEAD, &used);
}

/* Only the first path of the list names the program (3.1.3). */
static void take_path(const unsigned char *p, size_t size, struct efi_option *out)
{
	while (size >= NODE_HEAD) {
		size_t n = get16(p + 2);

		if (n < NODE_HEAD || n > size || (p[0] == NODE_END && p[1] == END_ENTIRE))
			return;
		take_node(p, n, out);
		p += n;
		size -= n;
	}
}

/* Optional data is anything; a kernel's command line is UTF-16, as `efibootmgr --unicode` writes it. */
static char *get_arguments(const unsigned char *p, size_t size)
{
	size_t used;
	char *text;

	if (size < 8 || size % 2)
		return NULL;
	for (size_t i = 0; i + 1 < size; i += 2) {
		unsigned c = get16(p + i);

		if (c == 0 && i > 6)
			break;
		if (c < 0x20 || c > 0x7e)
			return NULL;
	}
	text = get_text(p, size, &used);
	return text;
}

int efi_option_parse(const void *bytes, size_t size, struct efi_option *out)
{
	const unsigned char *p = bytes;
	size_t path_size, used;

	*out = (struct efi_option){.number = -1};
	if (size < 8)
		return -EINVAL;
	out->active = p[0] & OPTION_ACTIVE;
	path_size = get16(p + 4);
	p += 6;
	size -= 6;
	out->description = get_text(p, size, &used);
	if (path_size > size - used) {
		efi_option_finish(out);
		return -EINVAL;
	}
	p += used;
	take_path(p, path_size, out);
	out->arguments = get_arguments(p + path_size, size - used - path_size);
	return 0;
}

void efi_option_finish(struct efi_option *option)
{
	free(option->description);
	free(option->file);
	free(option->partition);
	free(option->arguments);
	*option = (struct efi_option){.number = -1};
}

/* --- the variables --- */

/* The value of the variable at @path, in @size bytes; caller frees. NULL: none. */
static unsigned char *get_value(const struct root *root, const char *path, size_t *size)
{
	unsigned char *bytes = root_read_bytes(root, path, size);

	if (!bytes || *size < ATTRIBUTES_SIZE) {
		free(bytes);
		return NULL;
	}
	*size -= ATTRIBUTES_SIZE;
	memmove(bytes, bytes + ATTRIBUTES_SIZE, *size);
	return bytes;
}

static unsigned char *get_variable(
        const struct root *root, const char *name, const char *guid, size_t *size)
{
	cleanup_free char *path = xasprintf(EFI_VARIABLES "%s-%s", name, guid);

	return get_value(root, path, size);
}

static int get_number(const struct root *root, const char *name)
{
	size_t size = 0;
	cleanup_free unsigned char *bytes = get_variable(root, name, EFI_GLOBAL, &size);

	return bytes && size == 2 ? (int)get16(bytes) : -1;
}

char *efivar_text(const struct root *root, const char *path)
{
	size_t size = 0, used;
	cleanup_free unsigned char *bytes = get_value(root, path, &size);

	return bytes ? get_text(bytes, size, &used) : NULL;
}

static char *get_string(const struct root *root, const char *name)
{
	cleanup_free char *path = xasprintf(EFI_VARIABLES "%s-" EFI_LOADER, name);
	char *text = efivar_text(root, path);

	if (text && !*text) {
		free(text);
		return NULL;
	}
	return text;
}

static void take_order(const struct root *root, struct efi_boot *out)
{
	size_t size = 0;
	cleanup_free unsigned char *bytes = get_variable(root, "BootOrder", EFI_GLOBAL, &size);

	for (size_t i = 0; bytes && i + 1 < size; i += 2)
		*list_append(out->order, out->n_order) = (int)get16(bytes + i);
}

/* The number in "Boot0003-8be4df61-..."; -1 for another name. */
static int option_number(const char *name)
{
	char digits[5] = "";
	uint64_t number;

	if (strlen(name) != strlen("Boot0000-" EFI_GLOBAL) || !starts_with(name, "Boot") ||
	        strcasecmp(name + 9, EFI_GLOBAL))
		return -1;
	memcpy(digits, name + 4, 4);
	return parse_u64(digits, 16, 0xffff, &number) == 0 ? (int)number : -1;
}

static void take_options(const struct root *root, struct efi_boot *out)
{
	struct strv cleanup_strv names = {0};

	root_list(root, EFI_VARIABLES, &names);
	strv_foreach (name, &names) {
		int number = option_number(*name);
		cleanup_free unsigned char *bytes = NULL;
		struct efi_option option;
		size_t size = 0;

		if (number < 0)
			continue;
		(*name)[8] = '\0';
		bytes = get_variable(root, *name, EFI_GLOBAL, &size);
		if (!bytes || efi_option_parse(bytes, size, &option) < 0)
			continue;
		option.number = number;
		*list_append(out->options, out->n_options) = option;
	}
}

static void to_lower(char *s)
{
	for (; s && *s; s++)
		*s = *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s;
}

void efi_boot_take(const struct root *root, struct efi_boot *out)
{
	*out = (struct efi_boot){
	        .uefi = root_exists(root, "/sys/firmware/efi"),
	        .current = -1,
	        .next = -1,
	};
	if (!out->uefi)
		return;
	out->current = get_number(root, "BootCurrent");
	out->next = get_number(root, "BootNext");
	take_order(root, out);
	take_options(root, out);
	out->loader = get_string(root, "LoaderInfo");
	out->loader_file = get_string(root, "LoaderImageIdentifier");
	out->loader_partition = get_string(root, "LoaderDevicePartUUID");
	to_lower(out->loader_partition);
	out->entry = get_string(root, "LoaderEntrySelected");
	out->stub = get_string(root, "StubInfo");
}

void efi_boot_finish(struct efi_boot *boot)
{
	for (size_t i = 0; i < boot->n_options; i++)
		efi_option_finish(&boot->options[i]);
	free(boot->options);
	free(boot->order);
	free(boot->loader);
	free(boot->loader_file);
	free(boot->loader_partition);
	free(boot->entry);
	free(boot->stub);
	*boot = (struct efi_boot){.current = -1, .next = -1};
}

const struct efi_option *efi_boot_find(const struct efi_boot *boot, int number)
{
	for (size_t i = 0; number >= 0 && i < boot->n_options; i++) {
		if (boot->options[i].number == number)
			return &boot->options[i];
	}
	return NULL;
}

char *efi_option_source(int number)
{
	return xasprintf(EFI_VARIABLES "Boot%04X-" EFI_GLOBAL, (unsigned)number & 0xffff);
}

/* --- where the partition is mounted --- */

/* Whether udev's notes on block device @dev ("8:1") hold the partition's GUID. */
static bool udev_says(const struct root *root, const char *dev, const char *guid)
{
	cleanup_free char *notes = root_readf(root, "/run/udev/data/b%s", dev);
	cleanup_free char *line = xasprintf("E:ID_PART_ENTRY_UUID=%s", guid);
	const char *at = notes ? strcasestr(notes, line) : NULL;

	return at && (at == notes || at[-1] == '\n') && strchr("\n", at[strlen(line)]);
}

/* "8:1", by the link that udev makes, else by its notes; caller frees. */
static char *find_device(const struct root *root, const char *guid)
{
	cleanup_free char *link = xasprintf("/dev/disk/by-partuuid/%s", guid);
	cleanup_free char *name = root_link_name(root, link);
	struct strv cleanup_strv names = {0};

	if (name)
		return attr_text(root, "/sys/class/block/%s/dev", name);
	root_list(root, "/sys/class/block", &names);
	strv_foreach (block, &names) {
		cleanup_free char *dev = attr_text(root, "/sys/class/block/%s/dev", *block);

		if (dev && udev_says(root, dev, guid))
			return take_ptr(dev);
	}
	return NULL;
}

static bool is_guid(const char *text)
{
	return strlen(text) == 36 && strspn(text, "0123456789abcdefABCDEF-") == 36;
}

char *efi_partition_mount(const struct root *root, const char *guid)
{
	cleanup_free char *dev = guid && is_guid(guid) ? find_device(root, guid) : NULL;
	cleanup(mounts_finish) struct mounts mounts = {0};

	if (dev)
		mounts_take(root, "/proc/self/mountinfo", &mounts);
	for (size_t i = 0; i < mounts.n; i++) {
		const struct mount *m = &mounts.list[i];
		cleanup_free char *device = xasprintf("%u:%u", m->major, m->minor);

		/* The file system's own root, not a folder of it that is bound elsewhere. */
		if (streq(device, dev) && streq(m->inside, "/"))
			return xstrdup(m->point);
	}
	return NULL;
}

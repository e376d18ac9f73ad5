/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uki.h"

#include "host/attr.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* PE: "MZ", at 0x3c where the COFF header is; its size, and that of a row in the table of sections. */
enum { DOS_PE_AT = 0x3c, COFF_SIZE = 24, ROW_SIZE = 40 };
enum { COFF_MACHINE = 4, COFF_SECTIONS = 6, COFF_OPTIONAL_SIZE = 20 };
enum { ROW_VIRTUAL_SIZE = 8, ROW_RAW_SIZE = 16, ROW_RAW_AT = 20 };
#define MACHINE_X86_64 0x8664u
/* The kernel's setup header (boot.rst). */
enum { SETUP_MAGIC = 0x202, SETUP_VERSION_AT = 0x20e, SETUP_END = 0x210, SETUP_BASE = 0x200 };

#define NAME_MAX_LENGTH 120
/* x86 kernels take 2047 bytes (COMMAND_LINE_SIZE); ours, and the initrd= that a loader may add, come in addition. */
#define CMDLINE_MAX 1400

static const char *const names[UKI_PART_COUNT] = {
        [UKI_OSREL] = ".osrel",
        [UKI_UNAME] = ".uname",
        [UKI_CMDLINE] = ".cmdline",
        [UKI_LINUX] = ".linux",
        [UKI_INITRD] = ".initrd",
        [UKI_UCODE] = ".ucode",
        [UKI_PCRSIG] = ".pcrsig",
        [UKI_PROFILE] = ".profile",
};

static uint32_t get16(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) | get16(p + 2) << 16;
}

/* Names of eight bytes have no NUL. */
static int part_of_row(const unsigned char *row)
{
	for (int i = 0; i < UKI_PART_COUNT; i++) {
		if (!strncmp((const char *)row, names[i], 8))
			return i;
	}
	return -1;
}

/* In the file a section is padded, and in memory it may be larger: what both have is its content. */
static int take_row(const unsigned char *row, uint64_t file_size, struct uki *out)
{
	uint32_t raw = get32(row + ROW_RAW_SIZE), virtual = get32(row + ROW_VIRTUAL_SIZE);
	struct uki_section section = {get32(row + ROW_RAW_AT), raw < virtual ? raw : virtual};
	int part = part_of_row(row);

	if (part < 0 || !section.size)
		return 0;
	if (section.size > UKI_PART_MAX || section.offset + section.size > file_size)
		return -EINVAL;
	if (out->parts[part].size)
		out->twice = true;
	else
		out->parts[part] = section;
	return 0;
}

/* Where the table of sections is, and in @n_rows how long; NULL: nowhere. */
static const unsigned char *find_table(const unsigned char *p, size_t n, size_t *n_rows)
{
	size_t at, table;

	if (n < DOS_PE_AT + 4 || memcmp(p, "MZ", 2))
		return NULL;
	at = get32(p + DOS_PE_AT);
	if (at > n || n - at < COFF_SIZE || memcmp(p + at, "PE\0\0", 4) ||
	        get16(p + at + COFF_MACHINE) != MACHINE_X86_64)
		return NULL;
	*n_rows = get16(p + at + COFF_SECTIONS);
	table = at + COFF_SIZE + get16(p + at + COFF_OPTIONAL_SIZE);
	return table <= n && (n - table) / ROW_SIZE >= *n_rows ? p + table : NULL;
}

int uki_parse(const void *head, size_t n, uint64_t file_size, struct uki *out)
{
	size_t n_rows = 0;
	const unsigned char *table = find_table(head, n, &n_rows);

	*out = (struct uki){0};
	if (!table)
		return -EINVAL;
	for (size_t i = 0; i < n_rows; i++) {
		if (take_row(table + i * ROW_SIZE, file_size, out) < 0)
			return -EINVAL;
	}
	return 0;
}

/* The value of KEY= in os-release(5), its quotes off; caller frees. NULL: not there, or empty. */
static char *osrel_value(const char *osrel, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = osrel; *line; line += strspn(line, "\r\n")) {
		size_t length = strcspn(line, "\r\n");
		cleanup_free char *copy = NULL;
		char *value;

		if (length > n && !strncmp(line, key, n) && line[n] == '=') {
			copy = xstrndup(line + n + 1, length - n - 1);
			value = strip(copy);
			length = strlen(value);
			if (length > 1 && strchr("\"'", *value) && value[length - 1] == *value) {
				value[length - 1] = '\0';
				value++;
			}
			return *value ? xstrdup(value) : NULL;
		}
		line += length;
	}
	return NULL;
}

char *uki_title(const char *osrel)
{
	char *title = osrel_value(osrel, "PRETTY_NAME");

	if (!title)
		title = osrel_value(osrel, "NAME");
	if (!title)
		return xstrdup("Linux");
	if (strlen(title) > NAME_MAX_LENGTH)
		title[NAME_MAX_LENGTH] = '\0';
	text_clean(title);
	for (char *s = title; *s; s++)
		*s = *s == '\t' || *s == '\n' ? ' ' : *s;
	return title;
}

char *uki_cmdline(const char *bytes, size_t n)
{
	cleanup_free char *text = xstrndup(bytes, n);
	char *line;

	for (char *s = text; *s; s++) {
		if (strchr("\t\r\n", *s))
			*s = ' ';
		else if (*s < ' ' || *s > '~')
			return NULL;
	}
	line = strip(text);
	return *line == '"' || strlen(line) > CMDLINE_MAX ? NULL : xstrdup(line);
}

char *uki_kernel_release(const void *kernel, size_t n)
{
	const unsigned char *p = kernel;
	cleanup_free char *release = NULL;
	size_t at;

	if (n < SETUP_END || memcmp(p, "MZ", 2) || memcmp(p + SETUP_MAGIC, "HdrS", 4))
		return NULL;
	at = get16(p + SETUP_VERSION_AT) + SETUP_BASE;
	if (at == SETUP_BASE || at >= n)
		return NULL;
	release =
	        xstrndup((const char *)p + at, n - at < NAME_MAX_LENGTH ? n - at : NAME_MAX_LENGTH);
	release[strcspn(release, " \n")] = '\0';
	return uki_is_plain(release) ? take_ptr(release) : NULL;
}

bool uki_is_plain(const char *name)
{
	static const char plain[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.@";
	size_t n = strspn(name, plain);

	return n && !name[n] && n <= NAME_MAX_LENGTH && *name != '.' && *name != '-';
}

int uki_read_at(int fd, void *to, size_t n, uint64_t offset)
{
	char *p = to;

	while (n) {
		ssize_t got = pread(fd, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		p += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

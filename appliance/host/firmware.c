/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/firmware.h"
#include "host/attr.h"

#include <ctype.h>
#include <errno.h>
#include <sys/klog.h>

#define EFI_GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* syslog(2), "Commands" */
enum { SYSLOG_READ_ALL = 3, SYSLOG_SIZE_BUFFER = 10 };

static enum secure_boot take_secure_boot(const struct root *root, bool uefi)
{
	cleanup_free unsigned char *bytes = NULL;
	size_t size;

	if (!uefi)
		return SECURE_BOOT_OFF;
	/* Four bytes of attributes, then the variable (Linux: Documentation/filesystems/efivarfs.rst). */
	bytes = root_read_bytes(root, "/sys/firmware/efi/efivars/SecureBoot-" EFI_GLOBAL, &size);
	if (!bytes || size != 5 || bytes[4] > 1)
		return SECURE_BOOT_UNKNOWN;
	return bytes[4] ? SECURE_BOOT_ON : SECURE_BOOT_OFF;
}

static char *take_dmi(const struct root *root, const char *vendor, const char *name)
{
	cleanup_free char *v = attr_text(root, "/sys/class/dmi/id/%s", vendor);
	cleanup_free char *n = attr_text(root, "/sys/class/dmi/id/%s", name);

	if (v && n)
		return xasprintf("%s %s", v, n);
	return v ? take_ptr(v) : take_ptr(n);
}

/* Does a line of a module list name vfio-pci.ko, compressed or not? */
static bool lists_vfio_pci(const char *text)
{
	return strstr(text, "/vfio-pci.ko") || starts_with(text, "vfio-pci.ko");
}

int firmware_kernel_has_vfio_pci(const struct root *root, const char *release, char **source)
{
	static const char *const files[] = {"modules.dep", "modules.builtin"};
	int has = -1;

	*source = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(files) && has != 1; i++) {
		cleanup_free char *path = xasprintf("/lib/modules/%s/%s", release, files[i]);
		cleanup_free char *text = root_read(root, path);

		if (!text || (i > 0 && !lists_vfio_pci(text)))
			continue;
		has = lists_vfio_pci(text);
		free(*source);
		*source = take_ptr(path);
	}
	return has;
}

static void take_vfio_pci(const struct root *root, struct firmware *out)
{
	out->vfio_pci = -1;
	if (root_exists(root, "/sys/module/vfio_pci")) {
		out->vfio_pci = 1;
		out->vfio_pci_source = xstrdup("/sys/module/vfio_pci");
	} else if (out->kernel_release) {
		out->vfio_pci = firmware_kernel_has_vfio_pci(
		        root, out->kernel_release, &out->vfio_pci_source);
	}
}

/* Cuts the "<6>" that syslog(2) puts before each line. */
static void cut_levels(char *log)
{
	char *to = log;

	for (const char *from = log; *from;) {
		const char *end = *from == '<' ? strchr(from, '>') : NULL;
		size_t n;

		if (end && end - from <= 4 && isdigit((unsigned char)from[1]))
			from = end + 1;
		n = (size_t)(strchrnul(from, '\n') - from);
		n += from[n] == '\n';
		memmove(to, from, n);
		to += n;
		from += n;
	}
	*to = '\0';
}

static char *read_ring(int *error)
{
	int size = klogctl(SYSLOG_SIZE_BUFFER, NULL, 0);
	cleanup_free char *log = NULL;
	int used;

	if (size <= 0) {
		*error = size < 0 ? errno : ENODATA;
		return NULL;
	}
	/* Time stamps and levels are added to what the ring holds. */
	size = size > (16 << 20) ? 32 << 20 : size * 2;
	log = xcalloc((size_t)size + 1, 1);
	used = klogctl(SYSLOG_READ_ALL, log, size);
	if (used < 0) {
		*error = errno;
		return NULL;
	}
	log[used] = '\0';
	cut_levels(log);
	return take_ptr(log);
}

static void take_log(const struct root *root, struct firmware *out)
{
	const char *first_end, *version;

	if (root_is_host(root)) {
		out->log = read_ring(&out->log_errno);
	} else {
		out->log = root_read(root, "/kernel.log");
		out->log_errno = out->log ? 0 : errno;
	}
	if (!out->log)
		return;
	text_clean(out->log);
	first_end = strchrnul(out->log, '\n');
	version = strstr(out->log, "Linux version ");
	out->log_complete = version && version < first_end;
}

int firmware_take(const struct root *root, struct firmware *out, struct err *err)
{
	(void)err; /* no part of it is needed: what is missing stays unknown */
	*out = (struct firmware){0};
	out->uefi = root_exists(root, "/sys/firmware/efi");
	out->secure_boot = take_secure_boot(root, out->uefi);
	out->board = take_dmi(root, "board_vendor", "board_name");
	out->product = take_dmi(root, "sys_vendor", "product_name");
	out->kernel_release = attr_text(root, "/proc/sys/kernel/osrelease");
	out->cmdline = attr_text(root, "/proc/cmdline");
	take_vfio_pci(root, out);
	take_log(root, out);
	return 0;
}

void firmware_finish(struct firmware *firmware)
{
	free(firmware->board);
	free(firmware->product);
	free(firmware->kernel_release);
	free(firmware->cmdline);
	free(firmware->vfio_pci_source);
	free(firmware->log);
	*firmware = (struct firmware){0};
}

/* As the kernel compares names of parameters: "-" is "_" (kernel/params.c, parameq()). */
static bool same_name(const char *word, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		char a = word[i] == '-' ? '_' : word[i], b = name[i] == '-' ? '_' : name[i];

		if (a != b)
			return false;
	}
	return name[n] == '\0';
}

/* The end of a word; quotes keep spaces together (lib/cmdline.c, next_arg()). */
static const char *word_end(const char *s)
{
	bool quoted = false;

	for (; *s && (quoted || !isspace((unsigned char)*s)); s++)
		quoted ^= *s == '"';
	return s;
}

static char *without_quotes(const char *s, size_t n)
{
	char *value = xstrndup(s, n), *to = value;

	for (const char *from = value; *from; from++) {
		if (*from != '"')
			*to++ = *from;
	}
	*to = '\0';
	return value;
}

char *firmware_cmdline_get(const struct firmware *firmware, const char *name)
{
	const char *s = firmware->cmdline ? firmware->cmdline : "";
	char *value = NULL;

	while (*(s += strspn(s, " \t\n"))) {
		const char *end = word_end(s), *start = *s == '"' ? s + 1 : s;
		const char *equals = memchr(start, '=', (size_t)(end - start));
		const char *name_end = equals ? equals : end;

		/* What follows is for init, not for the kernel. */
		if (end - s == 2 && starts_with(s, "--"))
			break;
		if (same_name(start, (size_t)(name_end - start), name)) {
			free(value);
			value = equals ? without_quotes(equals + 1, (size_t)(end - equals - 1))
			               : xstrdup("");
		}
		s = end;
	}
	return value;
}

char *firmware_log_line(const struct firmware *firmware, const char *text)
{
	const char *log = firmware->log, *at = log ? strstr(log, text) : NULL;

	if (!at)
		return NULL;
	while (at > log && at[-1] != '\n')
		at--;
	return xstrndup(at, strcspn(at, "\n"));
}

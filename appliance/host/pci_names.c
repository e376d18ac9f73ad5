/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/pci_names.h"
#include "host/attr.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_IDS ((off_t)64 << 20)

/* libpci's error callback gets no argument of ours and must not return. */
static _Thread_local jmp_buf names_failed;

static void __attribute__((noreturn)) fail_names(char *msg, ...)
{
	(void)msg;
	longjmp(names_failed, 1);
}

static void say_nothing(char *msg, ...)
{
	(void)msg;
}

static bool load_names(struct pci_access *names)
{
	if (setjmp(names_failed))
		return false;
	return pci_load_name_list(names) != 0;
}

/* --- the lines that this PC needs --- */

static bool has_maker(const struct pci *pci, unsigned long vendor)
{
	for (size_t i = 0; i < pci->n; i++) {
		if (pci->list[i].vendor == vendor)
			return true;
	}
	return false;
}

static bool has_device(const struct pci *pci, unsigned long vendor, unsigned long device)
{
	for (size_t i = 0; i < pci->n; i++) {
		if (pci->list[i].vendor == vendor && pci->list[i].device == device)
			return true;
	}
	return false;
}

/*
 * A maker begins with its number, its devices follow behind a tab, their subsystems, which nobody asks for, behind two; comments
 * may stand between: pci.ids(5).
 */
static void copy_lines(const char *text, size_t size, const struct pci *pci, FILE *out)
{
	unsigned long vendor = 0;
	bool ours = false;

	for (size_t at = 0, next; at < size; at = next) {
		const char *line = text + at, *end = memchr(line, '\n', size - at);
		bool wanted = false;

		if (!end) /* where a number would have no end either */
			break;
		next = (size_t)(end - text) + 1;
		if (isxdigit((unsigned char)line[0])) { /* "C 03" too: no maker has number 12 */
			vendor = strtoul(line, NULL, 16);
			wanted = ours = has_maker(pci, vendor);
		} else if (ours && line[0] == '\t' && line[1] != '\t') {
			wanted = has_device(pci, vendor, strtoul(line + 1, NULL, 16));
		}
		if (wanted)
			fwrite(line, 1, next - at, out);
	}
}

static int copy_file(const char *from, const struct pci *pci, int to)
{
	cleanup_close int fd = open(from, O_RDONLY | O_CLOEXEC), copy = dup(to);
	FILE *out = fd >= 0 && copy >= 0 ? fdopen(copy, "w") : NULL;
	struct stat st;
	char *text;

	if (!out)
		return -errno;
	copy = -1; /* the stream's */
	text = fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size < SIZE_MAX_IDS
	               ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
	               : MAP_FAILED;
	if (text != MAP_FAILED) {
		copy_lines(text, (size_t)st.st_size, pci, out);
		munmap(text, (size_t)st.st_size);
	}
	return fclose(out) == 0 && text != MAP_FAILED ? 0 : -EIO;
}

/*
 * libpci takes in all 35,000 lines of pci.ids before it answers the first question, which is a third of a check's
 * time. So it is given a copy with the makers that are here. Where there is but a packed file (.gz), it reads that
 * itself.
 */
static int shorten(struct pci_access *names, const struct pci *pci)
{
	size_t n = strlen(names->id_file_name);
	size_t plain = ends_with(names->id_file_name, ".gz") ? n - 3 : n;
	cleanup_free char *from = xstrndup(names->id_file_name, plain);
	int fd = memfd_create("pci.ids", MFD_CLOEXEC);

	if (fd < 0 || copy_file(from, pci, fd) < 0) {
		close_fd(&fd);
		return -1;
	}
	pci_set_name_list_path(names, xasprintf("/proc/self/fd/%d", fd), 1);
	return fd;
}

/* --- asking --- */

static void take_names(struct pci_access *names, struct pci_device *d)
{
	const int flags = PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB;
	char text[256];

	if (pci_lookup_name(names, text, sizeof(text), PCI_LOOKUP_VENDOR | flags, d->vendor))
		d->vendor_name = text_clean(xstrdup(text));
	if (pci_lookup_name(
	            names, text, sizeof(text), PCI_LOOKUP_DEVICE | flags, d->vendor, d->device))
		d->device_name = text_clean(xstrdup(text));
}

void pci_names_take(struct pci *pci)
{
	struct pci_access *names;
	cleanup_close int fd = -1;

	if (!pci->n)
		return;
	names = pci_alloc();
	names->error = fail_names;
	names->warning = say_nothing;
	names->debug = say_nothing;
	fd = shorten(names, pci);
	if (load_names(names)) {
		for (size_t i = 0; i < pci->n; i++)
			take_names(names, &pci->list[i]);
	}
	pci_cleanup(names);
}

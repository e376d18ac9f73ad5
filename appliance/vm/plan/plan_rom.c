/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ROM files that a profile names: each is there, QEMU's user can read it, and it is of the card it is for. */
#include "base/i18n.h"
#include "host/rom_file.h"
#include "vm/plan/plan_parts.h"
#include "vm/plan/seen_by_all.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What the unit of a VM hides from QEMU (launch_unit.c: ProtectHome=, PrivateTmp=), and our state, which is root's: QEMU
 * opens the file by its path, as a user of its own.
 */
static bool is_out_of_reach(const char *path)
{
	static const char *const folders[] = {
	        "/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/", "/var/lib/playthrough/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (starts_with(path, folders[i]))
			return true;
	return false;
}

/* The whole of an open file, as long as no ROM is longer. */
static int read_all(int fd, void **bytes, size_t *size)
{
	cleanup_free char *text = NULL;
	size_t n = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)ROM_FILE_MAX)
		return -EINVAL;
	text = xcalloc((size_t)st.st_size + 1, 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, text + n, (size_t)st.st_size - n, (off_t)n);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	*size = n;
	*bytes = take_ptr(text);
	return 0;
}

int plan_read_rom(const char *path, void **bytes, size_t *size)
{
	cleanup_free char *real = realpath(path, NULL);
	cleanup_close int fd = -1;
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (is_out_of_reach(real) || !seen_readable(real))
		return -EACCES;
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	return fd < 0 ? -errno : read_all(fd, bytes, size);
}

int plan_look_at_rom(const char *path, void **bytes, size_t *size)
{
	cleanup_close int fd = seen_open(path);

	if (fd < 0)
		return fd == -EACCES && is_out_of_reach(path) ? -EACCES : -EXDEV;
	return is_out_of_reach(path) ? -EACCES : read_all(fd, bytes, size);
}

/* --- refusals --- */

static int refuse_reading(const char *path, int why, struct err *err)
{
	const char *name = strrchr(path, '/');

	if (why == -ENOENT) {
		err_set(err, -ENOENT, _("the ROM file %s is not there"), path);
		err_hint(err, _("check romfile= in the profile, or remove it"));
		return plan_refuse(err, CODE_VM_FILE);
	}
	if (why == -EINVAL) {
		err_set(err, -EINVAL, _("the ROM file %s is no file of at most %zu MiB"), path,
		        ROM_FILE_MAX >> 20);
		err_hint(err, _("check romfile= in the profile, or remove it"));
	} else {
		err_set(err, why,
		        _("the ROM file %s cannot be read by the user that QEMU runs as: %s"), path,
		        strerror(-why));
		err_hint(err,
		        _("put it where everybody can read it, not into a home or a temporary "
		          "folder: sudo install -Dm644 %s /etc/playthrough/roms%s"),
		        path, name ? name : "");
	}
	return plan_refuse(err, CODE_GPU_ROM_FILE);
}

static int check_rom(const struct planning *p, const struct profile_pci *pci, struct err *err)
{
	const struct pci_device *d = pci_find(&p->host->pci, pci->address);
	const struct pci_addr_text address = pci_addr_format(pci->address);
	const struct rom_need need = {.card = d,
	        .vendor = d ? d->vendor : 0,
	        .device = d ? d->device : 0,
	        .bios = p->profile->firmware == PROFILE_FIRMWARE_BIOS};
	cleanup_free void *bytes = NULL;
	size_t size = 0;
	int r;

	if (!plan_exists(p->options, pci->romfile))
		return refuse_reading(pci->romfile, -ENOENT, err);
	r = (p->options->read_rom ? p->options->read_rom : plan_read_rom)(
	        pci->romfile, &bytes, &size);
	if (r < 0)
		return r == -EXDEV ? 0 : refuse_reading(pci->romfile, r, err);
	r = rom_file_judge(pci->romfile, bytes, size, &need, address.s, err);
	if (r == 0 && p->options->test_drive)
		plan_drive_rom(p, pci, bytes, size);
	return r;
}

static int refuse_both(const struct planning *p, const struct profile_pci *pci, struct err *err)
{
	err_set(err, -EINVAL,
	        _("there is romfile=%s, and rombar=no, with which the guest sees no ROM at all"),
	        pci->romfile);
	err_hint(err, _("keep one of the two below line %d of %s"), pci->line, p->profile->file);
	return plan_refuse(err, CODE_GPU_ROM_FILE);
}

int plan_roms(const struct planning *p, struct err *err)
{
	for (size_t i = 0; i < p->profile->n_pci; i++) {
		const struct profile_pci *pci = &p->profile->pci[i];
		int r = 0;

		if (!pci->romfile)
			continue;
		r = pci->rombar == PROFILE_ROMBAR_NO ? refuse_both(p, pci, err)
		                                     : check_rom(p, pci, err);
		if (r < 0)
			return r;
	}
	return 0;
}

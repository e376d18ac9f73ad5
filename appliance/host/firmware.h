/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware, running kernel, and what they said at boot. */
#ifndef HOST_FIRMWARE_H
#define HOST_FIRMWARE_H

#include "base/root.h"

enum secure_boot { SECURE_BOOT_UNKNOWN, SECURE_BOOT_OFF, SECURE_BOOT_ON };

struct firmware {
	bool uefi; /* /sys/firmware/efi is there */
	enum secure_boot
	        secure_boot;  /* /sys/firmware/efi/efivars/SecureBoot-8be4df61-..., fifth byte */
	char *board;          /* /sys/class/dmi/id/board_vendor + board_name, or NULL */
	char *product;        /* /sys/class/dmi/id/sys_vendor + product_name, or NULL */
	char *kernel_release; /* /proc/sys/kernel/osrelease, or NULL */
	char *cmdline;        /* /proc/cmdline, or NULL */
	int vfio_pci; /* 1 module or built in for this kernel, 0 not, -1 unknown (no modules.dep) */
	char *vfio_pci_source; /* the file that told, or NULL */
	/*
	 * The kernel log since boot, or NULL when this user may not read it (log_errno tells). A captured
	 * machine holds it as /kernel.log.
	 */
	char *log;
	int log_errno;
	bool log_complete; /* it still starts with "Linux version": nothing was pushed out of the ring */
};

int firmware_take(const struct root *root, struct firmware *out, struct err *err);
void firmware_finish(struct firmware *firmware);

/*
 * Whether the kernel @release has vfio-pci, as a module or built in: 1, 0, or -1 where its lists of modules cannot be
 * read. @source (caller frees) gets the file that told, or NULL.
 */
int firmware_kernel_has_vfio_pci(const struct root *root, const char *release, char **source);

/* The value of NAME=value on the kernel command line ("" for a bare word), the last one; caller frees. NULL: not there. */
char *firmware_cmdline_get(const struct firmware *firmware, const char *name);
/* The first line of the kernel log that holds @text; caller frees. NULL: none. */
char *firmware_log_line(const struct firmware *firmware, const char *text);

#endif

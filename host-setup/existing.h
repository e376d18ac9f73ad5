/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody configured by hand for passthrough before us: kernel arguments, modprobe.d, driverctl,
 * initramfs lists and scripts, libvirt hooks. It is recognised and explained, adopted where it means the same
 * devices, left where it does no harm, and never edited.
 */
#ifndef SETUP_EXISTING_H
#define SETUP_EXISTING_H

#include "base/codes.h"
#include "host/host.h"

enum existing_kind {
	EXISTING_IDS,       /* vfio-pci.ids=, options vfio-pci ids= */
	EXISTING_STUB,      /* pci-stub.ids= and its modprobe.d form */
	EXISTING_XEN,       /* xen-pciback.hide= */
	EXISTING_ACS,       /* pcie_acs_override= */
	EXISTING_SOFTDEP,   /* softdep DRIVER pre: vfio-pci */
	EXISTING_BLACKLIST, /* a driver of graphics, sound or USB is not loaded by itself */
	EXISTING_INSTALL,   /* install vfio-pci COMMAND, install DRIVER COMMAND */
	EXISTING_DRIVERCTL, /* /etc/driverctl.d/ADDRESS */
	EXISTING_INITRAMFS, /* vfio modules in the list of an initramfs system */
	EXISTING_SCRIPT,    /* a script of the initramfs */
	EXISTING_HOOK,      /* a hook of libvirt */
};

/* As the kernel reads ids= (drivers/vfio/pci/vfio_pci.c): what is not said matches all. */
struct existing_id {
	uint32_t vendor, device, subvendor, subdevice, class_code, class_mask;
};

struct existing_setting {
	enum existing_kind kind;
	char *source;     /* "/proc/cmdline", "/etc/modprobe.d/vfio.conf:2" */
	char *text;       /* the argument or the line */
	char *configured; /* running argument: where it is written, "/etc/default/grub:6"; NULL */
	char *module;     /* of softdep, blacklist, install; of driverctl the driver */
	struct existing_id *ids;
	size_t n_ids;
	struct pci_addr addr; /* of driverctl */
};

struct existing {
	struct existing_setting *list;
	size_t n;
	/* Arguments that only GRUB's shell knows: "GRUB_CMDLINE_LINUX (/etc/default/grub:6): it holds ..." */
	struct strv unread;
};

void existing_take(const struct root *root, struct existing *out);
void existing_finish(struct existing *existing);

/* The parts: a kernel command line, a modprobe.d file; @source names it in messages. */
void existing_read_cmdline(struct existing *out, const char *cmdline, const char *source);
void existing_read_modprobe(struct existing *out, const char *text, const char *source);

enum existing_verdict {
	EXISTING_ADOPTED,  /* does the same as we do */
	EXISTING_LEFT,     /* of no matter to ours */
	EXISTING_DOUBTFUL, /* may get in the way: a person should look */
	EXISTING_CONFLICT, /* with it our entry would take something from the host, or not work */
};

/*
 * What one setting means where @planned devices go to vfio-pci. @words gets a sentence with full stop, which the
 * caller frees; @code what it is to be looked up by, CODE_NONE for adopted and left.
 */
enum existing_verdict existing_judge(const struct existing_setting *setting,
        const struct host *host, const struct pci_addr *planned, size_t n_planned, char **words,
        enum code *code);

#endif

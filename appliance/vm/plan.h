/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pure decision: facts about this PC + a profile -> what the VM claims, and QEMU's arguments.
 *
 * Touches nothing. Every refusal is made here, before anything is claimed, from facts the host module
 * took; the acting side compares identities once more at the last moment.
 */
#ifndef VM_PLAN_H
#define VM_PLAN_H

#include "host/host.h"
#include "profile/forward.h"
#include "profile/profile.h"
#include "vm/cpu_map.h"
#include "vm/hand_over.h"

/* A PCI function the VM takes from the host, with its whole IOMMU group's fate. */
struct vm_claim_pci {
	struct pci_addr addr;
	char *path; /* see struct pci_device */
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	int iommu_group;
	bool pass;        /* false: only bound to vfio-pci, since its group must be viable */
	bool bound;       /* it was on vfio-pci already when the plan was made */
	bool handed;      /* this PC uses it until the VM comes, and again when it has gone */
	char *name;       /* profile's or address: for messages */
	char *guest_path; /* where the guest finds it: "00:04.0/00.0" */
	enum profile_pci_kind kind;
	uint32_t class_code;
};

/* A block device the VM holds. */
struct vm_claim_disk {
	char *name;   /* of the profile */
	char *device; /* by-id path */
	char *serial;
	uint64_t size;
	bool writable;
	unsigned fdset; /* the fdset its open descriptor is handed over in */
};

struct vm_plan {
	char *name;
	struct vm_claim_pci *pci;
	size_t n_pci;
	struct vm_claim_disk *disks;
	size_t n_disks;
	struct hand_act *hand; /* before the functions are bound; see hand_over.h */
	size_t n_hand;
	bool kvm; /* needs /dev/kvm */
	struct cpu_map cpus;
	const struct guest_firmware
	        *firmware; /* of the host's, while the plan is made; NULL: none of UEFI */
	char *display_path; /* where the guest finds the emulated card: "00:01.0"; NULL: there is none */
	bool console_ports;    /* an agent in the guest can be reached from the console */
	unsigned usb_channels; /* of the console; on the last ports of the guest's controller */
	struct strv
	        guest_disks; /* of each disk, image files too: "NAME SERIAL" as the guest sees it */
	uint64_t page_bytes; /* of the huge pages that its memory is of; 0: ordinary memory */
	uint64_t pages_before;  /* in the kernel's pool */
	uint64_t pages;         /* that must be added to it */
	uint64_t memlock_bytes; /* RLIMIT_MEMLOCK that QEMU needs; 0: none */
	/*
	 * QEMU's arguments, argv[0] is the program's path. Descriptors QEMU inherits are numbered from VM_FD_FIRST, in
	 * the order of `fds`; the launcher puts them there.
	 */
	struct strv args;
	struct vm_fd *fds;
	size_t n_fds;
};

#define VM_FD_FIRST    10
#define ARGS_AGENT_BUS "agent-bus"
#define VM_USB_BUS     "usb.0" /* where hot-plugged USB devices go */

/* What the daemon must open and hand to the launcher. */
enum vm_fd_kind {
	VM_FD_QMP,    /* a listening Unix socket for QMP */
	VM_FD_REPORT, /* a listening Unix socket: the virtio-serial port org.playthrough.report */
	VM_FD_SERIAL, /* a file that gets the serial console, opened O_WRONLY | O_APPEND */
	VM_FD_DISK,   /* the block device of disks[index], O_EXCL */
	VM_FD_TPM,    /* the control channel of its TPM, which is started */
	VM_FD_IMAGE,  /* a file opened for QEMU: path below */
};
/* QEMU takes a descriptor only where its mode is right: O_RDWR when writable, else O_RDONLY. */
struct vm_fd {
	enum vm_fd_kind kind;
	size_t index;
	char *path;
	char *from; /* VM_FD_IMAGE: copied to path when nothing is there yet; NULL: path must be there */
	bool writable;
};

struct vm_options {
	bool test_drive; /* our own small guest instead of the profile's boot; disks read-only */
	char nonce[17];  /* 16 hex digits; "" without test drive */
	bool session; /* without root: a profile with passed PCI functions or raw disks is refused */
	const char *qemu;     /* path of the program */
	const char *data_dir; /* where guest/vmlinuz and guest/initrd.img are */
	const char *
	        state_dir; /* where the VM's firmware variables are kept; NULL: /var/lib/playthrough */
	bool (*exists)(const char *path); /* whether a file is there; NULL: looks for it */
};

/*
 * Errors carry a code (PT-VM-..., PT-GPU-..., PT-DISK-...), the fact with its source, and a hint. Nothing of @out needs
 * finishing after a failure.
 */
int vm_plan_make(const struct host *host, const struct profile *profile,
        const struct vm_options *options, struct vm_plan *out, struct err *err);
void vm_plan_finish(struct vm_plan *plan);
/* Takes the console's USB channels out of the arguments again, and the way to the agent too: this QEMU has them not. */
void args_console_out(struct vm_plan *plan, bool agent_too);

/* Which ports must be in host.ports for a plan with these forwards; caller frees @out. */
void vm_plan_ports(const struct forwards *forwards, struct port_range **out, size_t *n);

/* The test plan text for our guest (lines "gpu NAME GUESTPATH", ...). Caller frees. */
char *vm_plan_testplan(const struct vm_plan *plan, const char *nonce);

#endif

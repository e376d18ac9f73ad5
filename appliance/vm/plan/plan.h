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
#include "vm/plan/cpu_map.h"
#include "vm/plan/hand_over.h"

/* What a VM has of a function that itself stays with this PC. */
enum vm_share_kind {
	VM_SHARE_NO,       /* all of it: the function is the VM's */
	VM_SHARE_VIRTUAL,  /* a virtual function of it, Documentation/PCI/pci-iov-howto.rst */
	VM_SHARE_MEDIATED, /* a device that its driver makes; see host/mdev.h */
};

struct vm_share {
	enum vm_share_kind kind;
	struct pci_addr parent;
	bool there; /* false: it must be made, and then the plan anew, before QEMU can be launched */
	unsigned vf;       /* number of the virtual function */
	unsigned vfs;      /* how many are made: none are there; 0: that number stays as it is */
	char *link;        /* of the parent, a network card, which is told the next two; NULL */
	char *mac;         /* NULL: it is of no network card */
	unsigned vlan;     /* 0: none */
	char *type, *uuid; /* of a mediated device */
};

/* A part of a function that a VM has, or is about to make, by parent and number; -1: the function itself. */
struct vm_taken_pci {
	struct pci_addr addr;
	int vf;
};

/* A PCI function the VM takes from the host, with its whole IOMMU group's fate. */
struct vm_claim_pci {
	struct pci_addr addr; /* of a share that is no function, or not made yet, its parent's */
	struct vm_share share;
	char *path; /* see struct pci_device */
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	int iommu_group;
	bool pass;        /* false: only bound to vfio-pci, since its group must be viable */
	bool bound;       /* it was on vfio-pci already when the plan was made */
	bool handed;      /* this PC uses it until the VM comes, and again when it has gone */
	char *name;       /* profile's or address: for messages */
	char *guest_path; /* where the guest finds it: "00:04.0/00.0" */
	int bar;          /* whose size is changed while the VM has it; -1: none */
	unsigned bar_was, bar_will; /* 2^n MiB */
	char *reset_was;            /* all that reset_method says now; NULL: it stays so */
	const char *reset_will;     /* and while the VM has it: "bus" */
	enum profile_pci_kind kind;
	uint32_t class_code;
};

/* A block device the VM holds. */
struct vm_claim_disk {
	char *name;   /* of the profile */
	char *device; /* by-id or by-partuuid path */
	char *serial; /* of the whole disk */
	uint64_t size;
	bool writable;
	bool guest_volumes; /* LVM, RAID... on it are the guest's own */
	unsigned fdset;     /* the fdset its open descriptor is handed over in */
};

/* How a disk of the profile is attached. */
struct disk_attach {
	enum profile_bus bus; /* never auto */
	enum profile_aio aio; /* never auto; not of a url */
	bool direct;          /* past this PC's cache */
	bool synced;          /* each write is on the disk before the guest goes on */
	bool io_thread;
};

/* Whether a file can be read and written past this PC's cache (O_DIRECT). */
enum file_direct {
	FILE_DIRECT_UNKNOWN,
	FILE_DIRECT_NO,
	FILE_DIRECT_YES,
	FILE_DIRECT_SUMMED, /* it can, and its file system keeps sums of what the guest still changes (btrfs) */
};

/* A keyboard or mouse of this PC that the guest shares. */
struct vm_claim_input {
	char *name;         /* of the profile */
	char *device;       /* its link */
	char *node, *input; /* "event5", "input12" */
	char *usb;          /* the sysname of the USB device it is of; NULL: of none */
	unsigned busnum, devnum;
};

/* A node of the guest's memory on one of this PC's. */
struct vm_node {
	unsigned host;
	struct cpulist cpus;   /* of the guest's; all of them where this is the only one */
	uint64_t memory_bytes; /* a share as large as that of the processors */
	bool bound;            /* on that node and no other; false: where there is room there */
	unsigned bus;          /* where its cards begin in the guest; 0: it has none */
};

/* The bridge that VMs are on who name none: made with the first of them, gone with the last. */
#define VM_BRIDGE      "playthrough0"
#define VM_QUEUES_MOST 4u

/* A network card of the guest and where it leads. */
struct vm_claim_net {
	char *name;                /* of its section; "" of [network] */
	enum profile_network type; /* never NONE */
	char *forward;             /* words of profile/forward.h; NULL */
	char *tap;                 /* the link that is made for it: "pt-games"; NULL: none */
	char *link;                /* of this PC, where that is plugged in; NULL: none */
	bool own_bridge;           /* @link is VM_BRIDGE */
	bool passt;                /* of type user: not slirp */
	bool e1000e;               /* else virtio */
	bool vhost;
	unsigned vlan, queues;
	char *mac; /* NULL: QEMU's own first one, 52:54:00:12:34:56 */
};

struct vm_plan {
	char *name;
	struct vm_claim_pci *pci;
	size_t n_pci;
	struct vm_claim_disk *disks;
	size_t n_disks;
	struct disk_attach *attach; /* of each disk of the profile, in its order */
	size_t n_attach;
	bool reaches_out;    /* QEMU itself connects to a disk on the network */
	struct strv drivers; /* QEMU's names of what reads such disks: "iscsi" */
	struct vm_claim_input *inputs;
	size_t n_inputs;
	bool shares_mouse; /* one of them is a mouse */
	char *glass;       /* the file or node that Looking Glass reads; NULL: none */
	uint64_t glass_bytes;
	char *monitor_bus;     /* of the monitor whose input is switched: "i2c-3"; NULL: none */
	uint8_t monitor_input; /* what it is switched to; see ddc.h */
	char *monitor_not;     /* why it is not, though the profile wants it: for people; NULL */
	struct hand_act *hand; /* before the functions are bound; see hand_over.h */
	size_t n_hand;
	struct vm_claim_net *nets;
	size_t n_nets;
	bool kvm; /* needs /dev/kvm */
	struct cpu_map cpus;
	struct cpulist kept; /* processors that the host's own work stays off; empty: none */
	char *not_kept;      /* why not, or what of it stays: a sentence for people; NULL */
	const struct guest_firmware
	        *firmware; /* of the host's, while the plan is made; NULL: none of UEFI */
	char *display_path; /* where the guest finds the emulated card: "00:01.0"; NULL: there is none */
	bool console_ports;       /* an agent in the guest can be reached from the console */
	unsigned usb_channels;    /* of the console; on the last ports of the guest's controller */
	enum profile_sound sound; /* the emulated card: NONE or HDA */
	struct strv
	        guest_disks; /* of each disk, image files too: "NAME SERIAL" as the guest sees it */
	uint64_t memory_bytes; /* the guest's */
	uint64_t floor_bytes;  /* that size=max leaves to the host; 0: a size was named */
	struct vm_node *nodes; /* none: this PC has but one, or its processors are not pinned */
	size_t n_nodes;
	uint64_t page_bytes;    /* of the huge pages that its memory is of; 0: ordinary memory */
	uint64_t pages_all;     /* how many of them it has */
	uint64_t pages;         /* of these, that must be added to the kernel's pool */
	struct strv drive;      /* further lines of the test plan; none without test drive */
	struct strv cpu_words;  /* what QEMU must know of processors; see cpu_help.h */
	uint64_t memlock_bytes; /* RLIMIT_MEMLOCK that QEMU needs; 0: none */
	/*
	 * QEMU's arguments, argv[0] is the program's path. Descriptors QEMU inherits are numbered from VM_FD_FIRST, in
	 * the order of `fds`; the launcher puts them there.
	 */
	struct strv args;
	struct vm_fd *fds;
	size_t n_fds;
};

/* What huge pages leave to the host. */
#define PAGES_FLOOR (1ull << 30)

#define VM_FD_FIRST       10
#define VM_CD_PREFIX      "cd-" /* of a drive: its device, its first medium, its descriptors */
#define ARGS_AGENT_BUS    "agent-bus"
#define ARGS_GUEST_AGENT  "guest-agent" /* its port and what that leads to */
#define ARGS_PANIC_DEVICE "pvpanic-pci"
#define VM_USB_BUS        "usb.0" /* where hot-plugged USB devices go */
#define TPM_PROGRAM       "/usr/bin/swtpm"

/* What the daemon must open and hand to the launcher. */
enum vm_fd_kind {
	VM_FD_QMP,    /* a listening Unix socket for QMP */
	VM_FD_REPORT, /* a listening Unix socket: the virtio-serial port org.playthrough.report */
	VM_FD_SERIAL, /* a file that gets the serial console, opened O_WRONLY | O_APPEND */
	VM_FD_DISK,   /* the block device of disks[index], O_EXCL */
	VM_FD_TPM,    /* the control channel of its TPM, which is started */
	VM_FD_IMAGE,  /* a file opened for QEMU: path below */
	VM_FD_AGENT,  /* a listening Unix socket: the virtio-serial port org.qemu.guest_agent.0 */
	VM_FD_INPUT,  /* the event node of inputs[index] */
	VM_FD_GLASS, /* the memory of Looking Glass: glass, made with its size where it is a file */
	VM_FD_BACKING, /* what the image of the profile's disk `index` stands on: path below, read only */
	VM_FD_SECRET,     /* the passphrase of that disk, from the file below */
	VM_FD_URL_SECRET, /* what that disk's server wants to hear, likewise */
	VM_FD_CDROM,      /* what is in drive @index of the profile: path below, read only */
	VM_FD_TAP,        /* queue @queue of the link that is made for nets[index] */
	VM_FD_VHOST,      /* the same queue's /dev/vhost-net */
	VM_FD_PASST,      /* of nets[index]: the guest's end of passt, which is started */
};
/* QEMU takes a descriptor only where its mode is right: O_RDWR when writable, else O_RDONLY. */
struct vm_fd {
	enum vm_fd_kind kind;
	size_t index;
	unsigned queue;
	char *path;
	char *from; /* VM_FD_IMAGE: copied to path when nothing is there yet; NULL: path must be there */
	bool writable;
	bool alone; /* an image in qcow2 of which the profile says that it stands on nothing */
};

/* Pages of one size in the kernel's pool that VMs which are starting have not taken yet, but will. */
struct vm_promised {
	uint64_t bytes;   /* of each; 0: none */
	uint64_t pages;   /* that are in the pool */
	uint64_t to_come; /* that must be added to it first */
};

struct vm_options {
	bool test_drive; /* our own small guest instead of the profile's boot; disks read-only */
	char nonce[17];  /* 16 hex digits; "" without test drive */
	bool session; /* without root: a profile with passed PCI functions or raw disks is refused */
	bool makes_links;  /* of a session: it has CAP_NET_ADMIN, as in a namespace of its own */
	uint64_t mac_seed; /* tells this PC from others */
	struct vm_promised promised[PAGE_POOLS_MOST];
	uint64_t promised_bytes; /* of ordinary memory to other VMs, that they do not use yet */
	const struct vm_taken_pci *taken_pci; /* by other VMs */
	size_t n_taken_pci;
	const struct cpulist *taken; /* processors that other VMs are pinned to; NULL: none */
	const char *qemu;            /* path of the program */
	const char *data_dir;        /* where guest/vmlinuz and guest/initrd.img are */
	const char *
	        state_dir; /* where the VM's firmware variables are kept; NULL: /var/lib/playthrough */
	bool (*exists)(const char *path); /* whether a file is there; NULL: looks for it */
	enum file_direct (*direct)(const char *path); /* NULL: asks the kernel */
	/*
	 * Reads a ROM file as QEMU's user would; NULL: plan_read_rom(). Returns 0 (the caller frees @bytes) or -errno;
	 * -EXDEV: it is not to be looked into, and so nothing is said of it.
	 */
	int (*read_rom)(const char *path, void **bytes, size_t *size);
};

/*
 * Errors carry a code (PT-VM-..., PT-GPU-..., PT-DISK-...), the fact with its source, and a hint. Nothing of @out needs
 * finishing after a failure.
 */
int vm_plan_make(const struct host *host, const struct profile *profile,
        const struct vm_options *options, struct vm_plan *out, struct err *err);
void vm_plan_finish(struct vm_plan *plan);
/* Whether every share is there. Else QEMU's arguments hold a name of it that no QEMU takes. */
bool vm_plan_is_whole(const struct vm_plan *plan);
/* Whether the host is without this function while the VM has the claim. */
bool vm_claim_has(const struct vm_claim_pci *claim, struct pci_addr addr);
/* Whether the plan looks at this PC's disks: it takes one, or a PCI function that one may hang on. */
bool vm_plan_needs_disks(const struct profile *profile);
/* Takes the console's USB channels out of the arguments again, and the way to the agent too: this QEMU has them not. */
void args_console_out(struct vm_plan *plan, bool agent_too);
/* The device by which a guest tells that it has crashed, likewise. */
void args_panic_out(struct vm_plan *plan);

/*
 * For vm_options.read_rom. The first is for a start. The second is for whoever merely asks: it reads only what everybody
 * can, and waits for no file system but "/"; all else is -EXDEV, or -EACCES where QEMU could not read it in any case.
 */
int plan_read_rom(const char *path, void **bytes, size_t *size);
int plan_look_at_rom(const char *path, void **bytes, size_t *size);

/*
 * What a VM of @promised bytes of ordinary memory, and its QEMU beside it, will still take of MemAvailable, where it has
 * @resident of it now (0: it has not started yet).
 */
uint64_t vm_plan_untouched(uint64_t promised, uint64_t resident);

/* Which ports must be in host.ports for a plan with these forwards; caller frees @out. */
void vm_plan_ports(const struct forwards *forwards, struct port_range **out, size_t *n);

/* "network" of the first card, "network-lan" of [network lan]: QEMU's name of where it leads. Caller frees. */
char *vm_net_id(const struct vm_claim_net *net);
/* Whether the networks that @profile names can be had, of them alone: 0, or why not. */
int vm_plan_network_is_possible(const struct host *host, const struct profile *profile,
        const struct vm_options *options, struct err *err);

/* Takes the emulated sound card out of a plan, for a QEMU that cannot have it. */
void vm_plan_without_sound(struct vm_plan *plan);

/* The test plan text for our guest (lines "gpu NAME GUESTPATH", ...). Caller frees. */
char *vm_plan_testplan(const struct vm_plan *plan, const char *nonce);

/*
 * plan_known.c: -EACCES where the profile takes a disk of this PC, or a controller of disks, and not everything that could use it
 * was looked at (struct disks, partly). For a start; a plan that is only looked at has the same doubt, and tells no more.
 */
int plan_disks_known(const struct host *host, const struct profile *profile, struct err *err);

#endif

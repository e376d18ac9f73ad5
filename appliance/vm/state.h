/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of one VM: what was done and must be undone, and how to find its QEMU again.
 *
 * It is written before each act, so that whatever ends the daemon, the next one knows at least all that
 * happened. It lives in the run directory: after a power cut there is nothing to undo.
 */
#ifndef VM_STATE_H
#define VM_STATE_H

#include "base/pciaddr.h"
#include "base/root.h"
#include "profile/profile.h"
#include "vm/plan/hand_over.h"
#include "vm/plan/plan.h"

#include <jansson.h>
#include <sys/types.h>

#define JOURNAL_CHANNELS_MOST 4

enum journal_phase { JOURNAL_STARTING, JOURNAL_RUNNING, JOURNAL_ENDING };

struct journal_pci {
	struct pci_addr addr;
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	char *path, *name;
	int group;
	bool pass;
	char *previous;               /* the driver it had; NULL: none */
	bool home;                    /* it was on vfio-pci when the VM came: it stays there */
	bool touched;                 /* binding was begun: to be undone */
	int bar;                      /* whose size is changed; -1: none */
	unsigned bar_was, bar_will;   /* 2^n MiB */
	char *reset_was, *reset_will; /* see struct vm_claim_pci; NULL: as it is */
	bool handed;                  /* see struct vm_claim_pci */
	bool stuck; /* its driver hangs in the kernel: left alone. Not written: a later daemon tries */
};

/* A part of a function that stays with this PC; see struct vm_share. */
struct journal_share {
	enum vm_share_kind kind;
	struct pci_addr parent;
	uint16_t vendor, device; /* of the parent */
	unsigned vf;
	unsigned
	        vfs; /* made, or about to be; also where another VM's start made them; 0: they were there */
	bool autoprobe; /* this PC's drivers take new ones */
	char *type, *uuid;
	bool made; /* its making was begun, or it is left of an earlier run: to be removed */
	char *link, *mac;
	unsigned vlan;
	char *mac_was; /* telling the link of it was begun; NULL: it was not */
	unsigned vlan_was, qos_was;
};

struct journal_group {
	int id;
	bool given; /* giving its node away was begun */
};

struct journal_disk {
	char *name, *device;
	bool writable;
};

/* A keyboard or mouse of this PC that the guest shares. */
struct journal_input {
	char *name, *node, *input; /* "event5", "input12" */
	char *usb;                 /* the sysname of its USB device; NULL: it is of none */
	unsigned busnum, devnum;
	bool given;    /* making the VM's user its owner was begun */
	bool returned; /* QEMU is to let go of it for good; what it keeps is not returned any more */
	/* Not written: QEMU was asked, and has not answered yet; its node is being made root's again. */
	bool asked, taking;
};

/* A device that was handed to QEMU, or is about to be. */
struct journal_usb {
	char *sysname, *port, *label;
	char *id; /* QEMU's name of it */
	unsigned busnum, devnum;
	uint16_t vendor, product;
	char *serial;        /* NULL: it has none */
	uint64_t instance;   /* see struct usb_device; 0: not known */
	unsigned guest_port; /* of the guest's controller; 0: QEMU chose */
	bool by_hand;        /* attached by a person, not by a rule */
	int64_t fdset;       /* -1: none is left in QEMU */
	unsigned refusals;   /* to let go of it; not written */
};

/* A device that stays with the host though a rule wants it. */
struct journal_kept {
	char *port;
	unsigned busnum, devnum;
	uint16_t vendor;
	uint64_t instance;
	bool by_hand;  /* a person took it out of the VM; false: it was refused */
	uint64_t left; /* when it was missed first, monotonic; 0: it is there; not written */
};

/* What the profile wants attached whenever it is plugged in; see struct profile_usb. */
struct journal_rule {
	char *name;          /* of its section, [usb NAME] */
	int vendor, product; /* -1: any */
	char *serial, *port, *hub;
};

/* A network card of the guest; see struct vm_claim_net. */
struct journal_net {
	char *name;
	enum profile_network type;
	char *tap, *link, *mac; /* NULL: none */
	bool own_bridge, passt, vhost;
	unsigned vlan, queues;
	bool made; /* its link was begun: to be removed */
};

struct journal {
	char *name, *title;
	enum journal_phase phase;
	char nonce[17];
	bool test_drive, keep;
	unsigned usb_channels; /* of the console, on the last ports of the guest's controller */
	char *unit;            /* of systemd; NULL in session mode */
	char *forward;         /* words of profile/forward.h, as the profile had them; NULL */
	pid_t pid;             /* QEMU's; 0: not launched yet */
	uint64_t pid_start;    /* field 22 of /proc/PID/stat: tells a reused number */
	uint64_t since;        /* microseconds since 1970 */
	struct journal_pci *pci;
	size_t n_pci;
	struct journal_share *shares;
	size_t n_shares;
	struct journal_group *groups;
	size_t n_groups;
	struct journal_disk *disks;
	size_t n_disks;
	struct journal_input *inputs;
	size_t n_inputs;
	struct journal_net *nets;
	size_t n_nets;
	struct journal_usb *usb;
	size_t n_usb;
	struct journal_kept *kept;
	size_t n_kept;
	/* The memory of Looking Glass, whose making was begun; NULL: none. */
	char *glass;
	unsigned glass_uid, glass_gid, glass_mode; /* of a node: as they were */
	/* The wire of the monitor that shows the game; NULL: none. */
	char *monitor_bus;
	uint8_t monitor_will, monitor_was; /* its inputs; was 0: nothing to be undone */
	struct hand_act *hand; /* what of the host leaves a card for the VM; see hand_over.h */
	size_t n_hand;
	struct journal_rule *rules;
	size_t n_rules;
	char *kept_processors; /* processors that the host's own work stays off, as of cpulist.h; NULL: none */
	char *pinned; /* processors that its own run on, ditto; NULL: the kernel places them */
	uint64_t memory_bytes; /* the guest's; 0: an older daemon has not written it */
	/* Huge pages that were added to the kernel's pool, or were about to be; see struct act_pages. 0: none. */
	uint64_t page_bytes, pages_before, pages;
	bool pages_taken;
};

int journal_save(
        const struct root *root, const char *path, const struct journal *journal, struct err *err);
/* Anything that does not fit in type or range is an error: half a journal is none. */
int journal_load(const struct root *root, const char *path, struct journal *out, struct err *err);
void journal_finish(struct journal *journal);

/* state_net.c */
json_t *journal_nets_to_json(const struct journal *journal); /* new reference */
/* Of the whole journal @all: an older daemon has written one card, or none, under another name. */
int journal_nets_load(const json_t *all, struct journal *journal);
void journal_nets_finish(struct journal *journal);

/* state_share.c */
json_t *journal_shares_to_json(const struct journal *journal); /* new reference */
int journal_shares_load(
        json_t *array, struct journal *journal); /* @array NULL: an older daemon's */
void journal_shares_finish(struct journal *journal);

void journal_usb_finish(struct journal_usb *usb);
/* Takes one out of the list and frees it. */
void journal_usb_remove(struct journal *journal, size_t index);
void journal_kept_remove(struct journal *journal, size_t index);

void journal_rules_finish(struct journal_rule **list, size_t *n);

/* When process @pid was started, in clock ticks since boot. 0: no such process, a zombie, or it cannot be read. */
uint64_t process_start_time(const struct root *root, pid_t pid);
/* The same, also of a zombie: its first thread may be one before the last has ended. */
uint64_t process_began(const struct root *root, pid_t pid);

/* Says of one that lives that its start cannot be read. Returns -EIO. */
int process_unknown(pid_t pid, struct err *err);

/* pidfd_open(2): readable when it has ended. */
bool process_has_ended(int pidfd);

#endif

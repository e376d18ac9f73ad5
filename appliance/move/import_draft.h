/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an importer has understood so far: the text of the profile with what can be said at once, lists of what is decided when
 * all was read (devices, by what this PC has; the guest, which other choices follow from), and the notes.
 *
 * A value that a profile cannot have is a note, too, so that the text can always be read.
 */
#ifndef MOVE_IMPORT_DRAFT_H
#define MOVE_IMPORT_DRAFT_H

#include "move/import.h"
#include "move/kept.h"

/* Reasons that several importers give. */
#define WHY_UNKNOWN  N_("it is not known here")
#define WHY_NOTHING  N_("Playthrough has nothing like it")
#define WHY_TUNED    N_("Playthrough tunes this for the PC that it runs on")
#define WHY_PLACES   N_("Playthrough lays out the machine, its buses and controllers itself")
#define WHY_PROCESS  N_("Playthrough runs QEMU in its own way")
#define WHY_FIRMWARE N_("Playthrough takes the firmware of this PC, with variables of its own")
#define WHY_SCREEN   N_("the guest's screen is seen on the console: playthrough console")
#define WHY_INPUT    N_("every VM has a keyboard, a mouse and a tablet")
#define WHY_HYPERV   N_("Windows gets the Hyper-V features that QEMU has")
#define WHY_CLOCK    N_("the clock follows from guest=")
#define WHY_TPM      N_("an emulated one, and empty: have the recovery key of BitLocker at hand")
#define WHY_UUID     N_("VMs have no UUID; Windows may ask to be activated again")
#define WHY_SMBIOS   N_("a profile says only what [smbios] has keys for")
#define WHY_NUMA     N_("nodes of memory follow from the processors that are taken")
#define WHY_SHARE    N_("no folders are shared with a guest")
#define WHY_SIZE     N_("it is no size")
#define WHY_DROPPED  N_("the disk is read-only: what the guest wrote to it was dropped")
#define WHY_FIREWALL \
	N_("no firewall stands before the guest here: on a bridge, have one of your own")
#define WHY_UNPLUGGED \
	N_("its cable was unplugged, and nothing here says that: type= and link= plug it in")
#define WHY_OFF N_("it is switched off, or not there")

struct draft_pci {
	int line;
	char *what;
	bool has_address, whole_slot;
	struct pci_addr address;
	int vendor, device;       /* -1: not said */
	char *romfile, *mediated; /* the kind of a part of the card (mdev); NULL: all of it */
	bool no_rombar, primary;
	unsigned boot;
};

struct draft_disk {
	int line;
	char *what, *name;      /* a name for the section; NULL: none */
	char *path;             /* NULL: an empty drive */
	char *url;              /* of a profile: a disk on the network */
	const char *why_no_url; /* on the network, and url= cannot say where; NULL: not so */
	char *format;           /* in QEMU's words; NULL: not said */
	char *serial, *backing;
	const char
	        *bus; /* "virtio", "scsi", "sata", "ide", "nvme", "usb", "floppy"; NULL: not said */
	bool cdrom, read_only;
	bool dropped; /* what the guest wrote went with each end */
	unsigned boot;
};

struct draft_nic {
	int line;
	char *what, *name; /* of its section; NULL: whatever is free */
	const char *type;  /* a word of [network] type=; NULL: why it cannot be */
	const char *why;   /* not carried as it was; NULL: it was */
	char *link, *mac, *model;
	unsigned vlan;
	struct strv forward;
	bool passt;
};

struct draft_usb {
	int line;
	char *what;
	int vendor, product; /* -1: not said */
	unsigned bus;        /* with the ports behind it; 0: not said */
	char *chain;
};

struct draft_input {
	int line;
	char *what, *path;
	char *toggle; /* in the words of QEMU; NULL: not said */
	bool no_repeat;
};

struct draft {
	const struct import_source *source;
	const struct import_pc *pc;
	struct import *out;
	char *text;
	struct draft_comment {
		char *section, *key, *text;
	} * comments;
	size_t n_comments;

	int line; /* what the source says where the importer is: notes are about that */
	char *what;

	char *name, *description;
	unsigned long long cpus; /* as far as it was said; 0: not yet */
	const char *guest;       /* a word of [vm] guest=; NULL: not said */
	bool windows;            /* it has what only Windows has a use for */
	bool uefi, secure_boot, tpm, hidden;
	const char *display; /* a word of [display] type=; NULL: none */
	bool display_said;
	bool sound;
	struct strv features; /* "+invtsc" */
	struct draft_pci *pci;
	size_t n_pci;
	struct draft_disk *disks;
	size_t n_disks;
	struct draft_nic *nics;
	size_t n_nics;
	struct draft_usb *usb;
	size_t n_usb;
	struct draft_input *inputs;
	size_t n_inputs;
	unsigned usb_channels;
	bool drops;       /* all disks drop what the guest wrote */
	struct kept kept; /* what an export of ours has written beside all that */
};

void draft_finish(struct draft *d);

/* Where the importer is; @what, without a secret (import_secrets.h), is cut where it is long, and made one line. */
void draft_at(struct draft *d, int line, const char *fmt, ...) PRINTF(3, 4);

/* The source's word is the profile's. False: it is no value of that key, which is noted. */
bool draft_set(struct draft *d, const char *section, const char *key, const char *value);
bool draft_setf(struct draft *d, const char *section, const char *key, const char *fmt, ...)
        PRINTF(4, 5);
/* Without a note, where the source's own were made before. */
void draft_quiet(struct draft *d, const char *section, const char *key, const char *value);
/* The same of a value that is not quite what the source said: noted with @why, and told in a comment. */
bool draft_change(
        struct draft *d, const char *section, const char *key, const char *value, const char *why);
/* @became may be NULL, and @why is translated here. */
void draft_note(struct draft *d, enum import_fate fate, const char *became, const char *why);
void draft_carried(struct draft *d, const char *became);
void draft_left(struct draft *d, const char *why);
void draft_lost(struct draft *d, const char *why);
/* Control characters, and bytes that are no UTF-8, out of what becomes one line. In place. */
void draft_blank(char *text);
/* A key that an export of ours has kept; what became of it is noted at the end. False: @comment is no such note. */
bool draft_kept_comment(struct draft *d, const char *comment);
void draft_kept(struct draft *d, const char *section, const char *key, const char *value);
void draft_note_kept(struct draft *d);
/* A comment above that key, or with @key NULL above the section; of text that is translated already. */
void draft_comment(struct draft *d, const char *section, const char *key, const char *text);
/*
 * Takes @text in place of the draft's where it is a profile that can be read; else false with a note. Takes @text over in
 * any case.
 */
bool draft_take(struct draft *d, char *text, const char *became);

/* Each takes the place over from the draft; the fields are the caller's to fill. Valid until the next one. */
struct draft_pci *draft_add_pci(struct draft *d);
struct draft_disk *draft_add_disk(struct draft *d);
struct draft_nic *draft_add_nic(struct draft *d);
struct draft_usb *draft_add_usb(struct draft *d);
struct draft_input *draft_add_input(struct draft *d);

/* What all formats say alike. Of two names the last counts; of descriptions there may be several. */
void draft_name(struct draft *d, const char *name);
void draft_describe(struct draft *d, const char *text);
void draft_memory(struct draft *d, uint64_t bytes);
void draft_cpus(struct draft *d, unsigned long long n);
void draft_hide(struct draft *d);                             /* the hypervisor */
void draft_feature(struct draft *d, const char *signed_name); /* "+invtsc" */
void draft_model(struct draft *d, const char *model); /* of the processor, in QEMU's words */
void draft_nic_model(struct draft_nic *nic, const char *model);
void draft_display(struct draft *d, const char *model); /* of a card, in QEMU's words */
void draft_glass(struct draft *d, uint64_t bytes, bool kvmfr);
void draft_smbios(struct draft *d, const char *field, const char *value);
void draft_pin(struct draft *d, const struct strv *processors); /* one for each of the guest's */
/* "4G", "4096" in units of @unit. False: no size. */
bool import_size(const char *text, uint64_t unit, uint64_t *bytes);
bool import_is_on(const char *text);                          /* "on", "yes", "TRUE", "1"... */
bool import_is_windows(const char *text, const char **guest); /* a name of a system: "win11" */
/* @path, or the file below the source's folder. Caller frees. */
char *import_path(const struct draft *d, const char *path);

/* Decides what is left, and makes the text. */
void draft_decide(struct draft *d);
/* Its parts. */
void draft_decide_disks(struct draft *d);
void draft_decide_pci(struct draft *d);
void draft_decide_usb(struct draft *d);
void draft_decide_inputs(struct draft *d);
void draft_decide_network(struct draft *d);
/*
 * Adds a section to the text where that can be; @why, which is translated, makes it a change and a comment. The head of one
 * that the text does not have yet is "[disk vda]", of the letters of @name that a name may have; caller frees.
 */
bool draft_add_section(struct draft *d, const char *head, const char *keys, const char *why);
char *draft_named_head(const struct draft *d, const char *section, const char *name);
#define DRAFT_MANY 100u /* more devices than any profile has: the rest is not tried */
char *draft_annotate(const struct draft *d); /* the text with its comments. Caller frees. */

/* The error that nothing of the source can be read: "FILE:LINE: why", of @why that is translated already. Returns -EINVAL. */
int import_refuse(const struct draft *d, int line, const char *why, struct err *err);

/* One of each format: @text is UTF-8 without control characters but tabs and newlines. */
int import_libvirt(struct draft *d, const char *text, struct err *err);
int import_proxmox(struct draft *d, const char *text, struct err *err);
int import_vmware(struct draft *d, const char *text, struct err *err);
int import_quickemu(struct draft *d, const char *text, struct err *err);
int import_qemu(struct draft *d, const char *text, struct err *err);
/* Options of QEMU that another format holds, of the draft's line. */
void import_qemu_options(struct draft *d, const struct strv *words);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of vm_plan_make(), each of which only adds to the plan. Used by plan*.c and args*.c alone. */
#ifndef VM_PLAN_PARTS_H
#define VM_PLAN_PARTS_H

#include "profile/meaning.h"
#include "vm/plan/plan.h"

/* Of the guest's memory: what maps it, for the processor and for the IOMMU. */
#define TABLES_SHARE 256u

/* Everything that decides one plan. */
struct planning {
	const struct host *host;
	const struct profile *profile;
	const struct vm_options *options;
	struct vm_plan *plan;
};

/* Sets the code and returns the error's number: `return plan_refuse(err, CODE)` after err_set() and err_hint(). */
int plan_refuse(struct err *err, enum code code);
bool plan_exists(const struct vm_options *options, const char *path);
enum file_direct plan_direct(const struct vm_options *options, const char *path);
bool plan_direct_boot(const struct vm_options *options, const struct profile *profile);

int plan_pci(const struct planning *p, struct err *err);
/* plan_share.c: what of a function that stays with this PC can be had. @index is of the profile's. */
int plan_share(const struct planning *p, size_t index, struct vm_share *out, struct err *err);
void plan_share_finish(struct vm_share *share);
/* Whether this PC's own driver of @d has parts of it made, that whoever gets all of it would take from others. */
int plan_share_keeps(const struct planning *p, const struct pci_device *d, struct err *err);
/* plan_pci.c: nobody on this PC uses it. */
int plan_pci_unused(const struct planning *p, const struct pci_device *d, struct err *err);
int plan_pci_iommu(const struct planning *p, struct err *err);
int plan_pci_groups(const struct planning *p, struct err *err);
int plan_primary(const struct planning *p, struct err *err);
/* Whether the function is the VGA of a guest whose BIOS has no other. */
bool plan_is_vga(const struct planning *p, const struct vm_claim_pci *claim);
/* "virtio-vga": QEMU's name of the emulated card; NULL: there is none */
const char *plan_display_device(const struct planning *p);
int plan_bars(const struct planning *p, struct err *err);
void args_bars(
        const struct planning *p); /* room for them, where the guest's firmware keeps too little */
/* plan_drive.c: for the test plan. What of the machine itself the guest is to see; and the ROM it is to read. */
void plan_drive(const struct planning *p);
void plan_drive_rom(
        const struct planning *p, const struct profile_pci *pci, const void *bytes, size_t size);
int plan_resets(const struct planning *p, struct err *err);
int plan_roms(const struct planning *p, struct err *err);
int plan_firmware(const struct planning *p, struct err *err);
int plan_disks(const struct planning *p, struct err *err);
/* plan_attach.c: how each of them is attached; a pair that is known to fail is refused */
int plan_attach(const struct planning *p, struct err *err);
void plan_monitor(const struct planning *p);
int plan_glass(const struct planning *p, struct err *err);
void args_glass(const struct planning *p);
int plan_inputs(const struct planning *p, struct err *err);
void args_inputs(const struct planning *p);
int plan_memory(const struct planning *p, struct err *err);
void plan_numa(const struct planning *p);
/* The node whose card this is by its place in the guest; NULL: on the root of all. */
const struct vm_node *plan_node_of(const struct vm_plan *plan, const struct vm_claim_pci *claim);
void plan_isolation(const struct planning *p);
/* Puts the card's name before the error where it is not the first one's; returns @r. */
int plan_network_error(const struct profile_net *net, int r, struct err *err);
int plan_network(const struct planning *p, struct err *err); /* the forwarded ports */
int plan_link(const struct planning *p, struct err *err);    /* the cards, and where they lead */
/* Adds a descriptor to inherit and returns its number. */
unsigned plan_add_fd(
        struct vm_plan *plan, enum vm_fd_kind kind, size_t index, const char *path, bool writable);

/* QEMU's arguments for a plan whose claims are complete. */
int plan_args(const struct planning *p, struct err *err);

/*
 * Adds @flag and an option text. Values of a profile go through %s of args_value() only: QEMU ends a
 * value at a comma, unless it is doubled.
 */
void args_option(struct strv *args, const char *flag, const char *fmt, ...) PRINTF(3, 4);
char *args_value(const char *value); /* caller frees */
void args_cpu(const struct planning *p);
/* What a guest with KVM is to see of the hypervisor, in the test plan's words. */
void args_hypervisor_words(const struct planning *p, struct strv *words);
void args_memory(const struct planning *p);
void args_buses(const struct planning *p);
void args_disks(const struct planning *p);
void args_tpm(const struct planning *p);
void args_network(const struct planning *p);
/* args_sound.c: the machine's -display and what an emulated sound card needs of it, then the card. */
void args_display(const struct planning *p);
void args_sound(const struct planning *p);
void args_firmware(const struct planning *p);
void args_console(const struct planning *p);
/* args_life.c; @has_bus: of the report, which both share */
void args_agent(const struct planning *p, bool has_bus);
const char *args_crash_action(const struct planning *p);
void args_guards(const struct planning *p);
void args_smbios(const struct planning *p);
int plan_cdroms(const struct planning *p, struct err *err);
/* args_cdrom.c: on the SATA ports from @used on */
void args_cdroms(const struct planning *p, unsigned used);
/* The next free port of the guest's SATA controllers: "ide.0"; caller frees. */
char *args_sata_port(unsigned *used);
void args_sata(const struct planning *p); /* the second controller, where there is one */
/* args_url.c: the node NODE-NAME of a disk on the network; @secret: the descriptor of its password, 0: none */
void args_url(const struct planning *p, const struct profile_disk *disk, const char *node,
        unsigned secret, const char *mode);
/* plan_boot.c */
int plan_boot_order(const struct planning *p, struct err *err);

/* The serial number the guest sees; caller frees. */
char *plan_disk_serial(const struct planning *p, const struct profile_disk *disk);

/* The free slots of the guest's root bus. 00 and 1f are the chipset's. */
enum plan_slot {
	SLOT_DISPLAY = 0x01,
	SLOT_REPORT = 0x02,
	SLOT_NETWORK = 0x03, /* each card a function of it */
	SLOT_KEYBOARD = 0x04,
	SLOT_TABLET = 0x05,
	SLOT_DISKS = 0x06, /* to 0x0d: as many as a profile may have */
	SLOT_AGENT = 0x0e, /* of the agent that the console talks to */
	SLOT_USB = 0x0f,   /* root port of the USB controller for hot-plug */
	SLOT_CARDS = 0x10, /* root ports of passed cards, one each */
	SLOT_CARDS_END = 0x1e,
	SLOT_SOUND = 0x1e,
};

#endif

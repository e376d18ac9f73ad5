/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the exporters share. */
#ifndef MOVE_EXPORT_PARTS_H
#define MOVE_EXPORT_PARTS_H

#include "move/export.h"
#include "move/kept.h"
#include "profile/meaning.h"

#define EXPORT_MIB    (1ull << 20)
#define EXPORT_GIB    (1ull << 30)
#define EXPORT_VENDOR "playthrough" /* as hv-vendor-id, in place of Microsoft's */

/* One export while it is made. */
struct exporting {
	const struct profile *profile;
	const struct export_facts *facts;
	struct exported *out;
};

/* Notes @key of @section ("disk games"), and its value where it is written. NULL @key: all of the section. */
void export_note(const struct exporting *e, enum export_fate fate, const char *section,
        const char *key, const char *fmt, ...) PRINTF(5, 6);
/* The same of a section with a name of its own: "disk", "games". */
void export_note_of(const struct exporting *e, enum export_fate fate, const char *kind,
        const char *name, const char *key, const char *fmt, ...) PRINTF(6, 7);
/*
 * Notes all that the profile says beyond defaults, that is not of @carried ("disk bus") and has no note yet: with the
 * reason of export_reasons.c, else that there is no word for it.
 */
void export_note_rest(const struct exporting *e, const char *const *carried);
/* Why no other program does what this key of Playthrough asks for; NULL: nothing special. */
const char *export_reason(const char *section, const char *key);
/*
 * Keeps as notes what an import would not have from the rest: what each passed function must be, the names of sections, and
 * what is written of @keys ("vm crash").
 */
void export_keep(const struct exporting *e, const char *const *keys);
/* Whether a note's key is worth being kept as a note in the other format. */
bool export_keeps(const struct export_note *note);

/* -EINVAL: size=max, and this PC's memory is not known. */
int export_memory(const struct exporting *e, uint64_t *bytes, struct err *err);
/* Which processors of this PC the guest's run on: as written, else as chosen now. Caller frees; NULL: none. */
unsigned *export_pins(const struct exporting *e);

/* "gpu" of the function. */
const char *export_kind(const struct profile_pci *pci);
bool export_passes(const struct profile *profile, enum profile_pci_kind kind);
/* Its next function; @at 0 begins. -1: no more of that card. In the order of the guest's functions. */
int export_function_at(const struct profile *profile, unsigned card, unsigned function);
/* Notes parts of cards, which no other program makes. */
void export_note_shares(const struct exporting *e);
unsigned export_cards(const struct profile *profile);
/* The serial number that the guest sees; at most 20 characters. NULL: the disk's own, which is not known. Caller frees. */
char *export_serial(const struct profile_disk *disk);
/* Whether the card is the VGA of a guest whose BIOS has no other (x-vga of QEMU). */
bool export_is_vga(const struct profile *profile, const struct profile_pci *pci);
bool export_is_mouse(const struct profile_input *input);

/* export_words.c: "ctrl-ctrl"; "reset", NULL: no watchdog */
const char *export_toggle(enum profile_toggle toggle);
const char *export_watchdog(enum profile_watchdog watchdog);
/* virtio, and not sata, which stands in for nvme. */
bool export_is_virtio(const struct exporting *e, const struct profile_disk *disk);
/* False, which is noted: it is on the network. */
bool export_has_disk(const struct exporting *e, const struct profile_disk *disk);
/* Notes what sata in its place changes. */
void export_note_bus(const struct exporting *e, const struct profile_disk *disk);
char *export_base64(const char *text); /* caller frees */

/* One of Hyper-V's features that Windows is given. */
struct export_enlightenment {
	const char *qemu;     /* "hv-relaxed" */
	const char *libvirt;  /* "relaxed" */
	const char *kubevirt; /* NULL: it has it not */
};
extern const struct export_enlightenment
        export_enlightenments[]; /* those of any KVM; ends with qemu NULL */
/* A person has written features=-NAME. */
bool export_is_unwanted(const struct profile *profile, const char *feature);

#endif

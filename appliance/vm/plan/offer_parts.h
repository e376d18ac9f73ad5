/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of offers_json() share. Used by offer*.c alone. */
#ifndef VM_OFFER_PARTS_H
#define VM_OFFER_PARTS_H

#include "profile/keys.h"
#include "vm/plan/offer.h"

enum offer_verdict { OFFER_PASS, OFFER_UNKNOWN, OFFER_WARN, OFFER_FAIL };

/* One thing that is offered, while it is judged. */
struct offer {
	const struct pci_device *device; /* of a PCI function */
	const struct disk *disk;
	const struct pci_device **members; /* functions that go to the guest, the device first */
	size_t n_members;
	enum offer_verdict verdict;
	struct strv reasons;
	char code[16];
	bool proposed;
	json_t *sections;
};

void offer_finish(struct offer *offer);
/* Never better than before. */
void offer_worsen(struct offer *offer, enum offer_verdict verdict);
/* It fails for that: message, and what to do as a sentence of its own. */
void offer_fail(struct offer *offer, const struct err *err);

/* An array of text that may be anyone's. */
json_t *offer_texts(const struct strv *texts);
json_t *offer_text(const char *text); /* NULL is null */

/*
 * Adds the keys that @object has to say to the sections, under a name that none in @taken has: "gpu", "gpu 2"; with
 * @name, "disk NAME", "disk NAME-2".
 */
void offer_add_section(struct offer *offer, struct strv *taken, const struct key_section *section,
        const char *name, const void *object);

/* "verdict", "reasons", "code", "proposed", "sections" into @json. */
void offer_tell(const struct offer *offer, json_t *json);

/* Whether a start would have it; worsens the offer and says why. */
void offer_try(const struct offer_request *q, struct offer *offer);
/* Whether any VM would start, whatever devices it has: {"verdict", "reasons", "code"}. New reference. */
json_t *offer_start(const struct offer_request *q);

/* offer_gpu.c, offer_usb.c, offer_disk.c: arrays, new references */
json_t *offer_gpus(const struct offer_request *q, struct strv *taken);
json_t *offer_usb_controllers(const struct offer_request *q, struct strv *taken);
json_t *offer_disks(const struct offer_request *q, struct strv *taken);

json_t *offer_networks(const struct offer_request *q); /* offer_network.c */

/* offer_pci.c */
/*
 * Begins the offer of @d by planning it: as members the device, the further functions of its card and what the planner
 * wants of their groups; sections of all members; and the verdict of the planner and of their groups.
 */
void offer_judge_function(const struct offer_request *q, const struct pci_device *d,
        struct offer *offer, struct strv *taken);
bool offer_takes(const struct offer *offer, const struct pci_device *d); /* it is a member */
bool offer_is_set_aside(const struct pci_device *d);                     /* on vfio-pci already */
/* Proposes the first of those with the most merit; 0 is none. */
void offer_propose(const struct host *host, struct offer *offers, size_t n,
        unsigned (*merit)(const struct host *host, const struct offer *offer));
/* "address", "id", "name", "with", "loses", and what offer_tell() tells. New reference. */
json_t *offer_pci_json(const struct offer_request *q, const struct offer *offer);

#endif

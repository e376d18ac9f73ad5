/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of export_kubevirt(). Objects are those of https://kubevirt.io/api-reference/ */
#ifndef MOVE_EXPORT_KUBEVIRT_H
#define MOVE_EXPORT_KUBEVIRT_H

#include "move/export_parts.h"

#include <jansson.h>

#define KUBEVIRT_DOMAIN "playthrough.org" /* of names that only have to be our own */
#define KUBEVIRT_NODE   "NODE" /* the host that has the devices: a person puts its name */

struct kubevirt {
	struct exporting e;
	uint64_t memory_bytes;
	json_t *devices, *volumes, *networks; /* of the VM */
	json_t *claims;                       /* further objects: disks of the node */
	json_t *pci, *usb;                    /* what the cluster may hand to VMs */
	json_t *gates;                        /* features that must be switched on for it */
};

/* An empty object at @key of @object, for a feature that is just there. */
void kubevirt_empty(json_t *object, const char *key);
/* The object of that name in @object, made where it is not there. */
json_t *kubevirt_child(json_t *object, const char *key);
void kubevirt_gate(struct kubevirt *k, const char *gate);

json_t *kubevirt_cpu(struct kubevirt *k);
json_t *kubevirt_features(struct kubevirt *k);
json_t *kubevirt_firmware(struct kubevirt *k);
void kubevirt_devices(struct kubevirt *k);
void kubevirt_disks(struct kubevirt *k);
void kubevirt_passed(struct kubevirt *k);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of export_libvirt(). The elements are those of https://libvirt.org/formatdomain.html. */
#ifndef MOVE_EXPORT_LIBVIRT_H
#define MOVE_EXPORT_LIBVIRT_H

#include "move/export_parts.h"
#include "move/export_xml.h"

struct libvirt {
	struct exporting e;
	struct xml xml;
	bool kvm;
	uint64_t memory_bytes;
};

void libvirt_cpu(struct libvirt *l);
void libvirt_features(struct libvirt *l);
void libvirt_devices(struct libvirt *l);
void libvirt_disks(struct libvirt *l);
void libvirt_network(struct libvirt *l);
void libvirt_passed(struct libvirt *l);
/* What libvirt has no element for, as QEMU's own options of a device: at the end of the domain. */
void libvirt_override(struct libvirt *l);

#endif

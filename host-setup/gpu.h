/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a graphics card beyond its facts: part of the processor or a card, a family with a known fault,
 * and whether it will come back after its VM stops. Pure; each answer says how it was found.
 *
 * Private to host-setup/check*.c.
 */
#ifndef SETUP_GPU_H
#define SETUP_GPU_H

#include "checks.h"

/* What @kind was concluded from, one translated sentence, in @why; caller frees. */
enum gpu_kind gpu_kind_of(const struct host *host, const struct pci_device *d, char **why);
const char *gpu_kind_name(enum gpu_kind kind); /* "discrete", ... as in JSON */

/* A family that others found not to survive what the kernel does to reset it. */
struct gpu_family {
	const char *name;   /* "AMD Vega 10" */
	const char *source; /* where that is written */
	enum gpu_fault {
		GPU_FAULT_RESET, /* neither FLR nor a bus reset brings it back; the module vendor-reset does */
		GPU_FAULT_FLR, /* an FLR can hang it; a bus reset is told to work */
	} fault;
	uint16_t vendor;
	const uint16_t *devices; /* ends with 0 */
};
const struct gpu_family *gpu_family_find(const struct pci_device *d);

struct gpu_return {
	enum gpu_comes_back verdict;
	enum code code; /* CODE_NONE where no act is asked for */
	char *reason;   /* one translated sentence */
	char *fix;      /* NULL */
};
void gpu_return_judge(const struct host *host, const struct check_gpu *gpu, struct gpu_return *out);
void gpu_return_finish(struct gpu_return *judged);
const char *gpu_comes_back_name(enum gpu_comes_back verdict); /* "yes", "risky", "no", "unknown" */

/* Adds the addresses of what a reset of the card's bus would take along and which does not go to the VM with it. */
void gpu_bus_neighbours(const struct host *host, const struct check_gpu *gpu, struct strv *out);

/*
 * The frame buffer that firmware set up in its memory and that no driver of the card has taken over ("fb0
 * simpledrmdrmfb"), or NULL. While it lies there, vfio-pci cannot have that memory ("BAR 1: can't reserve").
 */
const char *gpu_firmware_buffer(const struct host *host, const struct pci_device *d);

/* The first of its memory BARs without an address, or NULL; in @line what the kernel log says of it, if it does. */
const struct pci_bar *gpu_unset_bar(
        const struct host *host, const struct pci_device *d, char **line);

/* "256 MiB", "16 GiB"; caller frees. */
char *gpu_size(uint64_t bytes);

#endif

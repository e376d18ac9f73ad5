/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest sees of its hypervisor: the CPUID leaves from 0x40000000 on, of which Windows and the drivers of graphics cards
 * learn where they run. Documentation/virt/kvm/x86/cpuid.rst; Hypervisor Top Level Functional Specification, "Feature
 * discovery".
 *
 * Wanted is a line of words. "kvm=yes" or "kvm=no": whether KVM's own signature is to be found. "vendor=WORD": what the first
 * leaf is to say; a blank in it is "_". "hv-NAME=PART+PART...": an enlightenment and the bits by which it shows; a part is the
 * last digit of the leaf, the register, a colon and the bits in hex, "3a:222". They must all be set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe.h"

#define HYPERVISOR_LEAVES 8

struct hypervisor {
	bool told;                             /* CPUID 1, ECX bit 31: there is one */
	char vendor[13];                       /* of the first leaf, blanks as "_"; "": none */
	uint32_t kvm_leaf;                     /* that has KVM's signature; 0: none has */
	uint32_t leaves[HYPERVISOR_LEAVES][4]; /* 0x40000000 and on: EAX, EBX, ECX, EDX */
};

/* Reads a leaf of the processor into four registers. */
typedef void (*hypervisor_cpuid)(uint32_t leaf, uint32_t registers[4]);

void hypervisor_read(hypervisor_cpuid cpuid, struct hypervisor *out);

/* Of its names; writes what was found. */
enum probe_status hypervisor_judge_signature(
        const struct hypervisor *seen, const char *wanted, char *detail, size_t size);

/*
 * Of the enlightenments: which are there, and which not with what was read instead. PROBE_NOT_TESTABLE with an empty @detail
 * where none is wanted.
 */
enum probe_status hypervisor_judge_enlightenments(
        const struct hypervisor *seen, const char *wanted, char *detail, size_t size);

/* Tells "signature", and "enlightenments" where some are wanted. */
void hypervisor_test(struct probe *probe);

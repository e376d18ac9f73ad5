/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this PC's KVM can play of Hyper-V, the hypervisor that Windows knows: the leaves that it would show a guest. From
 * KVM_GET_SUPPORTED_HV_CPUID, Documentation/virt/kvm/api.rst 4.118; the bits are those of Microsoft's Hypervisor Top
 * Level Functional Specification, "Feature discovery".
 */
#ifndef HOST_HYPERV_H
#define HOST_HYPERV_H

#include "base/root.h"

struct hyperv {
	bool known; /* false: no KVM, one before Linux 5.11, or a captured PC */
	uint32_t features_eax, features_edx; /* leaf 0x40000003 */
	uint32_t recommendations;            /* leaf 0x40000004, EAX */
};

enum hyperv_feature {
	HYPERV_VP_RUNTIME = 1 << 0,
	HYPERV_TIME_REF_COUNT = 1 << 1,
	HYPERV_SYNIC = 1 << 2,
	HYPERV_SYNTIMERS = 1 << 3,
	HYPERV_APIC_ACCESS = 1 << 4,
	HYPERV_HYPERCALL = 1 << 5,
	HYPERV_VP_INDEX = 1 << 6,
	HYPERV_RESET = 1 << 7,
	HYPERV_REFERENCE_TSC = 1 << 9,
	HYPERV_FREQUENCY_ACCESS = 1 << 11,
	HYPERV_REENLIGHTENMENT = 1 << 13
};

enum hyperv_feature_edx {
	HYPERV_FREQUENCY_MSRS = 1 << 8,
	HYPERV_CRASH_MSRS = 1 << 10,
	HYPERV_STIMER_DIRECT = 1 << 19
};

enum hyperv_recommendation {
	HYPERV_REMOTE_TLB_FLUSH = 1 << 2,
	HYPERV_RELAXED_TIMING = 1 << 5,
	HYPERV_DEPRECATING_AEOI = 1 << 9,
	HYPERV_CLUSTER_IPI = 1 << 10,
	HYPERV_EX_PROCESSOR_MASKS = 1 << 11
};

void hyperv_take(const struct root *root, struct hyperv *out);

#endif

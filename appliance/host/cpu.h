/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor: who made it, and whether it can run a KVM guest. */
#ifndef HOST_CPU_H
#define HOST_CPU_H

#include "base/root.h"

enum cpu_vendor { CPU_OTHER, CPU_INTEL, CPU_AMD };

struct cpu {
	enum cpu_vendor vendor; /* /proc/cpuinfo vendor_id */
	char *model_name;       /* /proc/cpuinfo "model name", or "" */
	unsigned threads;       /* logical processors that are online */
	bool vmx,
	        svm; /* flags of /proc/cpuinfo: the kernel clears them where firmware locked them off */
	bool topoext;       /* AMD: leaf 0x8000001d tells which processors share a cache */
	bool flags_missing; /* no line of flags was read, so that none of these tells anything */
	bool hypervisor;    /* this PC is itself a guest */
	int nested;         /* the module lets guests run guests: 1, 0; -1 not told, or no module */
	bool kvm_module;    /* /sys/module/kvm_intel or kvm_amd is loaded */
	int kvm_device;     /* errno of opening /dev/kvm for reading and writing; 0 = may be used */
};

/* Fails only where /proc/cpuinfo cannot be read. In a captured machine kvm_device tells existence only. */
int cpu_take(const struct root *root, struct cpu *out, struct err *err);
void cpu_finish(struct cpu *cpu);
/*
 * Whether /dev/kvm stands on VT-x or SVM. A kernel can offer one that does not (kvm_pvm, in rented virtual
 * machines); it runs only guest kernels made for it, any other hangs without a word.
 */
bool cpu_kvm_is_hardware(const struct cpu *cpu);
/* Whether that one is there and whoever looks may open it. */
bool cpu_kvm_is_usable(const struct cpu *cpu);

#endif

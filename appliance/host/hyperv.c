/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/hyperv.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#define LEAF_FEATURES        0x40000003u
#define LEAF_RECOMMENDATIONS 0x40000004u
#define LEAVES_MOST          32u /* KVM has eleven */

void hyperv_take(const struct root *root, struct hyperv *out)
{
	size_t size = sizeof(struct kvm_cpuid2) + LEAVES_MOST * sizeof(struct kvm_cpuid_entry2);
	cleanup_free struct kvm_cpuid2 *leaves = xcalloc(1, size);
	cleanup_close int kvm = root_is_host(root) ? root_openat(root, "/dev/kvm", O_RDWR, 0) : -1;

	*out = (struct hyperv){0};
	leaves->nent = LEAVES_MOST;
	if (kvm < 0 || ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_SYS_HYPERV_CPUID) <= 0 ||
	        ioctl(kvm, KVM_GET_SUPPORTED_HV_CPUID, leaves) < 0)
		return;
	for (uint32_t i = 0; i < leaves->nent && i < LEAVES_MOST; i++) {
		const struct kvm_cpuid_entry2 *leaf = &leaves->entries[i];

		if (leaf->function == LEAF_FEATURES) {
			out->known = true;
			out->features_eax = leaf->eax;
			out->features_edx = leaf->edx;
		} else if (leaf->function == LEAF_RECOMMENDATIONS) {
			out->recommendations = leaf->eax;
		}
	}
}

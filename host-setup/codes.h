/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codes of messages that ask a person for an act. Never translated, never reused; the manual page
 * playthrough-setup(8) lists them, and a test compares the two.
 */
#ifndef SETUP_CODES_H
#define SETUP_CODES_H

#include "base/i18n.h"

#define CODES(X)                                                                                   \
	X(CPU_OFF, "PT-CPU-01", N_("virtualization is switched off in the firmware setup"))        \
	X(CPU_NONE, "PT-CPU-02", N_("the processor offers no virtualization to this system"))      \
	X(KVM_ABSENT, "PT-KVM-01", N_("the KVM module is not loaded, so /dev/kvm is missing"))     \
	X(KVM_ACCESS, "PT-KVM-02", N_("this user may not open /dev/kvm"))                          \
	X(IOMMU_FIRMWARE, "PT-IOMMU-01", N_("the firmware describes no IOMMU"))                    \
	X(IOMMU_OFF, "PT-IOMMU-02", N_("firmware describes an IOMMU, but the kernel left it off")) \
	X(IR_INCAPABLE, "PT-IOMMU-03", N_("an IOMMU unit cannot remap interrupts"))                \
	X(IR_OFF, "PT-IOMMU-04", N_("interrupt remapping is possible, but not switched on"))       \
	X(IR_FIRMWARE, "PT-IOMMU-07", N_("a fault of the firmware keeps remapping off"))           \
	X(IR_UNKNOWN, "PT-IOMMU-06", N_("nothing readable tells whether interrupts are remapped")) \
	X(GROUPS, "PT-IOMMU-05", N_("the graphics card shares its group with a needed device"))    \
	X(FW_ABOVE_4G, "PT-FW-01", N_("large graphics memory lies below 4 GiB"))                   \
	X(FW_LEGACY, "PT-FW-02", N_("this PC was started in legacy BIOS mode"))                    \
	X(GPU_NONE, "PT-GPU-01", N_("there is no graphics card"))                                  \
	X(GPU_ONLY_BOOT, "PT-GPU-02", N_("the only graphics card is the host's own screen"))       \
	X(GPU_RESET, "PT-GPU-03", N_("a graphics card may not survive a second start"))            \
	X(GPU_ROM, "PT-GPU-04", N_("a graphics card shows no ROM of its own"))                     \
	X(USB_NONE, "PT-USB-01", N_("no USB controller can be given away as a whole"))             \
	X(DISK_NONE, "PT-DISK-01", N_("every disk is in use by the host"))                         \
	X(MEM_SMALL, "PT-MEM-01", N_("there is little memory for a game VM"))                      \
	X(CPU_FEW, "PT-CPU-03", N_("there are few processors for host and game"))                  \
	X(VFIO_ABSENT, "PT-KERNEL-01", N_("this kernel has no vfio-pci module"))                   \
	X(VFIO_UNKNOWN, "PT-KERNEL-02", N_("the modules of this kernel cannot be found"))          \
	X(HOST_NO_CONSOLE, "PT-HOST-01", N_("no other way into the host would remain"))            \
	X(HOST_NOT_SET_UP, "PT-HOST-02", N_("the binding at boot is not set up yet"))              \
	X(HOST_NOT_BOOTED, "PT-HOST-03", N_("the boot entry is there, but was not started"))       \
	X(HOST_CHOICE, "PT-HOST-05", N_("several graphics cards could go to a game: name one"))    \
	X(HOST_NOT_BOUND, "PT-HOST-04", N_("our boot entry ran, but no card is bound"))

enum code {
	CODE_NONE,
#define CODE_ENUM(name, text, meaning) CODE_##name,
	CODES(CODE_ENUM)
#undef CODE_ENUM
	        CODE_COUNT
};

const char *code_text(enum code code);    /* "PT-CPU-01"; NULL for CODE_NONE */
const char *code_meaning(enum code code); /* one translated sentence; NULL for CODE_NONE */

#endif

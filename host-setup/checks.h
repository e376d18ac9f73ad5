/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the single checks share: the world they look at, and the words they answer with.
 *
 * A check is a pure function of its context that says one of pass, warn, fail, unknown or skip, shows
 * its evidence, and where somebody must act says what to do. Private to host-setup/check*.c.
 */
#ifndef SETUP_CHECKS_H
#define SETUP_CHECKS_H

#include "check.h"
#include "facts.h"

#include "base/codes.h"
#include "host/kernel_log.h"

/* A kernel log, read, with the verdict that it allows, and whose lines they are. */
struct told_log {
	struct kernel_log log;
	struct kernel_verdict verdict;
	const char *file; /* as evidence names it; NULL: this PC's own log */
};

struct check_context {
	const struct host *host;
	const struct facts *facts;  /* never NULL here */
	const struct told_log *log; /* of this PC; empty where it could not be read */
	const struct check_report
	        *report; /* gpus are complete; results only as far as they were run */
};

typedef void check_function(const struct check_context *c, struct check_result *r);

/* One call per result; the summary is a sentence without full stop. */
void result_pass(struct check_result *r, const char *fmt, ...) PRINTF(2, 3);
void result_skip(struct check_result *r, const char *fmt, ...) PRINTF(2, 3);
void result_warn(struct check_result *r, enum code code, const char *fmt, ...) PRINTF(3, 4);
void result_fail(struct check_result *r, enum code code, enum check_cure cure, const char *fmt, ...)
        PRINTF(4, 5);
void result_unknown(struct check_result *r, enum code code, const char *fmt, ...) PRINTF(3, 4);
/* Any number of times, in the order of weight. */
void result_evidence(struct check_result *r, const char *source, const char *fmt, ...) PRINTF(3, 4);
void result_fix(struct check_result *r, const char *fmt, ...) PRINTF(2, 3);

/* Shows the first line of the kernel log that holds @text, if any; returns whether there is one. */
bool result_log_line(struct check_result *r, const struct host *host, const char *text);
/* Shows the line of the log that says this, if any; returns whether there is one. */
bool result_told(struct check_result *r, const struct told_log *log, enum kernel_says says);
/* Shows NAME=value of the kernel command line when it is there; returns its value or NULL, caller frees. */
char *result_argument(struct check_result *r, const struct host *host, const char *name);
/* "/sys/bus/pci/devices/ADDRESS/FILE"; caller frees. */
char *pci_source(const struct pci_device *d, const char *file);

/* What to look for in the firmware setup; @vendor CPU_OTHER: both. */
const char *iommu_firmware_switch(enum cpu_vendor vendor);
/* The faults of hardware and firmware that the kernel answers by itself, by its log. */
void quirks_judge(const struct told_log *log, struct check_result *r);
/* Results of check_iommu_enabled() and check_interrupt_remapping() that a log alone decides. */
void iommu_judge_log(const struct told_log *log, struct check_result *r);
void remapping_judge_log(const struct told_log *log, struct check_result *r);
bool iommu_is_on(const struct host *host);       /* groups exist: the kernel keeps devices apart */
bool iommu_in_firmware(const struct host *host); /* a table or a living unit */
bool cpu_can_virtualize(const struct host *host);

/* Shows as evidence what was configured by hand for the cards that could go to a game. */
void show_existing(const struct check_context *c, struct check_result *r);
/* The USB controller that is best given away as a whole; NULL: none can be. */
const struct pci_device *usb_best_controller(const struct host *host);
/* What of its group the host cannot do without, @own not counted: uses, and the chipset. */
bool group_is_needed(const struct host *host, const struct pci_device *own);

/* Judges every GPU; called once, before the checks. */
void gpus_judge(const struct host *host, struct check_report *report);
/* A GPU that may be passed without taking the host's own screen: no failure, no boot display. */
bool gpu_is_candidate(const struct check_gpu *gpu);
size_t gpus_count_candidates(const struct check_report *report);
/*
 * Whether a check looks at the card: at those to give away; where there are none, at those that are not the host's
 * screen; else at all.
 */
bool gpu_concerns(const struct check_report *report, const struct check_gpu *gpu);

check_function check_cpu_virtualization, check_kvm_device, check_cpu_isolation, check_cpu_nested;
check_function check_environment;
check_function check_iommu_firmware, check_iommu_enabled, check_iommu_groups;
check_function check_interrupt_remapping, check_iommu_quirks;
check_function check_iommu_units, check_iommu_coverage, check_reserved_memory;
check_function check_above_4g, check_uefi;
check_function check_gpu_present, check_gpu_boot_display, check_gpu_reset, check_gpu_rom;
check_function check_gpu_identical, check_gpu_outputs, check_gpu_power, check_gpu_bars;
check_function check_gpu_comes_back;
check_function check_usb_controllers, check_disk_candidates;
check_function check_audio_choice, check_unwise, check_slots;
check_function check_hugepages, check_memory_lock;
check_function check_vfio, check_second_console, check_host_config;
check_function check_board, check_existing;

#endif

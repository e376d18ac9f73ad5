/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processor and KVM: can this PC run a virtual machine at the processor's own speed? */
#include "checks.h"

#include <errno.h>

bool cpu_can_virtualize(const struct host *host)
{
	return host->cpu.vmx || host->cpu.svm;
}

static const char *switch_name(const struct host *host)
{
	return host->cpu.vendor == CPU_AMD ? "SVM" : "Intel VT-x";
}

/*
 * The kernel hides vmx and svm where firmware locked them off, and says so in its log
 * (arch/x86/kernel/cpu/feat_ctl.c, arch/x86/kernel/cpu/amd.c, arch/x86/kvm, older and newer words).
 */
static bool locked_by_firmware(struct check_result *r, const struct host *host)
{
	static const char *const words[] = {"TXT) disabled by BIOS", "VMX disabled by BIOS",
	        "VMX not enabled (by BIOS)", "SVM disabled", "kvm: disabled by bios",
	        "'kvm_intel' disabled by bios", "'kvm_amd' disabled by bios"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (result_log_line(r, host, words[i]))
			return true;
	}
	return false;
}

static void fail_locked(struct check_result *r, const struct host *host)
{
	result_fail(r, CODE_CPU_OFF, CHECK_CURE_PERSON,
	        _("the processor can run virtual machines, but the firmware setup has it off"));
	result_fix(r,
	        _("In the firmware setup (often under CPU or Advanced) switch on %s; then a full "
	          "power cycle."),
	        switch_name(host));
}

static void fail_no_flag(
        const struct check_context *c, struct check_result *r, const struct host *host)
{
	bool silent = host->firmware.log && host->firmware.log_complete;

	if (c->facts->cpuid >= 0)
		result_evidence(r, "CPUID", c->facts->cpuid ? "VMX or SVM" : "neither VMX nor SVM");
	if (host->cpu.hypervisor && c->facts->cpuid != 1) {
		result_fail(r, CODE_CPU_NONE, CHECK_CURE_IMPOSSIBLE,
		        _("this system is itself a virtual machine, and its host passes on no "
		          "virtualization"));
		result_fix(r, _("Run Playthrough on the PC itself, or switch on nested "
		                "virtualization there. VMs without passed devices still run here, "
		                "slowly, without KVM."));
	} else if (c->facts->cpuid == 1) {
		fail_locked(r, host);
	} else if (host->cpu.flags_missing && c->facts->cpuid < 0) {
		result_unknown(r, CODE_NONE,
		        _("/proc/cpuinfo tells no flags, so whether the processor can run virtual "
		          "machines is not known"));
	} else if (c->facts->cpuid == 0 || silent) {
		result_fail(r, CODE_CPU_NONE, CHECK_CURE_IMPOSSIBLE,
		        _("this processor cannot run virtual machines: it has neither vmx nor "
		          "svm"));
		result_fix(r, _("Passthrough needs another processor."));
	} else {
		result_fail(r, CODE_CPU_OFF, CHECK_CURE_PERSON,
		        _("the processor shows neither vmx nor svm: switched off in the firmware "
		          "setup, or missing"));
		result_fix(r,
		        _("Look for %s in the firmware setup. With the kernel log (run check as "
		          "root) this can be told exactly."),
		        switch_name(host));
	}
}

void check_cpu_virtualization(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;

	if (host->cpu.model_name && *host->cpu.model_name)
		result_evidence(r, "/proc/cpuinfo", "model name: %s", host->cpu.model_name);
	result_evidence(r, "/proc/cpuinfo", "flags: %s",
	        host->cpu.vmx             ? "vmx"
	        : host->cpu.svm           ? "svm"
	        : host->cpu.flags_missing ? "none told"
	                                  : "neither vmx nor svm");
	if (cpu_can_virtualize(host)) {
		if (host->cpu.kvm_device == ENOENT && locked_by_firmware(r, host))
			fail_locked(r, host);
		else
			result_pass(r, _("the processor runs virtual machines (%s)"),
			        host->cpu.vmx ? "Intel VT-x" : "AMD-V");
	} else if (locked_by_firmware(r, host)) {
		fail_locked(r, host);
	} else {
		fail_no_flag(c, r, host);
	}
}

void check_kvm_device(const struct check_context *c, struct check_result *r)
{
	const struct cpu *cpu = &c->host->cpu;
	const char *module = cpu->svm || cpu->vendor == CPU_AMD ? "kvm_amd" : "kvm_intel";

	result_evidence(r, "/dev/kvm", "%s", cpu->kvm_device ? strerror(cpu->kvm_device) : "ok");
	if (cpu->flags_missing && cpu->kvm_device != EACCES && cpu->kvm_device != EPERM) {
		result_evidence(r, "/proc/cpuinfo", "flags: none told");
		result_unknown(r, CODE_NONE,
		        _("without the processor's flags nothing tells what KVM would stand on"));
	} else if (cpu->kvm_device != ENOENT && !cpu_kvm_is_hardware(cpu)) {
		result_evidence(r, "/sys/module", "no %s", module);
		result_fail(r, CODE_KVM_ABSENT, CHECK_CURE_NONE,
		        _("/dev/kvm is there, but not by VT-x or SVM: ordinary guests do not run "
		          "on "
		          "it"));
		result_fix(r,
		        _("Run Playthrough on the PC itself. VMs without passed devices still run "
		          "here, slowly, without KVM."));
	} else if (cpu->kvm_device == 0) {
		result_pass(
		        r, c->host->live ? _("/dev/kvm can be opened") : _("/dev/kvm is there"));
	} else if (cpu->kvm_device == EACCES || cpu->kvm_device == EPERM) {
		result_warn(r, CODE_KVM_ACCESS,
		        _("/dev/kvm is there; this user may not open it (the daemon may)"));
		result_fix(r, _("Only VMs started without the daemon need this: sudo usermod -aG "
		                "kvm $USER, then log in anew."));
	} else if (!cpu_can_virtualize(c->host)) {
		result_fail(r, CODE_NONE, CHECK_CURE_NONE,
		        _("there is no /dev/kvm, as the processor offers no virtualization here"));
	} else {
		result_evidence(r, "/sys/module", cpu->kvm_module ? "%s" : "no %s", module);
		result_fail(r, CODE_KVM_ABSENT, CHECK_CURE_PERSON, _("/dev/kvm cannot be used: %s"),
		        strerror(cpu->kvm_device));
		result_fix(r,
		        _("sudo modprobe %s; if that is refused, its reason is in: sudo dmesg"),
		        module);
	}
}

/* Games need it not; what Windows builds on Hyper-V inside the guest does. */
void check_cpu_nested(const struct check_context *c, struct check_result *r)
{
	const struct cpu *cpu = &c->host->cpu;
	const char *module = cpu->svm || cpu->vendor == CPU_AMD ? "kvm_amd" : "kvm_intel";
	cleanup_free char *source = xasprintf("/sys/module/%s/parameters/nested", module);

	if (!cpu->kvm_module) {
		result_skip(r, _("told only when KVM is loaded"));
		return;
	}
	result_evidence(r, source, "%s",
	        cpu->nested > 0    ? "on"
	        : cpu->nested == 0 ? "off"
	                           : "not readable");
	if (cpu->nested < 0)
		result_skip(
		        r, _("whether a guest may run virtual machines of its own is not told"));
	else if (cpu->nested > 0)
		result_pass(r, _("a guest may run virtual machines of its own"));
	else
		result_skip(
		        r, _("a guest may run no virtual machines of its own; only Hyper-V, WSL 2 "
		             "or memory integrity inside Windows want that"));
}

void check_cpu_isolation(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	cleanup_free char *isolated = result_argument(r, host, "isolcpus");
	cleanup_free char *tickless = result_argument(r, host, "nohz_full");

	result_evidence(r, "/proc/cpuinfo", "%u processors", host->cpu.threads);
	if (host->cpu.threads && host->cpu.threads < 4) {
		result_warn(r, CODE_CPU_FEW,
		        ngettext("%u processor is few for a host and a game",
		                "%u processors are few for a host and a game", host->cpu.threads),
		        host->cpu.threads);
		result_fix(r, _("Games will stutter; give the VM all but one processor."));
	} else if (isolated || tickless) {
		result_pass(r, _("processors are set aside by the kernel command line"));
	} else {
		result_skip(r, _("no processors are set aside at boot; not needed, a VM gets its "
		                 "own while it runs"));
	}
}

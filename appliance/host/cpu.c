/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/cpu.h"
#include "host/attr.h"

#include <errno.h>
#include <fcntl.h>

static enum cpu_vendor vendor_of(const char *id)
{
	if (streq(id, "GenuineIntel"))
		return CPU_INTEL;
	/* Hygon's are AMD's Zen under licence: SVM, kvm_amd and AMD-Vi serve them. */
	if (streq(id, "AuthenticAMD") || streq(id, "HygonGenuine"))
		return CPU_AMD;
	return CPU_OTHER;
}

static void take_line(struct cpu *cpu, const char *key, const char *value)
{
	if (streq(key, "processor")) {
		cpu->threads++;
	} else if (streq(key, "vendor_id")) {
		cpu->vendor = vendor_of(value);
	} else if (streq(key, "model name") && !cpu->model_name) {
		cpu->model_name = xstrdup(value);
	} else if (streq(key, "flags") && *value) {
		cpu->flags_missing = false;
		cpu->vmx = text_has_word(value, "vmx");
		cpu->svm = text_has_word(value, "svm");
		cpu->topoext = text_has_word(value, "topoext");
		cpu->hypervisor = text_has_word(value, "hypervisor");
	}
}

static int open_kvm(const struct root *root)
{
	cleanup_close int fd = -1;

	if (!root_is_host(root))
		return root_exists(root, "/dev/kvm") ? 0 : ENOENT;
	fd = root_openat(root, "/dev/kvm", O_RDWR, 0);
	return fd < 0 ? -fd : 0;
}

/* "Y" or "N", in older kernels "1" or "0". */
static int take_nested(const struct root *root)
{
	static const char *const modules[] = {"kvm_intel", "kvm_amd"};

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		cleanup_free char *text =
		        attr_text(root, "/sys/module/%s/parameters/nested", modules[i]);

		if (text && (streq(text, "Y") || streq(text, "1")))
			return 1;
		if (text && (streq(text, "N") || streq(text, "0")))
			return 0;
	}
	return -1;
}

int cpu_take(const struct root *root, struct cpu *out, struct err *err)
{
	cleanup_free char *text = root_read(root, "/proc/cpuinfo");
	char *rest = text;

	*out = (struct cpu){.flags_missing = true, .nested = -1};
	if (!text)
		return err_errno(err, -errno, "%s/proc/cpuinfo", root->path);
	text_clean(text);
	for (char *line; (line = text_next_line(&rest));) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		take_line(out, strip(line), strip(colon + 1));
	}
	if (!out->model_name)
		out->model_name = xstrdup("");
	out->kvm_module = root_exists(root, "/sys/module/kvm_intel") ||
	                  root_exists(root, "/sys/module/kvm_amd");
	out->kvm_device = open_kvm(root);
	out->nested = take_nested(root);
	return 0;
}

bool cpu_kvm_is_hardware(const struct cpu *cpu)
{
	return cpu->kvm_module && (cpu->vmx || cpu->svm);
}

bool cpu_kvm_is_usable(const struct cpu *cpu)
{
	return cpu_kvm_is_hardware(cpu) && cpu->kvm_device == 0;
}

void cpu_finish(struct cpu *cpu)
{
	free(cpu->model_name);
	*cpu = (struct cpu){0};
}

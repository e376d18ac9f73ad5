/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest sees of its hypervisor: the CPUID leaves from 0x40000000 on. */
#include "hypervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpuid.h>

#include "util.h"

#define FIRST_LEAF     0x40000000u
#define LAST_LEAF      0x40010000u
#define LEAF_STEP      0x100u /* hypervisors stand beside each other at such distances */
#define HYPERVISOR_BIT (1u << 31)
#define WORD_MAX       200

/* --- the leaves --- */

/* The name is in EBX, ECX, EDX; what cannot be a letter of one ends it. */
static void take_name(const uint32_t registers[4], char name[13])
{
	memcpy(name, &registers[1], 12);
	name[12] = '\0';
	for (char *at = name; *at != '\0'; at++) {
		if (*at == ' ')
			*at = '_';
		else if (*at < '!' || *at > '~')
			*at = '\0';
		if (*at == '\0')
			break;
	}
}

/* As Linux looks for it, hypervisor_cpuid_base() of arch/x86/include/asm/processor.h. */
static uint32_t find_kvm(hypervisor_cpuid cpuid)
{
	for (uint32_t leaf = FIRST_LEAF; leaf < LAST_LEAF; leaf += LEAF_STEP) {
		uint32_t registers[4];
		char name[13];

		cpuid(leaf, registers);
		take_name(registers, name);
		if (strcmp(name, "KVMKVMKVM") == 0)
			return leaf;
	}
	return 0;
}

void hypervisor_read(hypervisor_cpuid cpuid, struct hypervisor *out)
{
	uint32_t registers[4];

	memset(out, 0, sizeof *out);
	cpuid(1, registers);
	out->told = registers[2] & HYPERVISOR_BIT;
	for (uint32_t i = 0; i < HYPERVISOR_LEAVES; i++)
		cpuid(FIRST_LEAF + i, out->leaves[i]);
	take_name(out->leaves[0], out->vendor);
	out->kvm_leaf = find_kvm(cpuid);
}

/* --- what is wanted --- */

/* Cuts the next word off *text; false at its end. */
static bool next_word(const char **text, char word[WORD_MAX])
{
	size_t length;

	*text += strspn(*text, " ");
	length = strcspn(*text, " ");
	guest_copy(word, length < WORD_MAX ? length + 1 : WORD_MAX, *text);
	*text += length;
	return length > 0;
}

/* The value of NAME=VALUE; false where the line has none. */
static bool find_value(const char *wanted, const char *name, char value[WORD_MAX])
{
	size_t length = strlen(name);
	char word[WORD_MAX];

	while (next_word(&wanted, word)) {
		if (strncmp(word, name, length) != 0 || word[length] != '=')
			continue;
		guest_copy(value, WORD_MAX, word + length + 1);
		return true;
	}
	return false;
}

/* --- names --- */

static void write_names(const struct hypervisor *seen, char *detail, size_t size)
{
	guest_append(detail, size, "leaf 40000000: %s", seen->vendor[0] ? seen->vendor : "no name");
	if (seen->kvm_leaf)
		guest_append(detail, size, ", KVM's signature at leaf %08x", seen->kvm_leaf);
	else
		guest_append(detail, size, ", KVM's signature nowhere up to 4000ff00");
	guest_append(detail, size, ", hypervisor bit %s", seen->told ? "set" : "not set");
}

enum probe_status hypervisor_judge_signature(
        const struct hypervisor *seen, const char *wanted, char *detail, size_t size)
{
	char kvm[WORD_MAX] = "", vendor[WORD_MAX] = "";
	enum probe_status status = PROBE_PASS;

	detail[0] = '\0';
	find_value(wanted, "kvm", kvm);
	if (strcmp(kvm, "yes") == 0 && !seen->kvm_leaf) {
		guest_append(detail, size, "KVM is not seen, and the plan is that it is: ");
		status = PROBE_FAIL;
	}
	if (strcmp(kvm, "no") == 0 && seen->kvm_leaf) {
		guest_append(detail, size, "KVM is seen, and the plan is that it is hidden: ");
		status = PROBE_FAIL;
	}
	if (find_value(wanted, "vendor", vendor) && strcmp(vendor, seen->vendor) != 0) {
		guest_append(detail, size, "the vendor is not %s: ", vendor);
		status = PROBE_FAIL;
	}
	write_names(seen, detail, size);
	return status;
}

/* --- enlightenments --- */

/* Whether all bits of "3a:222" are set; *rest is behind it. What was read goes to detail where they are not. */
static bool has_part(
        const struct hypervisor *seen, const char *part, char **rest, char *detail, size_t size)
{
	unsigned leaf = (unsigned)(part[0] - '0');
	unsigned number = part[0] ? (unsigned)(part[1] - 'a') : 4;
	uint32_t bits, value;

	*rest = (char *)part + strlen(part);
	if (leaf >= HYPERVISOR_LEAVES || number > 3 || part[2] != ':') {
		guest_append(detail, size, " (not understood: %s)", part);
		return false;
	}
	bits = (uint32_t)strtoul(part + 3, rest, 16);
	value = seen->leaves[leaf][number];
	if ((value & bits) == bits)
		return true;
	guest_append(detail, size, " (leaf 4000000%u E%cX is %08x, wanted %x)", leaf,
	        'A' + (int)number, value, bits);
	return false;
}

static bool has_all(const struct hypervisor *seen, const char *parts, char *detail, size_t size)
{
	char *rest;
	bool all = true;

	for (;;) {
		all &= has_part(seen, parts, &rest, detail, size);
		if (*rest != '+')
			return all;
		parts = rest + 1;
	}
}

/* Windows looks at nothing further where the second leaf does not have this. */
static bool is_hyperv(const struct hypervisor *seen)
{
	return memcmp(&seen->leaves[1][0], "Hv#1", 4) == 0;
}

enum probe_status hypervisor_judge_enlightenments(
        const struct hypervisor *seen, const char *wanted, char *detail, size_t size)
{
	char word[WORD_MAX], there[240] = "", missing[240] = "";

	detail[0] = '\0';
	while (next_word(&wanted, word)) {
		char why[120] = "", *equals = strchr(word, '=');

		if (strncmp(word, "hv-", 3) != 0 || !equals)
			continue;
		*equals = '\0';
		if (has_all(seen, equals + 1, why, sizeof why))
			guest_append(there, sizeof there, " %s", word + 3);
		else
			guest_append(missing, sizeof missing, " %s%s", word + 3, why);
	}
	if (there[0] == '\0' && missing[0] == '\0')
		return PROBE_NOT_TESTABLE;
	if (!is_hyperv(seen))
		guest_append(detail, size, "leaf 40000001 is not Hv#1: Windows sees none of: ");
	if (missing[0] != '\0')
		guest_append(detail, size, "not seen:%s; ", missing);
	guest_append(detail, size, "seen:%s", there[0] ? there : " none");
	return missing[0] == '\0' && is_hyperv(seen) ? PROBE_PASS : PROBE_FAIL;
}

/* --- the test --- */

static void ask_processor(uint32_t leaf, uint32_t registers[4])
{
	__cpuid_count(leaf, 0, registers[0], registers[1], registers[2], registers[3]);
}

void hypervisor_test(struct probe *probe)
{
	const char *wanted = probe->item->where;
	struct hypervisor seen;
	enum probe_status status;
	char detail[460];

	probe_waiting(probe, "signature", "CPUID leaves from 40000000 on");
	hypervisor_read(ask_processor, &seen);
	status = hypervisor_judge_signature(&seen, wanted, detail, sizeof detail);
	probe_result(probe, "signature", status, "%s", detail);
	status = hypervisor_judge_enlightenments(&seen, wanted, detail, sizeof detail);
	if (detail[0] != '\0')
		probe_result(probe, "enlightenments", status, "%s", detail);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the test guest says of its hypervisor, on processors that are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hypervisor.h"

/* --- the processors: each is a function, as CPUID is --- */

static void name(uint32_t registers[4], const char *text)
{
	char padded[13] = "";

	snprintf(padded, sizeof padded, "%s", text);
	memcpy(&registers[1], padded, 12);
}

static void bare(uint32_t leaf, uint32_t registers[4])
{
	(void)leaf;
	memset(registers, 0, 16);
}

static void kvm(uint32_t leaf, uint32_t registers[4])
{
	bare(leaf, registers);
	if (leaf == 1)
		registers[2] = 1u << 31;
	if (leaf == 0x40000000)
		name(registers, "KVMKVMKVM");
}

static void hyperv(uint32_t leaf, uint32_t registers[4])
{
	bare(leaf, registers);
	if (leaf == 1)
		registers[2] = 1u << 31;
	if (leaf == 0x40000000)
		name(registers, "playthrough");
	if (leaf == 0x40000001)
		memcpy(registers, "Hv#1", 4);
	if (leaf == 0x40000003) {
		registers[0] = 0xa7e;
		registers[3] = 0x100;
	}
	if (leaf == 0x40000004) {
		registers[0] = 0x20;
		registers[1] = 0x1fff;
	}
}

static void both(uint32_t leaf, uint32_t registers[4])
{
	hyperv(leaf, registers);
	if (leaf == 0x40000000)
		name(registers, "Microsoft Hv");
	if (leaf == 0x40000100)
		name(registers, "KVMKVMKVM");
}

static void no_interface(uint32_t leaf, uint32_t registers[4])
{
	if (leaf == 0x40000001)
		bare(leaf, registers);
	else
		hyperv(leaf, registers);
}

/* --- verdicts --- */

static const struct {
	hypervisor_cpuid cpuid;
	const char *wanted;
	enum probe_status status;
	const char *says;
} signatures[] =
        {
                {kvm, "kvm=yes", PROBE_PASS,
                        "KVM's signature at leaf 40000000, hypervisor bit set"},
                {kvm, "kvm=no", PROBE_FAIL, "KVM is seen, and the plan is that it is hidden"},
                {bare, "kvm=yes", PROBE_FAIL, "KVM is not seen"},
                {bare, "kvm=no", PROBE_PASS, "leaf 40000000: no name"},
                {hyperv, "kvm=no vendor=playthrough hv-time=3a:222", PROBE_PASS, "playthrough"},
                {both, "kvm=yes vendor=Microsoft_Hv", PROBE_PASS,
                        "KVM's signature at leaf 40000100"},
                {both, "kvm=no vendor=playthrough", PROBE_FAIL, "the vendor is not playthrough"},
                {both, "", PROBE_PASS, "Microsoft_Hv"},
},
  enlightenments[] = {
          {kvm, "kvm=yes", PROBE_NOT_TESTABLE, ""},
          {hyperv,
                  "kvm=no hv-relaxed=4a:20 hv-time=3a:222 hv-frequencies=3a:800+3d:100 "
                  "hv-spinlocks=4b:1fff",
                  PROBE_PASS, "seen: relaxed time frequencies spinlocks"},
          {hyperv, "hv-time=3a:222 hv-avic=4a:200", PROBE_FAIL,
                  "not seen: avic (leaf 40000004 EAX is 00000020, wanted 200); seen: time"},
          {hyperv, "hv-frequencies=3a:800+3d:900", PROBE_FAIL,
                  "E"
                  "DX is 00000100, wanted 900"},
          {no_interface, "hv-time=3a:222", PROBE_FAIL, "leaf 40000001 is not Hv#1"},
          {hyperv, "hv-odd=9a:1 hv-odder=3e:1 hv-oddest= hv-long=3", PROBE_FAIL,
                  "not understood: 9a:1"},
};

static void names_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
		struct hypervisor seen;
		char detail[460];

		hypervisor_read(signatures[i].cpuid, &seen);
		if (hypervisor_judge_signature(&seen, signatures[i].wanted, detail,
		            sizeof detail) != signatures[i].status ||
		        !strstr(detail, signatures[i].says))
			fail_msg("case %zu: %s", i, detail);
	}
}

static void enlightenments_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof enlightenments / sizeof enlightenments[0]; i++) {
		struct hypervisor seen;
		char detail[460];

		hypervisor_read(enlightenments[i].cpuid, &seen);
		if (hypervisor_judge_enlightenments(&seen, enlightenments[i].wanted, detail,
		            sizeof detail) != enlightenments[i].status ||
		        !strstr(detail, enlightenments[i].says))
			fail_msg("case %zu: %s", i, detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_are_judged),
	        cmocka_unit_test(enlightenments_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

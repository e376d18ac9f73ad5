/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor of recorded machines. */
#include "host/cpu.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_cpu(const char *name, const struct cpu *want)
{
	struct machine m;
	struct cpu cpu;

	machine_open(&m, name);
	assert_int_equal(cpu_take(&m.root, &cpu, NULL), 0);
	assert_int_equal(cpu.vendor, want->vendor);
	assert_string_equal(cpu.model_name, want->model_name);
	assert_int_equal(cpu.threads, want->threads);
	assert_int_equal(cpu.vmx, want->vmx);
	assert_int_equal(cpu.svm, want->svm);
	assert_int_equal(cpu.hypervisor, want->hypervisor);
	assert_int_equal(cpu.kvm_module, want->kvm_module);
	assert_int_equal(cpu.kvm_device, want->kvm_device);
	cpu_finish(&cpu);
	machine_close(&m);
}

#define NAME(s) ((char[]){s})

static void test_machines(void **state)
{
	(void)state;
	expect_cpu("intel-desktop",
	        &(struct cpu){.vendor = CPU_INTEL,
	                .model_name = NAME("Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz"),
	                .threads = 4,
	                .vmx = true,
	                .kvm_module = true});
	expect_cpu(
	        "amd-bad-board", &(struct cpu){.vendor = CPU_AMD,
	                                 .model_name = NAME("AMD Ryzen 7 5800X 8-Core Processor"),
	                                 .threads = 2,
	                                 .svm = true,
	                                 .kvm_module = true,
	                                 .kvm_device = ENOENT});
	expect_cpu("virtual", &(struct cpu){.vendor = CPU_AMD,
	                              .model_name = NAME("AMD EPYC"),
	                              .threads = 2,
	                              .hypervisor = true,
	                              .kvm_device = ENOENT});
}

/* What KVM's module tells, and a processor without a line of flags. */
static void test_nested(void **state)
{
	static const struct {
		const char *text;
		int nested;
	} cases[] = {{"Y\n", 1}, {"1\n", 1}, {"N\n", 0}, {"0\n", 0}, {"maybe\n", -1}, {"", -1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine m;
		struct cpu cpu;

		machine_open(&m, NULL);
		machine_write(&m, "/proc/cpuinfo", "processor : 0\nflags :\n");
		machine_write(&m, "/sys/module/kvm_amd/parameters/nested", cases[i].text);
		assert_int_equal(cpu_take(&m.root, &cpu, NULL), 0);
		assert_int_equal(cpu.nested, cases[i].nested);
		assert_true(cpu.flags_missing);
		cpu_finish(&cpu);
		machine_close(&m);
	}
}

static void test_garbage(void **state)
{
	struct machine m;
	struct cpu cpu;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(cpu_take(&m.root, &cpu, NULL), 0);
	assert_int_equal(cpu.vendor, CPU_OTHER);
	assert_int_equal(cpu.threads, 2);
	assert_false(cpu.vmx || cpu.svm || cpu.hypervisor);
	assert_null(strchr(cpu.model_name, '\x1b'));
	cpu_finish(&cpu);
	machine_close(&m);
}

static void test_nothing_to_read(void **state)
{
	struct machine m;
	struct err err = {0};
	struct cpu cpu;

	(void)state;
	machine_open(&m, NULL);
	assert_int_equal(cpu_take(&m.root, &cpu, &err), -ENOENT);
	assert_non_null(strstr(err.message, "/proc/cpuinfo"));
	cpu_finish(&cpu);
	machine_write(&m, "/proc/cpuinfo", "");
	assert_int_equal(cpu_take(&m.root, &cpu, &err), 0);
	assert_string_equal(cpu.model_name, "");
	cpu_finish(&cpu);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_machines),
	        cmocka_unit_test(test_nested),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_nothing_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

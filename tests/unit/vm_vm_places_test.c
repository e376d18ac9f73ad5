/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm_places.h"

#include <setjmp.h>
#include <cmocka.h>

#include "machine.h"

static void write_task(const struct machine *m, int task, const char *name, const char *allowed)
{
	cleanup_free char *comm = xasprintf("/proc/70/task/%d/comm", task);
	cleanup_free char *status = xasprintf("/proc/70/task/%d/status", task);
	cleanup_free char *text = xasprintf(
	        "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t%s\nMems_allowed:\t1\n", allowed);

	machine_write(m, comm, name);
	machine_write(m, status, text);
}

static void by_name(void **state)
{
	json_t *places, *wanted;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	assert_null(vm_places_json(&m.root, 70));
	write_task(&m, 70, "qemu-system-x86\n", "0-3");
	assert_null(vm_places_json(&m.root, 70));
	write_task(&m, 72, "CPU 1/KVM\n", "12");
	write_task(&m, 73, "CPU 0/KVM\n", "4");
	write_task(&m, 74, "CPU 999/KVM\n", "5");
	write_task(&m, 75, "CPU x/KVM\n", "6");
	places = vm_places_json(&m.root, 70);
	wanted = json_pack("{s:[ss], s:s}", "guest", "4", "12", "others", "0-3");
	assert_true(json_equal(places, wanted));
	json_decref(places);
	json_decref(wanted);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(by_name)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/acts.h"
#include "vm/plan/isolation.h"

#include <setjmp.h>
#include <cmocka.h>

#define OURS "/sys/fs/cgroup/playthrough.slice"

#include "machine.h"

#define JOURNAL "/run/playthrough/isolation.json"
#define BOOT    "/proc/sys/kernel/random/boot_id"
#define CPUS    "/sys/devices/system/cpu"

/* Eight processors; what a file holds here is as long as what may be written over it. */
static void open_pc(struct machine *m)
{
	machine_open(m, NULL);
	machine_write(m, CPUS "/online", "0-7\n");
	machine_write(m, CPUS "/possible", "0-15\n");
	machine_write(m, BOOT, "one\n");
	machine_write(m, "/run/systemd/system/x", "");
	machine_write(m, "/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n");
	machine_write(m, "/sys/fs/cgroup/system.slice/cpuset.cpus", "\n");
	machine_write(m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "2-5\n");
	machine_write(m, OURS "/cpuset.cpus", "\n");
	machine_write(m, OURS "/playthroughd.service/cpuset.cpus", "\n");
	machine_write(m, OURS "/playthrough-vm-a.service/cpuset.cpus", "\n");
	machine_write(m, "/proc/irq/default_smp_affinity", "ff\n");
	machine_write(m, "/proc/irq/0/smp_affinity_list", "\n");
	machine_write(m, "/proc/irq/9/smp_affinity_list", "0-7\n");
	machine_write(m, "/proc/irq/24/smp_affinity_list", "4-5\n");
	machine_write(m, "/proc/irq/25/smp_affinity_list", "1\n");
	machine_write(m, "/sys/devices/virtual/workqueue/cpumask", "ff\n");
}

/* "unit user.slice -=>0-3; irq 9 0-7=>0-3": what is to be done, in its order. Caller frees. */
static char *told(const struct isolation *changes)
{
	static const char *const kinds[] = {"unit", "default", "irq", "workers"};
	cleanup_strv struct strv lines = {0};

	for (size_t i = 0; i < changes->n; i++) {
		const struct isolation_entry *e = &changes->list[i];
		cleanup_free char *before = cpulist_format(&e->before);
		cleanup_free char *now = cpulist_format(&e->now);

		strv_addf(&lines, "%s%s%s %s=>%s", kinds[e->kind], *e->name ? " " : "", e->name,
		        before, now);
	}
	return strv_join(&lines, "; ");
}

static void decide(const struct machine *m, struct isolation *changes, const char *kept)
{
	cleanup(placement_finish) struct placement facts;
	cleanup_cpulist struct cpulist cpus;

	assert_int_equal(cpulist_parse(kept, &cpus), 0);
	placement_take(&m->root, &facts);
	isolation_decide(changes, &facts, &cpus);
}

static void expect(const struct isolation *changes, const char *wanted)
{
	cleanup_free char *text = told(changes);

	assert_string_equal(text, wanted);
}

static void expect_file(const struct machine *m, const char *path, const char *wanted)
{
	cleanup_free char *text = root_read(&m->root, path);

	assert_non_null(text);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, wanted);
}

/* As systemd does it, once it was asked. */
static void set_units(const struct machine *m, const struct isolation *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct isolation_entry *e = &changes->list[i];
		cleanup_free char *path = place_path(e->kind, e->name);
		cleanup_free char *text = cpulist_format(&e->now);

		if (e->kind == PLACE_UNIT)
			machine_write(m, path, text);
	}
}

static void act(const struct machine *m, struct isolation *changes)
{
	set_units(m, changes);
	assert_int_equal(act_isolate(&m->root, changes, NULL), 0);
	isolation_done(changes);
}

static void one_vm(void **state)
{
	cleanup(isolation_finish) struct isolation changes = {0};
	struct machine m;

	(void)state;
	open_pc(&m);
	decide(&m, &changes, "4-7");
	expect(&changes, "unit init.scope =>0-3; unit system.slice =>0-3; unit user.slice =>0-3; "
	                 "unit machine.slice 2-5=>2-3; unit playthroughd.service =>0-3; default "
	                 "0-7=>0-3; irq 24 4-5=>0-3; irq 9 0-7=>0-3; "
	                 "workers 0-7=>0-3");
	act(&m, &changes);
	expect_file(&m, "/proc/irq/9/smp_affinity_list", "0-3");
	expect_file(&m, "/proc/irq/25/smp_affinity_list", "1");
	expect_file(&m, OURS "/cpuset.cpus", "");
	expect_file(&m, OURS "/playthroughd.service/cpuset.cpus", "0-3");
	expect_file(&m, OURS "/playthrough-vm-a.service/cpuset.cpus", "");
	decide(&m, &changes, "");
	act(&m, &changes);
	expect(&changes, "");
	expect_file(&m, "/proc/irq/9/smp_affinity_list", "0-7");
	expect_file(&m, "/proc/irq/24/smp_affinity_list", "4-5");
	expect_file(&m, "/proc/irq/default_smp_affinity", "ff");
	expect_file(&m, "/sys/devices/virtual/workqueue/cpumask", "ff");
	expect_file(&m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "2-5");
	expect_file(&m, "/sys/fs/cgroup/system.slice/cpuset.cpus", "");
	machine_close(&m);
}

/* Twice the same changes nothing; each gives back its own. */
static void two_vms(void **state)
{
	cleanup(isolation_finish) struct isolation changes = {0};
	cleanup_free char *once = NULL;
	struct machine m;

	(void)state;
	open_pc(&m);
	decide(&m, &changes, "4-5");
	act(&m, &changes);
	once = told(&changes);
	decide(&m, &changes, "4-5");
	expect(&changes, once);
	act(&m, &changes);
	decide(&m, &changes, "2-5");
	act(&m, &changes);
	expect_file(&m, "/proc/irq/9/smp_affinity_list", "0-1,6-7");
	expect_file(&m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "0-1,6-7");
	decide(&m, &changes, "2-3");
	act(&m, &changes);
	expect_file(&m, "/proc/irq/24/smp_affinity_list", "4-5");
	expect_file(&m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "4-5");
	expect_file(&m, "/proc/irq/default_smp_affinity", "f3");
	decide(&m, &changes, "");
	act(&m, &changes);
	expect(&changes, "");
	expect_file(&m, "/proc/irq/9/smp_affinity_list", "0-7");
	expect_file(&m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "2-5");
	machine_close(&m);
}

/* irqbalance, or a person, has moved it: theirs. What has gone has nothing to be given back. */
static void changed_meanwhile(void **state)
{
	cleanup(isolation_finish) struct isolation changes = {0};
	struct machine m;

	(void)state;
	open_pc(&m);
	decide(&m, &changes, "4-7");
	act(&m, &changes);
	machine_write(&m, "/proc/irq/9/smp_affinity_list", "2\n");
	machine_write(&m, "/proc/irq/24/smp_affinity_list", "\n");
	machine_write(&m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "7\n");
	decide(&m, &changes, "");
	expect(&changes, "unit init.scope =>; unit system.slice =>; unit user.slice =>; unit "
	                 "playthroughd.service =>; "
	                 "default 0-7=>0-7; workers 0-7=>0-7");
	machine_close(&m);
}

/* A unit that ends meanwhile is told all the same, for when it begins anew: then it has what it had, and it is ours. */
static void ended_meanwhile(void **state)
{
	static const char console[] = OURS "/playthrough-console.service/cpuset.cpus";
	cleanup(isolation_finish) struct isolation changes = {0};
	cleanup_free char *folder = NULL;
	struct machine m;

	(void)state;
	open_pc(&m);
	machine_write(&m, console, "\n");
	decide(&m, &changes, "4-7");
	act(&m, &changes);
	assert_int_equal(root_remove(&m.root, console, NULL), 0);
	folder = root_full_path(&m.root, OURS "/playthrough-console.service");
	assert_int_equal(rmdir(folder), 0);
	decide(&m, &changes, "6-7");
	assert_true(changes.list[changes.n - 1].gone);
	assert_int_equal(act_isolate(&m.root, &changes, NULL), 0);
	isolation_done(&changes);
	machine_write(&m, console, "0-5\n"); /* it began anew, as it was told */
	decide(&m, &changes, "4-7");
	act(&m, &changes);
	expect_file(&m, console, "0-3");
	decide(&m, &changes, "");
	act(&m, &changes);
	expect(&changes, "");
	expect_file(&m, console, "");
	machine_close(&m);
}

/* One that systemd knows no more is out of it. */
static void unknown_unit(void **state)
{
	cleanup(isolation_finish) struct isolation changes = {0};
	struct isolation_entry *entry = list_append(changes.list, changes.n);

	(void)state;
	*entry = (struct isolation_entry){.kind = PLACE_UNIT, .name = xstrdup("a.service")};
	cpulist_add(&entry->now, 1);
	isolation_done(&changes);
	assert_int_equal(changes.n, 1);
	isolation_forget(entry);
	isolation_done(&changes);
	assert_int_equal(changes.n, 0);
}

/* The journal was written; which of the acts came to pass is not known. */
static void cut_off(void **state)
{
	cleanup(isolation_finish) struct isolation changes = {0}, loaded = {0};
	struct machine m;

	(void)state;
	open_pc(&m);
	decide(&m, &changes, "4-5");
	act(&m, &changes);
	decide(&m, &changes, "2-5");
	assert_int_equal(isolation_save(&m.root, JOURNAL, &changes, NULL), 0);
	machine_write(&m, "/proc/irq/default_smp_affinity", "c3\n"); /* this one only */
	assert_int_equal(isolation_load(&m.root, JOURNAL, &loaded, NULL), 0);
	decide(&m, &loaded, "");
	act(&m, &loaded);
	expect(&loaded, "");
	expect_file(&m, "/proc/irq/9/smp_affinity_list", "0-7");
	expect_file(&m, "/proc/irq/default_smp_affinity", "ff");
	expect_file(&m, "/sys/fs/cgroup/machine.slice/cpuset.cpus", "2-5");
	assert_int_equal(isolation_save(&m.root, JOURNAL, &loaded, NULL), 0);
	assert_false(root_exists(&m.root, JOURNAL));
	machine_close(&m);
}

/* The next boot has all as it always was. */
static void another_boot(void **state)
{
	cleanup(isolation_finish) struct isolation changes = {0}, loaded = {0};
	struct machine m;

	(void)state;
	open_pc(&m);
	decide(&m, &changes, "4-7");
	assert_int_equal(isolation_save(&m.root, JOURNAL, &changes, NULL), 0);
	machine_write(&m, BOOT, "two\n");
	assert_int_equal(isolation_load(&m.root, JOURNAL, &loaded, NULL), 0);
	assert_int_equal(loaded.n, 0);
	machine_close(&m);
}

static void no_journal(void **state)
{
	static const char *const texts[] = {"", "[]", "{\"boot\": \"one\"}",
	        "{\"boot\": \"one\", \"places\": [1]}",
	        "{\"boot\": \"one\", \"places\": [{\"kind\": \"irq\", \"name\": \"../x\", "
	        "\"before\": \"0\", \"was\": \"0\", \"now\": \"0\"}]}",
	        "{\"boot\": \"one\", \"places\": [{\"kind\": \"unit\", \"name\": \"a/b\", "
	        "\"before\": \"0\", \"was\": \"0\", \"now\": \"0\"}]}",
	        "{\"boot\": \"one\", \"places\": [{\"kind\": \"workers\", \"name\": \"\", "
	        "\"before\": \"x\", \"was\": \"0\", \"now\": \"0\"}]}",
	        "{\"boot\": \"one\", \"places\": [{\"kind\": \"disk\", \"name\": \"\", "
	        "\"before\": \"0\", \"was\": \"0\", \"now\": \"0\"}]}"};
	struct isolation loaded;
	struct machine m;

	(void)state;
	open_pc(&m);
	assert_int_equal(isolation_load(&m.root, JOURNAL, &loaded, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		machine_write(&m, JOURNAL, texts[i]);
		assert_int_equal(isolation_load(&m.root, JOURNAL, &loaded, NULL), -EINVAL);
		assert_int_equal(loaded.n, 0);
	}
	machine_close(&m);
}

/* Control groups of version 1, or no systemd: units stay where they are, the rest does not. */
static void without_units(void **state)
{
	static const char *const gone[] = {
	        "/sys/fs/cgroup/cgroup.controllers", "/run/systemd/system/x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
		cleanup(isolation_finish) struct isolation changes = {0};
		struct machine m;

		open_pc(&m);
		assert_int_equal(root_remove(&m.root, gone[i], NULL), 0);
		if (i) {
			cleanup_free char *folder = root_full_path(&m.root, "/run/systemd/system");

			assert_int_equal(rmdir(folder), 0);
		}
		decide(&m, &changes, "4-7");
		expect(&changes, "default 0-7=>0-3; irq 24 4-5=>0-3; irq 9 0-7=>0-3; "
		                 "workers 0-7=>0-3");
		machine_close(&m);
	}
}

static void all_of_them(void **state)
{
	cleanup(placement_finish) struct placement facts;
	cleanup_cpulist struct cpulist all, some;
	struct machine m;

	(void)state;
	open_pc(&m);
	placement_take(&m.root, &facts);
	assert_int_equal(cpulist_parse("0-7", &all), 0);
	assert_int_equal(cpulist_parse("0-6", &some), 0);
	assert_false(isolation_leaves_some(&facts, &all));
	assert_true(isolation_leaves_some(&facts, &some));
	assert_false(facts.balanced);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_vm),
	        cmocka_unit_test(two_vms),
	        cmocka_unit_test(changed_meanwhile),
	        cmocka_unit_test(ended_meanwhile),
	        cmocka_unit_test(unknown_unit),
	        cmocka_unit_test(cut_off),
	        cmocka_unit_test(another_boot),
	        cmocka_unit_test(no_journal),
	        cmocka_unit_test(without_units),
	        cmocka_unit_test(all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose huge pages are whose while VMs start and end; what they do next is this file's (--wrap in the Makefile). */
#include "vm/vm_impl.h"

#include <setjmp.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB"
#define MIB  (1ull << 20)

struct fixture {
	struct machine pc;
	sd_event *event;
	struct vms *vms;
};

static struct strv happened; /* "one claims" */

void __wrap_vm_claim(struct vm *vm);
void __wrap_vm_start_fail(struct vm *vm, const struct err *err);
void __wrap_vm_pages_returned(struct vm *vm, const struct err *err);

void __wrap_vm_claim(struct vm *vm)
{
	strv_addf(&happened, "%s claims", vm->name);
}

void __wrap_vm_start_fail(struct vm *vm, const struct err *err)
{
	strv_addf(&happened, "%s: %s", vm->name, err ? err->message : "-");
}

void __wrap_vm_pages_returned(struct vm *vm, const struct err *err)
{
	strv_addf(&happened, "%s has returned%s%s", vm->name, err ? ": " : "",
	        err ? err->message : "");
}

static void write_pool(struct fixture *f, uint64_t all, uint64_t free, uint64_t reserved)
{
	const struct {
		const char *path;
		uint64_t n;
	} files[] = {{POOL "/nr_hugepages", all}, {POOL "/free_hugepages", free},
	        {POOL "/resv_hugepages", reserved}};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *text = xasprintf("%03llu\n", (unsigned long long)files[i].n);

		machine_write(&f->pc, files[i].path, text);
	}
}

static uint64_t pool(struct fixture *f)
{
	cleanup_free char *text = root_read(&f->pc.root, POOL "/nr_hugepages");
	uint64_t pages = 0;

	assert_non_null(text);
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(parse_u64(text, 10, UINT64_MAX, &pages), 0);
	return pages;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	machine_open(&f->pc, NULL);
	machine_write(&f->pc, "/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n");
	assert_true(sd_event_new(&f->event) >= 0);
	f->vms = xcalloc(1, sizeof(*f->vms));
	f->vms->env.event = f->event;
	f->vms->env.run_dir = "/run/playthrough";
	f->vms->root = f->pc.root;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	while (f->vms->list) {
		struct vm *vm = f->vms->list;

		f->vms->list = vm->next;
		sd_event_source_disable_unref(vm->soon);
		journal_finish(&vm->journal);
		free(vm->starting);
		free(vm->name);
		free(vm);
	}
	free(f->vms);
	sd_event_unref(f->event);
	strv_finish(&happened);
	machine_close(&f->pc);
	free(f);
	return 0;
}

static struct vm *plan_vm(struct fixture *f, const char *name, uint64_t all, uint64_t missing)
{
	cleanup_free char *folder = xasprintf("/run/playthrough/vm/%s/x", name);
	struct vm *vm = vms_get(f->vms, name);

	machine_write(&f->pc, folder, "");
	vm->state = VM_STARTING;
	vm->journal.name = xstrdup(name);
	vm->journal.page_bytes = 2 * MIB;
	vm->starting = xcalloc(1, sizeof(*vm->starting));
	vm->starting->plan.page_bytes = 2 * MIB;
	vm->starting->plan.pages_all = all;
	vm->starting->plan.pages = missing;
	return vm;
}

/* Until @n things have happened. */
static void spin(struct fixture *f, size_t n)
{
	for (int i = 0; i < 2000 && happened.n < n; i++)
		sd_event_run(f->event, 10000);
}

static void expect(const char *wanted)
{
	cleanup_free char *text = strv_join(&happened, "; ");

	assert_string_equal(text, wanted);
	strv_finish(&happened);
}

static struct vm_promised promised(struct fixture *f)
{
	struct vm_options options = {0};

	vms_pages_promised(f->vms, &options);
	assert_int_equal(options.promised[1].bytes, 0);
	return options.promised[0];
}

/* 100 are free, and both have counted them: the second looks again once the first has them. */
static void one_after_the_other(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 300, 200), *two = plan_vm(f, "two", 100, 0);

	write_pool(f, 100, 100, 0);
	assert_int_equal(promised(f).pages, 200);
	assert_int_equal(promised(f).to_come, 200);
	vm_pages_take(one);
	vm_pages_take(two);
	spin(f, 1);
	expect("one claims");
	assert_int_equal(pool(f), 300);
	assert_int_equal(two->pages.wait, PAGES_TAKE);
	assert_int_equal(promised(f).pages, 400);
	assert_int_equal(promised(f).to_come, 0);
	one->journal.pid = 70; /* its QEMU is on its way */
	machine_write(&f->pc, "/proc/70/status", "Name:\tq\nHugetlbPages:\t  409600 kB\n");
	assert_int_equal(promised(f).pages, 200);
	write_pool(f, 300, 0, 0);
	vm_pages_settled(one);
	spin(f, 1);
	expect("two claims");
	assert_int_equal(pool(f), 400);
	assert_int_equal(two->journal.pages_before, 300);
	assert_true(two->journal.pages == 100 && two->journal.pages_taken);
}

static struct vm *plain_vm(struct fixture *f, const char *name, enum vm_state state, uint64_t mib)
{
	struct vm *vm = vms_get(f->vms, name);

	vm->state = state;
	vm->journal.name = xstrdup(name);
	vm->journal.memory_bytes = mib * MIB;
	return vm;
}

/* Ordinary memory is only promised until it is used: for QEMU's own, 256 MiB are counted. */
static void ordinary_memory_is_promised(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plain_vm(f, "one", VM_STARTING, 8192);
	struct vm *two = plain_vm(f, "two", VM_STARTING, 1024);
	struct vm_options options = {0};

	vms_pages_promised(f->vms, &options);
	assert_int_equal(options.promised_bytes / MIB, 8448 + 1280);
	assert_int_equal(vms_memory_promised(f->vms, two) / MIB, 8448);
	one->state = VM_RUNNING;
	one->journal.pid = 71;
	one->journal.pid_start = 5555;
	machine_write(&f->pc, "/proc/71/status", "Name:\tq\nVmRSS:\t 2097152 kB\n");
	machine_write(&f->pc, "/proc/71/stat",
	        "71 (q) S 1 71 71 0 -1 0 0 0 0 0 0 0 0 0 20 0 5 0 5555 0 0 0 0 0 0 0 0 0 0 0\n");
	assert_int_equal(vms_memory_promised(f->vms, two) / MIB, 8448 - 2048);
	one->state = VM_STOPPING; /* it takes no more */
	assert_int_equal(vms_memory_promised(f->vms, two), 0);
	two->journal.page_bytes = 2 * MIB; /* those are counted one by one */
	assert_int_equal(vms_memory_promised(f->vms, NULL), 0);
}

/* Whoever waits for its turn and is stopped has nothing to return, and the turn goes on to the next. */
static void stopped_while_waiting(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 10, 0), *two = plan_vm(f, "two", 10, 0),
	          *three = plan_vm(f, "three", 10, 0);

	write_pool(f, 100, 100, 0);
	vm_pages_take(one);
	vm_pages_take(two);
	vm_pages_take(three);
	expect("one claims");
	vm_pages_settled(two);
	vm_pages_return(two);
	assert_int_equal(two->pages.wait, PAGES_NO_WAIT);
	expect("");
	vm_pages_settled(one); /* its start has failed */
	expect("three claims");
	assert_int_equal(pool(f), 100);
}

/* One ends while another takes its own: neither loses what the other has written. */
static void return_beside_a_start(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 50, 50), *two = plan_vm(f, "two", 200, 200);

	write_pool(f, 50, 0, 0);
	one->journal.pages = 50;
	one->journal.pages_taken = true;
	one->pages.settled = true;
	vm_pages_take(two);
	vm_pages_return(one);
	assert_int_equal(one->pages.wait, PAGES_RETURN);
	spin(f, 2);
	expect("two claims; one has returned");
	assert_int_equal(pool(f), 200);
}

/* Whoever had its turn before has left the host too little for the next. */
static void host_keeps_its_floor(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 200, 100);

	write_pool(f, 100, 0, 0);
	machine_write(&f->pc, "/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 1458175 kB\n");
	vm_pages_take(one);
	expect("one: VM one: it wants 400 MiB in huge pages, and this PC can spare 399 MiB "
	       "(/proc/meminfo MemAvailable, less 1024 MiB for the host)");
	assert_int_equal(one->journal.pages, 0); /* none to give back */
	assert_int_equal(pool(f), 100);
}

/* A QEMU that SIGKILL does not end: the next one does not wait for it. */
static void unkillable(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 10, 0), *two = plan_vm(f, "two", 10, 0);
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	write_pool(f, 100, 100, 0);
	vm_pages_take(one);
	vm_pages_take(two);
	expect("one claims");
	one->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	free(take_ptr(one->starting));
	one->state = VM_STOPPING;
	vm_end(one, RUNG_KILL, NULL);
	for (int i = 0; i < 2; i++) {
		expect("");
		sd_event_source_set_time(one->timer, 0);
		sd_event_run(f->event, 10000);
	}
	expect("two claims");
	vm_timer(one, 0, NULL);
	close_fd(&one->pidfd);
	waitpid(pid, NULL, 0);
}

/* A stop that is asked for in the midst of a release takes nothing from the loop that the release waits for. */
static void stop_in_a_release(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 10, 0);

	one->state = VM_STOPPING;
	one->releasing = true;
	assert_non_null(vms_stop(f->vms, "one", false, NULL));
	assert_null(one->soon);
	vm_job_finish(take_ptr(one->stop_job), NULL);
}

/* An ordinary VM waits for nobody. */
static void without_pages(void **state)
{
	struct fixture *f = *state;
	struct vm *one = plan_vm(f, "one", 10, 0), *two = plan_vm(f, "two", 0, 0);

	write_pool(f, 100, 100, 0);
	two->journal.page_bytes = two->starting->plan.page_bytes = 0;
	vm_pages_take(one);
	vm_pages_take(two);
	expect("one claims; two claims");
	assert_int_equal(promised(f).pages, 10);
}

#define POOL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(one_after_the_other),
	        POOL_TEST(ordinary_memory_is_promised),
	        POOL_TEST(stopped_while_waiting),
	        POOL_TEST(return_beside_a_start),
	        POOL_TEST(host_keeps_its_floor),
	        POOL_TEST(unkillable),
	        POOL_TEST(stop_in_a_release),
	        POOL_TEST(without_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every recorded machine's verdict and plan, as golden text: tests/golden/machines/NAME.txt. A change of a check or of
 * the plan shows here as a difference for each PC that it concerns. PLAYTHROUGH_GOLDEN_UPDATE=1 writes them anew.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/boards.h"
#include "host-setup/capture.h"
#include "host-setup/check.h"
#include "host-setup/facts.h"
#include "host-setup/plan.h"
#include "setup_disk.h"

/* Names come from the pci.ids that is installed; golden texts know numbers. */
static void forget_names(struct host *host)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		struct pci_device *d = &host->pci.list[i];

		free(d->vendor_name);
		free(d->device_name);
		d->vendor_name = d->device_name = NULL;
	}
}

static void print_check(const struct check_report *report, FILE *out)
{
	fprintf(out, "verdict %s\n", check_verdict_name(check_exit_code(report)));
	for (size_t i = 0; i < report->n_results; i++) {
		const struct check_result *r = &report->results[i];

		fprintf(out, "%s: %s%s%s\n", r->id, check_status_name(r->status),
		        r->code ? " " : "", r->code ? r->code : "");
	}
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct check_gpu *gpu = &report->gpus[i];

		fprintf(out, "gpu %s %s: %s%s%s", pci_addr_format(gpu->device->addr).s,
		        pci_id(gpu->device).s, check_status_name(gpu->verdict),
		        gpu->boot_display ? ", boot display" : "",
		        gpu->in_place ? ", in place" : "");
		for (size_t n = 0; n < gpu->needs.n; n++)
			fprintf(out, "%s%s", n ? " " : ", with ", gpu->needs.list[n]);
		fputc('\n', out);
	}
}

/* The card a person would give away: the first that passes, else one with a warning. */
static const struct check_gpu *best_gpu(const struct check_report *report)
{
	const struct check_gpu *best = NULL;

	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct check_gpu *gpu = &report->gpus[i];

		if (gpu->boot_display || gpu->verdict == CHECK_FAIL)
			continue;
		if (!best || (best->verdict != CHECK_PASS && gpu->verdict == CHECK_PASS))
			best = gpu;
	}
	return best;
}

static void print_plan(const struct host *host, const struct check_report *report,
        const struct boot *boot, FILE *out)
{
	const struct check_gpu *gpu = best_gpu(report);
	struct plan_wishes wishes = {0};
	struct err err = {0};
	struct plan plan;

	if (gpu)
		plan_wishes_add(&wishes, PLAN_ROLE_GPU, gpu->device->addr, NULL, -1, -1, "--gpu");
	if (plan_make(host, boot, &wishes, &plan, &err) == 0) {
		cleanup_free char *conf = plan_bind_conf(&plan);
		char *rest = conf;

		fprintf(out, "plan:%s\n", strchrnul(plan.arguments, ' '));
		for (char *line; (line = strsep(&rest, "\n"));) {
			if (starts_with(line, "device "))
				fprintf(out, "%s\n", line);
		}
		plan_finish(&plan);
	} else {
		fprintf(out, "plan refused: %s %s\n", err.code, err.message);
	}
	plan_wishes_finish(&wishes);
}

/* What check and plan say of the PC below @root; caller frees. */
static char *judge(const struct root *root, const struct boot *boot)
{
	struct check_report report;
	struct facts facts = {0};
	struct host host;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(host_take(root, &host, NULL), 0);
	facts_take(root, &facts);
	forget_names(&host);
	check_run_with(&host, &facts, &report);
	print_check(&report, out);
	print_plan(&host, &report, boot, out);
	fclose(out);
	check_report_finish(&report);
	facts_finish(&facts);
	host_finish(&host);
	return text;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_machines(struct strv *out)
{
	DIR *dir = opendir("tests/machines");

	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		const char *dot = strrchr(e->d_name, '.');

		if (dot && streq(dot, ".machine"))
			strv_take(out, xstrndup(e->d_name, (size_t)(dot - e->d_name)));
	}
	closedir(dir);
	qsort(out->list, out->n, sizeof(*out->list), compare_names);
}

/* True when tests/golden/machines/@name.txt holds @text, which is written there first where that was asked for. */
static bool is_golden(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("/tests/golden/machines/%s.txt", name), *golden = NULL;
	struct root here;
	size_t size;

	assert_int_equal(root_open(&here, ".", NULL), 0);
	if (getenv("PLAYTHROUGH_GOLDEN_UPDATE"))
		assert_int_equal(root_write(&here, path, text, strlen(text), 0644, NULL), 0);
	golden = root_read_bytes(&here, path, &size);
	root_close(&here);
	return golden && streq(golden, text);
}

/* A verdict that sends people to apply holds only where there is a plan, for a person's choice too. */
static void expect_consistent(const char *name, const char *text)
{
	bool promised = starts_with(text, "verdict apply\n") ||
	                starts_with(text, "verdict ready\n") || strstr(text, "PT-HOST-05\n");

	if (promised && !strstr(text, "\nplan: "))
		fail_msg("%s: check says that it can be set up, plan refuses:\n%s", name, text);
}

/* A capture of the PC says the same of it, to the letter. */
static void expect_capture(
        const char *name, const struct machine *m, const struct boot *boot, const char *text)
{
	cleanup_free char *captured = NULL;
	struct machine copy;
	size_t n = 0;

	machine_open(&copy, NULL);
	assert_int_equal(capture_tree(&m->root, copy.folder, &n, NULL), 0);
	captured = judge(&copy.root, boot);
	machine_close(&copy);
	if (!streq(captured, text))
		fail_msg("%s: its capture says:\n%s", name, captured);
}

/* How plan is to boot these PCs: a Debian with GRUB, the same for all. */
static void open_boot(struct machine *disk, struct boot *boot)
{
	disk_open(disk);
	assert_int_equal(boot_take(&disk->root, boot, NULL), 0);
}

static void test_golden(void **state)
{
	struct strv names = {0};
	struct machine disk;
	struct boot boot;
	size_t differ = 0, known = 0;

	(void)state;
	open_boot(&disk, &boot);
	list_machines(&names);
	assert_true(names.n >= 30);
	strv_foreach (name, &names) {
		cleanup_free char *text = NULL;
		struct machine m;

		machine_open(&m, *name);
		text = judge(&m.root, &boot);
		machine_close(&m);
		known += strstr(text, "\nhost.board: pass\n") != NULL;
		expect_consistent(*name, text);
		if (is_golden(*name, text))
			continue;
		print_error(
		        "tests/golden/machines/%s.txt is not what is found:\n%s\n", *name, text);
		differ++;
	}
	strv_finish(&names);
	boot_finish(&boot);
	machine_close(&disk);
	assert_int_equal(differ, 0);
	assert_int_equal(known, n_boards); /* each row of the table is a machine */
}

static void test_captures(void **state)
{
	struct strv names = {0};
	struct machine disk;
	struct boot boot;

	(void)state;
	open_boot(&disk, &boot);
	list_machines(&names);
	strv_foreach (name, &names) {
		cleanup_free char *text = NULL;
		struct machine m;

		machine_open(&m, *name);
		text = judge(&m.root, &boot);
		expect_capture(*name, &m, &boot, text);
		machine_close(&m);
	}
	strv_finish(&names);
	boot_finish(&boot);
	machine_close(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_golden),
	        cmocka_unit_test(test_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk of which not everything is known is not started with; an image needs none of it. */
#include "vm/plan/plan.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct pci_device devices[] = {
        {.addr = {.bus = 4}, .class_code = 0x010802}, {.addr = {.bus = 1}, .class_code = 0x030000}};
static struct profile_disk raw = {.name = "c", .device = "/dev/disk/by-id/x"},
                           image = {.name = "c", .image = "/x.qcow2"};
static struct profile_pci nvme = {.address = {.bus = 4}}, gpu = {.address = {.bus = 1}};

static int look(struct profile_disk *disk, struct profile_pci *pci, bool partly, struct err *err)
{
	const struct host host = {.pci = {.list = devices, .n = 2}, .disks = {.partly = partly}};
	const struct profile profile = {
	        .disks = disk, .n_disks = disk ? 1 : 0, .pci = pci, .n_pci = pci ? 1 : 0};

	*err = (struct err){0};
	return plan_disks_known(&host, &profile, err);
}

static void what_is_not_known_is_refused(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(look(&raw, &gpu, false, &err), 0);
	assert_int_equal(look(&image, &gpu, true, &err), 0);
	assert_int_equal(look(NULL, NULL, true, &err), 0);
	assert_int_equal(look(&raw, NULL, true, &err), -EACCES);
	assert_true(err_is(&err, CODE_DISK_UNKNOWN));
	assert_non_null(strstr(err.message, "/dev/disk/by-id/x"));
	assert_int_equal(look(&image, &nvme, true, &err), -EACCES);
	assert_non_null(strstr(err.message, "0000:04:00.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_not_known_is_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

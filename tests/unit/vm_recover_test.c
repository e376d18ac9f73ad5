/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM that dies is started again so and so often, once from its last good snapshot, and never without end. */
#include "vm/plan/recover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* R: restarted, S: set back, G: given up. */
static void expect(unsigned count, bool from_snapshot, const char *way)
{
	const struct profile profile = {
	        .restart_count = count, .restart_from_snapshot = from_snapshot};
	struct recover_series series = {0};

	for (const char *step = way; *step; step++) {
		enum recover_next next = recover_next(&profile, &series, RECOVER_DIED);

		assert_int_equal(next, *step == 'R'   ? RECOVER_RESTART
		                       : *step == 'S' ? RECOVER_SET_BACK
		                       : *step == 'G' ? RECOVER_GIVE_UP
		                                      : RECOVER_NOTHING);
		series.tries++;
		series.set_back |= next == RECOVER_SET_BACK;
	}
}

static void it_comes_to_an_end(void **state)
{
	(void)state;
	expect(0, false, "NN");
	expect(0, true, "NN");
	expect(1, false, "RGG");
	expect(3, false, "RRRGG");
	expect(1, true, "RSGG");
	expect(2, true, "RRSGGG");
}

/* A card that another VM has, a link that is down: nothing that another disk would mend. */
static void a_refusal_sets_no_disk_back(void **state)
{
	const struct profile profile = {.restart_count = 2, .restart_from_snapshot = true};
	struct recover_series series = {.tries = 2};

	(void)state;
	assert_int_equal(recover_next(&profile, &series, RECOVER_REFUSED), RECOVER_RESTART);
	series.refused = 2;
	assert_int_equal(recover_next(&profile, &series, RECOVER_REFUSED), RECOVER_GIVE_UP);
	assert_int_equal(recover_next(&profile, &series, RECOVER_DIED), RECOVER_SET_BACK);
	assert_int_equal(recover_next(&profile, &series, RECOVER_ENDED), RECOVER_NOTHING);
}

static void disks_that_can_be_set_back(void **state)
{
	struct profile_disk disks[] = {
	        {.device = "/dev/x", .writable = true},
	        {.image = "/a", .writable = true},
	        {.image = "/b", .backing = "qcow2:/c"},
	        {.image = "/d", .backing = "qcow2:/e", .writable = true},
	};
	const struct profile profile = {.disks = disks, .n_disks = 4};

	(void)state;
	assert_int_equal(recover_disk(&profile, 0), 3);
	assert_int_equal(recover_disk(&profile, 4), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(it_comes_to_an_end),
	        cmocka_unit_test(a_refusal_sets_no_disk_back),
	        cmocka_unit_test(disks_that_can_be_set_back)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

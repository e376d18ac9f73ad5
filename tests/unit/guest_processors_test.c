/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test guest's processors: how they are grouped, from their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "processors.h"

static const struct {
	const char *places; /* "PACKAGE.DIE.CORE" of each */
	struct processors_shape shape;
	bool uneven;
} cases[] = {
        {"0.0.0", {1, 1, 1, 1, 1}, false},
        {"0.0.0 0.0.1", {2, 1, 1, 2, 1}, false},
        {"0.0.0 0.0.0 0.0.1 0.0.1", {4, 1, 1, 2, 2}, false},
        /* numbers with gaps, and cores that are numbered anew in each die */
        {"0.0.0 0.0.4 0.1.0 0.1.4", {4, 1, 2, 2, 1}, false},
        {"0.0.0 2.0.0 0.0.0 2.0.0", {4, 2, 1, 1, 2}, false},
        {"0.0.0 0.0.0 0.0.1", {3, 1, 1, 2, 2}, true},
        {"0.0.0 0.0.1 1.0.0", {3, 2, 1, 2, 1}, true},
        {"", {0, 0, 0, 0, 0}, false},
};

static size_t read_places(const char *text, struct processor_place *places)
{
	size_t n = 0;
	int length;

	while (sscanf(text, "%u.%u.%u%n", &places[n].package, &places[n].die, &places[n].core,
	               &length) == 3) {
		text += length;
		n++;
	}
	return n;
}

static void groups_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct processor_place places[16];
		struct processors_shape shape;
		size_t n = read_places(cases[i].places, places);

		assert_int_equal(processors_shape_of(places, n, &shape), !cases[i].uneven);
		assert_memory_equal(&shape, &cases[i].shape, sizeof shape);
	}
}

static void plan_is_read(void **state)
{
	struct processors_shape shape;

	(void)state;
	assert_true(processors_parse("8 1 1 4 2", &shape));
	assert_memory_equal(&shape, (&(struct processors_shape){8, 1, 1, 4, 2}), sizeof shape);
	assert_false(processors_parse("8 1 1 4", &shape));
	assert_false(processors_parse("8 1 1 4 2 1", &shape));
	assert_false(processors_parse("many", &shape));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(groups_are_counted),
	        cmocka_unit_test(plan_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reader of a backup tells is not believed either: it has heard a stranger. */
#include "backup/unpack.h"
#include "backup/unpack_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct backup_manifest told;
static size_t manifests, bytes;
static int pipes[2];

static int on_manifest(void *user, const struct backup_manifest *m, struct err *err)
{
	(void)user;
	(void)err;
	manifests += m->n == 1;
	return 0;
}

static int on_data(
        void *user, size_t item, uint64_t offset, const void *data, size_t n, struct err *err)
{
	(void)user;
	(void)data;
	(void)err;
	assert_true(item == 0 && offset + n <= 10);
	bytes += n;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	told = (struct backup_manifest){.name = "game"};
	manifests = bytes = 0;
	backup_item_make(&told, BACKUP_PROFILE, "/p/game.profile", "game.profile", NULL);
	told.items[0].size = told.items[0].data = 10;
	return pipe(pipes);
}

static int teardown(void **state)
{
	(void)state;
	close(pipes[0]);
	backup_manifest_finish(&told);
	return 0;
}

static void say(const void *data, size_t n)
{
	assert_int_equal(write(pipes[1], data, n), n);
}

static void say_frame(enum unpack_kind kind, uint32_t item, uint64_t offset, uint64_t length)
{
	const struct unpack_frame frame = {kind, item, offset, length};

	say(&frame, sizeof(frame));
}

static void say_manifest(void)
{
	say_frame(UNPACK_MANIFEST, 0, 0, 0);
	say(&told, sizeof(told));
	say(told.items, told.n * sizeof(*told.items));
}

static int hear(void)
{
	const struct unpack_events events = {on_manifest, on_data, NULL};
	struct err err = {0};
	int r;

	close(pipes[1]);
	r = unpack_hear(pipes[0], "x.tar", &events, &err);
	assert_true(
	        r == 0 || (starts_with(err.message, "x.tar: ") && err_is(&err, CODE_BACKUP_BAD)));
	return r;
}

static void hears_all(void **state)
{
	(void)state;
	say_manifest();
	say_frame(UNPACK_DATA, 0, 2, 8);
	say("12345678", 8);
	say_frame(UNPACK_END, 0, 0, 0);
	assert_int_equal(hear(), 0);
	assert_int_equal(manifests, 1);
	assert_int_equal(bytes, 8);
}

static void ends_early(void **state)
{
	(void)state;
	say_manifest();
	assert_int_equal(hear(), -EBADMSG);
}

static void data_without_manifest(void **state)
{
	(void)state;
	say_frame(UNPACK_DATA, 0, 0, 1);
	say("x", 1);
	assert_int_equal(hear(), -EBADMSG);
	assert_int_equal(bytes, 0);
}

static void data_beyond_the_end(void **state)
{
	(void)state;
	say_manifest();
	say_frame(UNPACK_DATA, 0, 3, 8);
	say("12345678", 8);
	assert_int_equal(hear(), -EBADMSG);
	assert_int_equal(bytes, 0);
}

static void data_far_away(void **state)
{
	(void)state;
	say_manifest();
	say_frame(UNPACK_DATA, 0, UINT64_MAX, 8);
	assert_int_equal(hear(), -EBADMSG);
}

static void data_of_nothing(void **state)
{
	(void)state;
	say_manifest();
	say_frame(UNPACK_DATA, 7, 0, 8);
	assert_int_equal(hear(), -EBADMSG);
}

static void data_backwards(void **state)
{
	(void)state;
	say_manifest();
	say_frame(UNPACK_DATA, 0, 0, 4);
	say("1234", 4);
	say_frame(UNPACK_DATA, 0, 2, 4);
	say("1234", 4);
	assert_int_equal(hear(), -EBADMSG);
	assert_int_equal(bytes, 4);
}

static void far_too_many_items(void **state)
{
	(void)state;
	told.n = SIZE_MAX / sizeof(*told.items);
	say_frame(UNPACK_MANIFEST, 0, 0, 0);
	say(&told, sizeof(told));
	told.n = 1;
	assert_int_equal(hear(), -EBADMSG);
}

static void names_without_an_end(void **state)
{
	(void)state;
	memset(told.items[0].name, 'x', sizeof(told.items[0].name));
	say_manifest();
	assert_int_equal(hear(), -EBADMSG);
	assert_int_equal(manifests, 0);
}

static void words_of_its_own(void **state)
{
	(void)state;
	say_frame((enum unpack_kind)77, 0, 0, 0);
	assert_int_equal(hear(), -EBADMSG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(hears_all),
	        TEST(ends_early),
	        TEST(data_without_manifest),
	        TEST(data_beyond_the_end),
	        TEST(data_far_away),
	        TEST(data_of_nothing),
	        TEST(data_backwards),
	        TEST(far_too_many_items),
	        TEST(names_without_an_end),
	        TEST(words_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

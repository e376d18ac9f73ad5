/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new file has its name when it is whole, or never; what was left goes. */
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct new_file_codes codes = {CODE_IMAGE_EXISTS, CODE_IMAGE_SPACE, CODE_NONE};

struct fixture {
	char folder[32], path[64];
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/pt-place-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/a.qcow2", f->folder);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *remove = xasprintf("rm -r %s", f->folder);

	assert_int_equal(system(remove), 0);
	free(f);
	return 0;
}

static int open_folder(const char *path, int *fd, struct err *err)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? err_errno(err, -errno, "%s", path) : 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void expect_file(const char *path, const char *text)
{
	char found[32] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(found, 1, sizeof(found) - 1, file), strlen(text));
	fclose(file);
	assert_string_equal(found, text);
}

static void begin(struct new_file *place, const char *path, bool replace)
{
	struct err err = {0};

	assert_int_equal(new_file_begin(place, path, replace, open_folder, &codes, &err), 0);
	assert_int_equal(new_file_make(place, geteuid(), getegid(), &err), 0);
	assert_int_equal(write(place->fd, "new", 3), 3);
}

static void it_has_its_name_at_the_end(void **state)
{
	const struct fixture *f = *state;
	struct new_file place;
	struct stat st;

	begin(&place, f->path, false);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(new_file_publish(&place, 0600, false, NULL), 0);
	new_file_finish(&place);
	expect_file(f->path, "new");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void nothing_is_overwritten(void **state)
{
	const struct fixture *f = *state;
	struct new_file place;
	struct err err = {0};

	begin(&place, f->path, false);
	write_file(f->path, "others");
	assert_int_equal(new_file_publish(&place, 0600, false, &err), -EEXIST);
	new_file_finish(&place);
	expect_file(f->path, "others");
	assert_int_equal(
	        new_file_begin(&place, f->path, false, open_folder, &codes, &err), -EEXIST);
	assert_string_equal(err.code, "PT-IMAGE-04");
	new_file_finish(&place);
	/* Where that is wanted, with the mode it had. */
	assert_int_equal(chmod(f->path, 0640), 0);
	begin(&place, f->path, true);
	assert_int_equal(new_file_publish(&place, 0600, true, &err), 0);
	new_file_finish(&place);
	expect_file(f->path, "new");
}

static void what_was_left_goes(void **state)
{
	const struct fixture *f = *state;
	cleanup_free char *left = xasprintf("%s/.b.img.playthrough-0123456789abcdef", f->folder);
	cleanup_free char *other = xasprintf("%s/.b.img.playthrough-x", f->folder);
	cleanup_free char *mine = NULL;
	struct new_file first, second;

	write_file(left, "x");
	write_file(other, "x");
	begin(&first, f->path, false);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(access(other, F_OK), 0);
	/* One that is being written stays. */
	mine = xasprintf("%s/%s", f->folder, first.hidden);
	begin(&second, f->path, false);
	assert_int_equal(access(mine, F_OK), 0);
	new_file_finish(&second);
	new_file_finish(&first);
	assert_int_equal(access(mine, F_OK), -1);
}

/* Whatever name it has by then; but what another has put in its place stays. */
static void it_is_taken_back(void **state)
{
	const struct fixture *f = *state;
	struct new_file file;

	begin(&file, f->path, false);
	assert_int_equal(new_file_publish(&file, 0644, false, NULL), 0);
	new_file_undo(&file);
	assert_int_equal(access(f->path, F_OK), -1);
	new_file_finish(&file);
	begin(&file, f->path, false);
	assert_int_equal(new_file_publish(&file, 0644, false, NULL), 0);
	assert_int_equal(unlink(f->path), 0);
	write_file(f->path, "others");
	new_file_undo(&file);
	new_file_finish(&file);
	expect_file(f->path, "others");
}

static void room(void **state)
{
	const struct fixture *f = *state;
	struct new_file place;
	struct err err = {0};

	begin(&place, f->path, false);
	assert_int_equal(new_file_room(&place, 0, &err), 0);
	assert_int_equal(new_file_room(&place, 1ull << 60, &err), -ENOSPC);
	assert_string_equal(err.code, "PT-IMAGE-03");
	new_file_finish(&place);
}

/* What a link leads to would stay, and its mode is everybody's. */
static void a_link_is_not_replaced(void **state)
{
	const struct fixture *f = *state;
	cleanup_free char *real = xasprintf("%s/real", f->folder);
	struct new_file place;
	struct err err = {0};
	struct stat st;

	write_file(real, "old");
	assert_int_equal(symlink("real", f->path), 0);
	begin(&place, f->path, true);
	assert_int_equal(new_file_publish(&place, 0600, true, &err), -ELOOP);
	new_file_finish(&place);
	expect_file(real, "old");
	assert_int_equal(lstat(f->path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void paths_that_name_no_file(void **state)
{
	static const char *const paths[] = {"a", "/", "/tmp/", "/tmp/..", "/tmp/."};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct new_file place;

		assert_int_equal(new_file_begin(&place, paths[i], false, open_folder, &codes, NULL),
		        -EINVAL);
		new_file_finish(&place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(it_has_its_name_at_the_end, setup, teardown),
	        cmocka_unit_test_setup_teardown(nothing_is_overwritten, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_was_left_goes, setup, teardown),
	        cmocka_unit_test_setup_teardown(room, setup, teardown),
	        cmocka_unit_test_setup_teardown(it_is_taken_back, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_link_is_not_replaced, setup, teardown),
	        cmocka_unit_test(paths_that_name_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a restore that was killed has left goes, and nothing else: whatever has its path meanwhile stays. */
#include "backup/journal.h"
#include "base/util.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A restore that had put its one file in place, and no profile yet. */
struct left {
	char folder[64], file[96], journal[96], profile[96];
};

static void put(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void leave(struct left *left)
{
	char *paths[] = {left->file, NULL}, *folders[] = {left->folder, NULL};
	const struct strv files = {.list = paths, .n = 1}, made = {.list = folders, .n = 1};
	struct new_file target = {.path = left->file, .folder = -1};
	const struct journal journal = {left->journal, left->profile, &files, &target, &made};

	snprintf(left->folder, sizeof(left->folder), "/tmp/playthrough-journal-XXXXXX");
	assert_non_null(mkdtemp(left->folder));
	snprintf(left->file, sizeof(left->file), "%s/disk.img", left->folder);
	snprintf(left->profile, sizeof(left->profile), "%s/game.profile", left->folder);
	snprintf(left->journal, sizeof(left->journal), "%s.journal", left->folder);
	put(left->file, "an image");
	target.fd = open(left->file, O_RDWR | O_CLOEXEC);
	assert_true(target.fd >= 0);
	assert_int_equal(journal_write(&journal, NULL), 0);
	close(target.fd);
}

static void undo(const struct left *left)
{
	assert_int_equal(journal_undo(left->journal, NULL), 0);
	assert_false(is_there(left->journal));
}

static void remove_all(const struct left *left)
{
	unlink(left->file);
	unlink(left->profile);
	assert_int_equal(rmdir(left->folder), 0);
}

static void what_was_left_goes(void **state)
{
	struct left left;

	(void)state;
	leave(&left);
	undo(&left);
	assert_false(is_there(left.folder));
}

/* One that somebody has put there since, even where it has got the same inode. */
static void another_file_stays(void **state)
{
	struct left left;

	(void)state;
	leave(&left);
	unlink(left.file);
	usleep(20000); /* beyond a tick of the file system's clock */
	put(left.file, "another");
	undo(&left);
	assert_true(is_there(left.file));
	remove_all(&left);
}

static void a_link_stays(void **state)
{
	char beside[112];
	struct left left;

	(void)state;
	leave(&left);
	snprintf(beside, sizeof(beside), "%s.kept", left.file);
	assert_int_equal(rename(left.file, beside), 0);
	assert_int_equal(symlink(beside, left.file), 0);
	undo(&left);
	assert_true(is_there(beside));
	unlink(beside);
	remove_all(&left);
}

static void a_restore_that_was_done_stays(void **state)
{
	struct left left;

	(void)state;
	leave(&left);
	put(left.profile, "[vm]\n");
	undo(&left);
	assert_true(is_there(left.file));
	remove_all(&left);
}

/* The number of a device is another disk's after a boot: no line depends on one, and lines of the old form remove nothing. */
static void no_device_is_told_by_its_number(void **state)
{
	cleanup_free char *old = NULL;
	struct stat st;
	struct left left;

	(void)state;
	leave(&left);
	assert_int_equal(stat(left.file, &st), 0);
	old = xasprintf("profile %s\nfile %llu %llu %s\n", left.profile,
	        (unsigned long long)st.st_dev, (unsigned long long)st.st_ino, left.file);
	put(left.journal, old);
	undo(&left);
	assert_true(is_there(left.file));
	remove_all(&left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_left_goes),
	        cmocka_unit_test(another_file_stays),
	        cmocka_unit_test(a_link_stays),
	        cmocka_unit_test(a_restore_that_was_done_stays),
	        cmocka_unit_test(no_device_is_told_by_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

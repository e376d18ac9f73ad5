/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of what a running QEMU has filled: it gets its name or goes, and nobody is asked for a passphrase. */
#include "image/act.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HIDDEN ".a.qcow2.playthrough-0123456789abcdef"

static char folder[] = "/tmp/pt-act-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int open_folder(const char *path, int *fd, struct err *err)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? err_errno(err, -errno, "%s", path) : 0;
}

static int open_secret(const char *path, int *fd, struct err *err)
{
	(void)fd;
	return err_set(err, -ENOENT, "%s was asked for", path);
}

static int make(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static bool is_there(const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);

	return access(path, F_OK) == 0;
}

static json_t *end(enum image_verb verb, struct err *err)
{
	const struct image_env env = {.qemu_img = "/bin/true",
	        .helper = "/no/helper",
	        .cancel = -1,
	        .open_folder = open_folder,
	        .open_secret = open_secret};
	struct image_request request = {.verb = verb,
	        .target = xasprintf("%s/a.qcow2", folder),
	        .hidden = xstrdup(HIDDEN),
	        .secret_file = xstrdup("/no/passphrase"),
	        .secret = -1,
	        .fd = make(HIDDEN, "half")};
	json_t *json;

	assert_int_equal(flock(request.fd, LOCK_EX | LOCK_NB), 0);
	json = image_act(&env, &request, err);
	image_request_finish(&request);
	return json;
}

static void expect_theirs(void)
{
	cleanup_free char *path = xasprintf("%s/a.qcow2", folder);
	cleanup_close int fd = open(path, O_RDONLY);
	char text[8] = "";

	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_string_equal(text, "theirs");
	unlink(path);
}

static void a_name_that_is_taken_stays(void **state)
{
	struct err err = {0};

	(void)state;
	close(make("a.qcow2", "theirs"));
	assert_null(end(IMAGE_PUBLISH, &err));
	assert_int_equal(err.number, -EEXIST);
	assert_true(err_is(&err, CODE_IMAGE_EXISTS));
	assert_false(is_there(HIDDEN));
	expect_theirs();
}

static void what_is_discarded_goes(void **state)
{
	struct err err = {0};
	json_t *json;

	(void)state;
	close(make("a.qcow2", "theirs"));
	json = end(IMAGE_DISCARD, &err);
	assert_non_null(json);
	json_decref(json);
	assert_false(is_there(HIDDEN));
	expect_theirs();
}

/* It has its name: neither a cancel nor a qemu-img that cannot be run makes that undone. */
static void what_is_done_is_told_as_done(void **state)
{
	cleanup_free char *path = xasprintf("%s/a.qcow2", folder);
	struct err err = {0};
	json_t *json;

	(void)state;
	json = end(IMAGE_PUBLISH, &err);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "file")), path);
	json_decref(json);
	assert_true(is_there("a.qcow2"));
	unlink(path);
}

static void an_act_that_needs_it_asks(void **state)
{
	const struct image_env env = {.qemu_img = "/bin/true",
	        .cancel = -1,
	        .open_folder = open_folder,
	        .open_secret = open_secret};
	struct image_request request = {.verb = IMAGE_CREATE,
	        .encrypt = true,
	        .target = xasprintf("%s/a.qcow2", folder),
	        .secret_file = xstrdup("/no/passphrase"),
	        .secret = -1,
	        .fd = -1};
	struct err err = {0};

	(void)state;
	assert_null(image_act(&env, &request, &err));
	assert_string_equal(err.message, "/no/passphrase was asked for");
	image_request_finish(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_name_that_is_taken_stays),
	        cmocka_unit_test(what_is_discarded_goes),
	        cmocka_unit_test(what_is_done_is_told_as_done),
	        cmocka_unit_test(an_act_that_needs_it_asks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

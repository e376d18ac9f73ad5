/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where files are found: the environment counts in session mode alone, and a foreign folder is refused. */
#include "bus/paths.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int point_elsewhere(void **state)
{
	(void)state;
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	setenv("XDG_CONFIG_HOME", "/home/u/.config", 1);
	setenv("PLAYTHROUGH_DATA_DIR", "/build", 1);
	setenv("PLAYTHROUGH_LIBEXEC_DIR", "/build/bin", 1);
	unsetenv("PLAYTHROUGH_PROFILE_PATH");
	return 0;
}

static void expect_folders(const struct paths *paths, const char *expected)
{
	cleanup_free char *all = strv_join(&paths->profile_folders, " ");

	assert_string_equal(all, expected);
}

static void root_ignores_the_environment(void **state)
{
	cleanup(paths_finish) struct paths paths;

	(void)state;
	setenv("PLAYTHROUGH_PROFILE_PATH", "/evil", 1);
	paths_init(&paths, false, NULL);
	assert_string_equal(paths.run_dir, "/run/playthrough");
	assert_string_equal(paths.data_dir, DATADIR);
	assert_string_equal(paths.libexec_dir, LIBEXECDIR);
	expect_folders(&paths, "/etc/playthrough/profiles " DATADIR "/profiles");
}

static void a_session_follows_it(void **state)
{
	cleanup(paths_finish) struct paths paths;

	(void)state;
	paths_init(&paths, true, NULL);
	assert_string_equal(paths.run_dir, "/run/user/7/playthrough");
	assert_string_equal(paths.socket, "/run/user/7/playthrough/bus");
	assert_string_equal(paths.data_dir, "/build");
	assert_string_equal(paths.libexec_dir, "/build/bin");
	expect_folders(&paths,
	        "/home/u/.config/playthrough/profiles /etc/playthrough/profiles /build/profiles");
}

static void a_profile_path_replaces_all_folders(void **state)
{
	cleanup(paths_finish) struct paths paths;

	(void)state;
	setenv("PLAYTHROUGH_PROFILE_PATH", "/a::/b", 1);
	paths_init(&paths, true, NULL);
	expect_folders(&paths, "/a /b");
}

static void only_absolute_paths_count(void **state)
{
	cleanup(paths_finish) struct paths paths;
	cleanup_free char *expected = xasprintf("/tmp/playthrough-%u", getuid());

	(void)state;
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	setenv("PLAYTHROUGH_DATA_DIR", "relative", 1);
	paths_init(&paths, true, NULL);
	assert_string_equal(paths.run_dir, expected);
	assert_string_equal(paths.data_dir, DATADIR);
}

/* Tries a run directory that is there with @mode already. */
static int try_folder(const char *folder, mode_t mode, bool link, struct err *err)
{
	cleanup_free char *run = xasprintf("%s/run", folder);
	cleanup(paths_finish) struct paths paths;

	rmdir(run);
	unlink(run);
	if (link)
		assert_int_equal(symlink("/", run), 0);
	else if (mode)
		assert_int_equal(mkdir(run, mode), 0);
	paths_init(&paths, true, run);
	return paths_make_run_dir(&paths, err);
}

static void a_run_directory_open_to_others_is_refused(void **state)
{
	char folder[] = "/tmp/bus-paths-XXXXXX";
	cleanup_free char *run = NULL;
	struct err err = {0};

	(void)state;
	umask(0);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(try_folder(folder, 0, false, &err), 0);
	assert_int_equal(try_folder(folder, 0700, false, &err), 0);
	assert_int_equal(try_folder(folder, 0755, false, &err), -EPERM);
	assert_string_equal(err.code, "PT-SESSION-01");
	assert_true(err.hint[0]);
	assert_int_equal(try_folder(folder, 0, true, &err), -EPERM);
	run = xasprintf("%s/run", folder);
	unlink(run);
	rmdir(folder);
}

static void a_parent_that_is_missing_is_told(void **state)
{
	cleanup(paths_finish) struct paths paths;
	struct err err = {0};

	(void)state;
	paths_init(&paths, true, "/nonexistent/run");
	assert_int_equal(paths_make_run_dir(&paths, &err), -ENOENT);
	assert_non_null(strstr(err.message, "/nonexistent/run"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(root_ignores_the_environment, point_elsewhere),
	        cmocka_unit_test_setup(a_session_follows_it, point_elsewhere),
	        cmocka_unit_test_setup(a_profile_path_replaces_all_folders, point_elsewhere),
	        cmocka_unit_test_setup(only_absolute_paths_count, point_elsewhere),
	        cmocka_unit_test(a_run_directory_open_to_others_is_refused),
	        cmocka_unit_test(a_parent_that_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fio's arguments, and its answers: good ones, broken ones, and those of disks with a fault. */
#include "qualify/fio.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct qualify_wish quick = {
        .engine = "libaio", .path = "/proc/self/fd/3", .quick = true};

static void test_engine(void **state)
{
	struct err err = {0};

	(void)state;
	assert_string_equal(
	        qualify_fio_engine(
	                "Available IO engines:\n\tpsync\n\tio_uring\n\tlibaio\n", true, &err),
	        "io_uring");
	assert_string_equal(qualify_fio_engine("\tio_uring\n\tlibaio\n", false, &err), "libaio");
	assert_string_equal(
	        qualify_fio_engine("\tio_uring_cmd\n\tposixaio\n", true, &err), "posixaio");
	assert_null(qualify_fio_engine("\tpsync\n", true, &err));
	assert_true(err_is(&err, CODE_DISK_FIO));
}

static unsigned count(const struct strv *argv, const char *start)
{
	unsigned n = 0;

	strv_foreach (arg, argv)
		n += starts_with(*arg, start);
	return n;
}

/* Nothing that could write is in what only reads. */
static void test_read_only(void **state)
{
	struct strv argv = {0};

	(void)state;
	qualify_fio_args(&quick, &argv);
	assert_true(strv_has(&argv, "--readonly"));
	assert_true(strv_has(&argv, "--direct=1"));
	assert_true(strv_has(&argv, "--allow_file_create=0"));
	assert_true(strv_has(&argv, "--filename=/proc/self/fd/3"));
	assert_true(strv_has(&argv, "--ioengine=libaio"));
	assert_int_equal(
	        count(&argv, "--rw="), count(&argv, "--rw=read") + count(&argv, "--rw=randread"));
	assert_int_equal(count(&argv, "--rw="), count(&argv, "--runtime="));
	assert_int_equal(count(&argv, "--size="), 0);
	strv_finish(&argv);
}

static void test_writes(void **state)
{
	struct qualify_wish wish = quick;
	struct strv argv = {0};

	(void)state;
	wish.write = true;
	wish.size = 1 << 28;
	qualify_fio_args(&wish, &argv);
	assert_false(strv_has(&argv, "--readonly"));
	assert_true(strv_has(&argv, "--size=268435456"));
	assert_int_equal(count(&argv, "--rw=write"), 3);
	assert_int_equal(count(&argv, "--rw=randwrite"), 3);
	strv_finish(&argv);
}

/* About a minute, and a quarter of it; and what is said to go on is what goes on. */
static void test_time(void **state)
{
	struct qualify_wish wish = quick;
	struct strv argv = {0};

	(void)state;
	assert_in_range(qualify_fio_args(&wish, &argv), 10, 20);
	assert_int_equal(qualify_fio_load_at(&wish, 0), QUALIFY_RANDOM);
	assert_int_equal(qualify_fio_load_at(&wish, 8), QUALIFY_DEEP);
	wish.quick = false;
	assert_in_range(qualify_fio_args(&wish, &argv), 40, 60);
	assert_int_equal(qualify_fio_load_at(&wish, 1000), QUALIFY_RANDOM);
	wish.write = true;
	assert_int_equal(qualify_fio_load_at(&wish, 2), QUALIFY_WRITE);
	assert_true(count(&argv, "--name=") < 2 * QUALIFY_SLICES_MAX);
	strv_finish(&argv);
}

static int read_text(const char *text, struct qualify_measured *measured, struct err *err)
{
	*measured = (struct qualify_measured){0};
	*err = (struct err){0};
	return qualify_fio_read(text, strlen(text), measured, err);
}

#define LATENCY(max, bins)     "\"lat_ns\": {\"max\": " max ", \"bins\": {" bins "}}"
#define JOB(name, error, rest) "{\"jobname\": \"" name "\", \"error\": " error ", " rest "}"
#define READ(ios, bytes, latency)                                                                 \
	"\"read\": {\"total_ios\": " ios ", \"io_bytes\": " bytes ", \"runtime\": 1000, " latency \
	"}"
#define DOCUMENT(jobs) "{\"fio version\": \"fio-3.33\", \"jobs\": [" jobs "]}\n"

static void test_percentiles(void **state)
{
	struct qualify_measured m;
	struct err err;

	(void)state;
	assert_int_equal(
	        read_text(
	                "note: something first\n" DOCUMENT(JOB(
	                        "wake-0", "0", "\"read\": {}") "," JOB("random-0", "0",
	                        READ("600", "2457600",
	                                LATENCY("9000",
	                                        "\"2000\": 10, \"100\": 590"))) "," JOB("random-1",
	                        "0",
	                        READ("400", "1638400",
	                                LATENCY("70000",
	                                        "\"300\": 395, \"70000\": 5")))) "and more after "
	                                                                         "it",
	                &m, &err),
	        0);
	assert_int_equal(m.n_slices, 2);
	assert_int_equal(m.loads[QUALIFY_RANDOM].ops, 1000);
	assert_int_equal(m.loads[QUALIFY_RANDOM].p50_ns, 100);
	assert_int_equal(m.loads[QUALIFY_RANDOM].p90_ns, 300);
	assert_int_equal(m.loads[QUALIFY_RANDOM].p99_ns, 2000);
	assert_int_equal(m.loads[QUALIFY_RANDOM].p999_ns, 70000);
	assert_int_equal(m.loads[QUALIFY_RANDOM].p9999_ns, 0); /* there are too few */
	assert_int_equal(m.loads[QUALIFY_RANDOM].max_ns, 70000);
	assert_int_equal(m.slices[0].p99_ns, 2000);
	assert_int_equal((int)qualify_iops(&m.loads[QUALIFY_RANDOM]), 500);
	assert_int_equal((int)qualify_slice_iops(&m.slices[0]), 600);
}

static void test_fill(void **state)
{
	struct qualify_measured m;
	struct err err;

	(void)state;
	assert_int_equal(
	        read_text(DOCUMENT(JOB("fill-0", "0", "\"write\": {\"io_bytes\": 67108864}")), &m,
	                &err),
	        0);
	assert_int_equal(m.filled, 67108864);
	assert_int_equal(m.n_slices, 0);
}

/* A fault of the disk is a result; one of ours or of fio's is an error. */
static void test_faults(void **state)
{
	struct qualify_measured m;
	struct err err;

	(void)state;
	assert_int_equal(read_text(DOCUMENT(JOB("random-0", "5", READ("0", "0", LATENCY("0", "")))),
	                         &m, &err),
	        0);
	assert_int_equal(m.io_error, EIO);
	assert_int_equal(m.n_slices, 0);
	assert_int_equal(
	        read_text(DOCUMENT(JOB("random-0", "13", READ("0", "0", LATENCY("0", "")))), &m,
	                &err),
	        -EACCES);
	assert_non_null(strstr(err.message, strerror(EACCES)));
}

static void test_garbage(void **state)
{
	static const char *const texts[] = {"", "{", "{}", "[]", "\n{\"jobs\": 7}", "no JSON\n",
	        DOCUMENT(""), DOCUMENT("7"), DOCUMENT("{\"jobname\": 5, \"error\": 0}"),
	        DOCUMENT(JOB("random-0", "-1", READ("1", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("random-0", "99999999", READ("1", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("other-0", "0", READ("1", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("random", "0", READ("1", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("random-0", "0", READ("-1", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("random-0", "0", READ("1.5", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("random-0", "0", READ("9223372036854775807", "1", LATENCY("1", "")))),
	        DOCUMENT(JOB("random-0", "0", READ("1", "1", LATENCY("1", "\"x\": 1")))),
	        DOCUMENT(JOB("random-0", "0", READ("1", "1", LATENCY("1", "\"1\": -1")))),
	        DOCUMENT(JOB("random-0", "0",
	                READ("1", "1", LATENCY("1", "\"1\": 9223372036854775807")))),
	        DOCUMENT(JOB("fill-0", "0", "\"write\": {}"))};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct qualify_measured m;
		struct err err;

		if (read_text(texts[i], &m, &err) != -EBADMSG || !err.message[0] ||
		        !err_is(&err, CODE_DISK_FIO))
			fail_msg("%s", texts[i]);
	}
}

static void test_too_many(void **state)
{
	struct strv jobs = {0};
	cleanup_free char *text = NULL;
	struct qualify_measured m;
	struct err err;

	(void)state;
	strv_add(&jobs, "{\"jobs\": [" JOB("wake-0", "0", "\"read\": {}"));
	for (unsigned i = 0; i <= QUALIFY_SLICES_MAX; i++)
		strv_addf(&jobs, "," JOB("deep-%u", "0", READ("1", "1", LATENCY("1", "\"1\": 1"))),
		        i);
	strv_add(&jobs, "]}");
	text = strv_join(&jobs, "");
	assert_int_equal(read_text(text, &m, &err), -EBADMSG);
	assert_int_equal(m.n_slices, QUALIFY_SLICES_MAX);
	strv_finish(&jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_engine),
	        cmocka_unit_test(test_read_only),
	        cmocka_unit_test(test_writes),
	        cmocka_unit_test(test_time),
	        cmocka_unit_test(test_percentiles),
	        cmocka_unit_test(test_fill),
	        cmocka_unit_test(test_faults),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/certificate.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

struct bed {
	char top[32];
	char *folder;
};

static int make_bed(void **state)
{
	struct bed *bed = xcalloc(1, sizeof(*bed));

	strcpy(bed->top, "/tmp/pt-cert-XXXXXX");
	assert_non_null(mkdtemp(bed->top));
	bed->folder = xasprintf("%s/state/console", bed->top);
	*state = bed;
	return 0;
}

static int drop_bed(void **state)
{
	struct bed *bed = *state;
	cleanup_free char *command = xasprintf("rm -r %s", bed->top);

	assert_int_equal(system(command), 0);
	free(bed->folder);
	free(bed);
	return 0;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void spoil(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_made_once(void **state)
{
	struct bed *bed = *state;
	struct certificate first, again;
	struct err err = {0};

	assert_int_equal(certificate_open(&first, bed->folder, &err), 0);
	assert_int_equal(mode_of(first.key), 0600);
	assert_int_equal(mode_of(first.certificate), 0644);
	assert_int_equal(certificate_open(&again, bed->folder, &err), 0);
	assert_memory_equal(first.fingerprint, again.fingerprint, CERTIFICATE_FINGERPRINT);
	certificate_finish(&again);
	/* Cut off between both: the key stays. */
	assert_int_equal(unlink(first.certificate), 0);
	assert_int_equal(certificate_open(&again, bed->folder, &err), 0);
	assert_memory_not_equal(first.fingerprint, again.fingerprint, CERTIFICATE_FINGERPRINT);
	certificate_finish(&again);
	certificate_finish(&first);
}

static void test_what_it_says(void **state)
{
	struct bed *bed = *state;
	struct certificate c;
	struct err err = {0};
	int days, seconds;
	char line[256];
	X509 *x;
	FILE *f;

	assert_int_equal(certificate_open(&c, bed->folder, &err), 0);
	f = fopen(c.certificate, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "subject=CN=Playthrough\n");
	x = PEM_read_X509(f, NULL, NULL, NULL);
	assert_non_null(x);
	fclose(f);
	assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)), 1);
	assert_in_range(days, 3600, 3650);
	assert_true(X509_cmp_current_time(X509_get0_notBefore(x)) < 0);
	assert_int_equal(X509_verify(x, X509_get0_pubkey(x)), 1);
	X509_free(x);
	certificate_finish(&c);
}

static void test_no_good(void **state)
{
	struct bed *bed = *state;
	cleanup_free char *other = xasprintf("%s/other", bed->top), *key = NULL;
	struct certificate c, d;
	struct err err = {0};

	assert_int_equal(certificate_open(&c, bed->folder, &err), 0);
	assert_int_equal(certificate_open(&d, other, &err), 0);
	assert_int_equal(rename(d.key, c.key), 0);
	certificate_finish(&d);
	assert_true(certificate_open(&d, bed->folder, &err) < 0);
	assert_true(err_is(&err, CODE_CONSOLE_CERTIFICATE) && err.hint[0]);
	assert_null(d.certificate);
	spoil(c.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_true(certificate_open(&d, bed->folder, &err) < 0);
	spoil(c.key, "");
	assert_true(certificate_open(&d, bed->folder, &err) < 0);
	assert_int_equal(mode_of(c.key), 0600);
	certificate_finish(&c);
	assert_true(certificate_open(&d, "/proc/none", &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_made_once, make_bed, drop_bed),
	        cmocka_unit_test_setup_teardown(test_what_it_says, make_bed, drop_bed),
	        cmocka_unit_test_setup_teardown(test_no_good, make_bed, drop_bed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disk qualify: whether a disk is good for games. Asks no daemon. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "cli_disk_qualify_fio.h"
#include "cli_disk_qualify_target.h"
#include "cli_picture.h"
#include "qualify/chart.h"
#include "qualify/fio.h"
#include "qualify/json.h"
#include "qualify/svg.h"

#include <errno.h>
#include <langinfo.h>
#include <unistd.h>

#define REGION       (UINT64_C(4) << 30) /* of a disk, that is written */
#define FILE_REGION  (UINT64_C(1) << 30) /* in a folder */
#define QUICK_REGION (UINT64_C(256) << 20)
#define REGION_LEAST (UINT64_C(16) << 20)

struct test {
	struct target target;
	struct qualify_wish wish;
	struct fio_rights rights;
	struct qualify_measured measured;
	struct qualify_opinion opinion;
	bool fills;
	unsigned seconds;
};

/* --- asked for by name and confirmed --- */

static int not_confirmed(const char *name, struct err *err)
{
	err_set(err, -ECANCELED, _("writing to %s was not confirmed"), name);
	err_hint(err, _("type the name when asked, or give --confirm %s"), name);
	err_code(err, CODE_DISK_CONFIRM);
	return -ECANCELED;
}

/* What a person has to type: a disk's serial number is on its label. */
static const char *name_to_confirm(const struct target *t)
{
	return t->is_disk && t->serial ? t->serial : t->path;
}

static void tell_loss(const struct target *t, const char *name)
{
	if (t->is_disk)
		fprintf(stderr, _("%s, %s: its first 4 GiB are written over.\n"), t->title,
		        t->below);
	else
		fprintf(stderr,
		        _("%s: a file of at most 1 GiB is written in it, and is gone "
		          "afterwards.\n"),
		        t->title);
	fprintf(stderr, _("Type %s to go on: "), name);
	fflush(stderr);
}

static int confirm(const struct cli *cli, const struct target *t, struct err *err)
{
	const char *name = name_to_confirm(t);
	cleanup_free char *line = NULL, *harmless = text_harmless(name, false);
	size_t room = 0;

	if (cli->confirm)
		return streq(cli->confirm, name) ? 0 : not_confirmed(harmless, err);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return not_confirmed(harmless, err);
	tell_loss(t, harmless);
	if (getline(&line, &room, stdin) < 0 || !streq(strip(line), name))
		return not_confirmed(harmless, err);
	return 0;
}

/* --- the test --- */

static void tick(void *arg, double seconds)
{
	const struct test *test = arg;
	const char *what = test->fills
	                           ? _("writing what is to be read")
	                           : qualify_load_title(qualify_fio_load_at(&test->wish, seconds));

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	fprintf(stderr, _("%s: %.0f of about %u s"), what, seconds, test->seconds);
	fflush(stderr);
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}

static int failed(const struct fio_answer *answer, struct err *err)
{
	err_set(err, -EIO, _("fio ended with status %d%s%s"), answer->status,
	        *answer->said ? ": " : "", answer->said);
	err_hint(err, _("install Debian's package fio, or see what it says of the disk"));
	err_code(err, CODE_DISK_FIO);
	return -EIO;
}

/* Where the disk has a fault, fio ends with a status, and its answer tells. */
static int run_fio(struct test *test, const struct strv *args, struct err *err)
{
	cleanup(fio_answer_finish) struct fio_answer answer = {0};
	const struct fio_run run = {
	        .args = args,
	        .fd = test->target.fd,
	        .rights = &test->rights,
	        .seconds = test->seconds,
	        .tick = tick,
	        .arg = test,
	};
	struct err why = {0};
	int r = fio_run(&run, &answer, err);

	clear_progress();
	if (r < 0)
		return r;
	r = qualify_fio_read(answer.text, answer.size, &test->measured, &why);
	if (answer.status && (r == -EBADMSG || (r == 0 && !test->measured.io_error)))
		return failed(&answer, err);
	if (r < 0)
		*err = why;
	return r;
}

static int fill(struct test *test, struct err *err)
{
	cleanup_strv struct strv args = {0};
	int r;

	test->fills = true;
	test->seconds = qualify_fio_fill_args(&test->wish, &args);
	r = run_fio(test, &args, err);
	test->fills = false;
	if (r < 0)
		return r;
	test->wish.size = test->measured.filled & ~(uint64_t)0xfffff;
	if (test->wish.size < REGION_LEAST && !test->measured.io_error) {
		err_set(err, -EIO, _("%s takes so long to write that nothing can be measured"),
		        test->target.title);
		err_code(err, CODE_DISK_FAILING);
		err_hint(err, _("look at \"journalctl -k\" for what the kernel says of the disk"));
		return -EIO;
	}
	return 0;
}

static int measure(struct test *test, struct err *err)
{
	cleanup_strv struct strv args = {0};

	test->seconds = qualify_fio_args(&test->wish, &args);
	return run_fio(test, &args, err);
}

static int write_and_measure(struct test *test, struct err *err)
{
	uint64_t bytes = test->wish.quick       ? QUICK_REGION
	                 : test->target.is_disk ? REGION
	                                        : FILE_REGION;
	int r = qualify_target_prepare(&test->target, bytes, &test->wish.size, err), cleared;

	r = r < 0 ? r : fio_rights(test->target.fd, true, &test->rights, err);
	if (r < 0)
		return r;
	r = fill(test, err);
	if (r == 0 && !test->measured.io_error)
		r = measure(test, err);
	cleared = qualify_target_clear(&test->target, r < 0 ? NULL : err);
	return r < 0 || test->measured.io_error ? r : cleared;
}

static int run(struct test *test, struct err *err)
{
	cleanup_free char *engines = fio_engines(err);
	int r;

	test->wish.path = FIO_TARGET;
	test->wish.engine = engines ? qualify_fio_engine(engines, fio_may_io_uring(), err) : NULL;
	if (!test->wish.engine)
		return err->number;
	if (test->wish.write) {
		r = write_and_measure(test, err);
	} else {
		r = fio_rights(test->target.fd, false, &test->rights, err);
		r = r < 0 ? r : measure(test, err);
	}
	if (r < 0)
		return r;
	qualify_target_measure_heat(&test->target);
	qualify_judge(&test->measured, &test->target.facts, &test->opinion);
	return 0;
}

/* --- what is told --- */

static const char *verdict_colour(enum qualify_verdict verdict)
{
	return verdict == QUALIFY_GOOD  ? PAGE_GREEN
	       : verdict == QUALIFY_BAD ? PAGE_RED
	                                : PAGE_YELLOW;
}

static void print_finding(const struct page *page, enum qualify_finding f, const struct test *test)
{
	cleanup_free char *text = qualify_finding_text(f, &test->measured, &test->target.facts);
	const char *code = code_text(qualify_finding_code(f));
	cleanup_free char *all = code ? xasprintf("%s (%s)", text, code) : xstrdup(text);
	enum qualify_verdict weight = qualify_finding_weight(f);

	page_paint(page, weight == QUALIFY_GOOD ? NULL : verdict_colour(weight), "- ");
	page_wrap(page, NULL, 2, 2, all);
}

static void print_page(const struct test *test)
{
	const char *title = qualify_verdict_title(test->opinion.verdict);
	struct page page;

	cli_page(&page);
	page_paint(&page, PAGE_BOLD, test->target.title);
	printf("%s%s: ", *test->target.below ? ", " : "", test->target.below);
	page_paint(&page, verdict_colour(test->opinion.verdict), title);
	fputs("\n\n", stdout);
	qualify_chart_print(stdout, &test->measured, streq(nl_langinfo(CODESET), "UTF-8"));
	if (test->opinion.n)
		putchar('\n');
	for (size_t i = 0; i < test->opinion.n; i++)
		print_finding(&page, test->opinion.list[i], test);
}

static void print_json(const struct test *test)
{
	cleanup(json_decrefp) json_t *document = cli_document();
	cleanup_free char *path = text_utf8(test->target.path);
	const struct target *t = &test->target;

	json_object_set_new(document, "path", json_string(path));
	json_object_set_new(document, "title", json_string(t->title));
	json_object_set_new(document, "serial", t->serial ? json_string(t->serial) : json_null());
	json_object_set_new(document, "size", json_integer((json_int_t)t->facts.size));
	json_object_set_new(document, "used", json_boolean(t->facts.used));
	json_object_set_new(document, "written", json_boolean(test->wish.write));
	json_object_set_new(document, "engine", json_string(test->wish.engine));
	json_object_set_new(document, "celsius",
	        t->facts.temperature_mc ? json_real(t->facts.temperature_mc / 1000.0)
	                                : json_null());
	qualify_json_add(document, &test->measured, &t->facts, &test->opinion);
	cli_print_json(document);
}

static int write_svg(
        const struct test *test, struct cli_picture *picture, const char *file, struct err *err)
{
	FILE *out;

	if (picture->fd < 0)
		return 0;
	out = fdopen(dup(picture->fd), "w");
	if (!out)
		return err_errno(err, -errno, "%s", file);
	qualify_svg_print(
	        out, test->target.title, test->target.below, &test->measured, &test->opinion);
	if (ferror(out) | (fclose(out) != 0))
		return err_errno(err, errno ? -errno : -EIO, "%s", file);
	return cli_picture_keep(picture, file, err);
}

static void test_finish(struct test *test)
{
	qualify_target_finish(&test->target);
}

int command_disk_qualify(struct cli *cli, struct err *err)
{
	cleanup(cli_picture_finish) struct cli_picture picture = {.fd = -1};
	cleanup(test_finish) struct test test = {.target = {.fd = -1}};
	int r = qualify_target_open(cli->args[0], cli->write, &test.target, err);

	test.wish.quick = cli->quick;
	test.wish.write = cli->write;
	if (r == 0)
		r = cli_picture_open(cli->svg, &picture, err);
	if (r == 0 && cli->write)
		r = confirm(cli, &test.target, err);
	r = r < 0 ? r : run(&test, err);
	r = r < 0 ? r : write_svg(&test, &picture, cli->svg, err);
	if (r < 0)
		return r;
	if (cli->json)
		print_json(&test);
	else
		print_page(&test);
	return test.opinion.verdict == QUALIFY_GOOD || test.opinion.verdict == QUALIFY_SLOW ? 0 : 1;
}

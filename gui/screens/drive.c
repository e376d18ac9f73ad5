/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test drive: our own small guest gets what the game would get, and tells what it could really do with each device. Disks are
 * only read, so nothing is asked before.
 */
#include "base/i18n.h"
#include "screens/game_parts.h"

struct page {
	const struct model_vm *vm;
	const struct model_job *job; /* the last test drive; NULL: there was none */
	const struct drive *drive;   /* what it told; NULL: nothing */
	bool runs;
};

static const struct {
	const char *what, *words;
} abilities[] = {
        {"present", N_("presence")},
        {"driver", N_("its driver")},
        {"load", N_("the drivers")},
        {"draw", N_("drawing")},
        {"interrupt", N_("interrupts")},
        {"dma", N_("access to the memory")},
        {"read", N_("reading")},
        {"topology", N_("sockets, cores and threads")},
        {"signature", N_("the hypervisor's name")},
        {"enlightenments", N_("the features of Hyper-V")},
        {"size", N_("its size")},
        {"nodes", N_("its nodes")},
        {"pages", N_("the pages below it")},
        {"rom", N_("its ROM")},
};

static const char *words_of_ability(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(abilities); i++)
		if (streq(abilities[i].what, what))
			return _(abilities[i].words);
	return what;
}

static struct page page_of(const struct view *view)
{
	const struct drive *drive = &view->model->drive;
	struct page p = {.vm = model_vm(view->model, view->vm),
	        .job = model_job(view->model, view->vm, "test-drive")};

	p.runs = p.job && p.job->state == MODEL_JOB_RUNNING;
	if (!p.runs && drive->vm && streq(drive->vm, view->vm))
		p.drive = drive;
	return p;
}

/* The verdict in one sentence. Caller frees. */
static char *words_of_drive(const struct view *view, const struct page *p, color *c)
{
	const struct theme *t = &view->ui->theme;
	unsigned failed = p->drive ? (unsigned)drive_count(p->drive, DRIVE_FAIL) : 0;

	*c = t->dim;
	if (p->runs)
		return xstrdup(_("A small system of our own tries every device"));
	if (!p->drive && p->job && p->job->state == MODEL_JOB_FAILED) {
		*c = t->bad;
		return xstrdup(_("It did not start"));
	}
	if (!p->drive)
		return xstrdup(_("It was not tried yet"));
	*c = t->bad;
	if (failed)
		return xasprintf(
		        ngettext("%u thing does not work", "%u things do not work", failed),
		        failed);
	if (!p->drive->complete)
		return xstrdup(_("It stopped before its end"));
	*c = t->warn;
	if (p->drive->left_out)
		return xasprintf(ngettext("%zu result more than can be shown: not known to work",
		                         "%zu results more than can be shown: not known to work",
		                         p->drive->left_out),
		        p->drive->left_out);
	*c = t->good;
	return xstrdup(_("All that could be tried works"));
}

static const struct {
	const char *words;
	int sign;
} verdicts[] = {
        [DRIVE_PASS] = {N_("Passed"), BLOCK_WELL},
        [DRIVE_FAIL] = {N_("Failed"), BLOCK_BAD},
        [DRIVE_NOT_TESTED] = {N_("Cannot be tried"), BLOCK_OFF},
};

static size_t add_results(
        const struct page *p, enum drive_status status, struct block *blocks, struct strv *labels)
{
	size_t n = 0;

	for (size_t i = 0; i < p->drive->n; i++) {
		const struct drive_result *r = &p->drive->results[i];

		if (r->status != status)
			continue;
		strv_addf(labels, "%s: %s", r->device, words_of_ability(r->what));
		blocks[n++] = (struct block){.label = labels->list[labels->n - 1],
		        .text = words_of_refusal(_(verdicts[status].words), r->detail),
		        .size = TEXT_BODY,
		        .sign = verdicts[status].sign};
	}
	return n;
}

static size_t add_problems(const struct page *p, struct block *blocks)
{
	size_t n = 0;

	strv_foreach (problem, &p->drive->problems)
		blocks[n++] = (struct block){.label = _("The small system had a problem"),
		        .text = words_of_check(*problem),
		        .size = TEXT_BODY,
		        .sign = BLOCK_CARE};
	return n;
}

static size_t collect(const struct page *p, struct block *blocks, struct strv *labels)
{
	size_t n = 0;

	if (!p->runs && p->job && p->job->state == MODEL_JOB_FAILED)
		blocks[n++] = (struct block){.label = _("Why, and what to do"),
		        .text = words_of_refusal(p->job->message, p->job->hint),
		        .size = TEXT_BODY,
		        .code = p->job->code,
		        .sign = BLOCK_BAD};
	if (p->drive) {
		/* What does not work is read first. */
		n += add_results(p, DRIVE_FAIL, &blocks[n], labels);
		n += add_problems(p, &blocks[n]);
		n += add_results(p, DRIVE_NOT_TESTED, &blocks[n], labels);
		n += add_results(p, DRIVE_PASS, &blocks[n], labels);
	}
	if (n == 0)
		blocks[n++] = (struct block){.label = _("What it is"),
		        .text = xstrdup(
		                _("The game's devices are given to a small system of our own, "
		                  "which draws, interrupts, reads and tells what worked. "
		                  "Disks are only read. It takes a minute or two, and this "
		                  "PC has its devices back then.")),
		        .size = TEXT_BODY};
	return n;
}

static void pass_buttons(struct view *view, const struct page *p, struct rect body, int y)
{
	struct ui *ui = view->ui;
	const char *begin = p->drive || p->job ? _("Once more") : _("Try it out");
	bool stopped = p->vm && p->vm->state == MODEL_STOPPED && !p->runs;
	int x = body.x;

	if (stopped) {
		if (ui_button(ui, "begin", x, y, begin, UI_FIRST))
			want(view, INTENT_DRIVE, view->vm, NULL);
		x += ui_button_width(ui, begin) + ui->theme.gap;
	}
	if (p->runs) {
		if (ui_button(ui, "cancel", x, y, _("Cancel"), 0))
			want(view, INTENT_CANCEL, view->vm, NULL);
		x += ui_button_width(ui, _("Cancel")) + ui->theme.gap;
	}
	if (ui_button(ui, "leave", x, y, _("Back"), stopped ? 0 : UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

static void pass_cards(struct view *view, const struct page *p, struct rect in)
{
	struct block *blocks =
	        xcalloc(DRIVE_RESULTS_MOST + DRIVE_PROBLEMS_MOST + 2, sizeof(*blocks));
	cleanup_strv struct strv labels = {0};
	size_t n = collect(p, blocks, &labels);

	pass_blocks(view, SCREEN_DRIVE, in, blocks, n);
	blocks_finish(blocks, n);
	free(blocks);
}

static void pass_stages(struct view *view, const struct page *p, struct rect in)
{
	struct game_page column = {
	        .in = in, .y = in.y + view->ui->theme.gap, .bottom = in.y + in.h};

	game_bar(view, &column, p->job->percent);
	game_stages(view, &column, p->job, true);
}

void screen_drive(struct view *view)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct rect body = ui_body(ui), in = body;
	struct page p = page_of(view);
	int buttons_y = body.y + body.h - ui_button_height(ui);
	bool large = t->look.scale > 125;
	color c;
	cleanup_free char *verdict = words_of_drive(view, &p, &c);
	cleanup_free char *title = xasprintf(_("Test drive: %s"), p.vm ? p.vm->title : view->vm);

	in.y = put_words(
	        view, body, body.y, large ? TEXT_HEADING : TEXT_TITLE, true, t->text, 1, title);
	in.y = put_words(
	        view, body, in.y - t->gap / 2, large ? TEXT_SMALL : TEXT_BODY, true, c, 1, verdict);
	in.h = buttons_y - t->gap - in.y;
	pass_buttons(view, &p, body, buttons_y);
	if (p.runs)
		pass_stages(view, &p, in);
	else
		pass_cards(view, &p, in);
	ui_hint(ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
	if (!p.runs)
		ui_hint(ui, ACTION_NONE, _("Read"));
}

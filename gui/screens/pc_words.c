/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This PC in words and signs: what its pages share. */
#include "base/i18n.h"
#include "screens/screens.h"

/* What each point is about: the check's own sentences are English in every language. */
static const char *const titles[][2] = {
        {"host.environment", N_("A PC of its own")},
        {"cpu.virtualization", N_("Virtualization in the processor")},
        {"kvm.device", N_("Virtualization in Linux")},
        {"cpu.nested", N_("Virtual machines inside a game")},
        {"iommu.firmware", N_("IOMMU in the firmware")},
        {"iommu.enabled", N_("IOMMU switched on")},
        {"iommu.interrupt-remapping", N_("Interrupts kept apart")},
        {"iommu.quirks", N_("Known faults of the IOMMU")},
        {"iommu.groups", N_("Groups of the graphics cards")},
        {"iommu.units", N_("IOMMU units")},
        {"iommu.coverage", N_("Cards behind the IOMMU")},
        {"iommu.reserved-memory", N_("Memory the firmware keeps")},
        {"firmware.above-4g", N_("Large card memory")},
        {"firmware.uefi", N_("UEFI")},
        {"gpu.present", N_("Graphics cards")},
        {"gpu.boot-display", N_("The screen of this PC")},
        {"gpu.identical", N_("Cards of the same kind")},
        {"gpu.outputs", N_("Screens at the game's card")},
        {"gpu.power", N_("Power of the card")},
        {"gpu.bars", N_("Memory windows of the card")},
        {"gpu.reset", N_("Reset of the card")},
        {"gpu.comes-back", N_("The card after a game")},
        {"gpu.rom", N_("ROM of the card")},
        {"usb.controllers", N_("USB controllers")},
        {"disk.candidates", N_("Disks for games")},
        {"audio.choice", N_("Sound for games")},
        {"memory.hugepages", N_("Huge pages of memory")},
        {"memory.lock", N_("Memory for games")},
        {"cpu.isolation", N_("Processors for games")},
        {"kernel.vfio", N_("VFIO in Linux")},
        {"host.second-console", N_("A way in during a game")},
        {"host.slots", N_("Slots of the board")},
        {"host.unwise", N_("Devices this PC should keep")},
        {"host.board", N_("What is known of the board")},
        {"host.config", N_("Setup of this PC")},
        {"host.existing", N_("Earlier setups by hand")},
};

const char *title_of_point(const struct pc_point *point)
{
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (streq(point->id, titles[i][0]))
			return _(titles[i][1]);
	return point->id;
}

/* Whether @s begins with a plain small word, not with a name such as vfio-pci or a path. */
static bool begins_small(const unsigned char *s)
{
	if ((s[0] == 0xd0 && s[1] >= 0xb0) || (s[0] == 0xd1 && s[1] < 0x90))
		return true;
	while (*s >= 'a' && *s <= 'z')
		s++;
	return *s == ' ' || *s == ',';
}

char *words_of_check(const char *sentence)
{
	char *words = xstrdup(*sentence ? gettext(sentence) : "");
	unsigned char *s = (unsigned char *)words;

	if (!*words || !begins_small(s))
		return words;
	if (*s < 0x80) {
		*s = (unsigned char)(*s - ('a' - 'A'));
	} else if (*s == 0xd0) {
		s[1] = (unsigned char)(s[1] - 0x20);
	} else { /* the second half of the Cyrillic letters */
		s[0] = 0xd0;
		s[1] = (unsigned char)(s[1] + 0x20);
	}
	return words;
}

/* Caller frees. */
static char *with_stop(const char *sentence)
{
	cleanup_free char *words = words_of_check(sentence);
	size_t n = strlen(words);
	bool ended = n == 0 || strchr(".?!", words[n - 1]);

	return xasprintf("%s%s", words, ended ? "" : ".");
}

char *words_of_refusal(const char *why, const char *hint)
{
	cleanup_free char *first = with_stop(why), *second = with_stop(hint);

	return xasprintf("%s%s%s", first, *first && *second ? " " : "", second);
}

static char *words_of_acts(const struct pc *pc)
{
	size_t acts = pc_count(pc, PC_FAIL, PC_CURE_PERSON);

	if (!acts)
		return xstrdup(_("Not yet: something on this PC must be changed by you."));
	return xasprintf(ngettext("Not yet: %zu thing for you to change on this PC.",
	                         "Not yet: %zu things for you to change on this PC.", acts),
	        acts);
}

char *words_of_verdict(const struct pc *pc, color *c, const struct theme *theme)
{
	*c = theme->warn;
	switch (pc->verdict) {
	case PC_READY:
		*c = theme->good;
		return xstrdup(_("Ready: this PC can give a graphics card to a game."));
	case PC_APPLY:
		return xstrdup(_("This PC can do it, and must be set up once."));
	case PC_PERSON:
		return words_of_acts(pc);
	case PC_IMPOSSIBLE:
		*c = theme->bad;
		return xstrdup(_("This PC cannot give a graphics card to a game."));
	case PC_UNDECIDED:
		break;
	}
	return xstrdup(_("Undecided: what passthrough hangs on could not be read here."));
}

const char *words_of_next(const struct model *model)
{
	const struct pc *pc = &model->pc;

	if (model->setup.told && model->setup.phase == SETUP_WAITING)
		return _("It is set up: restart, then look here again.");
	if (model->setup.told && model->setup.phase == SETUP_TRIAL && model->setup.ready)
		return _("It is on trial: keep it for good, or the next start is the old one.");
	switch (pc->verdict) {
	case PC_READY:
		return _("Nothing is left to do here.");
	case PC_APPLY:
		return _("Read what would be changed, and set it up from there; undo takes it "
		         "back.");
	case PC_PERSON:
		return _("What has a cross stands in the way. Change it, then look here again.");
	case PC_IMPOSSIBLE:
		return _("VMs without passed devices still work.");
	case PC_UNDECIDED:
		break;
	}
	return _("In a terminal, sudo playthrough-setup check can read more.");
}

const char *words_of_status(const struct pc_point *point)
{
	switch (point->status) {
	case PC_PASS:
		return _("Good");
	case PC_WARN:
		return _("Worth knowing");
	case PC_SKIP:
		return _("Not needed");
	case PC_UNKNOWN:
		return point->only_root_knows ? _("Only the administrator can read it")
		                              : _("Not known");
	case PC_FAIL:
		break;
	}
	if (point->cure == PC_CURE_APPLY)
		return _("Playthrough's setup can change this");
	return point->cure == PC_CURE_IMPOSSIBLE ? _("Not possible on this PC")
	                                         : _("You must change this");
}

color color_of_status(enum pc_status status, const struct theme *t)
{
	switch (status) {
	case PC_PASS:
		return t->good;
	case PC_WARN:
		return t->warn;
	case PC_FAIL:
		return t->bad;
	case PC_UNKNOWN:
	case PC_SKIP:
		break;
	}
	return t->dim;
}

char *words_of_cards(const struct pc *pc)
{
	size_t can = pc_cards_for_games(pc);

	if (pc->n_gpus == 0)
		return xstrdup(_("No graphics card was found"));
	if (can == 0)
		return xstrdup(_("No graphics card can go to a game yet"));
	return xasprintf(ngettext("%zu graphics card of %zu can go to a game",
	                         "%zu graphics cards of %zu can go to a game", can),
	        can, pc->n_gpus);
}

const char *short_address(const char *address)
{
	return starts_with(address, "0000:") ? address + 5 : address;
}

/* --- signs --- */

static void stroke(struct view *view, struct rect r, const int *points, size_t n, color c)
{
	double w = r.w / 9.0 + 1;

	for (size_t i = 0; i + 3 < n; i += 2)
		canvas_line(view->ui->canvas, r.x + r.w * points[i] / 100.0,
		        r.y + r.h * points[i + 1] / 100.0, r.x + r.w * points[i + 2] / 100.0,
		        r.y + r.h * points[i + 3] / 100.0, w, c);
}

/* Strokes in a disc, in hundredths of it: no font is asked for them. */
void draw_status(struct view *view, int x, int y, int size, enum pc_status status)
{
	static const int check[] = {26, 53, 43, 70, 74, 34}, down[] = {31, 31, 69, 69},
	                 up[] = {31, 69, 69, 31}, bang[] = {50, 22, 50, 57},
	                 dot[] = {50, 74, 50, 77}, dash[] = {30, 50, 70, 50},
	                 ask[] = {35, 36, 39, 27, 50, 23, 61, 27, 65, 36, 61, 45, 50, 52, 50, 60};
	const struct theme *t = &view->ui->theme;
	struct rect r = {x, y, size, size};
	color ink = t->on_focus;

	if (!view->ui->canvas)
		return;
	if (status == PC_SKIP) {
		canvas_ring(view->ui->canvas, r, size, size / 12 + 1, t->dim);
		stroke(view, r, dash, ARRAY_SIZE(dash), t->dim);
		return;
	}
	canvas_round(view->ui->canvas, r, size, color_of_status(status, t));
	if (status == PC_PASS)
		stroke(view, r, check, ARRAY_SIZE(check), ink);
	if (status == PC_FAIL) {
		stroke(view, r, down, ARRAY_SIZE(down), ink);
		stroke(view, r, up, ARRAY_SIZE(up), ink);
	}
	if (status == PC_WARN)
		stroke(view, r, bang, ARRAY_SIZE(bang), ink);
	if (status == PC_UNKNOWN)
		stroke(view, r, ask, ARRAY_SIZE(ask), ink);
	if (status == PC_WARN || status == PC_UNKNOWN)
		stroke(view, r, dot, ARRAY_SIZE(dot), ink);
}

/* --- nothing is known --- */

static void pass_asking(struct view *view, struct rect body)
{
	int y = screen_title(view, _("This PC"));

	y = put_text(view, body, y, TEXT_BODY, false, view->ui->theme.text, 3,
	        _("One moment: this PC is being looked at. Nothing is changed by that."));
	if (ui_button(view->ui, "leave", body.x, y + view->ui->theme.gap, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

static void pass_absent(struct view *view, struct rect body)
{
	const struct pc *pc = &view->model->pc;
	const struct theme *t = &view->ui->theme;
	cleanup_free char *why = words_of_refusal(pc->why, pc->hint);
	int x = body.x, bottom = body.y + body.h - ui_button_height(view->ui);
	int y = put_text(view, body, body.y, TEXT_TITLE, true, t->text, 2,
	        _("This PC cannot be shown here"));

	y = put_text(view, body, y, TEXT_BODY, false, t->text, 4,
	        _("In a terminal, playthrough-setup check tells the same."));
	if (*why)
		y = put_words(view, body, y, TEXT_BODY, false, t->dim, 4, why);
	if (*pc->code)
		y = put_words(view, body, y, TEXT_SMALL, false, t->dim, 1, pc->code);
	y = y + t->gap < bottom ? y + t->gap : bottom;
	if (*pc->code) {
		if (ui_button(view->ui, "again", x, y, _("Try again"), UI_FIRST))
			want(view, INTENT_CHECK, NULL, NULL);
		x += ui_button_width(view->ui, _("Try again")) + t->gap;
		if (ui_button(view->ui, "report", x, y, _("Save a report"), 0))
			want(view, INTENT_REPORT, NULL, NULL);
		x += ui_button_width(view->ui, _("Save a report")) + t->gap;
	}
	if (ui_button(view->ui, "leave", x, y, _("Back"), *pc->code ? 0 : UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

bool pass_pc_unknown(struct view *view)
{
	struct rect body = ui_body(view->ui);

	if (view->model->pc.told)
		return false;
	if (view->model->pc.asking)
		pass_asking(view, body);
	else
		pass_absent(view, body);
	ui_hint(view->ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
	return true;
}

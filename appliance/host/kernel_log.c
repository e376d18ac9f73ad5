/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/kernel_log.h"
#include "host/firmware.h"
#include "host/kernel_words.h"
#include "host/pasted.h"

#include <ctype.h>

/* --- reading --- */

struct boot {
	struct kernel_log log;
	unsigned posts; /* mileposts that were passed */
	bool about;     /* something about an IOMMU was said */
};

static bool is_about_iommu(enum kernel_says says)
{
	return says >= KERNEL_TABLE_DMAR && says <= KERNEL_LAZY_OFF;
}

static void note(
        struct boot *boot, enum kernel_says says, size_t number, const char *words, size_t own)
{
	struct kernel_line *line = &boot->log.says[says];

	if (!line->number) {
		line->number = number;
		line->text = xstrndup(words, own);
	}
	line->last = number;
	boot->about |= is_about_iommu(says);
}

static bool hex_after(const char *text, const char *name, uint64_t *out)
{
	const char *at = strstr(text, name);
	char *end;

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, " ");
	if (!isxdigit((unsigned char)*at))
		return false;
	*out = strtoull(at, &end, 16);
	return !isalnum((unsigned char)*end);
}

/* "dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e"; once "IOMMU 0: reg_base_addr". */
static void take_unit(struct boot *boot, const char *lower, size_t number)
{
	struct kernel_unit unit = {.line = number};

	if ((!hex_after(lower, "reg_base_addr ", &unit.base) &&
	            !hex_after(lower, "iommu ", &unit.base)) ||
	        !hex_after(lower, " cap ", &unit.cap) || !hex_after(lower, " ecap ", &unit.ecap))
		return;
	for (size_t i = 0; i < boot->log.n_units; i++) {
		if (boot->log.units[i].base == unit.base) {
			boot->log.units[i].cap = unit.cap;
			boot->log.units[i].ecap = unit.ecap;
			return;
		}
	}
	/* More than any PC has; a text that goes on so is none. */
	if (boot->log.n_units >= 64)
		return;
	unit.index = (unsigned)boot->log.n_units;
	*list_append(boot->log.units, boot->log.n_units) = unit;
}

static void take_cmdline(struct boot *boot, const char *text)
{
	const char *colon = strchr(text, ':');

	if (boot->log.cmdline || !colon)
		return;
	boot->log.cmdline = xstrdup(colon + 1 + strspn(colon + 1, " "));
}

static void take_vendor(struct boot *boot, const char *lower)
{
	if (strstr(lower, "intel"))
		boot->log.vendor = CPU_INTEL;
	else if (strstr(lower, "cpu0: amd") || strstr(lower, "cpu0: hygon"))
		boot->log.vendor = CPU_AMD;
}

/* "...", "[...]", "<snip>", "(cut)": a poster's sign that lines are missing here. */
static bool is_gap(const char *line)
{
	static const char *const words[] = {"snip", "cut", "..", "\xe2\x80\xa6"};
	const char *s = line + strspn(line, "[(<- ");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *after = s + strlen(words[i]);

		if (starts_with(s, words[i]) && !after[strspn(after, "])>-. ")])
			return true;
	}
	return false;
}

/* The line that is being taken. */
struct taking {
	struct boot *boot;
	const char *words, *lower;
	size_t own, number;
};

static void take_sentence(void *to, enum kernel_says says)
{
	const struct taking *t = to;

	note(t->boot, says, t->number, t->words, t->own);
	if (says == KERNEL_CMDLINE)
		take_cmdline(t->boot, t->words);
	else if (says == KERNEL_CPU)
		take_vendor(t->boot, t->lower);
	else if (says == KERNEL_DMAR)
		take_unit(t->boot, t->lower, t->number);
}

static void take_words(
        struct boot *boot, const char *words, const char *lower, size_t own, size_t number)
{
	struct taking taking = {boot, words, lower, own, number};

	kernel_words_of(lower, own, take_sentence, &taking);
	boot->posts = kernel_words_posts(lower, boot->posts);
}

/* --- lines, and what mail programs made of them --- */

/* A line with those that may go on with it. */
struct open_line {
	char *text;
	size_t own; /* length of the line itself */
	size_t number;
	unsigned parts, most;
	bool soft_break;
};

static void open_line(struct open_line *open, const struct pasted_line *line)
{
	open->text = xstrdup(line->words);
	open->own = strlen(open->text);
	open->number = line->number;
	open->parts = 0;
	open->most = line->stamped ? 4 : 1;
	open->soft_break = line->soft_break;
}

static void go_on(struct open_line *open, const struct pasted_line *line)
{
	char *longer;

	if (!open->text || open->parts++ >= open->most)
		return;
	longer = xasprintf("%s%s%s", open->text, open->soft_break ? "" : " ", line->words);
	free(open->text);
	open->text = longer;
	open->soft_break = line->soft_break;
}

static void settle_vendor(struct kernel_log *log)
{
	if (log->vendor != CPU_OTHER)
		return;
	if (kernel_log_says(log, KERNEL_TABLE_IVRS) || kernel_log_says(log, KERNEL_AMD))
		log->vendor = CPU_AMD;
	else if (kernel_log_says(log, KERNEL_TABLE_DMAR) || kernel_log_says(log, KERNEL_DMAR))
		log->vendor = CPU_INTEL;
}

/* All of this boot is read. @now: the last line, where the kernel that speaks is still running; else 0. */
static void settle(struct boot *boot, size_t now)
{
	struct kernel_line *tail = &boot->log.says[KERNEL_TAIL];
	const struct kernel_line *version = &boot->log.says[KERNEL_VERSION];

	/* It has long started its IOMMU, whatever its ring still holds. */
	if (now)
		tail->last = now + 1;
	boot->log.whole = version->number && tail->last > version->number &&
	                  (now || kernel_words_enough(boot->posts));
	settle_vendor(&boot->log);
}

/* The kernel that saves the memory of one that crashed: it runs no VMs. */
static bool is_crash_kernel(const struct boot *boot)
{
	cleanup_free char *value = kernel_log_argument(&boot->log, "elfcorehdr");

	return value != NULL;
}

/* A later boot is the better one, unless it tells nothing of what an earlier one told. */
static bool tells_more(const struct boot *boot, const struct boot *best)
{
	struct kernel_verdict later, earlier;

	if (best->about && is_crash_kernel(boot) && !is_crash_kernel(best))
		return false;

	kernel_log_judge(&boot->log, &later);
	kernel_log_judge(&best->log, &earlier);
	if (!boot->about || !best->about)
		return boot->about || !best->about;
	return later.iommu.state != KERNEL_UNKNOWN || earlier.iommu.state == KERNEL_UNKNOWN;
}

static void end_boot(struct boot *boot, struct boot *best, size_t now)
{
	settle(boot, now);
	if (tells_more(boot, best)) {
		kernel_log_finish(&best->log);
		*best = *boot;
	} else {
		kernel_log_finish(&boot->log);
	}
	*boot = (struct boot){0};
}

/* The whole line is read; @best keeps the last boot that told of an IOMMU. */
static void close_line(struct open_line *open, struct boot *boot, struct boot *best, size_t *boots)
{
	char *lower;

	if (!open->text)
		return;
	lower = xstrdup(open->text);
	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (starts_with(lower, "linux version ")) {
		if (boot->log.lines)
			end_boot(boot, best, 0);
		++*boots;
	}
	boot->log.lines++;
	/* A stamped line owns all that follows up to the next stamp; the words of others are their own. */
	if (open->most == 1 && starts_with(lower, "command line: "))
		open->text[open->own] = '\0';
	take_words(boot, open->text, lower, open->own, open->number);
	free(lower);
	free(take_ptr(open->text));
}

void kernel_log_parse(const char *text, bool ring, struct kernel_log *out)
{
	struct open_line stamped = {0}, plain = {0};
	struct boot boot = {0}, best = {0};
	struct pasted_line line = {0};
	size_t boots = 0, lines = 0;

	for (; pasted_next(&text, &line); lines++) {
		if (line.note)
			continue;
		if (boot.about && is_gap(line.words))
			boot.log.gap = line.number;
		/* What stands before it is the earlier boot's. */
		if (starts_with(line.words, "Linux version ")) {
			close_line(&plain, &boot, &best, &boots);
			close_line(&stamped, &boot, &best, &boots);
		}
		if (line.stamped || plain.text) {
			if (!line.stamped)
				go_on(&plain, &line);
			close_line(&plain, &boot, &best, &boots);
		}
		if (line.stamped)
			close_line(&stamped, &boot, &best, &boots);
		else
			go_on(&stamped, &line);
		open_line(line.stamped ? &stamped : &plain, &line);
	}
	close_line(&plain, &boot, &best, &boots);
	close_line(&stamped, &boot, &best, &boots);
	end_boot(&boot, &best, ring ? lines : 0);
	*out = best.log;
	out->boots = boots;
	pasted_finish(&line);
}

void kernel_log_finish(struct kernel_log *log)
{
	for (size_t i = 0; i < KERNEL_SAYS_N; i++)
		free(log->says[i].text);
	free(log->units);
	free(log->cmdline);
	*log = (struct kernel_log){0};
}

bool kernel_log_says(const struct kernel_log *log, enum kernel_says says)
{
	return log->says[says].number != 0;
}

char *kernel_log_argument(const struct kernel_log *log, const char *name)
{
	const struct firmware firmware = {.cmdline = log->cmdline};

	return log->cmdline ? firmware_cmdline_get(&firmware, name) : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/wizard.h"

#include <stdio.h>

#define GIB (1ull << 30)

void wizard_finish(struct wizard *wizard)
{
	for (int kind = 0; kind < OFFER_KINDS; kind++)
		strv_finish(&wizard->chosen[kind]);
	*wizard = (struct wizard){0};
}

void wizard_begin(struct wizard *wizard, const char *title)
{
	wizard_finish(wizard);
	wizard->begun = true;
	snprintf(wizard->title, sizeof(wizard->title), "%s", title);
}

/* --- what is proposed --- */

static bool is_chosen(const struct wizard *wizard, enum offer_kind kind, const char *id)
{
	return strv_has(&wizard->chosen[kind], id);
}

static void choose_proposed(
        struct wizard *wizard, const struct offers *offers, enum offer_kind kind)
{
	for (size_t i = 0; i < offers->of[kind].n; i++) {
		const struct offer *offer = &offers->of[kind].list[i];

		if (!offer->proposed || offer->verdict == OFFER_FAIL ||
		        is_chosen(wizard, kind, offer->id))
			continue;
		/* One disk is enough. */
		if (kind == OFFER_DISK && wizard->chosen[kind].n)
			break;
		strv_add(&wizard->chosen[kind], offer->id);
	}
}

/* What has gone, or cannot be given any more. */
static void drop_lost(struct wizard *wizard, const struct offers *offers, enum offer_kind kind)
{
	struct strv kept = {0};

	strv_foreach (id, &wizard->chosen[kind]) {
		const struct offer *offer = offer_find(offers, kind, *id);

		if (offer && offer->verdict != OFFER_FAIL)
			strv_add(&kept, *id);
	}
	if (kind == OFFER_DISK && kept.n != wizard->chosen[kind].n)
		wizard->disk_confirmed = false;
	strv_finish(&wizard->chosen[kind]);
	wizard->chosen[kind] = kept;
}

/* What is offered of memory and processors where the daemon says little or nonsense. */
static uint64_t least_memory(const struct offers *offers)
{
	return offers->memory_least ? offers->memory_least : GIB;
}

static uint64_t most_memory(const struct offers *offers)
{
	uint64_t least = least_memory(offers);

	return offers->memory_most > least ? offers->memory_most : least;
}

static uint64_t proposed_memory(const struct offers *offers)
{
	uint64_t least = least_memory(offers), most = most_memory(offers);

	return offers->memory_proposed < least  ? least
	       : offers->memory_proposed > most ? most
	                                        : offers->memory_proposed;
}

static unsigned most_cpus(const struct offers *offers)
{
	return offers->cpus_most > 255 ? 255 : offers->cpus_most ? offers->cpus_most : 1;
}

static unsigned proposed_cpus(const struct offers *offers)
{
	unsigned most = most_cpus(offers);

	return offers->cpus_proposed == 0     ? 1
	       : offers->cpus_proposed > most ? most
	                                      : offers->cpus_proposed;
}

void wizard_propose(struct wizard *wizard, const struct offers *offers)
{
	if (!offers->told)
		return;
	for (int kind = 0; kind < OFFER_KINDS; kind++) {
		drop_lost(wizard, offers, (enum offer_kind)kind);
		if (!wizard->proposed)
			choose_proposed(wizard, offers, (enum offer_kind)kind);
	}
	if (!*wizard->guest && offers->guests.n)
		snprintf(wizard->guest, sizeof(wizard->guest), "%s", offers->guests.list[0]);
	if (!wizard->memory)
		wizard->memory = proposed_memory(offers);
	if (!wizard->cpus)
		wizard->cpus = proposed_cpus(offers);
	wizard->proposed = true;
}

/* --- the answers of a step --- */

bool wizard_takes_many(enum wizard_step step)
{
	return step == WIZARD_GPU || step == WIZARD_USB;
}

static enum offer_kind kind_of(enum wizard_step step)
{
	return step == WIZARD_GPU ? OFFER_GPU : step == WIZARD_USB ? OFFER_USB : OFFER_DISK;
}

struct choices {
	struct wizard_choice *list;
	size_t n;
};

static void add(struct choices *c, const struct wizard_choice *choice)
{
	*list_append(c->list, c->n) = *choice;
}

/* Those that can be had first, in the daemon's order, then nothing, then those that cannot. */
static void add_offers(struct choices *c, const struct wizard *wizard,
        const struct offer_list *list, enum offer_kind kind)
{
	for (int possible = 1; possible >= 0; possible--) {
		for (size_t i = 0; i < list->n; i++) {
			const struct offer *offer = &list->list[i];

			if ((offer->verdict != OFFER_FAIL) != (possible == 1))
				continue;
			add(c, &(struct wizard_choice){.offer = offer,
			               .chosen = possible && is_chosen(wizard, kind, offer->id),
			               .proposed = possible && offer->proposed,
			               .possible = possible});
		}
		if (possible)
			add(c, &(struct wizard_choice){.none = true,
			               .chosen = wizard->chosen[kind].n == 0,
			               .possible = true});
	}
}

static void add_guests(struct choices *c, const struct wizard *wizard, const struct strv *guests)
{
	strv_foreach (word, guests)
		add(c, &(struct wizard_choice){.word = *word,
		               .chosen = streq(*word, wizard->guest),
		               .proposed = word == guests->list,
		               .possible = true});
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Round numbers between @least and @most, and what must be among them. */
static void add_numbers(struct choices *c, uint64_t unit, uint64_t least, uint64_t most,
        uint64_t proposed, uint64_t chosen)
{
	uint64_t numbers[80] = {least, most, proposed, chosen ? chosen : proposed};
	size_t n = 4;

	/* 1 2 3 4 6 8 12 16 24 ... */
	for (uint64_t i = 1; i <= 4096 && i * unit < most && n < ARRAY_SIZE(numbers) - 1; i *= 2) {
		if (i * unit > least)
			numbers[n++] = i * unit;
		if (i > 1 && i * unit / 2 * 3 > least && i * unit / 2 * 3 < most)
			numbers[n++] = i * unit / 2 * 3;
	}
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || numbers[i] != numbers[i - 1])
			add(c, &(struct wizard_choice){.number = numbers[i],
			               .chosen = numbers[i] == chosen,
			               .proposed = numbers[i] == proposed,
			               .possible = true});
}

size_t wizard_choices(const struct wizard *wizard, const struct offers *offers,
        enum wizard_step step, struct wizard_choice **out)
{
	struct choices c = {0};

	switch (step) {
	case WIZARD_GUEST:
		add_guests(&c, wizard, &offers->guests);
		break;
	case WIZARD_GPU:
	case WIZARD_DISK:
	case WIZARD_USB:
		add_offers(&c, wizard, &offers->of[kind_of(step)], kind_of(step));
		break;
	case WIZARD_MEMORY:
		add_numbers(&c, GIB, least_memory(offers), most_memory(offers),
		        proposed_memory(offers), wizard->memory);
		break;
	case WIZARD_CPUS:
		add_numbers(&c, 1, 1, most_cpus(offers), proposed_cpus(offers), wizard->cpus);
		break;
	case WIZARD_NAME:
	case WIZARD_MAKE:
	case WIZARD_STEPS:
		break;
	}
	*out = c.list;
	return c.n;
}

/* --- choosing --- */

static void toggle(struct strv *chosen, const char *id)
{
	struct strv kept = {0};

	if (!strv_has(chosen, id)) {
		strv_add(chosen, id);
		return;
	}
	strv_foreach (one, chosen)
		if (!streq(*one, id))
			strv_add(&kept, *one);
	strv_finish(chosen);
	*chosen = kept;
}

static void choose_offer(
        struct wizard *wizard, enum wizard_step step, const struct wizard_choice *choice)
{
	struct strv *chosen = &wizard->chosen[kind_of(step)];
	cleanup_free char *id = choice->none ? NULL : xstrdup(choice->offer->id);
	bool same = id && !wizard_takes_many(step) && strv_has(chosen, id);

	if (same)
		return;
	if (step == WIZARD_DISK)
		wizard->disk_confirmed = false;
	if (!id || !wizard_takes_many(step))
		strv_finish(chosen);
	if (id)
		toggle(chosen, id);
}

bool wizard_choose(struct wizard *wizard, enum wizard_step step, const struct wizard_choice *choice)
{
	if (!choice->possible)
		return false;
	if (step == WIZARD_GUEST)
		snprintf(wizard->guest, sizeof(wizard->guest), "%s", choice->word);
	else if (step == WIZARD_MEMORY)
		wizard->memory = choice->number;
	else if (step == WIZARD_CPUS)
		wizard->cpus = (unsigned)choice->number;
	else
		choose_offer(wizard, step, choice);
	return true;
}

const struct offer *wizard_disk_to_confirm(const struct wizard *wizard, const struct offers *offers)
{
	const struct strv *chosen = &wizard->chosen[OFFER_DISK];
	const struct offer *offer =
	        chosen->n ? offer_find(offers, OFFER_DISK, chosen->list[0]) : NULL;

	return offer && offer_is_raw_disk(offer) && !wizard->disk_confirmed ? offer : NULL;
}

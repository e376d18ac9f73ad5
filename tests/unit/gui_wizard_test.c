/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon offers, whatever it says, and the profile that answers make of it. */
#include "model/wizard.h"
#include "profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char offered[] =
        "{\"gpus\": ["
        " {\"address\": \"0000:02:00.0\", \"name\": \"Old\", \"verdict\": \"fail\","
        "  \"reasons\": [\"no group of its own\"], \"proposed\": true,"
        "  \"sections\": [{\"section\": \"gpu\", \"keys\": [[\"address\", \"0000:02:00.0\"]]}]},"
        " {\"address\": \"0000:01:00.0\", \"name\": \"Card\", \"verdict\": \"pass\", \"proposed\": "
        "true,"
        "  \"with\": [\"0000:01:00.1 Sound\"], \"sections\": ["
        "  {\"section\": \"gpu\", \"keys\": [[\"address\", \"0000:01:00.0\"], [\"id\", "
        "\"10de:2786\"]]},"
        "  {\"section\": \"audio\", \"keys\": [[\"address\", \"0000:01:00.1\"], [\"id\", "
        "\"10de:22bc\"]]}]},"
        " {\"address\": \"0000:03:00.0\", \"verdict\": \"later\", \"sections\": ["
        "  {\"section\": \"gpu\", \"keys\": [[\"address\", \"0000:03:00.0\"], [\"id\", "
        "\"1002:73ff\"]]}]}],"
        "\"usb_controllers\": [],"
        "\"disks\": [{\"path\": \"/dev/disk/by-id/nvme-A\", \"name\": \"A\", \"serial\": \"S1\","
        "  \"size\": 1000204886016, \"verdict\": \"pass\", \"proposed\": true, \"sections\": ["
        "  {\"section\": \"disk games\", \"keys\": [[\"device\", \"/dev/disk/by-id/nvme-A\"],"
        "   [\"serial\", \"S1\"]]}]}],"
        "\"memory\": {\"total\": 34359738368, \"proposed\": 17179869184, \"least\": 2147483648,"
        "  \"most\": 30064771072},"
        "\"cpus\": {\"total\": 16, \"proposed\": 8, \"most\": 14},"
        "\"guests\": [\"windows-11\", \"linux\"], \"names\": [\"game\", \"game-2\", \"vesna\"]}";

struct fixture {
	struct profiles profiles;
	struct wizard wizard;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	profiles_init(&f->profiles);
	assert_int_equal(offers_set(&f->profiles.offers, offered, NULL), 0);
	wizard_begin(&f->wizard, "Game");
	wizard_propose(&f->wizard, &f->profiles.offers);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	profiles_finish(&f->profiles);
	wizard_finish(&f->wizard);
	free(f);
	return 0;
}

/* Takes the answer that is called so, or is that number. */
static bool choose(struct fixture *f, enum wizard_step step, const char *id, uint64_t number)
{
	struct wizard_choice *choices;
	size_t n = wizard_choices(&f->wizard, &f->profiles.offers, step, &choices);
	bool taken = false, found = false;

	for (size_t i = 0; i < n && !found; i++) {
		const struct wizard_choice *c = &choices[i];

		found = id ? (c->offer && streq(c->offer->id, id)) ||
		                        (c->word && streq(c->word, id)) || (c->none && !*id)
		           : c->number == number;
		if (found)
			taken = wizard_choose(&f->wizard, step, c);
	}
	free(choices);
	assert_true(found);
	return taken;
}

static char *text_of(struct fixture *f)
{
	struct err err = {0};
	char *text = wizard_text(&f->wizard, &f->profiles.offers, &err);
	struct profile profile;

	if (!text)
		fail_msg("%s", err.message);
	/* Whatever is made is a profile. */
	if (profile_parse(text, "game.profile", &profile, &err) < 0)
		fail_msg("%s\n%s", err.message, text);
	profile_finish(&profile);
	return text;
}

static void what_is_proposed_is_a_profile(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = text_of(f);

	assert_string_equal(text, "[vm]\ntitle=Game\nguest=windows-11\n\n[cpu]\ncount=8\n\n"
	                          "[memory]\nsize=16G\n\n"
	                          "[gpu]\naddress=0000:01:00.0\nid=10de:2786\n\n"
	                          "[audio]\naddress=0000:01:00.1\nid=10de:22bc\n\n"
	                          "[disk games]\ndevice=/dev/disk/by-id/nvme-A\nserial=S1\n"
	                          "writable=yes\nbus=nvme\n");
}

static void other_answers_are_another_profile(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL;

	assert_true(choose(f, WIZARD_GUEST, "linux", 0));
	assert_true(choose(f, WIZARD_GPU, "0000:01:00.0", 0)); /* taken back */
	assert_true(choose(f, WIZARD_GPU, "0000:03:00.0", 0));
	assert_true(choose(f, WIZARD_DISK, "", 0));
	assert_true(choose(f, WIZARD_MEMORY, NULL, 4ull << 30));
	assert_true(choose(f, WIZARD_CPUS, NULL, 14));
	snprintf(f->wizard.title, sizeof(f->wizard.title), "Весна");
	text = text_of(f);
	assert_string_equal(text, "[vm]\ntitle=Весна\nguest=linux\n\n[cpu]\ncount=14\n\n"
	                          "[memory]\nsize=4G\n\n"
	                          "[gpu]\naddress=0000:03:00.0\nid=1002:73ff\n");
}

/* Two cards: the second section has a name. */
static void two_cards_have_two_sections(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL;

	assert_true(choose(f, WIZARD_GPU, "0000:03:00.0", 0));
	text = text_of(f);
	assert_non_null(strstr(text, "[gpu 2]\naddress=0000:03:00.0\n"));
	assert_true(choose(f, WIZARD_GPU, "", 0));
	assert_int_equal(f->wizard.chosen[OFFER_GPU].n, 0);
}

static void what_cannot_go_is_not_chosen(void **state)
{
	struct fixture *f = *state;

	assert_false(choose(f, WIZARD_GPU, "0000:02:00.0", 0));
	assert_false(strv_has(&f->wizard.chosen[OFFER_GPU], "0000:02:00.0"));
	/* One that goes meanwhile is not given either. */
	f->profiles.offers.of[OFFER_GPU].list[1].verdict = OFFER_FAIL;
	wizard_propose(&f->wizard, &f->profiles.offers);
	assert_int_equal(f->wizard.chosen[OFFER_GPU].n, 0);
}

static void a_disk_of_this_pc_is_confirmed(void **state)
{
	struct fixture *f = *state;
	const struct offers *offers = &f->profiles.offers;

	assert_non_null(wizard_disk_to_confirm(&f->wizard, offers));
	f->wizard.disk_confirmed = true;
	assert_null(wizard_disk_to_confirm(&f->wizard, offers));
	choose(f, WIZARD_DISK, "/dev/disk/by-id/nvme-A", 0); /* the same */
	assert_null(wizard_disk_to_confirm(&f->wizard, offers));
	choose(f, WIZARD_DISK, "", 0);
	assert_null(wizard_disk_to_confirm(&f->wizard, offers));
	choose(f, WIZARD_DISK, "/dev/disk/by-id/nvme-A", 0);
	assert_non_null(wizard_disk_to_confirm(&f->wizard, offers));
}

static void numbers_are_round(void **state)
{
	static const uint64_t gib[] = {2, 3, 4, 6, 8, 12, 16, 24, 28};
	struct fixture *f = *state;
	struct wizard_choice *choices;
	size_t n = wizard_choices(&f->wizard, &f->profiles.offers, WIZARD_MEMORY, &choices);

	assert_int_equal(n, ARRAY_SIZE(gib));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(choices[i].number, gib[i] << 30);
		assert_true(choices[i].chosen == (gib[i] == 16));
	}
	free(choices);
	n = wizard_choices(&f->wizard, &f->profiles.offers, WIZARD_CPUS, &choices);
	assert_int_equal(choices[0].number, 1);
	assert_int_equal(choices[n - 1].number, 14);
	free(choices);
}

static void expect_name(struct fixture *f, const char *title, const char *name)
{
	cleanup_free char *got = NULL;

	snprintf(f->wizard.title, sizeof(f->wizard.title), "%s", title);
	got = wizard_name(&f->wizard, &f->profiles.offers);
	assert_string_equal(got, name);
	assert_int_equal(profile_check_name(got, NULL), 0);
}

static void names_are_made_of_titles(void **state)
{
	struct fixture *f = *state;

	expect_name(f, "Hollow Coast", "hollow-coast");
	expect_name(f, "Игра", "igra");
	expect_name(f, "Весна", "vesna-2");
	expect_name(f, "Съёмка: Ёжик & Щука!", "semka-ezhik-shchuka");
	expect_name(f, "Game", "game-3");
	expect_name(f, "2001: a space game", "a-space-game");
	expect_name(f, "???", "game-3");
	expect_name(f, "日本", "game-3");
	expect_name(f, "A name that has far more letters than a name may have",
	        "a-name-that-has-far-more");
}

static void garbage_is_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "7", "{", "null", "\"x\""};
	struct fixture *f = *state;
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(offers_set(&f->profiles.offers, bad[i], &err) < 0);
		assert_true(shown_set(&f->profiles.shown, bad[i], &err) < 0);
		assert_true(checked_set(&f->profiles.checked, "a", "", bad[i], &err) < 0);
	}
	/* What was told before is still there. */
	assert_int_equal(f->profiles.offers.of[OFFER_GPU].n, 3);
	/* Odd types are nothing. */
	assert_int_equal(
	        offers_set(&f->profiles.offers,
	                "{\"gpus\": [7, {\"name\": []}, {\"address\": \"x\", \"sections\": "
	                "[{\"keys\": [[1, 2], [\"a\"], \"b\"]}]}], \"disks\": {},"
	                " \"memory\": [], \"cpus\": {\"most\": -3}, \"guests\": 9}",
	                &err),
	        0);
	assert_int_equal(f->profiles.offers.of[OFFER_GPU].n, 1);
	assert_int_equal(f->profiles.offers.of[OFFER_GPU].list[0].sections[0].n, 0);
	wizard_propose(&f->wizard, &f->profiles.offers);
	assert_int_equal(f->wizard.chosen[OFFER_GPU].n, 0);
}

/* What a daemon says cannot put lines into a profile, nor sections that no profile has. */
static void an_offer_is_judged(void **state)
{
	static const char *const keys[] = {"[\"id\", \"1:2\\n[vm]\"]", "[\"no-such-key\", \"x\"]",
	        "[\"id\", \"\"]", "[\"id\", \"nonsense\"]"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cleanup_free char *json =
		        xasprintf("{\"gpus\": [{\"address\": \"a\", \"verdict\": \"pass\", "
		                  "\"proposed\": true,"
		                  " \"sections\": [{\"section\": \"gpu\", \"keys\": [%s]}]}]}",
		                keys[i]);
		struct err err = {0};

		assert_int_equal(offers_set(&f->profiles.offers, json, &err), 0);
		f->wizard.proposed = false;
		wizard_propose(&f->wizard, &f->profiles.offers);
		assert_null(wizard_text(&f->wizard, &f->profiles.offers, &err));
		assert_true(err.number < 0);
	}
}

static void problems_are_told_with_errors_first(void **state)
{
	struct fixture *f = *state;
	struct profile_checked *c = &f->profiles.checked;

	assert_int_equal(
	        checked_set(c, "a", "text",
	                "{\"problems\": [{\"severity\": \"warning\", \"message\": \"w\"},"
	                " {\"severity\": \"error\", \"message\": \"e\", \"section\": \"gpu\"},"
	                " {\"message\": \"who knows\"}], \"summary\": [\"s\", 7]}",
	                NULL),
	        0);
	assert_int_equal(c->n_problems, 3);
	assert_string_equal(c->problems[0].message, "e");
	assert_string_equal(c->problems[2].message, "w");
	assert_int_equal(checked_errors(c), 2);
	assert_true(checked_is_of(c, "a", "text"));
	assert_false(checked_is_of(c, "a", "text "));
}

#define WITH_OFFERS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_OFFERS(what_is_proposed_is_a_profile),
	        WITH_OFFERS(other_answers_are_another_profile),
	        WITH_OFFERS(two_cards_have_two_sections),
	        WITH_OFFERS(what_cannot_go_is_not_chosen),
	        WITH_OFFERS(a_disk_of_this_pc_is_confirmed),
	        WITH_OFFERS(numbers_are_round),
	        WITH_OFFERS(names_are_made_of_titles),
	        WITH_OFFERS(garbage_is_refused),
	        WITH_OFFERS(an_offer_is_judged),
	        WITH_OFFERS(problems_are_told_with_errors_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What left and right make of a value. The value that is usual is not written: stepping onto it takes the line out of the
 * profile.
 */
#include "model/editor.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* Sizes that something must have are exact: nobody steps through them. */
static bool is_exact(const struct key *key)
{
	return key->type == KEY_SIZE && key->min < MIB;
}

bool editor_has_steps(const struct key *key)
{
	switch (key->type) {
	case KEY_WORD:
	case KEY_BOOL:
	case KEY_COUNT:
		return true;
	case KEY_SIZE:
		return !is_exact(key);
	case KEY_TEXT:
	case KEY_MODEL:
	case KEY_FILE:
	case KEY_DISK_PATH:
	case KEY_DISK_URL:
	case KEY_INPUT_PATH:
	case KEY_RESOLUTION:
	case KEY_PCI_ADDRESS:
	case KEY_PCI_PATH:
	case KEY_PCI_SERIAL:
	case KEY_ID:
	case KEY_USB_PORT:
	case KEY_PROCESSORS:
	case KEY_FORWARD:
	case KEY_LINK:
	case KEY_MAC:
	case KEY_VIRTUAL_FUNCTION:
	case KEY_MEDIATED:
	case KEY_UNITS:
	case KEY_ASCII:
	case KEY_FEATURES:
		break;
	}
	return false;
}

static const char *const *words_of(const struct key *key)
{
	static const char *const yes_and_no[] = {"no", "yes", NULL};

	return key->type == KEY_BOOL ? yes_and_no : key->words;
}

static char *unless_usual(const struct key *key, const char *value)
{
	return key->preset && streq(value, key->preset) ? NULL : xstrdup(value);
}

/* Without a usual word, nothing written is a place of its own before the first. */
static char *step_word(const struct key *key, const char *value, int by)
{
	const char *const *words = words_of(key);
	const char *now = value ? value : key->preset;
	int n = 0, at = -1, least = key->preset ? 0 : -1;

	for (; words[n]; n++)
		if (now && streq(words[n], now))
			at = n;
	at += by;
	if (at < least)
		at = least;
	if (at >= n)
		at = n - 1;
	return at < 0 ? NULL : unless_usual(key, words[at]);
}

static uint64_t pace_of_count(uint64_t n)
{
	return n < 16 ? 1 : n < 32 ? 2 : n < 64 ? 4 : 8;
}

static uint64_t pace_of_size(uint64_t n)
{
	if (n < GIB)
		return n < 128 * MIB ? 64 * MIB : n < 512 * MIB ? 128 * MIB : 256 * MIB;
	n /= GIB;
	return (n < 8 ? 1 : n < 32 ? 2 : n < 64 ? 4 : n < 256 ? 8 : 64) * GIB;
}

/* The next round number up or down. */
static uint64_t step_number(const struct key *key, uint64_t n, int by)
{
	uint64_t (*pace_of)(uint64_t) = key->type == KEY_SIZE ? pace_of_size : pace_of_count;
	uint64_t pace = pace_of(by > 0 || n == 0 ? n : n - 1), rest = n % pace;

	if (by > 0)
		n = n - rest + pace;
	else
		n = rest ? n - rest : n > pace ? n - pace : 0;
	return n < key->min ? key->min : n > key->max ? key->max : n;
}

/* The number of a value; 0 where it is none. */
static uint64_t number_of(const struct key *key, const char *value)
{
	union {
		struct profile profile;
		struct profile_net net;
		struct profile_pci pci;
		struct profile_disk disk;
		struct profile_cdrom cdrom;
	} object = {0};
	uint64_t size = 0;
	unsigned count = 0;

	if (!value || key_set(key, &object, value, NULL) < 0)
		return 0;
	if (key->type == KEY_SIZE) {
		memcpy(&size, (char *)&object + key->offset, sizeof(size));
		return size;
	}
	memcpy(&count, (char *)&object + key->offset, sizeof(count));
	return count;
}

static char *format_number(const struct key *key, uint64_t n)
{
	static const struct {
		uint64_t unit;
		const char *letter;
	} units[] = {{GIB << 10, "T"}, {GIB, "G"}, {MIB, "M"}, {1, ""}};
	size_t i = key->type == KEY_SIZE ? 0 : ARRAY_SIZE(units) - 1;

	while (n % units[i].unit)
		i++;
	return xasprintf("%llu%s", (unsigned long long)(n / units[i].unit), units[i].letter);
}

/*
 * A word in place of a number stands before the least. False: the step leads from a number to a number.
 */
static bool step_to_word(const struct key *key, const char *value, int by, char **out)
{
	const char *word = key->type == KEY_SIZE && key->words ? key->words[0] : NULL;

	if (!word)
		return false;
	if (value && streq(value, word))
		*out = by > 0 ? format_number(key, key->min) : xstrdup(word);
	else if (by < 0 && number_of(key, value ? value : key->preset) == key->min)
		*out = xstrdup(word);
	else
		return false;
	return true;
}

static char *step_count(const struct key *key, const char *value, int by)
{
	uint64_t now = number_of(key, value ? value : key->preset), next;
	cleanup_free char *text = NULL;
	char *word;

	if (step_to_word(key, value, by, &word))
		return word;
	next = now ? step_number(key, now, by) : key->min;
	text = format_number(key, next);
	/* "2048M" is "2G" to everybody but a comparison of texts. */
	if (key->preset && next == number_of(key, key->preset))
		return NULL;
	return next == now && value ? xstrdup(value) : take_ptr(text);
}

char *editor_step(const struct key *key, const char *value, int by)
{
	if (!editor_has_steps(key))
		return xstrdup(value);
	if (key->type == KEY_WORD || key->type == KEY_BOOL)
		return step_word(key, value, by);
	return step_count(key, value, by);
}

char *editor_cycle(const struct key *key, const char *value)
{
	const char *const *words;
	const char *now = value ? value : key->preset;
	size_t n = 0;

	if (key->type != KEY_WORD && key->type != KEY_BOOL)
		return editor_step(key, value, 1);
	words = words_of(key);
	while (words[n])
		n++;
	if (!now || !streq(now, words[n - 1]))
		return step_word(key, value, 1);
	return key->preset ? unless_usual(key, words[0]) : NULL;
}

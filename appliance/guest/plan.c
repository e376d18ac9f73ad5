/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test plan: which devices the host wants tested, and the nonce of the picture. */
#include "plan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static const char *const kind_names[] = {
        [PLAN_GPU] = "gpu",
        [PLAN_AUDIO] = "audio",
        [PLAN_USB_CONTROLLER] = "usb-controller",
        [PLAN_NVME] = "nvme",
        [PLAN_PCI] = "pci",
        [PLAN_DISPLAY] = "display",
        [PLAN_DISK] = "disk",
        [PLAN_PROCESSORS] = "processors",
        [PLAN_HYPERVISOR] = "hypervisor",
        [PLAN_MEMORY] = "memory",
        [PLAN_ROM] = "rom",
};

const char *plan_kind_name(enum plan_kind kind)
{
	return kind_names[kind];
}

bool plan_kind_is_pci(enum plan_kind kind)
{
	switch (kind) {
	case PLAN_GPU:
	case PLAN_AUDIO:
	case PLAN_USB_CONTROLLER:
	case PLAN_NVME:
	case PLAN_PCI:
	case PLAN_DISPLAY:
		return true;
	case PLAN_DISK:
	case PLAN_PROCESSORS:
	case PLAN_HYPERVISOR:
	case PLAN_MEMORY:
	case PLAN_ROM:
		break;
	}
	return false;
}

bool plan_parse_nonce(const char *text, uint64_t *nonce)
{
	char digits[17];

	if (strspn(text, "0123456789abcdefABCDEF") < 16)
		return false;
	if (text[16] != '\0' && !isspace((unsigned char)text[16]))
		return false;
	guest_copy(digits, sizeof digits, text);
	*nonce = strtoull(digits, NULL, 16);
	return true;
}

bool plan_add(struct plan *plan, enum plan_kind kind, const char *name, const char *where)
{
	struct plan_item *item = &plan->items[plan->count];

	if (plan->count == PLAN_ITEMS_MAX)
		return false;
	item->kind = kind;
	guest_copy(item->name, sizeof item->name, name);
	guest_copy(item->where, sizeof item->where, where);
	plan->count++;
	return true;
}

/* Cuts the first word off *line and returns it; the rest starts at its next word. */
static char *take_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	char *end = word + strcspn(word, " \t");

	*line = end + strspn(end, " \t");
	*end = '\0';
	return word;
}

static int find_kind(const char *word)
{
	for (size_t i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++)
		if (strcmp(word, kind_names[i]) == 0)
			return (int)i;
	return -1;
}

/* Returns NULL, or what is wrong with the line. */
static const char *parse_line(char *line, struct plan *plan)
{
	char *word = take_word(&line);
	char *name;
	int kind;

	if (*word == '\0' || *word == '#')
		return NULL;
	if (strcmp(word, "nonce") == 0) {
		plan->has_nonce = plan_parse_nonce(line, &plan->nonce);
		return plan->has_nonce ? NULL : "a nonce has 16 hex digits";
	}
	kind = find_kind(word);
	if (kind < 0)
		return "unknown kind of device";
	name = take_word(&line);
	if (*name == '\0' || *line == '\0')
		return "a device needs a name and a place";
	if (!plan_add(plan, (enum plan_kind)kind, name, line))
		return "too many devices";
	return NULL;
}

static void cut_line_end(char *line)
{
	size_t length = strlen(line);

	while (length > 0 && isspace((unsigned char)line[length - 1]))
		line[--length] = '\0';
}

bool plan_parse(const char *text, struct plan *plan)
{
	int number = 0;

	memset(plan, 0, sizeof *plan);
	while (*text != '\0') {
		char line[PLAN_WHERE_MAX + 200];
		size_t length = strcspn(text, "\n");
		const char *wrong;

		guest_copy(line, length < sizeof line ? length + 1 : sizeof line, text);
		cut_line_end(line);
		text += length + (text[length] == '\n');
		number++;
		wrong = length < sizeof line ? parse_line(line, plan) : "the line is too long";
		if (wrong && plan->problem[0] == '\0')
			snprintf(plan->problem, sizeof plan->problem, "test plan, line %d: %s",
			        number, wrong);
	}
	return plan->problem[0] == '\0';
}

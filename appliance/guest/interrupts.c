/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many interrupts a PCI function has raised, from /proc/interrupts and /sys. */
#include "interrupts.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* The first line of /proc/interrupts names one column per processor. */
static int count_columns(const char *text)
{
	int columns = 0;

	for (const char *at = text; *at != '\0' && *at != '\n'; at++)
		columns += strncmp(at, "CPU", 3) == 0;
	return columns;
}

static void add_line(const char *line, int columns, int number, struct interrupts *out)
{
	const char *colon = strchr(line, ':');
	const char *at = colon + 1;
	size_t rest;

	for (int i = 0; i < columns; i++) {
		char *end;

		out->count += strtoul(at, &end, 10);
		at = end;
	}
	rest = strcspn(at, "\n");
	/* "IR-PCI-MSI 524288-edge xhci_hcd": names of the listeners follow, divided by commas. */
	if (memchr(at, ',', rest))
		out->shared = true;
	while (rest > 0 && isspace((unsigned char)*at)) {
		at++;
		rest--;
	}
	out->lines++;
	guest_append(out->text, sizeof out->text, "%sline %d (", out->text[0] ? ", " : "", number);
	for (size_t i = 0; i < rest; i++)
		if (at[i] != ' ' || at[i + 1] != ' ')
			guest_append(out->text, sizeof out->text, "%c", at[i]);
	guest_append(out->text, sizeof out->text, ")");
}

static bool is_wanted(long number, const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

void interrupts_sum(const char *text, const int *numbers, size_t count, struct interrupts *out)
{
	int columns = count_columns(text);

	memset(out, 0, sizeof *out);
	for (const char *line = text; *line != '\0';) {
		char *end;
		long number = strtol(line, &end, 10);

		if (end > line && *end == ':' && is_wanted(number, numbers, count))
			add_line(line, columns, (int)number, out);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* The function's line numbers: one per MSI vector, else the INTx line. */
static size_t line_numbers(const char *address, int *numbers, size_t room)
{
	char path[PATH_MAX], text[32];
	struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/msi_irqs", address);
	folder = opendir(path);
	while (folder && count < room && (entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			numbers[count++] = atoi(entry->d_name);
	if (folder)
		closedir(folder);
	if (count > 0)
		return count;
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/irq", address);
	if (guest_read_text(path, text, sizeof text) > 0 && atoi(text) > 0)
		numbers[count++] = atoi(text);
	return count;
}

void interrupts_of(const char *address, struct interrupts *out)
{
	static char text[65536];
	int numbers[64];
	size_t count = line_numbers(address, numbers, sizeof numbers / sizeof numbers[0]);

	memset(out, 0, sizeof *out);
	if (guest_read_text("/proc/interrupts", text, sizeof text) > 0)
		interrupts_sum(text, numbers, count, out);
}

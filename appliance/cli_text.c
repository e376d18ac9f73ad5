/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How commands print: tables, JSON, and text of others made harmless. */
#include "bus/text.h"
#include "cli.h"

#include <unistd.h>

void cli_print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
}

json_t *cli_document(void)
{
	return json_pack("{s:i}", "schema", 1);
}

void cli_page(struct page *page)
{
	page_init(page, stdout, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
}

char *cli_whole_path(const char *path)
{
	cleanup_free char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

	return here ? xasprintf("%s/%s", here, path) : xstrdup(path);
}

void cli_put(const char *text)
{
	cleanup_free char *harmless = text_harmless(text ? text : "-", false);

	fputs(harmless, stdout);
}

char *cli_member(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return xasprintf("%lld", (long long)json_integer_value(value));
	return text_harmless(text && *text ? text : "-", false);
}

void cli_table_add(struct cli_table *table, char *cell)
{
	*list_append(table->cells, table->n_cells) = cell;
}

static int text_width(const char *text)
{
	return (int)page_columns(text, strlen(text));
}

static int column_width(const struct cli_table *table, size_t column)
{
	int widest = 0;

	for (size_t i = column; i < table->n_cells; i += table->columns) {
		int width = text_width(table->cells[i]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

void cli_table_print(struct cli_table *table, FILE *out)
{
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t column = i % table->columns;
		bool last = column == table->columns - 1;
		const char *cell = table->cells[i];
		int pad = last ? 0 : column_width(table, column) - text_width(cell) + 2;

		fprintf(out, "%s%*s%s", cell, pad, "", last ? "\n" : "");
	}
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct cli_table){.columns = table->columns};
}

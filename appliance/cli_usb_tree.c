/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb list: the devices as a tree of controllers and sockets. */
#include "base/i18n.h"
#include "base/usb_port.h"
#include "bus/text.h"
#include "cli.h"
#include "cli_usb.h"

#define GAP         2  /* columns between two cells */
#define NAME_LEAST  16 /* so much of a name is always shown */
#define USES_LEAST  24 /* narrower, what the host does goes on a line of its own */
#define USES_INDENT 6
#define DEPTH_STEP  2

enum column { PORT, DEVICE, NAME, KIND, SPEED, VM, COLUMNS };

static const char *const titles[COLUMNS] = {
        N_("PORT"), N_("DEVICE"), N_("NAME"), N_("KIND"), N_("SPEED"), N_("VM")};

/* One socket and what is in it. */
struct row {
	const char *port;            /* "0000:00:14.0/2.3"; the controller alone for its root hub */
	const json_t *device, *twin; /* @twin: the other half of a USB 3 hub */
	const json_t *socket;        /* an empty one; else NULL */
	char *cells[COLUMNS], *uses; /* harmless */
};

struct tree {
	const struct page *page;
	const json_t *controllers;
	struct row *rows;
	size_t n;
	size_t widths[COLUMNS];
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static double speed_of(const json_t *device)
{
	return json_number_value(json_object_get(device, "speed_mbps"));
}

static bool is_root_hub(const struct row *row)
{
	return row->device && !strchr(row->port, '/');
}

/* --- which rows there are --- */

static void add_row(struct tree *tree, const json_t *device, const json_t *socket)
{
	*list_append(tree->rows, tree->n) = (struct row){
	        .port = text_of(device ? device : socket, "port"),
	        .device = device,
	        .socket = socket,
	};
}

static bool is_empty(const json_t *socket)
{
	return !json_is_string(json_object_get(socket, "device")) &&
	       !streq(text_of(socket, "connect_type"), "not used");
}

/* Devices before an empty socket of the same name, which a plug in between made. */
static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strverscmp(x->port, y->port);

	if (!order)
		order = !x->device - !y->device;
	return order ? order
	             : strverscmp(text_of(x->device, "sysname"), text_of(y->device, "sysname"));
}

static bool are_twins(const struct row *a, const struct row *b)
{
	return a->device && b->device && !a->twin && streq(a->port, b->port) &&
	       json_is_true(json_object_get(a->device, "hub")) &&
	       json_is_true(json_object_get(b->device, "hub"));
}

/* A socket is one row, whatever its halves hold. */
static void join_rows(struct tree *tree)
{
	size_t n = 0;

	for (size_t i = 0; i < tree->n; i++) {
		struct row *last = n ? &tree->rows[n - 1] : NULL, *row = &tree->rows[i];

		if (last && are_twins(last, row))
			last->twin = row->device;
		else if (!last || row->device || !streq(last->port, row->port))
			tree->rows[n++] = *row;
	}
	tree->n = n;
}

static void collect(struct tree *tree, const json_t *devices, const json_t *ports, bool all)
{
	const json_t *item;
	size_t i;

	json_array_foreach (devices, i, item)
		add_row(tree, item, NULL);
	if (all) {
		json_array_foreach (json_object_get(ports, "ports"), i, item) {
			if (is_empty(item))
				add_row(tree, NULL, item);
		}
	}
	if (tree->n)
		qsort(tree->rows, tree->n, sizeof(*tree->rows), compare);
	join_rows(tree);
}

/* --- what is in them --- */

/* "    5.2": by its depth under the controller. */
static char *port_cell(const char *port)
{
	const char *slash = strrchr(port, '/');
	cleanup_free char *chain = text_harmless(slash ? slash + 1 : port, false);
	unsigned depth = usb_port_depth(port);

	return xasprintf("%*s%s", (int)(depth ? depth : 1) * DEPTH_STEP, "", chain);
}

static char *device_cell(const struct row *row)
{
	cleanup_free char *one = cli_member(row->device, "sysname"), *two = NULL;

	if (!row->twin)
		return take_ptr(one);
	two = cli_member(row->twin, "sysname");
	return xasprintf("%s %s", one, two);
}

/* An old daemon knows the product alone. */
static char *name_cell(const json_t *device)
{
	const char *name = json_string_value(json_object_get(device, "name"));

	return name ? text_harmless(name, false) : cli_member(device, "product");
}

static void fill_device(struct row *row)
{
	const json_t *faster =
	        row->twin && speed_of(row->twin) > speed_of(row->device) ? row->twin : row->device;

	row->cells[DEVICE] = device_cell(row);
	row->cells[NAME] = name_cell(faster);
	row->cells[KIND] = xstrdup(usb_kind_words(text_of(row->device, "kind")));
	row->cells[SPEED] = usb_speed_words(json_object_get(faster, "speed_mbps"));
	row->cells[VM] = cli_member(row->device, "vm");
	row->uses = usb_join_words(json_object_get(row->device, "host_uses"));
}

static void fill_empty(struct row *row)
{
	const char *words = usb_connect_words(text_of(row->socket, "connect_type"));

	row->cells[DEVICE] = xstrdup("-");
	row->cells[NAME] = words ? xasprintf(_("empty, %s"), words) : xstrdup(_("empty"));
	for (size_t c = KIND; c < COLUMNS; c++)
		row->cells[c] = xstrdup("");
	row->uses = xstrdup("");
}

static size_t columns_of(const char *text)
{
	return page_columns(text, strlen(text));
}

/* The name gives way where the line is too long. */
static void measure(struct tree *tree)
{
	size_t others = 0;

	for (size_t c = 0; c < COLUMNS; c++) {
		tree->widths[c] = columns_of(_(titles[c]));
		for (size_t i = 0; i < tree->n; i++) {
			const char *cell = tree->rows[i].cells[c];
			size_t wide = cell ? columns_of(cell) : 0;

			tree->widths[c] = wide > tree->widths[c] ? wide : tree->widths[c];
		}
		others += c == NAME ? GAP : tree->widths[c] + GAP;
	}
	others += USES_LEAST;
	if (others + tree->widths[NAME] > tree->page->width) {
		size_t room = tree->page->width > others ? tree->page->width - others : 0;

		tree->widths[NAME] = room > NAME_LEAST ? room : NAME_LEAST;
	}
}

/* --- on the page --- */

/* Prints @text in @width columns after @pending blanks, cut off with "..." where it is wider. No blanks end a line. */
static void put_cell(
        const struct page *page, size_t *pending, const char *sgr, const char *text, size_t width)
{
	static const char dots[] = "...";
	size_t n = strlen(text), wide = columns_of(text);
	cleanup_free char *cut = NULL;

	while (wide > width && n) {
		/* To the start of the last character. */
		do
			n--;
		while (n && (text[n] & 0xc0) == 0x80);
		wide = page_columns(text, n) + strlen(dots);
	}
	cut = xasprintf("%.*s%s", (int)n, text, text[n] ? dots : "");
	if (*text) {
		page_blank(page, *pending);
		*pending = 0;
		page_paint(page, sgr, cut);
	}
	*pending += (wide < width ? width - wide : 0) + GAP;
}

static void put_uses(const struct tree *tree, size_t pending, const char *uses)
{
	const struct page *page = tree->page;
	size_t at = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		at += tree->widths[c] + GAP;
	if (!*uses) {
		fputc('\n', page->out);
		return;
	}
	if (at + USES_LEAST > page->width) {
		fputc('\n', page->out);
		at = pending = USES_INDENT;
	}
	page_blank(page, pending);
	page_wrap(page, PAGE_YELLOW, at, at, uses);
}

static void put_row(const struct tree *tree, const struct row *row)
{
	bool dim = !row->device || json_is_true(json_object_get(row->device, "hub"));
	size_t pending = 0;

	for (size_t c = 0; c < COLUMNS; c++) {
		bool held = c == VM && row->device && !streq(row->cells[c], "-");

		put_cell(tree->page, &pending,
		        held  ? PAGE_GREEN
		        : dim ? PAGE_DIM
		              : NULL,
		        row->cells[c], tree->widths[c]);
	}
	put_uses(tree, pending, row->uses);
}

static void put_titles(const struct tree *tree)
{
	size_t pending = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		put_cell(tree->page, &pending, PAGE_DIM, _(titles[c]), tree->widths[c]);
	page_blank(tree->page, pending);
	page_paint(tree->page, PAGE_DIM, _("THE HOST"));
	fputc('\n', tree->page->out);
}

/* "USB controller 0000:00:14.0 Intel Corporation ..." */
static void put_controller(const struct tree *tree, const char *port, size_t n)
{
	cleanup_free char *own = xstrndup(port, n), *harmless = text_harmless(own, false);
	cleanup_free char *line = NULL, *name = NULL;
	const json_t *c;
	size_t i;

	json_array_foreach (tree->controllers, i, c) {
		if (!name && streq(text_of(c, "address"), own))
			name = text_harmless(text_of(c, "name"), false);
	}
	line = xasprintf(_("USB controller %s"), harmless);
	page_paint(tree->page, PAGE_BOLD, line);
	page_wrap_after(tree->page, NULL, true, columns_of(line), 2, name ? name : "");
}

static void put_group(const struct tree *tree, size_t from, size_t end)
{
	put_controller(tree, tree->rows[from].port, strcspn(tree->rows[from].port, "/"));
	for (size_t i = from; i < end; i++) {
		if (!is_root_hub(&tree->rows[i]))
			put_row(tree, &tree->rows[i]);
	}
	if (end - from == 1 && is_root_hub(&tree->rows[from]))
		page_paint(tree->page, PAGE_DIM, _("  nothing is plugged in\n"));
}

static bool same_controller(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return n == strcspn(b, "/") && strncmp(a, b, n) == 0;
}

static void put_groups(const struct tree *tree)
{
	size_t from = 0;

	for (size_t i = 1; i <= tree->n; i++) {
		if (i < tree->n && same_controller(tree->rows[from].port, tree->rows[i].port))
			continue;
		put_group(tree, from, i);
		from = i;
	}
}

static void tree_finish(struct tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		for (size_t c = 0; c < COLUMNS; c++)
			free(tree->rows[i].cells[c]);
		free(tree->rows[i].uses);
	}
	free(tree->rows);
}

void usb_tree_print(const struct page *page, const json_t *devices, const json_t *ports, bool all)
{
	struct tree tree = {.page = page, .controllers = json_object_get(ports, "controllers")};

	collect(&tree, devices, ports, all);
	if (!tree.n) {
		fprintf(page->out, "%s\n", _("There is no USB device."));
		return;
	}
	for (size_t i = 0; i < tree.n; i++) {
		struct row *row = &tree.rows[i];

		if (is_root_hub(row))
			continue;
		row->cells[PORT] = port_cell(row->port);
		if (row->device)
			fill_device(row);
		else
			fill_empty(row);
	}
	measure(&tree);
	put_titles(&tree);
	put_groups(&tree);
	tree_finish(&tree);
}

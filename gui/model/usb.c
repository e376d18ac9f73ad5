/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB part of the model: devices, sockets, whose they are and why; and all of it in the order of the PC. */
#include "base/i18n.h"
#include "base/strv.h"
#include "base/usb_port.h"
#include "model/parts.h"

#include <errno.h>

/* --- devices --- */

static void devices_finish(struct model_usb *usb, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(usb[i].sysname);
		free(usb[i].port);
		free(usb[i].id);
		free(usb[i].name);
		free(usb[i].kind);
		free(usb[i].serial);
		free(usb[i].vm);
		free(usb[i].uses);
	}
	free(usb);
}

/* The texts of an array, one sentence each. Caller frees. */
static char *join_texts(const json_t *array)
{
	cleanup_strv struct strv list = {0};
	cleanup_free char *all = NULL;
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (json_is_string(one))
			strv_add(&list, json_string_value(one));
	}
	all = strv_join(&list, "; ");
	return model_text(all);
}

/* What it is called: an old daemon knows the product alone, and some devices say nothing of themselves. */
static char *name_of(const json_t *json)
{
	static const char *const keys[] = {"name", "product", "id", "sysname"};
	char *name = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !(name && *name); i++) {
		cleanup_free char *text = model_member_text(json, keys[i]);

		model_replace(&name, xstrdup(strip(text)));
	}
	return name;
}

static void parse_usb(const json_t *json, struct model_usb *usb)
{
	usb->sysname = model_member_text(json, "sysname");
	usb->port = model_member_text(json, "port");
	usb->id = model_member_text(json, "id");
	usb->name = name_of(json);
	usb->kind = model_member_text(json, "kind");
	usb->serial = model_member_text(json, "serial");
	usb->vm = model_member_text(json, "vm");
	usb->uses = join_texts(json_object_get(json, "host_uses"));
	usb->hub = json_is_true(json_object_get(json, "hub"));
}

/* The same device in the same place; a VM that takes it does not make it new. */
static const struct model_usb *find_same(const struct model *model, const struct model_usb *usb)
{
	for (size_t i = 0; i < model->n_usb; i++) {
		const struct model_usb *old = &model->usb[i];

		if (streq(old->sysname, usb->sysname) && streq(old->id, usb->id) &&
		        streq(old->serial, usb->serial))
			return old;
	}
	return NULL;
}

static int compare_usb(const void *pa, const void *pb)
{
	const struct model_usb *a = pa, *b = pb;
	int by_port = strverscmp(a->port, b->port);

	return by_port ? by_port : strverscmp(a->sysname, b->sysname);
}

/* --- rows --- */

static bool is_root_hub(const struct model_usb *usb)
{
	return usb->hub && !strchr(usb->port, '/');
}

/* Devices before an empty socket of the same name, which a plug in between made. */
static int compare_rows(const void *pa, const void *pb)
{
	const struct model_usb_row *a = pa, *b = pb;
	int by_port = strverscmp(a->port, b->port);

	if (!by_port)
		by_port = !a->device - !b->device;
	return by_port     ? by_port
	       : a->device ? strverscmp(a->device->sysname, b->device->sysname)
	                   : 0;
}

static bool same_controller(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return n == strcspn(b, "/") && strncmp(a, b, n) == 0;
}

static const char *controller_name(const struct model *model, const char *port)
{
	for (size_t i = 0; i < model->n_controllers; i++)
		if (same_controller(model->controllers[i].address, port))
			return model->controllers[i].name;
	return "";
}

/* A socket is one row, whatever its halves hold; a hub has two of them. */
static bool is_told(const struct model_usb_row *row, const struct model_usb_row *before)
{
	return before && *row->port && streq(before->port, row->port) &&
	       (row->kind == MODEL_ROW_EMPTY ||
	               (row->kind == MODEL_ROW_HUB && before->kind == MODEL_ROW_HUB));
}

static size_t gather(const struct model *model, struct model_usb_row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_usb; i++) {
		const struct model_usb *usb = &model->usb[i];

		if (is_root_hub(usb))
			continue;
		rows[n++] =
		        (struct model_usb_row){.kind = usb->hub ? MODEL_ROW_HUB : MODEL_ROW_DEVICE,
		                .port = usb->port,
		                .depth = usb_port_depth(usb->port),
		                .device = usb};
	}
	for (size_t i = 0; i < model->n_sockets; i++) {
		const struct model_socket *s = &model->sockets[i];

		if (!s->taken && !s->hidden)
			rows[n++] = (struct model_usb_row){.kind = MODEL_ROW_EMPTY,
			        .port = s->port,
			        .depth = usb_port_depth(s->port)};
	}
	if (n)
		qsort(rows, n, sizeof(*rows), compare_rows);
	return n;
}

/* Each controller's sockets below its name. */
static void build_rows(struct model *model)
{
	size_t most = model->n_usb + model->n_sockets + 1, n;
	cleanup_free struct model_usb_row *all = xcalloc(most, sizeof(*all));
	const struct model_usb_row *last = NULL;

	n = gather(model, all);
	free(model->rows);
	model->rows = xcalloc(2 * most, sizeof(*model->rows));
	model->n_rows = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_told(&all[i], last))
			continue;
		if (strchr(all[i].port, '/') &&
		        (!last || !same_controller(last->port, all[i].port)))
			model->rows[model->n_rows++] =
			        (struct model_usb_row){.kind = MODEL_ROW_CONTROLLER,
			                .port = all[i].port,
			                .name = controller_name(model, all[i].port)};
		last = &all[i];
		model->rows[model->n_rows++] = all[i];
	}
}

int model_set_usb(struct model *model, const char *text, uint64_t now_ms, struct err *err)
{
	cleanup_json json_t *all = model_parse_array(text, "UsbList", err);
	struct model_usb *list;
	const json_t *one;
	size_t i, n = 0;

	if (!all)
		return -EBADMSG;
	list = xcalloc(json_array_size(all) + 1, sizeof(*list));
	json_array_foreach (all, i, one) {
		struct model_usb *usb = &list[n];
		const struct model_usb *old;

		if (n == MODEL_USB_MOST)
			break;
		parse_usb(one, usb);
		old = find_same(model, usb);
		usb->seen_ms = old ? old->seen_ms : model->usb_listed ? now_ms : 0;
		n++;
	}
	devices_finish(model->usb, model->n_usb);
	model->usb = list;
	model->n_usb = n;
	model->usb_listed = true;
	if (n)
		qsort(list, n, sizeof(*list), compare_usb);
	build_rows(model);
	model_changed(model);
	return 0;
}

/* --- sockets --- */

static void sockets_finish(struct model *model)
{
	for (size_t i = 0; i < model->n_sockets; i++)
		free(model->sockets[i].port);
	for (size_t i = 0; i < model->n_controllers; i++) {
		free(model->controllers[i].address);
		free(model->controllers[i].name);
	}
	free(model->sockets);
	free(model->controllers);
	model->sockets = NULL;
	model->controllers = NULL;
	model->n_sockets = model->n_controllers = 0;
}

static void parse_sockets(struct model *model, const json_t *ports)
{
	const json_t *one;
	size_t i;

	json_array_foreach (ports, i, one) {
		cleanup_free char *connect = model_member_text(one, "connect_type");
		struct model_socket *s;

		if (model->n_sockets == MODEL_USB_MOST)
			break;
		s = list_append(model->sockets, model->n_sockets);
		s->port = model_member_text(one, "port");
		s->hidden = streq(connect, "hardwired") || streq(connect, "not used") ||
		            !usb_port_depth(s->port);
		s->taken = json_is_string(json_object_get(one, "device"));
	}
}

int model_set_usb_ports(struct model *model, const char *text, struct err *err)
{
	json_error_t where;
	cleanup_json json_t *all = json_loads(text, 0, &where);
	const json_t *one;
	size_t i;

	if (!json_is_object(all)) {
		err_set(err, -EBADMSG, _("playthroughd's answer to %s is not JSON: %s"), "UsbPorts",
		        all ? "{}" : where.text);
		err_code(err, CODE_BUS_VERSION);
		return -EBADMSG;
	}
	sockets_finish(model);
	json_array_foreach (json_object_get(all, "controllers"), i, one) {
		struct model_controller *c;

		if (model->n_controllers == MODEL_USB_MOST)
			break;
		c = list_append(model->controllers, model->n_controllers);
		c->address = model_member_text(one, "address");
		c->name = model_member_text(one, "name");
	}
	parse_sockets(model, json_object_get(all, "ports"));
	build_rows(model);
	model_changed(model);
	return 0;
}

/* --- whose, and why --- */

static void whys_finish(struct model_usb_why *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < list[i].n_rules; k++) {
			free(list[i].rules[k].vm);
			free(list[i].rules[k].section);
			free(list[i].rules[k].value);
		}
		free(list[i].rules);
		free(list[i].sysname);
		free(list[i].owner);
		free(list[i].refused);
		free(list[i].refused_code);
	}
	free(list);
}

static enum model_by parse_by(const json_t *rule)
{
	cleanup_free char *by = model_member_text(rule, "by");

	for (int i = 0; i < MODEL_BY_COUNT; i++)
		if (streq(by, model_by_words[i]))
			return (enum model_by)i;
	return MODEL_BY_COUNT;
}

static void parse_why(const json_t *json, struct model_usb_why *why)
{
	const json_t *rules = json_object_get(json, "rules"), *one;
	const json_t *refused = json_object_get(json, "refused");
	size_t i;

	why->sysname = model_member_text(json, "sysname");
	why->owner = model_member_text(json, "owner");
	why->refused = model_member_text(refused, "message");
	why->refused_code = model_member_text(refused, "code");
	json_array_foreach (rules, i, one) {
		struct model_usb_rule *rule;

		if (why->n_rules == MODEL_RULES_MOST)
			break;
		rule = list_append(why->rules, why->n_rules);
		rule->vm = model_member_text(one, "vm");
		rule->section = model_member_text(one, "section");
		rule->value = model_member_text(one, "value");
		rule->by = parse_by(one);
		rule->ignored = json_is_true(json_object_get(one, "ignored"));
	}
}

int model_set_usb_why(struct model *model, const char *text, struct err *err)
{
	cleanup_json json_t *all = model_parse_array(text, "UsbWhy", err);
	const json_t *one;
	size_t i;

	if (!all)
		return -EBADMSG;
	whys_finish(model->whys, model->n_whys);
	model->whys = NULL;
	model->n_whys = 0;
	json_array_foreach (all, i, one) {
		if (model->n_whys == MODEL_USB_MOST)
			break;
		parse_why(one, list_append(model->whys, model->n_whys));
	}
	model_changed(model);
	return 0;
}

char *model_notes(const char *text)
{
	cleanup_json json_t *all = json_loads(text, 0, NULL);
	cleanup_strv struct strv list = {0};
	cleanup_free char *joined = NULL;
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(all, "notes"), i, one) {
		if (json_is_string(one))
			strv_add(&list, json_string_value(one));
	}
	joined = strv_join(&list, "; ");
	return model_text(joined);
}

/* --- questions --- */

const char *const model_by_words[MODEL_BY_COUNT] = {"serial", "device", "port", "hub"};

const struct model_usb_why *model_usb_why(const struct model *model, const char *sysname)
{
	for (size_t i = 0; i < model->n_whys; i++)
		if (streq(model->whys[i].sysname, sysname))
			return &model->whys[i];
	return NULL;
}

const struct model_usb_rule *model_usb_rule(const struct model_usb_why *why, const char *vm)
{
	for (size_t i = 0; why && *vm && i < why->n_rules; i++)
		if (!why->rules[i].ignored && streq(why->rules[i].vm, vm))
			return &why->rules[i];
	return NULL;
}

const struct model_usb_rule *model_usb_awaited(const struct model_usb_why *why)
{
	if (why && *why->owner)
		return model_usb_rule(why, why->owner);
	for (size_t i = 0; why && i < why->n_rules; i++)
		if (!why->rules[i].ignored)
			return &why->rules[i];
	return NULL;
}

const struct model_usb_row *model_usb_row(const struct model *model, const char *key)
{
	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].kind != MODEL_ROW_CONTROLLER &&
		        streq(model_usb_key(&model->rows[i]), key))
			return &model->rows[i];
	return NULL;
}

const char *model_usb_key(const struct model_usb_row *row)
{
	return row->device ? row->device->sysname : row->port;
}

const struct model_usb_row *model_usb_hub_of(const struct model *model, const char *port)
{
	const struct model_usb_row *nearest = NULL;

	for (size_t i = 0; i < model->n_rows; i++) {
		const struct model_usb_row *row = &model->rows[i];

		if (row->kind == MODEL_ROW_HUB && usb_port_is_behind(port, row->port) &&
		        (!nearest || row->depth > nearest->depth))
			nearest = row;
	}
	return nearest;
}

const struct model_usb *model_newest_usb(const struct model *model)
{
	const struct model_usb *newest = NULL;

	for (size_t i = 0; i < model->n_usb; i++) {
		const struct model_usb *usb = &model->usb[i];

		if (!usb->hub && usb->seen_ms && (!newest || usb->seen_ms > newest->seen_ms))
			newest = usb;
	}
	return newest;
}

size_t model_usb_count(const struct model *model, const char *vm)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_usb; i++)
		n += !model->usb[i].hub && streq(model->usb[i].vm, vm ? vm : "");
	return n;
}

size_t model_usb_given(const struct model *model)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_usb; i++)
		n += *model->usb[i].vm != '\0';
	return n;
}

void model_usb_finish(struct model *model)
{
	devices_finish(model->usb, model->n_usb);
	sockets_finish(model);
	whys_finish(model->whys, model->n_whys);
	free(model->rows);
}

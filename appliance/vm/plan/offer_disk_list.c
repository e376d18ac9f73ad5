/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/offer_disk.h"

#include "host/disk_words.h"

static void add_text(json_t *json, const char *key, const char *text)
{
	json_object_set_new(json, key, offer_text(text));
}

static void add_content(json_t *json, const struct disk_content *content, const char *type)
{
	cleanup_free char *words = disk_tell_content(content, type);

	add_text(json, "content", words);
	add_text(json, "fs_type", content->fs_type);
	add_text(json, "label", content->label);
	add_text(json, "uuid", content->uuid);
}

/* Sections of different disks may have the same name here: each is looked at by itself. */
static void add_verdict(const struct offer_request *q, json_t *json, struct disk_part part)
{
	cleanup_strv struct strv taken = {0};
	struct offer offer = {0};

	offer_judge_disk(q, &offer, part, &taken);
	offer_tell(&offer, json);
	json_object_del(json, "proposed");
	offer_finish(&offer);
}

static json_t *tell_partition(const struct offer_request *q, struct disk_part part)
{
	const struct disk_partition *p = part.partition;
	json_t *json = json_object();

	add_text(json, "path", p->path);
	json_object_set_new(json, "links", offer_texts(&p->links));
	add_text(json, "name", p->name);
	json_object_set_new(json, "size", json_integer((json_int_t)p->size));
	add_text(json, "type", p->type);
	add_content(json, &p->content, p->type);
	add_verdict(q, json, part);
	return json;
}

static void add_nature(json_t *json, const struct disk *d)
{
	add_text(json, "path", d->by_id);
	json_object_set_new(json, "links", offer_texts(&d->links));
	add_text(json, "name", d->name);
	add_text(json, "model", d->model);
	add_text(json, "serial", d->serial);
	json_object_set_new(json, "size", json_integer((json_int_t)d->size));
	add_text(json, "bus", d->bus);
	json_object_set_new(json, "rotational", json_boolean(d->rotational));
	json_object_set_new(json, "removable", json_boolean(d->removable));
	json_object_set_new(json, "read_only", json_boolean(d->read_only));
	add_text(json, "usb", d->usb);
	add_text(json, "controller", d->has_controller ? pci_addr_format(d->controller).s : NULL);
	add_text(json, "table", d->table);
}

static json_t *tell_disk(const struct offer_request *q, const struct disk *d)
{
	json_t *json = json_object(), *partitions = json_array();
	cleanup_strv struct strv contents = {0};

	add_nature(json, d);
	add_content(json, &d->content, NULL);
	disk_tell_contents(d, &contents);
	json_object_set_new(json, "contents", offer_texts(&contents));
	add_verdict(q, json, (struct disk_part){.disk = d});
	for (size_t i = 0; i < d->n_partitions; i++)
		json_array_append_new(
		        partitions, tell_partition(q, (struct disk_part){d, &d->partitions[i]}));
	json_object_set_new(json, "partitions", partitions);
	return json;
}

json_t *offer_disk_list(const struct offer_request *q)
{
	json_t *all = json_array();

	for (size_t i = 0; i < q->host->disks.n; i++)
		json_array_append_new(all, tell_disk(q, &q->host->disks.list[i]));
	return json_pack("{s:o, s:b}", "disks", all, "partly", q->host->disks.partly);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/points.h"
#include "model/safe.h"

static void point_finish(struct pc_point *point)
{
	for (size_t i = 0; i < point->n_evidence; i++) {
		free(point->evidence[i].source);
		free(point->evidence[i].value);
	}
	free(point->evidence);
	free(point->id);
	free(point->summary);
	free(point->fix);
	free(point->code);
}

void points_finish(struct pc_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		point_finish(&points[i]);
	free(points);
}

char *points_text(const json_t *object, const char *key)
{
	return model_safe_text(json_string_value(json_object_get(object, key)), PC_TEXT_MOST);
}

int points_word(const json_t *object, const char *key, const char *const *words, size_t n)
{
	const char *word = json_string_value(json_object_get(object, key));

	for (size_t i = 1; word && i < n; i++)
		if (streq(word, words[i]))
			return (int)i;
	return 0;
}

enum pc_status points_status(const json_t *object, const char *key)
{
	static const char *const words[] = {"unknown", "pass", "warn", "fail", "skip"};

	return (enum pc_status)points_word(object, key, words, ARRAY_SIZE(words));
}

static void read_evidence(const json_t *array, struct pc_point *point)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		struct pc_evidence *evidence;

		if (i == PC_EVIDENCE_MOST)
			break;
		evidence = list_append(point->evidence, point->n_evidence);
		evidence->source = points_text(one, "source");
		evidence->value = points_text(one, "value");
	}
}

static void read_point(const json_t *json, struct pc_point *point)
{
	static const char *const cures[] = {"none", "apply", "person", "impossible"};

	point->id = points_text(json, "id");
	point->summary = points_text(json, "summary");
	point->fix = points_text(json, "fix");
	point->code = points_text(json, "code");
	point->status = points_status(json, "status");
	point->cure = (enum pc_cure)points_word(json, "cure", cures, ARRAY_SIZE(cures));
	point->only_root_knows = json_is_true(json_object_get(json, "only_root_knows"));
	read_evidence(json_object_get(json, "evidence"), point);
}

/* How soon a person should read it. */
static int urgency(const struct pc_point *point)
{
	switch (point->status) {
	case PC_FAIL:
		return point->cure == PC_CURE_APPLY ? 1 : 0;
	case PC_WARN:
		return 3;
	case PC_UNKNOWN:
		return point->only_root_knows ? 4 : 2;
	case PC_PASS:
		return 5;
	case PC_SKIP:
		break;
	}
	return 6;
}

static int compare_points(const void *pa, const void *pb)
{
	const struct pc_point *a = pa, *b = pb;
	int by_urgency = urgency(a) - urgency(b);

	return by_urgency ? by_urgency : a->place < b->place ? -1 : a->place > b->place;
}

void points_read(const json_t *array, struct pc_point **points, size_t *n)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		struct pc_point *point;

		if (*n == PC_POINTS_MOST)
			break;
		point = list_append(*points, *n);
		read_point(one, point);
		point->place = i;
	}
	if (*n)
		qsort(*points, *n, sizeof(**points), compare_points);
}

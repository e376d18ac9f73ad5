/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fio's answer: whatever it says is refused, or has a verdict with words and a picture with numbers in it. */
#include "qualify/chart.h"
#include "qualify/fio.h"
#include "qualify/json.h"
#include "qualify/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sum(const struct qualify_sum *sum)
{
	const uint64_t times[] = {
	        sum->p50_ns, sum->p90_ns, sum->p99_ns, sum->p999_ns, sum->p9999_ns};

	for (size_t i = 1; i < ARRAY_SIZE(times); i++)
		if (times[i] && times[i] < times[i - 1])
			abort();
}

static void check_words(const struct qualify_measured *measured, const struct qualify_facts *facts,
        const struct qualify_opinion *opinion)
{
	for (size_t i = 0; i < opinion->n; i++) {
		cleanup_free char *text = qualify_finding_text(opinion->list[i], measured, facts);

		if (!*text)
			abort();
	}
}

static void draw(const struct qualify_measured *measured, const struct qualify_facts *facts,
        const struct qualify_opinion *opinion)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *document = json_object();

	qualify_svg_print(out, "disk", "", measured, opinion);
	qualify_chart_print(out, measured, size % 2);
	fclose(out);
	if (strstr(text, "nan") || strstr(text, "inf"))
		abort();
	free(text);
	qualify_json_add(document, measured, facts, opinion);
	json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct qualify_facts facts = {.rotational = size % 2, .used = size % 3 == 0};
	struct qualify_measured measured = {0};
	struct qualify_opinion opinion;
	struct err err = {0};
	int r = qualify_fio_read((const char *)data, size, &measured, &err);

	if (r < 0 && !err.message[0])
		abort();
	if (measured.n_slices > QUALIFY_SLICES_MAX)
		abort();
	if (r < 0)
		return 0;
	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++)
		check_sum(&measured.loads[load]);
	qualify_judge(&measured, &facts, &opinion);
	check_words(&measured, &facts, &opinion);
	draw(&measured, &facts, &opinion);
	return 0;
}

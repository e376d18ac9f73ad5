/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qualify/json.h"
#include "base/util.h"

static json_t *known(uint64_t ns)
{
	return ns ? json_integer((json_int_t)ns) : json_null();
}

static json_t *load_json(const struct qualify_sum *sum)
{
	return json_pack("{s:I, s:I, s:f, s:f, s:{s:o, s:o, s:o, s:o, s:o, s:o}}", "operations",
	        (json_int_t)sum->ops, "bytes", (json_int_t)sum->bytes, "per_second",
	        qualify_iops(sum), "bytes_per_second", qualify_bytes_per_s(sum), "latency_ns", "50",
	        known(sum->p50_ns), "90", known(sum->p90_ns), "99", known(sum->p99_ns), "99.9",
	        known(sum->p999_ns), "99.99", known(sum->p9999_ns), "100", known(sum->max_ns));
}

static json_t *slice_json(const struct qualify_slice *slice)
{
	return json_pack("{s:s, s:I, s:f, s:f, s:o, s:o}", "load", qualify_load_id(slice->load),
	        "milliseconds", (json_int_t)slice->runtime_ms, "per_second",
	        qualify_slice_iops(slice), "bytes_per_second", qualify_slice_bytes_per_s(slice),
	        "latency_99_ns", known(slice->p99_ns), "latency_100_ns", known(slice->max_ns));
}

static json_t *finding_json(enum qualify_finding finding, const struct qualify_measured *measured,
        const struct qualify_facts *facts)
{
	cleanup_free char *text = qualify_finding_text(finding, measured, facts);
	const char *code = code_text(qualify_finding_code(finding));
	json_t *json = json_pack("{s:s, s:s, s:s}", "id", qualify_finding_id(finding), "verdict",
	        qualify_verdict_id(qualify_finding_weight(finding)), "message", text);

	if (code)
		json_object_set_new(json, "code", json_string(code));
	return json;
}

void qualify_json_add(json_t *document, const struct qualify_measured *measured,
        const struct qualify_facts *facts, const struct qualify_opinion *opinion)
{
	json_t *loads = json_object(), *slices = json_array(), *findings = json_array();

	for (size_t i = 0; i < opinion->n; i++)
		json_array_append_new(findings, finding_json(opinion->list[i], measured, facts));
	for (enum qualify_load load = 0; load < QUALIFY_LOADS; load++)
		if (measured->loads[load].ops)
			json_object_set_new(
			        loads, qualify_load_id(load), load_json(&measured->loads[load]));
	for (size_t i = 0; i < measured->n_slices; i++)
		json_array_append_new(slices, slice_json(&measured->slices[i]));
	json_object_set_new(document, "verdict", json_string(qualify_verdict_id(opinion->verdict)));
	json_object_set_new(document, "good", json_boolean(opinion->verdict == QUALIFY_GOOD));
	json_object_set_new(document, "findings", findings);
	json_object_set_new(document, "loads", loads);
	json_object_set_new(document, "slices", slices);
}

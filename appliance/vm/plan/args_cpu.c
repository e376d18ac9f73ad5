/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor that the guest sees. */
#include "vm/plan/plan_parts.h"

#define HIDDEN_VENDOR "playthrough"
#define SPINLOCKS     "1fff"

/*
 * Windows runs well only where it finds Hyper-V's clocks, interrupts and calls. QEMU ends where it is asked for one that
 * KVM cannot play, so KVM is asked first; of one that does not tell, what Linux 4.14 had already. Which bits each needs is
 * in QEMU's target/i386/kvm/kvm.c, kvm_hyperv_properties. In this order each follows what it builds upon.
 */
static const struct enlightenment {
	const char *option;
	uint32_t eax, edx, recommendation;
	bool old; /* in any KVM that Playthrough runs on */
} enlightenments[] = {
        {"hv-relaxed", 0, 0, HYPERV_RELAXED_TIMING, true},
        {"hv-vapic", HYPERV_APIC_ACCESS, 0, 0, true},
        {"hv-vpindex", HYPERV_VP_INDEX, 0, 0, true},
        {"hv-runtime", HYPERV_VP_RUNTIME, 0, 0, true},
        {"hv-time", HYPERV_HYPERCALL | HYPERV_TIME_REF_COUNT | HYPERV_REFERENCE_TSC, 0, 0, true},
        {"hv-synic", HYPERV_SYNIC, 0, 0, true},
        {"hv-stimer", HYPERV_SYNTIMERS, 0, 0, true},
        {"hv-stimer-direct", 0, HYPERV_STIMER_DIRECT, 0, false},
        {"hv-reset", HYPERV_RESET, 0, 0, true},
        {"hv-crash", 0, HYPERV_CRASH_MSRS, 0, true},
        {"hv-frequencies", HYPERV_FREQUENCY_ACCESS, HYPERV_FREQUENCY_MSRS, 0, true},
        {"hv-reenlightenment", HYPERV_REENLIGHTENMENT, 0, 0, false},
        {"hv-tlbflush", 0, 0, HYPERV_REMOTE_TLB_FLUSH | HYPERV_EX_PROCESSOR_MASKS, false},
        {"hv-ipi", 0, 0, HYPERV_CLUSTER_IPI | HYPERV_EX_PROCESSOR_MASKS, false},
        {"hv-avic", 0, 0, HYPERV_DEPRECATING_AEOI, false},
};

static bool can_give(const struct hyperv *hyperv, const struct enlightenment *e)
{
	if (!hyperv->known)
		return e->old;
	return (hyperv->features_eax & e->eax) == e->eax &&
	       (hyperv->features_edx & e->edx) == e->edx &&
	       (hyperv->recommendations & e->recommendation) == e->recommendation;
}

/* As the test drive's guest is told what to look for; see guest/hypervisor.h. */
static void tell_part(struct strv *parts, const char *where, uint32_t bits)
{
	if (bits)
		strv_addf(parts, "%s:%x", where, bits);
}

static void tell_enlightenment(const struct enlightenment *e, struct strv *words)
{
	cleanup_strv struct strv parts = {0};
	cleanup_free char *text = NULL;

	tell_part(&parts, "3a", e->eax);
	tell_part(&parts, "3d", e->edx);
	tell_part(&parts, "4a", e->recommendation);
	text = strv_join(&parts, "+");
	strv_addf(words, "%s=%s", e->option, text);
}

/* A person has written features=-NAME. */
static bool is_unwanted(const struct planning *p, const char *name)
{
	cleanup_strv struct strv wishes = {0};

	strv_split(&wishes, p->profile->cpu_features ? p->profile->cpu_features : "", ",");
	strv_foreach (wish, &wishes)
		if (**wish == '-' && streq(*wish + 1, name))
			return true;
	return false;
}

void args_hypervisor_words(const struct planning *p, struct strv *words)
{
	bool hidden = p->profile->hide_hypervisor, windows = profile_is_windows(p->profile);

	strv_addf(words, "kvm=%s", hidden ? "no" : "yes");
	if (!windows)
		return;
	strv_addf(words, "vendor=%s", hidden ? HIDDEN_VENDOR : "Microsoft_Hv");
	for (size_t i = 0; i < ARRAY_SIZE(enlightenments); i++)
		if (can_give(&p->host->hyperv, &enlightenments[i]) &&
		        !is_unwanted(p, enlightenments[i].option))
			tell_enlightenment(&enlightenments[i], words);
	if (!is_unwanted(p, "hv-spinlocks"))
		strv_add(words, "hv-spinlocks=4b:" SPINLOCKS);
}

/* Spinlocks are tried 8191 times before the hypervisor is called, as Microsoft's own do. */
static void add_enlightenments(const struct planning *p, struct strv *features)
{
	for (size_t i = 0; i < ARRAY_SIZE(enlightenments); i++)
		if (can_give(&p->host->hyperv, &enlightenments[i]))
			strv_addf(features, "%s=on", enlightenments[i].option);
	strv_add(features, "hv-spinlocks=0x" SPINLOCKS);
	/* Graphics drivers that refuse a guest look at the vendor, too. */
	if (p->profile->hide_hypervisor)
		strv_add(features, "hv-vendor-id=" HIDDEN_VENDOR);
}

/*
 * What this PC's caches are and which processors share them is of use to a guest whose processors share them alike. QEMU
 * leaves topoext out of "host": AMD's leaf 0x8000001d is false unless the guest's threads are what they seem. Without it a
 * guest of AMD's takes each thread for a core.
 */
static void add_cache_features(const struct planning *p, struct strv *features)
{
	const struct cpu_map *map = &p->plan->cpus;
	bool same = map->n && map->same_caches;

	if (!streq(p->profile->cpu_model, "host"))
		return;
	if (same)
		strv_add(features, "host-cache-info=on");
	if (p->host->cpu.topoext && (same || map->threads > 1))
		strv_add(features, "topoext=on");
}

/* A VM with passed devices moves to no other PC, and so may have what would not move: a clock that never changes pace. */
static void add_features(const struct planning *p, struct strv *features)
{
	if (!p->plan->kvm)
		return;
	if (streq(p->profile->cpu_model, "host"))
		strv_add(features, "migratable=off");
	add_cache_features(p, features);
	if (p->profile->hide_hypervisor)
		strv_add(features, "kvm=off");
	if (profile_is_windows(p->profile))
		add_enlightenments(p, features);
}

/* The last word is the person's. */
static void add_wishes(const struct planning *p, struct strv *features)
{
	cleanup_strv struct strv wishes = {0};

	strv_split(&wishes, p->profile->cpu_features ? p->profile->cpu_features : "", ",");
	strv_foreach (wish, &wishes)
		strv_addf(features, "%s=%s", *wish + 1, **wish == '+' ? "on" : "off");
	strv_foreach (wish, &wishes)
		strv_addf(&p->plan->cpu_words, "feature %s", *wish + 1);
}

void args_cpu(const struct planning *p)
{
	const struct cpu_map *map = &p->plan->cpus;
	cleanup_free char *model = args_value(p->profile->cpu_model), *text = NULL;
	bool no_host = streq(model, "host") && !p->plan->kvm;
	cleanup_strv struct strv words = {0};

	strv_add(&words, no_host ? "max" : model);
	add_features(p, &words);
	if (!streq(model, "host") && !streq(model, "max"))
		strv_addf(&p->plan->cpu_words, "model %s", p->profile->cpu_model);
	add_wishes(p, &words);
	text = strv_join(&words, ",");
	args_option(&p->plan->args, "-cpu", "%s", text);
	args_option(&p->plan->args, "-smp", "cpus=%u,sockets=1,dies=%u,cores=%u,threads=%u",
	        p->profile->cpus, map->dies, map->cores, map->threads);
}

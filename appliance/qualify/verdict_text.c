/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict in words: what was measured, why it matters, what to do. */
#include "base/i18n.h"
#include "base/util.h"
#include "qualify/verdict.h"

static const struct {
	const char *id, *title;
} verdicts[] = {
        [QUALIFY_UNKNOWN] = {"unknown", N_("too little could be measured to tell")},
        [QUALIFY_GOOD] = {"good", N_("good for games")},
        [QUALIFY_SLOW] = {"slow", N_("works, but not as a disk for games should")},
        [QUALIFY_BAD] = {"bad", N_("not for games")},
};

const char *qualify_verdict_id(enum qualify_verdict verdict)
{
	return verdicts[verdict].id;
}

const char *qualify_verdict_title(enum qualify_verdict verdict)
{
	return _(verdicts[verdict].title);
}

static uint64_t longest(const struct qualify_measured *m)
{
	uint64_t max = 0;

	for (enum qualify_load load = QUALIFY_RANDOM; load <= QUALIFY_SEQUENTIAL; load++)
		max = m->loads[load].max_ns > max ? m->loads[load].max_ns : max;
	return max;
}

static char *tell_stall(const struct qualify_measured *m, const struct qualify_facts *facts)
{
	cleanup_free char *time = qualify_tell_time(longest(m));

	if (facts->used)
		return xasprintf(_("One read took %s. Either others had the disk for themselves "
		                   "meanwhile, or it tries again and again to read a bad place: "
		                   "test it once more when nothing else uses it, and look at "
		                   "\"smartctl -a\" (package smartmontools)."),
		        time);
	return xasprintf(_("One read took %s: a disk that tries again and again to read a bad "
	                   "place does so, or one whose cable or bridge is bad. Save what is on "
	                   "it, and look at \"smartctl -a\" (package smartmontools)."),
	        time);
}

static char *tell_spikes(const struct qualify_measured *m)
{
	const struct qualify_sum *r = &m->loads[QUALIFY_RANDOM];
	cleanup_free char *p50 = qualify_tell_time(r->p50_ns);
	cleanup_free char *late = qualify_tell_time(r->p9999_ns  ? r->p9999_ns
	                                            : r->p999_ns ? r->p999_ns
	                                                         : r->p99_ns);
	const char *among = r->p9999_ns ? "10,000" : r->p999_ns ? "1,000" : "100";

	return xasprintf(_("Most reads take %s, but one in %s takes more than %s: a game that "
	                   "loads while it plays stutters then. An SSD does so when it is hot, "
	                   "nearly full, worn out or about to fail; test it again when nothing "
	                   "else uses it, and look at \"smartctl -a\" (package smartmontools)."),
	        p50, among, late);
}

static char *tell_fades(const struct qualify_measured *m, const struct qualify_facts *facts)
{
	(void)m;
	if (facts->temperature_mc)
		return xasprintf(
		        _("It became much slower while it was tested, and has %d °C now: "
		          "an SSD that is too hot slows itself down. Give it air or a heat "
		          "sink, and test again."),
		        facts->temperature_mc / 1000);
	return xstrdup(_("It became much slower while it was tested: an SSD that is too hot slows "
	                 "itself down. Give it air or a heat sink, and test again."));
}

static char *tell_slow_random(const struct qualify_measured *m)
{
	return xasprintf(
	        _("It makes %.0f random reads a second; an SSD makes 4,000 and more. Games "
	          "load slowly from it, as from a stick or a memory card."),
	        qualify_iops(&m->loads[QUALIFY_RANDOM]));
}

static char *tell_crawls(const struct qualify_measured *m)
{
	return xasprintf(_("It makes %.0f random reads a second, fewer than the slowest hard disk "
	                   "that is well: others use it, a shingled disk puts itself in order, or "
	                   "it is about to fail. Test it again later, and look at \"smartctl -a\" "
	                   "(package smartmontools)."),
	        qualify_iops(&m->loads[QUALIFY_RANDOM]));
}

static char *tell_hard_disk(const struct qualify_measured *m)
{
	cleanup_free char *time = qualify_tell_time(m->loads[QUALIFY_RANDOM].p50_ns);

	return xasprintf(_("A read takes %s, as a hard disk needs to turn and seek. Games work and "
	                   "load slowly; those that load while they play stutter. An SSD is 50 "
	                   "times as fast at that."),
	        time);
}

static char *tell_sequential(const struct qualify_measured *m, bool trickles)
{
	cleanup_free char *rate =
	        qualify_tell_rate(qualify_bytes_per_s(&m->loads[QUALIFY_SEQUENTIAL]));

	if (trickles)
		return xasprintf(_("It reads %s, no more than USB 2 carries. Look whether it hangs "
		                   "on an old bridge, cable or socket."),
		        rate);
	return xasprintf(
	        _("It reads %s one behind another, where an SSD on SATA reads 250 MB/s and "
	          "more. Look whether its cable, bridge or socket is an older one."),
	        rate);
}

static char *tell_no_queue(const struct qualify_measured *m)
{
	return xasprintf(_("With 32 reads on their way it makes %.0f a second, with one %.0f: it "
	                   "takes one after the other, as USB bridges without UAS and controllers "
	                   "in IDE mode do. Another bridge, or AHCI in the firmware setup, makes "
	                   "more of it."),
	        qualify_iops(&m->loads[QUALIFY_DEEP]), qualify_iops(&m->loads[QUALIFY_RANDOM]));
}

/* Those whose words hold no number. */
static const char *const plain[FINDINGS] = {
        [FINDING_ZONED] = N_("Its zones can only be written from their start to their end "
                             "(queue/zoned: host-managed): Windows and most file systems cannot "
                             "live on it."),
        [FINDING_DROPS] = N_("For seconds on end it was much slower than else: others had the "
                             "disk, it put itself in order, or it is about to fail. Test it "
                             "again when nothing else uses it."),
        [FINDING_SHINGLED] =
                N_("Random writes became much slower after a while, as a shingled hard "
                   "disk (SMR) does: installs and updates take very long on it."),
        [FINDING_WRITE_FADES] =
                N_("Writes became much slower after a while: the fast part of its flash "
                   "is full. Games load as fast as ever, installs and updates take "
                   "longer."),
        [FINDING_USED] = N_("This PC uses the disk, and may have read from it meanwhile: it can "
                            "be faster than it looks here."),
        [FINDING_EMPTY] = N_("Nothing is on the disk: an SSD answers reads of what was never "
                             "written without looking, so it can be slower than it looks here. "
                             "With --write it is written first."),
        [FINDING_SMALL] = N_("Less than 1 GiB was tested: the disk's own memory may have "
                             "answered."),
        [FINDING_MAYBE_SHINGLED] =
                N_("Whether it is a shingled hard disk (SMR), which takes very long for "
                   "installs, does not show in reads: its data sheet tells."),
        [FINDING_FEW] = N_("There were too few reads to tell of the slowest one in 10,000."),
};

char *qualify_finding_text(enum qualify_finding finding, const struct qualify_measured *m,
        const struct qualify_facts *facts)
{
	switch (finding) {
	case FINDING_ERRORS:
		return xasprintf(
		        _("The disk answered with an error: %s. Save what is on it, and look "
		          "at \"smartctl -a\" (package smartmontools)."),
		        strerror(m->io_error));
	case FINDING_STALL:
		return tell_stall(m, facts);
	case FINDING_USB2:
		return xasprintf(
		        _("It hangs on USB at %u Mbit/s, of which at most 53 MB/s are left. "
		          "Plug it into a socket and by a cable of USB 3."),
		        facts->usb_mbps);
	case FINDING_CRAWLS:
		return tell_crawls(m);
	case FINDING_TRICKLES:
		return tell_sequential(m, true);
	case FINDING_HARD_DISK:
		return tell_hard_disk(m);
	case FINDING_SLOW_RANDOM:
		return tell_slow_random(m);
	case FINDING_SLOW_SEQUENTIAL:
		return tell_sequential(m, false);
	case FINDING_NO_QUEUE:
		return tell_no_queue(m);
	case FINDING_SPIKES:
		return tell_spikes(m);
	case FINDING_FADES:
		return tell_fades(m, facts);
	default:
		return xstrdup(finding < FINDINGS && plain[finding] ? _(plain[finding]) : "");
	}
}

// SPDX-License-Identifier: GPL-2.0
/* Counters: per CPU, 64 bits, reset by subtraction. */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "m46.h"
#include "stats.h"

const struct m46_counter_desc m46_counters[M46_COUNTER_MAX] = {
#define X(sym, _name, _icmp4, _icmp6, _core, _text)			       \
	[M46_DROP_##sym] = {						       \
		.name = #_name,						       \
		.text = _text,						       \
		.icmp4 = _icmp4,					       \
		.icmp6 = _icmp6,					       \
		.core = SKB_DROP_REASON_##_core,			       \
	},
	M46_DROPS(X)
#undef X
#define X(sym, _name, _text)						       \
	[M46_COUNT_##sym] = {						       \
		.name = #_name,						       \
		.text = _text,						       \
	},
	M46_EVENTS(X)
#undef X
};

void m46_count(struct m46_dev *m46, enum m46_counter c)
{
	struct m46_pcpu_stats *stats = this_cpu_ptr(m46->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->count[c]);
	u64_stats_update_end(&stats->syncp);
}

/* Since the device was made, whatever has been reset. */
static u64 counter_total(const struct m46_dev *m46, enum m46_counter c)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct m46_pcpu_stats *stats;
		unsigned int start;
		u64 count;

		stats = per_cpu_ptr(m46->stats, cpu);
		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			count = u64_stats_read(&stats->count[c]);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		sum += count;
	}
	return sum;
}

u64 m46_counter_read(const struct m46_dev *m46, enum m46_counter c)
{
	u64 total = counter_total(m46, c);
	u64 base = atomic64_read(&m46->stats_base[c]);

	/* a reset between the two reads makes it zero, not minus something */
	return total > base ? total - base : 0;
}

void m46_counters_reset(struct m46_dev *m46)
{
	enum m46_counter c;

	for (c = M46_OK + 1; c < M46_COUNTER_MAX; c++)
		atomic64_set(&m46->stats_base[c], counter_total(m46, c));
}

int m46_stats_init(struct m46_dev *m46)
{
	m46->stats = netdev_alloc_pcpu_stats(struct m46_pcpu_stats);
	if (!m46->stats)
		return -ENOMEM;
	m46->stats_base = kcalloc(M46_COUNTER_MAX, sizeof(*m46->stats_base),
				  GFP_KERNEL_ACCOUNT);
	if (!m46->stats_base)
		return -ENOMEM;
	return 0;
}

/* May be called again, and after an m46_stats_init() that failed. */
void m46_stats_destroy(struct m46_dev *m46)
{
	free_percpu(m46->stats);
	m46->stats = NULL;
	kfree(m46->stats_base);
	m46->stats_base = NULL;
}

void m46_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *tot)
{
	struct m46_dev *m46 = netdev_priv(dev);
	enum m46_counter c;

	netdev_stats_to_stats64(tot, &dev->stats);
	dev_fetch_sw_netstats(tot, dev->tstats);
	/* these may not run backwards: a reset does not concern them */
	for (c = M46_OK + 1; c < M46_DROP_MAX; c++)
		tot->tx_dropped += counter_total(m46, c);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to entries and pools, told to the multicast groups. Nobody
 * waits for a listener: one that cannot keep up is told by its socket
 * (ENOBUFS) and reads the table again.
 */
#include <net/genetlink.h>

#include "m46.h"
#include "netlink.h"
#include "table.h"

#define M46_TELL_AGAIN	(60ULL * NSEC_PER_SEC)

/* An event with an entry, with room to spare: it is allocated by the packet. */
#define M46_EVENT_ENTRY_SIZE	192

/* An event without its object yet, or NULL: nobody listens, or no memory. */
static struct sk_buff *event_start(const struct m46_table *t, int group,
				   enum m46_event_type event, size_t size,
				   void **hdr)
{
	struct sk_buff *msg;

	if (t->stopped ||
	    !genl_has_listeners(&m46_genl_family, dev_net(t->m46->dev), group))
		return NULL;
	msg = genlmsg_new(size, GFP_ATOMIC);
	if (!msg)
		return NULL;
	*hdr = genlmsg_put(msg, 0, 0, &m46_genl_family, 0, M46_CMD_EVENT);
	if (!*hdr || m46_nl_put_dev(msg, t->m46) ||
	    nla_put_u8(msg, M46_A_EVENT, event) ||
	    nla_put_u64_64bit(msg, M46_A_TIME, ktime_get_real_ns(),
			      M46_A_PAD)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static void event_send(const struct m46_table *t, int group,
		       struct sk_buff *msg, void *hdr)
{
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&m46_genl_family, dev_net(t->m46->dev), msg, 0,
				group, GFP_ATOMIC);
}

void m46_event_entry(const struct m46_table *t, enum m46_event_type event,
		     const struct m46_entry *e, u32 now)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_start(t, M46_NL_GROUP_ENTRY, event, M46_EVENT_ENTRY_SIZE,
			  &hdr);
	if (!msg)
		return;
	if (m46_nl_put_entry(msg, t, e, now)) {
		nlmsg_free(msg);
		return;
	}
	event_send(t, M46_NL_GROUP_ENTRY, msg, hdr);
}

void m46_event_pool_high(const struct m46_table *t, const struct m46_pool *pool)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_start(t, M46_NL_GROUP_POOL, M46_EVENT_POOL_HIGH,
			  NLMSG_DEFAULT_SIZE, &hdr);
	if (!msg)
		return;
	if (m46_nl_put_pool(msg, pool)) {
		nlmsg_free(msg);
		return;
	}
	event_send(t, M46_NL_GROUP_POOL, msg, hdr);
}

static int put_sums(struct sk_buff *msg, const struct m46_table *t)
{
	const struct m46_pool *pool;
	struct nlattr *nest;
	u32 used = 0;

	list_for_each_entry(pool, &t->pools, list)
		used += pool->used;
	nest = nla_nest_start(msg, M46_A_POOL);
	if (!nest || nla_put_u32(msg, M46_POOL_A_SIZE, t->pool_addrs) ||
	    nla_put_u32(msg, M46_POOL_A_USED, used))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

void m46_event_exhausted(struct m46_table *t)
{
	u64 now = ktime_get_ns();
	struct sk_buff *msg;
	void *hdr;

	if (t->told && now - t->told < M46_TELL_AGAIN)
		return;
	t->told = now;
	msg = event_start(t, M46_NL_GROUP_POOL, M46_EVENT_POOL_EXHAUSTED,
			  NLMSG_DEFAULT_SIZE, &hdr);
	if (!msg)
		return;
	if (put_sums(msg, t)) {
		nlmsg_free(msg);
		return;
	}
	event_send(t, M46_NL_GROUP_POOL, msg, hdr);
}

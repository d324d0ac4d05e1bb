// SPDX-License-Identifier: GPL-2.0
/*
 * Nexthop objects, for routes that name one and say no more.
 */
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nexthop.h"

/**
 * struct nexthop - one object
 * @members: of a group, the ids
 * @n_members: 0: @hop is it
 */
struct nexthop {
	uint32_t id;
	struct route_hop hop;
	uint32_t *members;
	size_t n_members;
};

static struct nexthop *all;
static size_t n_all;

static void forget(void *arg)
{
	(void)arg;
	while (n_all)
		free(all[--n_all].members);
	free(all);
	all = NULL;
}

static int read_members(const struct nlattr *nla, struct nexthop *nh)
{
	const struct nexthop_grp *grp = nla_data(nla);
	size_t i, n = (size_t)nla_len(nla) / sizeof(*grp);

	nh->members = calloc(n + 1, sizeof(*nh->members));
	if (!nh->members)
		return -1;
	for (i = 0; i < n; i++)
		nh->members[i] = grp[i].id;
	nh->n_members = n;

	return 0;
}

static void read_hop(struct nlattr **tb, uint8_t family, unsigned int flags,
		     struct route_hop *hop)
{
	const struct nlattr *gw = tb[NHA_GATEWAY];

	hop->flags = flags;
	if (tb[NHA_OIF] && nla_len(tb[NHA_OIF]) >= 4)
		hop->oif = (int)nla_get_u32(tb[NHA_OIF]);
	if (!gw || (nla_len(gw) != 4 && nla_len(gw) != 16))
		return;
	hop->gateway.family = family;
	hop->gateway.len = (uint8_t)(8 * nla_len(gw));
	memcpy(hop->gateway.bytes, nla_data(gw), (size_t)nla_len(gw));
}

static int read_nexthop(const struct nlmsghdr *hdr, void *arg)
{
	const struct nhmsg *nhm = nlmsg_data(hdr);
	struct nlattr *tb[NHA_MAX + 1] = { NULL };
	struct nexthop *grown, *nh;

	(void)arg;
	if (hdr->nlmsg_type != RTM_NEWNEXTHOP ||
	    nlmsg_parse((struct nlmsghdr *)hdr, sizeof(*nhm), tb, NHA_MAX,
			NULL) || !tb[NHA_ID])
		return 0;
	/* Double at powers of two. */
	if (!(n_all & (n_all - 1))) {
		grown = reallocarray(all, n_all ? 2 * n_all : 1, sizeof(*all));
		if (!grown)
			return -1;
		all = grown;
	}
	nh = &all[n_all++];
	memset(nh, 0, sizeof(*nh));
	nh->id = nla_get_u32(tb[NHA_ID]);
	if (tb[NHA_GROUP])
		return read_members(tb[NHA_GROUP], nh);
	if (!tb[NHA_BLACKHOLE])
		read_hop(tb, nhm->nh_family, nhm->nh_flags, &nh->hop);

	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct nexthop *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void nexthop_read(void)
{
	struct kn_reply reply = { .message = read_nexthop, .restart = forget };
	const struct nhmsg head = { .nh_family = AF_UNSPEC };
	struct kn_error err;
	struct nl_msg *msg;

	forget(NULL);
	msg = kn_rt_msg(RTM_GETNEXTHOP, NLM_F_DUMP, &head, sizeof(head));
	/* A kernel that has none says so, and then no route names one. */
	kn_query(KN_ROUTE, msg, &reply, &err);
	nlmsg_free(msg);
	if (n_all)
		qsort(all, n_all, sizeof(*all), compare);
}

static const struct nexthop *find(uint32_t id)
{
	const struct nexthop key = { .id = id };

	return n_all ? bsearch(&key, all, n_all, sizeof(*all), compare) : NULL;
}

int nexthop_hops(uint32_t id, int (*more)(const struct route_hop *hop))
{
	const struct nexthop *nh = find(id), *member;
	size_t i;

	if (!nh)
		return 0;
	if (!nh->n_members)
		return more(&nh->hop);
	for (i = 0; i < nh->n_members; i++) {
		member = find(nh->members[i]);
		/* Groups have no groups as members. */
		if (member && more(&member->hop))
			return -1;
	}

	return 0;
}

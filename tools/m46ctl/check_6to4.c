// SPDX-License-Identifier: GPL-2.0
/*
 * check: the addresses at which a device in mode 6to4 ends.
 */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "dev.h"
#include "link.h"

/**
 * struct search - which of the addresses are there
 */
struct search {
	const struct value *locals;
	uint32_t there;			/* a bit for each */
};

static int read_addr(const struct nlmsghdr *hdr, void *arg)
{
	struct search *s = arg;
	const struct nlattr *nla;
	unsigned int i;

	if (hdr->nlmsg_type != RTM_NEWADDR)
		return 0;
	nla = nlmsg_find_attr((struct nlmsghdr *)hdr, sizeof(struct ifaddrmsg),
			      IFA_LOCAL);
	for (i = 0; nla && nla_len(nla) == 4 && i < s->locals->n; i++) {
		if (!memcmp(nla_data(nla), &s->locals->list[i].v4, 4))
			s->there |= 1U << i;
	}

	return 0;
}

static void check_there(const struct check *c, const struct value *locals)
{
	const struct ifaddrmsg head = { .ifa_family = AF_INET };
	struct search search = { .locals = locals };
	struct kn_reply reply = { .message = read_addr, .arg = &search };
	const struct value *link;
	char text[PREFIX_STRLEN];
	struct link under = { .name = "LINK" };
	struct kn_error err;
	unsigned int i;

	if (kn_call(KN_ROUTE, kn_rt_msg(RTM_GETADDR, NLM_F_DUMP, &head,
					sizeof(head)), &reply, &err))
		return;
	link = dev_value(c->values, DEV_TUNNEL(M46_TUN_A_LINK));
	if (link->set && link->link.index &&
	    link_get((int)link->link.index, NULL, &under))
		snprintf(under.name, sizeof(under.name), "LINK");
	for (i = 0; i < locals->n; i++) {
		if (search.there & 1U << i)
			continue;
		addr_str(&locals->list[i], text);
		finding_remedy(REMEDY_IP, "address add %s/32 dev %s", text,
			       under.name);
		finding_report(LOCAL_NOT_THERE, c->dev->name,
			       "local %s is no address of this machine: nothing is sent from it or received at it",
			       text);
	}
}

static bool is_private(const struct prefix *addr)
{
	static const struct {
		uint32_t addr;
		uint8_t len;
	} blocks[] = {
		{ 0x0a000000, 8 }, { 0x64400000, 10 }, { 0xac100000, 12 },
		{ 0xc0a80000, 16 },
	};
	uint32_t v4 = ntohl(addr->v4.s_addr);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		if (!((v4 ^ blocks[i].addr) >> (32 - blocks[i].len)))
			return true;
	}

	return false;
}

/* Protocol 41 passes few NATs; the domain of 6rd may well be private. */
static void check_private(const struct check *c, const struct value *locals)
{
	const struct value *remote;
	char text[PREFIX_STRLEN], other[PREFIX_STRLEN];
	unsigned int i;

	remote = dev_value(c->values, DEV_TUNNEL(M46_TUN_A_REMOTE));
	if (dev_is_6rd(c->values) || !remote->set ||
	    !remote->prefix.v4.s_addr || is_private(&remote->prefix))
		return;
	for (i = 0; i < locals->n; i++) {
		if (!is_private(&locals->list[i]))
			continue;
		finding_remedy(REMEDY_M46CTL, "dev set %s local V4",
			       c->dev->name);
		finding_report(LOCAL_IS_PRIVATE, c->dev->name,
			       "local %s is private, remote %s is not: this works only if a NAT between them passes protocol 41",
			       addr_str(&locals->list[i], text),
			       addr_str(&remote->prefix, other));
	}
}

void check_6to4(struct check *c)
{
	const struct value *locals;

	locals = dev_value(c->values, DEV_TUNNEL(M46_TUN_A_LOCALS));
	if (!locals->set)
		return;
	check_there(c, locals);
	check_private(c, locals);
}

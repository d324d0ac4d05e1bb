// SPDX-License-Identifier: GPL-2.0
/*
 * check: the addresses at which a device in mode 6to4 ends, and 6rd.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "check.h"
#include "dev.h"
#include "link.h"

static void report_not_there(const struct check *c, const char *what,
			     const struct prefix *addr, const char *dev)
{
	char text[PREFIX_STRLEN];

	addr_str(addr, text);
	finding_remedy(REMEDY_IP, "address add %s/32 dev %s", text, dev);
	finding_report(LOCAL_NOT_THERE, c->dev->name,
		       "%s %s is no address of this machine: nothing is sent from it or received at it",
		       what, text);
}

static void check_there(const struct check *c, const struct value *locals)
{
	const struct value *link;
	struct link under;
	unsigned int i;

	link = dev_value(c->values, DEV_TUNNEL(M46_TUN_A_LINK));
	if (!link->set || !link->link.index ||
	    link_get((int)link->link.index, NULL, &under))
		snprintf(under.name, sizeof(under.name), "LINK");
	for (i = 0; i < locals->n; i++) {
		if (!addrs_have4(&c->addrs4, locals->list[i].v4))
			report_not_there(c, "local", &locals->list[i],
					 under.name);
	}
	if (dev_is_anycast(c->values) &&
	    !addrs_have4(&c->addrs4, dev_anycast.v4))
		report_not_there(c, "anycast", &dev_anycast, "lo");
}

bool check_is_private(const struct prefix *addr)
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
	const struct prefix *remote = dev_remote(c->values);
	char text[PREFIX_STRLEN], other[PREFIX_STRLEN];
	unsigned int i;

	if (dev_is_6rd(c->values) || !remote || check_is_private(remote))
		return;
	for (i = 0; i < locals->n; i++) {
		if (!check_is_private(&locals->list[i]))
			continue;
		finding_remedy(REMEDY_M46CTL, "dev set %s local V4",
			       c->dev->name);
		finding_report(LOCAL_IS_PRIVATE, c->dev->name,
			       "local %s is private, remote %s is not: this works only if a NAT between them passes protocol 41",
			       addr_str(&locals->list[i], text),
			       addr_str(remote, other));
	}
}

/* What a 6rd domain wants beside the addresses. */
static void check_6rd(const struct check *c)
{
	const struct value *from;
	unsigned int len;

	len = dev_delegated_len(c->values);
	if (len > DELEGATED_MAX) {
		finding_remedy(REMEDY_M46CTL, "dev set %s v4-prefix V4/LEN",
			       c->dev->name);
		finding_report(DELEGATED_TOO_LONG, c->dev->name,
			       "sites get a /%u, and hosts need a /64: prefix is too long, or v4-prefix too short",
			       len);
	}
	from = dev_value(c->values, DEV_TUNNEL(M46_TUN_A_RELAY_FROM));
	if (!len || dev_remote(c->values) || (from->set && from->n) ||
	    check_num(c, DEV_TUNNEL(M46_TUN_A_RELAY)))
		return;
	finding_remedy(REMEDY_M46CTL, "dev set %s remote V4", c->dev->name);
	finding_report(NO_BORDER_RELAY, c->dev->name,
		       "no border relay, and no way to native IPv6: set remote to its address");
}

void check_6to4(struct check *c)
{
	const struct value *locals;

	locals = dev_value(c->values, DEV_TUNNEL(M46_TUN_A_LOCALS));
	if (!locals->set)
		return;
	check_there(c, locals);
	check_private(c, locals);
	check_6rd(c);
}

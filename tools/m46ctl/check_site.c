// SPDX-License-Identifier: GPL-2.0
/*
 * check: IPv6 addresses of a 6to4 or 6rd site, on the device and around it.
 */
#include <linux/if.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "addr.h"
#include "check.h"
#include "dev.h"
#include "link.h"

bool check_is_delegated(const struct check_dev *dev, const struct prefix *addr)
{
	unsigned int i;

	for (i = 0; i < dev->n_delegated; i++) {
		if (prefix_covers(&dev->delegated[i], addr))
			return true;
	}

	return false;
}

/* Where hosts are: neither a tunnel nor the loopback interface. */
static bool is_lan(int ifindex, struct link *link)
{
	return !link_get(ifindex, NULL, link) &&
	       !(link->flags & (IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP));
}

bool check_has_lan(const struct check *c)
{
	struct addrs addrs;
	bool found = false;
	struct link link;
	size_t i;

	if (!c->dev->n_delegated || addrs_get(AF_INET6, &addrs))
		return false;
	for (i = 0; !found && i < addrs.n; i++)
		found = check_is_delegated(c->dev, &addrs.list[i].addr) &&
			is_lan(addrs.list[i].ifindex, &link);
	addrs_free(&addrs);

	return found;
}

/* Of another device of ours, or of sit: whose IPv4 address is here. */
static bool is_known(const struct check *c, const struct prefix *addr,
		     const struct addrs *locals)
{
	struct in_addr v4 = dev_embedded(c->values, addr);
	size_t i;

	for (i = 0; i < c->n_devs; i++) {
		if (check_is_delegated(&c->devs[i], addr))
			return true;
	}
	for (i = 0; i < locals->n; i++) {
		if (locals->list[i].addr.v4.s_addr == v4.s_addr)
			return true;
	}

	return false;
}

static void check_addr(const struct check *c, const struct addr *addr,
		       const struct addrs *locals)
{
	char text[PREFIX_STRLEN], delegated[PREFIX_STRLEN];
	struct link link;

	if (addr->flags & IFA_F_DEPRECATED ||
	    !prefix_covers(&c->dev->own[0], &addr->addr) ||
	    check_is_delegated(c->dev, &addr->addr))
		return;
	if (addr->ifindex != c->dev->ifindex &&
	    (is_known(c, &addr->addr, locals) || !is_lan(addr->ifindex, &link)))
		return;
	if (addr->ifindex == c->dev->ifindex)
		snprintf(link.name, sizeof(link.name), "%s", c->dev->name);
	addr_str(&addr->addr, text);
	finding_remedy(REMEDY_IP6, "address del %s/%u dev %s", text, addr->len,
		       link.name);
	finding_report(ADDRESS_OUTSIDE_DELEGATED, c->dev->name,
		       "%s of %s is not in %s, which local gives: what is sent from it is dropped (src_mismatch)",
		       text, link.name,
		       prefix_str(&c->dev->delegated[0], delegated));
}

void check_site(struct check *c)
{
	struct addrs addrs, locals;
	size_t i;

	/* A border relay has other networks of the domain around it, maybe. */
	if (!c->dev->n_delegated ||
	    (dev_is_6rd(c->values) &&
	     check_num(c, DEV_TUNNEL(M46_TUN_A_RELAY))))
		return;
	if (addrs_get(AF_INET6, &addrs))
		return;
	if (!addrs_get(AF_INET, &locals)) {
		for (i = 0; i < addrs.n; i++)
			check_addr(c, &addrs.list[i], &locals);
	}
	addrs_free(&locals);
	addrs_free(&addrs);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of this machine, as rtnetlink tells them.
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "addr.h"

static int add(struct addrs *addrs, const struct addr *addr)
{
	struct addr *grown;

	grown = reallocarray(addrs->list, addrs->n + 1, sizeof(*grown));
	if (!grown)
		return -1;
	addrs->list = grown;
	addrs->list[addrs->n++] = *addr;

	return 0;
}

static int read_addr(const struct nlmsghdr *hdr, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)hdr;
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	const struct nlattr *local, *flags, *protocol;
	struct addr addr = { 0 };

	if (hdr->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_datalen(hdr) < (int)sizeof(*ifa))
		return 0;
	/* IPv6 has no IFA_LOCAL but with a peer. */
	local = nlmsg_find_attr(h, sizeof(*ifa), IFA_LOCAL);
	if (!local)
		local = nlmsg_find_attr(h, sizeof(*ifa), IFA_ADDRESS);
	if (!local || nla_len(local) != (ifa->ifa_family == AF_INET ? 4 : 16))
		return 0;
	flags = nlmsg_find_attr(h, sizeof(*ifa), IFA_FLAGS);
	addr.addr.family = ifa->ifa_family;
	addr.addr.len = (uint8_t)(8 * nla_len(local));
	memcpy(addr.addr.bytes, nla_data(local), (size_t)nla_len(local));
	addr.len = ifa->ifa_prefixlen;
	addr.ifindex = (int)ifa->ifa_index;
	addr.flags = flags && nla_len(flags) >= 4 ? nla_get_u32(flags) :
		     ifa->ifa_flags;
	protocol = nlmsg_find_attr(h, sizeof(*ifa), IFA_PROTO);
	if (protocol && nla_len(protocol) == 1)
		addr.protocol = nla_get_u8(protocol);

	return add(arg, &addr);
}

static void forget(void *arg)
{
	struct addrs *addrs = arg;

	addrs->n = 0;
}

int addrs_get(int family, struct addrs *addrs, struct kn_error *err)
{
	const struct ifaddrmsg head = { .ifa_family = (uint8_t)family };
	struct kn_reply reply = {
		.message = read_addr, .restart = forget, .arg = addrs
	};

	memset(addrs, 0, sizeof(*addrs));

	return kn_call(KN_ROUTE, kn_rt_msg(RTM_GETADDR, NLM_F_DUMP, &head,
					   sizeof(head)), &reply, err);
}

bool addrs_have4(const struct addrs *addrs, struct in_addr v4)
{
	size_t i;

	for (i = 0; i < addrs->n; i++) {
		if (addrs->list[i].addr.family == AF_INET &&
		    addrs->list[i].addr.v4.s_addr == v4.s_addr)
			return true;
	}

	return false;
}

void addrs_free(struct addrs *addrs)
{
	free(addrs->list);
	addrs->list = NULL;
	addrs->n = 0;
}

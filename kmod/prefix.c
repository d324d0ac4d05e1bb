// SPDX-License-Identifier: GPL-2.0
/* IPv4 and IPv6 prefixes in netlink messages. */
#include <net/ipv6.h>
#include <net/netlink.h>

#include "nla.h"
#include "prefix.h"

const struct nla_policy m46_prefix_policy[M46_PREFIX_A_MAX + 1] = {
	[M46_PREFIX_A_IPV4]	= NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[M46_PREFIX_A_IPV6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[M46_PREFIX_A_LEN]	= NLA_POLICY_MAX(NLA_U8, 128),
};

const struct nla_policy m46_list_policy[M46_LIST_A_MAX + 1] = {
	[M46_LIST_A_PREFIX]	= NLA_POLICY_NESTED(m46_prefix_policy),
};

/* IPv4 addresses that no ICMP error may come from. */
static const struct m46_prefix4 bad_source4[] = {
	{ 0x00000000, 8 },	/* this network */
	{ 0x7f000000, 8 },	/* loopback */
	{ 0xe0000000, 3 },	/* multicast, reserved, broadcast */
};

bool m46_prefix4_overlaps(const struct m46_prefix4 *p,
			  const struct m46_prefix4 *set, unsigned int n)
{
	for (; n--; set++) {
		if (!((p->addr ^ set->addr) & m46_mask4(min(p->len, set->len))))
			return true;
	}
	return false;
}

bool m46_is_compat_or_mapped6(const struct in6_addr *addr)
{
	return !addr->s6_addr32[0] && !addr->s6_addr32[1] &&
	       (!addr->s6_addr32[2] || addr->s6_addr32[2] == htonl(0xffff));
}

int m46_prefix6_check(const struct m46_prefix6 *prefix,
		      const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct in6_addr *addr = &prefix->addr;
	struct in6_addr masked;

	if (prefix->len < 1 || prefix->len > 96) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "length of a mapping prefix must be 1 to 96");
		return -EINVAL;
	}
	ipv6_addr_prefix(&masked, addr, prefix->len);
	if (!ipv6_addr_equal(&masked, addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "mapping prefix has bits set beyond its length");
		return -EINVAL;
	}
	if (ipv6_addr_is_multicast(addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "mapping prefix is multicast");
		return -EINVAL;
	}
	if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "mapping prefix is link-local");
		return -EINVAL;
	}
	if (m46_is_compat_or_mapped6(addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "mapping prefix is unspecified, v4-compatible or v4-mapped");
		return -EINVAL;
	}
	return 0;
}

/* A nest of M46_PREFIX_A_*: of the family that is wanted, and with length. */
static int parse_prefix(struct nlattr *tb[], const struct nlattr *nest,
			bool ipv6, struct netlink_ext_ack *extack)
{
	bool has6, has4;
	int err;

	err = nla_parse_nested(tb, M46_PREFIX_A_MAX, nest, m46_prefix_policy,
			       extack) ? :
	      m46_nla_once_nested(nest, extack);
	if (err)
		return err;

	has6 = tb[M46_PREFIX_A_IPV6];
	has4 = tb[M46_PREFIX_A_IPV4];
	if (ipv6 && (!has6 || has4)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "prefix must be IPv6");
		return -EINVAL;
	}
	if (!ipv6 && (!has4 || has6)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "prefix must be IPv4");
		return -EINVAL;
	}
	if (!tb[M46_PREFIX_A_LEN]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "prefix without length");
		return -EINVAL;
	}
	return 0;
}

int m46_prefix4_parse(struct m46_prefix4 *p, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_PREFIX_A_MAX + 1];
	int err;

	err = parse_prefix(tb, nest, false, extack);
	if (err)
		return err;
	p->addr = be32_to_cpu(nla_get_be32(tb[M46_PREFIX_A_IPV4]));
	p->len = nla_get_u8(tb[M46_PREFIX_A_LEN]);
	if (p->len > 32) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "length of an IPv4 prefix is over 32");
		return -EINVAL;
	}
	if (p->addr & ~m46_mask4(p->len)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "IPv4 prefix has bits set beyond its length");
		return -EINVAL;
	}
	return 0;
}

int m46_prefix6_parse(struct m46_prefix6 *p, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_PREFIX_A_MAX + 1];
	int err;

	err = parse_prefix(tb, nest, true, extack);
	if (err)
		return err;
	p->addr = nla_get_in6_addr(tb[M46_PREFIX_A_IPV6]);
	p->len = nla_get_u8(tb[M46_PREFIX_A_LEN]);
	return 0;
}

bool m46_prefix4_is_bad(const struct m46_prefix4 *prefix)
{
	return m46_prefix4_overlaps(prefix, bad_source4,
				    ARRAY_SIZE(bad_source4));
}

int m46_prefix4_put(struct sk_buff *skb, int attr,
		    const struct m46_prefix4 *prefix)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_in_addr(skb, M46_PREFIX_A_IPV4,
			    cpu_to_be32(prefix->addr)) ||
	    nla_put_u8(skb, M46_PREFIX_A_LEN, prefix->len))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int m46_prefixes4_put(struct sk_buff *skb, int attr,
		      const struct m46_prefix4 *p, unsigned int n)
{
	struct nlattr *list = nla_nest_start(skb, attr);

	if (!list)
		return -EMSGSIZE;
	for (; n--; p++) {
		if (m46_prefix4_put(skb, M46_LIST_A_PREFIX, p))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, list);
	return 0;
}

int m46_prefixes6_put(struct sk_buff *skb, int attr,
		      const struct m46_prefix6 *p, unsigned int n)
{
	struct nlattr *list, *nest;

	list = nla_nest_start(skb, attr);
	if (!list)
		return -EMSGSIZE;
	for (; n--; p++) {
		nest = nla_nest_start(skb, M46_LIST_A_PREFIX);
		if (!nest ||
		    nla_put_in6_addr(skb, M46_PREFIX_A_IPV6, &p->addr) ||
		    nla_put_u8(skb, M46_PREFIX_A_LEN, p->len))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	nla_nest_end(skb, list);
	return 0;
}

size_t m46_prefixes4_size(unsigned int n)
{
	return nla_total_size(0) + n * (nla_total_size(0) +
					nla_total_size(sizeof(__be32)) +
					nla_total_size(sizeof(u8)));
}

size_t m46_prefixes6_size(unsigned int n)
{
	size_t one = nla_total_size(0) +
		     nla_total_size(sizeof(struct in6_addr)) +
		     nla_total_size(sizeof(u8));

	return nla_total_size(0) + n * one;
}

/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4 and IPv6 prefixes: what a setting or a rule is given as. */
#ifndef _M46_PREFIX_H
#define _M46_PREFIX_H

#include <linux/in6.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/**
 * struct m46_prefix6 - IPv6 prefix
 * @addr: bits beyond @len zero
 * @len: 1..96
 */
struct m46_prefix6 {
	struct in6_addr addr;
	u8 len;
};

/* struct m46_prefix4 - IPv4 prefix; addr in host byte order */
struct m46_prefix4 {
	u32 addr;
	u8 len;
};

static inline u32 m46_mask4(u8 len)
{
	return len ? ~0U << (32 - len) : 0;
}

static inline bool m46_prefix4_has(const struct m46_prefix4 *prefix, u32 addr)
{
	return !((addr ^ prefix->addr) & m46_mask4(prefix->len));
}

#ifdef __KERNEL__
#include <net/netlink.h>
#include <linux/m46.h>

extern const struct nla_policy m46_prefix_policy[M46_PREFIX_A_MAX + 1];
extern const struct nla_policy m46_list_policy[M46_LIST_A_MAX + 1];

/*
 * Whether an IPv6 prefix can be a mapping prefix: length, host bits, kind of
 * address. Sets extack, pointing at attr.
 */
int m46_prefix6_check(const struct m46_prefix6 *prefix,
		      const struct nlattr *attr,
		      struct netlink_ext_ack *extack);
/*
 * Parse a nest of M46_PREFIX_A_* with a prefix of one family. extack is set on
 * every refusal, pointing at nest. IPv6: host bits and length are not checked.
 */
int m46_prefix4_parse(struct m46_prefix4 *prefix, const struct nlattr *nest,
		      struct netlink_ext_ack *extack);
int m46_prefix6_parse(struct m46_prefix6 *prefix, const struct nlattr *nest,
		      struct netlink_ext_ack *extack);
/* Whether two prefixes of a set of n have an address of p's in common. */
bool m46_prefix4_overlaps(const struct m46_prefix4 *p,
			  const struct m46_prefix4 *set, unsigned int n);
/* Whether a prefix contains addresses that are not unicast. */
bool m46_prefix4_is_bad(const struct m46_prefix4 *prefix);
/* ::, ::1 and the v4-compatible addresses, or the v4-mapped ones */
bool m46_is_compat_or_mapped6(const struct in6_addr *addr);
/* Put one prefix, or a list, as the attribute attr. */
int m46_prefix4_put(struct sk_buff *skb, int attr,
		    const struct m46_prefix4 *prefix);
int m46_prefixes4_put(struct sk_buff *skb, int attr,
		      const struct m46_prefix4 *p, unsigned int n);
int m46_prefixes6_put(struct sk_buff *skb, int attr,
		      const struct m46_prefix6 *p, unsigned int n);
/* Bytes that lists of n prefixes need at most. */
size_t m46_prefixes4_size(unsigned int n);
size_t m46_prefixes6_size(unsigned int n);
#endif /* __KERNEL__ */

#endif /* _M46_PREFIX_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Reassembly before decapsulation (RFC 2473 3.3). Our addresses are no local
 * ones, so that the stack does not do it. The defragmenter of connection
 * tracking does, within its limits (net.netfilter.nf_conntrack_frag6_*), which
 * both share; the fragments of each user, here each device, it keeps apart.
 */
#include <linux/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "defrag6.h"

#define M46_DEFRAG_USER		0x6d343600	/* no enum ip6_defrag_users */

enum m46_counter m46_defrag6(const struct net_device *dev,
			     struct sk_buff *skb, bool *is_whole)
{
	int err = -EOPNOTSUPP;

	*is_whole = false;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	/* Where a namespace ends first, nobody would let go of it. */
	nf_reset_ct(skb);
	err = nf_ct_frag6_gather(dev_net(dev), skb,
				 M46_DEFRAG_USER + dev->ifindex);
#endif
	if (err == -EINPROGRESS)
		return M46_OK;
	if (err)
		return err == -ENOMEM ? M46_DROP_NOMEM : M46_DROP_BAD_FRAGMENT;
	*is_whole = true;
	return M46_OK;
}

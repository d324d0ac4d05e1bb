// SPDX-License-Identifier: GPL-2.0
/*
 * Reassembly before decapsulation (RFC 2473 3.3). Our addresses are no local
 * ones, so that the stack does not do it. The defragmenter of connection
 * tracking does, with its limits (net.netfilter.nf_conntrack_frag6_*); packets
 * of this user it keeps apart from all others.
 */
#include <linux/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "defrag6.h"

#define M46_DEFRAG_USER		0x6d343600	/* no enum ip6_defrag_users */

enum m46_counter m46_defrag6(struct net *net, struct sk_buff *skb,
			     bool *is_whole)
{
	int err = -EOPNOTSUPP;

	*is_whole = false;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	err = nf_ct_frag6_gather(net, skb, M46_DEFRAG_USER);
#endif
	if (err == -EINPROGRESS)
		return M46_OK;
	if (err)
		return err == -ENOMEM ? M46_DROP_NOMEM : M46_DROP_BAD_FRAGMENT;
	*is_whole = true;
	return M46_OK;
}

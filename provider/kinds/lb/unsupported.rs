//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const GET_TARGET_GROUP: &[Unsupported] =
    &[without("loadBalancingAnomalyMitigation", "it is an output; leave it out")];

pub(super) const LISTENER: &[Unsupported] = &[
    without(
        "mutualAuthentication",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznMtlsClientcertHeaderName",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznMtlsClientcertIssuerHeaderName",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznMtlsClientcertLeafHeaderName",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznMtlsClientcertSubjectHeaderName",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznMtlsClientcertValidityHeaderName",
        "mutual TLS is not supported; leave it out, or use the AWS package for this listener",
    ),
    without(
        "routingHttpRequestXAmznTlsCipherSuiteHeaderName",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpRequestXAmznTlsVersionHeaderName",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseAccessControlAllowCredentialsHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseAccessControlAllowHeadersHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseAccessControlAllowMethodsHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseAccessControlAllowOriginHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseAccessControlExposeHeadersHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseAccessControlMaxAgeHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseContentSecurityPolicyHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseStrictTransportSecurityHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseXContentTypeOptionsHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseXFrameOptionsHeaderValue",
        "a listener does not change headers; let the service set or read them",
    ),
    without(
        "routingHttpResponseServerEnabled",
        "a listener does not change headers; let the service set or read them",
    )
    .but(&["true"]),
    without(
        "tcpIdleTimeoutSeconds",
        "the idle timeout of connections is 350 seconds, the default of AWS; leave it out",
    )
    .but(&["350"]),
];

pub(super) const LISTENER_RULE: &[Unsupported] =
    &[without("transforms", "requests are forwarded unchanged; let the service rewrite paths and hosts")];

pub(super) const LOAD_BALANCER: &[Unsupported] = &[
    without("customerOwnedIpv4Pool", "resources on AWS Outposts are not managed"),
    without(
        "enablePrefixForIpv6SourceNat",
        "leave it out, or use the AWS package for this network load balancer",
    )
    .but(&["off"]),
    without(
        "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
        "leave it out, or use the AWS package for this network load balancer",
    )
    .but(&["off"]),
    without(
        "secondaryIpsAutoAssignedPerSubnet",
        "leave it out, or use the AWS package for this network load balancer",
    )
    .but(&["off"]),
    without("healthCheckLogs", "give accessLogs or connectionLogs"),
    without("ipamPools", "IPAM pools are not supported; leave it out, or give subnetMappings"),
    without("minimumLoadBalancerCapacity", "the load balancer scales automatically; leave it out"),
];

pub(super) const TARGET_GROUP: &[Unsupported] = &[
    without("targetControlPort", "the target optimizer is not supported; leave it out"),
    without("targetFailovers", "Gateway Load Balancers are not supported; leave it out"),
    without("targetGroupHealth", "leave it out: the defaults of AWS for unhealthy targets apply"),
    without("targetHealthStates", "leave it out: the defaults of AWS for unhealthy targets apply"),
];

pub(super) const TARGET_GROUP_ATTACHMENT: &[Unsupported] =
    &[without("quicServerId", "targets of the protocols QUIC and TCP_QUIC are not supported; leave it out")];

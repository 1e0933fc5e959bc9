//! Headers of responses as CloudFront says them.

use aws_sdk_cloudfront::types::{
    FrameOptionsList, ReferrerPolicyList, ResponseHeadersPolicyAccessControlAllowHeaders,
    ResponseHeadersPolicyAccessControlAllowMethods, ResponseHeadersPolicyAccessControlAllowMethodsValues,
    ResponseHeadersPolicyAccessControlAllowOrigins, ResponseHeadersPolicyAccessControlExposeHeaders,
    ResponseHeadersPolicyConfig, ResponseHeadersPolicyContentSecurityPolicy,
    ResponseHeadersPolicyContentTypeOptions, ResponseHeadersPolicyCorsConfig,
    ResponseHeadersPolicyCustomHeader, ResponseHeadersPolicyCustomHeadersConfig,
    ResponseHeadersPolicyFrameOptions, ResponseHeadersPolicyReferrerPolicy,
    ResponseHeadersPolicyRemoveHeader, ResponseHeadersPolicyRemoveHeadersConfig,
    ResponseHeadersPolicySecurityHeadersConfig, ResponseHeadersPolicyServerTimingHeadersConfig,
    ResponseHeadersPolicyStrictTransportSecurity, ResponseHeadersPolicyXssProtection,
};

use super::super::names::listed;
use super::super::quantity;
use super::*;

pub(super) fn config(args: &ResponseHeadersPolicyArgs) -> Result<ResponseHeadersPolicyConfig> {
    let custom = args.custom_headers_config.as_ref().filter(|it| !it.items.is_empty()).map(|it| {
        let header = |it: &CustomHeader| {
            let built = ResponseHeadersPolicyCustomHeader::builder().header(&it.header).value(&it.value);
            built.r#override(it.r#override).build()
        };
        let items: Vec<_> = it.items.iter().map(header).collect::<Result<_, _>>()?;
        ResponseHeadersPolicyCustomHeadersConfig::builder()
            .quantity(quantity(&items))
            .set_items(Some(items))
            .build()
    });
    let removed = args.remove_headers_config.as_ref().filter(|it| !it.items.is_empty()).map(|it| {
        let header =
            |it: &RemovedHeader| ResponseHeadersPolicyRemoveHeader::builder().header(&it.header).build();
        let items: Vec<_> = it.items.iter().map(header).collect::<Result<_, _>>()?;
        ResponseHeadersPolicyRemoveHeadersConfig::builder()
            .quantity(quantity(&items))
            .set_items(Some(items))
            .build()
    });
    let timing = args.server_timing_headers_config.as_ref().map(|it| {
        let built = ResponseHeadersPolicyServerTimingHeadersConfig::builder().enabled(it.enabled);
        built.sampling_rate(it.sampling_rate).build()
    });
    Ok(ResponseHeadersPolicyConfig::builder()
        .comment(&args.comment)
        .name(&args.name)
        .set_cors_config(args.cors_config.as_ref().map(cors).transpose()?)
        .set_custom_headers_config(custom.transpose()?)
        .set_remove_headers_config(removed.transpose()?)
        .set_security_headers_config(args.security_headers_config.as_ref().map(security).transpose()?)
        .set_server_timing_headers_config(timing.transpose()?)
        .build()?)
}

fn cors(args: &CorsHeaders) -> Result<ResponseHeadersPolicyCorsConfig> {
    let (headers, origins) =
        (&args.access_control_allow_headers.items, &args.access_control_allow_origins.items);
    let method = |text: &String| ResponseHeadersPolicyAccessControlAllowMethodsValues::from(text.as_str());
    let methods: Vec<_> = args.access_control_allow_methods.items.iter().map(method).collect();
    let exposed = listed(args.access_control_expose_headers.as_ref()).map(|items| {
        let built = ResponseHeadersPolicyAccessControlExposeHeaders::builder().quantity(quantity(&items));
        built.set_items(Some(items)).build()
    });
    let headers = ResponseHeadersPolicyAccessControlAllowHeaders::builder()
        .quantity(quantity(headers))
        .set_items(Some(headers.clone()));
    let origins = ResponseHeadersPolicyAccessControlAllowOrigins::builder()
        .quantity(quantity(origins))
        .set_items(Some(origins.clone()));
    let methods = ResponseHeadersPolicyAccessControlAllowMethods::builder()
        .quantity(quantity(&methods))
        .set_items(Some(methods));
    Ok(ResponseHeadersPolicyCorsConfig::builder()
        .access_control_allow_credentials(args.access_control_allow_credentials)
        .access_control_allow_headers(headers.build()?)
        .access_control_allow_methods(methods.build()?)
        .access_control_allow_origins(origins.build()?)
        .set_access_control_expose_headers(exposed.transpose()?)
        .set_access_control_max_age_sec(args.access_control_max_age_sec.map(|seconds| seconds as i32))
        .origin_override(args.origin_override)
        .build()?)
}

fn security(args: &SecurityHeaders) -> Result<ResponseHeadersPolicySecurityHeadersConfig> {
    let policy = args.content_security_policy.as_ref().map(|it| {
        let built = ResponseHeadersPolicyContentSecurityPolicy::builder().r#override(it.r#override);
        built.content_security_policy(&it.content_security_policy).build()
    });
    let types = args.content_type_options.as_ref();
    let types =
        types.map(|it| ResponseHeadersPolicyContentTypeOptions::builder().r#override(it.r#override).build());
    let frames = args.frame_options.as_ref().map(|it| {
        let built = ResponseHeadersPolicyFrameOptions::builder().r#override(it.r#override);
        built.frame_option(FrameOptionsList::from(it.frame_option.as_str())).build()
    });
    let referrer = args.referrer_policy.as_ref().map(|it| {
        let built = ResponseHeadersPolicyReferrerPolicy::builder().r#override(it.r#override);
        built.referrer_policy(ReferrerPolicyList::from(it.referrer_policy.as_str())).build()
    });
    let transport = args.strict_transport_security.as_ref().map(|it| {
        ResponseHeadersPolicyStrictTransportSecurity::builder()
            .access_control_max_age_sec(it.access_control_max_age_sec as i32)
            .include_subdomains(it.include_subdomains)
            .r#override(it.r#override)
            .preload(it.preload)
            .build()
    });
    let xss = args.xss_protection.as_ref().map(|it| {
        ResponseHeadersPolicyXssProtection::builder()
            .set_mode_block(it.mode_block.then_some(true))
            .r#override(it.r#override)
            .protection(it.protection)
            .set_report_uri(it.report_uri.clone())
            .build()
    });
    Ok(ResponseHeadersPolicySecurityHeadersConfig::builder()
        .set_content_security_policy(policy.transpose()?)
        .set_content_type_options(types.transpose()?)
        .set_frame_options(frames.transpose()?)
        .set_referrer_policy(referrer.transpose()?)
        .set_strict_transport_security(transport.transpose()?)
        .set_xss_protection(xss.transpose()?)
        .build())
}

pub(super) fn read(there: &ResponseHeadersPolicyConfig) -> ResponseHeadersPolicyArgs {
    let custom = |it: &ResponseHeadersPolicyCustomHeader| CustomHeader {
        header: it.header.clone(),
        r#override: it.r#override,
        value: it.value.clone(),
    };
    let removed = |it: &ResponseHeadersPolicyRemoveHeader| RemovedHeader { header: it.header.clone() };
    let custom = there.custom_headers_config().map(|it| it.items().iter().map(custom).collect());
    let removed = there.remove_headers_config().map(|it| it.items().iter().map(removed).collect());
    ResponseHeadersPolicyArgs {
        comment: there.comment.clone().unwrap_or_default(),
        cors_config: there.cors_config().map(read_cors),
        custom_headers_config: custom.filter(IsAny::is_any).map(|items| CustomHeaders { items }),
        name: there.name.clone(),
        remove_headers_config: removed.filter(IsAny::is_any).map(|items| RemovedHeaders { items }),
        security_headers_config: there.security_headers_config().map(read_security),
        server_timing_headers_config: there.server_timing_headers_config().map(|it| ServerTiming {
            enabled: it.enabled,
            sampling_rate: it.sampling_rate.unwrap_or_default(),
        }),
    }
}

/// Whether a list has anything in it.
trait IsAny {
    fn is_any(&self) -> bool;
}

impl<T> IsAny for Vec<T> {
    fn is_any(&self) -> bool {
        !self.is_empty()
    }
}

fn read_cors(there: &ResponseHeadersPolicyCorsConfig) -> CorsHeaders {
    let names = |items: Option<&[String]>| PolicyNames { items: items.unwrap_or_default().to_vec() };
    let methods = there.access_control_allow_methods().map(|it| it.items()).unwrap_or_default();
    CorsHeaders {
        access_control_allow_credentials: there.access_control_allow_credentials,
        access_control_allow_headers: names(there.access_control_allow_headers().map(|it| it.items())),
        access_control_allow_methods: CorsMethods {
            items: methods.iter().map(|method| method.as_str().to_owned()).collect(),
        },
        access_control_allow_origins: names(there.access_control_allow_origins().map(|it| it.items())),
        access_control_expose_headers: there
            .access_control_expose_headers()
            .and_then(|it| PolicyNames::of(it.items())),
        access_control_max_age_sec: there.access_control_max_age_sec.map(i64::from),
        origin_override: there.origin_override,
    }
}

fn read_security(there: &ResponseHeadersPolicySecurityHeadersConfig) -> SecurityHeaders {
    SecurityHeaders {
        content_security_policy: there.content_security_policy().map(|it| ContentSecurityPolicy {
            content_security_policy: it.content_security_policy.clone(),
            r#override: it.r#override,
        }),
        content_type_options: there
            .content_type_options()
            .map(|it| ContentTypeOptions { r#override: it.r#override }),
        frame_options: there.frame_options().map(|it| FrameOptions {
            frame_option: it.frame_option.as_str().to_owned(),
            r#override: it.r#override,
        }),
        referrer_policy: there.referrer_policy().map(|it| ReferrerPolicy {
            r#override: it.r#override,
            referrer_policy: it.referrer_policy.as_str().to_owned(),
        }),
        strict_transport_security: there.strict_transport_security().map(|it| StrictTransportSecurity {
            access_control_max_age_sec: it.access_control_max_age_sec.into(),
            include_subdomains: it.include_subdomains.unwrap_or_default(),
            r#override: it.r#override,
            preload: it.preload.unwrap_or_default(),
        }),
        xss_protection: there.xss_protection().map(|it| XssProtection {
            mode_block: it.mode_block.unwrap_or_default(),
            r#override: it.r#override,
            protection: it.protection,
            report_uri: it.report_uri.clone().filter(|uri| !uri.is_empty()),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_sent_is_what_is_read() {
        let fields = json!({
            "name": "safe",
            "corsConfig": {
                "accessControlAllowCredentials": false,
                "accessControlAllowHeaders": { "items": ["*"] },
                "accessControlAllowMethods": { "items": ["GET", "HEAD"] },
                "accessControlAllowOrigins": { "items": ["https://example.com"] },
                "accessControlMaxAgeSec": 600,
                "originOverride": true,
            },
            "customHeadersConfig": { "items": [{ "header": "X-From", "value": "cdn", "override": true }] },
            "removeHeadersConfig": { "items": [{ "header": "Server" }] },
            "securityHeadersConfig": {
                "contentSecurityPolicy": { "contentSecurityPolicy": "default-src 'self'", "override": true },
                "contentTypeOptions": { "override": true },
                "frameOptions": { "frameOption": "DENY", "override": true },
                "referrerPolicy": { "referrerPolicy": "same-origin", "override": true },
                "strictTransportSecurity": { "accessControlMaxAgeSec": 63072000, "includeSubdomains": true, "override": true },
                "xssProtection": { "protection": true, "modeBlock": true, "override": true },
            },
            "serverTimingHeadersConfig": { "enabled": true, "samplingRate": 12.5 },
        });
        let mut failures = Failures::new();
        let input =
            ResponseHeadersPolicyArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        let args = ResponseHeadersPolicyArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        assert!(failures.is_empty(), "{failures}");
        assert!(alike(&read(&config(&args).unwrap()), &args));
    }
}

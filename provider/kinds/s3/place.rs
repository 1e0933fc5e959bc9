//! What host names of S3 in a region are.
//! <https://docs.aws.amazon.com/general/latest/gr/s3.html>

use crate::aws::clients::partition;

/// What host names end in.
pub(super) fn domain(region: &str) -> &'static str {
    match partition(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// Regions whose websites have a hyphen before the region; later ones have a dot.
const HYPHENED: [&str; 9] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "us-gov-west-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
];

/// What host names of websites end in.
pub(super) fn website_domain(region: &str) -> String {
    let separator = if HYPHENED.contains(&region) { '-' } else { '.' };
    format!("s3-website{separator}{region}.{}", domain(region))
}

/// The hosted zone of websites in a region; nothing where there is none.
pub(super) fn hosted_zone(region: &str) -> &'static str {
    match region {
        "af-south-1" => "Z83WF9RJE8B12",
        "ap-east-1" => "ZNB98KWMFR0R6",
        "ap-east-2" => "Z064739330DAH7WJVOO93",
        "ap-northeast-1" => "Z2M4EHUR26P7ZW",
        "ap-northeast-2" => "Z3W03O7B5YMIYP",
        "ap-northeast-3" => "Z2YQB5RD63NC85",
        "ap-south-1" => "Z11RGJOFQNVJUP",
        "ap-south-2" => "Z02976202B4EZMXIPMXF7",
        "ap-southeast-1" => "Z3O0J2DXBE1FTB",
        "ap-southeast-2" => "Z1WCIGYICN2BYD",
        "ap-southeast-3" => "Z01846753K324LI26A3VV",
        "ap-southeast-4" => "Z0312387243XT5FE14WFO",
        "ap-southeast-5" => "Z08660063OXLMA7F1FJHU",
        "ap-southeast-6" => "Z05686083R66JX5C163TC",
        "ap-southeast-7" => "Z0031014GXUMRZG6I14G",
        "ca-central-1" => "Z1QDHH18159H29",
        "ca-west-1" => "Z03565811Z33SLEZTHOUL",
        "cn-north-1" => "Z5CN8UMXT92WN",
        "cn-northwest-1" => "Z282HJ1KT0DH03",
        "eu-central-1" => "Z21DNDUVLTQW6Q",
        "eu-central-2" => "Z030506016YDQGETNASS",
        "eu-north-1" => "Z3BAZG2TWCNX0D",
        "eu-south-1" => "Z30OZKI7KPW7MI",
        "eu-south-2" => "Z0081959F7139GRJC19J",
        "eu-west-1" => "Z1BKCTXD74EZPE",
        "eu-west-2" => "Z3GKZC51ZF0DB4",
        "eu-west-3" => "Z3R1K369G5AVDG",
        "il-central-1" => "Z09640613K4A3MN55U7GU",
        "me-central-1" => "Z06143092I8HRXZRUZROF",
        "me-south-1" => "Z1MPMWCPA7YB62",
        "mx-central-1" => "Z057606446ZNVQJJ8WOP",
        "sa-east-1" => "Z7KQH4QJS55SO",
        "us-east-1" => "Z3AQBSTGFYJSTF",
        "us-east-2" => "Z2O1EMRO9K5GLX",
        "us-gov-east-1" => "Z2NIFVYYW2VKV1",
        "us-gov-west-1" => "Z31GFT0UA1I2HV",
        "us-west-1" => "Z2F56UZL2M1ACD",
        "us-west-2" => "Z3BJ6K6RIION7M",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regions that AWS keeps apart, and tells of elsewhere.
    const APART: [&str; 2] = ["-iso", "eusc-"];

    #[test]
    fn websites_of_every_public_region_have_a_hosted_zone() -> Result<(), serde_json::Error> {
        let constants: serde_json::Value =
            serde_json::from_str(include_str!("../../package/constants.json"))?;
        let regions = constants["agentic:index:Region"]["values"].as_object();
        let regions = regions.into_iter().flatten().filter_map(|(_, region)| region.as_str());
        let public: Vec<&str> =
            regions.filter(|region| !APART.iter().any(|part| region.contains(part))).collect();
        assert!(public.len() > 30, "{public:?}");
        let without: Vec<_> = public.iter().filter(|region| hosted_zone(region).is_empty()).collect();
        assert!(without.is_empty(), "{without:?}");
        let zones: std::collections::BTreeSet<_> = public.iter().map(|region| hosted_zone(region)).collect();
        assert_eq!(zones.len(), public.len(), "two regions have one zone");
        Ok(())
    }

    #[test]
    fn websites_of_older_regions_have_a_hyphen() {
        assert_eq!(website_domain("us-east-1"), "s3-website-us-east-1.amazonaws.com");
        assert_eq!(website_domain("eu-central-1"), "s3-website.eu-central-1.amazonaws.com");
        assert_eq!(website_domain("cn-north-1"), "s3-website.cn-north-1.amazonaws.com.cn");
    }
}

//! The names that AWS accepts, kind by kind, and names that fit.

use sha2::{Digest, Sha256};

/// What AWS says of the names of one kind.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// What is named, as it reads in a sentence: `load balancer`.
    pub what: &'static str,
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
    /// The characters allowed.
    pub alphabet: Alphabet,
    /// Whether the first character must be a letter.
    pub letter_first: bool,
    /// Characters that must stand alone, and between two others: not first, last or doubled.
    pub inner: &'static str,
    /// Whether two characters of `inner` may be neighbours.
    pub doubled: bool,
    /// What AWS keeps for itself, in lower case: names, and beginnings that end in a separator.
    pub reserved: &'static [&'static str],
    /// What stands between the parts of a name and for characters that are not allowed.
    pub filler: char,
}

/// A set of characters, and how to say it.
#[derive(Clone, Copy, Debug)]
pub struct Alphabet {
    /// The characters, as they read in a sentence.
    pub words: &'static str,
    /// Whether letters are lower-case only.
    pub lower: bool,
    pub holds: fn(char) -> bool,
}

/// How many hexadecimal digits of a hash tell names apart.
const DIGITS: usize = 7;

pub const HYPHENED: Alphabet = Alphabet {
    words: "letters, digits and hyphens",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || c == '-',
};

pub const LOWER_HYPHENED: Alphabet = Alphabet {
    words: "lower-case letters, digits and hyphens",
    lower: true,
    holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
};

pub const WORD: Alphabet = Alphabet {
    words: "letters, digits, hyphens and underscores",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
};

pub const IAM: Alphabet = Alphabet {
    words: "letters, digits and + = , . @ _ -",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c),
};

pub const PRINTABLE: Alphabet =
    Alphabet { words: "printable characters", lower: false, holds: |c| !c.is_control() };

/// Every kind's rule starts from here.
pub const PLAIN: NameRule = NameRule {
    what: "",
    min: 1,
    max: 255,
    alphabet: WORD,
    letter_first: false,
    inner: "",
    doubled: true,
    reserved: &[],
    filler: '-',
};

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>
pub const LOAD_BALANCER: NameRule = NameRule {
    what: "load balancer",
    max: 32,
    alphabet: HYPHENED,
    inner: "-",
    reserved: &["internal-"],
    ..PLAIN
};

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
pub const TARGET_GROUP: NameRule =
    NameRule { what: "target group", max: 32, alphabet: HYPHENED, inner: "-", ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>
pub const ECS_CLUSTER: NameRule = NameRule { what: "ECS cluster", ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
pub const ECS_SERVICE: NameRule = NameRule { what: "ECS service", ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
pub const ECS_FAMILY: NameRule = NameRule { what: "task definition family", ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
pub const ECS_CONTAINER: NameRule = NameRule { what: "container", ..PLAIN };

/// RDS stores identifiers in lower case.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub const DB_INSTANCE: NameRule = NameRule {
    what: "database instance",
    max: 63,
    alphabet: LOWER_HYPHENED,
    letter_first: true,
    inner: "-",
    doubled: false,
    ..PLAIN
};

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
pub const DB_CLUSTER: NameRule = NameRule { what: "database cluster", ..DB_INSTANCE };

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html>
pub const DB_SNAPSHOT: NameRule = NameRule { what: "database snapshot", max: 255, ..DB_INSTANCE };

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html>
pub const DB_PARAMETER_GROUP: NameRule =
    NameRule { what: "database parameter group", max: 255, ..DB_INSTANCE };

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>
pub const DB_SUBNET_GROUP: NameRule = NameRule {
    what: "database subnet group",
    alphabet: Alphabet {
        words: "lower-case letters, digits, spaces and . _ -",
        lower: true,
        holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || " ._-".contains(c),
    },
    letter_first: true,
    reserved: &["default"],
    ..PLAIN
};

/// A database within PostgreSQL.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub const DB_NAME: NameRule = NameRule {
    what: "database",
    max: 63,
    alphabet: Alphabet {
        words: "letters, digits and underscores",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || c == '_',
    },
    letter_first: true,
    filler: '_',
    ..PLAIN
};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
pub const SECURITY_GROUP: NameRule = NameRule {
    what: "security group",
    alphabet: Alphabet {
        words: "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c),
    },
    inner: " ",
    reserved: &["sg-"],
    ..PLAIN
};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
pub const LOG_GROUP: NameRule = NameRule {
    what: "log group",
    max: 512,
    alphabet: Alphabet {
        words: "letters, digits and _ - / . #",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "_-/.#".contains(c),
    },
    reserved: &["aws/"],
    ..PLAIN
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub const IAM_ROLE: NameRule = NameRule { what: "IAM role", max: 64, alphabet: IAM, ..PLAIN };

/// Managed and inline policies.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
pub const IAM_POLICY: NameRule = NameRule { what: "IAM policy", max: 128, alphabet: IAM, ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>
pub const ECR_REPOSITORY: NameRule = NameRule {
    what: "ECR repository",
    min: 2,
    max: 256,
    alphabet: Alphabet {
        words: "lower-case letters, digits and . _ - /",
        lower: true,
        holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c),
    },
    inner: "._-/",
    doubled: false,
    ..PLAIN
};

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
pub const SECRET: NameRule = NameRule {
    what: "secret",
    max: 512,
    alphabet: Alphabet {
        words: "letters, digits and / _ + = . @ -",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c),
    },
    ..PLAIN
};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
pub const ALARM: NameRule = NameRule { what: "alarm", alphabet: PRINTABLE, ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
pub const DASHBOARD: NameRule = NameRule { what: "dashboard", ..PLAIN };

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html>
pub const SCALING_POLICY: NameRule =
    NameRule { what: "scaling policy", max: 256, alphabet: PRINTABLE, ..PLAIN };

/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html>
pub const SCHEDULED_ACTION: NameRule = NameRule {
    what: "scheduled action",
    max: 256,
    alphabet: Alphabet {
        words: "printable characters other than : / |",
        lower: false,
        holds: |c| !c.is_control() && !":/|".contains(c),
    },
    inner: " ",
    ..PLAIN
};

impl NameRule {
    /// Whether AWS takes this name; if not, a sentence that says what would be right.
    pub fn check(&self, name: &str) -> Result<(), String> {
        match self.problem(name) {
            None => Ok(()),
            Some(problem) => Err(format!("{problem}; '{}' would do", self.fit(name))),
        }
    }

    fn problem(&self, name: &str) -> Option<String> {
        let what = self.what;
        let length = name.chars().count();
        if length < self.min || length > self.max {
            let (min, max) = (self.min, self.max);
            return Some(format!(
                "the name of a {what} has {min} to {max} characters, and '{name}' has {length}"
            ));
        }
        if let Some(bad) = name.chars().find(|c| !(self.alphabet.holds)(*c)) {
            let words = self.alphabet.words;
            return Some(format!("the name of a {what} consists of {words}, and '{name}' has {bad:?}"));
        }
        if self.letter_first && !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Some(format!("the name of a {what} begins with a letter, and '{name}' does not"));
        }
        if name.starts_with(self.is_inner()) || name.ends_with(self.is_inner()) {
            let inner = spaced(self.inner);
            return Some(format!(
                "the name of a {what} neither begins nor ends with {inner}, and '{name}' does"
            ));
        }
        if !self.doubled && has_neighbours(name, self.inner) {
            let inner = spaced(self.inner);
            return Some(format!("the name of a {what} has no two of {inner} in a row, and '{name}' has"));
        }
        let reserved = self.reserves(name)?;
        Some(match reserved == name.to_lowercase() {
            true => format!("the name of a {what} is not '{reserved}', which is AWS's own"),
            false => {
                format!("the name of a {what} does not begin with '{reserved}', and '{name}' does")
            }
        })
    }

    /// A legal name that looks like `text`, and is `text` wherever that is legal.
    ///
    /// Equal texts give equal names. Texts that are too long keep their beginning and get a hash
    /// of the whole, so that different long texts give different names.
    pub fn fit(&self, text: &str) -> String {
        self.fit_into(text, self.max)
    }

    /// `base` with seven hexadecimal digits of a hash of `token`, so that the same token gives the
    /// same name again and others a different one.
    pub fn unique(&self, base: &str, token: &str) -> String {
        let room = self.max - DIGITS - 1;
        let mut base = self.fit_into(base, room);
        if self.reserves(&format!("{base}{}", self.filler)).is_some() {
            base = self.fit_into(&format!("x{}{base}", self.filler), room);
        }
        format!("{base}{}{}", self.filler, digits(token))
    }

    /// A name with this ending, which it has already or gets in place of what is too much. The end
    /// of the name, which tells it from others, stays.
    pub fn ended(&self, name: &str, ending: &str) -> String {
        if name.ends_with(ending) {
            return name.to_owned();
        }
        let (all, room) = (name.chars().count(), self.max - ending.chars().count());
        let cut = all.saturating_sub(room);
        let first = all.saturating_sub(DIGITS + 1 + cut);
        let kept = name.chars().enumerate().filter(|(at, _)| !(first..first + cut).contains(at));
        kept.map(|(_, c)| c).chain(ending.chars()).collect()
    }

    fn fit_into(&self, text: &str, max: usize) -> String {
        let name = self.legal(text);
        let length = name.chars().count();
        if length >= self.min && length <= max {
            return name;
        }
        let kept: String = name.chars().take(max - DIGITS - 1).collect();
        let kept = kept.trim_end_matches(self.is_break());
        match kept.is_empty() {
            true => format!("x{}", digits(text)),
            false => format!("{kept}{}{}", self.filler, digits(text)),
        }
    }

    /// The text with everything illegal replaced or dropped; of any length.
    fn legal(&self, text: &str) -> String {
        let mut name = String::with_capacity(text.len());
        for c in text.chars() {
            let c = if self.alphabet.lower { c.to_ascii_lowercase() } else { c };
            let allowed = (self.alphabet.holds)(c);
            let c = if allowed { c } else { self.filler };
            let needless = !allowed && name.ends_with(self.filler);
            let crowded = !self.doubled && self.inner.contains(c) && name.ends_with(self.is_inner());
            if !needless && !crowded {
                name.push(c);
            }
        }
        let name = name.trim_matches(self.is_inner());
        let begins_badly = self.letter_first && !name.starts_with(|c: char| c.is_ascii_alphabetic());
        match !name.is_empty() && (begins_badly || self.reserves(name).is_some()) {
            true => format!("x{}{}", self.filler, name.trim_start_matches(self.filler)),
            false => name.to_owned(),
        }
    }

    fn reserves(&self, name: &str) -> Option<&'static str> {
        let lower = name.to_lowercase();
        let holds = |entry: &&&str| match entry.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            true => lower == **entry,
            false => lower.starts_with(**entry),
        };
        self.reserved.iter().find(holds).copied()
    }

    fn is_inner(&self) -> impl Fn(char) -> bool + use<> {
        let inner = self.inner;
        move |c| inner.contains(c)
    }

    /// Where a name may be cut without leaving something ugly before the hash.
    fn is_break(&self) -> impl Fn(char) -> bool + use<> {
        let (inner, filler) = (self.inner, self.filler);
        move |c| c == filler || inner.contains(c)
    }
}

/// Whether Route 53 takes this as the name of a zone or a record; if not, what would be right.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>
pub fn check_domain(name: &str) -> Result<(), String> {
    let labels = name.strip_suffix('.').unwrap_or(name);
    if labels.len() > 255 {
        return Err(format!("a domain name has 255 characters at most, and '{name}' has {}", labels.len()));
    }
    for label in labels.split('.') {
        if label.is_empty() {
            return Err(format!("a domain name is of labels with single dots between them, unlike '{name}'"));
        }
        if label.len() > 63 {
            return Err(format!("each label of a domain name has 63 characters at most, unlike '{label}'"));
        }
        if let Some(bad) = label.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(format!(
                "a domain name consists of ASCII letters, digits, hyphens and underscores, and '{name}' has {bad:?}; write other letters in Punycode (xn--...)"
            ));
        }
    }
    Ok(())
}

fn has_neighbours(name: &str, inner: &str) -> bool {
    name.chars().zip(name.chars().skip(1)).any(|(a, b)| inner.contains(a) && inner.contains(b))
}

fn spaced(characters: &str) -> String {
    let quoted: Vec<String> = characters.chars().map(|c| format!("'{c}'")).collect();
    quoted.join(" ")
}

fn digits(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().take(DIGITS.div_ceil(2)).map(|byte| format!("{byte:02x}")).collect();
    hex[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use super::*;

    const ALL: &[NameRule] = &[
        LOAD_BALANCER,
        TARGET_GROUP,
        ECS_CLUSTER,
        ECS_SERVICE,
        ECS_FAMILY,
        ECS_CONTAINER,
        DB_INSTANCE,
        DB_CLUSTER,
        DB_SNAPSHOT,
        DB_PARAMETER_GROUP,
        DB_SUBNET_GROUP,
        DB_NAME,
        SECURITY_GROUP,
        LOG_GROUP,
        IAM_ROLE,
        IAM_POLICY,
        ECR_REPOSITORY,
        SECRET,
        ALARM,
        DASHBOARD,
        SCALING_POLICY,
        SCHEDULED_ACTION,
    ];

    /// Texts of every sort: the awkward ones, and thousands made from them.
    fn texts() -> Vec<String> {
        let parts = [
            "",
            "a",
            "web",
            "My Stack",
            "stage3v3-nodejs",
            "under_score",
            "9lives",
            "-x",
            "x-",
            "a--b",
            "..",
            "a/b",
            "//",
            "internal-api",
            "sg",
            "sg-web",
            "aws/logs",
            "default",
            "Größe",
            "日本語",
            "a\nb",
            " ",
            "|:",
            "x.y.z",
            "UPPER",
            "ends-",
            "$",
            "\u{1f600}",
        ];
        let mut texts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        for a in parts {
            for b in parts {
                texts.push(format!("{a}{b}"));
                texts.push(format!("{a}-{b}"));
                texts.push(format!("{a}{}", b.repeat(20)));
            }
        }
        texts.extend(parts.iter().map(|part| part.repeat(300)));
        texts
    }

    #[test]
    fn every_fitted_name_is_legal_and_stays_as_it_is() {
        for rule in ALL {
            for text in texts() {
                let name = rule.fit(&text);
                assert_eq!(rule.problem(&name), None, "{}: {text:?} gave {name:?}", rule.what);
                assert_eq!(rule.fit(&name), name, "{}", rule.what);
                if rule.problem(&text).is_none() {
                    assert_eq!(name, text, "{}", rule.what);
                }
            }
        }
    }

    #[test]
    fn every_unique_name_is_legal_and_follows_its_token() {
        for rule in ALL {
            for text in texts() {
                let name = rule.unique(&text, "urn:a");
                assert_eq!(rule.problem(&name), None, "{}: {text:?} gave {name:?}", rule.what);
                assert_eq!(name, rule.unique(&text, "urn:a"));
                assert_ne!(name, rule.unique(&text, "urn:b"));
                let suffix = format!("{}{}", rule.filler, digits("urn:a"));
                assert!(name.ends_with(&suffix), "{name}");
            }
        }
    }

    #[test]
    fn long_texts_that_differ_give_names_that_differ() {
        for rule in ALL {
            let base = "a".repeat(rule.max);
            let names: HashSet<_> = (0..1000).map(|n| rule.fit(&format!("{base}{n}"))).collect();
            assert_eq!(names.len(), 1000, "{}", rule.what);
            assert!(names.iter().all(|name| name.chars().count() == rule.max));
        }
    }

    #[test]
    fn names_look_like_their_texts() {
        let fitted = [
            (LOAD_BALANCER, "My Stack_api", "My-Stack-api"),
            (LOAD_BALANCER, "internal-api", "x-internal-api"),
            (DB_INSTANCE, "Orders__DB", "orders-db"),
            (DB_INSTANCE, "9lives", "x-9lives"),
            (DB_NAME, "learning-center", "learning_center"),
            (ECR_REPOSITORY, "Acme//API", "acme/api"),
            (SECURITY_GROUP, "sg-web", "x-sg-web"),
            (SECURITY_GROUP, "web (public)", "web (public)"),
            (DB_SUBNET_GROUP, "default", "x-default"),
            (DB_SUBNET_GROUP, "default-vpc", "default-vpc"),
        ];
        for (rule, text, name) in fitted {
            assert_eq!(rule.fit(text), name, "{}", rule.what);
        }
        let name = LOAD_BALANCER.unique("stage3v3-production-internal-load-balancer", "urn:x");
        assert!(name.starts_with("stage3v3-produc") && name.len() == 32, "{name}");
    }

    #[test]
    fn domain_names() {
        let long = format!("{}.example.com", "a".repeat(64));
        let refused = ["", ".", "a..b", ".a", "straße.de", "a b.de", &long, &"a.".repeat(129)];
        for name in refused {
            assert!(check_domain(name).is_err(), "{name}");
        }
        for name in
            ["example.com", "example.com.", "*.example.com", "_acme-challenge.x.de", "xn--strae-oqa.de"]
        {
            assert_eq!(check_domain(name), Ok(()));
        }
    }

    #[test]
    fn a_refusal_says_what_would_be_right() {
        let refused = [
            (LOAD_BALANCER, "a_b", "letters, digits and hyphens, and 'a_b' has '_'; 'a-b' would do"),
            (LOAD_BALANCER, "-a", "neither begins nor ends with '-'"),
            (LOAD_BALANCER, "Internal-a", "does not begin with 'internal-'"),
            (TARGET_GROUP, &"a".repeat(33), "1 to 32 characters"),
            (DB_INSTANCE, "a--b", "no two of '-' in a row"),
            (DB_INSTANCE, "Orders", "lower-case letters"),
            (DB_INSTANCE, "1a", "begins with a letter"),
            (DB_SUBNET_GROUP, "default", "is not 'default'"),
            (ECR_REPOSITORY, "a._b", "no two of '.' '_' '-' '/' in a row"),
            (ECR_REPOSITORY, "a", "2 to 256 characters"),
            (SECURITY_GROUP, "sg-1", "does not begin with 'sg-'"),
            (LOG_GROUP, "aws/x", "does not begin with 'aws/'"),
            (ALARM, "a\nb", "printable characters"),
        ];
        for (rule, name, part) in refused {
            let text = rule.check(name).unwrap_err();
            assert!(text.contains(part) && text.contains(rule.what), "{text}");
        }
        for (rule, name) in [(LOG_GROUP, "/aws/ecs/api"), (IAM_ROLE, "a+=,.@_-b"), (ALARM, "CPU > 80 %")] {
            assert_eq!(rule.check(name), Ok(()));
        }
    }
}

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
    words: &'static str,
    lower: bool,
    holds: fn(char) -> bool,
}

/// How many hexadecimal digits of a hash tell names apart.
const DIGITS: usize = 7;

const HYPHENED: Alphabet = Alphabet {
    words: "letters, digits and hyphens",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || c == '-',
};

const LOWER_HYPHENED: Alphabet = Alphabet {
    words: "lower-case letters, digits and hyphens",
    lower: true,
    holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
};

const WORD: Alphabet = Alphabet {
    words: "letters, digits, hyphens and underscores",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
};

const IAM: Alphabet = Alphabet {
    words: "letters, digits and + = , . @ _ -",
    lower: false,
    holds: |c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c),
};

const PRINTABLE: Alphabet =
    Alphabet { words: "printable characters", lower: false, holds: |c| !c.is_control() };

/// Every kind's rule starts from here.
const PLAIN: NameRule = NameRule {
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
        let base = self.fit_into(base, room);
        format!("{base}{}{}", self.filler, digits(token))
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

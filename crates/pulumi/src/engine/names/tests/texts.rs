//! What names are made from in tests, here and of every kind.

/// Texts of every sort: the awkward ones, and thousands made from them.
pub fn texts() -> Vec<String> {
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

//! The kinds of errors.

/// Why something failed. The kind alone decides whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The thing does not exist, or no longer.
    NotFound,
    /// Something of that name, or with that key, is there already.
    AlreadyExists,
    /// Something else still uses it, so it cannot go.
    InUse,
    /// The caller may not do this. It never means that something does not exist.
    AccessDenied,
    /// There are no credentials, or AWS does not accept them.
    Credentials,
    /// Too many calls; the call had no effect.
    Throttled,
    /// AWS does not know everywhere yet what was made a moment ago.
    Propagating,
    /// A value is wrong; the same call can never succeed.
    Invalid,
    /// A quota is used up, or AWS has no capacity left.
    Limit,
    /// The thing is in a state that does not allow this now; the state may pass.
    NotReady,
    /// The thing reached a state that cannot become good.
    Failed,
    /// A wait used up its time.
    Timeout,
    /// The user cancelled.
    Cancelled,
    /// No answer, or an error on AWS's side. Whether the call had an effect is not known.
    Network,
    /// Anything else; the code and message of AWS are in the text.
    Other,
}

impl ErrorKind {
    /// Whether the same call may succeed a little later.
    ///
    /// `InUse` is not temporary by itself: a deletion that knows that its user is going away
    /// waits for it by name.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Throttled | Self::Propagating | Self::NotReady | Self::Network)
    }
}

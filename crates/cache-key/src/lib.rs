//! What a build is: canonical, framed, versioned bytes and their keys

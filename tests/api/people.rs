//! People: the roster, the profile, the reporting line.

//! Who is asking: tokens that are accepted, and many that are not.

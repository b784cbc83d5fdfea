//! Suggestions: who might mentor whom, and why.

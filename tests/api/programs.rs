//! Programs and their coordinators.

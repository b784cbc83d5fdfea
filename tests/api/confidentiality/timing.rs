//! Absent and forbidden take the same way.

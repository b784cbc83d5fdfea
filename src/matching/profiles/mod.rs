//! People as the matching engine takes them: rows in, profiles out.
//!
//! A value that is not read here cannot enter a suggestion. A test in `facts` pins the list of inputs.

mod facts;
mod mentee;
mod mentors;
mod numbers;
mod reporting_lines;

pub use facts::Facts;
pub use mentee::{Mentee, WantedSkill};
pub use mentors::{People, list_managers, list_related_skills};
pub use numbers::Numbers;
pub use reporting_lines::ReportingLines;

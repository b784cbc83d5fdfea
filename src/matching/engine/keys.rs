//! Small numbers for the skills, roles, teams and so on of an organisation. The caller counts each kind from zero. Each
//! kind has its own type, so a team cannot be compared with a department.

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($number:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);
    )*};
}

keys! {
    /// A skill of the organisation's own list.
    Skill(u32);
    /// A career ladder (a job family).
    Ladder(u32);
    /// A ladder role: one step of one ladder.
    Role(u32);
    /// A team.
    Team(u32);
    /// A department: the larger unit that a team belongs to.
    Department(u32);
    /// A topic that a person likes to talk about.
    Topic(u32);
    /// A working language.
    Language(u16);
}

//! The small numbers that stand for an organisation's own names: the caller numbers skills, roles and teams from zero.
//! Numbers of different kinds are different types, so a team can never be compared with a department.

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
    /// A subject that somebody would like to talk about.
    Topic(u32);
    /// A working language.
    Language(u16);
}

//! Sessions: agenda, notes, action items, reflections.

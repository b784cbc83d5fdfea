//! What is to be planned: mentees, mentors with places, and what each pair is worth.

/// Mentees in rows, mentors in columns, in an order of the caller's that does not depend on how they came: by id.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    places: &'a [u8],
    values: &'a [u16],
}

impl<'a> Instance<'a> {
    /// `places` has one entry a mentor, `values` a row a mentee; a pair that may not be is worth nothing.
    ///
    /// # Panics
    /// If the rows are not as long as there are mentors.
    #[must_use]
    pub fn new(places: &'a [u8], values: &'a [u16]) -> Self {
        assert!(values.len().is_multiple_of(places.len().max(1)), "rows of another length");
        Self { places, values }
    }

    /// How many mentees there are.
    #[must_use]
    pub const fn mentees(&self) -> usize {
        if self.places.is_empty() { 0 } else { self.values.len() / self.places.len() }
    }

    /// The places that each mentor has free.
    #[must_use]
    pub const fn places(&self) -> &'a [u8] {
        self.places
    }

    /// What each mentor is worth to a mentee.
    #[must_use]
    pub fn row(&self, mentee: usize) -> &'a [u16] {
        &self.values[mentee * self.places.len()..][..self.places.len()]
    }

    /// What one pair is worth.
    #[must_use]
    pub fn value(&self, mentee: usize, mentor: u32) -> u16 {
        self.row(mentee)[mentor as usize]
    }
}

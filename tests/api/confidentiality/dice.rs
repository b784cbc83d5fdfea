//! Chance that can be repeated: `SplitMix64` (Steele, Lea, Flood 2014).

#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The dice of one world of one organisation.
    pub fn of(seed: u64, organisation: usize, world: usize) -> Self {
        let mut dice = Self(seed);
        for part in [organisation, world] {
            dice = Self(dice.roll() ^ part as u64);
        }
        dice
    }

    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, and without, `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(self.roll() % end).expect("a small number")
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Words of any length.
    pub fn words(&mut self) -> String {
        let length = 1 + self.below(40);
        (0..length)
            .map(|_| *self.pick(&["a", "secret", "fear", "hope", "ümlaut", "100%", "\"quoted\""]))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// One of the few idempotency keys that everybody uses.
    pub fn key(&mut self) -> String {
        format!("key-{}", self.below(2))
    }

    /// An id that names nothing.
    pub fn uuid(&mut self) -> String {
        let low = u128::from(self.roll());
        uuid::Builder::from_random_bytes((u128::from(self.roll()) << 64 | low).to_be_bytes()).into_uuid().to_string()
    }
}

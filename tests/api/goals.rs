//! Goals: what a pair works towards, and how far it is.

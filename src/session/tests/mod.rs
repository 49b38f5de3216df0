//! What no single file can show: requests side by side, in every order, and cut off at every await.

mod dropped;
mod interleavings;
mod laziness;
mod serial_orders;

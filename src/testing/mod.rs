//! What users test their applications with.

pub mod contract;

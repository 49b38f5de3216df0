//! What users test their applications with.
